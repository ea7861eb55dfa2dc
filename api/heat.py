"""Heat maps: the cells of a look as text in a verdict, and as a picture to lay over faces.

A verdict keeps 196 bytes a face and no pixel of the picture, so the heat map can be drawn for as
long as the verdict is remembered. Pure; routes and `api.judging` call it.
"""

from __future__ import annotations

import base64
import io

import numpy as np
import numpy.typing as npt
from PIL import Image

from api.errors import NotFound
from api.verdict import Box, Look, Verdict
from model.explain import CELLS, Grid
from model.explain import Look as Looked

LONGEST_SIDE = 640
"""Of the picture that is drawn, whatever the size of the one that was checked."""
OPACITY = 0.75
"""Of the strongest cell: what is under it should still be seen."""
COLOURS = np.array([(35, 20, 95), (150, 25, 110), (235, 90, 40), (255, 215, 70)], np.float32)
"""From weak to strong, in even steps. Lighter as well as warmer, for those who see no colours."""


def text_of(grid: Grid) -> str:
    """As verdicts carry it."""
    return base64.b64encode(grid.tobytes()).decode("ascii")


def grid_of(text: str) -> Grid:
    """What `text_of` wrote."""
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(CELLS, CELLS)


def look_in(look: Looked) -> Look:
    """A look as verdicts carry it."""
    square = look.square
    return Look(
        area=Box(left=square.left, top=square.top, width=square.side, height=square.side),
        attention=text_of(look.attention),
        edge=look.edge,
    )


def address_of(verdict: Verdict) -> str | None:
    """Path of the heat map; None where no face has one."""
    if all(face.look is None for face in verdict.faces):
        return None
    return f"/v1/verdicts/{verdict.id}/explanation.png"


def drawn(verdict: Verdict) -> bytes:
    """A PNG of the picture's proportions: attention over each face, transparent elsewhere.

    Raises:
        NotFound: No face of this verdict has a map.
    """
    looks = [face.look for face in verdict.faces if face.look is not None]
    if not looks:
        raise NotFound(
            f"The verdict {verdict.id} has no heat map: no face was scored, or it is older than "
            "heat maps. Have the picture checked with ?fresh=true."
        )
    width, height = verdict.picture.width, verdict.picture.height
    scale = min(1.0, LONGEST_SIDE / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    heat = np.zeros((size[1], size[0]), np.float32)
    for look in looks:
        _lay(heat, look, scale)
    buffer = io.BytesIO()
    Image.fromarray(_coloured(heat), "RGBA").save(buffer, "PNG")
    return buffer.getvalue()


def _lay(heat: npt.NDArray[np.float32], look: Look, scale: float) -> None:
    """Where faces overlap the stronger cell shows."""
    left, top = round(look.area.left * scale), round(look.area.top * scale)
    width, height = (max(1, round(side * scale)) for side in (look.area.width, look.area.height))
    place = heat[max(0, top) : max(0, top + height), max(0, left) : max(0, left + width)]
    cells = Image.fromarray(grid_of(look.attention))
    smooth = np.asarray(cells.resize((width, height), Image.Resampling.BICUBIC), np.float32) / 255
    np.maximum(place, smooth[: place.shape[0], : place.shape[1]], out=place)


def _coloured(heat: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    steps = np.arange(len(COLOURS)) / (len(COLOURS) - 1)
    colour = [np.interp(heat, steps, COLOURS[:, channel]) for channel in range(3)]
    channels = np.stack((*colour, 255 * OPACITY * heat), -1)
    return np.asarray(channels.round(), np.uint8)
