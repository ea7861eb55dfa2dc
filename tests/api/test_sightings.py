"""Sightings are counted in batches, survive a store that is away, and keep no address."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from remembered import NOON, digest, opened, verdict

from api import sightings
from api.errors import InvalidRequest
from api.sightings import Ledger, address_digest, host_key, sighting_of
from api.store import Store
from api.store.records import Sighting
from api.verdict import CacheStatus, Label, Nearness, Origin, Provenance
from api.web_address import parse

ONE = Sighting("one", digest("pixels of one"), Label.FAKE, near=False, at=NOON, host="a.example")
MOMENTS = count()


def seen(**changes: object) -> Sighting:
    """One more, a moment after the last."""
    at = NOON + timedelta(milliseconds=next(MOMENTS))
    return replace(ONE, **{"at": at, **changes})


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened(tmp_path) as store:
        await store.put(verdict("one"))
        yield store


@pytest.fixture(autouse=True)
def _briskly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sightings, "EVERY_S", 0.05)


async def times(store: Store) -> int:
    seen = await store.seen("one")
    return seen.times if seen else 0


async def counted(store: Store, wanted: int) -> None:
    for _ in range(500):
        if await times(store) == wanted:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{await times(store)} and not {wanted} were counted")


async def test_what_is_noted_is_counted_soon(store: Store) -> None:
    ledger = Ledger(store)
    await ledger.open()
    for _ in range(3):
        ledger.note(seen())
    await counted(store, 3)
    await ledger.close()


async def test_a_full_batch_does_not_wait(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sightings, "EVERY_S", 3600)
    ledger = Ledger(store)
    await ledger.open()
    for _ in range(sightings.BATCH):
        ledger.note(seen())
    await counted(store, sightings.BATCH)
    await ledger.close()


async def test_closing_writes_what_waits_and_may_be_repeated(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sightings, "EVERY_S", 3600)
    ledger = Ledger(store)
    await ledger.open()
    for _ in range(1234):
        ledger.note(seen())
    await ledger.close()
    await ledger.close()
    assert await times(store) == 1234


async def test_what_was_noted_while_the_store_was_away_is_counted_later(store: Store) -> None:
    ledger = Ledger(store)
    await ledger.open()
    await store.close()
    ledger.note(seen())
    await asyncio.sleep(0.2)
    ledger.note(seen(near=True))
    await store.open()
    await counted(store, 1)
    await ledger.close()
    assert (await store.seen("one")).times_near == 1


async def test_of_too_many_sightings_the_oldest_are_lost_and_it_is_logged(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sightings, "KEPT_AT_MOST", 10)
    ledger = Ledger(store)
    await ledger.open()
    await store.close()
    with caplog.at_level(logging.WARNING, "candor"):
        ledger.note(seen())
        await asyncio.sleep(0.2)
        for _ in range(5):
            ledger.note(seen(near=True))
        for _ in range(10):
            ledger.note(seen())
        await store.open()
        await counted(store, 11)
    await ledger.close()

    assert (await store.seen("one")).times_near == 0
    assert len(caplog.records) == 2
    assert "5 sightings were lost" in caplog.text


async def test_a_store_that_is_away_is_not_asked_with_every_sighting(store: Store) -> None:
    asked = 0
    record = store.record

    async def counting(some: list[Sighting]) -> None:
        nonlocal asked
        asked += 1
        await record(some)

    store.record = counting  # type: ignore[method-assign]
    ledger = Ledger(store)
    await ledger.open()
    await store.close()
    for _ in range(100):
        for _ in range(sightings.BATCH // 10):
            ledger.note(seen())
        await asyncio.sleep(0.001)
    await ledger.close()
    assert asked < 20


async def test_a_batch_that_cannot_be_counted_does_not_hold_up_the_next(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = Ledger(store)
    await ledger.open()
    ledger.note(seen(at="yesterday"))  # type: ignore[arg-type]
    await asyncio.sleep(0.2)
    ledger.note(seen())
    await counted(store, 1)
    await ledger.close()
    assert "could not be counted" in caplog.text


def test_a_sighting_says_which_verdict_answered_and_no_address() -> None:
    answer = verdict("one").model_copy(
        update={
            "cache": CacheStatus.NEAR,
            "near": Nearness(verdict_id="one", distance=4, difference=1.5),
            "provenance": Provenance(
                origin=Origin.URL,
                url="https://short.example/x",
                final_url="https://CDN.example:443/picture.jpg?token=secret",
            ),
        }
    )

    sighting = sighting_of(answer, NOON)

    assert sighting == Sighting(
        verdict_id="one",
        pixels_sha256=answer.picture.pixels_sha256,
        label=Label.FAKE,
        near=True,
        at=NOON,
        host="cdn.example",
        address_sha256=address_digest("https://short.example/x"),
    )
    assert "secret" not in repr(sighting)


def test_an_upload_has_neither_host_nor_address() -> None:
    answer = verdict("one").model_copy(update={"provenance": Provenance(origin=Origin.UPLOAD)})

    sighting = sighting_of(answer, NOON)

    assert (sighting.host, sighting.address_sha256, sighting.near) == (None, None, False)


@pytest.mark.parametrize(
    "same",
    [
        "https://bücher.example/a%20b?q=%C3%A4",
        "HTTPS://BÜCHER.EXAMPLE/a b?q=ä",
        "https://xn--bcher-kva.example:443/a b?q=ä#fragment",
        "  https://bücher.example/x/../a b?q=ä ",
        "https://bücher.example./a b?q=ä",
    ],
)
def test_an_address_has_one_digest_however_it_is_written(same: str) -> None:
    assert address_digest(same) == address_digest("https://bücher.example/a b?q=ä")


def test_addresses_that_differ_have_digests_that_differ() -> None:
    urls = [
        "http://a.example",
        "https://a.example",
        "https://a.example:8443",
        "https://a.example/A",
        "https://a.example/a",
        "https://a.example/a?",
        "https://a.example/a?b",
        "https://b.example/a",
        "http://[::1]/",
        "http://[::1]:81/",
    ]
    assert len({address_digest(url) for url in urls}) == len(urls)


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example",
        "http://xn--a/",
        "http://0x7f.1/",
        "https://a_b.example.:443/?#",
        "https://[2001:DB8::1]/%zz",
        "http://a.example/\N{PILE OF POO}?%00",
        "http://a.example/" + "%41" * 1000,
    ],
)
def test_what_is_fetched_can_be_counted(url: str) -> None:
    fetched = parse(url, frozenset())
    assert len(address_digest(fetched.url)) == 64
    assert address_digest(fetched.url) == address_digest(url)


@pytest.mark.parametrize("url", ["", "a", "//a.example/", "https:///a", "https://\0/", "http://["])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidRequest, match=r"example\.org"):
        address_digest(url)


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("Example.ORG.", "example.org"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "::1"),
        ("[2001:DB8::1]", "2001:db8::1"),
    ],
)
def test_a_host_has_one_name(name: str, host: str) -> None:
    assert host_key(name) == host


@pytest.mark.parametrize(
    "name", ["", ".", "a b", "a/b", "a?b", "a#b", "a@b", "a:80", "[::1", "%", "a\0", "*", "a" * 999]
)
def test_what_is_no_host_is_refused(name: str) -> None:
    with pytest.raises(InvalidRequest, match="not the name of a host"):
        host_key(name)
