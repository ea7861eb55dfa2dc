"""Candor in Firefox, from the folder as it is: what Chromium shows is shown there too."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from test_pictures import BOX, WAYS

from bidi import Tab
from clips import clip
from counting import checks_of
from firefox import Firefox, running_firefox
from looking import OVER
from newspaper import POLICY, Press, photograph, wall
from states import AT_ONCE, COUNTS, FRESH, gallery, showing

pytestmark = pytest.mark.firefox

# The one of the real pages that Candor has no access to before it is asked.
ELSEWHERE = "news.localhost"

# As WebDriver names the key.
ESCAPE = "\ue00c"
MOON = f'<img class="it" src="/moon.jpg" alt="The moon" style="{BOX}">'

BADGES = f"""() => {{
  const bearers = [...document.querySelectorAll('.it'), ...window.bearers ?? []];
  return bearers.map((bearer) => ({OVER})(bearer).length);
}}"""

SETTLED = """() => {
  const root = document.querySelector('candor-overlay')?.shadowRoot;
  const badges = [...root?.querySelectorAll('button[data-state]') ?? []];
  const states = badges.map((badge) => badge.dataset.state);
  return states.length > 0 && states.every((state) => /^(real|fake|uncertain)$/.test(state))
    && states;
}"""


@pytest.fixture(scope="module")
def site() -> Iterator[Press]:
    with wall() as press:
        press.policy = POLICY.replace("connect-src 'self'", "connect-src 'self' blob:")
        yield press


@pytest.fixture(scope="module")
def firefox(tmp_path_factory: pytest.TempPathFactory, service: str) -> Iterator[Firefox]:
    with running_firefox(tmp_path_factory.mktemp("firefox")) as running:
        running.store({"service": service})
        yield running


@pytest.fixture
def tab(firefox: Firefox) -> Iterator[Tab]:
    tab = firefox.open()
    yield tab
    tab.close()


def elsewhere(address: str) -> str:
    return address.replace("127.0.0.1", ELSEWHERE)


@pytest.fixture
def by_hand(firefox: Firefox) -> None:
    """No access to anything, as after installing."""
    options = firefox.open(f"{firefox.origin}/manifest.json")
    options.call("() => browser.permissions.remove({origins: ['<all_urls>']})")
    options.close()


@pytest.fixture
def watched(firefox: Firefox, tab: Tab, site: Press) -> Tab:
    """A tab whose pages are checked by themselves, switched on as a person does it."""
    tab.goto(site.pin("A page to switch its site on."))
    popup = firefox.open_popup(tab)
    popup.wait("() => !document.querySelector('#site-switch').disabled")
    if not popup.call("() => document.querySelector('#site-switch').checked"):
        popup.front()
        popup.press(*popup.call(MIDDLE, "#site-switch"))
        asked = firefox.allow()
        assert "all websites" in asked, asked
        popup.wait("() => document.querySelector('#site-state').textContent.startsWith('On.')")
    popup.close()
    tab.front()
    return tab


MIDDLE = """(selector) => {
  const {x, y, width, height} = document.querySelector(selector).getBoundingClientRect();
  return [x + width / 2, y + height / 2];
}"""

ADD_FRAME = """(address) => {
  const frame = document.createElement('iframe');
  frame.width = frame.height = 400;
  frame.src = address;
  const loaded = new Promise((resolve) => frame.addEventListener('load', resolve));
  document.body.append(frame);
  return loaded.then(() => true);
}"""
PRESS = "(selector) => document.querySelector(selector).click()"
FILL = "(selector, text) => { document.querySelector(selector).value = text; }"
TEXT = "(selector) => document.querySelector(selector).innerText"

# The middle of the badge over a picture; what is in the card.
BADGE = f"""(selector) => {{
  const [box] = ({OVER})(document.querySelector(selector));
  return box && [box.x + box.width / 2, box.y + box.height / 2];
}}"""
# What is said of a video, once it is known how many frames a second are looked at.
RUNNING = """() => {
  const panel = document.querySelector('candor-overlay')?.shadowRoot.querySelector('.live');
  return panel?.innerText.includes('a second') && panel.innerText;
}"""
CARD = """() => {
  const card = document.querySelector('candor-overlay').shadowRoot.querySelector('.card');
  return card?.hidden === false ? card.innerText : null;
}"""


def test_it_loads_and_asks_nobody_anything(firefox: Firefox, by_hand: None, site: Press) -> None:
    firefox.tab.goto(elsewhere(site.pin(MOON)))
    firefox.press_button()
    firefox.close_popup()
    assert firefox.tab.call("() => document.querySelector('candor-overlay')") is None


def test_frames_that_a_page_adds_are_watched_too(watched: Tab, site: Press) -> None:
    inner = site.pin(MOON)
    watched.goto(site.pin("A page to add frames to."))
    for _ in range(8):
        watched.call(ADD_FRAME, inner)
    assert len(watched.frames()) == 8
    for frame in watched.frames():
        frame.wait(SETTLED)


def test_a_page_is_checked_by_hand_with_no_more_access_than_the_press_gave(
    firefox: Firefox, by_hand: None, tab: Tab, site: Press
) -> None:
    tab.goto(elsewhere(site.pin(MOON)))
    firefox.press_button()
    firefox.close_popup()
    popup = firefox.open_popup(tab)
    popup.wait("() => !document.querySelector('#check-page').disabled")

    popup.call(PRESS, "#check-page")

    tab.wait(SETTLED)
    assert "lets no extension" not in popup.call(TEXT, "#check-page-hint")
    assert not popup.call("() => document.querySelector('#site-switch').checked")
    popup.close()
    tab.goto(elsewhere(site.pin(MOON)))
    assert tab.call("() => document.querySelector('candor-overlay')") is None


def test_a_picture_is_checked_from_its_menu_and_no_other(
    firefox: Firefox, by_hand: None, tab: Tab, site: Press
) -> None:
    tab.goto(elsewhere(site.pin(f'{MOON}<img src="/coffee.webp" style="{BOX}">')))

    firefox.choose(tab, *tab.call(MIDDLE, ".it"), "picture")

    assert len(tab.wait(SETTLED)) == 1
    assert tab.call(BADGE, ".it")


def test_a_video_is_checked_as_it_plays_from_its_menu(
    firefox: Firefox, by_hand: None, tab: Tab, site: Press
) -> None:
    still = np.asarray(photograph("astronaut.png", 320))
    site.printed["/film.webm"] = ("video/webm", clip([still] * 300, "webm", "libvpx"))
    strict, site.policy = site.policy, f"{POLICY}; media-src 'self'"
    film = f'<video class="it" src="/film.webm" muted autoplay loop style="{BOX}"></video>'
    tab.goto(elsewhere(site.pin(film)))
    tab.wait("() => document.querySelector('video').currentTime > 0")
    site.policy = strict

    firefox.choose(tab, *tab.call(MIDDLE, ".it"), "video")

    assert "frames a second" in tab.wait(RUNNING)
    tab.call("() => document.querySelector('video').pause()")
    tab.wait("() => document.querySelector('candor-overlay').shadowRoot"
             ".querySelector('.live').innerText.includes('Stopped')")  # fmt: skip


def test_every_way_of_showing_a_picture_gets_its_badge_and_a_verdict(
    watched: Tab, site: Press
) -> None:
    ways = "".join(f"<div>{way}</div>" for way in WAYS.values())
    for number in range(len(WAYS)):
        ways = ways.replace('id="host"', f'id="host-{number}"', 1)
        ways = ways.replace("querySelector('#host')", f"querySelector('#host-{number}')", 1)
    ways = ways.replace("window.bearer =", "(window.bearers ??= [])[window.bearers.length] =")
    ways = ways.replace("<script>", "<script>{").replace("</script>", "}</script>")
    tight = "<style>body { margin: 0; zoom: .5; display: flex; flex-wrap: wrap }</style>"
    watched.goto(site.pin(ways, tight))

    watched.wait(f"() => {{ const all = ({BADGES})(); return all.every((of) => of === 1); }}")

    assert len(watched.call(BADGES)) == len(WAYS)
    watched.wait(SETTLED)


def test_a_blob_that_the_page_may_not_read_has_no_verdict_there(watched: Tab, site: Press) -> None:
    """Firefox holds extensions to the page's own policy here; Chromium does not."""
    relaxed, site.policy = site.policy, POLICY
    watched.goto(site.pin(WAYS["blob"]))
    watched.wait(showing(unsupported=1))
    site.policy = relaxed


