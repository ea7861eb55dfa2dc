"""Write the extension as one archive a browser.

Both hold the same files. Each shop complains about what its own browser ignores in a manifest, so
each manifest leaves out what is only for the other. The same files give the same bytes: a reader
can build an archive and compare it with what a shop hands out.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

ROOT = Path(__file__).resolve().parents[1]
EXTENSION = ROOT / "extension"
EPOCH = (1980, 1, 1, 0, 0, 0)


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
    manifest = json.loads((EXTENSION / "manifest.json").read_text(encoding="utf-8"))
    target.mkdir(parents=True, exist_ok=True)
    archive = target / f"candor-{manifest['version']}-{browser}.zip"
    with ZipFile(archive, "w", ZIP_DEFLATED) as pack:
        for path in sorted(path for path in EXTENSION.rglob("*") if path.is_file()):
            name = path.relative_to(EXTENSION).as_posix()
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
