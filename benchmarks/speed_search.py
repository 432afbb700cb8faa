"""Times of the search: small-scope enumeration, drawn test cases, the minimiser."""

import statistics
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from candidates import BY_NAME, FLAGSHIP
from timing import Row, median_time

from verify.findings import Counterexample
from verify.oracle.reference import complex_step_works
from verify.outcomes import Outcome
from verify.points import Point, Stack, group, stack
from verify.problems import Claim, Problem
from verify.search.draw import draw_points
from verify.search.enumerate import enumerated
from verify.search.judge import judge
from verify.search.problem import CHECK_EVERY, ENUMERATED
from verify.search.record import smallest

# The flagship with as many variants as its table has on this one primal.
SEVEN = replace(FLAGSHIP, variants=FLAGSHIP.variants[:7])
ANALYTIC = {"theta": True}
DRAWN = 1000
DRAWS = 3
LARGE_CASE = {"N": 16, "D": 20, "K": 5}
STARTS = 9
# The smallest counterexamples under the order of the enumeration: X, theta; the labels are 0.
SMALLEST = {
    "question": ([[1.0]], [[0.0, 1.0]]),
    "correction_and_note": ([[1.0]], [[0.0, 0.0]]),
    "mean_over_examples": ([[0.0], [1.0]], [[0.0, 0.0]]),
}


def rows() -> Iterator[Row]:
    yield _enumeration()
    yield _drawn()
    for name in SMALLEST:
        yield _minimiser(name)


def _compare_all(problem: Problem, part: Stack, rng: np.random.Generator, every: int) -> None:
    judged = judge(problem, part, rng, ANALYTIC, every)
    for claim in problem.claims:
        judged.comparison(claim)


def _enumeration() -> Row:
    count = sum(len(part) for part in enumerated(SEVEN, ENUMERATED))

    def work() -> None:
        rng = np.random.default_rng(0)
        for part in enumerated(SEVEN, ENUMERATED):
            _compare_all(SEVEN, part, rng, CHECK_EVERY)

    taken = median_time(work, 7)
    detail = f"{count} cases, {count / taken:,.0f} a second"
    allowed = count / 50_000
    return Row(
        "enumeration, 7 variants", taken, "50,000 cases a second", taken / allowed, 1.0, detail
    )


def _drawn() -> Row:
    # Seeds differ, as the same one would find Hypothesis' and our caches warm.
    found = [_drawn_once(seed) for seed in range(DRAWS)]
    taken = [seconds_each for seconds_each, _ in found]
    judged = sum(count for _, count in found)
    each = statistics.median(taken)
    detail = f"{judged} test cases, {1 / each:,.0f} a second"
    return Row(
        "drawn, 7 variants", each * DRAWN, "400 test cases a second", each * 400, 1.0, detail
    )


def _drawn_once(seed: int) -> tuple[float, int]:
    start = time.perf_counter()
    rng = np.random.default_rng(seed)
    found, _ = draw_points(SEVEN, DRAWN, seed)
    for part in group(found):
        _compare_all(SEVEN, part, rng, 1)
    return (time.perf_counter() - start) / len(found), len(found)


def _minimiser(name: str) -> Row:
    bounds = {axis: (1, size) for axis, size in LARGE_CASE.items()}
    problem = replace(FLAGSHIP, dims=bounds, variants=(BY_NAME[name],))
    # The first start is the warm-up.
    taken = [_minimised(Claim(problem, BY_NAME[name], "theta"), seed) for seed in range(STARTS + 1)]
    middle = statistics.median(taken[1:])
    detail = f"{STARTS} starts, slowest {max(taken[1:]) * 1e3:.0f} ms; the known minimum each time"
    return Row(f"minimiser, {name}, from (16, 20, 5)", middle, "0.1 s", middle / 0.1, 1.0, detail)


def _minimised(claim: Claim, seed: int) -> float:
    """Return the time from a large failing case to the smallest, its confirmation included."""
    start = _start(seed)
    rng = np.random.default_rng(seed)
    works = complex_step_works(claim.problem, "theta", stack([start]), rng)
    nothing = np.empty(0)
    example = Counterexample(start, None, None, nothing, nothing, np.inf)
    before = time.perf_counter()
    found = smallest(claim, example, Outcome.DIFFER, {"theta": works}, seed)
    taken = time.perf_counter() - before
    _assert_smallest(claim.variant.name, found.point)
    return taken


def _start(seed: int) -> Point:
    rng = np.random.default_rng(seed)
    N, D, K = LARGE_CASE.values()
    X, theta = rng.standard_normal((N, D)), rng.standard_normal((D, K)) / np.sqrt(D)
    return Point(LARGE_CASE, {"X": X, "theta": theta, "T": np.eye(K)[rng.integers(0, K, N)]})


def _assert_smallest(name: str, point: Point) -> None:
    X, theta = (np.array(array) for array in SMALLEST[name])
    T = np.eye(2)[np.zeros(len(X), dtype=int)]
    for label, due in (("X", X), ("theta", theta), ("T", T)):
        got = point.inputs[label]
        if not np.array_equal(got, due):
            raise AssertionError(f"{name}: {label} = {got.tolist()}, where {due.tolist()} is due")
