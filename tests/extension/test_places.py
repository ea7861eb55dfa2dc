"""A badge keeps to its picture, out of the way of everything else on the page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from driver import Browser
from looking import ON_TOP, box_over, count, has_none
from newspaper import Press

pytestmark = pytest.mark.browser

BOX = "display:block;width:300px;height:200px"
PICTURE = f'<img class="it" src="/moon.jpg" alt="The moon" style="{BOX}">'
SETTLED = re.compile("^(real|fake|uncertain)$")
LONG = '<div style="height:3000px"></div>'
FROZEN = """() => JSON.stringify(Array.from(document.querySelectorAll('body, body *'), (one) => {
  const {x, y, width, height} = one.getBoundingClientRect();
  return [one.localName, x, y, width, height];
}))"""


def offset(page: Page) -> tuple[float, float]:
    """From the picture's upper left corner to that of its badge."""
    badge = box_over(page.locator(".it"))
    picture = page.locator(".it").bounding_box()
    return round(badge["x"] - picture["x"], 1), round(badge["y"] - picture["y"], 1)


def y_at_once_after_scrolling(page: Page, by: int) -> float:
    """Of the one badge, before any script had a frame to move it in."""
    y: float = page.evaluate(
        """(by) => {
          scrollBy(0, by);
          const {shadowRoot} = document.querySelector('candor-overlay');
          return shadowRoot.querySelector('button[data-state]').getBoundingClientRect().y;
        }""",
        by,
    )
    return y


def test_a_badge_scrolls_with_its_picture(page: Page, site: Press) -> None:
    page.goto(site.pin(f'<div style="height:300px"></div>{PICTURE}{LONG}'))
    before = offset(page)

    page.mouse.wheel(0, 130)
    page.wait_for_function("() => scrollY === 130")

    assert offset(page) == before == (4, 4)


def test_a_badge_moves_with_the_page_and_not_a_frame_later(page: Page, site: Press) -> None:
    page.goto(site.pin(f'<div style="height:300px"></div>{PICTURE}{LONG}'))
    badge = box_over(page.locator(".it"))

    moved = y_at_once_after_scrolling(page, 130)

    assert moved == badge["y"] - 130


@pytest.mark.parametrize("position", ["fixed", "sticky"])
def test_a_badge_of_a_picture_that_stays_put_stays_put(
    page: Page, site: Press, position: str
) -> None:
    aside = f'<aside style="position:{position};top:20px;left:20px">{PICTURE}</aside>'
    page.goto(site.pin(f"{aside}{LONG}"))
    box_over(page.locator(".it"))
    page.mouse.wheel(0, 130)
    page.wait_for_function("() => scrollY === 130")
    badge = box_over(page.locator(".it"))

    after = y_at_once_after_scrolling(page, 130)

    assert after == badge["y"]
    assert offset(page) == (4, 4)


def test_a_badge_under_a_sticky_header_stays_there_while_its_picture_scrolls(
    page: Page, site: Press
) -> None:
    header = '<header style="position:sticky;top:0;height:80px;background:#fff">News</header>'
    page.goto(site.pin(f'{header}<div style="height:100px"></div>{PICTURE}{LONG}'))
    box_over(page.locator(".it"))
    page.evaluate("scrollTo(0, 120)")
    page.wait_for_timeout(400)
    badge = box_over(page.locator(".it"))

    after = y_at_once_after_scrolling(page, 20)

    assert after == badge["y"] >= 80


def test_nothing_that_sticks_out_makes_a_page_longer_or_wider(page: Page, site: Press) -> None:
    wide = "position:absolute;right:0;width:120px;height:300px;object-fit:cover"
    page.goto(site.pin(f'<img class="it" src="/moon.jpg" alt="The moon" style="{wide}">'))
    box_over(page.locator(".it"))
    size = "() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    before = page.evaluate(size)

    page.locator("candor-overlay button[data-state]").click()
    expect(page.locator("candor-overlay .card")).to_be_visible()
    # As a long outline, a wide map or a card would do that the window does not hold.
    page.evaluate(
        """() => {
          const card = document.querySelector('candor-overlay').shadowRoot.querySelector('.card');
          card.style.marginLeft = card.style.marginTop = '3000px';
        }"""
    )

    assert page.evaluate(size) == before


def test_on_paper_there_are_no_badges(page: Page, site: Press) -> None:
    page.goto(site.pin(PICTURE))
    box_over(page.locator(".it"))

    page.emulate_media(media="print")

    assert count(page) == 0


def test_a_badge_follows_a_picture_that_a_script_moves_without_a_trace(
    page: Page, site: Press
) -> None:
    page.goto(site.pin(PICTURE))
    assert offset(page) == (4, 4)

    page.locator(".it").evaluate(
        "(bearer) => bearer.animate({transform: ['none', 'translate(400px, 250px)']},"
        "{duration: 400, fill: 'forwards'}).finished.then(() => null)"
    )

    assert offset(page) == (4, 4)
    assert page.locator(".it").bounding_box()["x"] > 400


def test_under_a_sticky_header_a_badge_slides_down_its_picture_and_then_goes(
    page: Page, site: Press
) -> None:
    header = '<header style="position:sticky;top:0;height:80px;background:#fff">News</header>'
    page.goto(site.pin(f'{header}<div style="height:200px"></div>{PICTURE}{LONG}'))
    assert offset(page) == (4, 4)

    page.evaluate("scrollTo(0, 260)")
    page.wait_for_timeout(400)
    assert box_over(page.locator(".it"))["y"] >= 80

    page.evaluate("scrollTo(0, 395)")
    has_none(page.locator(".it"))
    assert count(page) == 0


@pytest.mark.parametrize(
    "cover",
    [
        "position:fixed;inset:0;background:#0009",
        "position:fixed;inset:0;backdrop-filter:blur(4px)",
        "position:absolute;left:0;top:0;width:400px;height:400px;background:#fff",
    ],
)
def test_what_covers_a_picture_covers_its_badge(page: Page, site: Press, cover: str) -> None:
    page.goto(site.pin(PICTURE))
    box_over(page.locator(".it"))

    page.evaluate(
        """(style) => {
          const cover = document.createElement('div');
          cover.id = 'cover';
          cover.style.cssText = style;
          document.body.append(cover);
        }""",
        cover,
    )
    has_none(page.locator(".it"))
    assert count(page) == 0

    page.evaluate("document.querySelector('#cover').remove()")
    box_over(page.locator(".it"))


@pytest.mark.parametrize(
    "clear",
    [
        "position:absolute;inset:0",
        "position:absolute;inset:0;background:linear-gradient(transparent,#000)",
        "position:absolute;inset:0;background:#0003",
        "position:absolute;inset:0;background:#fff;opacity:0",
    ],
)
def test_a_clear_sheet_over_a_picture_hides_no_badge(page: Page, site: Press, clear: str) -> None:
    page.goto(
        site.pin(
            f'<div style="position:relative;width:300px">{PICTURE}'
            f'<a href="#there" style="{clear}"></a></div>'
        )
    )
    box_over(page.locator(".it"))
    assert page.locator(".it").evaluate(ON_TOP) == "candor-overlay"


def test_of_two_pictures_on_one_spot_only_the_upper_has_a_badge(page: Page, site: Press) -> None:
    page.goto(
        site.pin(
            f'<div style="position:relative;width:300px">{PICTURE}'
            f'<img src="/coffee.webp" style="{BOX};position:absolute;inset:0"></div>'
        )
    )
    box_over(page.locator(".it"))
    assert count(page) == 1


@pytest.mark.parametrize(
    "style", ["border-radius:50%", "pointer-events:none", "clip-path:circle()"]
)
def test_a_picture_that_no_pointer_hits_at_its_corner_has_a_badge(
    page: Page, site: Press, style: str
) -> None:
    page.goto(site.pin(f'<img class="it" src="/moon.jpg" style="{BOX};{style}">'))
    box_over(page.locator(".it"))


def test_a_carousel_shows_the_badges_of_the_slides_that_are_seen(page: Page, site: Press) -> None:
    slides = "".join(
        f'<img id="s{n}" src="/{name}" style="{BOX};flex:none">'
        for n, name in enumerate(["moon.jpg", "coffee.webp", "coins.png", "cat-640.jpg"])
    )
    page.goto(
        site.pin(
            '<div style="width:450px;overflow:hidden;margin:50px"><div id="track" '
            f'style="display:flex;transition:transform .3s">{slides}</div></div>'
        )
    )
    box_over(page.locator("#s0"))
    partly = box_over(page.locator("#s1"))
    assert partly["x"] + partly["width"] <= 500
    has_none(page.locator("#s2"))

    page.evaluate("track.style.transform = 'translateX(-600px)'")
    for slide in ("#s2", "#s3"):
        box_over(page.locator(slide))
    for slide in ("#s0", "#s1"):
        has_none(page.locator(slide))
    assert count(page) == 2


