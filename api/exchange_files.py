"""The files in which hashes and labels are exchanged, read entry by entry. No store here.

- JSON lines, our own: one `KnownHash` a line.
- PDQ lists, a line each: `hash,quality,name` as pdq-photo-hasher prints, the hash alone, or either
  with `hash=` before it (https://github.com/facebook/ThreatExchange, pdq/cpp/bin/
  pdq-photo-hasher.cpp and pdq/cpp/io/hashio.cpp). Nothing is quoted there, so no CSV reader.
- ThreatExchange's indicators and descriptors of type HASH_PDQ, as pages of its API or one a line
  (https://developers.facebook.com/docs/threat-exchange/reference/apis/threat-updates, and
  python-threatexchange/threatexchange/exchanges/clients/fb_threatexchange/descriptor.py).

`api.exchange` imports what is read here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from pydantic import ValidationError

from api.errors import shown
from api.store.records import PDQ_QUALITY, HashKind, KnownHash
from api.verdict import Label

LINE_AT_MOST = 16 * 1024 * 1024
"""Characters. A page of ThreatExchange with 500 entries has about one million, on one line."""
DETAILED = re.compile(r"(?:^|,)quality=(\d{1,3})(?:,|$)")


class Format(StrEnum):
    """How a file is written."""

    JSONL = "jsonl"
    PDQ_CSV = "pdq-csv"
    THREATEXCHANGE = "threatexchange"


@dataclass(frozen=True)
class Terms:
    """What is said of a whole file.

    Attributes:
        source: Who vouches for the labels. Wins over what a line says.
        label: For entries that have none.
        now: For entries that have no time.
    """

    source: str | None
    label: Label | None
    now: datetime


@dataclass(frozen=True)
class Entry:
    """One entry of a file: a hash, a problem in a sentence, or neither where it is passed over."""

    place: str
    hash: KnownHash | None = None
    problem: str = ""


class _EntryError(ValueError):
    """Why an entry cannot be read."""


def read(path: Path, format: Format, terms: Terms) -> Iterator[Entry]:
    """All entries of a file, in its order.

    Raises:
        OSError: The file cannot be read.
    """
    for place, given in _PIECES[format](path):
        try:
            if isinstance(given, _EntryError):
                raise given
            yield Entry(place, _HASHES[format](given, terms))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            name = ".".join(str(part) for part in first["loc"]) or "the entry"
            wrong = "" if first["type"] == "missing" else f" is {shown(str(first['input']))}"
            yield Entry(place, problem=f"{name}{wrong}: {first['msg']}")
        except _EntryError as error:
            yield Entry(place, problem=str(error))


def _lines(path: Path) -> Iterator[tuple[str, str | _EntryError]]:
    """Lines that are not empty. Bytes that are no UTF-8 become what no field may hold."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape") as file:
        number, whole = 0, True
        while line := file.readline(LINE_AT_MOST):
            number += whole
            start, whole = whole, line.endswith("\n")
            if start and len(line) == LINE_AT_MOST and not whole:
                yield f"line {number}", _EntryError(f"it has more than {LINE_AT_MOST:,} characters")
            elif start and line.strip():
                yield f"line {number}", line.strip()


def _json_lines(path: Path) -> Iterator[tuple[str, object]]:
    for place, line in _lines(path):
        yield place, line if isinstance(line, _EntryError) else _parsed(line)


def _pages(path: Path) -> Iterator[tuple[str, object]]:
    """Entries, whether they come one a line, a page a line, or as one document."""
    first = next(_lines(path), ("", "null"))[1]
    if isinstance(first, str) and not isinstance(_parsed(first), _EntryError):
        for place, given in _json_lines(path):
            yield from _flat(place, given)
        return
    text = path.read_text(encoding="utf-8-sig", errors="surrogateescape")
    yield from _flat("the document", _parsed(text))


def _flat(place: str, given: object) -> Iterator[tuple[str, object]]:
    items = given.get("data", given) if isinstance(given, dict) else given
    if not isinstance(items, list):
        yield place, items
        return
    for number, item in enumerate(items, 1):
        yield f"{place}, entry {number}", item


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        return _EntryError(f"{shown(text)} is not JSON: {error}")


def _known(given: object, terms: Terms) -> KnownHash:
    fields = {"added_at": terms.now, "label": terms.label} | _object(given)
    if terms.source is not None:
        fields["source"] = terms.source
    if fields["label"] is None:
        del fields["label"]
    return KnownHash.model_validate(fields | {"value": _lower(fields.get("value"))})


def _listed(line: object, terms: Terms) -> KnownHash | None:
    """One line of a PDQ list; None for a header, a comment, or a hash that says too little."""
    value, _, rest = str(line).removeprefix("hash=").partition(",")
    detailed, plain = DETAILED.search(rest), rest.partition(",")[0].strip()
    quality = detailed[1] if detailed else plain if plain.isdecimal() else ""
    if value.startswith("#") or value == "hash":
        return None
    known = _pdq(value, "", terms.now, terms)
    return None if quality and int(quality[:9]) < PDQ_QUALITY else known


def _indicator(given: object, terms: Terms) -> KnownHash | None:
    """One entry of ThreatExchange; None for other types, for what was withdrawn or is disputed.

    Only MALICIOUS is taken for a label: SUSPICIOUS asks for an investigation, and the others say
    that there is nothing (developers.facebook.com, threat-exchange, status-type).
    """
    entry = _object(given)
    if entry.get("type") != "HASH_PDQ" or entry.get("should_delete") is True:
        return None
    opinions = [one for one in [entry, *_data(entry.get("descriptors"))] if isinstance(one, dict)]
    if any(one.get("status", "MALICIOUS") != "MALICIOUS" for one in opinions):
        return None
    value = entry.get("raw_indicator") or entry.get("indicator")
    if isinstance(value, dict):
        value = value.get("indicator")
    tags = {
        str(tag.get("text") if isinstance(tag, dict) else tag)
        for one in opinions
        for tag in _data(one.get("tags"))
    }
    return _pdq(value, " ".join(sorted(tags))[:2000], _moment(entry, terms.now), terms)


def _pdq(value: object, note: str, added_at: datetime, terms: Terms) -> KnownHash:
    fields = {
        "kind": HashKind.PDQ,
        "value": _lower(value),
        "label": terms.label or Label.FAKE,
        "source": terms.source,
        "note": note,
        "added_at": added_at,
    }
    return KnownHash.model_validate(fields)


def _moment(entry: dict[str, object], now: datetime) -> datetime:
    seconds = entry.get("last_updated")
    if isinstance(seconds, int) and 0 < seconds < now.timestamp():
        return datetime.fromtimestamp(seconds, UTC)
    return now


def _object(given: object) -> dict[str, object]:
    if not isinstance(given, dict):
        raise _EntryError(f"{shown(repr(given))} is not an object")
    return given


def _data(given: object) -> list[object]:
    """A list, which ThreatExchange wraps as {"data": [...]} or not."""
    items = given.get("data") if isinstance(given, dict) else given
    return items if isinstance(items, list) else []


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


_PIECES = {
    Format.JSONL: _json_lines,
    Format.PDQ_CSV: _lines,
    Format.THREATEXCHANGE: _pages,
}
_HASHES = {
    Format.JSONL: _known,
    Format.PDQ_CSV: _listed,
    Format.THREATEXCHANGE: _indicator,
}
