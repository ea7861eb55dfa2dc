"""Every format and mode becomes upright RGB, and everything else an error that names it."""

from __future__ import annotations

import io
import random
import struct

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from api.errors import NotAnImage, TooLarge, TooSmall, UnsupportedFormat
from api.imaging import Picture, decode

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")


def saved(image: Image.Image, format: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def decoded(content: bytes, max_pixels: int = 1_000_000, min_side: int = 8) -> Picture:
    return decode(content, max_pixels=max_pixels, min_side=min_side)


def drawn(width: int = 64, height: int = 32) -> Image.Image:
    """Green above, red and blue below: no two turns of it are alike. Edges fall on JPEG blocks."""
    image = Image.new("RGB", (width, height), (200, 30, 30))
    image.paste((30, 30, 200), (width // 2, 0, width, height))
    image.paste((30, 200, 30), (0, 0, width, height // 2))
    return image


def close(left: np.ndarray, right: np.ndarray | Image.Image, within: float = 4) -> bool:
    right = np.asarray(right)
    return left.shape == right.shape and np.abs(left.astype(int) - right).mean() <= within


@pytest.mark.parametrize("format", FORMATS)
def test_each_format_becomes_rgb_pixels(format):
    picture = decoded(saved(drawn(), format))
    assert (picture.format, picture.frames) == (format, 1)
    assert (picture.width, picture.height) == (64, 32)
    assert picture.pixels.dtype == np.uint8
    assert picture.pixels.flags.c_contiguous
    assert picture.pixels.flags.writeable
    assert close(picture.pixels, drawn())


@pytest.mark.parametrize("format", ["PNG", "GIF", "WEBP", "AVIF"])
def test_of_an_animation_the_first_frame_is_taken_and_the_rest_counted(format):
    rest = [Image.new("RGB", (64, 32), colour) for colour in ("black", "yellow")]
    picture = decoded(saved(drawn(), format, save_all=True, append_images=rest))
    assert picture.frames == 3
    assert close(picture.pixels, drawn())


def test_a_phones_jpeg_with_a_second_picture_behind_it_is_a_jpeg():
    picture = decoded(saved(drawn(), "MPO", save_all=True, append_images=[drawn(32, 16)]))
    assert (picture.format, picture.frames, picture.width) == ("JPEG", 1, 64)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_exif_orientation_is_applied(format, orientation):
    turned = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    image = drawn().transpose(turned[orientation]) if orientation in turned else drawn()
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    assert close(decoded(saved(image, format, exif=exif)).pixels, drawn())


# Pillow warns of broken EXIF; outside of tests `api.imaging` keeps that quiet.
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    "exif",
    [
        b"Exif\0\0",
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0MM\0*\0\0\0\x08\xff\xff",
        b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x02\0\0\0\x04abc\0\0\0\0\0",
        b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x63\0\0\0\0\0\0",
    ],
)
def test_broken_exif_turns_nothing(exif):
    assert close(decoded(saved(drawn(), "JPEG", exif=exif)).pixels, drawn())


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_no_damage_to_the_exif_makes_a_picture_unreadable():
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.XResolution] = 72.5
    exif[ExifTags.Base.Make] = "maker"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ExposureTime] = 0.01
    content = saved(drawn(), "JPEG", exif=exif)
    start, end = content.index(b"Exif"), content.index(b"\xff\xdb")
    chance = random.Random(8)  # noqa: S311
    for _ in range(500):
        damaged = bytearray(content)
        for place in chance.choices(range(start, end), k=3):
            damaged[place] = chance.choice((0, 1, 2, 127, 255, chance.randrange(256)))
        assert sorted(decoded(bytes(damaged)).pixels.shape) == [3, 32, 64]


def test_transparency_is_laid_over_white():
    image = Image.new("RGBA", (16, 16), (255, 0, 0, 0))
    image.paste((255, 0, 0, 255), (0, 0, 8, 16))
    image.paste((0, 0, 0, 128), (0, 0, 8, 4))
    for format in ("PNG", "WEBP"):
        pixels = decoded(saved(image, format, lossless=True)).pixels
        assert pixels[8, 2].tolist() == [255, 0, 0]
        assert pixels[8, 12].tolist() == [255, 255, 255]
        assert pixels[2, 2].tolist() == [127, 127, 127]


def test_a_transparent_palette_entry_is_laid_over_white():
    image = Image.new("P", (16, 16), 1)
    image.putpalette([0, 0, 0, 200, 10, 10, 10, 10, 200])
    image.paste(2, (8, 0, 16, 16))
    for content in (
        saved(image, "PNG", transparency=2),
        saved(image, "PNG", transparency=bytes([255, 255, 0])),
        saved(image, "GIF", transparency=2),
    ):
        pixels = decoded(content).pixels
        assert pixels[8, 2].tolist() == [200, 10, 10]
        assert pixels[8, 12].tolist() == [255, 255, 255]


@pytest.mark.parametrize("mode", ["L", "RGB", "1"])
def test_a_transparent_colour_is_laid_over_white(mode):
    image = Image.new(mode, (16, 16), 0)
    transparency = (0, 0, 0) if mode == "RGB" else 0
    assert (decoded(saved(image, transparency=transparency)).pixels == 255).all()


def test_gray_with_alpha_is_laid_over_white():
    image = Image.new("LA", (16, 16), (100, 255))
    image.paste((100, 0), (8, 0, 16, 16))
    pixels = decoded(saved(image)).pixels
    assert pixels[8, 2].tolist() == [100, 100, 100]
    assert pixels[8, 12].tolist() == [255, 255, 255]


def test_sixteen_bit_gray_is_scaled_and_not_clipped():
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)
    image = Image.fromarray(np.tile(ramp, (16, 1)))
    assert (decoded(saved(image)).pixels == np.arange(256)[None, :, None]).all()


def test_one_bit_becomes_black_and_white():
    image = Image.new("1", (16, 16), 0)
    image.paste(1, (8, 0, 16, 16))
    pixels = decoded(saved(image)).pixels
    assert (pixels[:, :8] == 0).all()
    assert (pixels[:, 8:] == 255).all()


def test_cmyk_as_adobe_inverts_it_has_its_colours():
    picture = decoded(saved(drawn().convert("CMYK"), "JPEG", quality=95))
    assert close(picture.pixels, drawn())


def profile(red: tuple[float, float, float], space: bytes = b"RGB ") -> bytes:
    """The sRGB profile with another red, as wide-gamut profiles have, and without its name."""
    built = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = bytearray(built.replace("sRGB".encode("utf-16-be"), "Wide".encode("utf-16-be")))
    data[16:20] = space
    for entry in range(132, 132 + 12 * struct.unpack_from(">I", data, 128)[0], 12):
        tag, offset, _ = struct.unpack_from(">4sII", data, entry)
        if tag == b"rXYZ":
            struct.pack_into(">3i", data, offset + 8, *(round(value * 65536) for value in red))
    return bytes(data)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_an_embedded_profile_is_converted_to_srgb(format):
    wide = profile((0.6, 0.28, 0.0))
    plain = decoded(saved(drawn(), format)).pixels
    converted = decoded(saved(drawn(), format, icc_profile=wide)).pixels
    assert converted[20, 8, 0] > plain[20, 8, 0] + 15


def test_a_profile_leaves_transparency_alone():
    image = Image.new("RGBA", (16, 16), (200, 30, 30, 0))
    wide = profile((0.6, 0.28, 0.0))
    assert (decoded(saved(image, icc_profile=wide)).pixels == 255).all()


@pytest.mark.parametrize(
    "broken",
    [b"x", bytes(200), profile((0.6, 0.3, 0.0))[:300], profile((0.6, 0.3, 0.0), space=b"CMYK")],
)
def test_a_broken_profile_is_ignored(broken):
    assert close(decoded(saved(drawn(), icc_profile=broken)).pixels, drawn(), within=0)


def test_the_same_bytes_give_the_same_pixels():
    content = saved(drawn(640, 480), "JPEG")
    assert (decoded(content).pixels == decoded(content).pixels).all()


def test_a_picture_at_the_limits_is_accepted():
    assert decoded(saved(drawn(40, 8)), max_pixels=320, min_side=8).width == 40


@pytest.mark.parametrize("format", FORMATS)
def test_too_many_pixels_are_named_with_the_limit(format):
    with pytest.raises(TooLarge, match="64 x 32 pixels; at most 2047 "):
        decoded(saved(drawn(), format), max_pixels=2047)


@pytest.mark.parametrize("format", FORMATS)
def test_a_short_side_is_named_with_the_limit(format):
    with pytest.raises(TooSmall, match=r"64 x 32 pixels.* 33\."):
        decoded(saved(drawn(), format), min_side=33)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (saved(drawn(), "TIFF"), "TIFF"),
        (saved(drawn(), "BMP"), "BMP"),
        (saved(drawn(), "ICO"), "ICO"),
        (saved(drawn(), "PDF"), "PDF"),
        (saved(drawn(), "JPEG2000"), "JPEG 2000"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(99), "HEIC"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic" + bytes(99), "HEIC"),
        (b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + bytes(99), "MP4"),
        (b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(99), "JPEG XL"),
        (b"\xff\x0a" + bytes(99), "JPEG XL"),
        (b"8BPS\0\1" + bytes(99), "PSD"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- by hand -->\n<SVG/>", "SVG"),
        (b"\x1aE\xdf\xa3" + bytes(99), "WebM"),
    ],
)
def test_a_known_kind_that_is_not_read_is_named_with_what_is(content, kind):
    with pytest.raises(UnsupportedFormat, match=rf"^{kind} is not read\. Accepted are JPEG, PNG"):
        decoded(content)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html><svg></svg></html>", "web page"),
        (b" \n<html lang=en>", "web page"),
        (b"<?xml version='1.0'?><rss/>", "XML"),
        (b'{"error": "no such picture"}', "JSON"),
        (b"Not found", "a text"),
        ("BMW fährt".encode(), "a text"),
        (b"PK\3\4" + bytes(99), "ZIP"),
        (b"\x1f\x8b\x08" + bytes(99), "gzip"),
        (bytes(100), "no kind that is known"),
        (b"\xff\xd8\xff\xe0", "a JPEG picture that is broken"),
        (b"\x89PNG\r\n\x1a\n", "a PNG picture that is broken"),
    ],
)
def test_what_is_no_picture_is_told_what_it_looks_like(content, named):
    with pytest.raises(NotAnImage, match=named):
        decoded(content)


@pytest.mark.parametrize("format", FORMATS)
def test_a_cut_off_picture_is_broken(format):
    noise = np.random.default_rng(3).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    content = saved(Image.fromarray(noise), format)
    with pytest.raises(NotAnImage, match="broken or cut off"):
        decoded(content[: len(content) // 2])


def test_a_text_of_two_megabytes_in_a_png_is_broken_and_not_inflated():
    text = PngImagePlugin.PngInfo()
    text.add_text("comment", "x" * 2_000_000, zip=True)
    with pytest.raises(NotAnImage):
        decoded(saved(drawn(), pnginfo=text))
