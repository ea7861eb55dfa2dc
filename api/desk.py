"""What people do with what is remembered: they read it, speak about it, delete, send out, bring in.

Routes and the command line call it; each call is written into the audit log.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

from api.audit import Action, entry
from api.audit import place_of as place_in_log
from api.backlog import Backlog
from api.errors import NotFound, TooManyRequests, shown
from api.exchange import Imported, lines, take_in
from api.exchange_files import Format, Terms
from api.naming import Name, external_name
from api.overruling import overruled
from api.plain_text import note
from api.review_answer import Log, Queue, QueueItem
from api.reviews import History, Kind, Reason, Remark, history, place_of
from api.store import Store
from api.store.records import HashKind
from api.verdict import Label, Verdict

REMARKS_AT_MOST = 200
"""Reports and appeals about one picture. Reviewers may always speak."""


class Desk:
    """Where people deal with what a store remembers."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._readings = Backlog(store)

    async def report(
        self, caller: str, verdict_id: str, expected: Label | None, said: str
    ) -> Remark:
        """Keep that a caller finds a verdict wrong; of each caller the last report is kept.

        Raises:
            NotFound: There is no such verdict.
            InvalidRequest: The note cannot be kept.
            TooManyRequests: Too many others spoke about this picture, and it waits already.
        """
        return await self._speak(Kind.REPORT, caller, verdict_id, expected, said)

    async def appeal(self, caller: str, verdict_id: str, said: str) -> Remark:
        """Keep that a caller asks for another look, one appeal each. Raises as `report`."""
        return await self._speak(Kind.APPEAL, caller, verdict_id, None, said)

    async def review(self, caller: str, verdict_id: str, label: Label, said: str) -> Remark:
        """Keep what a person found of a picture. Raises as `report`, but for too many."""
        return await self._speak(Kind.REVIEW, caller, verdict_id, label, said)

    async def history(self, caller: str, verdict_id: str) -> History:
        """All that was said of the picture of a verdict.

        Raises:
            NotFound: There is no such verdict.
        """
        verdict = await self._verdict(verdict_id)
        remarks = await self._store.remarks([verdict.picture.pixels_sha256])
        await self._readings.add(entry(caller, Action.READ_REVIEWS, verdict.id))
        return history(verdict, remarks)

    async def queue(
        self, caller: str, reason: Reason | None, cursor: str | None, limit: int
    ) -> Queue:
        """What waits for a person, the most urgent, then the oldest, first.

        Raises:
            InvalidRequest: The cursor is none of ours.
        """
        waiting = await self._store.queue(reason, place_of(cursor), limit)
        remarks = await self._store.remarks([one.verdict.picture.pixels_sha256 for one in waiting])
        items = [
            QueueItem(
                reasons=one.reasons,
                verdict=await overruled(self._store, one.verdict),
                history=history(
                    one.verdict,
                    [
                        remark
                        for remark in remarks
                        if remark.pixels_sha256 == one.verdict.picture.pixels_sha256
                    ],
                ),
            )
            for one in waiting
        ]
        await self._readings.add(entry(caller, Action.READ_QUEUE, reason or ""))
        more = waiting[-1].place.cursor if len(waiting) == limit else None
        return Queue(items=tuple(items), next=more)

    async def read(self, caller: str, verdict_id: str) -> Verdict:
        """A verdict that was given before.

        Raises:
            NotFound: There is no such verdict.
        """
        verdict = await overruled(self._store, await self._verdict(verdict_id))
        await self._readings.add(entry(caller, Action.READ_VERDICT, verdict.id))
        return verdict

    async def read_named(self, caller: str, external_id: str) -> Verdict:
        """The verdict that last answered for what the caller calls so.

        Raises:
            NotFound: The caller calls nothing so, or its verdict was forgotten.
        """
        name = Name(caller, external_name(external_id))
        verdict = await self._store.named(name)
        if verdict is None:
            raise NotFound(
                f"You have no verdict on a picture called {shown(external_id)}. Give `external_id` "
                "with a check to call it so."
            )
        await self._readings.add(entry(caller, Action.READ_VERDICT, verdict.id))
        told = await overruled(self._store, verdict)
        return told.model_copy(update={"external_id": external_id})

    async def log(
        self, caller: str, cursor: str | None, limit: int, by: str | None, subject: str | None
    ) -> Log:
        """Who did what, newest first; `by` whom and to what, if these are given.

        Raises:
            InvalidRequest: The cursor is none of ours.
        """
        found = await self._store.entries(place_in_log(cursor), limit, caller=by, subject=subject)
        await self._store.add_entry(entry(caller, Action.READ_AUDIT, subject or by or ""))
        return Log(entries=found, next=found[-1].cursor if len(found) == limit else None)

    async def send_out(self, caller: str) -> AsyncIterator[str]:
        """Lines of all that is remembered, as hashes and labels. What fails at once is raised."""
        await self._store.add_entry(entry(caller, Action.EXPORT))
        return lines(self._store, Format.JSONL)

    async def bring_in(
        self, caller: str, path: Path, terms: Terms, *, skip_bad: bool, own_reviews: bool
    ) -> Imported:
        """Import a file of such lines, all or nothing. Raises as `api.exchange.take_in`."""
        await self._store.add_entry(entry(caller, Action.IMPORT, terms.source or ""))
        return await take_in(
            self._store,
            path,
            Format.JSONL,
            terms,
            skip_bad=skip_bad,
            own_reviews=own_reviews,
            called="The body",
        )

    async def delete(self, caller: str, verdict_id: str) -> int:
        """Delete a verdict with all that hangs on it; how many verdicts were deleted.

        Raises:
            NotFound: There is no such verdict.
        """
        deleted = await self._delete_all(caller, [verdict_id])
        if not deleted:
            raise NotFound(f"There is no verdict {shown(verdict_id)}. Nothing was deleted.")
        return deleted

    async def delete_picture(self, caller: str, kind: HashKind, value: str) -> int:
        """Delete all verdicts on these bytes or pixels; how many verdicts were deleted.

        What people said of pixels is deleted even if it has outlived the verdicts.

        Raises:
            NotFound: There is neither.
        """
        deleted = await self._delete_all(caller, await self._store.ids_of(kind, value))
        forgotten = kind is HashKind.PIXELS and await self._store.forget_said(
            value, entry(caller, Action.DELETE_VERDICT, f"{kind} {value}")
        )
        if not deleted and not forgotten:
            raise NotFound(f"No verdict is on {kind} {value}. Nothing was deleted.")
        return deleted

    async def delete_named(self, caller: str, external_id: str) -> int:
        """Delete the verdicts on exactly what any caller calls so, and the name itself.

        A verdict on a copy, which answered for the picture, is on another picture and stays.

        Raises:
            NotFound: Nobody calls anything so.
        """
        name = external_name(external_id)
        deleted = await self._delete_all(caller, await self._store.ids_named(name))
        forgotten = await self._store.forget_name(
            name, entry(caller, Action.DELETE_VERDICT, f"external_id {name}")
        )
        if not deleted and not forgotten:
            raise NotFound(f"Nobody calls a picture {shown(external_id)}. Nothing was deleted.")
        return deleted

    async def _delete_all(self, caller: str, verdict_ids: list[str] | tuple[str, ...]) -> int:
        return sum(
            [
                await self._store.delete_verdict(one, entry(caller, Action.DELETE_VERDICT, one))
                for one in verdict_ids
            ]
        )

    async def _speak(
        self, kind: Kind, caller: str, verdict_id: str, label: Label | None, said: str
    ) -> Remark:
        said = note(said)
        verdict = await self._verdict(verdict_id)
        pixels = verdict.picture.pixels_sha256
        before = await self._store.remarks([pixels])
        remark = Remark(
            id=_remark_id(kind, caller, verdict_id, before),
            kind=kind,
            pixels_sha256=pixels,
            verdict_id=verdict_id,
            caller=caller,
            label=label,
            note=said,
            at=datetime.now(UTC),
            model_label=verdict.label,
        )
        others = [one for one in before if one.kind is not Kind.REVIEW and one.id != remark.id]
        if kind is not Kind.REVIEW and len(others) >= REMARKS_AT_MOST:
            raise TooManyRequests(
                f"{len(others)} reports and appeals are about this picture, the most that are "
                "kept. A person will see it without another one.",
                retry_after_s=24 * 3600,
            )
        await self._store.add_remark(remark, entry(caller, Action[kind.name], verdict_id))
        return remark

    async def _verdict(self, verdict_id: str) -> Verdict:
        verdict = await self._store.get(verdict_id)
        if verdict is None:
            raise NotFound(
                f"There is no verdict {shown(verdict_id)}. Check the picture to get one."
            )
        return verdict


def _remark_id(kind: Kind, caller: str, verdict_id: str, before: tuple[Remark, ...]) -> str:
    """One report a caller, and one appeal a caller between two reviews."""
    if kind is Kind.REVIEW:
        return uuid.uuid4().hex
    reviews = sum(one.kind is Kind.REVIEW for one in before) if kind is Kind.APPEAL else 0
    return f"{kind}:{verdict_id}:{caller}:{reviews}"
