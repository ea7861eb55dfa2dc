"""What states, card, popup and settings look like; CANDOR_SCREENSHOTS says where to keep pictures.

They are looked at by people, in the README and in docs/extension.md; here is tested what they say.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from driver import Browser, browser
from looking import box_over
from newspaper import Press
from states import AT_ONCE, COUNTS, FRESH, Gallery, showing

pytestmark = pytest.mark.browser

PATIENCE_MS = 60_000
SETTLED = "candor-overlay button:is([data-state=real], [data-state=fake], [data-state=uncertain])"
WORDS = {
    "en": {"real": "Real", "fake": "Fake", "uncertain": "Unsure", "unsupported": "No verdict"},
    "ko": {"real": "진짜", "fake": "가짜", "uncertain": "불확실", "unsupported": "판정 없음"},
}

# How many pixels of a canvas show something.
DRAWN = """(canvas) => {
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return data.filter((value, index) => index % 4 === 3 && value > 0).length;
}"""

BY_NIGHT = "<style>body { background: Canvas; color-scheme: light dark }</style>"

# The sentence and the symbol of each badge.
LOOKS = """(all) => all.map((badge) => [
  badge.ariaLabel.split(/Picture:|사진:/)[0], badge.querySelector('path').getAttribute('d'),
])"""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the pictures are put."""
    return Path(os.environ.get("CANDOR_SCREENSHOTS") or tmp_path_factory.mktemp("screenshots"))


@pytest.fixture(scope="module")
def candor(
    tmp_path_factory: pytest.TempPathFactory, site: Press, shown: Gallery
) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser")) as running:
        running.use(shown.gate.url)
        running.switch_on(site.url)
        yield running


@pytest.fixture(params=["en", "ko"])
def language(request: pytest.FixtureRequest, candor: Browser) -> Iterator[str]:
    speak = "(language) => chrome.storage.local.set({language})"
    candor.worker.evaluate(speak, request.param)
    yield request.param
    candor.worker.evaluate(speak, "auto")


@pytest.fixture
def page(candor: Browser, shown: Gallery) -> Iterator[Page]:
    page = candor.context.new_page()
    yield page
    page.close()
    shown.gate.open()


def badge(page: Page, state: str) -> Locator:
    return page.locator(f"candor-overlay button[data-state={state}]").first


