"""Points: concrete values of all inputs, singly and stacked along a leading axis."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
# The name under which the cotangent of a vjp stands among the inputs of a point.
COTANGENT = "cotangent"


@dataclass(frozen=True)
class Point:
    """One assignment of all inputs (and the cotangent of a vjp); `axes` holds the sizes."""

    axes: Mapping[str, int]
    inputs: Mapping[str, Array]

    @property
    def size(self) -> int:
        """Number of entries in all inputs together."""
        return sum(array.size for array in self.inputs.values())


@dataclass(frozen=True)
class Stack:
    """Points of the same axes in one array per input: `inputs[name]: (B, *shape)`."""

    axes: Mapping[str, int]
    inputs: Mapping[str, Array]

    def __len__(self) -> int:
        return len(next(iter(self.inputs.values())))

    def point(self, index: int) -> Point:
        """Return one point, its arrays copied."""
        return Point(self.axes, {name: array[index].copy() for name, array in self.inputs.items()})

    def take(self, indices: Sequence[int] | NDArray[np.intp]) -> "Stack":
        """Return the points at `indices` as a stack of their own."""
        return Stack(self.axes, {name: array[indices] for name, array in self.inputs.items()})

    def __iter__(self) -> Iterator[Point]:
        return (self.point(index) for index in range(len(self)))


def fingerprint(part: Stack) -> bytes:
    """Return bytes that are the same for the same points only: names, types, shapes and values."""
    heads = [f"{n} {a.dtype.str} {a.shape}".encode() for n, a in sorted(part.inputs.items())]
    arrays = [np.ascontiguousarray(a).tobytes() for _, a in sorted(part.inputs.items())]
    return b"\n".join([*heads, *arrays])


def stack(points: Sequence[Point]) -> Stack:
    """Stack points that have the same axes and shapes."""
    names = points[0].inputs
    return Stack(points[0].axes, {n: np.stack([p.inputs[n] for p in points]) for n in names})


def group(points: Sequence[Point]) -> list[Stack]:
    """Gather points of equal shapes into stacks, in order of first appearance."""
    groups: dict[tuple[object, ...], list[Point]] = {}
    for point in points:
        shapes = tuple((array.shape, array.dtype.kind) for array in point.inputs.values())
        groups.setdefault((tuple(point.axes.items()), shapes), []).append(point)
    return [stack(members) for members in groups.values()]