def test_every_state_can_be_told_and_an_outage_ends_by_itself(
    firefox: Firefox, service: str, site: Press, watched: Tab
) -> None:
    with gallery(service, site) as shown:
        firefox.store({"service": shown.gate.url})
        watched.front()
        watched.goto(shown.url)
        watched.wait(showing(real=1, fake=1, uncertain=1, unsupported=1))

        shown.gate.hold()
        watched.call(shown.more())
        watched.wait(showing(checking=AT_ONCE, queued=FRESH - AT_ONCE))
        shown.gate.shut()
        watched.wait(showing(unreachable=FRESH))
        assert watched.call(COUNTS) | {"unreachable": FRESH} == watched.call(COUNTS)

        shown.gate.open()
        watched.wait(
            f"() => {{ const {{unreachable = 0, real, fake, uncertain}} = ({COUNTS})();"
            "return unreachable === 0 && real + fake + uncertain > 3; }"
        )
    firefox.store({"service": service})


def test_a_press_on_a_badge_opens_a_card_and_escape_closes_it(watched: Tab, site: Press) -> None:
    portrait = f'<img class="it" src="/astronaut.png" alt="An astronaut" style="{BOX}">'
    watched.goto(site.pin(portrait + MOON.replace("it", "other")))
    watched.wait(SETTLED)

    watched.press(*watched.wait(BADGE, ".it"))

    assert "Probability that it is fake" in watched.wait(CARD)
    assert watched.call(
        "() => document.querySelector('candor-overlay').shadowRoot.querySelectorAll('.face').length"
    )
    watched.type(ESCAPE)
    assert watched.call(CARD) is None


