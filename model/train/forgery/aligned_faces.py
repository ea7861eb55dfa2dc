"""Faces in one layout and size, as the lab's own networks learn from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor

from model.train.face_table import Table
from model.train.forgery.alignment import aligned
from model.train.forgery.forger import ForgeError, Pixels
from model.train.manifest import Entry

FEWEST = 2


def learned(entries: Sequence[Entry], faces: Table) -> list[Entry]:
    """Real faces of the training split: what is validated on must not shape what forges.

    Raises:
        ForgeError: If there are next to none.
    """
    chosen = [e for e in entries if e.label == "real" and e.split == "train" and e.path in faces]
    if len(chosen) < FEWEST:
        raise ForgeError(
            f"There are {len(chosen)} real faces in the split 'train', too few to learn from: name "
            "a manifest with more, or other kinds with --from."
        )
    return chosen


def squares(
    entries: Sequence[Entry],
    faces: Table,
    side: int,
    track: Callable[[Iterable[Entry]], Iterable[Entry]],
) -> Tensor:
    """(N, 3, side, side) uint8."""
    cut = [
        torch.from_numpy(aligned(e.pixels(), faces[e.path].landmarks, side)[0].copy())
        for e in track(entries)
    ]
    return torch.stack(cut).permute(0, 3, 1, 2).contiguous()


def drawn(pictures: Tensor, count: int) -> Tensor:
    """(count, 3, S, S) in -1..1, some of them mirrored."""
    batch = pictures[torch.randint(len(pictures), (count,))].float() / 127.5 - 1
    mirrored = torch.rand(count) < 0.5
    return torch.where(mirrored[:, None, None, None], batch.flip(3), batch)


def pixels_of(batch: Tensor) -> list[Pixels]:
    """(B, 3, S, S) in -1..1 -> uint8 pictures."""
    levels = ((batch.float().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return [each.permute(1, 2, 0).contiguous().numpy() for each in levels]
