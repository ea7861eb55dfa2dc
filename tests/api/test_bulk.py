"""`candor bulk`: one line for each input, whatever the input is and however often it is begun."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
import ray

from api import bulk as bulk_module
from api.bulk_files import done_of, inputs
from api.errors import Overloaded, StoreUnavailable
from api.lines import Place
from api.settings import Settings

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


@pytest.fixture
def cluster() -> Iterator[None]:
    """Ends what a run in this process has started."""
    yield
    ray.shutdown()


def stub(kills: str) -> type:
    """A worker that only tells what it was given, and dies of one name."""

    class Stub:
        def __init__(self, settings: Settings) -> None:
            pass

        def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
            if any(name.endswith(kills) for name in batch["source"]):
                os.kill(os.getpid(), signal.SIGKILL)
            pairs = zip(batch["index"].tolist(), batch["source"].tolist(), strict=True)
            lines = [
                json.dumps({"index": index, "external_id": name, "status": 200}) + "\n"
                for index, name in pairs
            ]
            told = np.array([line.encode() for line in lines], object)
            return {"index": batch["index"], "line": told}

    return Stub


def lines_of(folder: Path) -> list[dict[str, Any]]:
    text = (folder / "out.jsonl").read_text()
    return sorted(map(json.loads, text.splitlines()), key=lambda line: line["index"])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.usefixtures("cluster")
def test_an_input_that_kills_its_worker_is_told_and_takes_no_other_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"/{number}.png" for number in range(5)]
    (tmp_path / "in.txt").write_text("\n".join(names))
    monkeypatch.setattr(bulk_module, "Worker", stub("/3.png"))

    bulk_module.bulk(tmp_path / "in.txt", tmp_path / "out.jsonl", 2, Settings())

    lines = lines_of(tmp_path)
    assert [line["external_id"] for line in lines] == names
    assert {line["index"]: line["status"] for line in lines if line["status"] != 200} == {3: 500}
    assert "died each time" in lines[3]["problem"]["detail"]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.usefixtures("cluster")
@pytest.mark.parametrize(
    ("beginning", "said"), [(True, "No worker can start"), (False, "again later")]
)
def test_a_run_that_cannot_go_on_says_why_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, beginning: bool, said: str
) -> None:
    class Failing:
        def __init__(self, settings: Settings) -> None:
            if beginning:
                raise ValueError("the disk is full")

        def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
            raise ValueError("the disk is full")

    (tmp_path / "in.txt").write_text("/a.png\n/b.png\n")
    monkeypatch.setattr(bulk_module, "Worker", Failing)

    with pytest.raises(click.ClickException, match="the disk is full") as stopped:
        bulk_module.bulk(tmp_path / "in.txt", tmp_path / "out.jsonl", 1, Settings())

    assert said in str(stopped.value)
    assert not (tmp_path / "out.jsonl").read_text()


@pytest.mark.parametrize("refusal", [Overloaded, StoreUnavailable])
async def test_what_is_not_the_fault_of_an_input_is_tried_again_and_is_never_its_line(
    refusal: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = (0.0, 0.0)
    tries = 0

    class Refusing:
        async def check(self, _: object) -> None:
            nonlocal tries
            tries += 1
            raise refusal("Not now.")

    monkeypatch.setattr(bulk_module, "WAITS_S", waits)
    worker = bulk_module.Worker.__new__(bulk_module.Worker)
    worker._settings = Settings()

    with pytest.raises(refusal):
        await worker._line(Refusing(), Place(0, "https://example.org/a.jpg"))

    assert tries == 1 + len(waits)


def test_two_runs_do_not_write_one_file(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("/a.png\n")
    with (tmp_path / "out.jsonl").open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(click.ClickException, match="another run"):
            bulk_module.bulk(tmp_path / "in.txt", tmp_path / "out.jsonl", 1, Settings())


def test_inputs_may_begin_with_a_mark_and_be_in_any_encoding(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_bytes(
        "\ufeffhttps://example.org/a.jpg\r\n".encode() + b"\n/caf\xe9.jpg\n"
    )

    assert list(inputs(tmp_path / "in.txt")) == [
        (0, "https://example.org/a.jpg"), (1, r"/caf\xe9.jpg"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        "a letter that somebody wrote",
        "a letter\n",
        "\n",
        "[1]\n",
        '{"index": -1, "external_id": "/a.png"}\n',
        '{"index": 99999999999, "external_id": "/a.png"}\n',
        told(0, "/a.png") * 2,
        told(1, "/a.png"),
    ],
)
def test_a_file_of_somebody_else_is_refused_and_stays(tmp_path: Path, content: str) -> None:
    sources, out = tmp_path / "in.txt", tmp_path / "out.jsonl"
    sources.write_text("/a.png\n/b.png\n")
    out.write_text(content)

    with out.open("r+b") as file, pytest.raises(click.ClickException, match="Name another file"):
        done_of(file, out, sources, 2)

    assert out.read_text() == content
