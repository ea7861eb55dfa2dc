"""The two files of `candor bulk`: the inputs, and the lines that are there already.

Neither is held in memory: of a hundred million lines there are four bytes each.
"""

from __future__ import annotations

import json
import os
import zlib
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click

from api.errors import shown

BEGINNING = b'{"index": '
"""Of every line that `api.lines` writes."""


def inputs(sources: Path) -> Iterator[tuple[int, str]]:
    """Each source by its number, from 0; files by their full path, as workers are elsewhere."""
    # Editors write a mark at the beginning, and names of files may be in any encoding.
    with sources.open(encoding="utf-8-sig", errors="backslashreplace") as file:
        names = (name for name in map(str.strip, file) if name)
        for index, name in enumerate(names):
            is_address = name.lower().startswith(("http://", "https://"))
            yield index, name if is_address else str(Path(name).absolute())


def done_of(file: BinaryIO, out: Path, sources: Path, total: int) -> array[int]:
    """What has a line: for each number the mark of its name, or 0.

    A last line that was cut off is cut away.

    Args:
        file: What stands at `out`, to read and to write.
        total: Inputs in `sources`.

    Raises:
        click.ClickException: A line there is not of these sources.
    """
    done = array("I", bytes(4 * total))
    end = 0
    file.seek(0)
    for text in file:
        if not text.endswith(b"\n") and BEGINNING.startswith(text[: len(BEGINNING)]):
            break
        index, name = _place(text)
        if index is None or (index < total and done[index]):
            raise click.ClickException(
                f"{out} has a line that `candor bulk` did not write, or has it twice: "
                f"{shown(text.decode(errors='replace'))}. Name another file to write."
            )
        if index >= total:
            raise _of_others(out, index, sources)
        done[index] = _mark(name)
        end += len(text)
    for index, name in inputs(sources) if end else ():
        if done[index] not in (0, _mark(name)):
            raise _of_others(out, index, sources)
    file.truncate(end)
    file.seek(0, os.SEEK_END)
    return done


def _of_others(out: Path, index: int, sources: Path) -> click.ClickException:
    return click.ClickException(
        f"{out} has a line {index} that is not of {sources}. Name another file to write."
    )


def _place(text: bytes) -> tuple[int | None, str]:
    """What a line is of; None where it is no line of ours."""
    try:
        told = json.loads(text)
        index, name = told["index"], told["external_id"]
    except (ValueError, TypeError, LookupError):
        return None, ""
    is_ours = type(index) is int and index >= 0 and isinstance(name, str)
    return (index, name) if is_ours else (None, "")


def _mark(name: str) -> int:
    """By which a name is told from others in four bytes, never 0."""
    return zlib.crc32(name.encode(errors="replace")) or 1
