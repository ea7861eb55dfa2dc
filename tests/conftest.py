"""What many tests share: the running service, a browser, sites that fetch, a watch over dials."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator

import httpcore
import pytest
from sites import Sites

from browsers import chromium, firefox
from service import running_service

# As in `api.cli`: tests run beside each other and beside whatever else the machine does.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
OURS = ("CANDOR_CHROMIUM", "CANDOR_FIREFOX", "CANDOR_SCREENSHOTS", "CANDOR_TEST_MONGODB_URL")
for name in [name for name in os.environ if name.startswith("CANDOR_") and name not in OURS]:
    # A developer's own service must not decide what is tested, nor its database be written to.
    del os.environ[name]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--renew-contract", action="store_true", help="write docs/openapi.json as the API is now"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first. Without a browser, skip what needs it, and say so; in CI that
    is a failure."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    # Begun last, they would keep one process busy long after the other has ended.
    items.sort(key=lambda item: item.path not in slow)
    for marker, package, found in (
        ("browser", "chromium", chromium()),
        ("firefox", "firefox-esr", firefox()),
    ):
        wanting = [item for item in items if item.get_closest_marker(marker)]
        if found or not wanting:
            continue
        if os.environ.get("CI"):
            raise pytest.UsageError(f"{package} is missing, and in CI its tests must run.")
        for item in wanting:
            item.add_marker(pytest.mark.skip(reason=f"It is missing: apt-get install {package}"))


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the real service with the shipped weights, one for the whole session."""
    with running_service(tmp_path_factory.mktemp("service")) as address:
        yield address


@pytest.fixture
async def sites() -> AsyncIterator[Sites]:
    sites = Sites()
    yield sites
    await sites.close()


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every address that a connection was made to. What is not loopback is not reached."""
    addresses: list[str] = []
    connect = httpcore.AnyIOBackend.connect_tcp

    async def connect_tcp(
        self: httpcore.AnyIOBackend, host: str, *args: object
    ) -> httpcore.AsyncNetworkStream:
        addresses.append(host)
        if host != "127.0.0.1":
            raise httpcore.ConnectError("no network in tests")
        return await connect(self, host, *args)

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect_tcp)
    return addresses
