"""Arrays whose axes are named by indices: aligning them, comparing them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verify.formula.tree import Index

Array = NDArray[Any]


@dataclass(frozen=True)
class Valued:
    """An array whose axes are named by indices."""

    array: Array
    axes: tuple[Index, ...]


def union(values: Sequence[Valued]) -> tuple[Index, ...]:
    """Return the axes of several values, each once."""
    return tuple(dict.fromkeys(index for value in values for index in value.axes))


def aligned(value: Valued, axes: tuple[Index, ...]) -> Array:
    """Return the array with its axes in the order of `axes`, of length 1 where it has none."""
    if value.axes == axes:
        return value.array
    order = [value.axes.index(index) for index in axes if index in value.axes]
    moved = np.asarray(value.array).transpose(order)
    places = tuple(slice(None) if index in value.axes else None for index in axes)
    return moved[places]


def compared(operator: str, left: Array, right: Array) -> Array:
    """Return where a comparison of two real arrays holds."""
    operations: dict[str, Any] = {
        "=": np.equal, "!=": np.not_equal, "<": np.less, "<=": np.less_equal,
        ">": np.greater, ">=": np.greater_equal,
    }  # fmt: skip
    return np.asarray(operations[operator](left, right))
