"""The embedded store goes away, is held, or runs out of room, under a service that goes on."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from remembered import Client, Scoring, remembering

from api.store.sqlite import file

from pictures import encoded, noise

DISK_MB = 80


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, in memory."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "candor-test", str(folder)]
    if os.geteuid() or not shutil.which("mount") or subprocess.run(mount, check=False).returncode:
        pytest.skip("A small disk can only be mounted by root.")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(path: Path) -> None:
    """Write until the disk is full."""
    with path.open("wb", buffering=0) as rest, suppress(OSError):
        while True:
            rest.write(bytes(4096))


async def check(client: Client, seed: int):
    body = encoded(noise(60, 80, seed))
    return await client.post("/v1/checks", content=body, headers={"Content-Type": "image/png"})


def refused(response) -> str:
    """What a 503 says that can be asked again."""
    assert response.status_code == 503
    assert response.headers["retry-after"]
    assert response.json()["type"] == "urn:candor:problem:store-unavailable"
    return response.json()["detail"]


async def test_a_full_disk_takes_nothing_more_and_still_reads(disk: Path) -> None:
    filler = disk / "filler"
    async with remembering(disk / "data", Scoring()) as client:
        earlier = await check(client, 0)
        ready = await client.get("/health/ready")
        fill(filler)
        full = [await check(client, seed) for seed in range(1, 9)]
        unready = await client.get("/health/ready")
        again = await check(client, 0)
        read = await client.get(f"/v1/verdicts/{earlier.json()['id']}")
        filler.unlink()
        later = await check(client, 1)
        ready_again = await client.get("/health/ready")
    async with remembering(disk / "data") as client:
        kept = [await client.get(f"/v1/verdicts/{one.json()['id']}") for one in (earlier, later)]

    assert (earlier.status_code, ready.status_code) == (200, 200)
    # The log of SQLite has some room of its own; what was taken into it is kept.
    assert "disk is full" in refused(full[-1])
    assert "is full but for 0 MB" in refused(unready)
    assert (again.status_code, again.json()["cache"]) == (200, "bytes")
    assert read.status_code == 200
    assert (later.status_code, ready_again.status_code) == (200, 200)
    assert [one.status_code for one in kept] == [200, 200]


async def test_a_file_that_another_process_holds_is_waited_for_and_then_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "BUSY_S", 0.1)
    async with remembering(tmp_path, Scoring()) as client:
        earlier = await check(client, 0)
        with closing(sqlite3.connect(tmp_path / "candor.db")) as other:
            other.execute("BEGIN IMMEDIATE")
            held = await check(client, 1)
            read = await client.get(f"/v1/verdicts/{earlier.json()['id']}")
        later = await check(client, 1)

    assert "held by another process" in refused(held)
    assert read.status_code == 200
    assert (later.status_code, later.json()["cache"]) == (200, "miss")


async def test_a_file_that_was_moved_away_is_missed_and_may_come_back(tmp_path: Path) -> None:
    there, away = tmp_path / "candor.db", tmp_path / "elsewhere.db"
    async with remembering(tmp_path, Scoring()) as client:
        earlier = await check(client, 0)
        there.rename(away)
        unready = await client.get("/health/ready")
        meanwhile = await check(client, 1)
        away.rename(there)
        ready = await client.get("/health/ready")
        later = await check(client, 1)
    async with remembering(tmp_path) as client:
        kept = [await client.get(f"/v1/verdicts/{one.json()['id']}") for one in (earlier, later)]

    assert "was moved or deleted" in refused(unready)
    assert "was moved or deleted" in refused(meanwhile)
    assert (ready.status_code, later.json()["cache"]) == (200, "miss")
    assert [one.status_code for one in kept] == [200, 200]


async def test_a_copy_in_the_place_of_the_file_is_not_mistaken_for_it(tmp_path: Path) -> None:
    path = tmp_path / "candor.db"
    async with remembering(tmp_path, Scoring()) as client:
        shutil.copy(path, tmp_path / "copy")
        (tmp_path / "copy").replace(path)
        assert "restart the service" in refused(await check(client, 0))
        assert "restart the service" in refused(await client.get("/health/ready"))


async def test_readiness_notices_a_disk_that_is_nearly_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with remembering(tmp_path) as client:
        monkeypatch.setattr(file, "ROOM", shutil.disk_usage(tmp_path).total * 2)
        assert "make room" in refused(await client.get("/health/ready"))
