"""Kinds whose entries, or rows, are free of each other: simple values, fitting, membership."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from verify.domains.axes import size_of

if TYPE_CHECKING:
    from verify.domains.domain import Domain

Array = NDArray[Any]
Floats = NDArray[np.float64]
Axes = Mapping[str, int]
# The order of simplicity for single entries: a counterexample is walked down this list.
SIMPLE_NUMBERS = (0.0, 1.0, -1.0, 2.0, -2.0)
# 1e-12: a row of up to some thousand terms that was normalised in float64.
ROW_SUM = 1e-12


def simple_entries(domain: "Domain", axes: Axes) -> list[float]:
    """List simple numbers in the range, then the declared special ones."""
    inside = [value for value in SIMPLE_NUMBERS if domain.low <= value <= domain.high]
    if not (domain.high - domain.low > 2 and len(inside) > 2):
        ends = [value for value in (domain.low, domain.high) if 1e-100 < abs(value) < math.inf]
        bounded = math.isfinite(domain.high - domain.low)
        middle = [0.5 * (domain.low + domain.high)] if bounded else [0.5]
        inside += [value for value in middle + ends if domain.low <= value <= domain.high]
    return list(dict.fromkeys([*inside, *domain.special]))


def onehot_rows(domain: "Domain", axes: Axes) -> list[Array]:
    """List the rows with a single one."""
    return list(np.eye(domain.sizes(axes)[domain.axis]))


def simplex_rows(domain: "Domain", axes: Axes) -> list[Array]:
    """List the vertices, then the middles of the edges."""
    size = domain.sizes(axes)[domain.axis]
    halves = [(np.eye(size)[i] + np.eye(size)[j]) / 2 for i in range(size) for j in range(i)]
    return [*np.eye(size), *halves]


def label_atoms(domain: "Domain", axes: Axes) -> list[int]:
    """List the classes."""
    return list(range(size_of(domain.classes or 1, axes)))


def axis_atoms(domain: "Domain", axes: Axes) -> list[int]:
    """Return the one value that the axes leave."""
    return [size_of(domain.classes or 1, axes)]


def integer_atoms(domain: "Domain", axes: Axes) -> list[int]:
    """List simple whole numbers in the range and its ends."""
    low, high = domain.range(axes)
    inside = [int(v) for v in SIMPLE_NUMBERS if low <= v <= high]
    ends = [int(v) for v in (low, high) if math.isfinite(v)]
    return list(dict.fromkeys([*inside, *ends, *(int(v) for v in domain.special)]))


def listed(domain: "Domain", axes: Axes) -> list[float]:
    """List the values of a choice or a constant."""
    return list(domain.values)


def clipped(domain: "Domain", axes: Axes, grid: Floats) -> Array:
    """Bring numbers into the range."""
    return np.asarray(np.clip(grid, domain.low, domain.high))


def whole_numbers(domain: "Domain", axes: Axes, grid: Floats) -> Array:
    """Round numbers, and bring them into the range."""
    low, high = domain.range(axes)
    return np.asarray(np.clip(np.rint(grid), low, high), dtype=np.int64)


def normalised(domain: "Domain", axes: Axes, grid: Floats) -> Array:
    """Turn weights into rows that sum to one; rows of zeros become even ones."""
    weights = np.abs(grid)
    total = weights.sum(axis=domain.axis, keepdims=True)
    return np.asarray(
        np.where(total > 0, weights, 1.0) / np.where(total > 0, total, weights.shape[domain.axis])
    )


def is_whole(domain: "Domain", array: Floats, axes: Axes) -> bool:
    """Tell whether all numbers are whole."""
    return bool(np.all(array == np.rint(array)))


def is_listed(domain: "Domain", array: Floats, axes: Axes) -> bool:
    """Tell whether all numbers are in the list of values."""
    return bool(np.isin(array, domain.values).all())


def rows_sum_to_one(domain: "Domain", array: Floats, axes: Axes) -> bool:
    """Tell whether the rows sum to one."""
    return bool(np.all(np.abs(array.sum(axis=domain.axis) - 1) <= ROW_SUM))


def rows_are_onehot(domain: "Domain", array: Floats, axes: Axes) -> bool:
    """Tell whether each row is a single one."""
    return is_whole(domain, array, axes) and rows_sum_to_one(domain, array, axes)
