"""`scripts/bench peers`: the same pictures through what people would otherwise run, side by side.

End to end for each: a file's bytes in, a probability out, two cores. The peers are a ViT-B/16
classifier through `transformers`, in float32 as services run it, and a network of Xception's size
with CBAM attention; their weights are random, which changes their answers and not their speed.
They decode, resize and classify one square; Candor also hashes, finds faces, judges each face and
the picture's own pixels, and remembers. Rounds take turns, so that other load falls on all alike.
"""

from __future__ import annotations

import asyncio
import io
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import click
import numpy as np
import timm
import torch
from PIL import Image
from torch import Tensor, nn

from api.app import fetcher_for, local_engine, opened
from api.moderation import Moderator, Upload
from api.settings import Settings
from api.store import store_for
from benchmarks.photographs import jpeg, photograph
from benchmarks.report import write
from model.network import HybridAttention

PICTURES = 24
"""In each round; all different, none seen before. As a queue has them: of eight that come at once
the first and the last pass find one core idle, which a queue never does."""
Score = Callable[[Sequence[bytes]], Awaitable[object]]


@click.command()
@click.option("--rounds", default=5, show_default=True)
@click.option("--json", "out", type=click.Path(dir_okay=False, path_type=Path))
def peers(rounds: int, out: Path | None) -> None:
    """Fresh pictures of 1 MP a second, end to end, Candor beside its peers."""
    asyncio.run(_peers(rounds, out))


async def _peers(rounds: int, out: Path | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        engine, store, fetcher = local_engine(settings), store_for(settings), fetcher_for(settings)
        moderator = Moderator(fetcher, engine, store, settings)

        async def candor(files: Sequence[bytes]) -> None:
            await asyncio.gather(*(moderator.check(Upload(content)) for content in files))

        async with opened((store, engine), fetcher):
            contestants: dict[str, Score] = {
                "Candor": candor,
                "ViT-B/16, transformers, float32": vit(),
                "Xception with CBAM, float32": xception(),
            }
            rates: dict[str, list[float]] = {name: [] for name in contestants}
            core: dict[str, list[float]] = {name: [] for name in contestants}
            for turn in range(rounds + 1):
                files = [jpeg(photograph(1000 + turn * PICTURES + i)) for i in range(PICTURES)]
                for name, score in contestants.items():
                    begun, used = time.perf_counter(), time.process_time()
                    await score(files)
                    if turn:
                        rates[name].append(PICTURES / (time.perf_counter() - begun))
                        core[name].append(1000 * (time.process_time() - used) / PICTURES)
    rows = [_row(name, rates, core) for name in contestants]
    columns = ("what", "pictures a second", "core ms a picture", "Candor's is so many times")
    write("peers", [("Fresh pictures of 1 MP, one face, end to end", columns, rows)], out)


def _row(name: str, rates: dict[str, list[float]], core: dict[str, list[float]]) -> list[object]:
    ratio = statistics.median(
        ours / theirs for ours, theirs in zip(rates["Candor"], rates[name], strict=True)
    )
    return [name, statistics.median(rates[name]), statistics.median(core[name]), ratio]


def vit() -> Score:
    """`google/vit-base-patch16-224` with two labels, and its own image processor."""
    from transformers import ViTConfig, ViTForImageClassification, ViTImageProcessor

    network = ViTForImageClassification(ViTConfig(num_labels=2)).eval()
    processor = ViTImageProcessor()

    def classified(files: Sequence[bytes]) -> Tensor:
        images = [Image.open(io.BytesIO(content)).convert("RGB") for content in files]
        with torch.inference_mode():
            inputs = processor(images=images, return_tensors="pt")
            return torch.softmax(network(**inputs).logits, 1)

    return _in_thread(classified)


def xception() -> Score:
    """Xception at 299 pixels with attention on its last maps, as face-forgery networks have it."""
    network = AttendedXception().eval()

    def classified(files: Sequence[bytes]) -> Tensor:
        squares = [
            np.asarray(Image.open(io.BytesIO(content)).convert("RGB").resize((299, 299)))
            for content in files
        ]
        with torch.inference_mode():
            pixels = torch.from_numpy(np.stack(squares)).permute(0, 3, 1, 2).float() / 127.5 - 1
            scores: Tensor = torch.sigmoid(network(pixels))
            return scores

    return _in_thread(classified)


class AttendedXception(nn.Module):
    """Features, channel and spatial attention, one logit."""

    def __init__(self) -> None:
        super().__init__()
        self.features = timm.create_model("legacy_xception", pretrained=False, num_classes=0)
        self.attention = HybridAttention(2048)
        self.head = nn.Linear(2048, 1)

    def forward(self, pixels: Tensor) -> Tensor:
        """(B, 3, 299, 299) -> (B,)."""
        attended, _ = self.attention(self.features.forward_features(pixels))
        logits: Tensor = self.head(attended.mean((2, 3))).squeeze(1)
        return logits


def _in_thread(classified: Callable[[Sequence[bytes]], Tensor]) -> Score:
    async def score(files: Sequence[bytes]) -> None:
        await asyncio.to_thread(classified, files)

    return score
