"""The HTTP API is what its OpenAPI document says, and that changes only on purpose."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, settings
from litestar import Litestar
from remembered import Scoring, opened, verdict

from api.app import create_app
from api.settings import ROOT, Settings
from api.verdict import Label

DOCUMENT = ROOT / "docs" / "openapi.json"
EXAMPLES = 40
"""Requests of each kind that are made up for each operation."""


def described(app: Litestar) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(app.openapi_schema.to_schema()))
    return document


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return described(create_app(Settings(data_dir=tmp_path_factory.mktemp("document")), Scoring()))


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_the_document_is_the_one_that_was_agreed_on(
    document: dict[str, Any], pytestconfig: pytest.Config
) -> None:
    written = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    if pytestconfig.getoption("renew_contract"):
        DOCUMENT.write_text(written, encoding="utf-8")
    assert json.loads(DOCUMENT.read_text("utf-8")) == document, (
        "The API changed. If it was meant to: `pytest tests/api/test_contract.py --renew-contract`."
    )


def test_operations_have_a_name_of_their_own_and_say_what_they_do(document: dict[str, Any]) -> None:
    told = dict(operations(document))
    names = [operation["operationId"] for operation in told.values()]
    assert len(names) == len(set(names))
    assert [name for name, one in told.items() if not one.get("description")] == []


def test_every_problem_is_a_problem_document(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        for status, answer in operation["responses"].items():
            if status >= "400":
                assert list(answer["content"]) == ["application/problem+json"], (name, status)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a service that listens, and cannot reach the network."""
    folder = tmp_path_factory.mktemp("contract")
    asyncio.run(_remember(folder))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", _only_this_machine(socket.getaddrinfo))
        app = create_app(Settings(data_dir=folder, reputation_per_minute=0), Scoring())
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False))
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join()


async def _remember(folder: Path) -> None:
    async with opened(folder) as store:
        await store.put(verdict("one"))
        await store.put(verdict("two", Label.UNCERTAIN))


def _only_this_machine(resolve: Any) -> Any:
    def resolved(host: Any, *arguments: Any, **named: Any) -> Any:
        if host not in ("127.0.0.1", "localhost", None):
            raise socket.gaierror(socket.EAI_NONAME, "no network in tests")
        return resolve(host, *arguments, **named)

    return resolved


CONTRACT = schemathesis.openapi.from_path(DOCUMENT)


@schemathesis.serializer("video/*")
def clips(context: schemathesis.SerializationContext, value: object) -> bytes:
    """Bytes as they were made up."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


@schemathesis.serializer("application/x-ndjson")
def lines(context: schemathesis.SerializationContext, value: object) -> bytes:
    """Lines as they were made up."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


@CONTRACT.hook
def map_path_parameters(context: Any, parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Half of the verdicts that are asked for are there; one stays when others are deleted."""
    if parameters and len(str(parameters.get("verdict_id", ""))) % 2:
        there = "two" if context.operation.method.upper() == "DELETE" else "one"
        return {**parameters, "verdict_id": there}
    return parameters


@pytest.mark.slow
@CONTRACT.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_no_answer_is_a_500_or_undocumented(case: schemathesis.Case, address: str) -> None:
    answer = case.call(base_url=address)
    assert answer.status_code != 500, answer.text
    case.validate_response(
        answer,
        excluded_checks=[
            # 502, 503 and 504 are answers; 500 is told apart above.
            schemathesis.checks.not_a_server_error,
            # What is taken and what is refused is for the tests beside; this is about how.
            schemathesis.checks.CHECKS.get_one("negative_data_rejection"),
            schemathesis.checks.CHECKS.get_one("positive_data_acceptance"),
            # Litestar answers OPTIONS with the methods it knew when a path's first was added.
            schemathesis.checks.allow_header_conformance,
            # Without keys whoever is on this machine needs none.
            schemathesis.checks.ignored_auth,
        ],
    )
