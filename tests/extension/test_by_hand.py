"""What is checked by hand, with the folder as it is installed: no access but to the service."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from driver import Browser, browser
from newspaper import Press

pytestmark = pytest.mark.browser

SETTLED = re.compile("^(real|fake|uncertain)$")
PATIENCE_MS = 60_000

# Candor may talk to 127.0.0.1, where the service is; these are other hosts to a browser.
PAGE, PICTURES = "news.localhost", "pictures.localhost"


@pytest.fixture(scope="module")
def candor(tmp_path_factory: pytest.TempPathFactory, service: str) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser"), granted=False) as running:
        running.use(service)
        yield running


@pytest.fixture
def page(candor: Browser, site: Press) -> Page:
    """A page with one picture of its own and one of another host."""
    there = site.url.replace("127.0.0.1", PICTURES)
    address = site.pin(
        '<img id="own" src="/moon.jpg" alt="The moon" width="300" height="200">'
        f'<img id="other" src="{there}/coffee.webp" alt="Coffee" width="300" height="200">'
    )
    candor.page.goto(address.replace("127.0.0.1", PAGE))
    return candor.page


def badge_of(page: Page, name: str) -> object:
    return page.locator(f"candor-overlay button[data-state][title*='{name}']")


def test_nothing_happens_on_a_page_that_nobody_asked_for(candor: Browser, page: Page) -> None:
    page.wait_for_timeout(1000)
    expect(page.locator("candor-overlay")).to_have_count(0)
    assert candor.worker.evaluate("() => chrome.scripting.getRegisteredContentScripts()") == []


def check_by_hand(candor: Browser, page: Page) -> Page:
    """As a person does; the popup in which they do."""
    candor.press_button()
    popup = candor.open_popup(page)
    popup.get_by_role("button", name="Check this page").click()
    expect(badge_of(page, "The moon")).to_have_attribute("data-state", SETTLED, timeout=PATIENCE_MS)
    return popup


def test_a_page_is_checked_with_what_a_press_on_the_toolbar_gives(
    candor: Browser, page: Page
) -> None:
    popup = check_by_hand(candor, page)

    # Neither the worker nor the page may read it, so its address went, which is not public.
    other = badge_of(page, "Coffee")
    expect(other).to_have_attribute("data-state", "unsupported", timeout=PATIENCE_MS)
    expect(other).to_have_attribute("title", re.compile("The service cannot judge this picture"))
    expect(popup.get_by_role("switch")).not_to_be_checked()
    popup.close()

    page.reload()
    page.wait_for_timeout(500)
    expect(page.locator("candor-overlay")).to_have_count(0)


# Chosen from the menu of the browser, whose own window cannot be driven here.
CHOOSE = """async ([url, srcUrl]) => {
  const [tab] = await chrome.tabs.query({url});
  chrome.contextMenus.onClicked.dispatch({menuItemId: 'picture', frameId: 0, srcUrl}, tab);
}"""


def test_one_picture_is_checked_alone_also_where_the_last_page_was_checked_whole(
    candor: Browser, page: Page
) -> None:
    check_by_hand(candor, page).close()

    # To Candor, that is another page of the site.
    page.reload()
    own = page.locator("#own").evaluate("({src}) => src")
    candor.worker.evaluate(CHOOSE, [page.url, own])

    expect(badge_of(page, "The moon")).to_have_attribute("data-state", SETTLED, timeout=PATIENCE_MS)
    page.wait_for_timeout(500)
    expect(page.locator("candor-overlay button[data-state]")).to_have_count(1)


def test_a_page_checked_by_hand_is_left_when_its_site_is_switched_off(
    candor: Browser, page: Page, site: Press
) -> None:
    check_by_hand(candor, page).close()

    origin = f"site:{site.url.replace('127.0.0.1', PAGE)}"
    candor.worker.evaluate("(site) => chrome.storage.local.set({[site]: false})", origin)

    expect(page.locator("candor-overlay")).to_have_count(0)
    candor.worker.evaluate("(site) => chrome.storage.local.remove(site)", origin)


def test_where_the_browser_lets_nobody_in_nothing_is_offered(candor: Browser) -> None:
    candor.page.goto("chrome://version")
    popup = candor.open_popup(candor.page)

    expect(popup.get_by_text("Candor works on web pages only.")).to_be_visible()
    expect(popup.get_by_role("button", name="Check this page")).to_be_disabled()
    expect(popup.get_by_role("switch")).to_be_disabled()
    popup.close()
