"""`candor bulk`: one line for each input, whatever the input is and however often it is begun."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from pictures import cup, encoded, noise, portrait


def bulk(folder: Path, sources: Sequence[str], *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "in.txt").write_text("\n\n".join(sources) + "\n")
    command = [sys.executable, "-m", "api.cli", "bulk", str(folder / "in.txt"),
               str(folder / "out.jsonl"), "--data-dir", str(folder), *options]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def files(folder: Path) -> list[str]:
    """A portrait, a cup, a text, nothing, the cup again, and noise."""
    contents = {
        "a.png": encoded(portrait()),
        "b.png": encoded(cup()),
        "c.txt": b"not a picture",
        "d.png": None,
        "e.png": encoded(cup()),
        "f.png": encoded(noise(200, 200)),
    }
    for name, content in contents.items():
        if content is not None:
            (folder / name).write_bytes(content)
    return [str(folder / name) for name in contents]


def told(index: int, name: str) -> str:
    line = {"index": index, "external_id": name, "status": 200, "verdict": "from before"}
    return json.dumps(line) + "\n"


@pytest.mark.slow
def test_it_goes_on_where_it_was_cut_off_and_gives_each_input_one_line(tmp_path: Path) -> None:
    names = files(tmp_path)
    # Out of order, and cut off in the middle of a line, as a process that was killed leaves it.
    kept = told(3, names[3]) + told(0, names[0])
    (tmp_path / "out.jsonl").write_text(kept + told(1, names[1])[:40])

    done = bulk(tmp_path, names, "--workers", "2")

    assert done.returncode == 0, done.stderr
    text = (tmp_path / "out.jsonl").read_text()
    assert text.startswith(kept)
    lines = {line["index"]: line for line in map(json.loads, text.splitlines())}
    assert len(text.splitlines()) == len(names)
    assert [lines[index]["external_id"] for index in range(len(names))] == names
    assert [lines[index]["status"] for index in range(len(names))] == [200, 200, 400, 200, 200, 200]
    assert lines[1]["verdict"]["picture"] == lines[4]["verdict"]["picture"]


def test_lines_of_other_inputs_are_not_mixed_with_these(tmp_path: Path) -> None:
    names = files(tmp_path)
    (tmp_path / "out.jsonl").write_text(told(0, "/elsewhere.png"))

    done = bulk(tmp_path, names)

    assert done.returncode != 0
    assert "a line 0 that is not of" in done.stderr
    assert (tmp_path / "out.jsonl").read_text() == told(0, "/elsewhere.png")
