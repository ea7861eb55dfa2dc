"""Everything that can go wrong with a request, as one tree.

    CandorError                  (never raised itself)
    ├── InvalidRequest       422  the request is not one we understand
    ├── NotAnImage           400  the bytes are no picture, or a broken one
    ├── NotAVideo            400  the bytes are no clip, a broken one, or one without a picture
    ├── UnsupportedFormat    415  a picture, but of a kind we do not read
    ├── TooLarge             413  too many bytes, or too many pixels
    ├── TooSmall             422  too few pixels to say anything
    ├── Unauthorized         401  no key, or one that opens nothing
    ├── Forbidden            403  this caller may not ask
    ├── NotFound             404  no such verdict
    ├── Conflict             409  the same is being done just now
    ├── Unusable             409  weights that cannot serve
    ├── Cancelled            409  the job was cancelled before this picture's turn
    ├── Deleted              410  the verdict was deleted
    ├── TooManyRequests      429  this caller asks too often
    ├── Abandoned            500  the service stopped whenever it was at this picture
    ├── SourceFailed         502  the site that was named could not give the picture
    ├── SourceTimedOut       504  the site that was named was too slow
    ├── Overloaded           503  too much to do just now; come back
    ├── StoreUnavailable     503  the memory of verdicts cannot be reached
    └── NotReady             503  the model is not loaded, or the service is shutting down

Every one becomes an RFC 9457 problem document in `api.routes.problems`. This module knows
nothing of HTTP beyond the number that a problem carries.
"""

from __future__ import annotations

from typing import ClassVar

SHOWN_AT_MOST = 80


class CandorError(Exception):
    """Base of all errors that a caller is told about.

    Args:
        detail: A sentence that a person understands: it names the value that was wrong and
            the way out.
    """

    status: ClassVar[int]
    slug: ClassVar[str]
    title: ClassVar[str]

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class InvalidRequest(CandorError):
    status, slug, title = 422, "invalid-request", "The request cannot be understood"


class NotAnImage(CandorError):
    status, slug, title = 400, "not-an-image", "Not a picture"


class NotAVideo(CandorError):
    status, slug, title = 400, "not-a-video", "Not a clip"


class UnsupportedFormat(CandorError):
    status, slug, title = 415, "unsupported-format", "Unsupported format"


class TooLarge(CandorError):
    status, slug, title = 413, "too-large", "Too large"


class TooSmall(CandorError):
    status, slug, title = 422, "too-small", "Too small to judge"


class Unauthorized(CandorError):
    status, slug, title = 401, "unauthorized", "A key is needed"


class Forbidden(CandorError):
    status, slug, title = 403, "forbidden", "Not allowed"


class NotFound(CandorError):
    status, slug, title = 404, "not-found", "Not found"


class Conflict(CandorError):
    status, slug, title = 409, "conflict", "Being done already"


class Unusable(CandorError):
    status, slug, title = 409, "unusable-weights", "These weights cannot serve"


class Cancelled(CandorError):
    status, slug, title = 409, "cancelled", "Not checked"


class Deleted(CandorError):
    status, slug, title = 410, "deleted", "Deleted"


class Abandoned(CandorError):
    status, slug, title = 500, "abandoned", "Given up"


class HungUp(CandorError):
    """Nobody is left to read it; 499 stands in the log, as other servers write it there."""

    status, slug, title = 499, "hung-up", "The client is gone"


class TooManyRequests(CandorError):
    """Carries the seconds after which it is worth asking again."""

    status, slug, title = 429, "too-many-requests", "Too many requests"

    def __init__(self, detail: str, retry_after_s: int) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class SourceFailed(CandorError):
    status, slug, title = 502, "source-failed", "The site did not give the picture"


class SourceTimedOut(CandorError):
    status, slug, title = 504, "source-timed-out", "The site was too slow"


class Overloaded(CandorError):
    status, slug, title = 503, "overloaded", "Too busy"


class StoreUnavailable(CandorError):
    status, slug, title = 503, "store-unavailable", "The store cannot be reached"


class NotReady(CandorError):
    status, slug, title = 503, "not-ready", "Not ready"


def shown(value: str) -> str:
    """What a stranger wrote, short and printable enough to repeat in a sentence.

    Of what is long, both ends: a path says at its end what it is of.
    """
    half = SHOWN_AT_MOST // 2
    return ascii(value if len(value) <= SHOWN_AT_MOST else f"{value[:half]}...{value[-half:]}")
