"""Pictures with bytes flipped, cut out, doubled and swapped: an answer or an error of ours."""

from __future__ import annotations

import io
import random
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image, ImageCms

from api.errors import CandorError
from api.imaging import Picture, decode

ROUNDS = 150


def saved(image: Image.Image, format: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def samples() -> dict[str, bytes]:
    noise = np.random.default_rng(1).integers(0, 255, (40, 48, 3), dtype=np.uint8)
    image = Image.fromarray(noise).resize((96, 80))
    exif = Image.Exif()
    exif[0x0112] = 6
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    profile = profile.replace("sRGB".encode("utf-16-be"), "Wide".encode("utf-16-be"))
    extras = {"exif": exif, "icc_profile": profile}
    moving = {"save_all": True, "append_images": [Image.new("RGB", image.size, "red")]}
    return {
        "jpeg": saved(image, "JPEG", **extras),
        "progressive jpeg": saved(image, "JPEG", progressive=True),
        "cmyk jpeg": saved(image.convert("CMYK"), "JPEG"),
        "mpo": saved(image, "MPO", **moving),
        "png": saved(image, "PNG", **extras),
        "16-bit png": saved(Image.fromarray(noise[..., 0].astype(np.uint16) * 257), "PNG"),
        "palette png": saved(image.quantize(8), "PNG", transparency=bytes([0, 128, 255])),
        "moving png": saved(image, "PNG", **moving),
        "gif": saved(image.quantize(16), "GIF", transparency=3),
        "moving gif": saved(image, "GIF", **moving),
        "webp": saved(image, "WEBP", **extras),
        "lossless webp": saved(image.convert("RGBA"), "WEBP", lossless=True),
        "moving webp": saved(image, "WEBP", **moving),
        "avif": saved(image, "AVIF", **extras),
        "moving avif": saved(image, "AVIF", **moving),
    }


SAMPLES = samples()


def mangled(content: bytes, chance: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 8))):
        # Headers decide most: half of the damage is done within the first 200 bytes.
        start = chance.randrange(min(200, len(data)) if chance.random() < 0.5 else len(data))
        stop = min(len(data), start + chance.choice((1, 1, 4, 64)))
        piece = data[start:stop]
        data[start:stop] = chance.choice(
            (
                chance.randbytes(len(piece)),
                b"\xff" * len(piece),
                bytes(len(piece)),
                piece * 2,
                b"",
                bytes([piece[0] ^ 1 << chance.randrange(8)]) + piece[1:],
            )
        )
        if not data:
            return b""
    return bytes(data[: chance.randrange(len(data))] if chance.random() < 0.2 else data)


# Pillow warns of much that is broken; outside of tests `api.imaging` keeps that quiet.
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", SAMPLES)
def test_no_damage_surprises(kind):
    chance = random.Random(kind)  # noqa: S311
    for _ in range(ROUNDS):
        content = mangled(SAMPLES[kind], chance)
        with suppress(CandorError):
            picture = decode(content, max_pixels=1_000_000, min_side=8)
            assert isinstance(picture, Picture)
            assert picture.pixels.shape == (picture.height, picture.width, 3)
            assert picture.frames > 0


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", SAMPLES)
def test_no_cut_surprises(kind):
    content = SAMPLES[kind]
    for length in {*range(40), *range(40, len(content), max(1, len(content) // 40))}:
        with suppress(CandorError):
            decode(content[:length], max_pixels=1_000_000, min_side=8)


def test_noise_is_no_picture():
    chance = random.Random(2)  # noqa: S311
    starts = [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\0\1\0\0WEBPVP8 ", b"BM"]
    for _ in range(300):
        content = chance.choice(starts) + chance.randbytes(chance.randrange(300))
        with pytest.raises(CandorError):
            decode(content, max_pixels=1_000_000, min_side=8)
