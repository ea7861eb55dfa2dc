"""A video that plays, checked frame by frame because somebody asked for it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from clips import clip
from counting import checks_of
from driver import Browser, browser
from newspaper import Press, photograph, wall

pytestmark = pytest.mark.browser

PATIENCE_MS = 30_000
VERDICT = re.compile("^(Likely real|Likely fake|Uncertain)$")
RATE = re.compile(r"^\d+\.\d frames a second$")
STYLE = """<style>
body { margin: 16px; background: Canvas; color-scheme: light dark }
video { width: 400px; height: 400px; background: black }
</style>"""

# Chosen from the menu of the browser, whose own window cannot be driven here.
CHOOSE = """async ([url, frameId, srcUrl]) => {
  const [tab] = await chrome.tabs.query({url});
  chrome.contextMenus.onClicked.dispatch({menuItemId: 'video', frameId, srcUrl}, tab);
}"""


def film(seconds: int = 60) -> bytes:
    """A portrait that moves a little."""
    still = np.asarray(photograph("astronaut.png", 320))
    frames = [np.roll(still, number % 5, 1) for number in range(seconds * 10)]
    return clip(frames, "webm", "libvpx-vp9")


@pytest.fixture(scope="module")
def site() -> Iterator[Press]:
    with wall() as press:
        press.policy = press.policy + "; media-src *"
        press.printed["/film.webm"] = ("video/webm", film())
        yield press


@pytest.fixture(scope="module")
def elsewhere(site: Press) -> Iterator[Press]:
    with wall() as press:
        press.printed["/film.webm"] = site.printed["/film.webm"]
        yield press


@pytest.fixture(scope="module")
def candor(tmp_path_factory: pytest.TempPathFactory, service: str) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser")) as running:
        running.use(service)
        yield running


@pytest.fixture
def page(candor: Browser) -> Iterator[Page]:
    page = candor.context.new_page()
    page.set_viewport_size({"width": 900, "height": 480})
    yield page
    page.close()


def playing(page: Page, site: Press, source: str = "/film.webm", more: str = "") -> Page:
    page.goto(site.pin(f'<video src="{source}" muted autoplay loop {more}></video>', STYLE))
    page.wait_for_function(
        "() => document.querySelector('video').currentTime > 0", timeout=PATIENCE_MS
    )
    return page


def choose(candor: Browser, page: Page, url: str = "") -> Locator:
    candor.worker.evaluate(CHOOSE, [page.url, 0, url])
    return page.locator("candor-overlay .live")


def nothing_is_sent(page: Page, service: str) -> None:
    """For as long as three frames would take; what was under way has arrived before."""
    page.wait_for_timeout(500)
    before = checks_of(service)
    page.wait_for_timeout(1500)
    assert checks_of(service) == before


def keep(page: Page, name: str) -> None:
    """Pictures to look at, where CANDOR_SCREENSHOTS names a folder for them."""
    folder = os.environ.get("CANDOR_SCREENSHOTS")
    for scheme in ("light", "dark") if folder else ():
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=Path(str(folder)) / f"{name}-{scheme}.png")


def test_a_video_that_plays_has_a_running_verdict_and_its_face_outlined(
    candor: Browser, page: Page, site: Press, service: str
) -> None:
    playing(page, site)
    nothing_is_sent(page, service)
    before = checks_of(service)

    panel = choose(candor, page, f"{site.url}/film.webm")

    expect(panel.locator(".word")).to_have_text(VERDICT, timeout=PATIENCE_MS)
    expect(panel.locator("p.quiet")).to_have_text(RATE, timeout=PATIENCE_MS)
    expect(page.locator("candor-overlay .face")).to_have_count(1)
    assert checks_of(service) >= before + 2
    # Beside the video and not on it.
    video, box = page.locator("video").bounding_box(), panel.bounding_box()
    assert video is not None
    assert box is not None
    assert box["x"] >= video["x"] + video["width"]
    keep(page, "live")


@pytest.mark.parametrize(
    ("ending", "told"),
    [
        ("document.querySelector('video').pause()", "Stopped: the video does not play."),
        ("document.querySelector('video').remove()", None),
        ("document.querySelector('video').src = ''", None),
    ],
    ids=["paused", "removed", "emptied"],
)
def test_it_ends_with_the_video(
    candor: Browser, page: Page, site: Press, service: str, ending: str, told: str | None
) -> None:
    panel = choose(candor, playing(page, site))
    expect(panel.locator(".word")).to_have_text(VERDICT, timeout=PATIENCE_MS)

    page.evaluate(ending)

    if told:
        expect(panel).to_contain_text(told)
        expect(panel.locator(".word")).to_have_text(VERDICT)
    else:
        expect(panel).to_have_count(0)
    expect(page.locator("candor-overlay .face")).to_have_count(0)
    nothing_is_sent(page, service)


def test_it_ends_when_somebody_stops_it_and_goes_on_when_told_to(
    candor: Browser, page: Page, site: Press, service: str
) -> None:
    panel = choose(candor, playing(page, site))
    expect(panel.locator(".word")).to_have_text(VERDICT, timeout=PATIENCE_MS)

    panel.get_by_role("button", name="Stop").click()

    expect(panel).to_contain_text("Stopped.")
    nothing_is_sent(page, service)
    panel.get_by_role("button", name="Go on").click()
    expect(panel.locator("p.quiet")).to_have_text(RATE, timeout=PATIENCE_MS)
    panel.get_by_role("button", name="Close").click()
    expect(panel).to_have_count(0)


def test_another_video_takes_the_place_of_the_first_at_once(
    candor: Browser, page: Page, site: Press
) -> None:
    playing(page, site)
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('video'),"
        "{id: 'other', src: '/film.webm?2', muted: true, autoplay: true}))"
    )
    site.printed["/film.webm?2"] = site.printed["/film.webm"]
    page.evaluate("document.querySelector('#other').load()")
    page.wait_for_function("() => document.querySelector('#other').currentTime > 0")
    panel = choose(candor, page, f"{site.url}/film.webm")
    expect(panel.locator(".word")).to_have_text(VERDICT, timeout=PATIENCE_MS)

    for name in ("?2", "", "?2"):
        choose(candor, page, f"{site.url}/film.webm{name}")

    expect(panel).to_have_count(1)
    expect(panel.locator("p.quiet")).to_have_text(RATE, timeout=PATIENCE_MS)
    expect(panel.locator(".word")).to_have_text(VERDICT)


def test_frames_of_another_site_are_read_off_the_screen_where_that_is_asked_for(
    candor: Browser, page: Page, site: Press, elsewhere: Press, service: str
) -> None:
    panel = choose(candor, playing(page, site, f"{elsewhere.url}/film.webm"))
    expect(panel).to_contain_text("does not let the frames", timeout=PATIENCE_MS)
    nothing_is_sent(page, service)
    keep(page, "live-tainted")

    page.bring_to_front()
    look = panel.get_by_role("button", name="Look at the screen")
    look.evaluate("(button) => button.click()")
    nothing_is_sent(page, service)
    look.click()

    expect(panel.locator(".word")).to_have_text(VERDICT, timeout=PATIENCE_MS)
    expect(panel.locator("p.quiet")).to_have_text(RATE, timeout=PATIENCE_MS)


def test_a_video_of_another_site_that_allows_it_is_read_like_an_own(
    candor: Browser, page: Page, site: Press, elsewhere: Press
) -> None:
    elsewhere.shared.add("/film.webm")
    playing(page, site, f"{elsewhere.url}/film.webm", "crossorigin")

    panel = choose(candor, page)

    expect(panel.locator(".word")).to_have_text(VERDICT, timeout=PATIENCE_MS)
    elsewhere.shared.clear()


def test_where_no_video_plays_that_is_told(candor: Browser, page: Page, site: Press) -> None:
    page.goto(site.pin("<p>No film today.</p>"))
    panel = choose(candor, page)
    expect(panel).to_contain_text("No video plays here.", timeout=PATIENCE_MS)
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)


def test_a_service_that_is_gone_is_told(
    candor: Browser, page: Page, site: Press, service: str
) -> None:
    playing(page, site)
    candor.use("http://127.0.0.1:9")
    try:
        panel = choose(candor, page)
        expect(panel).to_contain_text("The service cannot be reached", timeout=PATIENCE_MS)
        candor.use(service)
        panel.get_by_role("button", name="Go on").click()
        expect(panel.locator(".word")).to_have_text(VERDICT, timeout=PATIENCE_MS)
    finally:
        candor.use(service)


def test_the_card_of_a_poster_leads_to_its_video(candor: Browser, page: Page, site: Press) -> None:
    candor.switch_on(site.url)
    try:
        poster = '<video src="/film.webm" poster="/astronaut.png" muted width="400" height="400">'
        page.goto(site.pin(f"{poster}</video>", STYLE))
        page.locator("candor-overlay button[data-state]").click(timeout=PATIENCE_MS)
        page.get_by_role("button", name="Check it as it plays").click()
        panel = page.locator("candor-overlay .live")
        expect(panel.locator(".word")).to_have_text(VERDICT, timeout=PATIENCE_MS)
        assert not page.evaluate("document.querySelector('video').paused")
    finally:
        candor.switch_off(site.url)


def test_it_reads_in_korean(candor: Browser, page: Page, site: Press) -> None:
    speak = "(language) => chrome.storage.local.set({language})"
    candor.worker.evaluate(speak, "ko")
    try:
        panel = choose(candor, playing(page, site))
        expect(panel.locator(".word")).to_have_text(
            re.compile("진짜로 보임|가짜로 보임|판단하기 어려움"), timeout=PATIENCE_MS
        )
        assert not re.search("[A-Za-z]", panel.inner_text())
        keep(page, "live-ko")
    finally:
        candor.worker.evaluate(speak, "auto")
