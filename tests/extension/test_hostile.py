"""Pages that do their worst, and services that change in the middle: no badge lies or gets lost."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from driver import Browser
from looking import OVER, box_over, count, has_none
from newspaper import Press
from service import running_service
from states import COUNTS, Gallery, gallery, showing

pytestmark = pytest.mark.browser

BOX = "display:block;width:300px;height:200px"
PICTURE = f'<img class="it" src="/moon.jpg" alt="The moon" style="{BOX}">'
PATIENCE_MS = 60_000
GONE_S = 10
KEYS = [sys.executable, "-m", "api.cli", "keys"]

# A picture that the page adds later.
ADD = """(style) => {
  const picture = new Image();
  picture.id = 'late';
  picture.style.cssText = style;
  picture.src = '/coffee.webp';
  document.body.append(picture);
}"""

# Whether all badges hold a verdict.
TOLD = f"""() => {{
  const {{real = 0, fake = 0, uncertain = 0, ...others}} = ({COUNTS})();
  return real + fake + uncertain > 0 && Object.keys(others).length === 0;
}}"""


def came(so: Callable[[], bool], within_s: float) -> bool:
    """Wait until it is so, and tell whether it came to that."""
    end = time.monotonic() + within_s
    while not so() and time.monotonic() < end:
        time.sleep(0.05)
    return so()


@pytest.fixture
def shown(candor: Browser, service: str, site: Press) -> Iterator[Gallery]:
    """The page of states; the service stands behind its gate for as long."""
    with gallery(service, site) as shown:
        candor.use(shown.gate.url)
        yield shown
    candor.use(service)


@contextmanager
def lax(site: Press) -> Iterator[None]:
    """Pages may make markup and code of text."""
    policy = site.policy
    site.policy = policy.split("; trusted-types")[0].replace(
        "script-src", "script-src 'unsafe-eval'"
    )
    yield
    site.policy = policy


def test_a_page_that_takes_the_badges_out_sees_them_again_but_no_fight(
    page: Page, site: Press
) -> None:
    page.goto(site.pin(PICTURE))
    box_over(page.locator(".it"))

    removed = page.evaluate(
        """() => new Promise((resolve) => {
          let removed = 0;
          const observer = new MutationObserver(() => {
            const overlay = document.querySelector('candor-overlay');
            if (overlay) removed += 1;
            overlay?.remove();
          });
          observer.observe(document.documentElement, {childList: true});
          document.querySelector('candor-overlay').remove();
          setTimeout(() => { observer.disconnect(); resolve(removed); }, 2000);
        })"""
    )

    assert 1 <= removed <= 10
    box_over(page.locator(".it"))


@pytest.mark.parametrize(
    "style",
    [
        "* { all: unset !important }",
        "candor-overlay { display: none !important; opacity: 0 !important; all: revert }",
        "html > :last-child:not(body) { visibility: hidden !important; clip-path: inset(50%) }",
        "button { display: none !important } :popover-open { inset: auto !important }",
    ],
)
def test_no_rule_of_a_page_takes_its_badge_away(page: Page, site: Press, style: str) -> None:
    picture = '<img class="it" src="/moon.jpg" alt="The moon">'
    page.goto(site.pin(picture, f"<style>{style}</style>"))
    box_over(page.locator(".it"))
    assert count(page) == 1


def test_under_a_flood_of_mutations_the_next_picture_still_gets_its_badge(
    page: Page, site: Press
) -> None:
    page.goto(site.pin(f"{PICTURE}<div id=flood></div>"))
    page.evaluate(
        """() => {
          const storm = () => {
            for (let i = 0; i < 400; i += 1) flood.append(document.createElement('i'));
            for (const one of flood.children) one.className = `c${Math.random()}`;
            flood.replaceChildren();
            requestAnimationFrame(storm);
          };
          storm();
        }"""
    )
    box_over(page.locator(".it"))

    page.evaluate(ADD, BOX)
    box_over(page.locator("#late"))


def test_a_badge_keeps_up_with_a_picture_that_moves_at_every_frame(page: Page, site: Press) -> None:
    page.goto(site.pin(f'<div style="height:600px">{PICTURE}</div>'))
    box_over(page.locator(".it"))

    farthest = page.evaluate(
        """() => new Promise((resolve) => {
          const picture = document.querySelector('.it');
          const badge = document.querySelector('candor-overlay').shadowRoot.querySelector('.badge');
          let [turn, farthest] = [0, 0];
          const step = () => {
            // Before it moves on: what was drawn last.
            const [one, other] = [badge.getBoundingClientRect(), picture.getBoundingClientRect()];
            if (turn > 5) farthest = Math.max(farthest, Math.abs(one.left - other.left - 4));
            turn += 1;
            picture.style.transform = `translate(${turn * 5}px, ${turn}px)`;
            if (turn < 90) requestAnimationFrame(step); else resolve(farthest);
          };
          requestAnimationFrame(step);
        })"""
    )

    # A frame behind at most.
    assert farthest <= 10
    page.wait_for_function(f"() => ({OVER})(document.querySelector('.it')).length === 1")


def test_pictures_without_a_box_of_their_own_parents_and_in_deep_shadow(
    page: Page, site: Press
) -> None:
    page.goto(
        site.pin(
            f'<div style="display:contents"><p style="display:contents">{PICTURE}</p></div>'
            '<div id="outer" style="display:block;width:300px"></div>'
        )
    )
    bearer = page.evaluate_handle(
        """() => {
          let host = document.querySelector('#outer');
          for (const mode of ['closed', 'open', 'closed']) {
            const root = host.attachShadow({mode});
            host = document.createElement('div');
            root.append(host);
          }
          const picture = new Image(300, 200);
          picture.src = '/coffee.webp';
          host.replaceWith(picture);
          return picture;
        }"""
    ).as_element()

    box_over(page.locator(".it"))
    box_over(bearer)


# How a page puts the fake in the place of the real one; each leaves the badge's picture in place.
SWAPS = {
    "by its address": ("", "picture.src = '/fake.png'"),
    "by a source": (
        "",
        """picture.insertAdjacentHTML('beforebegin', '<picture></picture>');
        const around = picture.previousSibling;
        around.append(picture);
        picture.insertAdjacentHTML('beforebegin', '<source srcset="/fake.png">')""",
    ),
    "by a style": (
        "background:url(/real.png) 0/cover",
        "picture.style.backgroundImage = 'url(/fake.png)'",
    ),
    "by another element": (
        "",
        """const other = picture.cloneNode();
        other.src = '/fake.png';
        picture.replaceWith(other)""",
    ),
}

# The states that the badge over the picture has from the moment of the swap on.
WATCHED = """(swap) => new Promise((resolve) => {
  const picture = document.querySelector('.it');
  const root = document.querySelector('candor-overlay').shadowRoot;
  const states = [];
  let fakes = 0;
  new Function('picture', swap)(picture);
  const look = () => {
    const shown = [...root.querySelectorAll('button[data-state]')].filter(({hidden}) => !hidden);
    states.push(...shown.map(({dataset}) => dataset.state));
    if (states.at(-1) === 'fake') fakes += 1;
    if (fakes < 5 && states.length < 3000) requestAnimationFrame(look); else resolve(states);
  };
  requestAnimationFrame(look);
})"""


@pytest.mark.parametrize("way", SWAPS)
def test_a_verdict_never_stays_on_the_picture_that_takes_its_place(
    page: Page, site: Press, shown: Gallery, way: str
) -> None:
    style, swap = SWAPS[way]
    picture = f'<img class="it" src="/real.png" style="{BOX}">'
    if style:
        picture = f'<div class="it" style="{BOX};{style}"></div>'
    # Loaded before, so that the browser shows it in the very frame of the swap.
    with lax(site):
        page.goto(site.pin(f'{picture}<link rel="preload" as="image" href="/fake.png">'))
    page.wait_for_function(showing(real=1), timeout=PATIENCE_MS)

    states = page.evaluate(WATCHED, swap)

    # A style is seen once the page rests.
    late = states.index("fake") if way != "by a style" else states.index(states[-1])
    told = [state for state in states[:late] if state == "real"]
    assert len(told) <= (0 if way != "by a style" else 60), states
    assert states[-1] == "fake"


def test_a_picture_that_only_a_pointer_exchanges_loses_its_verdict(
    page: Page, site: Press, shown: Gallery
) -> None:
    style = (
        f"<style>.it {{ {BOX}; background: url(/real.png) 0/cover }}"
        " .it:hover { background-image: url(/fake.png) }</style>"
    )
    page.goto(site.pin('<div class="it"></div>', style))
    page.wait_for_function(showing(real=1), timeout=PATIENCE_MS)

    page.mouse.move(200, 150)

    page.wait_for_function(showing(fake=1), timeout=PATIENCE_MS)
    assert page.evaluate(COUNTS) == {"fake": 1}


def test_other_bytes_behind_the_same_address_get_their_own_verdict(
    page: Page, site: Press, shown: Gallery
) -> None:
    site.printed["/camera.png"] = site.printed["/real.png"]
    site.caching["/camera.png"] = "no-store"
    page.goto(site.pin(f'<img class="it" src="/camera.png" style="{BOX}">'))
    page.wait_for_function(showing(real=1), timeout=PATIENCE_MS)

    site.printed["/camera.png"] = site.printed["/fake.png"]
    page.reload()

    page.wait_for_function(showing(fake=1), timeout=PATIENCE_MS)


def test_a_picture_that_tells_late_that_it_has_loaded_is_asked_for_once(
    page: Page, site: Press, shown: Gallery
) -> None:
    # Seen when it was complete, and before its own event came.
    late = """<script>
      const seek = () => {
        const root = document.querySelector('candor-overlay')?.shadowRoot;
        const badge = root?.querySelector('button[data-state]');
        if (!badge) return requestAnimationFrame(seek);
        document.querySelector('.it').dispatchEvent(new Event('load'));
        setTimeout(() => { window.kept = badge.isConnected; }, 300);
      };
      addEventListener('load', () => setTimeout(seek));
    </script>"""

    page.goto(site.pin(f'<img class="it" src="/real.png" style="{BOX}">{late}'))

    page.wait_for_function("() => window.kept !== undefined", timeout=PATIENCE_MS)
    assert page.evaluate("() => window.kept")


def test_a_tab_that_closes_takes_its_questions_back(
    candor: Browser, site: Press, shown: Gallery
) -> None:
    page = candor.context.new_page()
    page.goto(shown.url)
    page.wait_for_function(showing(real=1, fake=1, uncertain=1), timeout=PATIENCE_MS)
    shown.gate.hold()
    page.evaluate(shown.more())
    page.wait_for_function(showing(checking=12), timeout=PATIENCE_MS)
    assert came(lambda: shown.gate.asking > 0, PATIENCE_MS / 1000)

    page.close()

    assert came(lambda: shown.gate.asking == 0, GONE_S)
    shown.gate.open()


def test_another_model_voids_what_the_last_one_said(
    candor: Browser, page: Page, shown: Gallery
) -> None:
    page.goto(shown.url)
    page.wait_for_function(showing(real=1, fake=1, uncertain=1), timeout=PATIENCE_MS)
    shown.gate.hold()

    # As the worker notes it when the service answers with another one.
    candor.worker.evaluate(
        "(service) => chrome.storage.local.set({model: {service, id: 'another'}})", shown.gate.url
    )

    page.wait_for_function(f"() => ({COUNTS})().checking === 3", timeout=PATIENCE_MS)
    shown.gate.open()
    page.wait_for_function(showing(real=1, fake=1, uncertain=1), timeout=PATIENCE_MS)


def test_what_an_earlier_service_answers_late_leaves_the_model_of_this_one(
    candor: Browser, page: Page, shown: Gallery, service: str
) -> None:
    shown.gate.hold()
    page.goto(shown.url)
    page.wait_for_function(showing(checking=3), timeout=PATIENCE_MS)

    candor.use(service)
    page.wait_for_function(showing(real=1, fake=1, uncertain=1), timeout=PATIENCE_MS)
    shown.gate.open()
    page.wait_for_timeout(1000)

    heard = candor.worker.evaluate("async () => (await chrome.storage.local.get('model')).model")
    assert heard["service"] == service


def made_key(folder: Path) -> str:
    made = subprocess.run(
        [*KEYS, "create", "--name", "a test", "--scope", "check", "--data-dir", str(folder)],
        check=True,
        capture_output=True,
        text=True,
    )
    return made.stdout.strip()


def test_a_key_that_is_revoked_in_the_middle_is_said_and_another_goes_on(
    candor: Browser, page: Page, site: Press, tmp_path: Path, service: str
) -> None:
    key = made_key(tmp_path)
    enter = "([service, key]) => chrome.storage.local.set({service, keyed: {service, key}})"
    with running_service(tmp_path) as keyed:
        candor.worker.evaluate(enter, [keyed, key])
        page.goto(site.pin(PICTURE))
        page.wait_for_function(TOLD, timeout=PATIENCE_MS)

        number = key.split("_")[1]
        subprocess.run([*KEYS, "revoke", number, "--data-dir", str(tmp_path)], check=True)
        page.evaluate(ADD, BOX)
        away = page.locator("candor-overlay button[data-state=unreachable]")
        expect(away).to_have_count(1, timeout=PATIENCE_MS)
        assert "wants a key" in away.get_attribute("title")

        candor.worker.evaluate(enter, [keyed, made_key(tmp_path)])
        expect(away).to_have_count(0, timeout=PATIENCE_MS)
        page.wait_for_function(TOLD, timeout=PATIENCE_MS)
    candor.use(service)


# Whether the card is open, and what a page could do to have a report sent.
OPEN = """() => {
  const card = document.querySelector('candor-overlay').shadowRoot.querySelector('.card');
  return card?.hidden === false;
}"""
FORGE = """() => {
  const form = document.querySelector('candor-overlay').shadowRoot.querySelector('.report form');
  form.querySelector('textarea').value = 'Forged by the page.';
  const send = form.querySelector('button');
  send.click();
  send.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true}));
  form.requestSubmit();
  document.body.append(send);
  send.click();
  form.append(send);
}"""


def test_only_a_person_can_press_what_candor_shows(page: Page, site: Press) -> None:
    """Even if a page could see into it, which the tests can."""
    page.goto(site.pin(PICTURE))
    page.wait_for_function(TOLD, timeout=PATIENCE_MS)

    page.evaluate(
        "() => document.querySelector('candor-overlay').shadowRoot.querySelector('.badge').click()"
    )
    page.wait_for_timeout(500)
    assert not page.evaluate(OPEN)
    page.locator("candor-overlay .badge").click()
    page.get_by_text("Report as wrong").click()
    told = page.locator("candor-overlay .report [role=status]")
    page.evaluate(FORGE)
    page.wait_for_timeout(500)
    assert told.inner_text() == ""
    page.locator("candor-overlay .report button").click()
    expect(told).to_have_text(re.compile("."))


def test_a_page_written_anew_is_looked_at_anew(page: Page, site: Press) -> None:
    with lax(site):
        page.goto(site.pin(PICTURE))
    box_over(page.locator(".it"))

    page.evaluate(
        "(body) => { document.open(); document.write(body); document.close(); }",
        f"<p>Another page</p>{PICTURE}",
    )

    box_over(page.locator(".it"))


def test_a_picture_that_is_taken_away_takes_its_card_along(page: Page, site: Press) -> None:
    page.goto(site.pin(PICTURE))
    box_over(page.locator(".it"))
    page.locator("candor-overlay .badge").click()
    expect(page.locator("candor-overlay .card")).to_be_visible()

    page.locator(".it").evaluate(
        "(picture) => { picture.hidden = true; picture.style.display = ''; }"
    )

    expect(page.locator("candor-overlay .card")).to_be_hidden()
    has_none(page.locator(".it"))
