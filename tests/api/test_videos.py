"""Clips over HTTP: streamed in, followed, cancelled, and gone from the disk afterwards."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from litestar.testing import AsyncTestClient
from peers import called_from
from remembered import Client, opened
from sites import Sites

from api import checking
from api.app import create_app
from api.cli import main
from api.errors import InvalidRequest, StoreUnavailable, TooLarge
from api.keys import LOCAL, Caller, Scope
from api.limiting import Limiter
from api.routes import videos
from api.settings import Settings
from api.store.sqlite.clips import Clips
from api.video import desk as desks
from api.video import room
from api.video.checking import VideoChecker
from api.video.command import is_clip
from api.video.lanes import Lane

from clips import face_clip, sound_only, two_scenes
from engines import GatedEngine
from keyed import keyed, made_key
from listening import until
from pictures import encoded, noise, portrait

SOMEBODY = Caller(LOCAL, LOCAL, frozenset(Scope), pictures_per_minute=0)
MP4 = {"Content-Type": "video/mp4"}


@pytest.fixture
def engine() -> GatedEngine:
    return GatedEngine()


@pytest.fixture
async def client(tmp_path: Path, engine: GatedEngine) -> AsyncIterator[Client]:
    settings = Settings(data_dir=tmp_path, video_max_bytes=400_000, video_max_s=20)
    async with AsyncTestClient(
        called_from(create_app(settings, engine)), "http://127.0.0.1:8000"
    ) as client:
        yield client


async def sent(client: Client, content: bytes) -> httpx.Response:
    return await client.post("/v1/videos", content=content, headers=MP4)


async def ended(client: Client, clip: str) -> dict[str, Any]:
    for _ in range(600):
        status = (await client.get(f"/v1/videos/{clip}")).json()
        if status["state"] in ("done", "failed", "cancelled"):
            return status
        await asyncio.sleep(0.05)
    raise AssertionError("the clip was never done")


def open_clips(folder: Path) -> list[str]:
    """Files of clips that this process holds; they have no names in the folder."""
    place = folder / "clips"
    assert not [*place.iterdir()]
    links = []
    for descriptor in os.listdir("/proc/self/fd"):
        # One of them was the list itself.
        with suppress(FileNotFoundError):
            links.append(os.readlink(f"/proc/self/fd/{descriptor}"))
    return [link for link in links if link.startswith(str(place))]


async def test_a_clip_gets_a_verdict_with_its_scenes_tracks_and_timeline(
    client: Client, tmp_path: Path
) -> None:
    answer = await sent(client, two_scenes())
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/v1/videos/{answer.json()['id']}"

    status = await ended(client, answer.json()["id"])

    verdict = status["verdict"]
    assert (status["state"], verdict["label"], verdict["seconds"]) == ("done", "fake", 2)
    assert (verdict["width"], verdict["height"]) == (128, 96)
    assert len(verdict["scenes"]) == 2
    assert [track["number"] for track in verdict["tracks"]] == [1, 2]
    assert len(verdict["timeline"]) == verdict["frames"] == status["frames"]
    assert verdict["timeline"][0]["faces"][0]["box"]["width"] == 30
    assert open_clips(tmp_path) == []


async def test_events_tell_every_frame_once_and_end_with_the_verdict(client: Client) -> None:
    clip = (await sent(client, face_clip())).json()["id"]

    answer = await client.get(f"/v1/videos/{clip}/events")

    assert answer.headers["content-type"].startswith("text/event-stream")
    events = [part.split("\n") for part in answer.text.strip().split("\n\n")]
    names = [event[0] for event in events]
    news = [json.loads(event[1].removeprefix("data: ")) for event in events]
    assert set(names[:-1]) <= {"event: progress"}
    assert names[-1] == "event: done"
    told = [moment for one in news for moment in one["moments"]]
    assert told == news[-1]["check"]["verdict"]["timeline"]
    shares = [one["check"]["progress"] for one in news]
    assert shares == sorted(shares)


async def test_a_cancelled_clip_is_let_go_of_at_once(
    client: Client, engine: GatedEngine, tmp_path: Path
) -> None:
    engine.gate.clear()
    clip = (await sent(client, face_clip())).json()["id"]
    while not engine.inside:  # noqa: ASYNC110 - the engine of a test tells nobody
        await asyncio.sleep(0.02)
    assert open_clips(tmp_path)

    answer = await client.delete(f"/v1/videos/{clip}")

    assert answer.json()["state"] == "cancelled"
    assert open_clips(tmp_path) == []
    assert engine.inside == 0
    assert (await client.delete(f"/v1/videos/{clip}")).json()["state"] == "cancelled"


async def test_a_clip_cancelled_before_its_turn_is_let_go_of_too(
    client: Client, engine: GatedEngine, tmp_path: Path
) -> None:
    engine.gate.clear()
    first, second = [(await sent(client, face_clip())).json()["id"] for _ in range(2)]

    assert (await client.delete(f"/v1/videos/{second}")).json()["state"] == "cancelled"
    assert (await client.delete(f"/v1/videos/{first}")).json()["state"] == "cancelled"
    assert open_clips(tmp_path) == []


async def test_more_clips_than_one_caller_may_have_wait_outside(
    client: Client, engine: GatedEngine
) -> None:
    engine.gate.clear()
    taken = [await sent(client, face_clip()) for _ in range(room.OF_ONE_CALLER)]
    refused = await sent(client, face_clip())

    assert [answer.status_code for answer in taken] == [202] * room.OF_ONE_CALLER
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "30")
    engine.gate.set()
    for answer in taken:
        assert (await ended(client, answer.json()["id"]))["state"] == "done"
    assert (await sent(client, face_clip())).status_code == 202


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 415),
        (encoded(noise(60, 80)), 415),
        (b"#EXTM3U\n" * 50, 415),
        (face_clip() + bytes(400_000), 413),
    ],
    ids=["nothing", "png", "playlist", "too many bytes"],
)
async def test_what_is_no_clip_is_refused_while_it_comes(
    client: Client, content: bytes, status: int, tmp_path: Path
) -> None:
    answer = await sent(client, content)

    assert answer.status_code == status, answer.text
    assert open_clips(tmp_path) == []


async def test_what_only_shows_when_decoded_is_a_problem_of_the_check(client: Client) -> None:
    status = await ended(client, (await sent(client, sound_only())).json()["id"])

    assert status["state"] == "failed"
    assert status["problem"]["status"] == 400
    assert "sound and no moving picture" in status["problem"]["detail"]


async def test_a_sender_who_stops_is_turned_away(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(videos, "STALLED_S", 0.2)
    desk = desks.VideoDesk(None, None, None, None, Settings(data_dir=tmp_path))  # type: ignore[arg-type]

    class Stopping:
        async def stream(self) -> AsyncIterator[bytes]:
            yield face_clip()[:5000]
            await asyncio.sleep(60)

    with pytest.raises(InvalidRequest, match="Nothing came"), desk.slot(SOMEBODY) as slot:
        await videos._receive(Stopping(), slot)  # type: ignore[arg-type]

    assert open_clips(tmp_path) == []
    with desk.slot(SOMEBODY), desk.slot(SOMEBODY):
        assert len(open_clips(tmp_path)) == 2


async def test_a_sender_who_never_ends_is_turned_away(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(videos, "SENT_WITHIN_S", 0.3)
    desk = desks.VideoDesk(None, None, None, None, Settings(data_dir=tmp_path))  # type: ignore[arg-type]

    class Dripping:
        async def stream(self) -> AsyncIterator[bytes]:
            for byte in itertools.cycle(face_clip()):
                yield bytes([byte])
                await asyncio.sleep(0.01)

    with pytest.raises(InvalidRequest, match="was not there"), desk.slot(SOMEBODY) as slot:
        await videos._receive(Dripping(), slot)  # type: ignore[arg-type]

    assert open_clips(tmp_path) == []


async def test_a_clip_whose_length_was_not_announced_is_cut_off_too(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, video_max_bytes=1000)
    desk = desks.VideoDesk(None, None, None, None, settings)  # type: ignore[arg-type]

    with desk.slot(SOMEBODY) as slot:
        slot.write(bytes(1000))
        with pytest.raises(TooLarge, match="1,000 bytes"):
            slot.write(b"x")


async def test_a_disk_that_takes_no_clip_is_told(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "SPARE_BYTES", 1 << 60)

    answer = await sent(client, face_clip())

    assert answer.status_code == 503
    assert "no room for clips" in answer.json()["detail"]


async def test_other_bodies_are_named(client: Client) -> None:
    form = await client.post("/v1/videos", files={"clip": ("a.mp4", face_clip(), "video/mp4")})
    assert form.status_code == 415
    for body in ({"url": "ftp://example.org/a.mp4"}, {"address": "x"}, []):
        assert (await client.post("/v1/videos", json=body)).status_code == 422
    again = await client.post(
        "/v1/videos", content=face_clip(), headers={**MP4, "Idempotency-Key": "x"}
    )
    assert again.status_code == 422
    assert "Idempotency-Key" in again.json()["detail"]


async def test_a_clip_is_its_callers_alone(tmp_path: Path) -> None:
    engine = GatedEngine()
    async with (
        keyed(tmp_path, engine, (Scope.CHECK,)) as client,
        keyed(tmp_path, engine, (Scope.CHECK, Scope.LOOKUP)) as other,
        keyed(tmp_path, engine, (Scope.LOOKUP,)) as reader,
    ):
        clip = (await sent(client, face_clip())).json()["id"]
        # One service each, as it happens: what another process took is not known either.
        for stranger, status in ((other, 404), (reader, 403)):
            assert (await stranger.get(f"/v1/videos/{clip}")).status_code == status
            assert (await stranger.get(f"/v1/videos/{clip}/events")).status_code == status
            assert (await stranger.delete(f"/v1/videos/{clip}")).status_code == status
        client.headers.pop("Authorization")
        assert (await client.get(f"/v1/videos/{clip}")).status_code == 401


async def test_every_frame_counts_as_a_picture(tmp_path: Path) -> None:
    async with keyed(tmp_path, GatedEngine(), (Scope.CHECK,), pictures_per_minute=600) as client:
        clip = (await sent(client, face_clip())).json()["id"]
        frames = (await ended(client, clip))["frames"]

        answer = await client.post(
            "/v1/checks", content=encoded(portrait()), headers={"Content-Type": "image/png"}
        )

    # One each for sending the clip and for the picture; a bucket of 600 fills by ten a second.
    left = 600 - frames - 2
    assert left <= int(answer.headers["ratelimit-remaining"]) <= left + 30


async def test_a_clip_that_waits_for_its_callers_budget_lets_others_go_on(
    tmp_path: Path, engine: GatedEngine
) -> None:
    _, patient = await made_key(Settings(data_dir=tmp_path), pictures_per_minute=6)
    async with keyed(tmp_path, engine, (Scope.CHECK,), pictures_per_minute=600) as client:
        theirs = {"Authorization": f"Bearer {patient}"}
        slow = await client.post("/v1/videos", content=face_clip(6), headers={**MP4, **theirs})
        place = f"/v1/videos/{slow.json()['id']}"
        # One of six was for sending it; the next picture comes after ten seconds.
        await until(lambda: len(engine.asked) == 5)

        fast = (await sent(client, face_clip())).json()["id"]

        assert (await ended(client, fast))["state"] == "done"
        assert (await client.get(place, headers=theirs)).json()["state"] == "running"
        assert (await client.delete(place, headers=theirs)).json()["state"] == "cancelled"
        assert (await ended(client, (await sent(client, face_clip())).json()["id"]))["verdict"]


async def test_a_clip_whose_caller_has_no_budget_waits_for_it_outside(tmp_path: Path) -> None:
    _, patient = await made_key(Settings(data_dir=tmp_path), pictures_per_minute=1)
    async with keyed(tmp_path, GatedEngine(), (Scope.CHECK,), pictures_per_minute=600) as client:
        theirs = {"Authorization": f"Bearer {patient}"}
        slow = await client.post("/v1/videos", content=face_clip(), headers={**MP4, **theirs})
        fast = (await sent(client, face_clip())).json()["id"]

        assert (await ended(client, fast))["state"] == "done"
        place = f"/v1/videos/{slow.json()['id']}"
        assert (await client.get(place, headers=theirs)).json()["state"] == "waiting"


async def test_no_frame_is_lost_of_clips_that_take_turns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    stand_aside = Lane.stand_aside

    async def a_moment(lane: Lane, seconds: float) -> None:
        nonlocal now
        now += seconds
        await stand_aside(lane, 0)

    monkeypatch.setattr(Lane, "stand_aside", a_moment)
    settings, pictures = Settings(data_dir=tmp_path), Limiter("pictures", lambda: now)
    async with opened(tmp_path) as store:
        checker = VideoChecker(GatedEngine(), settings)
        desk = desks.VideoDesk(checker, None, store, pictures, settings)  # type: ignore[arg-type]
        callers = [SOMEBODY, *(replace(SOMEBODY, id=one, pictures_per_minute=1) for one in "abc")]
        checks = []
        for caller in callers:
            with desk.slot(caller) as slot:
                slot.write(face_clip())
                checks.append(desk.take(caller, slot).id)
        told = [
            [news async for news in await desk.news(caller, check) if news][-1].check
            for caller, check in zip(callers, checks, strict=True)
        ]
        await desk.close()
    assert now >= 60
    timelines = [check.verdict and check.verdict.timeline for check in told]
    assert timelines[0]
    assert timelines == [timelines[0]] * len(callers)


async def test_an_address_is_fetched_under_the_same_guard(tmp_path: Path, sites: Sites) -> None:
    there = await sites.serving(face_clip())
    settings = Settings(data_dir=tmp_path, fetch_private_hosts=frozenset({there.name}))
    async with AsyncTestClient(
        called_from(create_app(settings, GatedEngine())), "http://127.0.0.1:8000"
    ) as client:
        good = await client.post("/v1/videos", json={"url": there.url})
        inner = await client.post("/v1/videos", json={"url": "http://127.0.0.1:9/a.mp4"})

        assert (await ended(client, good.json()["id"]))["state"] == "done"
        if inner.status_code == 202:
            status = await ended(client, inner.json()["id"])
            assert (status["state"], status["problem"]["status"]) == ("failed", 502)
        else:
            assert inner.status_code == 422
    assert open_clips(tmp_path) == []


def test_the_command_line_looks_at_clips_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "local_engine", lambda _: GatedEngine())
    good, bad = tmp_path / "good.mp4", tmp_path / "bad.mp4"
    good.write_bytes(face_clip())
    bad.write_bytes(sound_only())
    command = ["check", "--data-dir", str(tmp_path), str(good), str(bad)]

    plain = CliRunner().invoke(main, command)
    as_json = CliRunner().invoke(main, [*command, "--json"])

    assert plain.exit_code == as_json.exit_code == 1
    assert "fake" in plain.output
    assert "face 1: 90 % fake" in plain.output
    assert "no moving picture" in plain.output
    first, second = [json.loads(line) for line in as_json.stdout.splitlines()]
    assert first["video"]["label"] == "fake"
    assert second["problem"]["status"] == 400


@pytest.mark.parametrize(
    ("name", "clip"),
    [("https://example.org/a.MP4?x=1", True), ("https://example.org/a.png", False),
     ("http://example.org/mp4", False), ("no such file.mp4", False)],
)  # fmt: skip
def test_an_address_is_taken_for_a_clip_by_how_it_ends(name: str, clip: bool) -> None:
    assert is_clip(name) is clip


def serving(folder: Path, engine: GatedEngine) -> AsyncTestClient[Any]:
    app = called_from(create_app(Settings(data_dir=folder), engine))
    return AsyncTestClient(app, "http://127.0.0.1:8000")


async def test_what_came_of_a_clip_outlives_the_process_until_it_is_deleted(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path, GatedEngine()) as before:
        good, bad = [(await sent(before, one)).json()["id"] for one in (face_clip(), sound_only())]
        told = {clip: await ended(before, clip) for clip in (good, bad)}

    async with serving(tmp_path, GatedEngine()) as client:
        for clip in (good, bad):
            assert (await client.get(f"/v1/videos/{clip}")).json() == told[clip]
        events = (await client.get(f"/v1/videos/{good}/events")).text
        assert events.startswith("event: done\n")
        news = json.loads(events.split("data: ")[1])
        assert news["moments"] == told[good]["verdict"]["timeline"]

        assert (await client.delete(f"/v1/videos/{good}")).json() == told[good]
        assert (await client.get(f"/v1/videos/{good}")).status_code == 404
        assert (await client.delete(f"/v1/videos/{good}")).status_code == 404
        assert (await client.get(f"/v1/videos/{bad}")).status_code == 200


async def test_a_clip_that_has_ended_is_forgotten_by_the_process_that_took_it_too(
    client: Client,
) -> None:
    clip = (await sent(client, face_clip())).json()["id"]
    status = await ended(client, clip)

    assert (await client.delete(f"/v1/videos/{clip}")).json() == status
    assert (await client.get(f"/v1/videos/{clip}")).status_code == 404


async def test_a_store_that_is_away_costs_no_clip_its_answer(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def away(*_: object) -> None:
        raise StoreUnavailable("The store is away.")

    monkeypatch.setattr(Clips, "keep_clip", away)
    clip = (await sent(client, face_clip())).json()["id"]

    assert (await ended(client, clip))["state"] == "done"
    assert "what came of a clip is told for an hour only" in caplog.text
