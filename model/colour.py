"""Any mode that a picture file can have, as 8-bit sRGB.

Browsers show the picture in sRGB, people judge what they see, and the model is trained on it.
Knows nothing of files or of how a picture is held: `model.upright` does.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageCms

# Colour spaces of a profile (ICC.1:2022, 7.2.6) and the modes it can speak about.
MODES_OF_SPACE = {"RGB": ("RGB", "RGBA"), "GRAY": ("L",), "CMYK": ("CMYK",)}


def to_rgb(image: Image.Image) -> Image.Image:
    """A loaded image of any mode as mode RGB in sRGB, transparency laid over white.

    A profile that is broken, or of another colour space than the pixels, is ignored, as browsers
    do.
    """
    profile = image.info.get("icc_profile")
    image = _eight_bits(image)
    if profile:
        image = _in_srgb(image, profile)
    if image.mode == "RGBA":
        return _over_white(image)
    return image if image.mode == "RGB" else image.convert("RGB")


def stored_as_srgb(image: Image.Image) -> bool:
    """Whether `to_rgb` would do no more than change the mode; the image need not be loaded."""
    plain = not image.mode.startswith("I") and not image.has_transparency_data
    return plain and "icc_profile" not in image.info


def _eight_bits(image: Image.Image) -> Image.Image:
    """One of L, RGB, RGBA and CMYK."""
    if image.mode.startswith("I"):
        # Pillow clips 16-bit gray to white. The high byte is what it takes of 16-bit colour.
        high = np.clip(np.asarray(image), 0, 65535) >> 8
        return Image.fromarray(high.astype(np.uint8))
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image if image.mode in ("L", "RGB", "CMYK") else image.convert("RGB")


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        modes = MODES_OF_SPACE.get(source.profile.xcolor_space.strip(), ())
        if image.mode not in modes or "srgb" in ImageCms.getProfileDescription(source).lower():
            return image
        converted = ImageCms.profileToProfile(
            image,
            source,
            ImageCms.createProfile("sRGB"),
            outputMode="RGBA" if image.mode == "RGBA" else "RGB",
        )
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return image
    return converted or image


def _over_white(image: Image.Image) -> Image.Image:
    """What lies under a transparent pixel is arbitrary and nobody sees it: it must not count.

    White, because that is the ground of most pages, and what becomes of transparency when such
    a picture is saved as JPEG.
    """
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground
