"""The answer about one picture: what the service stores and what every client reads.

`api.judging` makes it of scores. No HTTP and no database here.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Probability = Annotated[float, Field(ge=0, le=1)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Grid = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{262}==$")]
Pdq = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Label(StrEnum):
    """What is said of a picture."""

    REAL = "real"
    FAKE = "fake"
    UNCERTAIN = "uncertain"


class CacheStatus(StrEnum):
    """Where the scores came from: the model, or the memory of an equal or verified near picture."""

    MISS = "miss"
    BYTES = "bytes"
    PIXELS = "pixels"
    NEAR = "near"


class Origin(StrEnum):
    """How the picture reached the service."""

    UPLOAD = "upload"
    URL = "url"


class Part(BaseModel):
    """A frozen value that refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Box(Part):
    """A rectangle in pixels of the upright picture (after its EXIF orientation was applied)."""

    left: int
    top: int
    width: Annotated[int, Field(gt=0)]
    height: Annotated[int, Field(gt=0)]


class Look(Part):
    """What the model looked at in one face; two maps of 14 by 14 cells over the square `area`.

    Each map is base64 of 196 bytes, row by row from the top left, 0-255. `attention` is where it
    expects the edge of something blended in, from 128 on rather than not, and `edge` the part of
    the face where that is strongest, if anywhere; left and right are the picture's. `gradient`
    tells which cells spoke for `fake`, whatever they show, the strongest being 255, and
    `decisive` where that one is; both only where an explanation was asked for, and never stored.
    """

    area: Box
    attention: Grid
    edge: str | None = None
    gradient: Grid | None = None
    decisive: str | None = None


class Face(Part):
    """One face that was found and scored. `look` is null where no map of it was made."""

    box: Box
    fake_probability: Probability
    detection_confidence: Probability
    look: Look | None = None


class MemberScore(Part):
    """What one member of an expert would say if it were the only one, calibrated.

    `name` is that of its weights.
    """

    name: str
    fake_probability: Probability


class ExpertScore(Part):
    """What one expert says by itself, calibrated.

    `members` are those that make it up and were asked, where it has several; the first may have
    settled the picture alone.
    """

    name: str
    fake_probability: Probability
    members: tuple[MemberScore, ...] = ()


class PictureFacts(Part):
    """What was measured, so that two parties can tell that they speak of one picture.

    `sha256` is of the bytes as they came; `pixels_sha256` of the upright RGB pixels with their
    dimensions. `width` and `height` are of the upright picture. `pdq` is the perceptual hash, from
    which alike pictures are at most 31 of 256 bits away, and `pdq_quality` how much it says, 0-100;
    both are null where nobody computed them.
    """

    format: str
    width: Annotated[int, Field(gt=0)]
    height: Annotated[int, Field(gt=0)]
    frames: Annotated[int, Field(gt=0)] = 1
    sha256: Sha256
    pixels_sha256: Sha256
    pdq: Pdq | None = None
    pdq_quality: Annotated[int, Field(ge=0, le=100)] | None = None


class Thresholds(Part):
    """Below `real_below` a picture is called real, from `fake_from` on fake, else uncertain."""

    real_below: Probability
    fake_from: Probability


class ModelFacts(Part):
    """Which model spoke. `id` is the digest of weights, preprocessing, calibration, thresholds."""

    id: str
    thresholds: Thresholds


class ClaimSource(StrEnum):
    """Where in a file a claim stands."""

    CONTENT_CREDENTIALS = "content_credentials"
    XMP = "xmp"
    TEXT = "text"
    EXIF = "exif"
    CONTAINER = "container"


class Standing(StrEnum):
    """What a claim rests on.

    `signed`: somebody signed it together with this very file; who that was is not verified.
    `tampered`: it was signed, and the file was changed since. `invalid`: its signature does not
    hold. `unsigned`: anyone may have written it. `unread`: it is broken, or too much to read.
    """

    SIGNED = "signed"
    TAMPERED = "tampered"
    INVALID = "invalid"
    UNSIGNED = "unsigned"
    UNREAD = "unread"


