"""A site that may be fetched redirects to one that may not."""

from __future__ import annotations

import pytest

from api.errors import SourceFailed
from api.fetching import Fetcher


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1/",
        "http://localhost/",
        "http://2130706433/",
        "http://169.254.169.254/latest/meta-data/",
        "//169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "https://10.0.0.1/",
    ],
)
async def test_the_guard_meets_redirects_too(location, sites, dialled):
    site = await sites.serving(status=302, location=location)
    async with Fetcher(
        max_bytes=1000, deadline_s=5, private_hosts=frozenset({site.name})
    ) as fetcher:
        with pytest.raises(SourceFailed, match="Nothing could be fetched from"):
            await fetcher.fetch(site.url)
    assert dialled == ["127.0.0.1"]
    assert len(site.requests) == 1


async def test_a_named_host_and_port_opens_no_other_port(sites):
    secret = await sites.serving(b"secret")
    site = await sites.serving(status=302, location=secret.url)
    async with Fetcher(
        max_bytes=1000, deadline_s=5, private_hosts=frozenset({site.name})
    ) as fetcher:
        with pytest.raises(SourceFailed, match="which is not followed"):
            await fetcher.fetch(site.url)
    assert secret.requests == []
