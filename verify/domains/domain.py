"""Domains: what an input of a problem may be, as plain data that prints itself.

A domain has a kind, a shape in named axes and a range. Kinds are rows of one table; a new kind
is a new row here: the values that one entry (or row) takes in the enumeration, how a grid of free
numbers becomes a member, and what a member is.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verify.domains import entries, structured
from verify.domains.axes import names_in, size_of

Array = NDArray[Any]
Floats = NDArray[np.float64]
Axes = Mapping[str, int]
NO_AXES: Axes = MappingProxyType({})
# Smallest positive normal float64: the closed lower end that stands for "greater than zero".
SMALLEST_POSITIVE = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True)
class Domain:
    """Every value an input may take: kind, shape (axis names and sizes), range [low, high].

    `low_axis` and `high_axis` are bounds in terms of axes (`"k-1"`), for whole numbers; `classes`
    is the axis that labels count, or the size behind a packed matrix; `special` are members that
    are tried on purpose; `axis` is the one along which rows of a simplex stand; `convention` says
    how the gradient of a complex or constrained input is claimed.

    >>> from verify import positive, reals
    >>> reals("N D", -15, 15), positive("N", high=1)
    (reals('N D', -15, 15), positive('N', high=1))
    >>> reals("N D+1").sizes({"N": 2, "D": 3})
    (2, 4)
    """

    kind: str
    shape: tuple[str | int, ...]
    low: float = -math.inf
    high: float = math.inf
    classes: str | int | None = None
    values: tuple[float, ...] = ()
    special: tuple[float, ...] = ()
    axis: int = -1
    low_axis: str = ""
    high_axis: str = ""
    convention: str = ""

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of the axes in order of appearance, those of classes and bounds included."""
        ends = [end for end in (self.low_axis, self.high_axis) if end]
        expressions = [*self.shape, *([self.classes] if self.classes else []), *ends]
        return tuple(dict.fromkeys(name for axis in expressions for name in names_in(axis)))

    @property
    def row(self) -> "Kind":
        """The row of the table of kinds."""
        return KINDS[self.kind]

    @property
    def differentiable(self) -> bool:
        """Whether a derivative with respect to such an input makes sense."""
        return not self.row.discrete

    @property
    def by_rows(self) -> bool:
        """Whether one axis is one choice (a one-hot row) rather than free entries."""
        return self.row.by_rows

    @property
    def free(self) -> bool:
        """Whether every entry may be changed on its own without leaving the domain."""
        return not (self.row.by_rows or self.row.structured)

    def range(self, axes: Axes) -> tuple[float, float]:
        """Return the range with axis names replaced by their sizes."""
        low = float(size_of(self.low_axis, axes)) if self.low_axis else self.low
        return low, float(size_of(self.high_axis, axes)) if self.high_axis else self.high

    def sizes(self, axes: Axes) -> tuple[int, ...]:
        """Return the shape with each axis replaced by its size."""
        return tuple(size_of(axis, axes) for axis in self.shape)

    def places(self, axes: Axes) -> tuple[int, ...]:
        """Return the shape of what is chosen independently: entries, or rows."""
        sizes = list(self.sizes(axes))
        if self.by_rows:
            del sizes[self.axis]
        return tuple(sizes)

    def atoms(self, axes: Axes) -> list[Array]:
        """List simple values of one entry (or one row) of the grid, simplest first."""
        return [np.asarray(atom) for atom in self.row.atoms(self, axes)]

    def build(self, axes: Axes, picked: Array) -> Array:
        """Turn atoms `(..., *places)`, or rows of them, into members `(..., *shape)`."""
        if self.by_rows:
            return np.array(np.moveaxis(picked, -1, self.axis), order="C")
        return np.array(
            self.row.fit(self, axes, picked) if self.row.structured else picked, order="C"
        )

    def fit(self, axes: Axes, grid: Floats) -> Array:
        """Turn free numbers into a member: `(..., *shape)`, or `(..., *places)` to choose by."""
        if self.row.chosen:
            atoms = np.stack(self.atoms(axes))
            return self.build(axes, atoms[np.abs(np.rint(grid)).astype(np.int64) % len(atoms)])
        return np.asarray(self.row.fit(self, axes, grid))

    def contains(self, array: Array, axes: Axes = NO_AXES) -> bool:
        """Tell whether every entry of `array` lies in the range and the rows are of the kind.

        `axes` are needed where a bound or a size behind the array is named by one.
        """
        numbers = np.asarray(array, dtype=np.float64)
        low, high = self.range(axes)
        if not bool(np.all((numbers >= low) & (numbers <= high))):
            return False
        return self.row.member(self, numbers, axes)

    def __repr__(self) -> str:
        from verify.domains.shown import shown

        return shown(self)


