"""Somebody tries keys, or looks for the difference between one that exists and one that does not.

Gained would be another's key and budget, or the knowledge which keys there are.
"""

from __future__ import annotations

import asyncio
import hmac
from datetime import UTC, datetime
from pathlib import Path

import pytest
from litestar.testing import AsyncTestClient
from peers import called_from
from remembered import NoEngine, digest, opened

from api import keys
from api.app import create_app
from api.gate import GUESSES_PER_MINUTE
from api.keys import Scope
from api.settings import Settings

from keyed import made_key

LOOKUP = f"/v1/reputation?sha256={digest('a picture')}"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_guesses_are_bounded_by_address_and_good_keys_still_open(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    _, good = await made_key(settings, [Scope.LOOKUP])
    app = called_from(create_app(settings, NoEngine()))
    async with AsyncTestClient(app, "http://127.0.0.1:8000") as client:
        statuses = [
            (await client.get(LOOKUP, headers=bearer(f"{good[:-8]}{number:08d}"))).status_code
            for number in range(GUESSES_PER_MINUTE + 10)
        ]
        assert statuses == [401] * GUESSES_PER_MINUTE + [429] * 10
        assert (await client.get(LOOKUP, headers=bearer(good))).status_code == 200


async def test_a_wrong_an_unknown_a_revoked_and_a_broken_key_are_told_alike(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    key, good = await made_key(settings, [Scope.LOOKUP])
    revoked, old = await made_key(settings, [Scope.LOOKUP])
    async with opened(tmp_path) as store:
        await store.revoke_key(revoked.id, revoked.created_at)
    mistyped = good[:-1] + ("A" if good[-1] != "A" else "B")
    unknown = good.replace(key.id, "0" * 12)
    broken = ["", "x", "'; --", '{"$gt": ""}', good.upper(), "é"]
    app = called_from(create_app(settings, NoEngine()))
    async with AsyncTestClient(app, "http://127.0.0.1:8000") as client:
        answers = [
            await client.get(LOOKUP, headers={"Authorization": f"Bearer {one}".encode("latin-1")})
            for one in (mistyped, unknown, old, *broken)
        ]
    told = set()
    for answer in answers:
        assert answer.status_code == 401
        told.add((answer.json()["title"], answer.json()["detail"]))
    assert len(told) == 1


def test_the_secret_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    compare = hmac.compare_digest

    def watched(one: str, other: str) -> bool:
        compared.append((one, other))
        return compare(one, other)

    monkeypatch.setattr(keys.hmac, "compare_digest", watched)
    key, token = keys.new_key("a", frozenset(Scope), 0, datetime.now(UTC))
    parts = keys.parts_of(token)
    assert parts is not None
    assert key.opens_for(parts[1])
    assert not key.opens_for(parts[1][:-1] + "!")
    assert len(compared) == 2


async def test_what_is_at_rest_opens_nothing(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    key, good = await made_key(settings, [Scope.LOOKUP])
    _, secret = keys.parts_of(good) or ("", "")
    kept = await asyncio.to_thread(_all_bytes, tmp_path)
    assert key.secret_sha256.encode() in kept
    assert secret.encode() not in kept
    app = called_from(create_app(settings, NoEngine()))
    async with AsyncTestClient(app, "http://127.0.0.1:8000") as client:
        stolen = good.replace(secret, key.secret_sha256)
        assert (await client.get(LOOKUP, headers=bearer(stolen))).status_code == 401


def _all_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
