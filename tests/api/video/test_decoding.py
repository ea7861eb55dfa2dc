"""Clips of strangers: frames come out where they are wanted, and what is wrong has a name."""

from __future__ import annotations

import io
import struct
import tempfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from api.errors import CandorError, NotAVideo, TooLarge, TooSmall, UnsupportedFormat
from api.video import decoding
from api.video.decoder import Limits
from api.video.decoding import End, Frame, decoded

from clips import RATE, clip, lying, noise_clip, sound_only, two_scenes
from pictures import encoded, portrait

LIMITS = Limits(
    max_seconds=20, max_pixels=1_000_000, min_side=32, cpu_seconds=30, memory_bytes=3 << 30
)


async def told(content: bytes, limits: Limits = LIMITS) -> list[Frame | decoding.Beat | End]:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        return [one async for one in decoded(file, limits)]


async def frames(content: bytes, limits: Limits = LIMITS) -> list[Frame]:
    return [one for one in await told(content, limits) if isinstance(one, Frame)]


@pytest.mark.parametrize(
    ("container", "codec"),
    [("mp4", "mpeg4"), ("mp4", "libx264"), ("webm", "libvpx-vp9"), ("matroska", "libx264"),
     ("mov", "mjpeg"), ("avi", "mpeg4")],
)  # fmt: skip
async def test_the_pixels_are_those_that_were_filmed(container: str, codec: str) -> None:
    shown = np.zeros((96, 128, 3), np.uint8)
    shown[:, :64] = (220, 30, 30)

    first = (await frames(clip([shown] * RATE, container, codec)))[0]

    assert first.picture.pixels.shape == (96, 128, 3)
    assert abs(first.picture.pixels[48, 30].astype(int) - (220, 30, 30)).max() < 25
    assert first.picture.pixels[48, 100].max() < 25


async def test_frames_are_taken_evenly_and_where_a_scene_begins() -> None:
    *seen, end = [one for one in await told(two_scenes(2)) if not isinstance(one, decoding.Beat)]

    assert isinstance(end, End)
    assert (end.seconds, end.damaged) == (4, False)
    assert [frame.scene for frame in seen] == sorted(frame.scene for frame in seen)
    assert {frame.scene for frame in seen} == {0, 1}
    assert next(frame.time for frame in seen if frame.scene == 1) == 2
    apart = np.diff([frame.time for frame in seen])
    assert apart.max() <= 0.6
    assert len(seen) <= 10


async def test_a_strobe_is_not_a_hundred_scenes() -> None:
    strobe = [np.full((96, 128, 3), 250 * (number % 2), np.uint8) for number in range(40)]

    assert max(frame.scene for frame in await frames(clip(strobe))) <= 4 / 0.3


async def test_what_is_filmed_upright_is_seen_upright() -> None:
    [pixels, *_] = [frame.picture.pixels for frame in await frames(lying())]

    assert pixels.shape == (128, 96, 3)
    assert pixels[10, 48].min() > 200
    assert pixels[120, 48].max() < 50


@pytest.mark.parametrize(
    ("aspect", "shape"),
    [
        (Fraction(3, 2), (96, 192, 3)),
        (Fraction(3, 4), (96, 96, 3)),
        (Fraction(16), (60, 1280, 3)),
    ],
)
@pytest.mark.parametrize("container", ["mp4", "matroska", "avi"])
async def test_pixels_that_are_not_square_are_seen_as_they_are_shown(
    container: str, aspect: Fraction, shape: tuple[int, ...]
) -> None:
    squeezed = np.zeros((96, 128, 3), np.uint8)

    seen = await frames(clip([squeezed] * 3, container, aspect=aspect))

    assert {frame.picture.pixels.shape for frame in seen} == {shape}


async def test_what_is_turned_was_widened_before() -> None:
    [frame, *_] = await frames(lying(Fraction(3, 2)))

    assert frame.picture.pixels.shape == (192, 96, 3)


@pytest.mark.parametrize("aspect", [(60_000, 1), (1, 60_000), (2**31 - 1, 1)])
async def test_a_pixel_as_wide_or_high_as_a_film_is_refused(aspect: tuple[int, int]) -> None:
    content = bytearray(clip([np.zeros((96, 128, 3), np.uint8)] * 3, aspect=Fraction(4, 3)))
    # The box of pixels' shape (ISO 14496-12, 12.1.4.2).
    struct.pack_into(">2I", content, content.index(b"pasp") + 4, *aspect)

    assert isinstance(await refusal(bytes(content)), TooSmall)


async def refusal(content: bytes, limits: Limits = LIMITS) -> CandorError:
    with pytest.raises(CandorError) as raised:
        await told(content, limits)
    assert raised.value.detail.startswith("The clip is refused: ") or "decoder" in str(raised.value)
    return raised.value


async def test_sound_alone_is_no_clip() -> None:
    error = await refusal(sound_only())

    assert isinstance(error, NotAVideo)
    assert "sound and no moving picture" in error.detail


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        encoded(portrait()),
        encoded(Image.new("RGB", (64, 64)), "AVIF"),
    ],
    ids=["nothing", "playlist", "concat", "svg", "png", "avif"],
)
async def test_what_is_no_container_is_never_opened(content: bytes) -> None:
    assert isinstance(await refusal(content), UnsupportedFormat)


