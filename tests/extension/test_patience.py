"""Chromium without a debugger, which would keep the worker alive that the browser would end."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from browsers import FLAGS, chromium
from driver import copy_with_access
from newspaper import Press, encoded, photograph
from stand_in import stand_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TAKES_S = 35
"""Longer than a worker lives that only waits."""
PATIENCE_S = 90
GRACE_S = 20

# The page tells its own server what its badge says.
TELLING = """<img src="/waited-for.png" width="300" height="200"><script>
setInterval(() => {
  const root = document.querySelector('candor-overlay')?.shadowRoot;
  const badge = root?.querySelector('button[data-state]');
  if (badge) fetch(`/badge-says/${badge.dataset.state}`);
}, 500);
</script>"""


@contextmanager
def left_alone(folder: Path, service: str, page: str) -> Iterator[None]:
    """Chromium with a page, on which nobody looks in; Candor is on for every site."""
    extension = copy_with_access(folder / "extension")
    settings = extension / "shared" / "settings.js"
    text = settings.read_text(encoding="utf-8")
    for setting, value in {"service: DEFAULT_SERVICE": service, "everywhere: false": True}.items():
        name = setting.partition(":")[0]
        assert setting in text
        text = text.replace(setting, f"{name}: {json.dumps(value)}")
    settings.write_text(text, encoding="utf-8")
    loading = [f"--disable-extensions-except={extension}", f"--load-extension={extension}"]
    command = [chromium(), "--headless=new", *FLAGS, f"--user-data-dir={folder / 'profile'}"]
    process = subprocess.Popen([*command, *loading, page])
    try:
        yield
    finally:
        process.terminate()
        process.wait(GRACE_S)


def test_a_service_that_takes_long_is_waited_for_and_sent_a_picture_once(
    tmp_path: Path, site: Press
) -> None:
    picture = encoded(photograph("coffee.png", 300), "PNG")
    site.printed["/waited-for.png"] = ("image/png", picture)
    with stand_in() as service:
        service.labels[picture] = "real"
        service.takes_s = TAKES_S
        with left_alone(tmp_path, service.url, site.pin(TELLING)):
            end = time.monotonic() + PATIENCE_S
            while "/badge-says/real" not in site.asked and time.monotonic() < end:
                time.sleep(0.5)

        assert "/badge-says/real" in site.asked
        assert service.times_sent(picture) == 1
