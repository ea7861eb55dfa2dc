"""What a sender or a site says of a file is not what the file is.

Gained would be a reader that is chosen by the attacker, a length that makes the service wait or
read past the end, or an address that counts as another's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from litestar.testing import AsyncTestClient
from peers import called_from
from remembered import Client, NoEngine, Scoring, digest, remembering
from sites import Sites

from api.app import create_app
from api.errors import CandorError, SourceFailed
from api.fetching import Fetcher
from api.keys import Scope
from api.settings import Settings

from keyed import made_key
from listening import listening
from pictures import encoded, portrait

SOMEBODY_ELSE = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP", "CF-Connecting-IP")


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    async with remembering(tmp_path, Scoring()) as client:
        yield client


@pytest.mark.parametrize("said", ["image/jpeg", "image/gif", "image/svg+xml", "image/x-icon"])
async def test_the_bytes_say_what_they_are(client: Client, said: str) -> None:
    answer = await client.post(
        "/v1/checks", content=encoded(portrait()), headers={"Content-Type": said}
    )
    assert answer.json()["picture"]["format"] == "PNG"
    form = await client.post(
        "/v1/checks", files={"image": ("../../x.svg", encoded(portrait()), said)}
    )
    assert form.json()["picture"]["format"] == "PNG"


@pytest.mark.parametrize("said", ["text/html", "application/json", "image/svg+xml", ""])
async def test_what_a_site_says_of_a_picture_does_not_count(sites: Sites, said: str) -> None:
    site = await sites.serving(encoded(portrait()), content_type=said)
    async with fetcher(site.name) as fetch:
        assert (await fetch.fetch(site.url)).content == encoded(portrait())


@pytest.mark.parametrize(
    "head",
    [
        "Content-Length: 99999999999999999999",
        "Content-Length: -1",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Content-Length: 1e3",
        "Transfer-Encoding: gzip, chunked",
    ],
)
async def test_a_length_that_is_not_true_ends_the_fetch(sites: Sites, head: str) -> None:
    site = await sites.sending(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\nhello".encode())
    async with fetcher(site.name) as fetch:
        with pytest.raises(CandorError) as caught:
            await fetch.fetch(site.url)
        assert isinstance(caught.value, SourceFailed) or caught.value.status == 413


async def test_nobody_becomes_somebody_else_by_a_header(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    app = called_from(create_app(settings, NoEngine()), "192.0.2.7")
    async with AsyncTestClient(app, "http://127.0.0.1:8000") as outside:
        for name in SOMEBODY_ELSE:
            value = "for=127.0.0.1" if name == "Forwarded" else "127.0.0.1"
            path = f"/v1/reputation?sha256={digest('x')}"
            answer = await outside.get(path, headers={name: value})
            assert answer.status_code == 401, name


async def test_guesses_are_counted_by_who_connects(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    await made_key(settings, [Scope.LOOKUP])
    app = called_from(create_app(settings, NoEngine()), "192.0.2.7")
    async with AsyncTestClient(app, "http://127.0.0.1:8000") as outside:
        path = f"/v1/reputation?sha256={digest('x')}"
        statuses = {
            (
                await outside.get(
                    path,
                    headers={"Authorization": "Bearer x", "X-Forwarded-For": f"10.0.0.{number}"},
                )
            ).status_code
            for number in range(40)
        }
    assert statuses == {401, 429}


async def test_a_request_within_a_request_is_not_answered(tmp_path: Path) -> None:
    async with listening(tmp_path, NoEngine()) as address:
        port = int(address.rpartition(":")[2])
        hidden = f"GET /v1/export HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"
        for framing in (
            f"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}",
            f"Content-Length: 0\r\nContent-Length: {len(hidden)}\r\n\r\n{hidden}",
            f"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n{hidden}",
        ):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            head = f"POST /v1/checks HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n"
            writer.write((head + framing).encode())
            await writer.drain()
            answers = await reader.read()
            writer.close()
            await writer.wait_closed()
            assert answers.count(b"HTTP/1.1 ") == 1
            assert b"x-ndjson" not in answers


def fetcher(*names: str) -> Fetcher:
    return Fetcher(max_bytes=10_000_000, deadline_s=5, private_hosts=frozenset(names))
