"""Right in part: the one row, column or entry at which a claim always agrees."""

from collections.abc import Sequence

import numpy as np

from verify.diagnosis.cases import Names
from verify.diagnosis.hypotheses import FEWEST
from verify.diagnosis.sample import Sample


def parts(seen: Sequence[Sample], fresh: Sequence[Sample], names: Names) -> list[str]:
    """Say along which axis only the first, or only the last, index is right.

    It never differs there, and everywhere else some entry does, at three fresh points or more.
    """
    said = []
    rank = len(names.target)
    for axis in range(rank):
        word = ("row", "column")[axis] if rank == 2 else "entry" if rank == 1 else f"axis {axis}"
        for index, text in ((0, "0"), (-1, "-1 (the last)")):
            if _right_only_at(seen, axis, index):
                points = _right_only_at(fresh, axis, index)
                if points:
                    said.append(f"right at {word} {text} only (checked at {points} fresh points)")
    return said


def _right_only_at(samples: Sequence[Sample], axis: int, index: int) -> int:
    """Count samples right at one index of an axis and wrong at all others; 0 if it is not so.

    Some other index may happen to agree at a special point, but not at half of the points.
    """
    count = failing = 0
    for sample in samples:
        if sample.reference.ndim <= axis or sample.reference.shape[axis] < 2:
            continue
        differs = np.moveaxis(sample.differs, axis, 0).reshape(sample.reference.shape[axis], -1)
        if differs[index].any():
            return 0
        failing += int(differs.any())
        agrees = np.moveaxis(sample.agrees, axis, 0).reshape(differs.shape)
        others = np.delete(differs, index % len(differs), axis=0)
        count += int(agrees[index].all() and others.any(axis=1).all())
    return count if count >= FEWEST and 2 * count >= failing else 0
