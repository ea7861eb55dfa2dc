"""GET /: the page people see, and the files it is made of."""

from __future__ import annotations

from pathlib import Path

from litestar import Response, get
from litestar.static_files import create_static_files_router

FOLDER = Path(__file__).resolve().parent.parent / "web"


@get("/", include_in_schema=False, media_type="text/html", sync_to_thread=False)
def page() -> Response[bytes]:
    """The page on which a person drops a picture."""
    return Response((FOLDER / "index.html").read_bytes(), media_type="text/html")


files = create_static_files_router("/web", [FOLDER], include_in_schema=False, name="web")
