"""Blind spot: the simplest statement about points that separates where a claim holds and fails."""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from verify.diagnosis.hypotheses import key_of
from verify.diagnosis.predicates import Predicate, about_points
from verify.points import Array, Point
from verify.problems import Claim

# Points of each group that a statement is formed on, and as many that confirm it.
FEWEST = 3
# A conjunction of two fits by chance more easily.
FEWEST_FOR_TWO = 5
# "Only when" says something if it rules out this share of the other group.
RULED_OUT = 0.5
# Below a smaller limit a difference is too small to be seen, and no regime of the claim.
SMALLEST_LIMIT = 1e-3
FEWEST_FOR_ONLY = 8
MOST_PAIRED = 80
Row = NDArray[np.int8]


def blind_spot(claim: Claim, holds: Sequence[Point], fails: Sequence[Point]) -> tuple[str, ...]:
    """Say when a claim differs: exactly when, only when, or when it agrees only.

    A statement is found on half of the points and said if the other half confirms it, at least
    three of each group in each half. Single statements first, then limits on the size of an
    input, then two statements joined.
    """
    holds, fails = _different(holds), _different(fails)
    if min(len(holds), len(fails)) < 2 * FEWEST:
        return ()
    points = [*holds, *fails]
    wrong = np.array([False] * len(holds) + [True] * len(fails))
    half = np.concatenate([np.arange(len(holds)) % 2, np.arange(len(fails)) % 2]) == 0
    predicates = about_points(claim, points)
    rows = [_row(predicate, points) for predicate in predicates]
    checked = f"(checked at {int((wrong & ~half).sum())} + {int((~wrong & ~half).sum())} points)"
    for text, row in itertools.chain(_single(predicates, rows), _limits(points, wrong, half)):
        said = _exactly(text, row, wrong, half)
        if said:
            return (f"{said} {checked}",)
    joined = _joined(predicates, rows, wrong, half)
    if joined:
        return (f"{joined} {checked}",)
    only = _only(predicates, rows, wrong, half)
    return (f"{only} {checked}",) if only else ()


def _different(points: Sequence[Point]) -> list[Point]:
    return list({key_of(point): point for point in points}.values())


def _row(predicate: Predicate, points: Sequence[Point]) -> Row:
    """Evaluate a statement at every point: 1, 0, or -1 where it makes no sense."""
    found = [predicate.holds(point) for point in points]
    return np.array([-1 if value is None else int(value) for value in found], dtype=np.int8)


def _single(predicates: Sequence[Predicate], rows: Sequence[Row]) -> Iterator[tuple[str, Row]]:
    for predicate, row in zip(predicates, rows, strict=True):
        yield predicate.text, row


def _exactly(text: str, row: Row, wrong: Row, half: Row) -> str:
    """Say "exactly when" if the statement is true at all of one group and none of the other."""
    for value, verb in ((1, "differs"), (0, "agrees")):
        expected = np.where(wrong, value, 1 - value)
        if np.array_equal(row[half], expected[half]) and np.array_equal(
            row[~half], expected[~half]
        ):
            return f"{verb} exactly when {text}"
    return ""


def _only(predicates: Sequence[Predicate], rows: Sequence[Row], wrong: Row, half: Row) -> str:
    """Say "only when": true wherever it differs (or agrees), and often false where it does not."""
    for (group, verb), (predicate, row) in itertools.product(
        ((wrong, "differs"), (~wrong, "agrees")), zip(predicates, rows, strict=True)
    ):
        few = min((~group & part).sum() for part in (half, ~half)) < FEWEST_FOR_ONLY
        if few or (row == -1).any() or not (row[group] == 1).all():
            continue
        if all((row[~group & part] == 0).mean() >= RULED_OUT for part in (half, ~half)):
            return f"{verb} only when {predicate.text}"
    return ""


def _joined(predicates: Sequence[Predicate], rows: Sequence[Row], wrong: Row, half: Row) -> str:
    """Say when two statements together separate the groups."""
    counts = [(group & part).sum() for group in (wrong, ~wrong) for part in (half, ~half)]
    if min(counts) < FEWEST_FOR_TWO:
        return ""
    for group, verb in ((wrong, "differs"), (~wrong, "agrees")):
        fitting = [i for i, row in enumerate(rows) if (row[group] == 1).all()][:MOST_PAIRED]
        best: tuple[float, str] | None = None
        for i, j in itertools.combinations(fitting, 2):
            both = (rows[i] == 1) & (rows[j] == 1)
            # Each of the two must do some of the work in each half.
            work = all(
                (~group & part & (rows[k] == 1)).any() for k in (i, j) for part in (half, ~half)
            )
            if np.array_equal(both, group) and work:
                text = f"{verb} exactly when {predicates[i].text} and {predicates[j].text}"
                cost = predicates[i].cost + predicates[j].cost
                best = min(best, (cost, text)) if best else (cost, text)
        if best:
            return best[1]
    return ""


MEASURES: tuple[tuple[str, Callable[[Array], float]], ...] = (
    ("max |{}|", lambda a: float(np.abs(a).max())),
    ("the largest {}", lambda a: float(a.max())),
    ("the smallest {}", lambda a: float(a.min())),
    ("min |{}|", lambda a: float(np.abs(a).min())),
)


def _limits(points: Sequence[Point], wrong: Row, half: Row) -> Iterator[tuple[str, Row]]:
    """Yield statements "x > 3" whose limit is found on one half of the points."""
    for name in points[0].inputs:
        arrays = [np.asarray(point.inputs[name]) for point in points]
        if any(a.dtype.kind not in "fi" or not a.size for a in arrays):
            continue
        scalar = all(a.ndim == 0 for a in arrays)
        named = (("{}", MEASURES[1][1]),) if scalar else MEASURES
        for text, measure in named:
            values = np.array([measure(a) for a in arrays])
            for group in (wrong, ~wrong):
                limit = _between(values[~group & half], values[group & half])
                if limit is not None:
                    row = (values > limit).astype(np.int8)
                    yield f"{text.format(name)} > {limit:g}".replace("e+", "e"), row


def _between(below: NDArray[np.float64], above: NDArray[np.float64]) -> float | None:
    """Return a number of one digit between two groups, powers of ten first; None if none is."""
    low, high = float(below.max()), float(above.min())
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        return None
    largest = max(abs(low), abs(high))
    start = math.floor(math.log10(largest)) if largest > 0 else 0
    for digit in (1, 5, 2, 3, 4, 6, 7, 8, 9):
        for power in range(start, start - 4, -1):
            for sign in (1, -1):
                number = float(f"{sign * digit}e{power}")
                if low <= number < high:
                    return number if abs(number) >= SMALLEST_LIMIT else None
    return 0.0 if low <= 0 < high else None
