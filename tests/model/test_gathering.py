"""A manifest for a folder that has none: what goes together, what is left out, what is refused."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from api.cli import main
from model.train import manifest as manifests

from pictures import DRAWN_FACE, cup, drawn_face, noise, swapped


def put(folder: Path, name: str, seed: int, **options: int) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(drawn_face(seed)).save(path, **options)


def gather(folder: Path, *more: str) -> Result:
    return CliRunner().invoke(main, ["manifest", str(folder), *more])


def rows_of(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "manifest.csv").open(newline="") as file:
        return {row["path"]: row for row in csv.DictReader(file)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for seed in range(8):
        put(tmp_path, f"real/{seed}.png", seed)
        put(tmp_path, f"fake/tool/made-{seed}.png", 50 + seed)
    return tmp_path


def test_labels_and_kinds_are_read_from_folders(folder: Path) -> None:
    put(folder, "hardneg/poster.png", 90)

    result = gather(folder, "--licence", "CC0-1.0", "--source", "our archive")

    assert result.exit_code == 0, result.output
    rows = rows_of(folder)
    assert len(rows) == 17
    assert (rows["real/3.png"]["label"], rows["real/3.png"]["kind"]) == ("real", "real")
    assert rows["fake/tool/made-3.png"]["kind"] == "tool"
    assert rows["hardneg/poster.png"]["label"] == "hardneg"
    assert {(row["licence"], row["source_repo"]) for row in rows.values()} == {
        ("CC0-1.0", "our archive")
    }
    assert len(manifests.to_learn_from(folder)) == 17


def test_a_face_and_a_thing_are_told_apart(folder: Path) -> None:
    Image.fromarray(cup()).save(folder / "real" / "cup.png")

    gather(folder)

    rows = rows_of(folder)
    assert rows["real/cup.png"]["domain"] == "general"
    assert rows["real/3.png"]["domain"] == "face"


def test_a_copy_and_a_swap_stay_with_their_original(folder: Path) -> None:
    put(folder, "real/saved-again.jpg", 3, quality=60)
    fake = swapped(drawn_face(4), drawn_face(61), DRAWN_FACE, 0.4)
    Image.fromarray(fake).save(folder / "fake" / "of-somebody.png")

    gather(folder)

    rows = rows_of(folder)
    assert rows["real/saved-again.jpg"]["group"] == rows["real/3.png"]["group"]
    assert rows["fake/of-somebody.png"]["group"] == rows["real/4.png"]["group"]
    assert rows["real/3.png"]["group"] != rows["real/4.png"]["group"]


def test_one_name_under_two_labels_is_one_group_and_so_is_a_folder_below_a_kind(
    folder: Path,
) -> None:
    put(folder, "real/film/033/0001.png", 30)
    put(folder, "real/film/033/0002.png", 31)
    put(folder, "fake/tool/033/0001.png", 32)
    put(folder, "real/film/034/0001.png", 33)
    put(folder, "real/a/holiday.png", 34)
    put(folder, "real/b/holiday.png", 35)

    gather(folder)

    group = {path: row["group"] for path, row in rows_of(folder).items()}
    assert group["real/film/033/0001.png"] == group["real/film/033/0002.png"]
    assert group["real/film/033/0001.png"] == group["fake/tool/033/0001.png"]
    assert group["real/film/033/0001.png"] != group["real/film/034/0001.png"]
    assert group["real/a/holiday.png"] != group["real/b/holiday.png"]


def test_no_group_is_torn_and_each_label_validates(folder: Path) -> None:
    for seed in range(8):
        put(folder, f"real/again-{seed}.jpg", seed, quality=70)

    gather(folder, "--validation", "0.3")

    rows = rows_of(folder).values()
    splits = defaultdict(set)
    for row in rows:
        splits[row["group"]].add(row["split"])
    assert {len(each) for each in splits.values()} == {1}
    for label, count in (("real", 16), ("fake", 8)):
        held = sum(row["split"] == "val" for row in rows if row["label"] == label)
        assert 0.3 * count <= held <= 0.3 * count + 2


def test_the_split_is_the_same_again_and_another_by_another_seed(folder: Path) -> None:
    gather(folder)
    first = (folder / "manifest.csv").read_bytes()
    gather(folder, "--replace")
    again = (folder / "manifest.csv").read_bytes()
    gather(folder, "--replace", "--seed", "1")

    assert first == again
    assert first != (folder / "manifest.csv").read_bytes()


def test_what_is_no_picture_is_told_and_left_out(folder: Path) -> None:
    (folder / "fake" / "broken.jpg").write_bytes(b"no picture")
    whole = (folder / "fake" / "tool" / "made-1.png").read_bytes()
    (folder / "fake" / "torn.png").write_bytes(whole[: len(whole) // 2])
    Image.new("RGB", (1, 1)).save(folder / "fake" / "dot.png")
    (folder / "fake" / "notes.txt").write_text("no picture either")

    result = gather(folder)

    assert result.exit_code == 0, result.output
    assert "broken.jpg" in result.output
    assert "torn.png" in result.output
    assert "notes.txt" not in result.output
    assert len(rows_of(folder)) == 17, "a dot is a picture"


def test_a_manifest_that_is_there_is_not_overwritten(folder: Path) -> None:
    (folder / "manifest.csv").write_text("mine")

    result = gather(folder)

    assert result.exit_code == 1
    assert "--replace" in result.output
    assert (folder / "manifest.csv").read_text() == "mine"


def test_a_folder_without_fakes_says_where_they_go(tmp_path: Path) -> None:
    put(tmp_path, "real/1.png", 1)

    result = gather(tmp_path)

    assert result.exit_code == 1
    assert "put real ones into" in " ".join(result.output.split())


def test_pictures_of_one_group_alone_cannot_be_split(folder: Path) -> None:
    for path in (folder / "fake" / "tool").iterdir():
        path.unlink()
    put(folder, "fake/only.png", 70)

    result = gather(folder)

    assert result.exit_code == 1
    assert "All fake pictures are of one group" in " ".join(result.output.split())


def test_flat_pictures_are_not_taken_for_copies_of_each_other(folder: Path) -> None:
    for level in (20, 200):
        flat = Image.new("RGB", (64, 64), (level,) * 3)
        flat.save(folder / "real" / f"flat-{level}.png")
    Image.fromarray(noise(64, 64)).save(folder / "real" / "noise.png")

    gather(folder)

    rows = rows_of(folder)
    assert rows["real/flat-20.png"]["group"] != rows["real/flat-200.png"]["group"]
