"""What people say of verdicts, and what waits for them, in the embedded store."""

from __future__ import annotations

import json
from collections.abc import Sequence

import aiosqlite

from api.audit import Entry
from api.reviews import Kind, Place, Reason, Remark, Waiting, contrary
from api.store.labels import known_label
from api.store.records import REVIEW, HashKind, Trace
from api.store.sqlite.audit import write_down
from api.store.sqlite.file import SqliteFile, fetched
from api.store.sqlite.known import ADD as ADD_KNOWN
from api.store.tallies import microseconds
from api.verdict import Label, Verdict

IS_REVIEWED = f"""
    EXISTS (
        SELECT 1 FROM known_hash
        WHERE kind = '{HashKind.PIXELS}' AND value = pixels_sha256 AND source = '{REVIEW}'
    )
"""  # noqa: S608

LET_WAIT = f"""
    INSERT INTO waiting (verdict_id, urgency, checked_at)
    SELECT id, ?1, checked_at FROM verdict
    WHERE id = ?2 AND (?1 = {Reason.APPEALED.urgency} OR NOT {IS_REVIEWED})
    ON CONFLICT DO NOTHING
"""  # noqa: S608

CONTRARY = """
    SELECT verdict.id FROM json_each(?) AS asked CROSS JOIN verdict ON verdict.id = asked.value
    WHERE json_extract(document, '$.label') = ?
"""

SETTLE = "DELETE FROM waiting WHERE verdict_id IN (SELECT id FROM verdict WHERE pixels_sha256 = ?)"

ADD = """
    INSERT INTO remark (id, pixels_sha256, at, document) VALUES (?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET at = excluded.at, document = excluded.document
"""

REMARKS = """
    SELECT document FROM json_each(?) AS asked CROSS JOIN remark ON pixels_sha256 = asked.value
    ORDER BY at, remark.id
"""

REVIEWED = f"""
    SELECT verdict.id, json_extract(known_hash.document, '$.label')
    FROM json_each(?) AS asked
    CROSS JOIN verdict ON verdict.id = asked.value
    JOIN known_hash
        ON kind = '{HashKind.PIXELS}' AND known_hash.value = pixels_sha256 AND source = '{REVIEW}'
"""  # noqa: S608

QUEUE = """
    SELECT urgency, checked_at, verdict_id FROM waiting AS here
    WHERE (urgency, checked_at, verdict_id) > (?, ?, ?)
    AND NOT EXISTS (
        SELECT 1 FROM waiting AS other
        WHERE other.verdict_id = here.verdict_id AND other.urgency < here.urgency
    )
    ORDER BY urgency, checked_at, verdict_id LIMIT ?
"""

QUEUE_OF_REASON = """
    SELECT urgency, checked_at, verdict_id FROM waiting
    WHERE urgency = ? AND (checked_at, verdict_id) > (?, ?)
    ORDER BY checked_at, verdict_id LIMIT ?
"""

WAITING = """
    SELECT place.urgency, place.checked_at, place.verdict_id, document, (
        SELECT json_group_array(urgency) FROM waiting WHERE verdict_id = verdict.id
    )
    FROM ({places}) AS place CROSS JOIN verdict ON verdict.id = place.verdict_id
    ORDER BY place.urgency, place.checked_at, place.verdict_id
"""


class Remarks(SqliteFile):
    """The part of `api.store.Store` about what people say."""

    async def add_remark(self, remark: Remark, entry: Entry) -> None:
        at = microseconds(remark.at)
        row = (remark.id, remark.pixels_sha256, at, remark.model_dump_json())
        async with self._transaction() as connection:
            await write_down(connection, entry)
            await fetched(connection, ADD, row)
            if remark.kind is Kind.REPORT:
                await let_wait(connection, Reason.REPORTED, [remark.verdict_id])
            elif remark.kind is Kind.APPEAL:
                await let_wait(connection, Reason.APPEALED, [remark.verdict_id])
            elif label := known_label(remark):
                known = (label.kind.value, label.value, label.source, at, label.model_dump_json())
                await fetched(connection, ADD_KNOWN, known)
                await fetched(connection, SETTLE, (remark.pixels_sha256,))

    async def remarks(self, pixels: Sequence[str]) -> tuple[Remark, ...]:
        asked = json.dumps(list(dict.fromkeys(pixels)))
        return tuple(await self._read(Remark.model_validate_json, REMARKS, asked))

    async def reviewed(self, verdict_ids: Sequence[str]) -> dict[str, Label]:
        found = await self._look_up(_labelled, REVIEWED, json.dumps(list(verdict_ids)))
        return dict(found)

    async def queue(self, reason: Reason | None, after: Place, limit: int) -> tuple[Waiting, ...]:
        # In one statement: what was reviewed between two would be missing, and a page that is
        # not full is taken for the last.
        places = QUEUE if reason is None else QUEUE_OF_REASON
        urgency = after.urgency if reason is None else reason.urgency
        place = (urgency, after.checked_at, after.verdict_id)
        return tuple(await self._read(_waiting, WAITING.format(places=places), *place, limit))


async def let_wait(
    connection: aiosqlite.Connection, reason: Reason, verdict_ids: Sequence[str]
) -> None:
    """Let verdicts wait in this transaction, if their pictures were not reviewed."""
    await connection.executemany(LET_WAIT, [(reason.urgency, one) for one in verdict_ids])


async def let_new_wait(connection: aiosqlite.Connection, verdict: Verdict, trace: Trace) -> None:
    """Let a verdict that this transaction has inserted wait, and its relatives, where they must."""
    if verdict.label is Label.UNCERTAIN:
        await let_wait(connection, Reason.UNCERTAIN, [verdict.id])
    opposite = contrary(verdict.label)
    if opposite and trace.relatives:
        relatives = json.dumps([link.verdict_id for link in trace.relatives])
        found = await fetched(connection, CONTRARY, (relatives, opposite.value))
        if against := [one for (one,) in found if one != verdict.id]:
            await let_wait(connection, Reason.CONFLICTING, [verdict.id, *against])


def _labelled(verdict_id: str, label: str) -> tuple[str, Label]:
    return verdict_id, Label(label)


def _waiting(
    urgency: int, checked_at: float, verdict_id: str, document: str, urgencies: str
) -> Waiting:
    place = Place(urgency, checked_at, verdict_id)
    reasons = tuple(list(Reason)[one] for one in sorted(json.loads(urgencies)))
    return Waiting(place, Verdict.model_validate_json(document), reasons)
