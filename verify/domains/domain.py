"""Domains: what an input of a problem may be, as plain data that prints itself.

A domain has a kind, a shape in named axes and a range. Kinds are rows of one table; a new kind
is a new row here and a way to draw it in `strategies`.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
# The order of simplicity for single entries: a counterexample is walked down this list.
SIMPLE_NUMBERS = (0.0, 1.0, -1.0, 2.0, -2.0)
# Smallest positive normal float64: the closed lower end that stands for "greater than zero".
SMALLEST_POSITIVE = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True)
class Domain:
    """Every value an input may take: kind, shape (axis names and sizes), range [low, high].

    >>> from verify import positive, reals
    >>> reals("N D", -15, 15), positive("N", high=1)
    (reals('N D', -15, 15), positive('N', high=1))
    >>> reals("N D").sizes({"N": 2, "D": 3})
    (2, 3)
    """

    kind: str
    shape: tuple[str | int, ...]
    low: float = -math.inf
    high: float = math.inf
    classes: str | int | None = None
    values: tuple[float, ...] = ()

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of the axes in order of appearance, the classes' axis of labels included."""
        names = [axis for axis in (*self.shape, self.classes) if isinstance(axis, str)]
        return tuple(dict.fromkeys(names))

    @property
    def differentiable(self) -> bool:
        """Whether a derivative with respect to such an input makes sense."""
        return not KINDS[self.kind].discrete

    @property
    def by_rows(self) -> bool:
        """Whether the last axis is one choice (a one-hot row) rather than free entries."""
        return KINDS[self.kind].by_rows

    def sizes(self, axes: Mapping[str, int]) -> tuple[int, ...]:
        """Return the shape with each axis name replaced by its size."""
        return tuple(axis if isinstance(axis, int) else axes[axis] for axis in self.shape)

    def atoms(self, axes: Mapping[str, int]) -> list[Array]:
        """List simple values of one entry (or one row), simplest first."""
        return [np.asarray(atom) for atom in KINDS[self.kind].atoms(self, axes)]

    def contains(self, array: Array) -> bool:
        """Tell whether every entry of `array` lies in the range and the rows are of the kind."""
        numbers = np.asarray(array, dtype=np.float64)
        if not bool(np.all((numbers >= self.low) & (numbers <= self.high))):
            return False
        return KINDS[self.kind].member(self, numbers)

    def __repr__(self) -> str:
        shape = repr(" ".join(str(axis) for axis in self.shape))
        if self.kind == "constant":
            return f"constant({_short(self.low)}, {shape})"
        if self.kind == "choice":
            return f"choice([{', '.join(_short(value) for value in self.values)}], {shape})"
        if self.kind == "labels":
            return f"labels({shape}, classes={self.classes!r})"
        kind = KINDS[self.kind]
        ends = {
            "low": self.low if self.low != kind.low else None,
            "high": self.high if self.high != kind.high else None,
        }
        given = {name: _short(end) for name, end in ends.items() if end is not None}
        words = given.values() if len(given) == 2 else [f"{n}={v}" for n, v in given.items()]
        return f"{self.kind}({', '.join([shape, *words])})"


def _short(number: float) -> str:
    return str(int(number)) if number == int(number) and abs(number) < 1e15 else repr(number)


def _simple_entries(domain: Domain, axes: Mapping[str, int]) -> list[float]:
    inside = [value for value in SIMPLE_NUMBERS if domain.low <= value <= domain.high]
    if domain.high - domain.low > 2 and len(inside) > 2:
        return inside
    ends = [value for value in (domain.low, domain.high) if 1e-100 < abs(value) < math.inf]
    middle = (
        [0.5 * (domain.low + domain.high)] if math.isfinite(domain.high - domain.low) else [0.5]
    )
    extra = [value for value in middle + ends if domain.low <= value <= domain.high]
    return list(dict.fromkeys(inside + extra))


def _onehot_rows(domain: Domain, axes: Mapping[str, int]) -> list[Array]:
    return list(np.eye(domain.sizes(axes)[-1]))


def _simplex_rows(domain: Domain, axes: Mapping[str, int]) -> list[Array]:
    size = domain.sizes(axes)[-1]
    halves = [(np.eye(size)[i] + np.eye(size)[j]) / 2 for i in range(size) for j in range(i)]
    return [*np.eye(size), *halves]


def _label_atoms(domain: Domain, axes: Mapping[str, int]) -> list[int]:
    count = domain.classes if isinstance(domain.classes, int) else axes[str(domain.classes)]
    return list(range(count))


def _integer_atoms(domain: Domain, axes: Mapping[str, int]) -> list[int]:
    inside = [int(v) for v in SIMPLE_NUMBERS if domain.low <= v <= domain.high]
    ends = [int(v) for v in (domain.low, domain.high) if math.isfinite(v)]
    return list(dict.fromkeys(inside + ends))


def _whole(domain: Domain, array: NDArray[np.float64]) -> bool:
    return bool(np.all(array == np.rint(array)))


def _rows_sum_to_one(domain: Domain, array: NDArray[np.float64]) -> bool:
    # 1e-12: a row of up to some thousand terms that was normalised in float64.
    return bool(np.all(np.abs(array.sum(axis=-1) - 1) <= 1e-12))


@dataclass(frozen=True)
class Kind:
    """One row of the table of kinds."""

    atoms: Callable[[Domain, Mapping[str, int]], list[Array] | list[float] | list[int]]
    member: Callable[[Domain, NDArray[np.float64]], bool] = lambda domain, array: True
    low: float = -math.inf
    high: float = math.inf
    by_rows: bool = False
    discrete: bool = False


KINDS: dict[str, Kind] = {
    "reals": Kind(_simple_entries),
    "positive": Kind(_simple_entries, low=SMALLEST_POSITIVE),
    "nonnegative": Kind(_simple_entries, low=0.0),
    "unit_interval": Kind(_simple_entries, low=0.0, high=1.0),
    "simplex": Kind(_simplex_rows, _rows_sum_to_one, low=0.0, high=1.0, by_rows=True),
    "onehot": Kind(
        _onehot_rows,
        lambda domain, array: _whole(domain, array) and _rows_sum_to_one(domain, array),
        low=0.0,
        high=1.0,
        by_rows=True,
        discrete=True,
    ),
    "labels": Kind(_label_atoms, _whole, low=0.0, discrete=True),
    "integers": Kind(_integer_atoms, _whole, discrete=True),
    "booleans": Kind(_integer_atoms, _whole, low=0.0, high=1.0, discrete=True),
    "choice": Kind(
        lambda domain, axes: list(domain.values),
        lambda domain, array: bool(np.isin(array, domain.values).all()),
    ),
    "constant": Kind(
        lambda domain, axes: list(domain.values),
        lambda domain, array: bool(np.isin(array, domain.values).all()),
        discrete=True,
    ),
}
