"""Several members of one expert: how their opinions become one, and how far apart they are.

Members are networks for the same question: of other runs, backbones or inputs. Their log-odds, each
calibrated by itself, are stacked (Wolpert, "Stacked generalization", 1992) by a line that
`candor fuse` fits. Where the first members alone are sure, the others need not be asked.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.decision import Ensemble, Fusion, Stack, Thresholds, log_odds, probability

LogOdds = npt.NDArray[np.float64]
NOTHING_SET = Ensemble()


@dataclass(frozen=True, eq=False)
class Heard:
    """What the members that were asked said of one picture, as log-odds of `fake`.

    Attributes:
        faces: (F, M) of F faces by M members of the face expert.
        whole: (W,) by members of the whole-image expert; empty where there is none.
    """

    faces: LogOdds
    whole: LogOdds

    @property
    def first(self) -> Heard:
        """Of the first member of each expert alone."""
        return Heard(self.faces[:, :1], self.whole[:1])


@dataclass(frozen=True)
class Said:
    """What they come to.

    Attributes:
        faces: Fake probability of each face.
        whole: Of the whole picture; None where nobody judged it.
        fake_probability: Of both together; even where nobody judged anything.
    """

    faces: tuple[float, ...]
    whole: float | None
    fake_probability: float


def stacked(heard: LogOdds, stack: Stack | None) -> LogOdds:
    """(..., M) -> (...); one member speaks as it is, several by their stack or on average."""
    if heard.shape[-1] == 1:
        return heard[..., 0]
    if stack is None:
        return np.asarray(heard.mean(-1))
    return np.asarray(heard @ np.array(stack.weights) + stack.bias)


def said(heard: Heard, ensemble: Ensemble, fusion: Fusion) -> Said:
    """One opinion out of all."""
    faces: tuple[float, ...] = ()
    if heard.faces.size:
        faces = tuple(map(probability, stacked(heard.faces, ensemble.face)))
    whole = probability(float(stacked(heard.whole, ensemble.whole))) if heard.whole.size else None
    return Said(faces, whole, together(max(faces, default=None), whole, fusion))


def together(face: float | None, whole: float | None, fusion: Fusion) -> float:
    """The verdict's probability, of the experts' two.

    Where both have looked, a picture is real if its faces are and nothing makes it look generated:
    the face expert's probability of real, discounted by the odds at which the whole-image expert
    suspects a generator, as far as they are above even. That no generator was at work says nothing
    of a swap, so that expert raises suspicion and never allays it. What no expert judged stays
    unsaid.
    """
    if face is None:
        if whole is None:
            # With nothing to go by, the honest odds are even.
            return 0.5
        return fusion.faceless.probability(log_odds(whole)) if fusion.faceless else whole
    if whole is None:
        return face
    suspicion = max(np.exp(log_odds(whole)) - 1, 0)
    real = (1 - face) / (1 + fusion.whole_weight * suspicion)
    return fusion.probability(log_odds(1 - real))


def disagreement(heard: Heard, ensemble: Ensemble, fusion: Fusion) -> float:
    """How far apart the verdicts would be, in log-odds, if each member alone spoke for its expert.

    That two members differ where neither moves the verdict is no disagreement. 0 where each expert
    has one member.
    """
    if heard.faces.shape[1] < 2 and len(heard.whole) < 2:
        return 0.0
    alone = (
        [Heard(heard.faces[:, [member]], heard.whole) for member in range(heard.faces.shape[1])],
        [Heard(heard.faces, heard.whole[[member]]) for member in range(len(heard.whole))],
    )
    verdicts = [
        [log_odds(said(one, ensemble, fusion).fake_probability) for one in each] for each in alone
    ]
    return max(max(each) - min(each) for each in verdicts if each)


def settled(first: float, bounds: Thresholds | None) -> bool:
    """Whether the first members' verdict needs no other member."""
    return bounds is not None and bounds.verdict(first) != "uncertain"
