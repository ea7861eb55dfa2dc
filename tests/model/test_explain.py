"""Maps of faces: whose cells they are, and that places are named as a person would."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from api.cli import main
from api.settings import Settings
from model import Detector, weights
from model.evaluation import pointing
from model.evaluation.card_sections import with_section
from model.evaluation.pointing_command import TITLE
from model.explain import CELLS, EDGE_FROM, Explainer, Place, look_of, place_of
from model.faces import FaceFinder, FoundFace
from model.preparation import Square, face_square

from pictures import FACE, portrait, swapped

SHIPPED = Settings().weights_dir
STRAIGHT = np.array([(80, 80), (120, 80), (100, 105), (85, 130), (115, 130)], np.float32)
HEAD = FoundFace(60, 40, 80, 120, 1.0, STRAIGHT)
SQUARE = face_square(HEAD, 200, 200)


def pointing_at(x: float, y: float, square: Square = SQUARE) -> np.ndarray:
    grid = np.zeros((CELLS, CELLS), np.uint8)
    cell = square.side / CELLS
    grid[int((y - square.top) / cell), int((x - square.left) / cell)] = 255
    return grid


@pytest.mark.parametrize(
    ("x", "y", "place"),
    [
        (100, 48, Place.FOREHEAD),
        (82, 82, Place.EYES),
        (100, 106, Place.NOSE),
        (100, 131, Place.MOUTH),
        (100, 158, Place.JAW),
        (62, 146, Place.JAW),
        (55, 110, Place.LEFT),
        (147, 110, Place.RIGHT),
        (24, 30, Place.AROUND),
    ],
)
def test_the_highest_cell_has_the_name_of_its_part_of_the_face(
    x: float, y: float, place: Place
) -> None:
    assert place_of(pointing_at(x, y), SQUARE, HEAD) is place


def test_places_turn_with_the_face() -> None:
    around = np.array((100, 100), np.float32)
    turned = (STRAIGHT - around) @ np.array(((0, 1), (-1, 0)), np.float32) + around
    lying = FoundFace(40, 60, 120, 80, 1.0, turned)
    square = face_square(lying, 200, 200)

    assert place_of(pointing_at(69, 100, square), square, lying) is Place.MOUTH
    assert place_of(pointing_at(150, 100, square), square, lying) is Place.FOREHEAD


def test_an_edge_stands_out_only_where_the_map_says_rather_than_not() -> None:
    for level, edge in ((EDGE_FROM / 255, Place.MOUTH), ((EDGE_FROM - 2) / 255, None)):
        attention = (pointing_at(100, 131) / 255 * level).astype(np.float32)
        assert look_of(attention, HEAD, 200, 200).edge is edge


@pytest.fixture(scope="module")
def explainer() -> Explainer:
    network, card = weights.read(SHIPPED / "face.safetensors", "face")
    return Explainer(network, card.side)


def test_the_attention_of_a_score_and_of_its_explanation_are_one(explainer: Explainer) -> None:
    [scores] = Detector.load(SHIPPED).score([portrait()])
    [face] = scores.faces
    assert face.look is not None

    [explained] = explainer.explain(portrait(), [face.look.square])

    apart = np.abs(explained.look.attention.astype(int) - face.look.attention)
    assert apart.max() <= 2
    assert explained.decisive is None, "no face was given to name a place by"


def test_a_gradient_is_of_the_picture_and_not_of_the_network_alone(explainer: Explainer) -> None:
    pixels = portrait()
    found = FaceFinder().find(pixels)
    square = face_square(found[0], 512, 512)
    other = swapped(pixels, pixels[:, ::-1].copy(), FACE, 1.0)

    [first], [again], [changed] = (
        explainer.explain(each, [square], found) for each in (pixels, pixels, other)
    )

    assert first.gradient.max() == 255
    assert first.decisive in set(Place)
    assert (first.gradient == again.gradient).all()
    assert (first.gradient != changed.gradient).any()


def test_a_map_that_covers_the_change_points_and_one_that_does_not_misses() -> None:
    truth = np.zeros((CELLS, CELLS), bool)
    truth[3:6, 3:6] = True
    grid = truth.astype(np.uint8) * 200

    assert pointing.asked(grid, truth) == (1, 1, 1)
    assert pointing.asked(np.roll(grid, 7, 0), truth) == (0, 0, 0)
    assert pointing.asked(grid * 0, truth) == (0, 0, 0)
    half = pointing.asked(grid + (np.roll(grid, 7, 0) // 4 * 4), truth)
    assert half == (1, 1, 0.5)


def manifest_of_pairs(folder: Path, count: int) -> Path:
    """Frames of the portrait whose face was swapped with its mirror image, and the originals."""
    rows = []
    for number in range(count):
        real = np.roll(portrait(), number, 1)
        left, top, width, height = FACE
        fake = swapped(real, real[:, ::-1].copy(), (left + number, top, width, height), 1.0)
        for label, video, pixels in (("real", "033", real), ("fake", "033_097", fake)):
            path = folder / video / f"{number:04}.png"
            path.parent.mkdir(exist_ok=True)
            Image.fromarray(pixels).save(path)
            rows.append((path.relative_to(folder), "face", "val", label, f"{label}-kind", "g"))
    with (folder / "manifest.csv").open("w", newline="") as out:
        csv.writer(out).writerows([("path", "domain", "split", "label", "kind", "group"), *rows])
    return folder


@pytest.mark.slow
def test_the_command_measures_pairs_and_keeps_one_table_in_the_card(tmp_path: Path) -> None:
    data = manifest_of_pairs(tmp_path, 20)
    folder = tmp_path / "weights"
    folder.mkdir()
    for path in SHIPPED.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    command = ["explanations", str(data), "--weights", str(folder), "--write"]

    first = CliRunner().invoke(main, command)
    card = (folder / "face.md").read_text("utf-8")
    again = CliRunner().invoke(main, command)

    assert (first.exit_code, again.exit_code) == (0, 0), first.output + again.output
    assert "20 fakes" in card
    assert card.count(TITLE) == 1
    assert (folder / "face.md").read_text("utf-8") == card


def test_a_section_is_put_before_the_training_pictures_and_replaced() -> None:
    card = "# face\n\n## Validation\n\nx\n\n## Training pictures and more\n\ny\n"

    once = with_section(card, f"{TITLE}\n\nold\n")
    twice = with_section(once, f"{TITLE}\n\nnew\n")

    assert twice == card.replace("## Training", f"{TITLE}\n\nnew\n\n## Training")


def test_a_list_without_originals_is_refused(tmp_path: Path) -> None:
    data = manifest_of_pairs(tmp_path, 1)

    result = CliRunner().invoke(main, ["explanations", str(data)])

    assert result.exit_code == 1
    assert "no kind of 20 fakes beside the frames" in result.output
