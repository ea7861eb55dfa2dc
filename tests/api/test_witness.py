"""The witness: copies are confirmed, and nothing that a forger changed is."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter

from api.fingerprint import pdq_of
from api.reduction import Reducible, Region
from api.verdict import Box
from api.witness import LUMA_LIMIT, Likeness, Witness

from pictures import DRAWN_FACE, FACE, Pixels, cup, drawn_face, encoded, noise, portrait, swapped

Change = Callable[[Image.Image], Image.Image]
BoxNumbers = tuple[int, int, int, int]


def box(numbers: BoxNumbers) -> Box:
    left, top, width, height = numbers
    return Box(left=left, top=top, width=width, height=height)


def witness(pixels: Pixels, *faces: BoxNumbers) -> Witness:
    """As it comes back from a store."""
    made = Witness.of(pixels, [box(face) for face in faces])
    assert made is not None
    return Witness.unpack(made.pack())


def asked(known: Witness, picture: Pixels | Image.Image) -> Likeness:
    return known.confirms(Reducible(np.asarray(picture)))


def saved(kind: str, quality: int) -> Change:
    def change(image: Image.Image) -> Image.Image:
        return Image.open(io.BytesIO(encoded(image, kind, quality=quality))).convert("RGB")

    return change


def scaled(factor: float, quality: int = 80) -> Change:
    def change(image: Image.Image) -> Image.Image:
        size = (round(image.width * factor), round(image.height * factor))
        return saved("JPEG", quality)(image.resize(size, Image.Resampling.LANCZOS))

    return change


def cut(share: float) -> Change:
    def change(image: Image.Image) -> Image.Image:
        x, y = round(image.width * share), round(image.height * share)
        return image.crop((x, y, image.width - x, image.height - y))

    return change


def gamma(exponent: float) -> Change:
    table = [round(255 * (level / 255) ** exponent) for level in range(256)] * 3
    return lambda image: image.point(table)


HARMLESS: dict[str, Change] = {
    "jpeg 95": saved("JPEG", 95),
    "jpeg 60": saved("JPEG", 60),
    "jpeg 40": saved("JPEG", 40),
    "webp 80": saved("WEBP", 80),
    "avif 60": saved("AVIF", 60),
    "three quarters": scaled(0.75),
    "half": scaled(0.5),
    "saved twice": lambda image: scaled(0.8, 70)(scaled(0.9, 75)(image)),
    "gamma up": gamma(1.05),
    "gamma down": gamma(0.95),
    "brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.02),
    "sharper": lambda image: image.filter(ImageFilter.UnsharpMask(1, 30, 0)),
    "edge lost": cut(0.006),
}
HARMFUL: dict[str, Change] = {
    "grey": lambda image: image.convert("L").convert("RGB"),
    "much of the edge lost": cut(0.06),
    "mirrored": lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "turned": lambda image: image.transpose(Image.Transpose.ROTATE_180),
    "negative": lambda image: image.point([255 - level for level in range(256)] * 3),
    "faded": lambda image: ImageEnhance.Contrast(image).enhance(0.6),
    "tinted": lambda image: Image.merge(
        "RGB", [image.getchannel("R").point(lambda v: v * 0.85), *image.split()[1:]]
    ),
    "hardly there": scaled(0.15),
    "enlarged": scaled(1.5),
}
PICTURES = {
    "portrait": (portrait(), (FACE,)),
    "cup": (cup(), ()),
    "drawn": (drawn_face(), (DRAWN_FACE,)),
}


@pytest.fixture(params=PICTURES)
def known(request: pytest.FixtureRequest) -> tuple[Pixels, Witness]:
    pixels, faces = PICTURES[request.param]
    return pixels, witness(pixels, *faces)


@pytest.mark.parametrize("name", HARMLESS)
def test_a_copy_as_the_web_makes_it_is_the_same(known: tuple[Pixels, Witness], name: str) -> None:
    pixels, kept = known
    likeness = asked(kept, HARMLESS[name](Image.fromarray(pixels)))
    assert likeness.same, likeness
    assert likeness.difference is not None
    assert likeness.difference <= LUMA_LIMIT


@pytest.mark.parametrize("name", HARMFUL)
def test_what_is_not_plainly_a_copy_is_not_the_same(
    known: tuple[Pixels, Witness], name: str
) -> None:
    pixels, kept = known
    assert not asked(kept, HARMFUL[name](Image.fromarray(pixels))).same


def test_another_picture_is_not_the_same() -> None:
    assert not asked(witness(portrait(), FACE), drawn_face(side=512)).same
    assert not asked(witness(drawn_face(1), DRAWN_FACE), drawn_face(2)).same


@pytest.mark.parametrize("seed", range(1, 7))
@pytest.mark.parametrize("share", [1.0, 0.7])
def test_a_swapped_face_is_not_the_same_either_way(seed: int, share: float) -> None:
    original, donor = drawn_face(), drawn_face(seed)
    fake = swapped(original, donor, DRAWN_FACE, share)
    for here, there in ((original, fake), (fake, original)):
        kept = witness(here, DRAWN_FACE)
        for change in (lambda image: image, saved("JPEG", 60), scaled(0.75)):
            assert not asked(kept, change(Image.fromarray(there))).same


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda face: face[:, ::-1], id="mirrored face"),
        pytest.param(lambda face: np.roll(face, 4, axis=0), id="moved by four pixels"),
        pytest.param(lambda face: np.clip(face * 0.9, 0, 255).astype(np.uint8), id="darker face"),
        pytest.param(lambda face: np.roll(face, 1, axis=2), id="other skin"),
    ],
)
def test_a_photographed_face_that_was_changed_is_not_the_same(
    change: Callable[[Pixels], Pixels],
) -> None:
    left, top, width, height = FACE
    source = portrait().copy()
    face = source[top : top + height, left : left + width]
    source[top : top + height, left : left + width] = change(face)
    fake = swapped(portrait(), source, FACE, 1.0)
    near = int(pdq_of(portrait())[0], 16) ^ int(pdq_of(fake)[0], 16)
    assert near.bit_count() <= 31, "PDQ alone would have taken them for copies"
    assert not asked(witness(portrait(), FACE), fake).same
    assert not asked(witness(fake, FACE), portrait()).same


def test_a_thing_pasted_in_is_not_the_same() -> None:
    fake = cup().copy()
    fake[50:90, 60:110] = portrait()[80:120, 190:240]
    assert not asked(witness(cup()), fake).same


@pytest.mark.parametrize("level", [0, 255])
def test_what_was_erased_to_an_end_of_the_scale_is_not_the_same(level: int) -> None:
    """Clipping excuses tones that were near the end, and no others."""
    fake = cup().copy()
    fake[150:200, 250:330] = level
    assert not asked(witness(cup()), fake).same
    meme = np.full((460, 600, 3), level, np.uint8)
    meme[:400] = cup()
    captioned = meme.copy()
    captioned[415:445, 100:500:8] = 255 - level
    assert not asked(witness(captioned), meme).same


def test_a_copy_that_shows_more_is_not_the_same() -> None:
    strip = portrait()[:, :12][:, ::-1]
    assert not asked(witness(cup()), np.hstack([cup(), cup()[:, :12]])).same
    assert not asked(witness(portrait()[:, 12:], FACE), np.hstack([portrait()[:, 12:], strip])).same


def test_a_copy_that_lacks_part_of_a_face_is_not_the_same() -> None:
    kept = witness(portrait(), FACE, (0, 300, 40, 40))
    assert asked(kept, saved("JPEG", 80)(Image.fromarray(portrait()))).same
    assert not asked(kept, cut(0.013)(Image.fromarray(portrait()))).same


def test_a_sharper_copy_is_not_the_same() -> None:
    sharp = Image.fromarray(portrait())
    blurred = np.asarray(sharp.filter(ImageFilter.GaussianBlur(1)))
    assert asked(witness(blurred, FACE), sharp).reason == "finer than what was scored"
    assert asked(witness(portrait(), FACE), blurred).same


def test_what_cannot_be_told_apart_has_no_witness() -> None:
    assert Witness.of(noise(95, 400), []) is None
    assert Witness.of(portrait(), [box(FACE), box((10, 10, 15, 19))]) is None
    assert Witness.of(portrait(), [box((600, 10, 40, 40))]) is None


def test_a_copy_whose_faces_became_too_small_is_not_the_same() -> None:
    kept = witness(portrait(), FACE, (300, 300, 30, 30))
    assert not asked(kept, scaled(0.5)(Image.fromarray(portrait()))).same


def test_a_face_at_the_edge_is_compared_as_far_as_it_is_there() -> None:
    edge = portrait()[:, 200:]
    kept = witness(edge, (0, 65, 70, 120))
    assert asked(kept, saved("JPEG", 70)(Image.fromarray(edge))).same
    fake = edge.copy()
    fake[90:140, :40] = fake[90:140, :40][:, ::-1]
    assert not asked(kept, fake).same


def test_it_is_small() -> None:
    made = Witness.of(portrait(), [box(FACE)])
    assert made is not None
    assert len(made.pack()) < 10_000


@pytest.mark.parametrize(
    "damage",
    [
        lambda packed: b"",
        lambda packed: packed[:20],
        lambda packed: packed[:-40],
        lambda packed: b"CWT9" + packed[4:],
        lambda packed: packed[:4] + bytes(4) + packed[8:],
        lambda packed: packed[:48] + b"\x07" + packed[49:],
    ],
)
def test_a_damaged_one_is_told(damage: Callable[[bytes], bytes]) -> None:
    made = Witness.of(portrait(), [box(FACE)])
    assert made is not None
    with pytest.raises(ValueError, match="witness"):
        Witness.unpack(damage(made.pack()))


@pytest.mark.parametrize("region", [(0, 0, np.inf, 1), (0, 0, 1e9, 1e9), (0.5, 0.5, 0.2, 0.6)])
def test_a_region_that_is_none_is_told(region: tuple[float, ...]) -> None:
    made = Witness.of(portrait(), [box(FACE)])
    assert made is not None
    bent = dataclasses.replace(made, faces=((Region(*region), made.faces[0][1]),))
    with pytest.raises(ValueError, match="damaged"):
        Witness.unpack(bent.pack())


def test_extreme_shapes_do_no_harm() -> None:
    for shape in ((96, 4000), (4000, 96)):
        kept = witness(noise(*shape), (0, 0, 96, 96))
        assert asked(kept, noise(*shape)).same
        assert not asked(kept, noise(*shape, seed=1)).same
