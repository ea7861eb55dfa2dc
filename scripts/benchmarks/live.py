"""`scripts/bench live`: how many frames a second of a playing video are checked, in Chromium.

The camera on the service's own page, a video watched with the extension, and one whose frames its
site keeps from being read, so that the browser's picture of the tab is cut. Browser, video decoder
and service share the machine, as they do where somebody watches. Frames are counted by the service.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import av
import click
import numpy as np
from PIL import Image

from benchmarks.report import write

# The browser is driven as the tests drive it.
TESTS = Path(__file__).resolve().parents[2] / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "extension")]

WIDTH, HEIGHT, RATE = 1280, 720, 25
FILM_S = 12
WARM_UP_S, COUNTED_S = 8.0, 20.0
ANSWER_MS = 120_000
CHOOSE = """async ([url, srcUrl]) => {
  const [tab] = await chrome.tabs.query({url});
  chrome.contextMenus.onClicked.dispatch({menuItemId: 'video', frameId: 0, srcUrl}, tab);
}"""


def film(target: Path, codec: str) -> Path:
    """A portrait in a wide picture that moves a little, for the browser or for its camera."""
    from newspaper import photograph

    whole = Image.new("RGB", (WIDTH, HEIGHT), "#8a8f86")
    whole.paste(photograph("astronaut.png", 512), (300, 100))
    still = np.asarray(whole)
    with av.open(str(target), "w") as out:
        stream = out.add_stream(codec, rate=RATE)
        stream.width, stream.height = WIDTH, HEIGHT
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        if codec != "mjpeg":
            stream.options = {"deadline": "realtime", "cpu-used": "8"}
        for number in range(FILM_S * RATE):
            pixels = np.ascontiguousarray(np.roll(still, number % 9, 1))
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return target


def counted(service: str, page: Any) -> float:
    """Frames a second by the service's own count, once it runs evenly."""
    from counting import checks_of

    page.wait_for_timeout(1000 * WARM_UP_S)
    before, began = checks_of(service), time.perf_counter()
    page.wait_for_timeout(1000 * COUNTED_S)
    return (checks_of(service) - before) / (time.perf_counter() - began)


def camera(folder: Path, service: str) -> tuple[float, str]:
    """The page's camera mode, with Chromium's camera made of a file."""
    from playwright.sync_api import sync_playwright

    from browsers import FLAGS, chromium

    flags = [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film(folder / 'camera.mjpeg', 'mjpeg')}",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=[*FLAGS, *flags])
        page = browser.new_page()
        page.goto(service)
        page.get_by_role("button", name="Use the camera").click()
        page.locator("rect.face").wait_for(timeout=ANSWER_MS)
        rate = counted(service, page)
        told = page.locator("#live .quiet").inner_text()
        browser.close()
    return rate, told


def watched(folder: Path, service: str, *, own: bool) -> tuple[float, str]:
    """A video of the page's own site, or of another that keeps its frames, with the extension."""
    from driver import browser

    content = film(folder / f"film-{own}.webm", "libvpx").read_bytes()
    with sites(content) as (here, there), browser(folder / f"browser-{own}") as chromium:
        chromium.use(service)
        source = f"{here if own else there}/film.webm"
        page = chromium.page
        page.goto(f"{here}/?{source}")
        page.wait_for_function("() => document.querySelector('video').currentTime > 0")
        chromium.worker.evaluate(CHOOSE, [page.url, source])
        panel = page.locator("candor-overlay .live")
        if not own:
            panel.get_by_role("button", name="Look at the screen").click(timeout=ANSWER_MS)
        panel.locator(".chance").wait_for(timeout=ANSWER_MS)
        rate = counted(service, page)
        return rate, panel.locator("p.quiet").inner_text()


@contextmanager
def sites(content: bytes) -> Iterator[tuple[str, str]]:
    """Two sites that have the film; a page shows the one that its query names."""
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_film = self.path.startswith("/film")
            source = self.path.partition("?")[2]
            video = f'<video src="{source}" muted autoplay loop width="960">'
            page = f"<!doctype html><title>.</title>{video}"
            body = content if is_film else page.encode()
            self.send_response(200)
            self.send_header("Content-Type", "video/webm" if is_film else "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Handler) for _ in range(2)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    here, there = [f"http://127.0.0.1:{server.server_address[1]}" for server in servers]
    try:
        yield here, there
    finally:
        for server in servers:
            server.shutdown()


KINDS: dict[str, Callable[[Path, str], tuple[float, str]]] = {
    "camera on the page": camera,
    "video with the extension": partial(watched, own=True),
    "the same, read off the screen": partial(watched, own=False),
}


@click.command()
def live() -> None:
    """Measure how many frames a second of a playing video are checked."""
    from service import running_service

    rows: list[list[object]] = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with running_service(folder) as service:
            for kind, measure in KINDS.items():
                rate, told = measure(folder, service)
                rows.append([kind, rate, told])
                click.echo(f"{kind}: {rate:.2f}", err=True)
    title = f"A video of {WIDTH} x {HEIGHT} at {RATE} frames a second, counted for {COUNTED_S:g} s"
    write("live", [(title, ["what", "frames a second checked", "and told"], rows)])
