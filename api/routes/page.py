"""GET /: the page people see, and the files it is made of, each known by name at start.

The card of a verdict is one set of modules for this page and the browser extension. They lie in the
extension, which is loaded as a folder and can hold no file from outside of it, and are served from
there under the same path.
"""

from __future__ import annotations

from pathlib import Path

from litestar import Response, get
from litestar.params import FromPath

from api.errors import NotFound, shown

FOLDER = Path(__file__).resolve().parents[1] / "web"
SHARED = Path(__file__).resolve().parents[2] / "extension" / "verdict"
MEDIA_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}


def _known(folder: Path) -> dict[str, Path]:
    return {path.name: path for path in folder.iterdir() if path.suffix in MEDIA_TYPES}


FILES = _known(FOLDER)
SHARED_FILES = _known(SHARED)


@get("/", include_in_schema=False, sync_to_thread=False)
def page() -> Response[bytes]:
    """The page on which a person drops a picture."""
    return _file(FILES, "index.html")


@get("/web/{name:str}", include_in_schema=False, sync_to_thread=False)
def file(name: FromPath[str]) -> Response[bytes]:
    """One of the files that the page is made of."""
    return _file(FILES, name)


@get("/extension/verdict/{name:str}", include_in_schema=False, sync_to_thread=False)
def shared(name: FromPath[str]) -> Response[bytes]:
    """One of those that the page has in common with the extension."""
    return _file(SHARED_FILES, name)


def _file(known: dict[str, Path], name: str) -> Response[bytes]:
    if name not in known:
        raise NotFound(f"The page has no file {shown(name)}. It stands at /.")
    path = known[name]
    return Response(path.read_bytes(), media_type=MEDIA_TYPES[path.suffix])
