"""The archives for the shops: what they hold, and that it runs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest
from playwright.sync_api import expect

from driver import browser
from firefox import running_firefox
from newspaper import Press, wall

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from archives import COMPILE_WHOLE, EXTENSION, joined, write  # noqa: E402

pytestmark = pytest.mark.skipif(
    "CI" not in os.environ and not (ROOT / "node_modules" / ".bin" / "esbuild").exists(),
    reason="It joins modules with esbuild: npm ci",
)
MODULES = ("page", "worker")
SETTLED = """() => {
  const root = document.querySelector('candor-overlay')?.shadowRoot;
  return /^(real|fake|uncertain)$/.test(root?.querySelector('button[data-state]')?.dataset.state);
}"""


@pytest.fixture(scope="module")
def site() -> Iterator[Press]:
    with wall() as press:
        yield press


@pytest.fixture(scope="module")
def handed_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return joined(tmp_path_factory.mktemp("joined") / "extension")


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", ["chromium", "firefox"])
def test_an_archive_holds_what_is_handed_out_and_the_same_bytes_each_time(
    name: str, handed_out: Path, tmp_path: Path
) -> None:
    archive = write(name, tmp_path / "one")

    with ZipFile(archive) as pack:
        assert set(pack.namelist()) == files(handed_out)
        assert pack.testzip() is None
    assert archive.read_bytes() == write(name, tmp_path / "other").read_bytes()


def test_all_but_modules_is_handed_out_as_it_is(handed_out: Path) -> None:
    kept = {name for name in files(EXTENSION) if name.split("/")[0] not in MODULES}

    assert kept < files(handed_out)
    for name in kept | {"page/start.js"}:
        assert (handed_out / name).read_bytes() == (EXTENSION / name).read_bytes()


def test_a_page_and_the_worker_fetch_few_files(handed_out: Path) -> None:
    assert files(handed_out / "worker") == {"main.js"}
    pages = list((handed_out / "page").glob("*.js"))
    assert len(pages) < 10
    joint = [path for path in pages if path.name != "start.js"]
    assert all(path.read_text().startswith(COMPILE_WHOLE) for path in joint)


def test_each_browser_gets_the_background_that_it_runs(tmp_path: Path) -> None:
    backgrounds = {}
    for name in ("chromium", "firefox"):
        with ZipFile(write(name, tmp_path)) as pack:
            backgrounds[name] = json.loads(pack.read("manifest.json"))["background"]

    assert backgrounds["chromium"] == {"service_worker": "worker/main.js", "type": "module"}
    assert backgrounds["firefox"] == {"scripts": ["worker/main.js"], "type": "module"}


@pytest.mark.browser
def test_what_is_handed_out_badges_and_explains_in_chromium(
    handed_out: Path, service: str, site: Press, tmp_path: Path
) -> None:
    with browser(tmp_path, extension=handed_out) as candor:
        candor.use(service)
        candor.switch_on(site.url)
        candor.page.goto(site.pin('<img class="it" src="/moon.jpg" width="300" height="220">'))
        candor.page.wait_for_function(SETTLED)
        candor.page.locator("candor-overlay button[data-state]").click()

        expect(candor.page.locator("candor-overlay .card")).to_be_visible()


@pytest.mark.firefox
def test_what_is_handed_out_badges_in_firefox(
    handed_out: Path, service: str, site: Press, tmp_path: Path
) -> None:
    with running_firefox(tmp_path, handed_out) as candor:
        candor.store({"service": service})
        candor.tab.goto(site.pin('<img class="it" src="/moon.jpg" width="300" height="220">'))
        candor.press_button()
        candor.close_popup()
        popup = candor.open_popup(candor.tab)
        popup.wait("() => !document.querySelector('#check-page').disabled")

        popup.call("() => document.querySelector('#check-page').click()")

        candor.tab.wait(SETTLED)
