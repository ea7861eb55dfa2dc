"""What our scripts take of a page's main thread, read from a trace of Chromium."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MAIN_THREAD = "CrRendererMain"
TASK = "RunTask"
MICROTASKS = "RunMicrotasks"
COMPILING = "v8.streamingCompile"
CATEGORIES = [
    "devtools.timeline",
    "disabled-by-default-devtools.timeline",
    "disabled-by-default-v8.compile",
    "v8.execute",
]
WORLD = "Candor"
"""In which the browser runs our scripts, by our name."""


@dataclass(frozen=True)
class Spent:
    """Milliseconds of a processor on the page's main thread, which our scripts took.

    Time in which the thread had to wait for other work of the machine does not count.

    Attributes:
        running: In all.
        longest: The most of that in one task.
        modules: To take over what was fetched and compiled beside the page.
    """

    running: float
    longest: float
    modules: float


class Trace:
    """What the main threads of all pages did between `start` and `stop`."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self._session = page.context.browser.new_browser_cdp_session()
        self._events: list[dict[str, Any]] = []
        self._done = False

    def start(self) -> None:
        self._session.on("Tracing.dataCollected", lambda told: self._events.extend(told["value"]))
        self._session.on("Tracing.tracingComplete", lambda _: setattr(self, "_done", True))
        self._session.send("Tracing.start", {"traceConfig": {"includedCategories": CATEGORIES}})

    def stop(self) -> Spent:
        """What our scripts took.

        What goes on after an await has no address in a trace, but the pages have no scripts of
        their own.
        """
        self._session.send("Tracing.end")
        while not self._done:
            self._page.wait_for_timeout(20)
        self._session.detach()
        main = {
            (event["pid"], event["tid"])
            for event in self._events
            if event["name"] == "thread_name" and event["args"]["name"] == MAIN_THREAD
        }
        timed = [
            event
            for event in self._events
            if event.get("ph") == "X" and "tdur" in event and (event["pid"], event["tid"]) in main
        ]
        own = list(_outermost(sorted((event for event in timed if _is_own(event)), key=_begin)))
        compiling = [event for event in own if event["name"].startswith(COMPILING)]
        own = [event for event in own if not event["name"].startswith(COMPILING)]
        tasks = sorted((event for event in timed if event["name"] == TASK), key=_begin)
        in_tasks = [0.0] * (len(tasks) + 1)
        begins = [_begin(task) for task in tasks]
        for event in own:
            in_tasks[bisect_right(begins, _begin(event)) - 1] += event["tdur"]
        return Spent(_milliseconds(own), max(in_tasks) / 1000, _milliseconds(compiling))


def _is_own(event: dict[str, Any]) -> bool:
    told = event.get("args", {})
    url = str((told.get("data") or {}).get("url", ""))
    return (
        url.startswith("chrome-extension://")
        or told.get("worldName") == WORLD
        or event["name"] == MICROTASKS
    )


def _milliseconds(events: list[dict[str, Any]]) -> float:
    return float(sum(event["tdur"] for event in events)) / 1000


def _begin(event: dict[str, Any]) -> tuple[int, int, float, float]:
    return event["pid"], event["tid"], event["ts"], -event["dur"]


def _outermost(own: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Those that lie in no other."""
    thread, until = None, 0.0
    for event in own:
        if (event["pid"], event["tid"]) != thread or event["ts"] >= until:
            thread, until = (event["pid"], event["tid"]), event["ts"] + event["dur"]
            yield event
