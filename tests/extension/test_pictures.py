"""Every way in which a page shows a picture gets a badge; what is no picture gets none."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from looking import box_over, count, has_none
from newspaper import Press

pytestmark = pytest.mark.browser

BOX = "display:block;width:300px;height:200px"

SHADOW = """
<div id="host"></div>
<script>
  const root = document.querySelector('#host').attachShadow({{mode: '{mode}'}});
  const picture = new Image(300, 200);
  picture.src = '/coffee.webp';
  root.append(picture);
  window.bearer = picture;
</script>"""

WAYS = {
    "img": f'<img class="it" src="/coffee.webp" style="{BOX}">',
    "srcset": f'<img class="it" srcset="/cat-320.jpg 320w, /cat-640.jpg 640w" style="{BOX}">',
    "picture": f'<picture><source srcset="/rocket.webp"><img class="it" style="{BOX}"></picture>',
    "lazy": f'<img class="it" loading="lazy" src="/moon.jpg" style="{BOX}">',
    "background": f'<div class="it" style="{BOX};background:url(/coffee.webp) center/cover"></div>',
    "background under a gradient": (
        f'<div class="it" style="{BOX};background:linear-gradient(#0000,#000a),'
        'url(/coffee.webp) 0/cover">Words over it</div>'
    ),
    "SVG image": (
        '<svg class="out" width="300" height="200">'
        '<image class="it" href="/coffee.webp" width="300" height="200"/></svg>'
    ),
    "poster": f'<video class="it" poster="/coffee.webp" style="{BOX}"></video>',
    "button": f'<input class="it" type="image" src="/coffee.webp" style="{BOX}">',
    "custom element": (
        "<a-card></a-card><script>customElements.define('a-card', class extends HTMLElement {"
        "connectedCallback() { const root = this.attachShadow({mode: 'closed'});"
        "const box = document.createElement('div'); const picture = new Image(300, 200);"
        "picture.src = '/coffee.webp'; box.append(picture); root.append(box);"
        "window.bearer = picture; } })</script>"
    ),
    "blob": (
        f'<img id="blob" class="it" style="{BOX}"><script>fetch("/coffee.webp")'
        ".then((response) => response.blob())"
        ".then((blob) => { document.querySelector('#blob').src = URL.createObjectURL(blob); })"
        "</script>"
    ),
    "open shadow root": SHADOW.format(mode="open"),
    "closed shadow root": SHADOW.format(mode="closed"),
}

NOT = {
    "icon": '<img src="/icon.png" width="40" height="40">',
    "broken picture": f'<img src="/broken.png" style="{BOX}">',
    "gradient": f'<div style="{BOX};background:linear-gradient(red,blue)"></div>',
    "icon as background": f'<div style="{BOX};background:url(/icon.png) no-repeat"></div>',
    "picture without opacity": f'<img src="/coffee.webp" style="{BOX};opacity:0">',
    "hidden picture": f'<img src="/coffee.webp" style="{BOX};visibility:hidden">',
}


@pytest.mark.parametrize("way", WAYS)
def test_a_picture_gets_a_badge_however_it_is_shown(page: Page, site: Press, way: str) -> None:
    page.goto(site.pin(WAYS[way]))

    bearer = page.evaluate_handle(
        "() => window.bearer ?? document.querySelector('.it')"
    ).as_element()
    box_over(bearer)


@pytest.mark.parametrize("what", NOT)
def test_what_is_no_picture_to_a_person_gets_none(page: Page, site: Press, what: str) -> None:
    page.goto(site.pin(f'{NOT[what]}<img class="it" src="/moon.jpg" style="{BOX}">'))

    box_over(page.locator(".it"))
    page.wait_for_timeout(400)

    assert count(page) == 1


def test_a_shadow_root_that_comes_late_is_looked_into(page: Page, site: Press) -> None:
    page.goto(site.pin(f'<img class="it" src="/moon.jpg" style="{BOX}"><late-card></late-card>'))
    box_over(page.locator(".it"))

    bearer = page.evaluate_handle(
        """() => {
          const root = document.querySelector('late-card').attachShadow({mode: 'closed'});
          const picture = new Image(300, 200);
          picture.src = '/coffee.webp';
          root.append(picture);
          return picture;
        }"""
    ).as_element()

    box_over(bearer)


def test_a_background_that_a_class_further_up_brings_is_found(page: Page, site: Press) -> None:
    style = f"<style>.hero {{ {BOX} }} .on .hero {{ background: url(/moon.jpg) 0/cover }}</style>"
    page.goto(site.pin('<div class="hero it"></div>', style))
    page.wait_for_timeout(300)
    assert count(page) == 0

    page.evaluate("document.body.className = 'on'")
    box_over(page.locator(".it"))

    page.evaluate("document.body.className = ''")
    has_none(page.locator(".it"))


def test_the_badge_of_a_poster_goes_when_the_video_moves(page: Page, site: Press) -> None:
    page.goto(site.pin(WAYS["poster"]))
    video = page.locator(".it")
    box_over(video)

    video.evaluate(
        """(video) => {
          const canvas = document.createElement('canvas');
          canvas.getContext('2d');
          video.srcObject = canvas.captureStream(5);
          video.muted = true;
          video.play();
        }"""
    )

    has_none(video)


def test_a_page_that_swaps_its_content_takes_the_badges_along(page: Page, site: Press) -> None:
    page.goto(site.pin(f'<main><img class="it" src="/moon.jpg" style="{BOX}"></main>'))
    box_over(page.locator(".it"))

    page.evaluate(
        """(box) => {
          history.pushState(null, '', '/elsewhere');
          const picture = document.createElement('img');
          picture.className = 'it';
          picture.style.cssText = box;
          picture.src = '/coffee.webp';
          document.querySelector('main').replaceChildren('A story', picture);
        }""",
        BOX,
    )
    box_over(page.locator(".it"))
    assert count(page) == 1

    page.evaluate("document.body.replaceWith(document.createElement('body'))")
    expect(page.locator("candor-overlay button[data-state]")).to_have_count(0)


def test_an_endless_page_gets_badges_as_it_grows(page: Page, site: Press) -> None:
    page.goto(
        site.pin(
            f"""<div id="feed"></div>
            <script>
              let made = 0;
              const grow = () => {{
                if (made >= 40 || scrollY + innerHeight < feed.offsetHeight - 300) return;
                for (let i = 0; i < 10; i += 1) {{
                  const picture = document.createElement('img');
                  picture.style.cssText = '{BOX};margin-bottom:9px';
                  picture.src = ['/moon.jpg', '/coffee.webp', '/coins.png'][made % 3];
                  picture.id = `p${{made}}`;
                  feed.append(picture);
                  made += 1;
                }}
              }};
              addEventListener('scroll', grow);
              grow();
            </script>"""
        )
    )
    for number in (0, 9, 19, 29, 39):
        page.locator(f"#p{number}").scroll_into_view_if_needed()
        box_over(page.locator(f"#p{number}"))


def test_a_thousand_pictures_at_once_do_not_hold_the_page_up(page: Page, site: Press) -> None:
    page.goto(site.pin(f'<img class="it" src="/moon.jpg" style="{BOX}"><div id="many"></div>'))
    box_over(page.locator(".it"))

    page.evaluate(
        """() => {
          for (let i = 0; i < 1200; i += 1) {
            const picture = new Image(100, 100);
            picture.src = '/grass.jpg';
            picture.id = `m${i}`;
            many.append(picture);
          }
        }"""
    )

    last = page.locator("#m1199")
    last.scroll_into_view_if_needed()
    box_over(last)
    # Only what is near the view has one at all.
    assert page.locator("candor-overlay button[data-state]").count() < 400
