"""A picture that changes behind its address, as that of a camera in the street does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from driver import Browser, browser
from newspaper import Press, encoded, photograph
from stand_in import StandIn, stand_in

pytestmark = pytest.mark.browser

PATIENCE_MS = 20_000
BEFORE, AFTER = (
    encoded(photograph(name, 300), "PNG")
    for name in ("motorcycle_left.png", "motorcycle_right.png")
)

SAYS = """(state) => document.querySelector('candor-overlay')?.shadowRoot
  .querySelector(`button[data-state="${state}"]`) != null"""

# Of the page's own picture, which both have in another colour.
SHOWN = """() => {
  const canvas = new OffscreenCanvas(8, 8);
  const context = canvas.getContext('2d');
  context.drawImage(document.querySelector('img'), 0, 0, 8, 8);
  return context.getImageData(0, 0, 8, 8).data.join();
}"""


@pytest.fixture(scope="module")
def service() -> Iterator[StandIn]:
    with stand_in() as answering:
        answering.labels = {BEFORE: "fake", AFTER: "real"}
        yield answering


@pytest.fixture(scope="module")
def candor(
    tmp_path_factory: pytest.TempPathFactory, service: StandIn, site: Press
) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser")) as running:
        running.use(service.url)
        running.switch_on(site.url)
        yield running


def opened(candor: Browser, site: Press, name: str) -> str:
    """A page with a picture that was judged before it changed; which is what it shows."""
    site.printed[f"/{name}.png"] = ("image/png", BEFORE)
    candor.page.goto(site.pin(f'<img src="/{name}.png" width="300" height="200">'))
    candor.page.wait_for_function(SAYS, arg="fake", timeout=PATIENCE_MS)
    site.printed[f"/{name}.png"] = ("image/png", AFTER)
    return candor.page.evaluate(SHOWN)


@pytest.mark.parametrize("caching", ["", "must-revalidate", "max-age=1", "no-cache"])
def test_a_picture_that_changed_is_judged_as_it_is_now(
    candor: Browser, site: Press, caching: str
) -> None:
    name = f"camera-{caching}"
    if caching:
        site.caching[f"/{name}.png"] = caching
    shown = opened(candor, site, name)
    candor.page.wait_for_timeout(1500)

    candor.page.reload()

    candor.page.wait_for_function(SAYS, arg="real", timeout=PATIENCE_MS)
    assert candor.page.evaluate(SHOWN) != shown


def test_a_picture_that_the_browser_may_keep_is_judged_as_the_page_shows_it(
    candor: Browser, site: Press
) -> None:
    site.caching["/kept.png"] = "max-age=600"
    shown = opened(candor, site, "kept")
    asked = site.asked.count("/kept.png")

    candor.page.reload()

    candor.page.wait_for_function(SAYS, arg="fake", timeout=PATIENCE_MS)
    assert candor.page.evaluate(SHOWN) == shown
    assert site.asked.count("/kept.png") == asked


def test_bytes_that_are_known_are_not_sent_again(
    candor: Browser, service: StandIn, site: Press
) -> None:
    opened(candor, site, "the-same")
    site.printed["/the-same.png"] = ("image/png", BEFORE)
    sent = service.times_sent(BEFORE)

    candor.page.reload()

    candor.page.wait_for_function(SAYS, arg="fake", timeout=PATIENCE_MS)
    assert service.times_sent(BEFORE) == sent
