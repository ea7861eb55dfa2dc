"""One file that is a picture to one reader and a page, a script or an archive to another.

Gained would be a verdict on something that a browser shows differently, or a service that hands a
page of the attacker's out under its own name.
"""

from __future__ import annotations

import zipfile
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest
from remembered import Client, Scoring, remembering

from api.errors import CandorError
from api.imaging import decode

from pictures import encoded, portrait

PAGE = b"<!doctype html><script>alert(document.domain)</script>"


def archive() -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as written:
        written.writestr("evil.html", PAGE.decode())
    return file.getvalue()


POLYGLOTS = {
    "PNG and page": encoded(portrait()) + PAGE,
    "JPEG and archive": encoded(portrait(), "JPEG") + archive(),
    "GIF and script": encoded(portrait(), "GIF") + b"*/=1;alert(1)//",
    "JPEG and JPEG": encoded(portrait(), "JPEG") * 2,
}
NO_PICTURES = {
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "page with a picture's name": PAGE,
    "archive": archive(),
    "PDF and JPEG": b"%PDF-1.7\n" + encoded(portrait(), "JPEG"),
    "script and GIF": b"alert(1)//" + encoded(portrait(), "GIF"),
    "BMP": b"BM" + bytes(100),
    "EPS": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n",
    "PSD": b"8BPS\x00\x01" + bytes(100),
    "TIFF": b"II*\x00\x08\x00\x00\x00" + bytes(100),
    "XPM": b"/* XPM */\nstatic char *x[] = {",
}


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    async with remembering(tmp_path, Scoring()) as client:
        yield client


@pytest.mark.parametrize("name", POLYGLOTS)
async def test_the_picture_is_judged_and_nothing_of_the_file_comes_back(
    client: Client, name: str
) -> None:
    for kind in ("image/png", "application/octet-stream"):
        answer = await client.post(
            "/v1/checks", content=POLYGLOTS[name], headers={"Content-Type": kind}
        )
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "alert" not in answer.text


@pytest.mark.parametrize("name", NO_PICTURES)
async def test_what_does_not_begin_as_a_picture_is_none(client: Client, name: str) -> None:
    for kind in ("image/png", "image/svg+xml", "application/octet-stream"):
        answer = await client.post(
            "/v1/checks", content=NO_PICTURES[name], headers={"Content-Type": kind}
        )
        assert answer.status_code in (400, 415), answer.text
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert "alert" not in answer.text
    with pytest.raises(CandorError):
        decode(NO_PICTURES[name], max_pixels=50_000_000, min_side=32)