def test_the_popup_counts_and_leads_to_what_is_suspicious(
    firefox: Firefox, service: str, site: Press, watched: Tab
) -> None:
    with gallery(service, site) as shown:
        firefox.store({"service": shown.gate.url})
        watched.front()
        watched.goto(shown.url)
        watched.wait(showing(real=1, fake=1, uncertain=1, unsupported=1))
        popup = firefox.open_popup(watched)

        counts = """() => Array.from(document.querySelectorAll('[data-count] dd'),
          (count) => count.textContent).join(' ')"""
        popup.wait(f"() => ({counts})() === '1 1 1 1'")
        flagged = popup.call(TEXT, "#flagged-list")
        assert "fake: Likely fake" in flagged
        assert "uncertain: Uncertain" in flagged
        popup.call(PRESS, "#flagged-list button")
        watched.front()
        watched.wait("""() => document.querySelector('candor-overlay').shadowRoot
          .activeElement?.dataset.state === 'fake'""")
        popup.close()
    firefox.store({"service": service})


def test_the_settings_say_whether_the_service_answers(firefox: Firefox, service: str) -> None:
    options = firefox.open(f"{firefox.origin}/options.html")
    options.wait("() => document.querySelector('#service-state').textContent === 'Connected.'")

    options.call(
        "() => { document.querySelector('#service-address').value = 'http://127.0.0.1:9'; }"
    )
    options.press(*options.call(MIDDLE, "#service-form button"))
    options.wait("() => document.querySelector('#service-state').textContent.startsWith('Cannot')")

    options.close()
    firefox.store({"service": service})


def test_in_korean_all_of_it_is_korean(firefox: Firefox, site: Press, watched: Tab) -> None:
    firefox.store({"language": "ko"})
    watched.front()
    watched.goto(site.pin(MOON))
    watched.wait(SETTLED)
    watched.press(*watched.wait(BADGE, ".it"))
    assert "가짜일 확률" in watched.wait(CARD)
    firefox.store({"language": "auto"})


def test_private_windows_are_left_alone_until_a_setting_allows_them_too(
    firefox: Firefox, site: Press, watched: Tab
) -> None:
    private = firefox.open_private(site.pin(MOON))
    watched.goto(site.pin(MOON))
    watched.wait(SETTLED)
    assert private.call("() => document.querySelector('candor-overlay')") is None

    firefox.store({"privateWindows": True})

    private.wait(SETTLED)
    private.close()
    firefox.store({"privateWindows": False})


def test_a_private_window_is_not_identified_and_its_verdicts_lead_nowhere(
    firefox: Firefox, service: str, site: Press, watched: Tab
) -> None:
    watched.call("() => { document.cookie = 'who=somebody; path=/'; }")
    site.printed["/private.jpg"] = site.printed["/grass.jpg"]
    checked = checks_of(service)
    firefox.store({"privateWindows": True})

    private = firefox.open_private(site.pin(MOON.replace("moon", "private")))
    private.wait(SETTLED)
    private.press(*private.wait(BADGE, ".it"))

    assert "Probability that it is fake" in private.wait(CARD)
    assert (
        private.call(
            "() => document.querySelector('candor-overlay').shadowRoot.querySelector('.report')"
        )
        is None
    )
    assert site.asked.count("/private.jpg") >= 2
    assert "/private.jpg" not in site.identified
    assert checks_of(service) > checked
    private.close()
    firefox.store({"privateWindows": False})
    watched.call("() => { document.cookie = 'who=; path=/; max-age=0'; }")
