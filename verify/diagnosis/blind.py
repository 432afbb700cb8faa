"""Blind spot: the simplest statement about points that separates where a claim holds and fails."""

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence

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
# A limit is known only where values lie near it on both sides: they differ by a factor of 2.
FAR = 0.5
# By how much "every" comes after "some", or the other way round.
LATER = 0.25
MIRROR = str.maketrans("<>", "><")
MOST_PAIRED = 80
PROBED = 8
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
    predicates = _promising(about_points(claim, points), holds, fails)
    rows = [_row(predicate, points) for predicate in predicates]
    checked = f"(checked at {int((wrong & ~half).sum())} + {int((~wrong & ~half).sum())} points)"
    said = (
        _exactly(predicates, rows, wrong, half)
        or _limited(points, wrong, half)
        or _joined(predicates, rows, wrong, half)
        or _only("differs", predicates, rows, wrong, half, _ruled_out(points, wrong))
        or _wherever(predicates, rows, wrong, half)
        # A large number hides a difference; no comparison says why a claim agrees.
        or _only("agrees", predicates, rows, ~wrong, half, 1.0)
    )
    return (f"{said} {checked}",) if said else ()


def _different(points: Sequence[Point]) -> list[Point]:
    return list({key_of(point): point for point in points}.values())


def _promising(
    predicates: Sequence[Predicate], holds: Sequence[Point], fails: Sequence[Point]
) -> list[Predicate]:
    """Leave out what is now true and now false in both groups, by a few points of each.

    A comparison is kept with its mirror image, beside which it is read.
    """
    groups = [group[:: max(1, len(group) // PROBED)] for group in (holds, fails)]
    kept = {
        predicate.text
        for predicate in predicates
        if any(len({predicate.holds(point) for point in group}) == 1 for group in groups)
    }
    return [p for p in predicates if p.text in kept or p.text.translate(MIRROR) in kept]


def _row(predicate: Predicate, points: Sequence[Point]) -> Row:
    """Evaluate a statement at every point: 1, 0, or -1 where it makes no sense."""
    found = [predicate.holds(point) for point in points]
    return np.array([-1 if value is None else int(value) for value in found], dtype=np.int8)


def _exactly(predicates: Sequence[Predicate], rows: Sequence[Row], wrong: Row, half: Row) -> str:
    """Say "exactly when" if a statement is true at all of one group and none of the other.

    One entry is enough to differ; to agree, all must. Where no point tells some from every, that
    is the one which is said.
    """
    fitting = []
    known = {predicate.text: row for predicate, row in zip(predicates, rows, strict=True)}
    for predicate, row in zip(predicates, rows, strict=True):
        for group, verb, weak in ((wrong, "differs", "every "), (~wrong, "agrees", "some ")):
            if np.array_equal(row, group.astype(np.int8)) and _compared(
                predicate.text, known, half
            ):
                late = LATER if predicate.text.startswith(weak) else 0.0
                fitting.append((predicate.cost + late, f"{verb} exactly when {predicate.text}"))
    return min(fitting, key=lambda each: each[0])[1] if fitting else ""


def _compared(text: str, known: Mapping[str, Row], half: Row) -> bool:
    """Tell whether a comparison is often the other way round where it is false.

    Some entry of many is negative nearly everywhere, except where all are 0.
    """
    mirrored = text.translate(MIRROR)
    opposite = (known[text] == 0) & (known[mirrored] == 1)
    return mirrored == text or all((opposite & part).sum() >= FEWEST for part in (half, ~half))


def _only(
    verb: str,
    predicates: Sequence[Predicate],
    rows: Sequence[Row],
    group: Row,
    half: Row,
    by_limit: float,
) -> str:
    """Say "only when": true in all of the group, and often false in the other.

    A comparison must rule out more of the other group than `by_limit`.
    """
    if min((~group & part).sum() for part in (half, ~half)) < FEWEST_FOR_ONLY:
        return ""
    known = {predicate.text: row for predicate, row in zip(predicates, rows, strict=True)}
    for text, row in known.items():
        if (row == -1).any() or not (row[group] == 1).all():
            continue
        false = row == 0
        compares = text.translate(MIRROR) != text
        told = _compared(text, known, half) and false[~group].mean() > by_limit
        if compares and (text.startswith("every") or not told):
            continue
        if all(false[~group & part].mean() >= RULED_OUT for part in (half, ~half)):
            return f"{verb} only when {text}"
    return ""


def _ruled_out(points: Sequence[Point], wrong: Row) -> float:
    """Return the share of holding points that the best limit on one input rules out."""
    shares = [0.0]
    for _, values in _measured(points):
        for signed in (values, -values):
            shares.append(float((signed[~wrong] < signed[wrong].min()).mean()))
    return max(shares)


def _wherever(predicates: Sequence[Predicate], rows: Sequence[Row], wrong: Row, half: Row) -> str:
    """Say "agrees wherever": true at no point that differs, and often where it agrees.

    No comparison is said, as in "agrees only".
    """
    if min((~wrong & part).sum() for part in (half, ~half)) < FEWEST_FOR_ONLY:
        return ""
    fitting = []
    for predicate, row in zip(predicates, rows, strict=True):
        if predicate.text.translate(MIRROR) != predicate.text or not (row[wrong] == 0).all():
            continue
        if all((row[~wrong & part] == 1).mean() >= RULED_OUT for part in (half, ~half)):
            late = LATER if predicate.text.startswith("some ") else 0.0
            fitting.append((predicate.cost + late, f"agrees wherever {predicate.text}"))
    return min(fitting, key=lambda each: each[0])[1] if fitting else ""


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


def _limited(points: Sequence[Point], wrong: Row, half: Row) -> str:
    """Say "exactly when x > 3" with a limit found on one half of the points."""
    for text, values in _measured(points):
        for group, verb in ((wrong, "differs"), (~wrong, "agrees")):
            limit = _between(values[~group & half], values[group & half])
            if limit is not None and np.array_equal(values > limit, group):
                return f"{verb} exactly when {text} > {limit:g}".replace("e+", "e")
    return ""


def _measured(points: Sequence[Point]) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Yield measures of single inputs, in words and at every point."""
    for name in points[0].inputs:
        arrays = [np.asarray(point.inputs[name]) for point in points]
        if any(a.dtype.kind not in "fi" or not a.size for a in arrays):
            continue
        scalar = all(a.ndim == 0 for a in arrays)
        named = (("{}", MEASURES[1][1]),) if scalar else MEASURES
        for text, measure in named:
            yield text.format(name), np.array([measure(a) for a in arrays])


def _between(below: NDArray[np.float64], above: NDArray[np.float64]) -> float | None:
    """Return a number of one digit between two groups, powers of ten first; None if none is.

    None too where the groups are far apart: the limit could then be any number.
    """
    low, high = float(below.max()), float(above.min())
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        return None
    largest = max(abs(low), abs(high))
    if high - low > FAR * largest:
        return None
    start = math.floor(math.log10(largest)) if largest > 0 else 0
    for digit in (1, 5, 2, 3, 4, 6, 7, 8, 9):
        for power in range(start, start - 4, -1):
            for sign in (1, -1):
                number = float(f"{sign * digit}e{power}")
                if low <= number < high:
                    return number if abs(number) >= SMALLEST_LIMIT else None
    return 0.0 if low <= 0 < high else None