def test_a_picture_in_a_modal_dialog_has_a_badge_that_can_be_pressed(
    page: Page, site: Press
) -> None:
    page.goto(
        site.pin(
            f'<img id="under" src="/coffee.webp" style="{BOX}">'
            f'<dialog style="transform:translateX(30px)">{PICTURE}<button>Close</button></dialog>'
        )
    )
    box_over(page.locator("#under"))

    page.evaluate("document.querySelector('dialog').showModal()")
    assert box_over(page.locator(".it"))
    has_none(page.locator("#under"))
    assert page.locator(".it").evaluate(ON_TOP) == "candor-overlay"
    page.locator("candor-overlay button[data-state]:visible").click()
    expect(page.locator("candor-overlay .card")).to_be_visible()

    # One Escape for the card, another for the dialog.
    page.keyboard.press("Escape")
    assert page.evaluate("document.querySelector('dialog').open")
    page.keyboard.press("Escape")
    assert not page.evaluate("document.querySelector('dialog').open")
    box_over(page.locator("#under"))
    assert page.evaluate("document.querySelector('candor-overlay').parentNode.localName") == "html"


def test_a_picture_in_a_popover_has_a_badge_on_top(page: Page, site: Press) -> None:
    page.goto(
        site.pin(
            f'<div popover id="menu">{PICTURE}</div><button popovertarget="menu">Open</button>',
            "<style>::backdrop { background: rgb(0 0 0 / .6) }</style>",
        )
    )
    page.get_by_role("button", name="Open").click()

    box_over(page.locator(".it"))
    assert page.locator(".it").evaluate(ON_TOP) == "candor-overlay"
    dimmed = """() => getComputedStyle(
      document.querySelector('candor-overlay').shadowRoot.querySelector('.layer'), '::backdrop'
    ).backgroundColor"""
    assert page.evaluate(dimmed) == "rgba(0, 0, 0, 0)"


def test_a_picture_in_full_screen_has_a_badge_on_top(page: Page, site: Press) -> None:
    page.goto(site.pin(f'<div id="stage" style="background:#000">{PICTURE}</div>'))
    box_over(page.locator(".it"))

    page.evaluate("() => { onclick = () => stage.requestFullscreen(); }")
    page.mouse.click(600, 400)
    page.wait_for_function("() => document.fullscreenElement !== null")

    page.wait_for_function(f"() => ({ON_TOP})(document.querySelector('.it')) === 'candor-overlay'")
    page.evaluate("document.exitFullscreen()")


def test_in_a_right_to_left_page_the_badge_is_at_the_right(page: Page, site: Press) -> None:
    page.goto(site.pin(PICTURE + LONG, html='<html dir="rtl" lang="ar">'))

    badge = box_over(page.locator(".it"))
    picture = page.locator(".it").bounding_box()
    assert round(picture["x"] + picture["width"] - badge["x"] - badge["width"]) == 4


@pytest.mark.parametrize(
    "style",
    [
        "html { zoom: 1.5 }",
        "body { zoom: 2 }",
        "html { transform: translate(40px, 30px) }",
        "body { transform: scale(1.3); transform-origin: 0 0 }",
        "* { position: static; display: inline; width: 9px; transform: none; opacity: .2 }"
        f".it {{ {BOX}; opacity: 1 }} html, body {{ display: block; opacity: 1; width: auto }}",
    ],
)
def test_no_style_of_the_page_drives_a_badge_away(page: Page, site: Press, style: str) -> None:
    page.goto(site.pin(PICTURE, f"<style>{style}</style>"))
    x, y = offset(page)
    assert 3 <= x <= 9
    assert 3 <= y <= 9


def test_on_a_dense_screen_everything_holds(candor: Browser, page: Page, site: Press) -> None:
    session = candor.context.new_cdp_session(page)
    session.send(
        "Emulation.setDeviceMetricsOverride",
        {"width": 900, "height": 700, "deviceScaleFactor": 2, "mobile": False},
    )
    page.goto(site.pin(PICTURE))
    assert page.evaluate("devicePixelRatio") == 2
    assert offset(page) == (4, 4)


def test_presses_meant_for_the_page_reach_it_and_those_on_a_badge_do_not(
    page: Page, site: Press
) -> None:
    page.goto(site.pin(f'<a href="#followed">{PICTURE}</a>'))
    badge = box_over(page.locator(".it"))

    page.mouse.click(badge["x"] + 5, badge["y"] + 5)
    assert "#followed" not in page.url
    page.keyboard.press("Escape")

    page.mouse.click(badge["x"] + badge["width"] + 12, badge["y"] + 5)
    page.wait_for_url("**#followed")


