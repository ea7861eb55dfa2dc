"""Write the extension as one archive a browser.

The scripts of a page are forty modules to read, and one to fetch: what is handed out has them, and
those of the worker, in one file each, their words and lines left as they are. Each shop complains
about what its own browser ignores in a manifest, so each manifest leaves out what is only for the
other. The same files give the same bytes: a reader can build an archive and compare it with what a
shop hands out.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

ROOT = Path(__file__).resolve().parents[1]
EXTENSION = ROOT / "extension"
EPOCH = (1980, 1, 1, 0, 0, 0)
COMPILE_WHOLE = "//# allFunctionsCalledOnLoad"
"""As the first line of a module: see `extension/page/start.js`."""


def joined(target: Path) -> Path:
    """Write into the folder `target` the extension as it is handed out, for either browser.

    What a page loads late, like the card, stays in files of its own.

    Raises:
        FileNotFoundError: If the tools of `package.json` are not installed.
        subprocess.CalledProcessError: If a module cannot be read; esbuild says which.
    """
    shutil.copytree(EXTENSION, target)
    for folder in ("page", "worker"):
        shutil.rmtree(target / folder)
    shutil.copy(EXTENSION / "page" / "start.js", _made(target / "page"))
    _join("page/main.js", target, "--splitting", f"--banner:js={COMPILE_WHOLE}")
    _join("worker/main.js", target)
    return target


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _join(entry: str, target: Path, *options: str) -> None:
    esbuild = ROOT / "node_modules" / ".bin" / "esbuild"
    if not esbuild.exists():
        raise FileNotFoundError(f"{esbuild} is missing: run npm ci in {ROOT}")
    subprocess.run(  # noqa: S603
        [
            esbuild, EXTENSION / entry, "--bundle", "--format=esm", "--charset=utf8",
            "--log-level=warning", f"--outdir={target / Path(entry).parent}", *options,
        ],
        check=True,
        cwd=ROOT,
    )  # fmt: skip


def manifest_for(browser: str, manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest without what only the other browser reads."""
    own = {**manifest, "background": dict(manifest["background"])}
    if browser == "firefox":
        del own["background"]["service_worker"], own["minimum_chrome_version"]
    else:
        del own["background"]["scripts"], own["browser_specific_settings"]
    return own


def write(browser: str, target: Path) -> Path:
    """Write the archive for `browser`, `chromium` or `firefox`, into the folder `target`."""
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        return _packed(joined(Path(made) / "extension"), browser, target)


def _packed(extension: Path, browser: str, target: Path) -> Path:
    manifest = json.loads((extension / "manifest.json").read_text(encoding="utf-8"))
    archive = target / f"candor-{manifest['version']}-{browser}.zip"
    with ZipFile(archive, "w", ZIP_DEFLATED) as pack:
        for path in sorted(path for path in extension.rglob("*") if path.is_file()):
            name = path.relative_to(extension).as_posix()
            content = path.read_bytes()
            if name == "manifest.json":
                content = json.dumps(manifest_for(browser, manifest), indent=2).encode()
            entry = ZipInfo(name, EPOCH)
            entry.compress_type = ZIP_DEFLATED
            pack.writestr(entry, content)
    return archive


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist"
    for browser in ("chromium", "firefox"):
        print(write(browser, folder))
