"""Text that a database, a path or a log could take for more than text.

Gained would be everybody's verdicts instead of one's own, files of the machine, or lines in the log
that nobody wrote. Both stores are asked: SQL means nothing to one, `$gt` nothing to the other.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import remembered
from remembered import Client, NoEngine, verdict

from api.settings import Settings
from api.store import store_for

OPERATORS: list[Any] = [{"$gt": ""}, {"$ne": None}, {"$where": "1"}, {"$regex": ".*"}, ["$gt"]]
TEXTS = ['{"$gt": ""}', "' OR '1'='1", "'; DROP TABLE verdict; --", "%", "_", "*", "one\x00two",
         "$where", "../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%00", "\r\nX-Injected: 1",
         "one'--", "${jndi:ldap://x}", "{{7*7}}"]  # fmt: skip


@pytest.fixture(scope="module")
def mongo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    import sys

    folder = str(Path(__file__).parent.parent / "api" / "store")
    sys.path.insert(0, folder)
    try:
        from mongo_server import MongoServer
    finally:
        sys.path.remove(folder)
    server = MongoServer(tmp_path_factory.mktemp("mongo"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "mongodb"])
async def client(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Client]:
    given: dict[str, Any] = {}
    if request.param == "mongodb":
        server = request.getfixturevalue("mongo")
        given["mongodb_url"] = server.url(f"candor_{uuid.uuid4().hex}")
    store = store_for(Settings(data_dir=tmp_path, **given))
    await store.open()
    await store.put(verdict("one"))
    await store.put(verdict("two"))
    await store.close()
    async with remembered.remembering(tmp_path, NoEngine(), **given) as client:
        yield client


async def test_operators_in_json_are_refused_wherever_they_stand(client: Client) -> None:
    bodies: list[tuple[str, Any]] = []
    for operator in OPERATORS:
        bodies += [
            ("/v1/checks", {"url": operator}),
            ("/v1/checks", {"url": "https://example.org/", "external_id": operator}),
            ("/v1/jobs", {"items": [{"url": operator}]}),
            ("/v1/jobs", {"items": operator}),
            ("/v1/jobs", {"items": [{"url": "https://a.example/"}], "webhook": operator}),
            ("/v1/verdicts/one/reports", {"expected": operator}),
            ("/v1/verdicts/one/reports", {"note": operator}),
            ("/v1/verdicts/one/reviews", {"label": operator}),
            ("/v1/verdicts/one/appeals", {"note": operator}),
        ]
    for path, body in bodies:
        answer = await client.post(path, json=body)
        assert answer.status_code == 422, (path, body, answer.text)
    for operator in OPERATORS:
        for key in ("sha256", "pixels", "pdq", "url"):
            batch = await client.post("/v1/reputation/batch", json={"items": [{key: operator}]})
            assert batch.json()["items"][0]["problem"]["status"] == 422
        checks = await client.post(
            "/v1/checks/batch", json={"items": [{"url": operator}, {"external_id": operator}]}
        )
        assert {json.loads(line)["status"] for line in checks.text.splitlines()} == {422}
    assert (await client.get("/v1/verdicts/one")).json()["label"] == "fake"


async def test_text_finds_only_what_is_called_so(client: Client) -> None:
    for text in TEXTS:
        for method, path, query in (
            ("GET", f"/v1/verdicts/{quoted(text)}", {}),
            ("DELETE", f"/v1/verdicts/{quoted(text)}", {}),
            ("GET", f"/v1/verdicts/{quoted(text)}/reviews", {}),
            ("GET", f"/v1/jobs/{quoted(text)}", {}),
            ("GET", "/v1/verdicts", {"external_id": text}),
            ("DELETE", "/v1/verdicts", {"external_id": text}),
            ("GET", f"/web/{quoted(text)}", {}),
        ):
            answer = await client.request(method, path, params=query)
            # A control character is in no name, which is told.
            refused = (400, 422) if query and not text.isprintable() else (400, 404)
            assert answer.status_code in refused, (method, path, text, answer.text)
            assert "x-injected" not in answer.headers
            assert "root:" not in answer.text
        audit = await client.get("/v1/audit", params={"subject": text, "by": text})
        assert audit.json()["entries"] == []
        for name in ("sha256", "pixels", "pdq"):
            assert (await client.get("/v1/reputation", params={name: text})).status_code == 422
            gone = await client.request("DELETE", "/v1/verdicts", params={name: text})
            assert gone.status_code == 422
    for name in ("one", "two"):
        assert (await client.get(f"/v1/verdicts/{name}")).status_code == 200


async def test_a_query_with_brackets_is_no_object(client: Client) -> None:
    for query in ("sha256[$gt]=", "sha256[$ne]=x", "external_id[$gt]=", "pixels[]=x"):
        assert (await client.get(f"/v1/reputation?{query}")).status_code == 422
        assert (await client.get(f"/v1/verdicts?{query}")).status_code == 422
        assert (await client.delete(f"/v1/verdicts?{query}")).status_code == 422
    assert (await client.get("/v1/audit?by[$ne]=x&subject[$gt]=")).status_code == 200


async def test_a_request_writes_no_line_of_its_own_into_the_log(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "candor")
    for text in ("a%0aERROR candor: all keys were deleted", "a%1b[2K"):
        await client.get(f"/v1/verdicts/{text}", headers={"User-Agent": "x\tERROR y"})
    for record in caplog.records:
        assert "\n" not in record.getMessage()
        assert "\x1b" not in record.getMessage()


def quoted(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())
