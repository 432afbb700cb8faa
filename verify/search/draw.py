"""Drawn test cases: Hypothesis generates, nothing is asserted, every point is collected."""

import contextlib
from collections.abc import Iterator
from typing import TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.internal.conjecture import providers
from hypothesis.strategies import SearchStrategy

from verify.points import Point
from verify.problems import Problem
from verify.strategies import points, shapes

Value = TypeVar("Value")


def draw_points(problem: Problem, count: int, seed_number: int) -> tuple[list[Point], int]:
    """Draw `count` test cases; return those that meet the precondition, and how many were tried.

    The same seed and versions of Hypothesis and NumPy give the same points. Every setting that
    Hypothesis would take from its environment (CI, profiles) is stated.
    """
    drawn = _collect(points(problem), count, seed_number)
    return [point for point in drawn if point is not None], len(drawn)


def draw_shapes(problem: Problem, count: int, seed_number: int) -> list[tuple[dict[str, int], int]]:
    """Draw sizes of the axes, and a seed each, for points that are made in batches."""
    return _collect(shapes(problem), count, seed_number)


def _collect(strategy: SearchStrategy[Value], count: int, seed_number: int) -> list[Value]:
    collected: list[Value] = []

    @seed(seed_number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        derandomize=False,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        report_multiple_bugs=False,
    )
    @given(strategy)
    def collect(value: Value) -> None:
        collected.append(value)

    with _without_local_constants():
        collect()
    return collected


@contextlib.contextmanager
def _without_local_constants() -> Iterator[None]:
    """Keep Hypothesis from mixing constants of local source files into what it draws.

    It would change the points whenever unrelated code changes. There is no setting for it in
    6.170; where a future version renames the function, the run goes on with the constants, and
    a test turns red.
    """
    original = getattr(providers, "_get_local_constants", None)
    if original is None:
        yield
        return
    nothing = type(providers._local_constants)()
    providers._get_local_constants = lambda: nothing
    providers.CONSTANTS_CACHE.cache.clear()
    try:
        yield
    finally:
        providers._get_local_constants = original
        providers.CONSTANTS_CACHE.cache.clear()
