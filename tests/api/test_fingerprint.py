"""Digests: of what they are made, and what they tell apart."""

from __future__ import annotations

import hashlib

import numpy as np

from api.fingerprint import digest_bytes, digest_pixels


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
