"""What a person sees of Candor in Chromium: badges on a page, and the popup."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Frame, Locator, Page, expect

from api.settings import Settings

from driver import Browser, browser
from gate import Gate
from keyed import made_key
from newspaper import encoded, photograph, published
from service import running_service

pytestmark = pytest.mark.browser

TITLES = {"real": "Likely real", "fake": "Likely fake", "uncertain": "Uncertain"}
SETTLED = set(TITLES)
VERDICT = re.compile("^(real|fake|uncertain)$")

# A model on a busy CPU takes a second or two for each picture.
PATIENCE_MS = 120_000

# The states of the badges whose middle lies in a picture, and whether all of each lies in it.
BADGES_IN = """(image) => {
  const picture = image.getBoundingClientRect();
  const within = (box) => box.left >= picture.left && box.right <= picture.right
    && box.top >= picture.top && box.bottom <= picture.bottom;
  const middle = ({left, right, top, bottom}) => within(
    {left: (left + right) / 2, right: (left + right) / 2,
      top: (top + bottom) / 2, bottom: (top + bottom) / 2});
  const root = document.querySelector('candor-overlay')?.shadowRoot;
  return Array.from(root?.querySelectorAll('button[data-state]') ?? [])
    .map((badge) => ({state: badge.dataset.state, box: badge.getBoundingClientRect()}))
    .filter(({box}) => box.width > 0 && middle(box))
    .map(({state, box}) => [state, within(box)]);
}"""

HAVE_SETTLED = f"""(image) => {{
  const badges = ({BADGES_IN})(image);
  return badges.length > 0 && badges.every(([state]) => /{VERDICT.pattern}/.test(state));
}}"""

# Badges follow a scroll in the next frame; until then one may lie on its neighbour's picture.
TWO_FRAMES = """() => new Promise((resolve) => {
  requestAnimationFrame(() => requestAnimationFrame(resolve));
})"""

LAYOUT = """() => [
  document.documentElement.scrollWidth,
  document.documentElement.scrollHeight,
  ...Array.from(document.body.querySelectorAll('*'), (element) => {
    const {x, y, width, height} = element.getBoundingClientRect();
    return [element.localName, x, y, width, height].join(' ');
  }),
]"""


@pytest.fixture
def newspaper() -> Iterator[str]:
    with published() as url:
        yield url


@pytest.fixture
def keyed_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A service that wants a key, and one for it."""
    folder = tmp_path_factory.mktemp("keyed")
    _, key = asyncio.run(made_key(Settings(data_dir=folder)))
    with running_service(folder) as address:
        yield address, key


@pytest.fixture
def candor(tmp_path: Path, service: str) -> Iterator[Browser]:
    with browser(tmp_path) as running:
        running.use(service)
        yield running


@pytest.fixture
def page(candor: Browser, newspaper: str) -> Page:
    """The newspaper, open, with Candor switched on for it."""
    candor.switch_on(newspaper)
    candor.page.goto(newspaper)
    return candor.page


def badges(page: Page | Frame) -> Locator:
    return page.locator("candor-overlay button[data-state]")


def settled(picture: Locator) -> list[list[object]]:
    """The badges of a picture, once it is in view and they hold verdicts."""
    picture.scroll_into_view_if_needed()
    picture.page.evaluate(TWO_FRAMES)
    picture.page.wait_for_function(HAVE_SETTLED, arg=picture.element_handle(), timeout=PATIENCE_MS)
    return picture.evaluate(BADGES_IN)


def sites_on(candor: Browser) -> list[str]:
    """What is stored of sites that are switched on."""
    stored = candor.worker.evaluate("() => chrome.storage.local.get(null)")
    return [key for key in stored if key.startswith("site:")]


def all_settle(page: Page | Frame) -> None:
    expect(badges(page).first).to_be_attached()
    for badge in badges(page).all():
        expect(badge).to_have_attribute("data-state", VERDICT, timeout=PATIENCE_MS)


def add_picture(page: Page) -> Locator:
    """Have the page's own script add a picture that was not there before."""
    page.evaluate(
        """() => {
          const picture = new Image(300, 200);
          picture.id = 'added';
          picture.src = '/cat-640.jpg';
          document.querySelector('#more').append(picture);
        }"""
    )
    return page.locator("#added")


