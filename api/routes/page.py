"""GET /: the page people see, and the files it is made of, each known by name at start."""

from __future__ import annotations

from pathlib import Path

from litestar import Response, get
from litestar.params import FromPath

from api.errors import NotFound, shown

FOLDER = Path(__file__).resolve().parent.parent / "web"
MEDIA_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
FILES = {path.name: path for path in FOLDER.iterdir() if path.suffix in MEDIA_TYPES}


@get("/", include_in_schema=False, sync_to_thread=False)
def page() -> Response[bytes]:
    """The page on which a person drops a picture."""
    return _file(FILES["index.html"])


@get("/web/{name:str}", include_in_schema=False, sync_to_thread=False)
def file(name: FromPath[str]) -> Response[bytes]:
    """One of the files that the page is made of."""
    if name not in FILES:
        raise NotFound(f"The page has no file {shown(name)}. It stands at /.")
    return _file(FILES[name])


def _file(path: Path) -> Response[bytes]:
    return Response(path.read_bytes(), media_type=MEDIA_TYPES[path.suffix])
