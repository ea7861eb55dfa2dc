"""What a training run is: one typed file, kept beside the weights that came of it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from model.cards import Card
from model.preparation import LARGEST_SIDE, SIDE, Input
from model.train.autoencoder import Upsampling

Share = Annotated[float, Field(ge=0, le=1)]
QUICK_STEPS, QUICK_PICTURES = 30, 6
LOCATED_WEIGHT = 0.7


class ConfigError(ValueError):
    """A training file that cannot be used; the message names the field."""


class Phase(BaseModel):
    """A stretch of the run at one input size."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    until: Share
    """Share of the steps at which this phase ends."""
    side: Annotated[int, Field(multiple_of=32, gt=0)]
    """Input side in pixels."""


class FaceMix(BaseModel):
    """Pairs of one batch of the face expert: each is a real and a fake picture."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    expert: Literal["face"]
    self_blended: Annotated[int, Field(ge=0)] = 10
    cross_blended: Annotated[int, Field(ge=0)] = 0
    """Faces blended with another person's."""
    swapped: Annotated[int, Field(ge=0)] = 4
    """Fakes of the manifest beside the original they were made from."""
    partly: Share = 0
    """Share of these, where both show one frame, of which only a part of the face is taken."""
    generated: Annotated[int, Field(ge=0)] = 2
    """Fakes of the manifest without an original, beside a real of another source."""
    reconstructed: Annotated[int, Field(ge=0)] = 0
    """Reals beside their own copy from an autoencoder."""
    reconstruct_every: Annotated[int, Field(gt=0)] = 8
    """One real in so many of each kind is reconstructed: it takes about half a second each."""
    decoders: Annotated[tuple[Upsampling, ...], Field(min_length=1)] = ("nearest",)
    """What draws the reconstructions, in equal shares: how each enlarges. Those that do it
    otherwise than the published one have kernels of their own for every picture."""
    filmed: Share = 0
    """Share of lossy codecs that are a video's instead of a picture's."""
    cut_out: Share = 0
    """Share of pairs of which both pictures are hidden by a rectangle in part."""
    kind_weights: dict[str, Annotated[float, Field(gt=0)]] = {}
    """Factors on how often a kind is drawn, which otherwise goes by the root of its size."""
    counterparts: dict[str, str] = {}
    """For a kind of generated fakes, the kind of reals that its generator learned from: half of
    the time they make the pair, which then differs in who made it rather than in the source."""


class WholeMix(BaseModel):
    """Pairs of one batch of the whole-image expert."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    expert: Literal["whole"]
    reconstructed: Annotated[int, Field(ge=0)] = 8
    """Reals beside their own copy from an autoencoder."""
    generated: Annotated[int, Field(ge=0)] = 8
    """Fakes of the manifest beside a real or a hard negative."""
    hard_negatives: Share = 0.35
    """Share of hard negatives among the partners of generated pictures."""
    face_kinds: tuple[str, ...] = ()
    """Kinds of the face domain that are large enough to be seen whole."""
    reconstruct_every: Annotated[int, Field(gt=0)] = 1
    """One real in so many of each kind is reconstructed: it takes about half a second each."""
    reconstruct_faces_every: Annotated[int, Field(gt=0)] = 8
    """The same for kinds of the face domain."""
    decoders: Annotated[tuple[Upsampling, ...], Field(min_length=1)] = ("nearest",)
    """As for faces."""


class Fold(BaseModel):
    """One of `of` parts of the groups, which is validated on; the others are learned from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: Annotated[int, Field(ge=1)]
    of: Annotated[int, Field(ge=2)]