def test_every_picture_gets_one_badge_inside_it_that_settles_on_a_verdict(page: Page) -> None:
    pictures = page.locator("img.wanted").all()

    found = {picture.get_attribute("id"): settled(picture) for picture in pictures}

    assert len(found) >= 12
    for name, shown in found.items():
        assert len(shown) == 1, f"{name} has {len(shown)} badges"
        [[state, inside]] = shown
        assert state in SETTLED, name
        assert inside, f"the badge of {name} sticks out"


@pytest.mark.parametrize("name", ["broken", "too-small"])
def test_what_cannot_be_judged_gets_no_badge(page: Page, name: str) -> None:
    all_settle(page)
    picture = page.locator(f"#{name}")

    picture.scroll_into_view_if_needed()
    settled(page.locator("#lazy"))

    assert picture.evaluate(BADGES_IN) == []


def test_a_picture_that_the_site_serves_to_the_page_alone_has_no_verdict(page: Page) -> None:
    square = encoded(photograph("astronaut.png", 300), "JPEG")
    page.route("**/cat-640.jpg", lambda route: route.fulfill(body=square))

    add_picture(page).scroll_into_view_if_needed()

    badge = page.locator("candor-overlay button[data-state=unsupported]")
    expect(badge).to_have_attribute("title", re.compile("another picture"), timeout=PATIENCE_MS)


def test_a_badge_says_its_verdict_in_a_word_a_number_and_a_sentence(page: Page) -> None:
    all_settle(page)
    badge = badges(page).first
    state = badge.get_attribute("data-state")

    word = {"real": "Real", "fake": "Fake", "uncertain": "Unsure"}[state]
    number = "" if state == "uncertain" else r"( [5-9]\d\s%)?"

    assert re.fullmatch(word + number, badge.inner_text().replace("\n", " ").strip())
    assert badge.get_attribute("aria-label") == badge.get_attribute("title")
    assert badge.get_attribute("aria-label").startswith(TITLES[state])


def test_a_picture_in_a_frame_has_its_badge_there(page: Page) -> None:
    page.locator("#frame").scroll_into_view_if_needed()
    badge = page.frame_locator("#frame").locator("candor-overlay .badge")
    expect(badge).to_have_attribute("data-state", VERDICT, timeout=PATIENCE_MS)


def test_a_picture_that_a_script_adds_is_checked_too(page: Page) -> None:
    added = add_picture(page)

    [[state, inside]] = settled(added)

    assert state in SETTLED
    assert inside


def test_a_picture_that_changes_loses_its_verdict_and_gets_its_own(
    page: Page, service: str, candor: Browser
) -> None:
    picture = page.locator("#changing")
    settled(picture)
    with Gate(service) as gate:
        candor.use(gate.url)
        all_settle(page)
        gate.shut()

        picture.evaluate("(image) => { image.src = '/cat-640.jpg'; }")

        page.wait_for_function(
            f"(image) => ({BADGES_IN})(image).some(([state]) => state === 'unreachable')",
            arg=picture.element_handle(),
            timeout=PATIENCE_MS,
        )
        gate.open()
        [[state, _]] = settled(picture)
    assert state in SETTLED


def test_badges_follow_their_pictures_into_a_scrolled_strip_and_stay_inside_it(page: Page) -> None:
    strip = page.locator("#strip")
    settled(page.locator("#scrolled-1"))

    strip.evaluate("(strip) => { strip.scrollLeft = 70; }")
    last = settled(page.locator("#scrolled-7"))

    assert [inside for _, inside in last] == [True]
    edges = strip.bounding_box()
    for shown in badges(page).all():
        box = shown.bounding_box()
        level = box and edges["y"] < box["y"] < edges["y"] + edges["height"]
        if level:
            assert box["x"] >= edges["x"]
            assert box["x"] + box["width"] <= edges["x"] + edges["width"]


def test_the_page_is_laid_out_as_without_candor(candor: Browser, newspaper: str) -> None:
    candor.page.goto(newspaper, wait_until="networkidle")
    without = candor.page.evaluate(LAYOUT)

    candor.switch_on(newspaper)
    all_settle(candor.page)

    assert candor.page.evaluate(LAYOUT) == without


def test_a_page_that_rests_is_left_at_rest(page: Page) -> None:
    all_settle(page)
    page.wait_for_timeout(500)
    writes = page.evaluate(
        """() => new Promise((resolve) => {
          const root = document.querySelector('candor-overlay').shadowRoot;
          let writes = 0;
          const observer = new MutationObserver((records) => { writes += records.length; });
          observer.observe(root, {subtree: true, attributes: true, childList: true});
          setTimeout(() => resolve(writes), 1000);
        })"""
    )
    assert writes == 0


