"""Domain → Point: Hypothesis strategies whose points are short to read and wide in range.

Values come from a grid of small integers, drawn as whole arrays and scaled after the draw by a
regime (findings/generation-and-reports.md, B2.3: shrinks to x = 1, θ = [0, 1]; per-element
floats are slower and shrink to less readable numbers).
"""

import functools
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from verify.domains import Domain
from verify.evaluator import Failure, call, holds
from verify.points import COTANGENT, Array, Point, Stack, stack
from verify.problems import Problem

Draw = Callable[[st.SearchStrategy[Any]], Any]
# Sizes in the order of how often they are wanted; 1 is a control and comes rarely.
SIZES = (2, 2, 3, 2, 4, 1)
GRID = 3
# Scale of an array after the draw. "wide" stands for floats over many orders of magnitude. The
# first half is "unit", so that most test cases are ordinary ones.
SCALES = ("unit", "unit", "unit", "unit", "unit", "small", "large", "large", "zero", "wide")
FACTOR = {"unit": 1.0, "small": 2.0**-10, "large": 8.0, "zero": 0.0}
# Beyond this many entries Hypothesis' budget for choices runs out with distinct entries
# (findings/generation-and-reports.md, B1); a drawn seed fills such arrays.
LARGEST_DRAWN = 64
# Scales tried, in order, where the drawn ones do not meet the precondition.
REPAIRS = (1.0, 0.25, 2.0**-4, 2.0**-10)


@st.composite
def points(draw: Draw, problem: Problem) -> Point | None:
    """Draw a point of the problem; None where no scale of the draw meets the precondition.

    Raises nothing of its own; a strategy given in place of a domain draws its input as it is.
    """
    drawn = draw(_axes(tuple(problem.dims.items())))
    # Hypothesis shuffles the keys of a dictionary; the axes keep the order of their appearance.
    axes = {axis: drawn[axis] for axis in problem.dims}
    raw = _grids(draw, problem, axes)
    scales = draw(_scales(tuple(problem.domains)))
    for repair in (None, *REPAIRS):
        inputs = {
            name: _fitted(domain, raw[name], scales[name] if repair is None else repair, axes)
            if isinstance(domain := problem.inputs[name], Domain)
            else np.asarray(raw[name])
            for name in problem.inputs
        }
        point = Point(axes, inputs)
        if meets(problem, stack([point])):
            return _with_cotangent(draw, problem, point)
    return None


def meets(problem: Problem, points: Stack) -> bool:
    """Tell whether every point of a stack meets the precondition."""
    return bool(meets_each(problem, points).all())


def meets_each(problem: Problem, points: Stack) -> NDArray[np.bool_]:
    """Tell which points of a stack meet the precondition, `(B,)`."""
    everywhere = np.ones(len(points), dtype=bool)
    return everywhere if problem.where is None else holds(problem.where, points)


@st.composite
def shapes(draw: Draw, problem: Problem) -> tuple[dict[str, int], int]:
    """Draw sizes of the axes, and a seed for what fills them."""
    drawn = draw(_axes(tuple(problem.dims.items())))
    return {axis: drawn[axis] for axis in problem.dims}, draw(st.integers(0, 2**32 - 1))


@functools.lru_cache(maxsize=256)
def _axes(dims: tuple[tuple[str, tuple[int, int]], ...]) -> st.SearchStrategy[dict[str, int]]:
    return st.fixed_dictionaries({axis: _size(*bounds) for axis, bounds in dims})


@functools.lru_cache(maxsize=256)
def _scales(names: tuple[str, ...]) -> st.SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries({name: st.sampled_from(SCALES) for name in names})


def _size(low: int, high: int) -> st.SearchStrategy[int]:
    usual = [size for size in SIZES if low <= size <= high]
    larger = [size for size in (high, (low + high) // 2, low) if size not in usual]
    return st.sampled_from(usual + larger)


def _grids(draw: Draw, problem: Problem, axes: Mapping[str, int]) -> dict[str, Any]:
    """Draw the whole numbers of all domains as one array: a draw costs more than an entry."""
    shapes = {name: _grid_shape(domain, axes) for name, domain in problem.domains.items()}
    counts = [math.prod(shape) for shape in shapes.values()]
    flat = draw(_whole_numbers(sum(counts), -GRID, GRID)) if shapes else np.empty(0)
    parts = np.split(flat, np.cumsum(counts)[:-1]) if shapes else []
    grids: dict[str, Any] = {
        name: part.reshape(shapes[name]) for name, part in zip(shapes, parts, strict=True)
    }
    strategies = {n: kind for n, kind in problem.inputs.items() if not isinstance(kind, Domain)}
    return grids | {name: draw(strategy) for name, strategy in strategies.items()}


def _grid_shape(domain: Domain, axes: Mapping[str, int]) -> tuple[int, ...]:
    return domain.places(axes) if domain.row.chosen else domain.sizes(axes)


@functools.lru_cache(maxsize=1024)
def _whole_numbers(shape: int | tuple[int, ...], low: int, high: int) -> st.SearchStrategy[Array]:
    if np.prod(shape) > LARGEST_DRAWN:
        seeds = st.integers(0, 2**32 - 1)
        return seeds.map(lambda seed: np.random.default_rng(seed).integers(low, high + 1, shape))
    return arrays(np.int64, shape, elements=st.integers(low, high), fill=st.nothing())


def _fitted(domain: Domain, grid: Array, scale: str | float, axes: Mapping[str, int]) -> Array:
    plain = domain.free and domain.differentiable and not domain.row.chosen
    if plain or domain.row.structured:
        return domain.fit(axes, _real(domain, grid.astype(np.float64), scale))
    return domain.fit(axes, grid)


def _real(domain: Domain, grid: NDArray[np.float64], scale: str | float) -> Array:
    """Place a grid of small integers in the range of a domain, at a scale."""
    if scale == "wide":
        seed = [abs(int(value)) for value in (grid.ravel() + GRID)]
        rng = np.random.default_rng(seed or [0])
        exponent = rng.uniform(-12, 12) if domain.high == math.inf else rng.uniform(-12, 0)
        values = rng.standard_normal(grid.shape) * 10.0**exponent
    else:
        values = grid * (scale if isinstance(scale, float) else FACTOR[scale])
    low, high = domain.low, domain.high
    if low >= 0 and high == math.inf:
        positive = (
            np.abs(values) if scale == "wide" else np.exp2(grid) * (FACTOR.get(str(scale)) or 1)
        )
        values = np.where((low == 0) & (grid == 0) & (scale != "wide"), 0.0, positive) + (
            low if low > 1e-100 else 0.0
        )
    elif math.isfinite(low) and math.isfinite(high) and (low > 0 or high < 1 or high - low < GRID):
        values = low + (high - low) * (grid + GRID) / (2 * GRID)
    return np.asarray(np.clip(values, low, high))


def _with_cotangent(draw: Draw, problem: Problem, point: Point) -> Point | None:
    """Add the cotangent, which has the shape of the primal's value; None where that fails."""
    if not problem.is_vjp:
        return point
    value = call(problem.primal, {name: array.copy() for name, array in point.inputs.items()})
    if isinstance(value, Failure):
        return None
    # Never zero: every claim that multiplies by the cotangent would agree there (style.md, 11.1).
    signs = draw(_whole_numbers(np.shape(value), 0, 3))
    return Point(
        point.axes, {**point.inputs, COTANGENT: np.asarray(np.array([1.0, -1.0, 2.0, -2.0])[signs])}
    )
