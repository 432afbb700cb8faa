"""Times of the oracle on large arrays: every entry, directions, one wrong entry of many."""

import statistics
import time
from collections.abc import Iterator

import numpy as np
from candidates import FLAGSHIP, RIGHT, SIX, Floats, instance
from checkers import JUDGES, Loss, central
from ours import counted
from timing import Row, alternating, median_time

from verify.evaluator import claimed
from verify.oracle.directions import directions
from verify.oracle.entries import every_entry
from verify.oracle.groups import wrong_entries
from verify.outcomes import Outcome
from verify.verdicts import MARGIN, compare

MIDDLE = (64, 100, 10)
LARGEST = (64, 784, 10)
ROUNDS = 15
# The plain difference gets the batch that suits it best.
BATCHES = (4, 8, 16, 32, 64)
LOCATED = 40


def rows() -> Iterator[Row]:
    yield from _entries()
    yield from _directions()
    for by_complex_step in (True, False):
        yield _one_wrong(by_complex_step)


def _entries() -> Iterator[Row]:
    given = instance(MIDDLE, "scaled", 20240)
    loss, gradient = Loss(given), given.gradient(RIGHT)
    variant = given.problem.variants[0]

    def ours() -> None:
        estimate = every_entry(given.problem, "theta", given.point, np.random.default_rng(0))
        answers = claimed(given.problem, variant, given.stack)
        comparison = compare(answers, "theta", estimate)
        assert comparison.outcome[0] == Outcome.AGREE

    plain = {f"batches of {batch}": _plain(loss, gradient, batch) for batch in BATCHES}
    torch = {"torch": lambda: JUDGES["torch gradcheck, slow"](loss, gradient, 0)}
    taken = alternating({"ours": ours, **plain, **torch}, ROUNDS)
    name = "every entry with bounds, (64, 100, 10), against"
    best = min(plain, key=lambda batch: taken[batch])
    against = f"plain central differences in {best}"
    yield Row(f"{name} plain", taken["ours"], against, taken["ours"] / taken[best], 2.5)
    ratio = taken["ours"] / taken["torch"]
    yield Row(
        f"{name} torch",
        taken["ours"],
        "torch gradcheck, slow",
        ratio,
        1 / 2.4,
        f"{1 / ratio:.1f} x",
    )


def _plain(loss: Loss, gradient: Floats, batch: int):  # type: ignore[no-untyped-def]
    def work() -> None:
        assert np.allclose(gradient, central(loss, batch), rtol=1e-4, atol=1e-6)

    return work


def _directions() -> Iterator[Row]:
    given = instance(LARGEST, "scaled", 20240)
    claims = {name: given.gradient(name) for name in SIX}

    def check(gradients: dict[str, Floats]) -> dict[str, bool]:
        line = directions(FLAGSHIP, "theta", given.point, np.random.default_rng(0))
        differs = {}
        for name, gradient in gradients.items():
            residual, tolerance = line.residual(gradient)
            differs[name] = bool((np.abs(residual) > MARGIN * tolerance).any())
        return differs

    found = check(claims)
    if found != {name: name != RIGHT for name in SIX}:
        raise AssertionError(f"directions: differs is {found}")
    taken = median_time(lambda: check(claims), ROUNDS)
    detail = f"{len(SIX)} candidates on the same two directions"
    name = "directions, six candidates, (64, 784, 10)"
    yield Row(name, taken, "10 ms", taken / 0.01, 1.0, detail)
    whole = median_time(lambda: check({name: given.gradient(name) for name in SIX}), ROUNDS)
    detail = "with the time of the six gradients themselves"
    yield Row(f"{name} evaluated", whole, "10 ms", whole / 0.01, None, detail)


def _one_wrong(by_complex_step: bool) -> Row:
    """Plant one wrong entry, at a random place, and count what naming it costs."""
    found = [_named(seed, by_complex_step) for seed in range(LOCATED)]
    spent = [evaluations for _, evaluations in found]
    detail = (
        f"{statistics.median(spent):.0f} evaluations, at most {max(spent)}, in {LOCATED} searches"
    )
    how = "complex step" if by_complex_step else "differences"
    return Row(
        f"one wrong entry of 7,840 named, {how}",
        statistics.median(taken for taken, _ in found),
        "100 evaluations",
        max(spent) / 100,
        1.0,
        detail,
    )


def _named(seed: int, by_complex_step: bool) -> tuple[float, int]:
    """Return time and evaluations of the primal, counted in the primal itself."""
    points, given = counted(instance(LARGEST, "scaled", 20240 + seed))
    rng = np.random.default_rng(seed)
    gradient = given.gradient(RIGHT).copy()
    place = int(rng.integers(gradient.size))
    gradient.ravel()[place] *= -1
    start = time.perf_counter()
    located = wrong_entries(given.problem, "theta", given.point, gradient, rng, by_complex_step)
    taken = time.perf_counter() - start
    if located.entries != (place,):
        raise AssertionError(f"seed {seed}: entries {located.entries}, where {place} is wrong")
    return taken, sum(points)
