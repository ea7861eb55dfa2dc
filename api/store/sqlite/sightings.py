"""How often and where pictures were met, in the embedded store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from api.store.records import HostDay, Seen, Sighting
from api.store.sqlite.file import SqliteFile, fetched
from api.store.tallies import Tally, microseconds, moment, tally
from api.verdict import Label, Verdict

RECENT_BATCHES = 256
"""How many batches of sightings may come before one that is told again counts again."""

BEGIN_BATCH = "INSERT INTO batch (name) VALUES (?) ON CONFLICT DO NOTHING RETURNING number"

DROP_OLD_BATCHES = "DELETE FROM batch WHERE number <= ?"

COUNT_VERDICT = """
    INSERT INTO seen (verdict_id, times, times_near, first_at, last_at)
    SELECT id, ?, ?, ?, ? FROM verdict WHERE id = ?
    ON CONFLICT DO UPDATE SET
        times = times + excluded.times,
        times_near = times_near + excluded.times_near,
        first_at = min(first_at, excluded.first_at),
        last_at = max(last_at, excluded.last_at)
"""

COUNT_HOST = """
    INSERT INTO host_day (host, day, label, times) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET times = times + excluded.times
"""

KEEP_ADDRESS = """
    INSERT INTO address (sha256, verdict_id, fetched_at)
    SELECT ?, id, ? FROM verdict WHERE id = ?
    ON CONFLICT DO UPDATE SET verdict_id = excluded.verdict_id, fetched_at = excluded.fetched_at
    WHERE excluded.fetched_at >= fetched_at
"""

SEEN = "SELECT times, times_near, first_at, last_at FROM seen WHERE verdict_id = ?"

HOST = """
    SELECT day, label, times FROM host_day WHERE host = ? AND day >= ? ORDER BY day, label
"""

AT_ADDRESS = """
    SELECT document FROM address JOIN verdict ON verdict.id = verdict_id WHERE sha256 = ?
"""


class Sightings(SqliteFile):
    """The part of `api.store.Store` about who asked for what."""

    async def record(self, sightings: Sequence[Sighting]) -> None:
        tallied = tally(sightings)
        async with self._transaction() as connection:
            begun = await fetched(connection, BEGIN_BATCH, (tallied.batch,))
            if not begun:
                return
            await connection.execute_fetchall(DROP_OLD_BATCHES, (begun[0][0] - RECENT_BATCHES,))
            await connection.executemany(COUNT_VERDICT, _verdict_rows(tallied))
            await connection.executemany(COUNT_HOST, _host_rows(tallied))
            await connection.executemany(KEEP_ADDRESS, _address_rows(tallied))

    async def seen(self, verdict_id: str) -> Seen | None:
        return await self._read_one(_seen, SEEN, verdict_id)

    async def host(self, host: str, since: date) -> list[HostDay]:
        return await self._read(_host_day, HOST, host, since.isoformat())

    async def at_address(self, address_sha256: str) -> Verdict | None:
        return await self._read_one(Verdict.model_validate_json, AT_ADDRESS, address_sha256)


def _verdict_rows(tallied: Tally) -> list[tuple[object, ...]]:
    return [
        (seen.times, seen.times_near, microseconds(seen.first), microseconds(seen.last), verdict_id)
        for verdict_id, seen in tallied.verdicts.items()
    ]


def _host_rows(tallied: Tally) -> list[tuple[object, ...]]:
    return [
        (host, day.isoformat(), label.value, times)
        for (host, day, label), times in tallied.hosts.items()
    ]


def _address_rows(tallied: Tally) -> list[tuple[object, ...]]:
    return [
        (address, microseconds(last.at), last.verdict_id)
        for address, last in tallied.addresses.items()
    ]


def _seen(times: int, times_near: int, first: int, last: int) -> Seen:
    return Seen(times, times_near, moment(first), moment(last))


def _host_day(day: str, label: str, times: int) -> HostDay:
    return HostDay(date.fromisoformat(day), Label(label), times)
