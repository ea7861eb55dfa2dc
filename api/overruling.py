"""What people found of a picture, laid over what the model said of it.

A review holds for exactly these pixels, there above any model's label. Of pictures that merely look
alike it is told as a hint, and changes nothing: a face swap looks like its original.
"""

from __future__ import annotations

from api.heat import address_of
from api.reviews import contrary
from api.store import Store
from api.store.records import REVIEW, HashKind
from api.verdict import Label, Relative, Review, Verdict


async def overruled(store: Store, verdict: Verdict) -> Verdict:
    """The answer as people have it. It is to be told, and never to be stored.

    Raises:
        StoreUnavailable: The store cannot be reached.
    """
    own = await store.known(HashKind.PIXELS, verdict.picture.pixels_sha256)
    told = await _with_hints(store, verdict)
    for known in own:
        if known.source == REVIEW:
            review = Review(label=known.label, model_label=verdict.label, at=known.added_at)
            told = told.model_copy(
                update={"label": known.label, "review": review, "reason": _reason(review, verdict)}
            )
    return told.model_copy(
        update={"conflict": _contradicted(told), "explanation": address_of(verdict)}
    )


async def _with_hints(store: Store, verdict: Verdict) -> Verdict:
    near = verdict.near
    ids = [one.verdict_id for one in verdict.related] + ([near.verdict_id] if near else [])
    found = await store.reviewed(ids) if ids else {}
    if not found:
        return verdict
    return verdict.model_copy(
        update={
            "near": near and near.model_copy(update={"review": found.get(near.verdict_id)}),
            "related": tuple(
                one.model_copy(update={"review": found.get(one.verdict_id)})
                for one in verdict.related
            ),
        }
    )


def _reason(review: Review, verdict: Verdict) -> str:
    if review.label is review.model_label:
        return f"A person looked at this very picture and agrees. {verdict.reason}"
    found = {
        Label.REAL: "took it for real",
        Label.FAKE: "took it for a fake",
        Label.UNCERTAIN: "could not tell",
    }[review.label]
    return (
        f"A person looked at this very picture and {found}. The model calls it "
        f"{review.model_label}: {verdict.reason}"
    )


def _contradicted(verdict: Verdict) -> bool:
    return contrary(verdict.label) in {_best_label(one) for one in verdict.related}


def _best_label(relative: Relative) -> Label:
    return relative.review or relative.label
