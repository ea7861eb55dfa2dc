"""The classic deepfake: one encoder, a decoder for each of two sets of faces, decoders exchanged.

As the first deepfakes of 2017 did it (github.com/deepfakes/faceswap, model "original"), at 64 px
and a tenth of the size: inputs are bent, so that the code holds pose and expression, and sub-pixel
convolutions draw the face.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from model.train.depthwise import bf16_pays
from model.train.face_table import Table
from model.train.forgery.aligned_faces import drawn, pixels_of
from model.train.forgery.alignment import aligned, inverse, warped
from model.train.forgery.blending import set_in, whole_face
from model.train.forgery.fitting import Stateful
from model.train.forgery.forger import Forgery, Rng
from model.train.manifest import Entry

SIDE = 64
BATCH = 16
"""Faces of each set in one step."""
RATE = 3e-4
CODE = 256
BEND, NODES = 0.06, 5
"""Deviation of the shifts that bend an input, in half sides, and nodes a side that they have."""
CHANNELS = (32, 64, 128, 256)


class TwoFaced(nn.Module):
    """(B, 3, 64, 64) in -1..1 -> the same shape, as the decoder of one set draws it."""

    def __init__(self) -> None:
        super().__init__()
        down: list[nn.Module] = []
        inside = 3
        for outside in CHANNELS:
            down += [nn.Conv2d(inside, outside, 5, 2, padding=2), nn.LeakyReLU(0.1)]
            inside = outside
        cells = SIDE >> len(CHANNELS)
        self.encoder = nn.Sequential(
            *down,
            nn.Flatten(),
            nn.Linear(inside * cells * cells, CODE),
            nn.Linear(CODE, inside * cells * cells),
            nn.Unflatten(1, (inside, cells, cells)),
        )
        self.decoders = nn.ModuleList((_decoder(), _decoder()))

    def forward(self, faces: Tensor, which: int) -> Tensor:
        """Encode, and decode by decoder 0 or 1."""
        decoded: Tensor = self.decoders[which](self.encoder(faces))
        return decoded


def _decoder() -> nn.Sequential:
    up: list[nn.Module] = []
    for inside, outside in zip(CHANNELS[::-1], (*CHANNELS[-2::-1], 16), strict=True):
        up += [nn.Conv2d(inside, 4 * outside, 3, padding=1), nn.LeakyReLU(0.1), nn.PixelShuffle(2)]
    return nn.Sequential(*up, nn.Conv2d(16, 3, 5, padding=2), nn.Tanh())


class TwoFacedFitting:
    """Each decoder learns to draw its own set from bent pictures.

    Args:
        sets: Two of (N, 3, 64, 64) uint8.
    """

    def __init__(self, sets: tuple[Tensor, Tensor], seed: int) -> None:
        torch.manual_seed(seed)
        self.network = TwoFaced().to(memory_format=torch.channels_last)
        self._sets = sets
        self._optimizer = torch.optim.Adam(self.network.parameters(), RATE, betas=(0.5, 0.999))
        self._bf16 = bf16_pays(torch.device("cpu"))

    @property
    def parts(self) -> Mapping[str, Stateful]:
        """See `Fitting`."""
        return {"network": self.network, "optimizer": self._optimizer}

    def step(self) -> float:
        """See `Fitting`."""
        losses = []
        for which, pictures in enumerate(self._sets):
            wanted = drawn(pictures, BATCH)
            with torch.autocast("cpu", torch.bfloat16, enabled=self._bf16):
                seen = self.network(bent(wanted), which)
            losses.append(functional.l1_loss(seen.float(), wanted))
        loss = losses[0] + losses[1]
        self._optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        self._optimizer.step()
        return float(loss.detach())


def bent(faces: Tensor) -> Tensor:
    """Pictures with smooth random shifts, each its own."""
    count, _, side, _ = faces.shape
    nodes = torch.randn(count, 2, NODES, NODES) * BEND
    field = functional.interpolate(nodes, (side, side), mode="bicubic", align_corners=True)
    identity = functional.affine_grid(torch.eye(2, 3).expand(count, 2, 3), list(faces.shape), False)
    grid = identity + field.permute(0, 2, 3, 1)
    return functional.grid_sample(faces, grid, padding_mode="reflection", align_corners=False)


class AutoencoderSwap:
    """Sets faces that the other set's decoder drew into pictures of either set.

    Args:
        network: Fitted.
        kinds: The kinds of real faces that its decoders learned from, in their order.
        faces: Where the faces are.
        shown: One entry for each licence that the network learned from.
    """

    def __init__(
        self, network: TwoFaced, kinds: tuple[str, str], faces: Table, shown: tuple[Entry, ...]
    ) -> None:
        self._network = network.eval()
        self._kinds = kinds
        self._faces = faces
        self._shown = shown

    def starts_from(self, entry: Entry) -> bool:
        """See `Forger`."""
        return entry.label == "real" and entry.kind in self._kinds and entry.path in self._faces

    def forge(self, entry: Entry, rng: Rng) -> Forgery | None:
        """See `Forger`."""
        target, five = entry.pixels(), self._faces[entry.path].landmarks
        square, matrix = aligned(target, five, SIDE)
        batch = torch.from_numpy(square.copy()).permute(2, 0, 1)[None].float() / 127.5 - 1
        other = 1 - self._kinds.index(entry.kind)
        with torch.inference_mode():
            [face] = pixels_of(self._network(batch, other))
        source, covered = warped(face, inverse(matrix), target.shape)
        outline = whole_face(five, target.shape) * covered
        if not outline.any():
            return None
        return Forgery(set_in(source, target, outline, rng), self._shown)