def test_a_press_on_a_badge_shows_the_reason_and_the_page_hears_of_no_press(page: Page) -> None:
    page.evaluate(
        "() => { window.presses = 0; document.addEventListener('click', () => presses += 1); }"
    )
    all_settle(page)
    reason = page.locator("candor-overlay .card")

    badges(page).first.click()
    expect(reason).to_be_visible()
    expect(reason).to_contain_text(TITLES[badges(page).first.get_attribute("data-state")])
    assert page.evaluate("presses") == 0

    page.keyboard.press("Escape")
    expect(reason).to_be_hidden()

    page.locator("#plain-png").click()
    assert page.evaluate("presses") == 1


def test_a_wrong_verdict_is_reported_from_its_badge(page: Page, service: str) -> None:
    all_settle(page)
    card = page.locator("candor-overlay .card")

    badges(page).first.click()
    card.get_by_text("Report as wrong").click()
    card.get_by_label("What is it?").select_option("It is fake")
    card.get_by_label("How do you know?").fill("I was there.")
    card.get_by_role("button", name="Send").click()

    expect(card).to_contain_text("Reported. A person will look at it.")
    expect(card.get_by_role("button", name="Send")).to_be_hidden()
    with urlopen(f"{service}/v1/reviews/queue?reason=reported&limit=100") as answer:  # noqa: S310
        queue = json.load(answer)
    assert queue["items"]


def test_a_report_that_fails_says_so_and_may_be_sent_again(candor: Browser, page: Page) -> None:
    all_settle(page)
    card = page.locator("candor-overlay .card")
    candor.worker.evaluate("() => { globalThis.fetch = async () => { throw new TypeError(); }; }")

    badges(page).first.click()
    card.get_by_text("Report as wrong").click()
    card.get_by_role("button", name="Send").click()

    expect(card).to_contain_text("The report could not be sent.")
    expect(card.get_by_role("button", name="Send")).to_be_enabled()


def test_without_the_service_nothing_is_called_real_and_all_is_well_when_it_is_back(
    candor: Browser, newspaper: str, service: str
) -> None:
    with Gate(service) as gate:
        gate.shut()
        candor.use(gate.url)
        candor.switch_on(newspaper)
        candor.page.goto(newspaper)

        expect(badges(candor.page).first).to_be_attached()
        for badge in badges(candor.page).all():
            expect(badge).to_have_attribute("data-state", "unreachable", timeout=PATIENCE_MS)
            expect(badge).to_contain_text("No service")

        gate.open()
        all_settle(candor.page)


def test_a_worker_that_the_browser_ended_answers_again(candor: Browser, page: Page) -> None:
    all_settle(page)

    candor.end_worker()
    added = add_picture(page)

    [[state, _]] = settled(added)
    assert state in SETTLED


def test_a_site_is_let_alone_until_it_is_switched_on_and_as_soon_as_it_is_off(
    candor: Browser, newspaper: str
) -> None:
    candor.page.goto(newspaper, wait_until="networkidle")
    expect(candor.page.locator("candor-overlay")).to_have_count(0)

    candor.switch_on(newspaper)
    all_settle(candor.page)
    candor.page.reload()
    all_settle(candor.page)

    candor.switch_off(newspaper)
    expect(candor.page.locator("candor-overlay")).to_have_count(0)
    candor.page.reload(wait_until="networkidle")
    expect(candor.page.locator("candor-overlay")).to_have_count(0)


def test_access_that_is_withdrawn_takes_the_badges_off_and_the_site_with_it(
    candor: Browser, page: Page
) -> None:
    all_settle(page)

    # As the browser answers by then; the other setting only has the worker look.
    candor.worker.evaluate("() => { chrome.permissions.contains = async () => false; }")
    candor.worker.evaluate("() => chrome.storage.local.set({'site:http://other.example': true})")

    expect(page.locator("candor-overlay")).to_have_count(0)
    assert sites_on(candor) == []


@pytest.mark.parametrize("answer", ["Promise.resolve(false)", "new Promise(() => {})"])
def test_a_site_stays_off_whether_access_is_refused_or_the_popup_closes_over_the_question(
    candor: Browser, newspaper: str, answer: str
) -> None:
    candor.page.goto(newspaper)
    popup = candor.open_popup(candor.page)
    popup.evaluate(f"() => {{ chrome.permissions.request = () => {answer}; }}")

    # Not `check`, which waits for the switch to stay on.
    popup.get_by_role("switch").click()
    popup.wait_for_timeout(300)
    assert sites_on(candor) == []

    popup.reload()
    expect(popup.get_by_role("switch")).to_be_enabled()
    expect(popup.get_by_role("switch")).not_to_be_checked()
    assert candor.worker.evaluate("() => chrome.storage.session.get('pending')") == {}


