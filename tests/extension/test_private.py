"""A private window of Chromium, whose pictures are seen by the worker of all other windows."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from driver import browser
from newspaper import Press, encoded, photograph
from stand_in import stand_in

pytestmark = pytest.mark.browser

PATIENCE_S = 20

# As the switch in the browser's list of extensions does it, upon which the extension starts anew.
# One from a folder does so for developers only.
LET_IN = """async (extensionId) => {
  await chrome.developerPrivate.updateProfileConfiguration({inDeveloperMode: true});
  await chrome.developerPrivate.updateExtensionConfiguration({extensionId, incognitoAccess: true});
}"""
IS_IN = "() => chrome.extension.isAllowedIncognitoAccess()"
OPEN = "(url) => chrome.windows.create({incognito: true, url}).then(({incognito}) => incognito)"


def test_a_picture_is_fetched_without_cookies_and_sent_to_be_forgotten(
    tmp_path: Path, site: Press
) -> None:
    picture = encoded(photograph("coffee.png", 300), "PNG")
    site.printed["/seen-in-private.png"] = ("image/png", picture)
    with stand_in() as service, browser(tmp_path) as candor:
        candor.use(service.url)
        candor.switch_on(site.url)
        candor.worker.evaluate("() => chrome.storage.local.set({privateWindows: true})")
        candor.page.goto(site.pin("Here somebody logs in."))
        candor.page.evaluate("document.cookie = 'who=somebody; path=/; max-age=600'")
        origin = candor.origin
        extensions = candor.context.new_page()
        extensions.goto("chrome://extensions/")
        extensions.evaluate(LET_IN, origin.removeprefix("chrome-extension://"))
        extensions.wait_for_timeout(2000)
        ours = candor.context.new_page()
        ours.goto(f"{origin}/options.html")
        assert ours.evaluate(IS_IN)

        assert ours.evaluate(OPEN, site.pin('<img src="/seen-in-private.png" width="300">'))

        end = time.monotonic() + PATIENCE_S
        while not service.times_sent(picture) and time.monotonic() < end:
            ours.wait_for_timeout(100)
        assert [path for path, pictures in service.asked if pictures] == ["/v1/checks?keep=false"]
        assert site.asked.count("/seen-in-private.png") == 2
        assert "/seen-in-private.png" not in site.identified
