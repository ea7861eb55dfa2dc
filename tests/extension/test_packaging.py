"""The archives for the shops."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from archives import EXTENSION, write  # noqa: E402


@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_an_archive_holds_the_whole_folder_and_the_same_bytes_each_time(
    browser: str, tmp_path: Path
) -> None:
    archive = write(browser, tmp_path / "one")
    paths = [path for path in EXTENSION.rglob("*") if path.is_file()]
    files = {path.relative_to(EXTENSION).as_posix() for path in paths}

    with ZipFile(archive) as pack:
        assert set(pack.namelist()) == files
        assert pack.testzip() is None
    assert archive.read_bytes() == write(browser, tmp_path / "other").read_bytes()


def test_each_browser_gets_the_background_that_it_runs(tmp_path: Path) -> None:
    backgrounds = {}
    for browser in ("chromium", "firefox"):
        with ZipFile(write(browser, tmp_path)) as pack:
            backgrounds[browser] = json.loads(pack.read("manifest.json"))["background"]

    assert backgrounds["chromium"] == {"service_worker": "worker/main.js", "type": "module"}
    assert backgrounds["firefox"] == {"scripts": ["worker/main.js"], "type": "module"}
