"""The command tells what is remembered, and takes in and sends out, without a service."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from remembered import digest, flipped, opened, verdict

from api.cli import main
from api.fingerprint import digest_bytes, digest_pixels
from api.store.records import Link, Trace
from api.verdict import Label

from pictures import encoded, portrait


def candor(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["reputation", *arguments, "--data-dir", str(folder)])


async def put_portrait(folder: Path) -> Path:
    """A service's memory of a portrait, and of a swap that looks like it; the portrait's file."""
    path = folder / "portrait.png"
    path.write_bytes(encoded(portrait()))
    one = verdict("one", Label.REAL)
    exact = {
        "sha256": digest_bytes(path.read_bytes()),
        "pixels_sha256": digest_pixels(portrait()),
    }
    one = one.model_copy(update={"picture": one.picture.model_copy(update=exact)})
    swap = verdict("swap", pdq=flipped(one.picture.pdq, 3))
    async with opened(folder) as store:
        await store.put(one)
        await store.put(swap, Trace(relatives=(Link("one", 3, same_picture=False),)))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    asyncio.run(put_portrait(tmp_path))
    return tmp_path


def test_the_command_tells_of_a_file_without_scoring_it(folder: Path) -> None:
    portrait_file = str(folder / "portrait.png")

    ran = candor(folder, "show", portrait_file)

    assert ran.exit_code == 0, ran.output
    assert ran.output.split()[0] == "real"
    assert "looks like: fake" in ran.output
    assert "contradict" in ran.output
    told = json.loads(candor(folder, "show", portrait_file, "--json").output)
    assert told["verified"] is True
    assert told["verdict"]["verdict_id"] == "one"


def test_the_command_tells_of_pixels_in_another_file_and_of_hashes(folder: Path) -> None:
    (folder / "again.webp").write_bytes(encoded(portrait(), "WEBP", lossless=True))
    pixels = digest_pixels(portrait())

    for name in (str(folder / "again.webp"), pixels, f"pixels:{pixels}"):
        ran = candor(folder, "show", name, "--json")
        assert json.loads(ran.output)["verdict"]["verdict_id"] == "one", ran.output
    unknown = candor(folder, "show", f"sha256:{pixels}")
    assert "nothing is known of sha256" in unknown.output


@pytest.mark.parametrize("name", ["missing.png", "ftp://example.org/a", "https://[/", "0" * 63])
def test_the_command_names_what_it_cannot_look_up(folder: Path, name: str) -> None:
    ran = candor(folder, "show", name)

    assert ran.exit_code == 1
    assert name in ran.output
    assert isinstance(ran.exception, SystemExit)


def test_the_command_reviews_exports_and_imports(folder: Path) -> None:
    out = folder / "out.jsonl"

    assert candor(folder, "review", "one", "fake", "--note", "The ear.").exit_code == 0
    assert candor(folder, "export", "--out", str(out)).exit_code == 0
    other = folder / "other"
    ran = candor(other, "import", str(out))

    assert ran.output == "7 imported, 0 passed over, 0 left out\n"
    assert not out.with_name("out.jsonl.part").exists()
    assert candor(folder, "export").output == out.read_text()
    [told] = [json.loads(line) for line in out.read_text().splitlines() if "review" in line]
    assert (told["label"], told["note"]) == ("fake", "The ear.")


def test_the_command_refuses_a_list_that_nobody_vouches_for(folder: Path) -> None:
    path = folder / "list.txt"
    path.write_text(f"{digest('listed')}\n")

    assert "--source" in candor(folder, "import", str(path)).output
    ran = candor(folder, "import", str(path), "--source", "partner")
    assert ran.output.startswith("1 imported")
    unnamed = path.rename(folder / "list")
    assert "--format" in candor(folder, "import", str(unnamed), "--source", "partner").output


def test_the_command_tells_of_a_host(folder: Path) -> None:
    ran = candor(folder, "host", "Example.org")

    assert ran.exit_code == 0
    assert ran.output.startswith("example.org since ")
    assert "not the name of a host" in candor(folder, "host", "a b").output
