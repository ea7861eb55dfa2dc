"""A page that a victim has open asks the service on the victim's machine.

Gained would be verdicts in the victim's name, a look into what the victim checked, or the deletion
of it, through their browser: by a form, by a script, or by a name that turns into 127.0.0.1.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient
from peers import called_from
from remembered import Client, Scoring, opened, remembering, verdict

from api.app import create_app
from api.settings import Settings

from pictures import encoded, portrait

EVIL = "https://evil.example"


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    async with opened(tmp_path) as store:
        await store.put(verdict("one"))
    async with remembering(tmp_path, Scoring()) as client:
        yield client


def asked(app: Litestar) -> list[tuple[str, str]]:
    """Every operation that changes something, or costs something."""
    return [
        (method, route.path.replace("{verdict_id:str}", "one").replace("{job_id:str}", "one"))
        for route in app.routes
        if route.path.startswith("/v1/")
        for method in getattr(route, "methods", ())
        if method in ("POST", "DELETE")
    ]


async def test_no_operation_is_done_for_a_page_of_another_site(tmp_path: Path) -> None:
    app = create_app(Settings(data_dir=tmp_path), Scoring())
    operations = asked(app)
    assert len(operations) >= 12
    async with AsyncTestClient(called_from(app), "http://127.0.0.1:8000") as client:
        for origin in (EVIL, "null", "http://127.0.0.1:9999"):
            for method, path in operations:
                answer = await client.request(method, path, headers={"Origin": origin})
                assert answer.status_code == 403, (method, path, origin)


async def test_no_answer_lets_another_site_read_it(client: Client) -> None:
    for method, path in (("GET", "/v1/verdicts/one"), ("OPTIONS", "/v1/checks"), ("GET", "/")):
        headers = {"Origin": EVIL, "Access-Control-Request-Method": "POST"}
        answer = await client.request(method, path, headers=headers)
        allowed = [name for name in answer.headers if name.startswith("access-control-")]
        assert allowed == []


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example"])
async def test_a_name_that_was_rebound_to_this_machine_gets_nothing(
    client: Client, host: str
) -> None:
    for method, path in (("GET", "/v1/verdicts/one"), ("DELETE", "/v1/verdicts/one"), ("GET", "/")):
        answer = await client.request(method, path, headers={"Host": host})
        assert answer.status_code == 403
    assert (await client.get("/v1/verdicts/one")).status_code == 200


async def test_a_form_of_another_site_checks_nothing(client: Client) -> None:
    files = {"image": ("a.png", encoded(portrait()))}
    answer = await client.post("/v1/checks", files=files, headers={"Origin": EVIL})
    assert answer.status_code == 403
    assert "fake" not in answer.text
