"""Firefox with Candor in it, and what a person does with the two.

Firefox lets its own window be driven too, so a press on the toolbar, the menu of a picture and the
question for access are the real ones here, and the extension is the folder as it is shipped, but
that tests can look into its badges.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bidi import Session, Tab, Window, session
from browsers import firefox
from looking import copy_to_see

EXTENSION = Path(__file__).resolve().parents[2] / "extension"
ID = "candor@candor.invalid"
WIDGET = "candor_candor_invalid"
LISTENING = re.compile(r"BiDi listening on (ws://\S+)")
START_S = 60
GRACE_S = 20

# A profile that asks nothing at its first start and calls nobody.
PREFERENCES = {
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.getAddons.cache.enabled": False,
    "network.captive-portal-service.enabled": False,
    "security.notification_enable_delay": 0,
    "services.settings.server": "data:,",
    "toolkit.telemetry.enabled": False,
}


@dataclass(frozen=True)
class Firefox:
    """A running Firefox with Candor, a tab to look at, and the browser's own window."""

    session: Session
    tab: Tab
    window: Window
    origin: str

    def open(self, url: str = "about:blank") -> Tab:
        """A new tab, in front."""
        made = self.session.command("browsingContext.create", type="tab")
        tab = Tab(self.session, made["context"])
        if url != "about:blank":
            tab.goto(url)
        return tab

    def press_button(self) -> None:
        """Press Candor's button in the toolbar, over the tab in front."""
        self.window.call(PRESS_BUTTON, ID)

    def close_popup(self) -> None:
        """Close what a press on the button opened, once all of it can be seen."""
        self.window.wait(CLOSE_POPUP)

    def choose(self, tab: Tab, x: float, y: float, entry: str) -> None:
        """Choose an entry of Candor's from the menu of what is at a place in a page."""
        tab.press(x, y, button=2)
        self.window.wait(CHOOSE, f"{WIDGET}-menuitem-_{entry}")

    def allow(self) -> str:
        """Press "allow" in the browser's question, and tell what it asked."""
        asked: str = self.window.wait(ALLOW)
        return asked

    def open_popup(self, over: Tab) -> Tab:
        """The popup in a tab of its own, as it would look over another: only tabs can be driven."""
        over.front()
        popup = Tab(
            self.session,
            self.session.command("browsingContext.create", type="tab", background=True)["context"],
        )
        popup.goto(f"{self.origin}/popup.html")
        popup.wait("() => document.querySelector('#service-state').textContent")
        popup.call(AS_IF_OVER, over.call("() => location.href"))
        return popup

    def open_private(self, url: str) -> Tab:
        """A page in a private window, into which the browser lets Candor."""
        self.window.call(LET_INTO_PRIVATE, ID)
        known = {tab["context"] for tab in self._tabs()}
        self.window.call("() => { OpenBrowserWindow({private: true}); }")
        while not (fresh := [tab for tab in self._tabs() if tab["context"] not in known]):
            time.sleep(0.1)
        tab = Tab(self.session, fresh[0]["context"])
        # Its own first page would cut off another.
        tab.wait("() => document.readyState === 'complete' && location.pathname !== 'blank'")
        tab.goto(url)
        return tab

    def _tabs(self) -> list[dict[str, Any]]:
        tabs: list[dict[str, Any]] = self.session.command("browsingContext.getTree")["contexts"]
        return tabs

    def store(self, values: dict[str, Any]) -> None:
        """Enter settings."""
        settings = self.open(f"{self.origin}/manifest.json")
        settings.call("(values) => browser.storage.local.set(values)", values)
        settings.close()
        self.tab.front()


PRESS_BUTTON = """(id) => {
  const {ExtensionParent} = ChromeUtils.importESModule(
    'resource://gre/modules/ExtensionParent.sys.mjs');
  const {extension} = WebExtensionPolicy.getByID(id);
  ExtensionParent.apiManager.global.browserActionFor(extension).triggerAction(window);
}"""

# It grows from nothing as its page is laid out.
CLOSE_POPUP = """() => {
  const popup = document.querySelector('.webextension-popup-browser');
  if (!popup || popup.clientHeight < 300) return false;
  popup.closest('panel').hidePopup();
  return true;
}"""

CHOOSE = """(id) => {
  const menu = document.getElementById('contentAreaContextMenu');
  const entry = menu.state === 'open' && document.getElementById(id);
  if (!entry) return false;
  const own = entry.closest('menupopup');
  if (own !== menu && own.state !== 'open') {
    // Two entries of one extension are put into a menu of their own.
    own.parentNode.openMenu(true);
    return false;
  }
  own.activateItem(entry);
  return true;
}"""

ALLOW = """async () => {
  const [asking] = PopupNotifications.panel.children;
  if (PopupNotifications.panel.state !== 'open' || !asking) return null;
  const asked = asking.textContent + asking.getAttribute('label');
  asking.button.click();
  return asked;
}"""

# As the switch in the list of extensions does it.
LET_INTO_PRIVATE = """async (id) => {
  const {ExtensionPermissions} = ChromeUtils.importESModule(
    'resource://gre/modules/ExtensionPermissions.sys.mjs');
  const {AddonManager} = ChromeUtils.importESModule('resource://gre/modules/AddonManager.sys.mjs');
  const allowed = {permissions: ['internal:privateBrowsingAllowed'], origins: []};
  await ExtensionPermissions.add(id, allowed, WebExtensionPolicy.getByID(id).extension);
  await (await AddonManager.getAddonByID(id)).reload();
}"""

# Imported once more, it begins anew with what is asked for as the tab in front.
AS_IF_OVER = """async (url) => {
  const {query} = chrome.tabs;
  chrome.tabs.query = async () => (await query({})).filter((tab) => tab.url === url || !tab.url);
  await import('/popup/main.js?again');
}"""


@contextmanager
def running_firefox(folder: Path, extension: Path = EXTENSION) -> Iterator[Firefox]:
    """Start Firefox with the extension; `folder` holds its profile and its log."""
    profile, log = folder / "profile", folder / "firefox.log"
    profile.mkdir()
    lines = [f"user_pref({json.dumps(key)}, {json.dumps(to)});" for key, to in PREFERENCES.items()]
    (profile / "user.js").write_text("\n".join(lines))
    extension = copy_to_see(extension, folder / "extension")
    command = [firefox(), "--headless", "--no-remote", "--profile", str(profile)]
    command += ["--remote-debugging-port", "0", "--remote-allow-system-access"]
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        with session(_address(process, log)) as opened:
            yield _with_candor(opened, extension)
    finally:
        process.terminate()
        process.wait(GRACE_S)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        if found := LISTENING.search(log.read_text()):
            return found[1]
        time.sleep(0.1)
    raise RuntimeError(f"Firefox did not start:\n{log.read_text()}")


def _with_candor(opened: Session, extension: Path) -> Firefox:
    path = {"type": "path", "path": str(extension)}
    opened.command("webExtension.install", extensionData=path)
    tree = opened.command("browsingContext.getTree")
    chrome = opened.command("browsingContext.getTree", **{"moz:scope": "chrome"})
    window = Window(opened, chrome["contexts"][0]["context"])
    host = window.call("(id) => WebExtensionPolicy.getByID(id).mozExtensionHostname", ID)
    tab = Tab(opened, tree["contexts"][0]["context"])
    return Firefox(opened, tab, window, f"moz-extension://{host}")