class RunConfig(BaseModel):
    """One run of `candor train`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """Name of the weights and of the folder of checkpoints."""
    backbone: str = "tf_efficientnet_lite0"
    input: Input = "rgb"
    """What the network is given: pixels, or the spectrum of their luminance."""
    side: Annotated[int, Field(multiple_of=32, gt=0, le=LARGEST_SIDE)] = SIDE
    """Of the squares that the weights read when they serve, in pixels; of faces only, as whole
    pictures are read at their own resolution. Left out, it is that of the start."""
    mirrored: bool = False
    """Whether the weights read every square mirrored too when they serve, and say the mean. Left
    out, as the start does."""
    start_from: str | None = None
    """Name of weights to go on from; unset: the ImageNet classifier."""
    keep_of_start: Share = 0
    """Share of what the run started from in the weights that are written. Between both ends lies
    what does well on the old and the new: Wortsman et al., "Robust fine-tuning", CVPR 2022."""
    seed: int = 0
    steps: Annotated[int, Field(gt=0)]
    phases: tuple[Phase, ...]
    mix: Annotated[FaceMix | WholeMix, Field(discriminator="expert")]
    """Which expert is trained, and on what."""
    held_out: tuple[str, ...] = ()
    """Kinds that are not trained on, nor in what the run starts from. They stay in validation,
    which then says what to expect of sources that nobody has seen."""
    pictures_per_kind: Annotated[int, Field(gt=0)] | None = None
    """Of each split; unset: all."""
    frozen_stages: Annotated[int, Field(ge=0, le=7)] = 1
    """Stages of the backbone, the stem included, that keep their weights."""
    backbone_rate: Annotated[float, Field(gt=0)] = 1e-4
    head_rate: Annotated[float, Field(gt=0)] = 1e-3
    decay: Annotated[float, Field(ge=0)] = 0.02
    warm_up: Share = 0.05
    label_smoothing: Share = 0.05
    boundary_weight: Annotated[float, Field(ge=0)] = 0.3
    """Of the loss on the spatial attention against the blending boundary."""
    located_weight: Annotated[float, Field(ge=0)] = 0
    """Of the loss that asks of every place whether it was forged, where that is known. Above 0 the
    network has the opinion of the places, too, and its logit is the sum of both. Left out, it is 0,
    or `LOCATED_WEIGHT` where the start has that opinion."""
    pair_weight: Annotated[float, Field(ge=0)] = 0.2
    """Of the loss that asks a fake to stand above its own real."""
    average_over: Annotated[float, Field(gt=1)] = 300
    """Steps over which the shipped weights are averaged, exponentially."""
    validate_every: Annotated[int, Field(gt=0)] = 500
    checkpoint_seconds: Annotated[float, Field(ge=0)] = 120
    """What a run that is killed loses at most."""
    workers: Annotated[int, Field(ge=0)] = 2
    fold: Fold | None = None
    """Validates on a fold of the groups, whatever the manifest says of train and val."""

    @model_validator(mode="after")
    def _is_read_as_served(self) -> RunConfig:
        if self.mix.expert == "whole" and self.side != SIDE:
            raise ValueError(f"side must be {SIDE} where whole pictures are judged")
        return self

    @model_validator(mode="after")
    def _has_places(self) -> RunConfig:
        if self.input == "frequency" and (self.boundary_weight or self.located_weight):
            raise ValueError(
                "input = 'frequency' needs boundary_weight = 0 and located_weight = 0: a spectrum "
                "has no places where an edge could be"
            )
        return self

    def going_on(self, start: Card) -> RunConfig:
        """The same run, what its file leaves out being as the weights that it starts from are."""
        theirs = {
            "backbone": start.backbone,
            "side": start.side,
            "mirrored": start.mirrored,
            "located_weight": LOCATED_WEIGHT if start.locates else 0,
        }
        left_out = theirs.keys() - self.model_fields_set
        return self.model_copy(update={name: theirs[name] for name in left_out})

    def quick(self) -> RunConfig:
        """The same run on next to nothing: two minutes that show whether it would go through."""
        mix = {
            name: min(value, 1) if type(value) is int else value
            for name, value in self.mix.model_dump().items()
        }
        every = {name: QUICK_PICTURES for name in mix if name.startswith("reconstruct_")}
        return self.model_copy(
            update={
                "name": f"{self.name}-quick",
                "steps": QUICK_STEPS,
                "phases": (Phase(until=1, side=96),),
                "mix": type(self.mix).model_validate(mix | every),
                "pictures_per_kind": QUICK_PICTURES,
                "validate_every": QUICK_STEPS // 2,
                "workers": 0,
            }
        )

    def folded(self, fold: Fold) -> RunConfig:
        """The same run on one fold, under a name of its own."""
        return self.model_copy(
            update={"name": f"{self.name}-fold-{fold.number}-of-{fold.of}", "fold": fold}
        )

    def side_at(self, step: int) -> int:
        """Input side in pixels at a step."""
        done = step / self.steps
        return next((p.side for p in self.phases if done < p.until), self.phases[-1].side)


def load(path: Path) -> RunConfig:
    """Read a TOML file.

    Raises:
        ConfigError: If it is missing, no TOML, or has a wrong or unknown field.
    """
    try:
        return RunConfig.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not TOML: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{path}: {field}: {first['msg']}.") from error
