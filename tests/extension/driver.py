"""Chromium with Candor in it, and what a person does with the two.

A press on "allow" cannot be made without a screen, so the manifest of the copy that is started
already holds what that press would grant, or no more than there is when it is installed.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page, Worker, sync_playwright

from browsers import FLAGS, chromium
from looking import copy_to_see

EXTENSION = Path(__file__).resolve().parents[2] / "extension"

REGISTERED = """async (wanted) => {
  for (let turn = 0; turn < 100; turn += 1) {
    const scripts = await chrome.scripting.getRegisteredContentScripts();
    if ((scripts.length > 0) === wanted) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('The worker did not follow the setting.');
}"""

# A page tells at most four times a second, and a question of the worker's own comes between.
TOOLBAR = """async ([url, wanted]) => {
  const [tab] = await chrome.tabs.query({url});
  let text;
  for (let turn = 0; turn < 100; turn += 1) {
    text = await chrome.action.getBadgeText({tabId: tab.id});
    if (text === wanted) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return text;
}"""


@dataclass(frozen=True)
class Browser:
    """A running Chromium, the worker of Candor in it, and a page to look at."""

    context: BrowserContext
    worker: Worker
    page: Page

    @property
    def origin(self) -> str:
        """Where the extension's own pages are."""
        return self.worker.url.removesuffix("/worker/main.js")

    def use(self, service: str) -> None:
        """Enter the service's address."""
        self.worker.evaluate("(service) => chrome.storage.local.set({service})", service)

    def switch_on(self, origin: str) -> None:
        """Switch a site on, and wait until its pages are watched."""
        self.worker.evaluate("(key) => chrome.storage.local.set({[key]: true})", f"site:{origin}")
        self.worker.evaluate(REGISTERED, True)

    def switch_off(self, origin: str) -> None:
        """Switch a site off, and wait until new pages of it are let alone."""
        self.worker.evaluate("(key) => chrome.storage.local.remove(key)", f"site:{origin}")
        self.worker.evaluate(REGISTERED, False)

    def end_worker(self) -> None:
        """End the worker, as the browser does when it idles; `worker` is of no use after this."""
        # Only a page of the extension sees the workers of the extension.
        page = self.context.new_page()
        page.goto(f"{self.origin}/manifest.json")
        session = self.context.new_cdp_session(page)
        states: list[str] = []
        session.on(
            "ServiceWorker.workerVersionUpdated",
            lambda event: states.extend(worker["runningStatus"] for worker in event["versions"]),
        )
        session.send("ServiceWorker.enable")
        session.send("ServiceWorker.stopAllWorkers")
        while "stopped" not in states:
            page.wait_for_timeout(20)
        page.close()

    def press_button(self) -> None:
        """Press Candor's button in the toolbar, over the page in front, which opens the popup."""
        session = self.context.browser.new_browser_cdp_session()
        wanted = {"filter": [{"type": "tab"}]}
        tabs = session.send("Target.getTargets", wanted)["targetInfos"]
        [front] = [tab for tab in tabs if tab["embedderData"]["tabActive"]]
        press = {"id": urlsplit(self.origin).netloc, "targetId": front["targetId"]}
        session.send("Extensions.triggerAction", press)
        session.detach()

    def toolbar(self, page: Page, wanted: str) -> str:
        """What the toolbar's button says of a page: what is wanted, or else where it stays."""
        told: str = self.worker.evaluate(TOOLBAR, [page.url, wanted])
        return told

    def open_popup(self, over: Page) -> Page:
        """The popup, in a tab of its own, as it would look when opened over a page."""
        tab = self.worker.evaluate(
            "async (url) => (await chrome.tabs.query({})).find((tab) => tab.url === url)", over.url
        )
        popup = self.context.new_page()
        popup.set_viewport_size({"width": 340, "height": 460})
        popup.add_init_script(f"chrome.tabs.query = async () => [{json.dumps(tab)}];")
        popup.goto(f"{self.origin}/popup.html")
        return popup

    def open_options(self) -> Page:
        """The settings, in a tab of their own."""
        options = self.context.new_page()
        options.goto(f"{self.origin}/options.html")
        return options


def copy_with_access(target: Path, extension: Path = EXTENSION, *, closed: bool = False) -> Path:
    """A copy of the extension to which access to all sites is granted already."""
    copy = shutil.copytree if closed else copy_to_see
    copy(extension, target)
    manifest = target / "manifest.json"
    granted = json.loads(manifest.read_text(encoding="utf-8"))
    granted["host_permissions"] = granted.pop("optional_host_permissions")
    manifest.write_text(json.dumps(granted), encoding="utf-8")
    return target


@contextmanager
def browser(
    folder: Path,
    *,
    granted: bool = True,
    closed: bool = False,
    extension: Path = EXTENSION,
    keeps_pages: bool = False,
) -> Iterator[Browser]:
    """Start Chromium with Candor; `folder` holds its profile and the copy of the extension.

    Where Candor is `closed`, what it shows on a page is hidden from tests, as it is from pages.
    Where the browser `keeps_pages`, those that are left are put aside and come back as they were.
    """
    if granted:
        extension = copy_with_access(folder / "extension", extension, closed=closed)
    else:
        extension = copy_to_see(extension, folder / "extension")
    loading = [f"--disable-extensions-except={extension}", f"--load-extension={extension}"]
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            folder / "profile",
            executable_path=chromium(),
            headless=True,
            ignore_default_args=["--disable-back-forward-cache"] if keeps_pages else None,
            args=[*FLAGS, *loading, "--enable-unsafe-extension-debugging"],
            viewport={"width": 1280, "height": 900},
        )
        workers = context.service_workers
        worker = workers[0] if workers else context.wait_for_event("serviceworker")
        yield Browser(context, worker, context.pages[0])
        context.close()
