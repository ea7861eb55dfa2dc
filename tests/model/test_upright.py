"""What is learned from, sorted and measured on is what the service sees of the same file."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import ExifTags, Image, ImageCms

from api import imaging
from api.cli import main
from model.train import face_table
from model.train.manifest import Entry
from model.train.reconstructions import Reconstructions

from pictures import drawn_face

FACE = Image.fromarray(drawn_face()).crop((0, 0, 320, 280))


def held_sideways(path: Path) -> None:
    """As a phone that is held upright saves it."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    FACE.transpose(Image.Transpose.ROTATE_90).save(path, exif=exif)


def of_another_profile(path: Path) -> None:
    """sRGB without its name, whose red and blue are exchanged."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    profile = profile.replace("sRGB".encode("utf-16-be"), "Ours".encode("utf-16-be"))
    for old, new in ((b"rXYZ", b"?XYZ"), (b"bXYZ", b"rXYZ"), (b"?XYZ", b"bXYZ")):
        profile = profile.replace(old, new)
    FACE.save(path, icc_profile=profile)


def transparent(path: Path) -> None:
    image = FACE.convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 60, 280))
    image.save(path)


def of_sixteen_bits(path: Path) -> None:
    levels = np.asarray(FACE.convert("L")).astype(np.uint16) * 257
    Image.fromarray(levels).save(path)


def entry(path: Path) -> Entry:
    return Entry(path, "face", "train", "real", "k", "g", "unstated")


@pytest.mark.parametrize("save", [held_sideways, of_another_profile, transparent, of_sixteen_bits])
def test_a_row_of_a_manifest_has_the_pixels_that_the_service_sees(
    save: Callable[[Path], None], tmp_path: Path
) -> None:
    path = tmp_path / "a.png"
    save(path)
    with Image.open(path) as image:
        stored = np.asarray(image.convert("RGB"))

    seen = entry(path).pixels()

    served = imaging.decode(path.read_bytes(), max_pixels=1_000_000, min_side=32)
    assert np.array_equal(seen, served.pixels)
    assert not np.array_equal(seen, stored), "it is no such picture"


def test_a_folder_is_sorted_by_what_its_pictures_show(tmp_path: Path) -> None:
    for number in range(4):
        for label in ("real", "fake"):
            path = tmp_path / label / f"{number}.jpg"
            path.parent.mkdir(exist_ok=True)
            Image.fromarray(drawn_face(number + 50 * (label == "fake"))).save(path)
    FACE.save(tmp_path / "real" / "camera.jpg")
    held_sideways(tmp_path / "real" / "phone.jpg")

    result = CliRunner().invoke(main, ["manifest", str(tmp_path)])

    assert result.exit_code == 0, result.output
    with (tmp_path / "manifest.csv").open(newline="") as file:
        rows = {row["path"]: row for row in csv.DictReader(file)}
    phone = rows["real/phone.jpg"]
    assert (phone["domain"], phone["width"], phone["height"]) == ("face", "320", "280")
    assert phone["group"] == rows["real/camera.jpg"]["group"], "it is the same picture"


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_what_was_kept_of_stored_pixels_is_made_anew_where_others_are_shown(
    suffix: str, tmp_path: Path
) -> None:
    path, cache = tmp_path / f"a{suffix}", tmp_path / "cache"
    FACE.save(path)
    before = face_table.faces_of([entry(path)], cache)[path]
    reconstructed = Reconstructions(cache=cache).place(entry(path))

    Image.fromarray(255 - np.asarray(FACE)).save(path)
    assert face_table.faces_of([entry(path)], cache)[path].left == before.left, "it was kept"
    assert Reconstructions(cache=cache).place(entry(path)) == reconstructed

    held_sideways(path)
    face_table.faces_of([entry(path)], cache)
    assert len(list(cache.glob("faces-*.npy"))) == 2, "faces were sought again"
    assert Reconstructions(cache=cache).place(entry(path)) != reconstructed