@pytest.mark.parametrize(
    "content",
    [b"\0\0\0\x18ftypmp42" + bytes(200), b"\x1aE\xdf\xa3" + bytes(200), noise_clip(4)[:3000]],
    ids=["mp4", "matroska", "cut off"],
)
async def test_a_broken_container_is_said_to_be_broken(content: bytes) -> None:
    assert isinstance(await refusal(content), NotAVideo)


async def test_what_can_be_decoded_of_a_damaged_clip_is_looked_at() -> None:
    content = bytearray(noise_clip(30))
    middle = len(content) // 2
    content[middle : middle + 3000] = b"\xff" * 3000

    *seen, end = await told(bytes(content))

    assert isinstance(end, End)
    assert end.damaged
    assert len([one for one in seen if isinstance(one, Frame)]) > 3


async def test_a_clip_beyond_the_limits_is_refused() -> None:
    long = replace(LIMITS, max_seconds=1)
    assert isinstance(await refusal(two_scenes(1), long), TooLarge)

    few_pixels = replace(LIMITS, max_pixels=96 * 127)
    assert "more than the" in (await refusal(two_scenes(1), few_pixels)).detail


async def test_a_clip_that_hides_its_length_is_cut_off_at_the_limit() -> None:
    buffer = io.BytesIO(clip([np.zeros((96, 128, 3), np.uint8)] * 40, "matroska"))
    content = bytearray(buffer.getvalue())
    # The element Duration (0x4489) becomes one that nobody knows.
    at = content.index(b"\x44\x89\x88")
    content[at : at + 2] = b"\x44\x8a"

    error = await refusal(bytes(content), replace(LIMITS, max_seconds=2))

    assert "longer than 2 s" in error.detail


async def test_a_clip_that_claims_to_be_shorter_has_no_more_frames_looked_at() -> None:
    honest = clip([np.zeros((96, 128, 3), np.uint8)] * 150, "matroska")
    content = bytearray(honest)
    # Duration in milliseconds, as a float of eight bytes.
    at = content.index(b"\x44\x89\x88") + 3
    assert struct.unpack(">d", content[at : at + 8]) == (15_000,)
    content[at : at + 8] = struct.pack(">d", 1)

    seen = await frames(bytes(content))

    assert len(await frames(honest)) == 30
    # A few more at the start, where the claim might still be true.
    assert 30 <= len(seen) <= 50


async def test_frames_too_small_to_say_anything_about_are_refused() -> None:
    for height, width in ((16, 64), (1200, 16)):
        error = await refusal(clip([np.zeros((height, width, 3), np.uint8)] * 3))
        assert isinstance(error, TooSmall)
    # What is left of a side when the longer is shrunk.
    error = await refusal(clip([np.zeros((40, 4000, 3), np.uint8)] * 3, "mp4", "libx264"))
    assert "1280 x 13 pixels" in error.detail


async def test_frames_that_change_their_size_are_told_in_one() -> None:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as out:
        stream = out.add_stream("mjpeg", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuvj420p"
        for number, side in enumerate([96] * RATE + [48] * RATE):
            still = Image.new("RGB", (side * 4 // 3, side), "teal")
            packet = av.Packet(encoded(still, "JPEG"))
            packet.stream, packet.time_base = stream, Fraction(1, RATE)
            packet.pts = packet.dts = number
            packet.is_keyframe = True
            out.mux(packet)

    shapes = {frame.picture.pixels.shape for frame in await frames(buffer.getvalue())}

    assert shapes == {(96, 128, 3)}


async def test_frames_at_uneven_times_are_told_at_theirs() -> None:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as out:
        stream = out.add_stream("mpeg4", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv420p"
        for at in (0, 1, 2, 3, 40, 80, 81, 120):
            frame = av.VideoFrame.from_ndarray(np.zeros((96, 128, 3), np.uint8), format="rgb24")
            frame.pts, frame.time_base = at, Fraction(1, RATE)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())

    assert [frame.time for frame in await frames(buffer.getvalue())] == [0, 4, 8, 12]


async def test_a_picture_attached_to_a_song_is_no_clip() -> None:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as out:
        song = out.add_stream("aac", rate=48_000)
        cover = out.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 64, 64, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        sound = av.AudioFrame.from_ndarray(
            np.zeros((1, 48_000), np.float32), format="fltp", layout="mono"
        )
        sound.sample_rate = 48_000
        out.mux(song.encode(sound))
        out.mux(song.encode())
        packet = av.Packet(encoded(Image.new("RGB", (64, 64)), "JPEG"))
        packet.stream, packet.pts, packet.dts = cover, 0, 0
        out.mux(packet)

    assert "sound and no moving picture" in (await refusal(buffer.getvalue())).detail


async def test_a_decoder_that_dies_takes_nothing_along(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "decoder.py"
    program.write_text("import os; os.kill(os.getpid(), 11)\n")
    monkeypatch.setattr(decoding.decoder, "__file__", str(program))

    assert "broke the decoder" in (await refusal(two_scenes())).detail


async def test_a_decoder_that_hangs_is_ended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "decoder.py"
    program.write_text("import time; time.sleep(60)\n")
    monkeypatch.setattr(decoding.decoder, "__file__", str(program))
    monkeypatch.setattr(decoding, "SILENCE_S", 0.5)

    assert "busy" in (await refusal(two_scenes())).detail
