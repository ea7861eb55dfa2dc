"""Clients of a service, in a process of their own: `python -m benchmarks.clients ORDER.json`.

HTTP by hand over kept connections, since a full client takes more of a core than an answer from
memory does, and the two share this machine. Prints one JSON object: what every request took, and
how it was answered.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

TYPE = "image/jpeg"


@dataclass
class Tally:
    """What clients saw.

    Attributes:
        seconds: For each request that was answered 200; of one refused before, the last alone.
        statuses: How many of each.
        answered: By `cache` and label of the verdict.
        wrong: Verdicts on another picture than was sent.
        lost: Pictures that got no verdict, however often they were sent.
    """

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    wrong: int = 0
    lost: int = 0


async def client(
    address: str, path: str, files: Iterator[tuple[str, bytes]], tally: Tally, ends: float
) -> None:
    """Ask for one file after the other, until there are no more or the time is up."""
    parts = urlsplit(address)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    for digest, body in files:
        if time.perf_counter() > ends:
            break
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: {TYPE}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        while True:
            started = time.perf_counter()
            writer.writelines((head.encode(), body))
            status, wait_s, answer = await _answer(reader)
            took = time.perf_counter() - started
            tally.statuses[status] += 1
            if status != "503" or time.perf_counter() + wait_s > ends:
                break
            # As told: what was refused is not given up.
            await asyncio.sleep(wait_s)
        if status == "200":
            tally.seconds.append(took)
            verdict = json.loads(answer)
            tally.answered[f"{verdict['cache']} {verdict['label']}"] += 1
            tally.wrong += verdict["picture"]["sha256"] != digest
        else:
            tally.lost += 1
    writer.close()


async def _answer(reader: asyncio.StreamReader) -> tuple[str, float, bytes]:
    """Status, seconds after which to come back, body."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()

    def number(name: str) -> int:
        return int(head.partition(f"\n{name}:")[2].partition("\r\n")[0] or 0)

    body = await reader.readexactly(number("content-length"))
    return head.split(" ", 2)[1], number("retry-after"), body


async def main(order: dict[str, object]) -> None:
    """Run what a JSON object describes: address, path, files, clients, seconds, repeat."""
    files = _files(Path(str(order["files"])))
    tally = Tally()
    # All clients take from one pile, so that without `repeat` no file is sent twice.
    pile = _again(files) if order["repeat"] else iter(files)
    started = time.perf_counter()
    ends = started + float(str(order["seconds"]))
    await asyncio.gather(
        *(
            client(str(order["address"]), str(order["path"]), pile, tally, ends)
            for _ in range(int(str(order["clients"])))
        )
    )
    told = {**tally.__dict__, "elapsed": time.perf_counter() - started}
    print(json.dumps(told))


def _files(folder: Path) -> list[tuple[str, bytes]]:
    """With their digests, which are their names."""
    return [(path.name, path.read_bytes()) for path in sorted(folder.iterdir())]


def _again(files: list[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    while True:
        yield from files


if __name__ == "__main__":
    asyncio.run(main(json.loads(Path(sys.argv[1]).read_text())))
