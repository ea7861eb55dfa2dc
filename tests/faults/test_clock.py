"""The machine's clock is set while the service runs: nothing breaks, nothing answers by mistake."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import pytest
from remembered import Client, Scoring, remembering

from api import moderation

from pictures import encoded, portrait


class Clock(datetime):
    """The calendar as far off as `off` says."""

    off = timedelta(0)

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return datetime.now(tz) + cls.off


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> type[Clock]:
    monkeypatch.setattr(Clock, "off", timedelta(0))
    monkeypatch.setattr(moderation, "datetime", Clock)
    return Clock


async def check(client: Client, quality: int):
    """A picture that is the same to the eye, and other bytes and pixels at each quality."""
    body = encoded(portrait(), "JPEG", quality=quality)
    return await client.post("/v1/checks", content=body, headers={"Content-Type": "image/jpeg"})


async def test_a_copy_is_known_while_the_clock_goes_right(
    tmp_path: Path, clock: type[Clock]
) -> None:
    async with remembering(tmp_path, Scoring(), near_rescored=0) as client:
        told = [(await check(client, quality)).json()["cache"] for quality in (95, 90)]
    assert told == ["miss", "near"]


@pytest.mark.parametrize("days", [-20_000, -1, 8, 3650])
async def test_a_verdict_of_another_time_answers_for_its_file_and_not_for_copies(
    tmp_path: Path, clock: type[Clock], days: int
) -> None:
    async with remembering(tmp_path, Scoring(), near_rescored=0) as client:
        first = await check(client, 95)
        clock.off = timedelta(days=days)
        same, copy = await check(client, 95), await check(client, 90)
        clock.off = timedelta(0)
        again = await check(client, 95)
        read = await client.get(f"/v1/verdicts/{first.json()['id']}")
        known = await client.get("/v1/reputation", params={"sha256": sha256_of(first)})

    assert [same.json()["cache"], copy.json()["cache"]] == ["bytes", "miss"]
    apart = moment_of(copy) - moment_of(first)
    assert round(apart / timedelta(days=1)) == days
    assert again.json()["cache"] == "bytes"
    assert read.status_code == known.status_code == 200
    assert known.json()["verdict"]["verdict_id"] == first.json()["id"]


def moment_of(answer) -> datetime:
    return datetime.fromisoformat(answer.json()["checked_at"])


def sha256_of(answer) -> str:
    return answer.json()["picture"]["sha256"]