def keep(page: Page, path: Path) -> None:
    """One picture by day and one by night."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=path.with_stem(f"{path.stem}-{scheme}"))
    page.emulate_media(color_scheme="light")


def test_every_state_has_a_symbol_a_word_and_a_sentence_of_its_own(
    candor: Browser, page: Page, shown: Gallery, kept: Path, language: str
) -> None:
    page.set_viewport_size({"width": 800, "height": 700})
    page.goto(shown.url)
    page.wait_for_function(showing(real=1, fake=1, uncertain=1, unsupported=1), timeout=PATIENCE_MS)
    for state, word in WORDS[language].items():
        assert badge(page, state).inner_text().split("\n")[0].strip() == word

    shown.gate.hold()
    page.evaluate(shown.more())
    page.wait_for_function(showing(checking=AT_ONCE, queued=FRESH - AT_ONCE), timeout=PATIENCE_MS)
    keep(page, kept / f"states-{language}.png")
    shown.gate.shut()
    page.wait_for_function(showing(unreachable=FRESH), timeout=PATIENCE_MS)
    keep(page, kept / f"away-{language}.png")

    badges = page.locator("candor-overlay button[data-state]").evaluate_all(LOOKS)
    assert len({sentence for sentence, _ in badges}) == len({symbol for _, symbol in badges}) == 5


def test_a_card_tells_all_that_is_known_and_outlines_faces(
    candor: Browser, page: Page, site: Press, kept: Path, language: str
) -> None:
    page.set_viewport_size({"width": 900, "height": 460})
    portrait = '<img class="it" src="/astronaut.png" alt="An astronaut" width="420" height="420">'
    page.goto(
        site.pin(portrait, "<style>body { background: Canvas; color-scheme: light dark }</style>")
    )
    settled = page.locator(SETTLED)
    expect(settled).to_have_count(1, timeout=PATIENCE_MS)

    settled.click()

    card = page.locator("candor-overlay .card")
    words = {
        "en": ("Probability that it is fake", "Check again", "Report as wrong", "Model"),
        "ko": ("가짜일 확률", "다시 확인", "잘못된 판정 신고", "모델"),
    }[language]
    for word in words:
        expect(card).to_contain_text(word)
    expect(page.locator("candor-overlay .face")).to_have_count(1)
    keep(page, kept / f"card-{language}.png")


def test_a_heat_map_is_small_in_the_card_and_over_the_picture_when_pressed(
    page: Page, site: Press, kept: Path
) -> None:
    page.set_viewport_size({"width": 900, "height": 520})
    portrait = '<img src="/astronaut.png" alt="An astronaut" width="420" height="420">'
    page.goto(site.pin(portrait, BY_NIGHT))
    expect(page.locator(SETTLED)).to_have_count(1, timeout=PATIENCE_MS)

    page.locator(SETTLED).click()

    figure = page.locator("candor-overlay .card .map")
    sheet = page.locator("candor-overlay .sheet")
    expect(figure).to_be_visible()
    expect(sheet).to_be_hidden()
    figure.click()
    expect(sheet).to_be_visible()
    expect(figure).to_have_attribute("aria-pressed", "true")
    assert sheet.bounding_box() == page.locator("img").bounding_box()
    assert sheet.evaluate(DRAWN) > 0
    keep(page, kept / "map.png")

    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()


def test_a_picture_without_faces_has_no_heat_map(page: Page, site: Press) -> None:
    page.goto(site.pin('<img src="/moon.jpg" alt="The moon" width="420" height="420">'))
    expect(page.locator(SETTLED)).to_have_count(1, timeout=PATIENCE_MS)

    page.locator(SETTLED).click()

    expect(page.locator("candor-overlay .card")).to_contain_text("No face was found")
    expect(page.locator("candor-overlay .map")).to_have_count(0)


def test_the_popup_counts_lists_what_is_suspicious_and_leads_there(
    candor: Browser, page: Page, shown: Gallery, kept: Path, language: str
) -> None:
    page.set_viewport_size({"width": 800, "height": 700})
    page.goto(shown.url)
    page.evaluate("document.body.style.paddingTop = '1500px'")
    popup = candor.open_popup(page)
    popup.set_viewport_size({"width": 340, "height": 430})
    page.bring_to_front()
    page.evaluate("scrollTo(0, 1500)")
    page.wait_for_function(showing(real=1, fake=1, uncertain=1, unsupported=1), timeout=PATIENCE_MS)
    page.evaluate("scrollTo(0, 0)")

    # What was scrolled past still counts.
    expect(popup.locator("[data-count] dd")).to_have_text(["1", "1", "1", "1"])
    flagged = popup.locator("#flagged-list button")
    expect(flagged).to_have_count(2)
    expect(popup.locator("#service-state[data-health=connected]")).to_be_visible()
    popup.bring_to_front()
    keep(popup, kept / f"popup-{language}.png")

    flagged.first.click()
    page.bring_to_front()
    fake = page.locator("#fake")
    page.wait_for_function("() => scrollY > 500", timeout=PATIENCE_MS)
    box_over(fake)
    expect(badge(page, "fake")).to_be_focused(timeout=PATIENCE_MS)
    popup.close()


def test_what_a_frame_found_goes_with_it(
    candor: Browser, page: Page, site: Press, shown: Gallery
) -> None:
    put = """(src) => {
      const frame = document.createElement('iframe');
      Object.assign(frame, {src, width: 780, height: 400});
      document.body.replaceChildren(frame);
    }"""
    # In the process of the page, and in one of its own.
    for inner in (shown.url, shown.url.replace("127.0.0.1", "localhost")):
        page.goto(site.pin("A page of adverts."))
        page.evaluate(put, inner)
        assert candor.toolbar(page, "2") == "2"
        popup = candor.open_popup(page)
        page.bring_to_front()
        expect(popup.locator("#flagged-list button")).to_have_count(2)

        page.evaluate("() => document.querySelector('iframe').remove()")
        assert candor.toolbar(page, "") == ""
        expect(popup.locator("[data-count] dd")).to_have_text(["0", "0", "0", "0"])
        expect(popup.locator("#flagged-list button")).to_have_count(0)
        page.evaluate(put, inner)
        assert candor.toolbar(page, "2") == "2"
        popup.close()


def test_the_settings_are_all_there(candor: Browser, kept: Path, language: str) -> None:
    options = candor.open_options()
    options.set_viewport_size({"width": 760, "height": 1180})
    labels = {
        "en": [
            "Address",
            "Key",
            "Check pictures on all sites",
            "Also in private windows",
            "Badges",
            "Smallest picture, in pixels on the screen",
            "Language",
        ],
        "ko": [
            "주소",
            "키",
            "모든 사이트의 사진 확인",
            "시크릿 창에서도 확인",
            "배지",
            "가장 작은 사진 크기(화면 픽셀)",
            "언어",
        ],
    }[language]
    for label in labels:
        expect(options.get_by_label(label, exact=True).last).to_be_visible()
    expect(options.locator("#service-state[data-health=connected]")).to_be_visible()
    keep(options, kept / f"options-{language}.png")
    options.close()


def test_a_screen_reader_hears_a_button_by_name_and_a_dialog(
    candor: Browser, page: Page, shown: Gallery
) -> None:
    page.goto(shown.url)
    page.wait_for_function(showing(real=1, fake=1, uncertain=1, unsupported=1), timeout=PATIENCE_MS)
    fake = page.get_by_role("button", name="Likely fake. A person looked at exactly this picture")
    expect(fake).to_have_attribute("aria-expanded", "false")

    fake.focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("dialog", name="Likely fake")).to_be_focused()
    expect(fake).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Enter")
    expect(fake).to_be_focused()


def test_only_suspicious_pictures_are_badged_where_that_is_chosen(
    candor: Browser, page: Page, shown: Gallery
) -> None:
    choose = "(show) => chrome.storage.local.set({show})"
    page.goto(shown.url)
    page.wait_for_function(showing(real=1, fake=1, uncertain=1, unsupported=1), timeout=PATIENCE_MS)

    candor.worker.evaluate(choose, "suspicious")

    page.wait_for_function(
        f"() => JSON.stringify(({COUNTS})()) === JSON.stringify({{fake: 1, uncertain: 1}})",
        timeout=PATIENCE_MS,
    )
    candor.worker.evaluate(choose, "all")
