"""The URL writes an inner address so that a filter reads another one than the dialler.

What is gained without the guard: whatever listens on the machine, next to it or behind the cloud's
metadata address is read through the service; or, by a difference between answers, mapped.

A server waits at the very port that the URLs mean, and every name leads to it.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api import web_address, working

from engines import GatedEngine
from listening import PATIENCE_S, listening

FOUND_NOWHERE = {
    "dotted": "http://127.0.0.1/",
    "the last of its network": "http://127.255.255.254/",
    "decimal": "http://2130706433/",
    "decimal, metadata": "http://2852039166/",
    "octal in one": "http://017700000001/",
    "hexadecimal": "http://0x7f000001/",
    "hexadecimal, upper case": "http://0X7F000001/",
    "hexadecimal parts": "http://0x7f.0x0.0x0.0x1/",
    "two parts": "http://127.1/",
    "three parts": "http://127.0.1/",
    "zero": "http://0/",
    "unspecified": "http://0.0.0.0/",
    "a dot behind": "http://127.0.0.1./",
    "a name with a dot behind": "http://localhost./",
    "a name below localhost": "http://anything.localhost/",
    "a name that leads inside": "http://inside.test/",
    "ideographic dots": "http://127\u30020\u30020\u30021/",
    "full-width dots": "http://127\uff0e0\uff0e0\uff0e1/",
    "loopback of IPv6": "http://[::1]/",
    "the same at length": "http://[0000:0000:0000:0000:0000:0000:0000:0001]/",
    "unspecified of IPv6": "http://[::]/",
    "mapped": "http://[::ffff:127.0.0.1]/",
    "mapped, hexadecimal": "http://[::FFFF:7f00:1]/",
    "mapped, metadata": "http://[::ffff:a9fe:a9fe]/",
    "compatible": "http://[::127.0.0.1]/",
    "translated": "http://[::ffff:0:127.0.0.1]/",
    "NAT64": "http://[64:ff9b::127.0.0.1]/",
    "NAT64 of a network": "http://[64:ff9b:1::7f00:1]/",
    "6to4": "http://[2002:7f00:1::1]/",
    "Teredo": "http://[2001:0:7f00:1::80ff:fffe]/",
    "ISATAP, link-local": "http://[fe80::5efe:127.0.0.1]/",
    "unique local, metadata": "http://[fd00:ec2::254]/",
    "https": "https://127.0.0.1/",
    "spaces around": " \thttp://127.0.0.1/\n",
    "a public name in the query": "http://127.0.0.1?@site.test/",
    "a public name in the fragment": "http://127.0.0.1#@site.test/",
}
NOT_FOLLOWED = {
    "octal parts": "http://0177.0.0.01/",
    "leading zeros": "http://127.000.000.001/",
    "digits in circles": "http://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/",
    "full-width digits": "http://\uff11\uff12\uff17.0.0.1/",
    "letters in circles": "http://\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3/",
    "a user name": "http://site.test@127.0.0.1/",
    "a user name and a password": "http://site.test:80@127.0.0.1/",
    "two users": "http://a@site.test@127.0.0.1/",
    "an escaped user name": "http://site.test%40127.0.0.1/",
    "an inner user name": "http://127.0.0.1%2f@site.test/",
    "a backslash": "http://127.0.0.1\\@site.test/",
    "a backslash for a slash": "http:\\\\127.0.0.1\\",
    "an escaped dot": "http://127%2e0.0.1/",
    "an escaped host": "http://%31%32%37%2e%30%2e%30%2e%31/",
    "an escaped NUL": "http://127.0.0.1%00.site.test/",
    "a NUL": "http://127.0.0.1\0.site.test/",
    "a tab inside": "http://127.0.\t0.1/",
    "a line end inside": "http://127.0.0.1/\r\nHost: site.test",
    "a zone": "http://[fe80::1%25lo]/",
    "a zone of loopback": "http://[::1%lo]/",
    "brackets that do not close": "http://[::1/",
    "brackets around IPv4": "http://[127.0.0.1]/",
    "a host behind brackets": "http://[::1]site.test/",
    "two ports": "http://127.0.0.1:80:80/",
    "another port": "http://127.0.0.1:22/",
    "a negative port": "http://127.0.0.1:-80/",
    "no slashes": "http:127.0.0.1/",
    "three slashes": "http:///127.0.0.1/",
    "no scheme": "//127.0.0.1/",
    "two dots": "http://127..0.0.1/",
    "a file": "file:///etc/passwd",
    "gopher": "gopher://127.0.0.1:6379/_FLUSHALL",
    "an inner scheme": "url:http://127.0.0.1/",
    "jar": "jar:http://127.0.0.1!/a",
}
EXPECTED = dict.fromkeys(FOUND_NOWHERE, 502) | dict.fromkeys(NOT_FOLLOWED, 422)
URLS = FOUND_NOWHERE | NOT_FOLLOWED
UNKNOWN = "http://unknown.invalid/"


class Canary:
    """Counts who connects to it."""

    met = 0

    async def connected(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.met += 1
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        writer.close()


@pytest.fixture
async def canary(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Canary]:
    """A server on this machine, at the port that a URL without one means here."""
    canary = Canary()
    async with await asyncio.start_server(canary.connected, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        for scheme in ("http", "https"):
            monkeypatch.setitem(web_address.DEFAULT_PORTS, scheme, port)
        yield canary


@pytest.fixture(autouse=True)
def every_name_leads_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers as the operating system reads them, names as an attacker's resolver answers."""
    real = socket.getaddrinfo
    monkeypatch.setattr(working, "POLL_S", 0.02)

    def resolve(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        try:
            return real(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        except socket.gaierror:
            if host.endswith(".invalid"):
                raise
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


async def alone(client: httpx.AsyncClient, urls: list[str]) -> list[dict[str, Any]]:
    answers = [await client.post("/v1/checks", json={"url": url}) for url in urls]
    assert {one.headers["content-type"] for one in answers} == {"application/problem+json"}
    return [one.json() for one in answers]


async def in_batches(client: httpx.AsyncClient, urls: list[str]) -> list[dict[str, Any]]:
    problems = []
    for start in range(0, len(urls), 64):
        items = [{"url": url} for url in urls[start : start + 64]]
        answer = await client.post("/v1/checks/batch", json={"items": items})
        problems += problems_of(answer)
    return problems


async def in_a_job(client: httpx.AsyncClient, urls: list[str]) -> list[dict[str, Any]]:
    items = {"items": [{"url": url} for url in urls]}
    job = f"/v1/jobs/{(await client.post('/v1/jobs', json=items)).json()['id']}"
    async with asyncio.timeout(PATIENCE_S):
        while (await client.get(job)).json()["state"] != "done":  # noqa: ASYNC110 - over HTTP
            await asyncio.sleep(0.02)
    return list(problems_of(await client.get(f"{job}/results")))


def problems_of(answer: httpx.Response) -> Iterator[dict[str, Any]]:
    lines = [json.loads(line) for line in answer.text.splitlines()]
    return (line["problem"] for line in sorted(lines, key=lambda line: line["index"]))


@pytest.mark.parametrize("way", [alone, in_batches, in_a_job])
async def test_no_spelling_reaches_the_machine_itself(way, canary: Canary, tmp_path: Path) -> None:
    async with (
        listening(tmp_path, GatedEngine()) as address,
        httpx.AsyncClient(base_url=address, timeout=PATIENCE_S) as client,
    ):
        unknown, *problems = await way(client, [UNKNOWN, *URLS.values()])

    assert canary.met == 0
    assert dict(zip(URLS, [one["status"] for one in problems], strict=True)) == EXPECTED
    inside = [problems[number] for number, name in enumerate(URLS) if name in FOUND_NOWHERE]
    assert {without_host(one) for one in inside} == {without_host(unknown)}


def without_host(problem: dict[str, Any]) -> str:
    """All that a problem tells beside the host that was asked for, and the request's own id."""
    detail = re.sub(r"(?<=^Nothing could be fetched from )\S+", "HOST", problem["detail"])
    return json.dumps({**problem, "detail": detail, "request_id": ""}, sort_keys=True)


async def test_the_server_can_be_reached_at_all(canary: Canary, tmp_path: Path) -> None:
    port = web_address.DEFAULT_PORTS["http"]
    async with (
        listening(tmp_path, GatedEngine(), fetch_private_hosts=f"127.0.0.1:{port}") as address,
        httpx.AsyncClient(base_url=address, timeout=PATIENCE_S) as client,
    ):
        await alone(client, ["http://127.0.0.1/"])
    assert canary.met == 1
