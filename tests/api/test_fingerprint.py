"""Digests: of what they are made, and what they tell apart."""

from __future__ import annotations

import hashlib
import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from api.fingerprint import digest_bytes, digest_pixels, pdq_of

from pictures import cup, portrait

PUBLISHED = {
    "image1.jpg": ("162f64caf95043b9bf2f3aceda528c7e0083d95066adc369e299a1709d723c8f", 2),
    "image2.jpg": ("6d4da52c96e436e6c933db32364a648c4daddb6ce673c6669d6c4018f4d0a8cd", 0),
    "image3.jpg": ("0f3a64e05392ed6b32c4c71374f9cb873378c5c5745f11796c05733ae4c99646", 0),
    "image4.jpg": ("d83acfc7bc386ecd3263359c4263bd1cd9a30af83c0f60f03747c03ccf72a08b", 0),
    "image5.jpg": ("3f98c0e79c7e1b0ee1e1b0bd46567bc129acd2791c96cf4a3071ce8f991131b2", 0),
    "image6.jpg": ("dce5f41e8b8cf0900aabcce142aa8def70ae780ef5c4e0515fd5e2f1281f360e", 0),
    "image7.jpg": ("a78d2315b479b87693f61f091936e0e3e1e6c61e0e380e318e638ec718defdc0", 2),
    "image8.jpg": ("522362058e441e722cdea9cb911b5fa997386a7721e781870f44eedc91fbe54b", 0),
    "image9.jpg": ("36ce692904162be3c9a524f8356f1e12cadbd4f839a5a41ab247d3d858bb69a7", 0),
    "image10.jpg": ("1cc64275f58c5f73899362bc55cf98bce30236dd89a6701bdfe4809e63631c07", 0),
}
"""PDQ of Meta's own program over ten photographs from Wikimedia Commons, and in how many bits a
decoder may differ: tests/test_compute.py of pdqhash 0.2.8. The photographs come in the package
`perception`, of which nothing else is used."""


def picture(height: int = 4, width: int = 6) -> np.ndarray:
    return np.arange(height * width * 3, dtype=np.uint8).reshape(height, width, 3)


def test_bytes_are_digested_as_they_came():
    assert digest_bytes(b"abc") == hashlib.sha256(b"abc").hexdigest()


def test_pixels_are_digested_after_a_versioned_header_with_their_shape():
    expected = hashlib.sha256(b"candor-pixels-1 4 6\n" + picture().tobytes()).hexdigest()
    assert digest_pixels(picture()) == expected


def test_equal_bytes_of_another_shape_differ():
    assert digest_pixels(picture()) != digest_pixels(picture().reshape(6, 4, 3))
    assert digest_pixels(picture()) != digest_pixels(picture().reshape(2, 12, 3))


def test_one_changed_value_differs():
    changed = picture()
    changed[3, 5, 2] ^= 1
    assert digest_pixels(picture()) != digest_pixels(changed)


def test_the_memory_layout_does_not_count():
    turned = np.ascontiguousarray(picture().transpose(1, 0, 2)).transpose(1, 0, 2)
    assert not turned.flags.c_contiguous
    assert digest_pixels(turned) == digest_pixels(picture())
    assert digest_pixels(picture(8, 6)[::2]) == digest_pixels(picture(8, 6)[::2].copy())


def photographs() -> Path | None:
    found = importlib.util.find_spec("perception")
    return Path(str(found.origin)).parent / "testing" / "images" if found else None


@pytest.mark.parametrize("name", PUBLISHED)
def test_pdq_is_what_was_published(name: str):
    folder = photographs()
    if folder is None:
        if os.environ.get("CI"):
            pytest.fail("the photographs of the published hashes are missing")
        pytest.skip("needs the photographs of `perception`, which scripts/test installs")
    expected, tolerance = PUBLISHED[name]
    hashed, quality = pdq_of(np.asarray(Image.open(folder / name).convert("RGB")))
    assert distance(hashed, expected) <= tolerance
    assert quality == 100


def test_pdq_stays_near_over_sizes():
    small = np.asarray(Image.fromarray(portrait()).resize((300, 300)))
    large = np.asarray(Image.fromarray(portrait()).resize((3000, 3000)))
    assert distance(pdq_of(portrait())[0], pdq_of(small)[0]) <= 10
    assert distance(pdq_of(portrait())[0], pdq_of(large)[0]) <= 10
    assert distance(pdq_of(portrait())[0], pdq_of(cup())[0]) > 90


def test_a_picture_of_nothing_has_no_quality():
    assert pdq_of(np.full((100, 100, 3), 120, np.uint8))[1] == 0


def distance(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()
