"""Where faces are found, on a photograph that has one and on one that has none."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from model.faces import FaceFinder
from model.preparation import SIDE, face_square, resized, whole_squares
from model.shrinking import reduced

from pictures import cup, noise, portrait


@pytest.fixture(scope="module")
def finder() -> FaceFinder:
    return FaceFinder()


def test_the_one_face_of_a_portrait_is_found_where_it_is(finder: FaceFinder) -> None:
    [face] = finder.find(portrait())

    centre = (face.left + face.width / 2, face.top + face.height / 2)
    assert np.hypot(centre[0] - 224, centre[1] - 118) < 15
    assert 90 < face.size < 150
    assert face.confidence > 0.99
    left_eye, right_eye, nose, *mouth = face.landmarks
    assert left_eye[0] < nose[0] < right_eye[0]
    assert nose[1] < min(corner[1] for corner in mouth)


def test_a_cup_has_no_face(finder: FaceFinder) -> None:
    assert finder.find(cup()) == []


def test_a_face_is_found_at_any_size_of_picture(finder: FaceFinder) -> None:
    for side in (128, 300, 1500):
        scaled = np.asarray(Image.fromarray(portrait()).resize((side, side)))
        [face] = finder.find(scaled)
        assert face.left == pytest.approx(177 * side / 512, abs=0.02 * side)


def test_several_faces_come_largest_first_and_no_more_than_asked(finder: FaceFinder) -> None:
    big = portrait()
    small = np.asarray(Image.fromarray(big).resize((256, 256)))
    pair = np.concatenate((big, np.pad(small, ((0, 256), (0, 0), (0, 0)))), 1)

    faces = finder.find(pair)

    assert len(faces) == 2
    assert faces[0].size > faces[1].size
    assert len(finder.find(pair, limit=1)) == 1


def test_a_face_that_fills_a_large_picture_is_found_at_a_second_look(finder: FaceFinder) -> None:
    tight = Image.fromarray(portrait()[70:185, 185:265])
    huge = np.asarray(tight.resize((1600, 2300), Image.Resampling.BICUBIC))

    [face] = finder.find(huge)

    assert face.size > 1500


def test_a_smaller_copy_at_hand_changes_nothing(finder: FaceFinder) -> None:
    large = np.asarray(Image.fromarray(portrait()).resize((1500, 1200)))

    [alone], [helped] = finder.find(large), finder.find(large, small=reduced(large))

    assert alone.overlap(helped) == 1
    assert alone.confidence == helped.confidence


@pytest.mark.parametrize("shape", [(1, 1), (2, 900), (900, 2), (33, 31)])
def test_odd_shapes_are_searched_without_complaint(
    finder: FaceFinder, shape: tuple[int, int]
) -> None:
    assert finder.find(noise(*shape)) == []


def test_the_square_around_a_face_stays_inside_the_picture(finder: FaceFinder) -> None:
    tight = portrait()[50:190, 160:290]
    [face] = finder.find(tight)

    square = face_square(face, 130, 140)

    assert square.left >= 0
    assert square.top >= 0
    assert square.left + square.side <= 130
    assert square.top + square.side <= 140


@pytest.mark.parametrize(("width", "height"), [(1, 1), (100, 50), (224, 224), (225, 3000)])
def test_views_of_a_whole_picture_lie_inside_it(width: int, height: int) -> None:
    squares = whole_squares(width, height)

    assert 1 <= len(squares) <= 5
    assert len(set(squares)) == len(squares)
    for square in squares:
        view = square.cut(noise(height, width))
        assert view.shape == (min(SIDE, width, height),) * 2 + (3,)
        assert resized(view, SIDE).shape == (SIDE, SIDE, 3)
