"""One picture through H.264 and back: what a frame of a shared video has been through."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]


def through_h264(pixels: Pixels, rate_factor: int) -> Pixels:
    """Encode as the only frame of a video and decode it again; 4 ms at 256 px.

    Args:
        pixels: (H, W, 3) RGB, at least 16 px a side. Colours are halved in resolution, so that of
            an odd side the last line comes back as it was.
        rate_factor: libx264's constant rate factor, 0..51; 23 is its default and FaceForensics++'s
            "c23".
    """
    height, width = (side - side % 2 for side in pixels.shape[:2])
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base, encoder.thread_count = Fraction(1, 25), 1
    encoder.options = {"crf": str(rate_factor), "preset": "veryfast", "tune": "zerolatency"}
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels[:height, :width]), "rgb24")
    decoder = av.CodecContext.create("h264", "r")
    decoder.thread_count = 1
    packets = [*encoder.encode(frame), *encoder.encode(None)]
    frames = [*(f for p in packets for f in decoder.decode(p)), *decoder.decode(None)]
    returned = pixels.copy()
    returned[:height, :width] = frames[0].to_ndarray(format="rgb24")
    return returned