def test_the_page_is_laid_out_as_without_badges(page: Page, site: Press, candor: Browser) -> None:
    last = "<style>body > :last-child, body:last-of-type { margin: 7px }</style>"
    address = site.pin(f"<p>Words</p>{PICTURE}<p>More</p>{LONG}", last)
    page.goto(address)
    box_over(page.locator(".it"))
    with_badges = page.evaluate(FROZEN)

    candor.switch_off(site.url)
    page.reload()
    without = page.evaluate(FROZEN)
    candor.switch_on(site.url)

    assert with_badges == without


# How libraries keep the focus in a dialog.
TRAPS = {
    "once it has heard of the new focus": """document.addEventListener('focusin', (event) => {
      if (!dialog.contains(event.target)) dialog.focus();
    });""",
    "before anything else has": """for (const type of ['focus', 'focusin']) {
      document.addEventListener(type, (event) => {
        if (!dialog.contains(event.target)) dialog.focus();
      }, true);
    }""",
    "as the focus leaves": """document.addEventListener('focusout', (event) => {
      if (event.relatedTarget && !dialog.contains(event.relatedTarget)) dialog.focus();
    });""",
}


@pytest.mark.parametrize("trap", TRAPS)
def test_a_note_can_be_typed_beside_a_dialog_that_keeps_the_focus(
    page: Page, site: Press, trap: str
) -> None:
    dialog = f'<div id="dialog" role="dialog" aria-modal="true" tabindex="-1">{PICTURE}</div>'
    page.goto(site.pin(f"{dialog}<button>Elsewhere</button><script>{TRAPS[trap]}</script>"))
    box_over(page.locator(".it"))
    page.locator("#dialog").focus()

    badge = page.locator("candor-overlay button[data-state]")
    badge.focus()
    expect(badge).to_be_focused()
    expect(badge).to_have_attribute("data-state", SETTLED)
    page.keyboard.press("Enter")
    page.get_by_text("Report as wrong").click()
    note = page.locator("candor-overlay textarea")
    note.click()
    page.keyboard.type("It moves.")

    expect(note).to_have_value("It moves.")
    page.locator("#dialog").focus()
    page.get_by_role("button", name="Elsewhere").focus()
    expect(page.locator("#dialog")).to_be_focused()


def test_the_keyboard_goes_through_badges_in_the_order_of_the_page(page: Page, site: Press) -> None:
    page.goto(
        site.pin(
            f'<div style="display:flex;gap:9px"><img id="a" src="/coffee.webp" alt="Coffee" '
            f'style="{BOX};order:1">{PICTURE}</div><button id="last">Last</button>'
        )
    )
    box_over(page.locator("#a"))
    box_over(page.locator(".it"))

    page.locator("#last").focus()
    focused = "document.querySelector('candor-overlay').shadowRoot.activeElement.ariaLabel"
    page.keyboard.press("Tab")
    assert "Coffee" in page.evaluate(focused)
    page.keyboard.press("Tab")
    assert "The moon" in page.evaluate(focused)

    page.keyboard.press("Enter")
    card = page.locator("candor-overlay .card")
    expect(card).to_be_visible()
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    assert "The moon" in page.evaluate(focused)


def test_a_frame_of_another_site_has_its_badges_too_and_so_has_one_that_comes_later(
    page: Page, site: Press
) -> None:
    inner = site.pin(PICTURE).replace("127.0.0.1", "localhost")
    page.goto(site.pin(f'<iframe width="400" height="300" src="{inner}"></iframe>'))
    box_over(page.frame_locator("iframe").locator(".it"))

    page.evaluate(
        """(src) => {
          const frame = document.createElement('iframe');
          frame.id = 'late';
          frame.width = 400;
          frame.height = 300;
          frame.src = src;
          document.body.append(frame);
        }""",
        inner,
    )
    box_over(page.frame_locator("#late").locator(".it"))


@pytest.mark.parametrize("zoom", [0.5, 1.5])
def test_zoomed_by_the_browser_a_badge_keeps_its_place(
    candor: Browser, page: Page, site: Press, zoom: float
) -> None:
    page.goto(site.pin(PICTURE))
    set_zoom = """async ([url, zoom]) => {
      const [tab] = (await chrome.tabs.query({})).filter((tab) => tab.url === url);
      await chrome.tabs.setZoom(tab.id, zoom);
    }"""
    candor.worker.evaluate(set_zoom, [page.url, zoom])
    page.wait_for_function("(zoom) => Math.abs(outerWidth / innerWidth - zoom) < .1", arg=zoom)
    x, y = offset(page)
    candor.worker.evaluate(set_zoom, [page.url, 1])
    assert abs(x - 4) <= 1
    assert abs(y - 4) <= 1
