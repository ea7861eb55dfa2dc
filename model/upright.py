"""A picture as people see it, for whoever opens a file: to serve, to learn from and to measure on.

Knows nothing of sizes, formats or strangers: `api.imaging` bounds what it opens, and a manifest is
trusted.
"""

from __future__ import annotations

from PIL import ExifTags, Image

from model.colour import stored_as_srgb, to_rgb

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each value of the EXIF orientation (CIPA DC-008, 4.6.5)."""


def upright(image: Image.Image) -> Image.Image:
    """The first frame of an opened file: turned as its EXIF says, mode RGB, sRGB, over white."""
    image.load()
    turn = _turn(image)
    shown = to_rgb(image)
    return shown if turn is None else shown.transpose(turn)


def shown_as_stored(image: Image.Image) -> bool:
    """Whether `upright` does no more than `convert("RGB")`, which the head of a file tells."""
    # A PNG that tells of its orientation only behind its pixels would have to be decoded for it.
    turned = "exif" in image.info and _turn(image) is not None
    return not turned and stored_as_srgb(image)


def _turn(image: Image.Image) -> Image.Transpose | None:
    """How to set a picture upright. EXIF that cannot be read turns nothing."""
    try:
        return TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:
        return None
