"""What the log looks like: a line for people or JSON for machines, on the standard error.

No line holds what a request brought. Of an exception only its kind and its place are written, since
what it says may quote an address or a picture. Libraries are heard from warnings on: httpx and
httpcore would tell every address at `info` and `debug`.
"""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Literal

from api.journal import current

OURS = ("candor", "uvicorn")


def configure(style: Literal["text", "json"], level: str) -> None:
    """Log everything in one style; `level` is for Candor and uvicorn."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if style == "json" else TextLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in OURS:
        logging.getLogger(name).setLevel(level.upper())


class TextLines(logging.Formatter):
    """`INFO:     request request_id=3f… method=POST route=/v1/checks status=200 …`"""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and the places of an exception below it."""
        fields = " ".join(f"{name}={value}" for name, value in _fields(record).items())
        line = f"{record.levelname + ':':9} {_message(record)} {fields}".rstrip()
        return f"{line}\n{_places(record)}".rstrip()


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, request_id, and what else there is."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
            **_fields(record),
        }
        if places := _places(record):
            line["traceback"] = places
        return json.dumps(line)


def _message(record: logging.LogRecord) -> str:
    message = record.getMessage()
    # What asyncio says of a task that failed goes on with the exception, in its own words.
    return message.partition("\n")[0] if record.name == "asyncio" else message


def _fields(record: logging.LogRecord) -> dict[str, object]:
    entry = current.get()
    fields: dict[str, object] = {"request_id": entry.request_id} if entry else {}
    return fields | getattr(record, "fields", {})


def _places(record: logging.LogRecord) -> str:
    """Where an exception and those behind it arose, without what they say."""
    error = record.exc_info[1] if record.exc_info else None
    places = []
    while error is not None:
        kind = f"{type(error).__module__}.{type(error).__qualname__}"
        places.append("".join(traceback.format_tb(error.__traceback__)) + kind)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\nwhich came of\n".join(places)
