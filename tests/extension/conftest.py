"""A site whose pictures are checked, and Chromium with Candor to look at it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from driver import Browser, browser
from newspaper import Press, wall
from states import Gallery, gallery


@pytest.fixture(scope="module")
def site() -> Iterator[Press]:
    with wall() as press:
        yield press


@pytest.fixture(scope="module")
def shown(service: str, site: Press) -> Iterator[Gallery]:
    """A page with a picture in each state."""
    with gallery(service, site) as shown:
        yield shown


@pytest.fixture(scope="module")
def candor(
    tmp_path_factory: pytest.TempPathFactory, service: str, site: Press
) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser")) as running:
        running.use(service)
        running.switch_on(site.url)
        yield running


@pytest.fixture
def page(candor: Browser) -> Iterator[Page]:
    page = candor.context.new_page()
    yield page
    page.close()
