"""Our own checks of the candidates at one point, and whether what they say is true."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from candidates import RIGHT, STABLE, Instance
from numpy.typing import NDArray

from verify.evaluator import claimed
from verify.oracle.directions import directions
from verify.oracle.reference import complex_step_works
from verify.outcomes import Outcome
from verify.problems import Claim, Problem
from verify.search.confirm import confirm
from verify.search.judge import LARGE, Judged, judge, second_look
from verify.verdicts import MARGIN, Comparison

WORDS = {
    Outcome.AGREE: "agree",
    Outcome.DIFFER: "differ",
    Outcome.UNDECIDED: "undecided",
    Outcome.MALFORMED: "malformed",
    Outcome.UNSTABLE: "unstable",
}
Longs = NDArray[np.longdouble]
Check = Callable[[Instance, Sequence[str], np.random.Generator], Judged]


@dataclass(frozen=True)
class Violation:
    """Something our own check said that the truth contradicts, with the numbers."""

    what: str
    check: str
    size: tuple[int, int, int]
    regime: str
    seed: int
    candidate: str
    place: str
    value: float
    bound: float
    truth: float


def along_directions(
    given: Instance, names: Sequence[str], rng: np.random.Generator
) -> Judged:
    """Two random directions, shared by all candidates."""
    problem = _only(given.problem, names)
    line = directions(problem, "theta", given.point, rng)
    answers = {v.name: claimed(problem, v, given.stack) for v in problem.variants}
    return Judged(given.stack, {}, answers, {"theta": (line,)})


def every_entry(given: Instance, names: Sequence[str], rng: np.random.Generator) -> Judged:
    """Every entry with a bound: complex step or ladder; where there are many, four points each."""
    problem = _only(given.problem, names)
    large = given.entries > LARGE
    works = not large and complex_step_works(problem, "theta", given.stack, rng)
    return judge(problem, given.stack, rng, {"theta": works}, entrywise=large)


CHECKS: dict[str, Check] = {
    "gradverify, 2 directions": along_directions,
    "gradverify, every entry": every_entry,
}


def outcome(given: Instance, judged: Judged, name: str) -> tuple[Outcome, Comparison]:
    """Compare one candidate, looking again in wider floats where it differs.

    A right gradient that still differs is settled the way a search settles it: on a higher rung.
    """
    claim = _claim(given.problem, name)
    comparison = judged.comparison(claim)
    found = Outcome(int(second_look(claim, judged, comparison).outcome[0]))
    if found is Outcome.DIFFER and name in (RIGHT, STABLE) and judged.estimates:
        works = "complex" in str(judged.estimates["theta"].rung[0])
        found = confirm(claim, given.point, {"theta": works}, given.seed).outcome
    return found, comparison


def violations(
    check: str, given: Instance, judged: Judged, names: Sequence[str]
) -> Iterator[Violation]:
    """Yield everything that contradicts the truth: bounds, agreement with wrong, refuted right."""
    value, bound, truth = _reference(given, judged)
    apart = np.abs(value - truth)
    for place in itertools.islice(np.flatnonzero(~(apart <= bound) & np.isfinite(bound)), 3):
        yield _violation("error above its bound", check, given, "", place, (value, bound, truth))
    for name in names:
        said, comparison = outcome(given, judged, name)
        claim, tolerance = _claimed(given, judged, name, comparison)
        with np.errstate(all="ignore"):
            excess = np.abs(claim - truth) / tolerance
        worst = int(np.argmax(np.nan_to_num(excess, nan=np.inf)))
        wrong = ~(excess[worst] <= MARGIN)
        refuted = said in (Outcome.DIFFER, Outcome.MALFORMED)
        numbers = (claim, tolerance, truth)
        if said is Outcome.AGREE and wrong:
            yield _violation("agreed with a wrong one", check, given, name, worst, numbers)
        if refuted and (name in (RIGHT, STABLE) or excess[worst] <= 1):
            what = f"{WORDS[said]}, though right (within {excess[worst]:.3g} tolerances)"
            place = int(comparison.entry[0]) if comparison.entry[0] >= 0 else worst
            yield _violation(what, check, given, name, place, numbers)


def _reference(given: Instance, judged: Judged) -> tuple[Longs, Longs, Longs]:
    if judged.estimates:
        estimate = judged.estimates["theta"]
        parts = (estimate.value, estimate.bound, given.truth)
    else:
        (line,) = judged.lines["theta"]
        products = line.tangents.astype(np.longdouble) * given.truth
        parts = (line.value, line.bound, products.sum(axis=(1, 2)))
    first, second, third = (np.asarray(part, dtype=np.longdouble).ravel() for part in parts)
    return first, second, third


def _claimed(
    given: Instance, judged: Judged, name: str, comparison: Comparison
) -> tuple[Longs, Longs]:
    answers = judged.answers[name]
    values = answers.values["theta"][0].astype(np.longdouble)
    if judged.estimates:
        return values.ravel(), comparison.tolerance[0].astype(np.longdouble).ravel()
    (line,) = judged.lines["theta"]
    with np.errstate(all="ignore"):
        along = (line.tangents.astype(np.longdouble) * values).sum(axis=(1, 2))
    _, tolerance = line.residual(answers.values["theta"][0], answers.eps)
    return along, tolerance.astype(np.longdouble)


def _violation(
    what: str,
    check: str,
    given: Instance,
    name: str,
    place: int,
    numbers: tuple[Longs, Longs, Longs],
) -> Violation:
    value, bound, truth = (float(array[place]) for array in numbers)
    where = f"entry {place}" if "entry" in check else f"direction {place}"
    return Violation(
        what, check, given.size, given.regime, given.seed, name, where, value, bound, truth
    )


def _only(problem: Problem, names: Sequence[str]) -> Problem:
    return replace(problem, variants=tuple(v for v in problem.variants if v.name in names))


def _claim(problem: Problem, name: str) -> Claim:
    (variant,) = (v for v in problem.variants if v.name == name)
    return Claim(problem, variant, "theta")
