"""Points at which formulas are executed: sizes for the axes, and exact dyadic values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from verify.formula.symbols import Symbol

Array = NDArray[np.float64]
# Pairwise different, none of them 2: a factor 2 or a size is then never mistaken for another.
SIZES = (3, 4, 5, 7, 6)
SMALL = (1, 2, 3)
STEP = 16  # values are multiples of 1/16: exact in binary, and short


@dataclass(frozen=True)
class FormulaPoint:
    """Sizes by name, and the value of each declared symbol over its axes."""

    extents: dict[str, int]
    values: Mapping[str, Array]


def sizes_for(names: Iterable[str], sizes: Sequence[int] = SIZES) -> dict[str, int]:
    """Return pairwise different sizes for the axes, in the order of the names.

    >>> sizes_for(["N", "D", "K"])
    {'N': 3, 'D': 4, 'K': 5}
    """
    return {name: sizes[n % len(sizes)] + n // len(sizes) for n, name in enumerate(names)}


def draw(
    symbols: Iterable[Symbol], extents: dict[str, int], rng: np.random.Generator
) -> FormulaPoint:
    """Return a point: every declared symbol gets values of its kind, none of them zero."""
    values = {symbol.key: _values(symbol, extents, rng) for symbol in symbols}
    return FormulaPoint(extents, values)


def _values(symbol: Symbol, extents: dict[str, int], rng: np.random.Generator) -> Array:
    shape = tuple(axis.length(extents) for axis in symbol.axes)
    match symbol.kind:
        case "positive" | "nonnegative":
            return _steps(rng, 5, 40, shape)
        case "unit":
            return _steps(rng, 2, 14, shape)
        case "sign":
            return np.asarray(rng.choice([-1.0, 1.0], shape))
        case "bit":
            return _both_ways(rng.integers(0, 2, shape).astype(float))
        case "count" | "natural" | "integer":
            return np.asarray(rng.integers(1, 5, shape), dtype=float)
        case "label":
            assert symbol.labels is not None
            start, stop = symbol.labels.start, symbol.labels.stop(extents)
            return np.asarray(rng.integers(start, stop + 1, shape), dtype=float)
        case "onehot" | "simplex":
            return _along(symbol, shape, rng)
        case "spd" | "symmetric" | "antisymmetric" | "lower":
            return _matrices(symbol.kind, shape, rng)
    return np.asarray(_steps(rng, 3, 30, shape) * rng.choice([-1.0, 1.0], shape))


def _steps(rng: np.random.Generator, low: int, high: int, shape: tuple[int, ...]) -> Array:
    return np.asarray(rng.integers(low, high, shape) / STEP)


def _both_ways(bits: Array) -> Array:
    """Make sure that zeros and ones occur where there is room for both."""
    if bits.size > 1 and bits.min() == bits.max():
        bits.flat[0] = 1 - bits.flat[0]
    return bits


def _along(symbol: Symbol, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """One-hot or positive with sum 1 along one axis; the sum is exact in binary."""
    place = symbol.along if symbol.along is not None else len(shape) - 1
    size = shape[place]
    others = tuple(n for at, n in enumerate(shape) if at != place)
    if symbol.kind == "onehot":
        found = np.eye(size)[rng.integers(0, size, others)]
    else:
        # 64 shares thrown into the cells, at least one in each
        found = (rng.multinomial(64 - size, [1 / size] * size, others) + 1) / 64
    return np.moveaxis(found, -1, place)


def _matrices(kind: str, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    size = shape[-1]
    found = rng.integers(-8, 9, shape) / 8
    swapped = np.swapaxes(found, -1, -2)
    if kind == "spd":
        return np.asarray(found @ swapped / 2 + np.eye(size))
    if kind == "symmetric":
        return np.asarray(found + swapped)
    if kind == "antisymmetric":
        return np.asarray(np.sign(found - swapped))
    return np.asarray(np.tril(found) + np.eye(size))
