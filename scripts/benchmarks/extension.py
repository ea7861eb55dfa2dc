"""`scripts/bench extension`: what the badges cost a page in Chromium, and how soon they are there.

Of the extension as the shops hand it out. One page of 500 places for one picture, opened without
Candor and with it: what its scripts take of the page's main thread, in all and in one task, layout
shift, frames while scrolling, memory. Another page of 30 pictures that nobody has checked before,
and the same once more.
"""

from __future__ import annotations

import io
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import Any

import click
import numpy as np
from PIL import Image

from benchmarks.report import write
from benchmarks.tracing import Spent, Trace

# The browser is driven as the tests drive it.
TESTS = Path(__file__).resolve().parents[2] / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "extension")]

MANY, FEW = 500, 30
ROUNDS = 3
SETTLED_MS = 3000
STARTED_MS = 300
LONGEST_WAIT_MS = 120_000
SLOWLY, FAST = 40, 200
"""Pixels a frame. Of what is scrolled past fast, nothing stays in view for a fifth of a second."""
FRAMES = 180
"""So many fast ones are most of the page."""

OBSERVED = """
window.shift = 0;
new PerformanceObserver((list) => {
  for (const {value} of list.getEntries()) shift += value;
}).observe({type: 'layout-shift', buffered: true});
"""

SCROLLED = """([pixels, count]) => new Promise((resolve) => {
  const frames = [];
  let last = performance.now();
  const step = () => {
    const now = performance.now();
    frames.push(now - last);
    last = now;
    scrollBy(0, pixels);
    if (frames.length < count) requestAnimationFrame(step);
    else resolve(frames.slice(1));
  };
  requestAnimationFrame(step);
})"""

IN_PLACE = """() => {
  const root = document.querySelector('candor-overlay')?.shadowRoot;
  return root?.querySelector('[data-state]:not([hidden])') != null;
}"""

BADGED = """(all) => {
  const root = document.querySelector('candor-overlay')?.shadowRoot;
  const badges = [...root?.querySelectorAll('[data-state]') ?? []];
  const told = badges.filter(({dataset}) => ['real', 'fake', 'uncertain'].includes(dataset.state));
  return told.length >= all ? performance.now() : false;
}"""


def drawn(seed: int, width: int, height: int) -> bytes:
    """A picture that no other seed gives, with as much detail as a photograph, as a JPEG."""
    noise = np.random.default_rng(seed).integers(0, 256, (12, 16, 3), np.uint8)
    body = io.BytesIO()
    Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC).save(body, "JPEG")
    return body.getvalue()


