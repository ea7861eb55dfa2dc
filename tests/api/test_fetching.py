"""What a fetch gives, asks for, follows and refuses. The abuses are in tests/attacks."""

from __future__ import annotations

import asyncio
import random
import socket
from datetime import UTC, datetime
from string import printable

import pytest

from api import fetching
from api.errors import (
    CandorError,
    InvalidRequest,
    Overloaded,
    SourceFailed,
    SourceTimedOut,
    TooLarge,
)
from api.fetching import Fetcher
from api.web_address import parse, redirected


def fetcher(*sites: str, max_bytes: int = 1000, deadline_s: float = 5, **options) -> Fetcher:
    return Fetcher(
        max_bytes=max_bytes, deadline_s=deadline_s, private_hosts=frozenset(sites), **options
    )


async def no_such_host(host: str, port: int) -> list[str]:
    raise OSError("Name or service not known")


async def test_gives_the_bytes_and_where_and_when_they_came_from(sites):
    site = await sites.serving(b"picture")
    before = datetime.now(UTC)
    async with fetcher(site.name) as fetch:
        fetched = await fetch.fetch(site.url + "?a=1#face")
    assert fetched.content == b"picture"
    assert fetched.url == site.url + "?a=1#face"
    assert fetched.final_url == site.url + "?a=1"
    assert before <= fetched.fetched_at <= datetime.now(UTC)


async def test_asks_plainly(sites, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    site = await sites.serving(b"picture", set_cookie="who=you")
    async with fetcher(site.name) as fetch:
        await fetch.fetch(site.url)
        await fetch.fetch(site.url)
    lines = site.requests[1].decode().lower().split("\r\n")
    assert lines[0] == "get /picture http/1.1"
    assert f"host: {site.name}" in lines
    assert "accept-encoding: identity" in lines
    assert any(line.startswith("user-agent: candor/") for line in lines)
    assert not any(line.startswith(("cookie", "referer", "authorization")) for line in lines)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_follows_redirects(sites, status):
    end = await sites.serving(b"picture")
    start = await sites.serving(status=status, location=end.url)
    async with fetcher(start.name, end.name) as fetch:
        fetched = await fetch.fetch(start.url)
    assert fetched.content == b"picture"
    assert (fetched.url, fetched.final_url) == (start.url, end.url)


async def test_three_redirects_are_followed_and_a_fourth_is_not(sites):
    site = await sites.serving(b"picture")
    names, url = [site.name], site.url
    for _ in range(3):
        site = await sites.serving(status=302, location=url)
        names, url = [*names, site.name], site.url
    one_more = await sites.serving(status=302, location=url)
    async with fetcher(*names, one_more.name) as fetch:
        assert (await fetch.fetch(url)).content == b"picture"
        with pytest.raises(SourceFailed, match="redirected more than 3 times"):
            await fetch.fetch(one_more.url)


def test_https_is_never_left_for_http():
    start = parse("https://site.test/a", frozenset())
    assert redirected(start, "/b", frozenset()).url == "https://site.test/b"
    with pytest.raises(SourceFailed, match="from https to http"):
        redirected(start, "http://site.test/b", frozenset())


@pytest.mark.parametrize("status", [304, 400, 403, 404, 410, 429, 500, 503])
async def test_the_status_of_a_failure_is_named(sites, status):
    site = await sites.serving(b"<html>", status=status)
    async with fetcher(site.name) as fetch:
        with pytest.raises(SourceFailed, match=f"status {status}"):
            await fetch.fetch(site.url)


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("ftp://site.test/a.jpg", "'ftp://site.test/a.jpg'"),
        ("file:///etc/passwd", "'file:/etc/passwd'"),
        ("data:image/png;base64,AAAA", "'data:image/png;base64,AAAA'"),
        ("site.test/a.jpg", "'site.test/a.jpg'"),
        ("", "''"),
        ("//site.test/a.jpg", "'//site.test/a.jpg'"),
        ("http://user:word@site.test/", "user name"),
        ("http://user@site.test/", "user name"),
        (r"http://site.test\@127.0.0.1/", "user name"),
        ("http://site.test:22/", "Port '22'"),
        ("https://site.test:8443/", "Port '8443'"),
        ("http://site.test:0/", "Port '0'"),
        ("http://site.test:x/", "not a URL"),
        ("http://site.test:" + "9" * 3000 + "/", "Port '999"),
        ("http://" + "a" * 5000, "5007 characters"),
        ("http:///a.jpg", "''"),
        ("http://0177.0.0.1/", "not a URL"),
        ("http://[::1", "not"),
        ("http://[fe80::1%25eth0]/", "not"),
        ("http://a..b/", "'a..b'"),
        ("http://" + "a" * 64 + ".test/", "name of a host"),
        ("http://a b/", "name of a host"),
        ("http://a%2eb/", "'a%2eb'"),
        ("http://\u2603.\udc00/", "not a URL"),
        ("http://site.test/\ud800", "not a URL"),
        ("http://site.test/\r\nHost: other", "not a URL"),
    ],
)
async def test_a_url_of_the_wrong_form_is_refused_by_name(url, named, dialled):
    async with fetcher() as fetch:
        with pytest.raises(InvalidRequest, match=named) as refusal:
            await fetch.fetch(url)
    assert len(refusal.value.detail) < 300
    assert not dialled


def test_names_are_idna_and_ports_are_kept_to_the_default():
    assert parse("HTTPS://Bücher.example:443", frozenset()).url == "https://xn--bcher-kva.example"
    assert parse("http://xn--0.test/", frozenset()).host == "xn--0.test"
    assert parse("http://[2606:4700::AbCd]/", frozenset()).host == "2606:4700::abcd"


