"""An extension that is updated under the pages which it watches."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from driver import browser
from looking import box_over
from newspaper import Press

pytestmark = pytest.mark.browser

# As the list of extensions does it, where a developer may load a folder.
DEVELOP = "() => chrome.developerPrivate.updateProfileConfiguration({inDeveloperMode: true})"
RELOAD = "(id) => chrome.developerPrivate.reload(id, {failQuietly: true})"

# How many overlays there are, until what was there before has long had its turn.
OVERLAYS = """() => new Promise((resolve) => {
  const counts = [];
  const look = setInterval(() => {
    counts.push(document.querySelectorAll('candor-overlay').length);
    if (counts.length < 40) return;
    clearInterval(look);
    resolve(counts);
  }, 50);
})"""


def test_an_open_page_is_left_to_the_new_script_alone(
    tmp_path: Path, site: Press, service: str
) -> None:
    with browser(tmp_path) as candor:
        candor.use(service)
        candor.switch_on(site.url)
        page = candor.page
        page.goto(site.pin('<img class="it" src="/moon.jpg" style="width:300px;height:200px">'))
        box_over(page.locator(".it"))
        overlay = page.locator("candor-overlay").element_handle()

        extensions = candor.context.new_page()
        extensions.goto("chrome://extensions")
        extensions.evaluate(DEVELOP)
        extensions.evaluate(RELOAD, candor.origin.removeprefix("chrome-extension://"))
        extensions.close()

        page.wait_for_function("(overlay) => !overlay.isConnected", arg=overlay)
        box_over(page.locator(".it"))
        assert set(page.evaluate(OVERLAYS)) == {1}
        assert not overlay.evaluate("(overlay) => overlay.isConnected")
        expect(page.locator("candor-overlay button[data-state]")).to_have_count(1)
