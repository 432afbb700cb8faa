"""Entries that no point has tested: there is no verdict on a step that has one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verify.formula.tree import Index

Truths = NDArray[np.bool_]


@dataclass
class Gaps:
    """For each point: where a condition admits entries, and where either side has a value."""

    kept: list[tuple[Truths, Truths, Truths]] = field(default_factory=list)

    def keep(self, admitted: Any, left: NDArray[Any], right: NDArray[Any]) -> Truths:
        """Keep a point; return where both sides can be compared."""
        shown = np.broadcast_to(admitted, left.shape)
        self.kept.append((shown, np.isfinite(left), np.isfinite(right)))
        return np.asarray(shown & self.kept[-1][1] & self.kept[-1][2])

    def said(self, axes: Sequence[Index]) -> str:
        """Say at which entry which side has no value at any point; empty if there is none."""
        for admitted, left, right in self.kept:
            for found in np.argwhere(admitted & ~(left & right)):
                place = tuple(int(n) for n in found)
                if not any(_tested(point, place) for point in self.kept):
                    return _words(axes, place, bool(left[place]), bool(right[place]))
        return ""


def _tested(point: tuple[Truths, Truths, Truths], place: tuple[int, ...]) -> bool:
    inside = all(n < size for n, size in zip(place, point[0].shape, strict=True))
    return inside and bool(point[0][place] and point[1][place] and point[2][place])


def _words(axes: Sequence[Index], place: tuple[int, ...], left: bool, right: bool) -> str:
    entry = ", ".join(
        f"{index.letter} = {index.axis.start + n}" for index, n in zip(axes, place, strict=True)
    )
    sides = {(False, False): "neither side has a", (True, False): "the right side has no"}
    return f"not tested at {entry}: {sides.get((left, right), 'the left side has no')} value"