def test_the_popup_switches_the_site_and_counts_its_pictures(
    candor: Browser, newspaper: str
) -> None:
    candor.page.goto(newspaper)
    popup = candor.open_popup(candor.page)
    switch = popup.get_by_role("switch", name="Check pictures on this site")
    expect(switch).not_to_be_checked()

    switch.check()
    candor.page.bring_to_front()
    shown = []
    # What is embedded in a page counts as part of it.
    for frame in candor.page.frames:
        all_settle(frame)
        shown += badges(frame).evaluate_all("(all) => all.map((badge) => badge.dataset.state)")
    for state in SETTLED:
        expect(popup.locator(f"[data-count={state}] dd")).to_have_text(str(shown.count(state)))

    switch.uncheck()
    expect(candor.page.locator("candor-overlay")).to_have_count(0)


def test_the_settings_tell_whether_the_service_answers_at_the_address_that_was_saved(
    candor: Browser, newspaper: str, service: str
) -> None:
    candor.page.goto(newspaper)
    options = candor.open_options()
    address, state = options.get_by_label("Address", exact=True), options.locator("#service-state")
    expect(address).to_have_value(service)
    expect(state).to_have_text("Connected.", timeout=PATIENCE_MS)

    address.fill("http://127.0.0.1:9")
    options.get_by_role("button", name="Save and test").click()
    expect(state).to_contain_text("Cannot reach")

    address.fill("ftp://example.com")
    options.get_by_role("button", name="Save and test").click()
    expect(state).to_contain_text("http://")

    options.reload()
    expect(address).to_have_value("http://127.0.0.1:9")


def test_the_settings_take_a_key_and_say_what_is_wrong_with_another(
    keyed_service: tuple[str, str], candor: Browser, newspaper: str
) -> None:
    service, key = keyed_service
    candor.use(service)
    candor.page.goto(newspaper)
    options = candor.open_options()
    field, state = options.get_by_label("Key", exact=True), options.locator("#service-state")
    expect(state).to_contain_text("wants a key", timeout=PATIENCE_MS)

    field.fill("candor_000000000000_wrong")
    options.get_by_role("button", name="Save and test").click()
    expect(state).to_contain_text("does not know this key")

    field.fill(f" {key} ")
    options.get_by_role("button", name="Save and test").click()
    expect(state).to_have_text("Connected.")

    candor.switch_on(newspaper)
    candor.page.reload()
    all_settle(candor.page)
    options.reload()
    expect(field).to_have_value(key)


def test_one_picture_is_checked_by_hand_and_no_other(candor: Browser, newspaper: str) -> None:
    page = candor.page
    page.goto(newspaper)
    chosen = page.locator("#plain-png").evaluate("image => image.currentSrc")

    candor.worker.evaluate(
        """async (picture) => {
          const [tab] = await chrome.tabs.query({active: true, currentWindow: true});
          const press = {menuItemId: 'picture', srcUrl: picture, frameId: 0};
          chrome.contextMenus.onClicked.dispatch(press, tab);
        }""",
        chosen,
    )

    expect(badges(page)).to_have_count(1)
    expect(badges(page)).to_have_attribute("data-state", VERDICT, timeout=PATIENCE_MS)
    page.reload()
    expect(badges(page)).to_have_count(0)


def test_a_page_is_checked_once_by_hand_and_its_site_stays_off(
    candor: Browser, newspaper: str
) -> None:
    candor.page.goto(newspaper)
    popup = candor.open_popup(candor.page)

    popup.get_by_role("button", name="Check this page").click()

    candor.page.bring_to_front()
    all_settle(candor.page)
    expect(popup.get_by_role("switch")).not_to_be_checked()


def test_a_page_of_badges_is_fit_to_be_shown(page: Page, tmp_path: Path) -> None:
    """Takes the picture of the README; CANDOR_SCREENSHOTS says where to keep it."""
    target = Path(os.environ.get("CANDOR_SCREENSHOTS") or tmp_path) / "badges.png"
    all_settle(page)
    assert badges(page).count() >= 8

    page.screenshot(path=target)

    assert target.stat().st_size > 100_000
