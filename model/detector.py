"""Detector: pictures of any size -> scores, whole and per face.

    from model import Detector
    detector = Detector.load(Path("weights"))
    [scores] = detector.score([pixels])

Finds faces and cuts squares, picture by picture; then batches, asks the experts and fuses, for many
at once. It knows nothing of files, HTTP or verdicts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

from model import preparation, weights
from model.decision import Ensemble, Fusion, Thresholds, probability
from model.ensemble import Expert, FaceScore, Scores
from model.explain import look_of
from model.faces import FaceFinder, Floats, FoundFace
from model.inference import ready_to_serve
from model.panel import FirstHeard, Panel, Prepared
from model.preparation import Pixels
from model.self_test import refuse_broken
from model.stacking import NOTHING_SET, Heard, LogOdds, Said, disagreement, said, settled

FACE_LIMIT = 16
"""Faces scored in one picture, largest first."""
SMALLEST_FACE = 20.0
"""Longer side in pixels below which a face is too small to judge."""


class Detector:
    """Scores pictures with a face expert, a whole-image expert, or both.

    `prepare` may run in many threads at once and takes one core each; `judge` is for one thread
    and takes as many as torch was told to.

    Args:
        experts: By what they judge, "face" or "whole", then by name of weights. The first of each
            is asked first, and its attention is shown.
        fusion: How their opinions become one.
        thresholds: Of the fused verdict.
        model_id: Names this very combination.
        ensemble: How several members of one expert become one.
        thorough: Ask every member of every picture, also where the first settle it. The answer
            stays the same: this is for who measures.
    """

    def __init__(
        self,
        experts: Mapping[str, Mapping[str, Expert]],
        fusion: Fusion,
        thresholds: Thresholds,
        model_id: str,
        ensemble: Ensemble = NOTHING_SET,
        *,
        thorough: bool = False,
    ) -> None:
        self._panel = Panel(experts)
        self._thorough = thorough
        self.ensemble = ensemble
        self.fusion = fusion
        self.thresholds = thresholds
        self.model_id = model_id
        self._finder = FaceFinder()

    @classmethod
    def load(
        cls,
        folder: Path,
        threads: int = 0,
        dtype: torch.dtype | None = None,
        *,
        thorough: bool = False,
    ) -> Detector:
        """Read the experts that the registry in `folder` names.

        Args:
            threads: For the whole process; 0 takes what torch chose.
            dtype: That the networks compute in; None takes what suits the processor. Networks of
                one's own compute in theirs.
            thorough: See the class.

        Raises:
            WeightsError: If anything there cannot be used.
        """
        if threads:
            torch.set_num_threads(threads)
        registry = weights.Registry.read(folder)
        experts: dict[str, dict[str, Expert]] = {}
        for kind, name in registry.serving:
            experts.setdefault(kind, {})[name] = expert(folder, registry, name, dtype)
        refuse_broken({name: one for members in experts.values() for name, one in members.items()})
        model_id = weights.model_id(folder, registry)
        return cls(
            experts, registry.fusion, registry.thresholds, model_id,
            registry.ensemble or NOTHING_SET, thorough=thorough,
        )  # fmt: skip

    @property
    def members(self) -> dict[str, tuple[str, ...]]:
        """Names of the weights of each expert."""
        return self._panel.members

    def score(self, pictures: Sequence[Pixels]) -> list[Scores]:
        """Score pictures, each (H, W, 3) uint8 RGB, of any sizes."""
        return self.judge([self.prepare(pixels) for pixels in pictures])

    def prepare(self, pixels: Pixels, small: Pixels | None = None) -> Prepared:
        """Find faces and cut what the experts read, of (H, W, 3) uint8 RGB.

        Args:
            small: The picture as `model.shrinking.reduced` gives it, where that is at hand.
        """
        faces = self._faces(pixels, small)
        height, width, _ = pixels.shape
        return Prepared(
            tuple(faces),
            {
                side: tuple(face_pixels(pixels, face, side) for face in faces)
                for side in self._panel.face_sides
            },
            tuple(whole_views(pixels)) if "whole" in self.members else (),
            width,
            height,
        )

    def judge(self, prepared: Sequence[Prepared]) -> list[Scores]:
        """Ask the experts, each once for all pictures, and fuse what they say."""
        first = self._panel.first(prepared)
        verdicts = [self._said(one.heard) for one in first]
        wanted = [self._thorough or not self._settled(verdict) for verdict in verdicts]
        heard = self._panel.all(prepared, first, wanted)
        together = zip(prepared, first, verdicts, heard, strict=True)
        return [self._scores(*each) for each in together]

    def _faces(self, pixels: Pixels, small: Pixels | None) -> list[FoundFace]:
        if "face" not in self.members:
            return []
        faces = self._finder.find(pixels, FACE_LIMIT, small)
        return [face for face in faces if face.size >= SMALLEST_FACE]

    def _said(self, heard: Heard) -> Said:
        return said(heard, self.ensemble, self.fusion)

    def _settled(self, first: Said) -> bool:
        return settled(first.fake_probability, self.ensemble.exit)

    def _scores(self, picture: Prepared, first: FirstHeard, verdict: Said, heard: Heard) -> Scores:
        """The answer; `heard` may hold more than it rests on, for who measures."""
        counted = first.heard if self._settled(verdict) else heard
        final = self._said(counted)
        doubt = self.ensemble.widening * disagreement(counted, self.ensemble, self.fusion)
        faces = tuple(
            self._face_score(picture, number, probability, first.attention, heard)
            for number, probability in enumerate(final.faces)
        )
        experts = {"face": max(final.faces, default=None), "whole": final.whole}
        worst = heard.faces.max(0) if heard.faces.size else ()
        members = {"face": self._named("face", worst), "whole": self._named("whole", heard.whole)}
        return Scores(
            final.fake_probability,
            faces,
            {name: value for name, value in experts.items() if value is not None},
            {name: each for name, each in members.items() if each},
            doubt,
        )

    def _face_score(
        self,
        picture: Prepared,
        number: int,
        fake_probability: float,
        attention: Floats | None,
        heard: Heard,
    ) -> FaceScore:
        """The box is cut to the picture's edges."""
        face = picture.faces[number]
        left, top = max(0, round(face.left)), max(0, round(face.top))
        right = min(picture.width, round(face.left + face.width))
        bottom = min(picture.height, round(face.top + face.height))
        seen = None if attention is None else attention[number]
        return FaceScore(
            left, top, max(1, right - left), max(1, bottom - top), face.confidence,
            fake_probability,
            None if seen is None else look_of(seen, face, picture.width, picture.height),
            self._named("face", heard.faces[number]),
        )  # fmt: skip

    def _named(self, kind: str, log_odds: Sequence[float] | LogOdds) -> dict[str, float]:
        """Probabilities by name of weights; empty where one alone makes up the expert."""
        names = self.members.get(kind, ())
        if len(names) < 2:
            return {}
        return {name: probability(float(one)) for name, one in zip(names, log_odds, strict=False)}


def expert(
    folder: Path, registry: weights.Registry, name: str, dtype: torch.dtype | None = None
) -> Expert:
    """One member, ready to serve; see `Detector.load`."""
    path = folder / f"{name}.safetensors"
    kind = next(kind for kind, serving in registry.serving if serving == name)
    network: torch.nn.Module
    if own := registry.architecture(name):
        network, card = weights.read_own(path, kind, own)
    else:
        trained, card = weights.read(path, kind)
        network = ready_to_serve(trained, dtype)
    weights.refuse_changed(folder, name, registry.weights.get(name))
    return Expert(network, card.calibration, card.input, card.side)


def face_pixels(pixels: Pixels, face: FoundFace, side: int) -> Pixels:
    """The square that a face expert reads, which has `side` pixels."""
    square = preparation.face_square(face, pixels.shape[1], pixels.shape[0])
    return preparation.resized(square.cut(pixels), side)


def whole_views(pixels: Pixels) -> list[Pixels]:
    """The squares that the whole-image expert reads; their log-odds are averaged."""
    squares = preparation.whole_squares(pixels.shape[1], pixels.shape[0])
    return [preparation.resized(square.cut(pixels), preparation.SIDE) for square in squares]
