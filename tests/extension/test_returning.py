"""Pages that the browser puts aside when they are left, and takes out again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from driver import Browser, browser
from newspaper import Press
from states import AT_ONCE, COUNTS, FRESH, Gallery, showing

pytestmark = pytest.mark.browser

PATIENCE_MS = 60_000
NOTE = "() => addEventListener('pageshow', ({persisted}) => { window.kept = persisted; })"


@pytest.fixture(scope="module")
def candor(
    tmp_path_factory: pytest.TempPathFactory, site: Press, shown: Gallery
) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser"), keeps_pages=True) as running:
        running.use(shown.gate.url)
        running.switch_on(site.url)
        yield running


def leave_and_return(page: Page, site: Press) -> None:
    """To a page of another site, and back to the very same document."""
    page.evaluate(NOTE)
    page.goto(site.pin("Another page").replace("127.0.0.1", "localhost"))
    # Of a page that comes back as it was, there is nothing to load.
    page.go_back(wait_until="commit")
    page.wait_for_function("() => window.kept", timeout=PATIENCE_MS)


def test_what_was_under_way_when_a_page_was_left_is_asked_again_on_return(
    page: Page, site: Press, shown: Gallery
) -> None:
    page.goto(shown.url)
    page.wait_for_function(showing(real=1, fake=1, uncertain=1, unsupported=1), timeout=PATIENCE_MS)
    shown.gate.hold()
    page.evaluate(shown.more())
    page.wait_for_function(showing(checking=AT_ONCE, queued=FRESH - AT_ONCE), timeout=PATIENCE_MS)

    leave_and_return(page, site)
    shown.gate.open()

    page.wait_for_function(
        f"() => {{ const {{real, fake, uncertain}} = ({COUNTS})();"
        f"return real + fake + uncertain === {FRESH} + 3; }}",
        timeout=PATIENCE_MS,
    )


def test_the_toolbar_tells_again_what_a_page_held_that_came_back(
    candor: Browser, page: Page, site: Press, shown: Gallery
) -> None:
    page.goto(shown.url)
    page.wait_for_function(showing(fake=1, uncertain=1, unsupported=1), timeout=PATIENCE_MS)
    assert candor.toolbar(page, "2") == "2"

    leave_and_return(page, site)

    assert candor.toolbar(page, "2") == "2"