async def test_unknown_and_refusing_hosts_are_told_alike(sites, unused_tcp_port):
    async with fetcher(f"127.0.0.1:{unused_tcp_port}") as fetch:
        with pytest.raises(SourceFailed) as refused:
            await fetch.fetch(f"http://127.0.0.1:{unused_tcp_port}/")
    async with fetcher(resolve=no_such_host) as fetch:
        with pytest.raises(SourceFailed) as unknown:
            await fetch.fetch("http://nowhere.test/")
    assert unknown.value.detail == refused.value.detail.replace("127.0.0.1", "nowhere.test")


async def test_an_announced_length_is_refused_before_the_body(sites):
    site = await sites.sending(b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n")
    async with fetcher(site.name) as fetch:
        with pytest.raises(TooLarge, match="1000 bytes"):
            await fetch.fetch(site.url)


async def test_the_limit_itself_is_allowed(sites):
    site = await sites.serving(bytes(1000))
    async with fetcher(site.name) as fetch:
        assert len((await fetch.fetch(site.url)).content) == 1000


async def test_a_silent_site_ends_at_the_deadline(sites):
    async def silent(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    site = await sites.running(silent)
    async with fetcher(site.name, deadline_s=0.2) as fetch:
        with pytest.raises(SourceTimedOut, match=r"within 0\.2 s"):
            await fetch.fetch(site.url)


async def test_a_silent_resolver_ends_at_the_deadline():
    async def silent(host: str, port: int) -> list[str]:
        await asyncio.sleep(60)
        return []

    async with fetcher(deadline_s=0.2, resolve=silent) as fetch:
        with pytest.raises(SourceTimedOut):
            await fetch.fetch("http://site.test/")


async def test_four_at_a_time_ask_one_host(sites):
    asking, most = 0, 0

    async def slow(writer: asyncio.StreamWriter) -> None:
        nonlocal asking, most
        asking += 1
        most = max(most, asking)
        await asyncio.sleep(0.05)
        asking -= 1
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    site = await sites.running(slow)
    async with fetcher(site.name) as fetch:
        await asyncio.gather(*(fetch.fetch(site.url) for _ in range(12)))
    assert most == 4


async def test_more_fetches_than_connections_wait_and_are_then_sent_away(sites, monkeypatch):
    monkeypatch.setattr(fetching, "CONNECTIONS_AT_MOST", 1)
    monkeypatch.setitem(fetching.TIMEOUTS_S, "pool", 0.1)

    async def silent(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    site = await sites.running(silent)
    async with fetcher(site.name, deadline_s=0.5) as fetch:
        both = await asyncio.gather(
            fetch.fetch(site.url), fetch.fetch(site.url), return_exceptions=True
        )
    assert {type(error) for error in both} == {SourceTimedOut, Overloaded}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n\r\n",
        b"\0" * 100,
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 200\r\n",
        b"HTTP/1.1 99999 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nbytes",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 100_000,
        b"HTTP/1.1 302 Found\r\nLocation: http://[::1\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://site.test:22/\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: \xff\xfe\xed\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: //\xc0\x80\xed.\xff/\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: \r\n\r\n",
        b"HTTP/1.1 302 Found\r\n\r\n",
    ],
)
async def test_a_peer_that_talks_nonsense_is_the_source_that_failed(sites, raw):
    site = await sites.sending(raw)
    async with fetcher(site.name, resolve=no_such_host_but_loopback) as fetch:
        with pytest.raises(SourceFailed):
            await fetch.fetch(site.url)


async def test_a_site_without_tls_is_not_reached_by_https():
    async def talk_first(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(talk_first, "127.0.0.1", 0) as server:
        name = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with fetcher(name) as fetch:
            with pytest.raises(SourceFailed, match="Nothing could be fetched"):
                await fetch.fetch(f"https://{name}/")


async def no_such_host_but_loopback(host: str, port: int) -> list[str]:
    return [host] if host == "127.0.0.1" else await no_such_host(host, port)


async def test_no_url_raises_anything_but_an_error_of_ours():
    chance = random.Random(5)  # noqa: S311
    pieces = ["http://", "https:", "//", "@", ":", "[", "]", "::", "%", "\\", "xn--", "。", ".."]
    pieces += [
        "\uff11\uff12\uff17",
        "\udc80",
        "\u200d",
        "ß",
        "127.1",
        "0x7f",
        "?",
        "#",
        "/",
        *printable,
    ]
    async with fetcher(resolve=no_such_host) as fetch:
        for _ in range(3000):
            url = chance.choice(["", "http://", "https://a"]) + "".join(
                chance.choices(pieces, k=chance.randrange(12))
            )
            with pytest.raises(CandorError):
                await fetch.fetch(url)


@pytest.mark.parametrize(
    "name",
    ["-", "_", "a" * 63, ".".join(["a"] * 120), "xn--", "xn--a", "1", "999999999999", "0x"],
    ids=lambda name: name[:12],
)
@pytest.mark.parametrize(
    "complaint",
    [socket.gaierror(socket.EAI_NONAME, "unknown"), UnicodeError("label too long"), OSError()],
    ids=lambda complaint: type(complaint).__name__,
)
async def test_whatever_a_resolver_says_of_an_odd_name_the_source_failed(name, complaint, dialled):
    async def complaining(host: str, port: int) -> list[str]:
        asked.append(host)
        raise complaint

    asked: list[str] = []
    async with fetcher(resolve=complaining) as fetch:
        with pytest.raises(SourceFailed, match="Nothing could be fetched"):
            await fetch.fetch(f"http://{name}.invalid/")
    assert asked == [f"{name}.invalid"]
    assert not dialled
