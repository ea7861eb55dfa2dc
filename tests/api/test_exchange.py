"""Hashes and labels go out and come in again, and a bad file leaves nothing behind."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from remembered import NOON, digest, known, opened, verdict

from api.desk import Desk
from api.errors import InvalidRequest, NotFound
from api.exchange import lines, take_in
from api.exchange_files import Format, Terms
from api.store import Store
from api.store.records import HashKind, KnownHash
from api.verdict import Label

PARTNER = Terms("partner", None, NOON)
PDQ = "f8f8f0cce0f4e84d0e370a22028f67f0b36e2ed596623e1d33e6339c4e9c9b22"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened(tmp_path) as store:
        yield store


def written(folder: Path, text: str, name: str = "list") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def line(**changes: object) -> str:
    return json.dumps({"kind": "pdq", "value": PDQ, "label": "fake"} | changes)


async def everything(store: Store) -> list[KnownHash]:
    return [known async for known in store.all_known()]


async def text_of(store: Store, format: Format) -> str:
    return "".join([line async for line in lines(store, format)])


async def test_what_one_service_sends_out_another_takes_in(store: Store, tmp_path: Path) -> None:
    one = await store.put(verdict("one", Label.REAL))
    listed = known(PDQ, note="line\nbreak, \N{SNOWMAN}")
    await store.add_known([listed])
    sent = written(tmp_path, await text_of(store, Format.JSONL))

    async with opened(tmp_path / "other") as other:
        done = await take_in(other, sent, Format.JSONL, Terms(None, None, NOON))
        taken = await everything(other)
        assert await text_of(other, Format.JSONL) == "".join(
            known.model_dump_json() + "\n" for known in taken
        )

    assert (done.added, done.passed_over, done.bad) == (4, 0, 0)
    assert listed in taken
    picture = one.picture
    assert {(k.kind, k.value) for k in taken if k.source == "candor:candor-1"} == {
        (HashKind.SHA256, picture.sha256),
        (HashKind.PIXELS, picture.pixels_sha256),
        (HashKind.PDQ, picture.pdq),
    }
    assert {k.label for k in taken if k.source == "candor:candor-1"} == {Label.REAL}


async def test_who_vouches_is_said_at_the_import(store: Store, tmp_path: Path) -> None:
    theirs = known(PDQ, source="review").model_dump_json()

    await take_in(store, written(tmp_path, theirs), Format.JSONL, PARTNER)

    assert [one.source for one in await everything(store)] == ["partner"]


async def test_a_line_may_leave_out_time_and_label(store: Store, tmp_path: Path) -> None:
    short = json.dumps({"kind": "sha256", "value": PDQ.upper()})

    terms = Terms("partner", Label.REAL, NOON)
    await take_in(store, written(tmp_path, short), Format.JSONL, terms)

    [one] = await everything(store)
    assert (one.value, one.label, one.added_at) == (PDQ, Label.REAL, NOON)


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        ("{", "is not JSON"),
        ("[1]", "is not an object"),
        ("[" * 100_000, "is not JSON"),
        (line(kind="md5"), "kind is 'md5'"),
        (line(value="abc"), "value is 'abc'"),
        (line(label="good"), "label is 'good'"),
        (line(at=1), "at is '1'"),
        (line(added_at="yesterday"), "added_at is 'yesterday'"),
        (line(added_at="2026-03-29T12:00:00"), "timezone"),
        (line(note="\ud800"), "note is "),
        ('{"kind": "pdq", "value": "' + PDQ + '"}', "label: Field required"),
    ],
)
async def test_a_bad_line_is_named_and_nothing_is_taken(
    store: Store, tmp_path: Path, bad: str, problem: str
) -> None:
    good = known(PDQ).model_dump_json()
    path = written(tmp_path, f"{good}\n\n{bad}\n{good}\n")

    with pytest.raises(InvalidRequest) as caught:
        await take_in(store, path, Format.JSONL, PARTNER)

    assert "line 3: " in caught.value.detail
    assert problem in caught.value.detail
    assert "--skip-bad" in caught.value.detail
    assert await everything(store) == []

    done = await take_in(store, path, Format.JSONL, PARTNER, skip_bad=True)
    assert (done.added, done.bad) == (2, 1)
    assert len(await everything(store)) == 1


async def test_only_the_first_of_many_bad_lines_are_told(store: Store, tmp_path: Path) -> None:
    path = written(tmp_path, "rubbish\n" * 500)

    with pytest.raises(InvalidRequest, match="and 490 more"):
        await take_in(store, path, Format.PDQ_CSV, PARTNER)


async def test_a_long_file_is_taken_in_whole(store: Store, tmp_path: Path) -> None:
    path = written(tmp_path, "".join(f"{digest(str(n))}\n" for n in range(2500)))

    assert (await take_in(store, path, Format.PDQ_CSV, PARTNER)).added == 2500
    assert len(await everything(store)) == 2500


@pytest.mark.parametrize(
    "line",
    [
        PDQ,
        f"  {PDQ.upper()}  ",
        f"hash={PDQ}",
        f"{PDQ},100,a file, with commas.jpg",
        f"{PDQ},bridge-1-original.jpg",
        f"{PDQ},,no quality",
        f"hash={PDQ},norm=128,delta=0,quality=100,filename=a.jpg",
    ],
)
async def test_lists_of_the_pdq_tools_are_read(store: Store, tmp_path: Path, line: str) -> None:
    path = written(tmp_path, f"\ufeff# comment\nhash,quality,filename\n{line}\r\n")

    done = await take_in(store, path, Format.PDQ_CSV, PARTNER)

    assert (done.added, done.passed_over, done.bad) == (1, 2, 0)
    assert await everything(store) == [known(PDQ, source="partner")]


@pytest.mark.parametrize(
    "line", [f"{PDQ},49,flat.png", f"hash={PDQ},norm=0,delta=0,quality=0,filename=flat.png"]
)
async def test_hashes_of_flat_pictures_are_passed_over(
    store: Store, tmp_path: Path, line: str
) -> None:
    done = await take_in(store, written(tmp_path, line), Format.PDQ_CSV, PARTNER)

    assert (done.added, done.passed_over) == (0, 1)


def indicator(**more: object) -> dict[str, object]:
    return {"id": "1", "indicator": PDQ, "type": "HASH_PDQ", "last_updated": 1_600_000_000} | more


def descriptor(**more: object) -> dict[str, object]:
    tags = {"data": [{"id": "2", "text": "swap"}, {"id": "3", "text": "deepfake"}]}
    return {"raw_indicator": PDQ, "type": "HASH_PDQ", "status": "MALICIOUS", "tags": tags} | more


PAGES = {
    "a page": json.dumps({"data": [indicator()], "paging": {"next": "https://..."}}),
    "a page, indented": json.dumps({"data": [indicator()]}, indent=2),
    "a list": json.dumps([indicator()], indent=2),
    "a line an entry": json.dumps(indicator()) + "\n" + json.dumps(indicator()),
    "a line a page": json.dumps({"data": [indicator()]}) + "\n" + json.dumps({"data": []}),
    "a descriptor": json.dumps(descriptor()),
    "opinions": json.dumps(
        indicator(descriptors={"data": [descriptor(), descriptor(tags=["old"])]})
    ),
}


@pytest.mark.parametrize("text", PAGES.values(), ids=PAGES)
async def test_what_threatexchange_gives_is_read(store: Store, tmp_path: Path, text: str) -> None:
    done = await take_in(store, written(tmp_path, text), Format.THREATEXCHANGE, PARTNER)

    [one] = await everything(store)
    assert (done.passed_over, done.bad) == (0, 0)
    assert (one.kind, one.value, one.label, one.source) == ("pdq", PDQ, "fake", "partner")
    if "last_updated" in text:
        assert one.added_at == datetime.fromtimestamp(1_600_000_000, UTC)
    if "descriptors" in text:
        assert one.note == "deepfake old swap"


@pytest.mark.parametrize(
    "entry",
    [
        indicator(type="HASH_MD5", indicator="d41d8cd98f00b204e9800998ecf8427e"),
        indicator(should_delete=True),
        indicator(status="UNKNOWN"),
        descriptor(status="NON_MALICIOUS"),
        indicator(descriptors={"data": [descriptor(), descriptor(status="NON_MALICIOUS")]}),
    ],
)
async def test_what_is_withdrawn_or_disputed_is_no_label(
    store: Store, tmp_path: Path, entry: dict[str, object]
) -> None:
    path = written(tmp_path, json.dumps([entry]))

    done = await take_in(store, path, Format.THREATEXCHANGE, PARTNER)

    assert (done.added, done.passed_over) == (0, 1)


async def test_a_bad_entry_of_a_page_is_named(store: Store, tmp_path: Path) -> None:
    path = written(tmp_path, json.dumps({"data": [indicator(), indicator(indicator="x"), 5]}))

    with pytest.raises(InvalidRequest) as caught:
        await take_in(store, path, Format.THREATEXCHANGE, PARTNER)

    assert "line 1, entry 2: value is 'x'" in caught.value.detail
    assert "line 1, entry 3: '5' is not an object" in caught.value.detail
    assert await everything(store) == []


@pytest.mark.parametrize("format", [Format.PDQ_CSV, Format.THREATEXCHANGE])
async def test_fakes_go_out_as_others_read_them(
    store: Store, tmp_path: Path, format: Format
) -> None:
    fake = await store.put(verdict("fake"))
    await store.put(verdict("real", Label.REAL))
    await store.put(verdict("flat", quality=49))
    await store.add_known(
        [known(PDQ, source="a list\nof lists, ours"), known(digest("x"), Label.REAL)]
    )

    sent = written(tmp_path, await text_of(store, format))

    async with opened(tmp_path / "other") as other:
        done = await take_in(other, sent, format, PARTNER)
        taken = {one.value for one in await everything(other)}
    assert (done.added, done.bad) == (2, 0)
    assert taken == {fake.picture.pdq, PDQ}


async def test_a_fake_line_is_what_pdq_photo_hasher_prints(store: Store) -> None:
    fake = await store.put(verdict("fake", quality=87))

    assert await text_of(store, Format.PDQ_CSV) == f"{fake.picture.pdq},87,candor:candor-1\n"


async def test_an_empty_memory_goes_out_as_an_empty_page(store: Store) -> None:
    assert json.loads(await text_of(store, Format.THREATEXCHANGE)) == {"data": []}
    assert await text_of(store, Format.PDQ_CSV) == ""


async def test_the_newest_verdict_and_before_it_a_reviewer_says_what_is_fake(store: Store) -> None:
    await store.put(verdict("was fake", pixels="a"))
    await store.put(verdict("is real", Label.REAL, pixels="a", model="candor-2", minutes=1))
    await store.put(verdict("false alarm"))
    desk = Desk(store)
    await desk.review("me", "false alarm", Label.REAL, "The press agency has the negative.")
    missed = await store.put(verdict("missed", Label.REAL))
    await desk.review("me", "missed", Label.FAKE, "")

    sent = await text_of(store, Format.PDQ_CSV)

    assert [line.split(",")[0] for line in sent.splitlines()] == [missed.picture.pdq]


async def test_a_review_needs_a_verdict_and_a_bounded_note(store: Store) -> None:
    with pytest.raises(NotFound, match="no verdict 'gone'"):
        await Desk(store).review("me", "gone", Label.REAL, "")
    await store.put(verdict("one"))
    with pytest.raises(InvalidRequest, match="2001 characters"):
        await Desk(store).review("me", "one", Label.REAL, "x" * 2001)
