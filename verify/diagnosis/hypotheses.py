"""Hypothesis: what a claim may be instead of the derivative, and whether it is, at every point."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from verify.diagnosis.cases import Case
from verify.diagnosis.sample import ROUNDING
from verify.findings import Floats
from verify.points import Point

# A hypothesis explains an entry within four tolerances and this share of what it is made of.
TOLERANCES = 4.0
RELATIVE = 1e-9
# It is said after this many fresh points at which the claim is wrong in the way it says.
FEWEST = 3
WHERE = "where it differs, "
# The family of the simplest explanation: beside it no other is said.
CONSTANT = "constant"


@dataclass(frozen=True)
class Prediction:
    """What the claim would be, and how far errors of the references reach: the input's shape."""

    value: Floats
    reach: Floats


@dataclass(frozen=True)
class Hypothesis:
    """One explanation: its text, how complicated it is, and what it predicts at a case.

    `only_differing`: the hypothesis speaks of the entries that differ, and of no other. `family`
    groups explanations of one kind, of which the simplest is enough.
    """

    text: str
    cost: float
    family: str
    predict: Callable[[Case], Prediction | None]
    only_differing: bool = False


@dataclass(frozen=True)
class Confirmed:
    """A hypothesis that explains every fresh sample, and at how many it could have failed."""

    hypothesis: Hypothesis
    points: int

    @property
    def line(self) -> str:
        """Say it in one line, with the number of points it was checked at."""
        return f"{self.hypothesis.text} (checked at {self.points} fresh points)"


def confirm(
    hypothesis: Hypothesis, seen: Sequence[Case], fresh: Sequence[Case]
) -> Confirmed | None:
    """Return the hypothesis if it explains all of `seen` and of `fresh`, with enough evidence."""
    if evidence(hypothesis, seen) is None:
        return None
    points = evidence(hypothesis, fresh)
    if points is None or points < FEWEST:
        return None
    return Confirmed(hypothesis, points)


def evidence(hypothesis: Hypothesis, cases: Sequence[Case]) -> int | None:
    """Count the different points that fail just as predicted; None if one contradicts.

    A point counts if, at an entry that differs, the prediction is far closer to the claim than
    the derivative is. Where the prediction is not finite (0/0 in a ratio) nothing is learnt, but
    more such failing points than counted ones leave the hypothesis unsaid.
    """
    counted: set[bytes] = set()
    unknown = 0
    for case in cases:
        outcome = _explained(hypothesis, case)
        if outcome is False:
            return None
        if outcome is True:
            counted.add(key_of(case.sample.point))
        elif case.sample.fails:
            unknown += 1
    return len(counted) if unknown <= len(counted) else 0


def _explained(hypothesis: Hypothesis, case: Case) -> bool | None:
    sample = case.sample
    differs = sample.differs & sample.usable
    with np.errstate(all="ignore"):
        # What the claim loses to its own rounding is not how it is wrong.
        beyond = differs & (np.abs(sample.residual) > ROUNDING * case.scale)
        looked = beyond if hypothesis.only_differing else sample.usable
        if not looked.any():
            return None
        prediction = hypothesis.predict(case)
        if prediction is None:
            return None
        value = np.broadcast_to(prediction.value, sample.claimed.shape)
        sizes = np.maximum(np.abs(value), np.maximum(abs(sample.claimed), abs(sample.reference)))
        allowed = TOLERANCES * sample.tolerance + prediction.reach + RELATIVE * sizes
        allowed = allowed + ROUNDING * case.scale
        off = np.abs(sample.claimed - value)
        known = looked & np.isfinite(value) & np.isfinite(allowed)
        if bool((known & (off > allowed)).any()):
            return False
        sharp = known & differs & (10 * allowed < np.abs(sample.claimed - sample.reference))
    blind = bool((beyond & ~known).any())
    return True if bool(sharp.any()) and not blind else None


def key_of(point: Point) -> bytes:
    """Return what tells points apart: the bytes of all inputs."""
    parts = [repr(sorted(point.axes.items())).encode()]
    parts += [name.encode() + array.tobytes() for name, array in sorted(point.inputs.items())]
    return b"|".join(parts)
