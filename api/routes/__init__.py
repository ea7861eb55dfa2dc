"""One file a resource: each parses a request, asks the Moderator, and answers."""

from litestar import Request

AnyRequest = Request[object, object, object]  # type: ignore[type-var]
