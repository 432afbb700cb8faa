"""The estimate: a reference derivative on a stack, with a bound on its own error."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """Reference derivative with respect to one input at every point of a stack.

    value, bound: (B, *shape). The true derivative lies in value ± bound; a NaN value has an
    infinite bound and means that nothing is known there. At a kink value ± bound encloses the
    one-sided derivatives. `sensitivity` is by how much the derivative moves when the inputs move
    by one relative float64 eps: what rounding of the inputs alone explains. `rung` says per point
    where the value comes from.
    """

    value: Floats
    bound: Floats
    sensitivity: Floats
    kink: NDArray[np.bool_]
    rung: NDArray[np.str_]
    evaluations: int

    def take(self, indices: NDArray[np.intp] | list[int]) -> "Estimate":
        """Return the estimate at some of the points."""
        return Estimate(
            self.value[indices],
            self.bound[indices],
            self.sensitivity[indices],
            self.kink[indices],
            self.rung[indices],
            self.evaluations,
        )