@contextmanager
def pages(seed: int) -> Iterator[str]:
    """The address of three pages, whose pictures differ from those of any other seed.

    `/many` shows one picture at `MANY` addresses, `/some` at `FEW`, and `/few` so many pictures.
    """
    # Before anybody asks: a site does not draw its pictures on its reader's cores.
    small = drawn(seed, 320, 240)
    others = [drawn(seed * 1000 + number + 1, 640, 480) for number in range(FEW)]

    def document(count: int, width: int) -> bytes:
        pictures = "".join(
            f'<img src="/{width}/{number}.jpg" width="{width}" height="{width * 3 // 4}">'
            for number in range(count)
        )
        return f"<!doctype html><title>Pictures</title>{pictures}".encode()

    documents = {
        "/many": document(MANY, 320),
        "/some": document(FEW, 320),
        "/few": document(FEW, 160),
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path in documents:
                kind, body = "text/html", documents[self.path]
            elif self.path.startswith("/320/"):
                kind, body = "image/jpeg", small
            else:
                number = int("".join(filter(str.isdigit, self.path.split("/")[-1])) or 0)
                kind, body = "image/jpeg", others[number % FEW]
            # A page that is left wants no more of its pictures.
            with suppress(ConnectionError):
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                if kind == "image/jpeg":
                    # As most sites say of their pictures.
                    self.send_header("Cache-Control", "max-age=3600")
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()


def visit(page: Any, url: str) -> dict[str, Any]:
    """Open the page of many pictures, let it settle, scroll it."""
    trace = Trace(page)
    trace.start()
    page.goto(f"{url}/many", wait_until="load")
    page.wait_for_timeout(SETTLED_MS)
    spent = trace.stop()
    many = heap(page)
    shift = page.evaluate("shift")
    slowly, fast = (scrolled(page, pixels) for pixels in (SLOWLY, FAST))
    page.goto(f"{url}/some", wait_until="load")
    page.wait_for_timeout(SETTLED_MS)
    return {
        "script": spent.running,
        "longest": spent.longest,
        "shift": shift,
        "slowly": slowly,
        "fast": fast,
        "heap": many,
        "more": (many - heap(page)) / (MANY - FEW),
    }


def scrolled(page: Any, pixels: int) -> float:
    """The 95th percentile of milliseconds a frame, scrolling from the top by so much in each."""
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(STARTED_MS)
    frames = sorted(page.evaluate(SCROLLED, [pixels, FRAMES]))
    p95: float = frames[int(len(frames) * 0.95)]
    return p95


def heap(page: Any) -> int:
    """Bytes of JavaScript in the page's process, ours included, of which nothing is garbage."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used: int = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return used


def start(chromium: Any, url: str) -> Spent:
    """What it takes to badge the page of many pictures, which is open already."""
    chromium.page.goto(f"{url}/many", wait_until="load")
    trace = Trace(chromium.page)
    trace.start()
    chromium.switch_on(url)
    chromium.page.wait_for_function(IN_PLACE, polling=50)
    chromium.page.wait_for_timeout(STARTED_MS)
    return trace.stop()


def badge_times(page: Any, url: str) -> tuple[float, float]:
    """Seconds from the start of the navigation to the first badge with a verdict, and to all."""
    page.goto(f"{url}/few")
    first, last = (
        page.wait_for_function(BADGED, arg=count, polling=20).json_value() for count in (1, FEW)
    )
    return first / 1000, last / 1000


@click.command()
@click.option("--folder", is_flag=True, help="Of the folder as it is, not as shops hand it out.")
def extension(folder: bool) -> None:
    """What the badges cost a page, and how soon they are there."""
    from archives import EXTENSION, joined

    from driver import browser
    from service import running_service

    costs: dict[bool, list[dict[str, Any]]] = {False: [], True: []}
    times: list[tuple[str, float, float]] = []
    with tempfile.TemporaryDirectory() as room:
        measured = EXTENSION if folder else joined(Path(room) / "joined")
        for turn in range(ROUNDS):
            place = Path(room) / str(turn)
            (place / "service").mkdir(parents=True)
            with (
                pages(turn) as url,
                running_service(place / "service") as service,
                browser(place, extension=measured) as chromium,
            ):
                page = chromium.page
                page.set_viewport_size({"width": 1280, "height": 900})
                page.add_init_script(OBSERVED)
                page.set_default_timeout(LONGEST_WAIT_MS)
                chromium.use(service)
                costs[False].append(visit(page, url))
                started = start(chromium, url)
                begun = {"start": started.running, "modules": started.modules}
                costs[True].append({**visit(page, url), **begun})
                times.append(("fresh", *badge_times(page, url)))
                times.append(("known to the browser", *badge_times(page, url)))
                chromium.worker.evaluate("() => chrome.storage.session.clear()")
                chromium.end_worker()
                times.append(("known to the service", *badge_times(page, url)))
    write("extension", [_costs(costs), _times(times)])


def _costs(costs: dict[bool, list[dict[str, Any]]]) -> tuple[str, list[str], list[list[object]]]:
    rows: list[list[object]] = []
    for name, key, scale in (
        ("our scripts: start-up in an open page, ms", "start", 1),
        ("of their modules besides, taken over compiled, ms", "modules", 1),
        ("while it loads and for 3 s after, ms", "script", 1),
        ("the most of it in one task, ms", "longest", 1),
        ("layout shift", "shift", 1),
        (f"scrolling by {SLOWLY} pixels a frame, p95 of frames, ms", "slowly", 1),
        (f"scrolling by {FAST} pixels a frame, p95 of frames, ms", "fast", 1),
        ("JavaScript heap, kB", "heap", 1e-3),
    ):
        rows.append(
            [
                name,
                *(median(one.get(key, 0.0) for one in costs[on]) * scale for on in (False, True)),
            ]
        )
    heaps = {on: median(one["heap"] for one in costs[on]) for on in (False, True)}
    shared = (heaps[True] - heaps[False]) / MANY / 1e3
    rows.append(["of it ours, shared out among all, kB a picture", None, shared])
    more = [median(one["more"] for one in costs[on]) / 1e3 for on in (False, True)]
    rows.append([f"one picture more than {FEW}, kB", *more])
    title = f"A page of {MANY} pictures, median of {ROUNDS} visits"
    return title, ["measure", "without Candor", "with Candor"], rows


def _times(times: list[tuple[str, float, float]]) -> tuple[str, list[str], list[list[object]]]:
    kinds = list(dict.fromkeys(kind for kind, _, _ in times))
    rows: list[list[object]] = [
        [
            kind,
            median(first for one, first, _ in times if one == kind),
            median(last for one, _, last in times if one == kind),
        ]
        for kind in kinds
    ]
    title = f"A page of {FEW} pictures in view, median of {ROUNDS} visits, seconds"
    return title, ["pictures", "first badge", "all badges"], rows
