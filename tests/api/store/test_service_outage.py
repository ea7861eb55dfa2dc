"""MongoDB goes away under a service, and comes back."""

from __future__ import annotations

from pathlib import Path

from mongo_server import MongoServer
from remembered import Client, Scoring, remembering

from pictures import encoded, noise


async def check(client: Client, seed: int):
    body = encoded(noise(60, 80, seed))
    return await client.post("/v1/checks", content=body, headers={"Content-Type": "image/png"})


async def test_a_mongodb_that_is_killed_is_told_and_then_used_again(
    own_mongo: MongoServer, tmp_path: Path
) -> None:
    url = own_mongo.url("candor_service")
    async with remembering(tmp_path, Scoring(), mongodb_url=url) as client:
        earlier = await check(client, 0)
        own_mongo.kill()
        away = [await check(client, 1), await client.get("/health/ready")]
        live = await client.get("/health/live")
        own_mongo.start()
        later = await check(client, 1)
        ready = await client.get("/health/ready")
        kept = await check(client, 0)

    for response in away:
        assert response.status_code == 503
        assert response.headers["retry-after"]
        assert f"127.0.0.1:{own_mongo.port}" in response.json()["detail"]
    assert live.status_code == 200
    assert (later.status_code, later.json()["cache"]) == (200, "miss")
    assert ready.status_code == 200
    assert (kept.json()["id"], kept.json()["cache"]) == (earlier.json()["id"], "bytes")
