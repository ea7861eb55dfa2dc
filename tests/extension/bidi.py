"""WebDriver BiDi, as much of it as driving Firefox takes. Debian has no geckodriver."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

PATIENCE_S = 60
LOOK_S = 0.05


class Session:
    """A session with a browser that listens for BiDi; one command at a time."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._numbers = count(1)

    def command(self, method: str, **parameters: Any) -> Any:
        """Send a command and wait for its result.

        Raises:
            RuntimeError: The browser refused it.
        """
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        self._connection.send(json.dumps(message))
        while True:
            answer = json.loads(self._connection.recv(PATIENCE_S))
            if answer.get("id") != number:
                continue
            if answer["type"] == "error":
                raise RuntimeError(f"{method}: {answer['error']}: {answer['message']}")
            return answer["result"]


@contextmanager
def session(address: str) -> Iterator[Session]:
    """A session at an address as Firefox prints it, `ws://127.0.0.1:PORT`."""
    with connect(f"{address}/session", max_size=None) as connection:
        opened = Session(connection)
        opened.command("session.new", capabilities={})
        yield opened


class Window:
    """Something with a document: a tab, a frame in it, or the browser's own window."""

    def __init__(self, session: Session, context: str) -> None:
        self._session = session
        self.context = context

    def call(self, function: str, *arguments: Any) -> Any:
        """What a function of JavaScript gives; arguments and result are JSON.

        Raises:
            RuntimeError: It threw.
        """
        told = self._session.command(
            "script.callFunction",
            functionDeclaration=f"async (given) => JSON.stringify("
            f"await ({function})(...JSON.parse(given)) ?? null)",
            arguments=[{"type": "string", "value": json.dumps(arguments)}],
            target={"context": self.context},
            awaitPromise=True,
            userActivation=True,
        )
        if told["type"] == "exception":
            raise RuntimeError(told["exceptionDetails"]["text"])
        return json.loads(told["result"]["value"])

    def wait(self, function: str, *arguments: Any, patience_s: float = PATIENCE_S) -> Any:
        """What the function gives once that is something."""
        end = time.monotonic() + patience_s
        while not (found := self.call(function, *arguments)):
            if time.monotonic() > end:
                raise TimeoutError(f"Nothing came of {function}, with {arguments}.")
            time.sleep(LOOK_S)
        return found


class Tab(Window):
    """A tab of Firefox."""

    def goto(self, url: str) -> None:
        self._session.command(
            "browsingContext.navigate", context=self.context, url=url, wait="complete"
        )

    def front(self) -> None:
        self._session.command("browsingContext.activate", context=self.context)

    def close(self) -> None:
        self._session.command("browsingContext.close", context=self.context)

    def frames(self) -> list[Window]:
        """The documents embedded in its own."""
        tree = self._session.command("browsingContext.getTree", root=self.context)
        return [Window(self._session, one["context"]) for one in tree["contexts"][0]["children"]]

    def prepare(self, function: str) -> None:
        """Have a function run before the scripts of each page that is opened in it."""
        self._session.command(
            "script.addPreloadScript", functionDeclaration=function, contexts=[self.context]
        )

    def screenshot(self, path: Path) -> None:
        shot = self._session.command("browsingContext.captureScreenshot", context=self.context)
        path.write_bytes(base64.b64decode(shot["data"]))

    def press(self, x: float, y: float, button: int = 0) -> None:
        """Press a button of the mouse at a place in the view."""
        self._act(
            "pointer",
            {"type": "pointerMove", "x": round(x), "y": round(y)},
            {"type": "pointerDown", "button": button},
            {"type": "pointerUp", "button": button},
        )

    def type(self, *keys: str) -> None:
        """Press keys together, and let go of them in the opposite order."""
        down = [{"type": "keyDown", "value": key} for key in keys]
        self._act("key", *down, *({"type": "keyUp", "value": key} for key in reversed(keys)))

    def _act(self, kind: str, *actions: dict[str, Any]) -> None:
        source = {"type": kind, "id": kind, "actions": actions}
        self._session.command("input.performActions", context=self.context, actions=[source])