class Claim(Part):
    """Something a file says of its own picture. It changes neither label nor score.

    `sentence` says it in plain English. `digital_source_type` is IPTC's name of how the picture
    came about, such as trainedAlgorithmicMedia; `tool` the program, generator or camera named;
    `signer` the name in the certificate.
    """

    source: ClaimSource
    standing: Standing
    sentence: str
    digital_source_type: str | None = None
    tool: str | None = None
    signer: str | None = None


class Provenance(Part):
    """Where this answer's picture came from. Told to who asked, and never stored.

    `claims` are of the bytes that came with this request, which may differ where pixels are equal.
    """

    origin: Origin
    url: str | None = None
    final_url: str | None = None
    fetched_at: datetime | None = None
    claims: tuple[Claim, ...] = ()


class Timings(Part):
    """Milliseconds spent on this answer, step by step; a step that did not run is null."""

    fetch_ms: float | None = None
    decode_ms: float | None = None
    cache_ms: float | None = None
    score_ms: float | None = None
    explain_ms: float | None = None
    store_ms: float | None = None
    provenance_ms: float | None = None
    total_ms: float


class Nearness(Part):
    """Why the verdict on another file answers for this one: both show the same picture.

    `distance` is between their PDQ hashes, in bits of 256; `difference` what the witness found
    between what was scored and what came, in grey levels of 255. `review` is what a person found of
    what was scored: of this picture it is a hint.
    """

    verdict_id: str
    distance: Annotated[int, Field(ge=0, le=256)]
    difference: Annotated[float, Field(ge=0)]
    review: Label | None = None


class Relative(Part):
    """A picture that was scored and looks much like this one, and need not be the same.

    `distance` is between their PDQ hashes, in bits of 256. `same_picture` says whether the witness
    took both for one picture; a face swap and its original are relatives and not the same.
    `label` is the model's, `review` what a person found of that picture.
    """

    verdict_id: str
    label: Label
    fake_probability: Probability
    distance: Annotated[int, Field(ge=0, le=256)]
    same_picture: bool
    review: Label | None = None


class Review(Part):
    """That a person looked at exactly this picture, and what the model had said of it."""

    label: Label
    model_label: Label
    at: datetime


class Verdict(Part):
    """What is known of one picture.

    `fake_probability` is calibrated at even odds: of as many real as fake pictures like those of
    the validation set, about 80 % of those scored .8 are fake. `related` are pictures that look
    much like this one, as far as they are known now, and `conflict` says that one of them is called
    fake and this one real, or the other way round. Where a person looked at exactly this picture,
    `review` says so and `label` is theirs; `fake_probability` stays the model's. Where the members
    of an expert disagree, `widened` are the thresholds that decided instead of the model's: further
    apart, so that more stays uncertain; null where the model's did. `external_id` is
    what the caller calls the picture. `explanation` is the path of a heat map over its faces, or
    null where there is none. `provenance`, `cache`, `near`, `related`, `conflict`, `review`,
    `external_id`, `explanation`, `timings` and the gradients of faces belong to one answer and are
    not in what is stored.
    """

    id: str
    label: Label
    fake_probability: Probability
    reason: str
    picture: PictureFacts
    faces: tuple[Face, ...]
    experts: tuple[ExpertScore, ...]
    model: ModelFacts
    widened: Thresholds | None = None
    checked_at: datetime
    cache: CacheStatus | None = None
    near: Nearness | None = None
    related: tuple[Relative, ...] = ()
    conflict: bool = False
    review: Review | None = None
    external_id: str | None = None
    explanation: str | None = None
    provenance: Provenance | None = None
    timings: Timings | None = None

    def stored(self) -> Verdict:
        """The part of this verdict that outlives the answer."""
        return self.model_copy(
            update={
                "cache": None,
                "near": None,
                "related": (),
                "conflict": False,
                "review": None,
                "external_id": None,
                "explanation": None,
                "faces": tuple(_as_stored(face) for face in self.faces),
                "provenance": None,
                "timings": None,
            }
        )


def _as_stored(face: Face) -> Face:
    if face.look is None or face.look.gradient is None:
        return face
    look = face.look.model_copy(update={"gradient": None, "decisive": None})
    return face.model_copy(update={"look": look})
