"""Sample: one claim at one point as numbers, and which of its entries say something."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from verify.findings import Floats
from verify.points import Point
from verify.verdicts import MARGIN

Mask = NDArray[np.bool_]
# Of the largest number around: rounding of a claim that cancels.
ROUNDING = 1.5e-14


@dataclass(frozen=True)
class Sample:
    """One claim at one point, as numbers.

    claimed, reference, tolerance: the shape of the input; a residual within the tolerance is
    agreement. `references` holds the reference derivatives of all inputs of `problem.wrt` there.
    """

    point: Point
    claimed: Floats
    reference: Floats
    tolerance: Floats
    references: Mapping[str, Floats]

    @cached_property
    def residual(self) -> Floats:
        """Return claimed - reference; NaN where either is not known."""
        with np.errstate(all="ignore"):
            return np.asarray(np.where(self.usable, self.claimed - self.reference, np.nan))

    @cached_property
    def usable(self) -> Mask:
        """Where claimed and reference are finite and there is a tolerance."""
        known = np.isfinite(self.claimed) & np.isfinite(self.reference)
        return np.asarray(known & np.isfinite(self.tolerance))

    @cached_property
    def differs(self) -> Mask:
        """Where the claim differs by a wide margin, or is not finite and should be."""
        with np.errstate(all="ignore"):
            wide = np.abs(self.claimed - self.reference) > MARGIN * self.tolerance
        known = np.isfinite(self.reference) & np.isfinite(self.tolerance)
        return np.asarray(known & (wide | ~np.isfinite(self.claimed)))

    @cached_property
    def clearly(self) -> Mask:
        """Where it differs by more than the claim's own rounding may explain.

        1 - z has few digits where z is near 1; how a formula is wrong does not show there.
        """
        sizes = [np.abs(a[np.isfinite(a)]).max(initial=1.0) for a in self.point.inputs.values()]
        with np.errstate(all="ignore"):
            small = np.abs(self.claimed - self.reference) <= ROUNDING * max([1.0, *sizes])
        return np.asarray(self.differs & ~small)

    @cached_property
    def agrees(self) -> Mask:
        """Where the residual is within the tolerance."""
        with np.errstate(all="ignore"):
            close = np.abs(self.claimed - self.reference) <= self.tolerance
        return np.asarray(self.usable & close)

    @cached_property
    def fails(self) -> bool:
        """Whether some entry differs."""
        return bool(self.differs.any())


def descent(samples: Sequence[Sample]) -> tuple[float, float] | None:
    """Return median and minimum of cos(claimed, reference) = <c, r> / (|c| |r|).

    Taken where both are finite and nonzero; None where that is nowhere.

    >>> ones, point = np.ones(2), Point({}, {})
    >>> descent([Sample(point, -ones, ones, 0 * ones, {})])
    (-1.0, -1.0)
    """
    cosines = []
    for sample in samples:
        parts = []
        for array in (sample.claimed, sample.reference):
            # Scaled first: the squares of 1e200 overflow.
            largest = np.abs(array).max(initial=0.0)
            if np.isfinite(array).all() and largest > 0:
                scaled = array / largest
                parts.append(scaled / np.linalg.norm(scaled.ravel()))
        if len(parts) == 2:
            cosine = round(float((parts[0] * parts[1]).sum()), 12)
            cosines.append(min(1.0, max(-1.0, cosine)))
    return (float(np.median(cosines)), min(cosines)) if cosines else None
