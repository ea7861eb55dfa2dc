"""What Candor shows on a page, as it is handed out: other tests look into a copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from driver import browser
from newspaper import Press

pytestmark = pytest.mark.browser

PATIENCE_MS = 60_000
SEEN = "() => document.querySelector('candor-overlay').shadowRoot"
ON_TOP = "(at) => document.elementFromPoint(...at).localName === 'candor-overlay'"


def test_a_page_cannot_see_into_it_and_a_person_uses_it_all_the_same(
    tmp_path: Path, site: Press, service: str
) -> None:
    with browser(tmp_path, closed=True) as candor:
        candor.use(service)
        candor.switch_on(site.url)
        page = candor.page
        page.goto(site.pin('<img src="/moon.jpg" style="display:block;width:300px;height:200px">'))
        page.wait_for_selector("candor-overlay", state="attached")
        assert page.evaluate(SEEN) is None

        box = page.locator("img").bounding_box()
        badge = [box["x"] + 12, box["y"] + 12]
        page.wait_for_function(ON_TOP, arg=badge, timeout=PATIENCE_MS)
        page.mouse.click(*badge)
        # The card lies beneath its badge.
        card = [box["x"] + 200, box["y"] + 80]
        page.wait_for_function(ON_TOP, arg=card, timeout=PATIENCE_MS)
        page.keyboard.press("Escape")
        page.wait_for_function(f"(at) => !({ON_TOP})(at)", arg=card, timeout=PATIENCE_MS)
