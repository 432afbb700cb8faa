"""Right in part: the one row, column or entry at which a claim always agrees."""

from collections.abc import Sequence

import numpy as np

from verify.diagnosis.cases import Names
from verify.diagnosis.hypotheses import FEWEST
from verify.diagnosis.sample import Sample


def parts(seen: Sequence[Sample], fresh: Sequence[Sample], names: Names) -> list[str]:
    """Say along which axis only the first, or only the last, index is right.

    It agrees there in every sample, and everywhere else some entry differs, at three fresh points
    or more.
    """
    said = []
    for axis, word in enumerate(names.target):
        for index, text in ((0, "0"), (-1, "-1 (the last)")):
            if _right_only_at(seen, axis, index):
                points = _right_only_at(fresh, axis, index)
                if points:
                    place = f"index {text} of {word}" if len(names.target) > 1 else f"entry {text}"
                    said.append(f"right at {place} only (checked at {points} fresh points)")
    return said


def _right_only_at(samples: Sequence[Sample], axis: int, index: int) -> int:
    """Count samples right at one index of an axis and wrong at all others; 0 if one is not."""
    count = 0
    for sample in samples:
        if sample.reference.ndim <= axis or sample.reference.shape[axis] < 2:
            continue
        differs = np.moveaxis(sample.differs, axis, 0).reshape(sample.reference.shape[axis], -1)
        if differs[index].any():
            return 0
        if not differs.any():
            continue
        agrees = np.moveaxis(sample.agrees, axis, 0).reshape(differs.shape)
        others = np.delete(differs, index % len(differs), axis=0)
        if not others.any(axis=1).all():
            return 0
        count += int(agrees[index].all())
    return count if count >= FEWEST else 0
