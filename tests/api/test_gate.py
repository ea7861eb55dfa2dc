"""Who asks, what their key allows, and how much of it is left."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.testing import AsyncTestClient
from peers import called_from
from remembered import Client, NoEngine, digest, opened, remembering

from api import gate
from api.app import create_app
from api.gate import NEEDS
from api.keys import ApiKey, Scope, new_key
from api.settings import Settings

NOW = datetime(2026, 3, 29, 12, tzinfo=UTC)
LOOKUP = f"/v1/reputation?sha256={digest('a picture')}"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "RECHECK_S", 0.0)


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    async with remembering(tmp_path) as client:
        yield client


async def made(folder: Path, *scopes: Scope, a_minute: int = 0) -> tuple[ApiKey, dict[str, str]]:
    """A key, and the header that carries it."""
    key, token = new_key("a platform", frozenset(scopes), a_minute, NOW)
    async with opened(folder) as store:
        await store.add_key(key)
    return key, {"Authorization": f"Bearer {token}"}


async def test_without_keys_this_machine_may_ask(client: Client) -> None:
    assert (await client.get(LOOKUP)).status_code == 200


async def test_without_keys_other_machines_may_not(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, allowed_hosts="candor.example")
    app = called_from(create_app(settings, NoEngine()), "192.0.2.7")
    async with AsyncTestClient(app, "http://127.0.0.1:8000") as outside:
        assert (await outside.get(LOOKUP)).status_code == 401
        assert (await outside.get("/health/live")).status_code == 200


async def test_a_proxy_on_this_machine_lets_nobody_in_without_a_key(tmp_path: Path) -> None:
    async with remembering(tmp_path, allowed_hosts="candor.example") as client:
        answer = await client.get(LOOKUP, headers={"Host": "candor.example"})
        assert answer.status_code == 401


async def test_from_the_first_key_on_everybody_needs_one(client: Client, tmp_path: Path) -> None:
    _, header = await made(tmp_path, Scope.LOOKUP)

    answer = await client.get(LOOKUP)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "candor keys create" in answer.json()["detail"]
    assert (await client.get(LOOKUP, headers=header)).status_code == 200
    assert (
        await client.get(LOOKUP, headers={"X-API-Key": header["Authorization"][7:]})
    ).status_code == 200
    assert (await client.get("/")).status_code == 200


async def test_a_revoked_key_opens_nothing_and_nothing_opens_again(
    client: Client, tmp_path: Path
) -> None:
    key, header = await made(tmp_path, Scope.LOOKUP)
    assert (await client.get(LOOKUP, headers=header)).status_code == 200
    async with opened(tmp_path) as store:
        await store.revoke_key(key.id, NOW)

    assert (await client.get(LOOKUP, headers=header)).status_code == 401
    assert (await client.get(LOOKUP)).status_code == 401


@pytest.mark.parametrize("scope", sorted(set(Scope) - {Scope.LOOKUP}))
async def test_no_scope_includes_another(client: Client, tmp_path: Path, scope: Scope) -> None:
    key, header = await made(tmp_path, scope)
    answer = await client.get(LOOKUP, headers=header)

    assert answer.status_code == 403
    assert key.id in answer.json()["detail"]
    assert "`lookup`" in answer.json()["detail"]


def test_every_route_of_the_interface_needs_a_scope(tmp_path: Path) -> None:
    app: Litestar = create_app(Settings(data_dir=tmp_path), NoEngine())
    handlers = {
        (route.path, handler): handler
        for route in app.routes
        for handler in getattr(route, "route_handlers", [])
        if isinstance(handler, HTTPRouteHandler) and route.path.startswith("/v1")
    }
    ours = [one for one in handlers.values() if one.http_methods != {"OPTIONS"}]

    assert len(ours) >= 5
    assert [str(one) for one in ours if not isinstance(one.opt.get(NEEDS), Scope)] == []


async def test_pictures_are_counted_by_key_and_what_is_left_is_told(
    client: Client, tmp_path: Path
) -> None:
    _, first = await made(tmp_path, Scope.CHECK, a_minute=2)
    _, second = await made(tmp_path, Scope.CHECK, a_minute=2)

    async def status(header: dict[str, str]) -> tuple[int, str]:
        answer = await client.post("/v1/checks", content=b"no picture", headers=header | PNG)
        assert answer.headers["ratelimit-limit"] == "2"
        assert answer.headers["ratelimit-policy"] == "2;w=60"
        assert 0 < int(answer.headers["ratelimit-reset"]) <= 60
        return answer.status_code, answer.headers["ratelimit-remaining"]

    assert [await status(first) for _ in range(3)] == [(400, "1"), (400, "0"), (429, "0")]
    assert await status(second) == (400, "1")
    turned_away = await client.post("/v1/checks", content=b"x", headers=first | PNG)
    assert 0 < int(turned_away.headers["retry-after"]) <= 30


PNG = {"Content-Type": "image/png"}


async def test_lookups_are_counted_by_key(tmp_path: Path) -> None:
    async with remembering(tmp_path, reputation_per_minute=1) as client:
        _, first = await made(tmp_path, Scope.LOOKUP)
        _, second = await made(tmp_path, Scope.LOOKUP)
        assert [
            (await client.get(LOOKUP, headers=header)).status_code
            for header in (first, first, second)
        ] == [200, 429, 200]


async def test_the_contract_names_the_key(client: Client) -> None:
    document = (await client.get("/schema/openapi.json")).json()

    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert {"key": []} in document["security"]
    for operations in document["paths"].values():
        for operation in operations.values():
            assert ("401" in operation["responses"]) == (operation["tags"] != ["health"])
