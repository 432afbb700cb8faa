"""Our own checks of the candidates at one point, and whether what they say is true."""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from candidates import RIGHT, STABLE, Array, Instance
from numpy.typing import NDArray

from verify.evaluator import claimed
from verify.oracle.directions import directions
from verify.oracle.reference import complex_step_works
from verify.outcomes import Outcome
from verify.problems import Claim, Problem
from verify.search.confirm import confirm
from verify.search.judge import LARGE, Judged, judge, second_look
from verify.verdicts import MARGIN

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


def counted(given: Instance) -> tuple[list[int], Instance]:
    """Return the instance with a primal that notes how many points each call evaluates."""
    points: list[int] = []

    def primal(X: Array, theta: Array, T: Array) -> Array:
        value = given.problem.primal(X, theta, T)
        points.append(int(np.size(value)))
        return value

    return points, replace(given, problem=replace(given.problem, primal=primal))


def along_directions(given: Instance, names: Sequence[str], rng: np.random.Generator) -> Judged:
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


@dataclass(frozen=True)
class Said:
    """What one of our checks said of the candidates at a point, and what it took for all."""

    judged: Judged
    words: dict[str, str]
    seconds: float
    evaluations: int


def ask(check: str, given: Instance, names: Sequence[str]) -> Said:
    """Run one check on all candidates; counting evaluations takes a run of its own."""
    points, counting = counted(given)
    CHECKS[check](counting, names, np.random.default_rng(given.seed))
    start = time.perf_counter()
    judged = CHECKS[check](given, names, np.random.default_rng(given.seed))
    taken = time.perf_counter() - start
    words = {name: WORDS[outcome(given, judged, name)] for name in names}
    return Said(judged, words, taken, sum(points))


def outcome(given: Instance, judged: Judged, name: str) -> Outcome:
    """Compare one candidate, looking again in wider floats where it differs.

    A right gradient that still differs is settled the way a search settles it: on a higher rung.
    """
    claim = _claim(given.problem, name)
    found = Outcome(int(second_look(claim, judged, judged.comparison(claim)).outcome[0]))
    if found is Outcome.DIFFER and name in (RIGHT, STABLE) and judged.estimates:
        works = "complex" in str(judged.estimates["theta"].rung[0])
        found = confirm(claim, given.point, {"theta": works}, given.seed).outcome
    return found


def violations(check: str, given: Instance, said: Said) -> Iterator[Violation]:
    """Yield everything that contradicts the truth: bounds, agreement with wrong, refuted right."""
    value, bound, truth = _reference(given, said.judged)
    outside = ~(np.abs(value - truth) <= bound) & np.isfinite(bound)
    for place in itertools.islice(np.flatnonzero(outside), 3):
        yield _violation("error above its bound", check, given, "", place, (value, bound, truth))
    for name, word in said.words.items():
        claim, wide, tolerance = _claimed(given, said.judged, name)
        for what, place in _contradictions(name, word, claim, wide, tolerance, truth):
            yield _violation(what, check, given, name, place, (claim, tolerance, truth))


def _contradictions(
    name: str, word: str, claim: Longs, wide: Longs, tolerance: Longs, truth: Longs
) -> Iterator[tuple[str, int]]:
    known = np.isfinite(tolerance)
    excess = np.where(known, _excess(claim, truth, tolerance), 0)
    # Rounding is not what makes a formula wrong: what it gives in longdouble counts too, unless
    # the answer in its own float type is no number at all.
    exact = np.minimum(excess, np.where(known, _excess(wide, truth, tolerance), 0))
    exact = np.where(np.isfinite(claim), exact, excess)
    if word == "agree" and not known.all():
        yield "agreed, though not all is known", int(np.argmin(known))
    if word == "agree" and exact.max() > MARGIN:
        yield "agreed with a wrong one", int(np.argmax(exact))
    # An answer that is no number is never right, whatever is known of the derivative there.
    right = name in (RIGHT, STABLE) or (excess.max() <= 1 and bool(np.isfinite(claim).all()))
    # Only the form without cancellation has no digits to lose beyond its conditioning.
    if (word in ("differ", "malformed") and right) or (word == "unstable" and name == STABLE):
        yield f"{word}, though right", int(np.argmax(excess))


def _excess(claim: Longs, truth: Longs, tolerance: Longs) -> Longs:
    with np.errstate(all="ignore"):
        return np.nan_to_num(np.abs(claim - truth) / tolerance, nan=np.inf)


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


def _claimed(given: Instance, judged: Judged, name: str) -> tuple[Longs, Longs, Longs]:
    """Return what was judged (entries, or slopes): answer, answer in longdouble, tolerance."""
    claim = _claim(given.problem, name)
    answers = judged.answers[name]
    wider = claimed(given.problem, claim.variant, given.stack, dtype="longdouble")
    both = [part.values["theta"][0].astype(np.longdouble) for part in (answers, wider)]
    if judged.estimates:
        tolerance = judged.comparison(claim).tolerance[0].astype(np.longdouble)
        return both[0].ravel(), both[1].ravel(), tolerance.ravel()
    (line,) = judged.lines["theta"]
    tangents = line.tangents.astype(np.longdouble)
    with np.errstate(all="ignore"):
        along = [(tangents * values).sum(axis=(1, 2)) for values in both]
    _, tolerance = line.residual(answers.values["theta"][0], answers.eps)
    return along[0], along[1], tolerance.astype(np.longdouble)


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
