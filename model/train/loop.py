"""The training loop: steps, checkpoints, validation, and the averaged weights that come of it.

It knows batches and a score to watch; what a face or a generator is, it does not know.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader

from model import memory
from model.network import HybridAttentionNet, Opinions
from model.train.batches import Batch, BatchByStep, Taught
from model.train.config import ConfigError, RunConfig
from model.train.depthwise import bf16_pays, mend

GRADIENT_LIMIT = 1.0


@dataclass(frozen=True)
class Progress:
    """What is told of a run after every step."""

    step: int
    loss: float
    pictures_per_second: float


@dataclass(frozen=True)
class Losses:
    """The parts of one step's loss; their weighted sum is what is minimised."""

    label: Tensor
    boundary: Tensor
    located: Tensor
    pair: Tensor

    def total(self, config: RunConfig) -> Tensor:
        return (
            self.label
            + config.boundary_weight * self.boundary
            + config.located_weight * self.located
            + config.pair_weight * self.pair
        )


class Run:
    """One training run, resumable from its folder.

    Args:
        network: Initialised; trained in place.
        folder: For the checkpoint; a run whose folder has one goes on from it.
        device: cpu or cuda.
        identity: Of all that decides the run; a checkpoint of another identity is refused.

    Raises:
        ConfigError: If the folder holds another run.
    """

    def __init__(
        self,
        network: HybridAttentionNet,
        config: RunConfig,
        folder: Path,
        device: torch.device,
        identity: str = "",
    ) -> None:
        self._config = config
        self._device = device
        self._checkpoint = folder / "checkpoint.pt"
        self._identity = identity
        self.network = network.to(device).to(memory_format=torch.channels_last)
        freeze_stages(network, config.frozen_stages)
        self._bf16 = bf16_pays(device)
        self.average = copy.deepcopy(self.network).eval().requires_grad_(False)
        if self._bf16 and device.type == "cpu":
            mend(self.network)
        self._optimizer = torch.optim.AdamW(_groups(network, config), weight_decay=config.decay)
        self.step = 0
        self._resume()

    def go(
        self,
        batches: BatchByStep,
        validate: Callable[[HybridAttentionNet, int], None],
        report: Callable[[Progress], None],
    ) -> None:
        """Train to the end, checkpointing on the way."""
        memory.keep()
        saved = started = time.monotonic()
        first = self.step
        for batch in self._loader(batches):
            loss = self._train(batch.to(self._device))
            self.step += 1
            size = len(batch.pixels)
            rate = (self.step - first) * size / (time.monotonic() - started)
            report(Progress(self.step, loss, rate))
            if self.step % self._config.validate_every == 0 or self.step == self._config.steps:
                validate(self.average, self.step)
            waited = time.monotonic() - saved
            if waited > self._config.checkpoint_seconds or self.step == self._config.steps:
                self._save()
                saved = time.monotonic()

    def _loader(self, batches: BatchByStep) -> DataLoader[Batch]:
        steps = range(self.step, self._config.steps)
        workers = self._config.workers
        return DataLoader(
            batches,
            batch_size=None,
            sampler=steps,
            num_workers=workers,
            prefetch_factor=4 if workers else None,
            pin_memory=self._device.type == "cuda",
        )

    def _train(self, batch: Batch) -> float:
        self.network.train()
        # Dropout draws from the step's own seed too, so that a resumed run is the same run.
        torch.manual_seed((self._config.seed << 32) + self.step)
        for group in self._optimizer.param_groups:
            group["lr"] = group["peak"] * rate_at(self.step, self._config)
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._bf16):
            pixels = batch.pixels.contiguous(memory_format=torch.channels_last)
            features = self.network.features(pixels)
            opinions = self.network.opinions(features)
        attention = features.attention_logit.squeeze(1).float()
        losses = losses_of(opinions, attention, batch, self._config.label_smoothing)
        total = losses.total(self._config)
        self._optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(total)
        nn.utils.clip_grad_norm_(self.network.parameters(), GRADIENT_LIMIT)
        self._optimizer.step()
        self._follow()
        return float(total.detach())

    @torch.no_grad()
    def _follow(self) -> None:
        # A short memory at first, or the average would carry the start along for the whole run.
        share = 1 / min(self._config.average_over, self.step / 4 + 2)
        for mean, value in zip(self.average.parameters(), self.network.parameters(), strict=True):
            mean.lerp_(value, share)

    def _save(self) -> None:
        self._checkpoint.parent.mkdir(parents=True, exist_ok=True)
        part = self._checkpoint.with_suffix(".part")
        state = {
            "identity": self._identity,
            "step": self.step,
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self._optimizer.state_dict(),
        }
        torch.save(state, part)
        part.replace(self._checkpoint)

    def _resume(self) -> None:
        if not self._checkpoint.exists():
            return
        state = torch.load(self._checkpoint, map_location=self._device, weights_only=True)
        if state["identity"] != self._identity:
            raise ConfigError(
                f"{self._checkpoint} belongs to a run with another config or other data: give this "
                "run another name, or delete that file to start anew."
            )
        try:
            self.network.load_state_dict(state["network"])
            self.average.load_state_dict(state["average"])
        except RuntimeError as error:
            raise ConfigError(
                f"{self._checkpoint} holds a network of other parts, as another version of Candor "
                "trained it: delete that file to start anew."
            ) from error
        self._optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]


def losses_of(opinions: Opinions, attention: Tensor, batch: Batch, smoothing: float) -> Losses:
    """Each part a mean.

    Each opinion is taught by itself: from their sum, the one that knows a face by heart would leave
    the other nothing to learn.

    Args:
        opinions: Of 2P pictures, reals first.
        attention: (2P, H, W) logits of the spatial attention.
        smoothing: Of labels, 0..1.
    """
    overall = opinions.overall.float()
    targets = batch.labels.to(overall.device) * (1 - smoothing) + smoothing / 2
    real, fake = overall.chunk(2)
    places = opinions.places
    return Losses(
        label=functional.binary_cross_entropy_with_logits(overall, targets),
        boundary=_where_known(attention, batch.boundary),
        located=overall.new_zeros(())
        if places is None
        else _where_known(places.float(), batch.forged),
        pair=functional.softplus(real - fake).mean(),
    )


def _where_known(logits: Tensor, places: Taught) -> Tensor:
    cells = functional.binary_cross_entropy_with_logits(logits, places.target, reduction="none")
    return (cells.mean((1, 2)) * places.known).sum() / places.known.sum().clamp(min=1)


def rate_at(step: int, config: RunConfig) -> float:
    """Share of the peak learning rate: linear warm-up, then half a cosine."""
    warm = max(1, round(config.warm_up * config.steps))
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, config.steps - warm)))


def freeze_stages(network: HybridAttentionNet, stages: int) -> None:
    """Keep the stem and the first blocks of the backbone as they are; 0 freezes nothing."""
    backbone: Any = network.backbone
    frozen = [backbone.conv_stem, *backbone.blocks[: stages - 1]] if stages else []
    for module in frozen:
        module.requires_grad_(False)


def _groups(network: HybridAttentionNet, config: RunConfig) -> list[dict[str, object]]:
    backbone = list(network.backbone.parameters())
    known = {id(parameter) for parameter in backbone}
    new = [parameter for parameter in network.parameters() if id(parameter) not in known]
    return [
        {"params": [p for p in backbone if p.requires_grad], "peak": config.backbone_rate},
        {"params": new, "peak": config.head_rate},
    ]
