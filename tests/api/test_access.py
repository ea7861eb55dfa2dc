"""Who may talk to the service, and where it may listen."""

from __future__ import annotations

import click
import pytest

from api.access import is_loopback, refuse_host, refuse_origin
from api.errors import Forbidden
from api.serving import refuse_public


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000", "LOCALHOST", "127.9.9.9"],
)
def test_loopback_names_are_answered(host: str) -> None:
    refuse_host(host, frozenset())


@pytest.mark.parametrize(
    "host", ["", "evil.example", "evil.example:8000", "localhost.evil", "[", "::1"]
)
def test_other_names_are_not_so_that_a_rebound_name_gets_nothing(host: str) -> None:
    with pytest.raises(Forbidden, match="CANDOR_ALLOWED_HOSTS"):
        refuse_host(host, frozenset())


def test_a_name_that_the_operator_allows_is_answered() -> None:
    refuse_host("candor.example:443", frozenset({"candor.example"}))


@pytest.mark.parametrize(
    "origin", [None, "http://localhost:8000", "chrome-extension://abc", "moz-extension://abc"]
)
def test_our_page_an_extension_and_no_page_may_send(origin: str | None) -> None:
    refuse_origin(origin, "localhost:8000")


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://localhost:9999",
        "http://[",
        "chrome-extension:evil",
        "chrome-extension://",
        "ftp://localhost:8000",
        "",
        "file://",
        "x\x00y",
    ],
)
def test_pages_of_other_sites_may_not_send(origin: str) -> None:
    with pytest.raises(Forbidden):
        refuse_origin(origin, "localhost:8000")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "example.org", ""])
def test_a_public_bind_without_keys_refuses_to_start(host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(click.ClickException, match="no keys"):
        refuse_public(host, keyed=False)
    refuse_public(host, keyed=True)


def test_this_machine_needs_no_key() -> None:
    refuse_public("127.0.0.1", keyed=False)
