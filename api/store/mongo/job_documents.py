"""How a job and its items stand in MongoDB: values to documents, and back."""

from __future__ import annotations

from datetime import datetime

from api.jobs import (
    ClaimedItem,
    ItemResult,
    Job,
    JobItem,
    JobState,
    Outcome,
    Result,
    Tally,
    Webhook,
)
from api.store.mongo.connection import Document
from api.store.tallies import moment


def item_document(job_id: str, number: int, item: JobItem) -> Document:
    return {
        "_id": f"{job_id}:{number}",
        "job_id": job_id,
        "number": number,
        "ready_at": number,
        "external_id": item.external_id,
        "url": item.url,
        "claimant": None,
        "tries": 0,
        "lost": 0,
    }


def claimed(item: ClaimedItem) -> Document:
    """Finds the item while the claim is ours."""
    return {"_id": f"{item.job_id}:{item.number}", "claimant": item.claimant}


def result_document(result: Result) -> Document:
    kept = {
        "outcome": result.outcome.value,
        "status": result.status,
        "document": result.document,
    }
    return kept if result.verdict_id is None else {**kept, "verdict_id": result.verdict_id}


def job_of(found: Document) -> Job:
    def at(name: str) -> datetime | None:
        return moment(found[name]) if name in found else None

    return Job(
        id=found["_id"],
        caller=found["caller"],
        total=found["total"],
        created_at=moment(found["created_at"]),
        state=JobState(found["state"]),
        reason=found.get("reason"),
        started_at=at("started_at"),
        finished_at=at("finished_at"),
        tally=Tally.model_validate(found.get("tally", {})),
        webhook=Webhook.model_validate(found["webhook"]) if "webhook" in found else None,
    )


def result_of(found: Document) -> ItemResult:
    number, external_id = found["number"], found["external_id"]
    if "document" not in found:
        return ItemResult(number, external_id, None, "ready_at" in found)
    outcome = Outcome(found["outcome"])
    result = Result(outcome, found["status"], found["document"], found.get("verdict_id"))
    return ItemResult(number, external_id, result, open=False)