@dataclass(frozen=True)
class Kind:
    """One row of the table of kinds.

    `chosen`: members are picked from the list of atoms, not fitted; `structured`: entries depend
    on each other, and even atoms go through `fit`; `repair` brings a member of which one entry
    was changed back into the kind, where that is simple.
    """

    atoms: Callable[[Domain, Axes], list[Array] | list[float] | list[int]] = entries.simple_entries
    fit: Callable[[Domain, Axes, Floats], Array] = entries.clipped
    member: Callable[[Domain, Floats, Axes], bool] = lambda domain, array, axes: True
    low: float = -math.inf
    high: float = math.inf
    by_rows: bool = False
    chosen: bool = False
    structured: bool = False
    discrete: bool = False
    repair: Callable[[Domain, Axes, Floats], Array] = lambda domain, axes, array: array


def _rows(
    atoms: Callable[[Domain, Axes], list[Array]],
    member: Callable[[Domain, Floats, Axes], bool],
    chosen: bool,
) -> Kind:
    fit = entries.clipped if chosen else entries.normalised
    return Kind(atoms, fit, member, 0.0, 1.0, by_rows=True, chosen=chosen, discrete=chosen)


def _made(
    fit: Callable[[Domain, Axes, Floats], Array],
    member: Callable[[Domain, Floats, Axes], bool],
    repair: Callable[[Domain, Axes, Floats], Array] | None = None,
    discrete: bool = False,
) -> Kind:
    made = Kind(fit=fit, member=member, structured=True, discrete=discrete)
    return made if repair is None else replace(made, repair=repair)


KINDS: dict[str, Kind] = {
    "reals": Kind(),
    "complexes": Kind(),
    "square": Kind(),
    "positive": Kind(low=SMALLEST_POSITIVE),
    "nonnegative": Kind(low=0.0),
    "unit_interval": Kind(low=0.0, high=1.0),
    "simplex": _rows(entries.simplex_rows, entries.rows_sum_to_one, chosen=False),
    "onehot": _rows(entries.onehot_rows, entries.rows_are_onehot, chosen=True),
    "labels": Kind(
        entries.label_atoms, member=entries.is_whole, low=0.0, chosen=True, discrete=True
    ),
    "integers": Kind(entries.integer_atoms, entries.whole_numbers, entries.is_whole, discrete=True),
    "booleans": Kind(
        entries.integer_atoms,
        member=entries.is_whole,
        low=0.0,
        high=1.0,
        chosen=True,
        discrete=True,
    ),
    "choice": Kind(entries.listed, member=entries.is_listed, chosen=True),
    "constant": Kind(entries.listed, member=entries.is_listed, chosen=True, discrete=True),
    "axis_length": Kind(entries.axis_atoms, member=entries.is_whole, chosen=True, discrete=True),
    "symmetric": _made(structured.mirrored, structured.is_symmetric, structured.mirrored),
    "psd": _made(structured.gram, structured.is_semidefinite, structured.mirrored),
    "spd": _made(structured.definite, structured.is_definite, structured.mirrored),
    "invertible": _made(structured.nonsingular, structured.is_invertible),
    "invertible_vech": _made(structured.packed, structured.is_packed_invertible),
    "orthogonal": _made(structured.rotation, structured.is_rotation),
    "lower_triangular": _made(structured.triangle, structured.is_triangle, structured.triangle),
    "permutation": _made(structured.ranks, structured.is_permutation, discrete=True),
    "distinct": _made(structured.spread, structured.is_distinct),
    "ordered": _made(structured.ascending, structured.is_ascending, structured.ascending),
    "joint_probability": _made(structured.joint, structured.is_joint),
}
