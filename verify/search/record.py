"""What is known about one claim while its problem is searched, and the finding made of it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from verify.evaluator import Failure
from verify.findings import Batch, Counterexample, Trial
from verify.outcomes import Outcome
from verify.points import Point, Stack, stack
from verify.problems import Claim
from verify.regimes import regimes
from verify.search.confirm import FAILING, Confirmed, confirm
from verify.search.judge import Judged, second_look
from verify.search.minimise import minimise
from verify.search.singular import beyond_ordinary
from verify.search.smallest import still_fails
from verify.verdicts import Comparison

# Second opinions cost 1 to 5 ms; a claim that needs more of them than this stays undecided there.
MOST_OPINIONS = 20
OPINIONS_A_STACK = 4
# Where the local search starts, and what wider arithmetic is asked about at the end.
MOST_NEAR_MISSES = 2
MOST_UNSETTLED = 10
UNSETTLED_A_STACK = 1
# A point of more numbers is not shown as literals in a table.
MOST_SHOWN = 8
# Entries of all stacks whose comparison is kept for power and diagnosis: some ten megabytes.
MOST_NUMBERS = 300_000


@dataclass
class Record:
    """The running tally of one claim; the only mutable state of a search."""

    claim: Claim
    tallies: dict[str, Counter[str]] = field(default_factory=dict)
    total: Counter[str] = field(default_factory=Counter)
    outcomes: set[Outcome] = field(default_factory=set)
    examples: dict[Outcome, Counterexample] = field(default_factory=dict)
    minimal: set[Outcome] = field(default_factory=set)
    failure: Failure | None = None
    failing_point: Point | None = None
    opinions: Counter[bool] = field(default_factory=Counter)
    cannot_tell: int = 0
    telling: tuple[Point, NDArray[np.float64]] | None = None
    words: Counter[str] = field(default_factory=Counter)
    near_misses: list[tuple[float, Point]] = field(default_factory=list)
    unsettled: list[tuple[Point, tuple[int, ...]]] = field(default_factory=list)
    trials: list[Trial] = field(default_factory=list)
    numbers_kept: int = 0
    batches: list[Batch] = field(default_factory=list)
    suspects: dict[str, list[tuple[float, Point]]] = field(default_factory=dict)


def observe(
    record: Record,
    judged: Judged,
    tags: Mapping[str, NDArray[np.bool_]],
    analytic: Mapping[str, bool],
    seed: int,
    ordered: bool,
) -> Comparison:
    """Add a stack to the record, and return how the claim was judged on it.

    `ordered` stacks come simplest first.

    Until a claim is refuted, each of its differences is settled one by one; afterwards only a
    difference in an ordered stack, which may be the smallest there is.
    """
    claim = record.claim
    comparison = judged.comparison(claim)
    settled = Outcome.DIFFER in (record.minimal if ordered else record.examples)
    if not settled:
        comparison = second_look(claim, judged, comparison)
        comparison = _settle(record, judged, comparison, analytic, seed, ordered)
    _note_failures(record, judged, comparison, ordered)
    _count(record, comparison, tags)
    _keep_batch(record, judged.stack, comparison.outcome, comparison.excess, tags)
    _keep_for_later(record, judged, comparison)
    _keep_trial(record, judged, comparison, tags)
    if record.telling is None and comparison.telling.any():
        index = int(np.argmax(comparison.telling))
        values = judged.answers[claim.variant.name].values[claim.input][index]
        record.telling = (judged.stack.point(index), np.asarray(values, dtype=np.float64))
    return comparison


def _keep_for_later(record: Record, judged: Judged, comparison: Comparison) -> None:
    """Keep the points with the largest residuals, and some at which no float rung could decide."""
    standing = np.isin(comparison.outcome, (Outcome.AGREE, Outcome.UNDECIDED))
    if standing.any() and Outcome.DIFFER not in record.examples:
        ranked = np.where(standing, comparison.excess, -1.0)
        index = int(ranked.argmax())
        record.near_misses.append((float(ranked[index]), judged.stack.point(index)))
        record.near_misses.sort(key=lambda kept: -kept[0])
        del record.near_misses[MOST_NEAR_MISSES:]
    estimate = judged.estimates.get(record.claim.input)
    if estimate is None or len(record.unsettled) >= MOST_UNSETTLED:
        return
    values = judged.answers[record.claim.variant.name].values[record.claim.input]
    open_entries = (estimate.kink | ~np.isfinite(estimate.value)) & np.isfinite(values)
    flat = open_entries.reshape(len(values), -1)
    for index in np.flatnonzero(flat.any(axis=1) & standing)[:UNSETTLED_A_STACK]:
        place = np.unravel_index(int(flat[index].argmax()), values.shape[1:])
        record.unsettled.append((judged.stack.point(int(index)), tuple(int(i) for i in place)))


def keep_example(record: Record, example: Counterexample, outcome: Outcome) -> Iterable[str]:
    """Keep a point that no stack held; return the regimes in which it lies."""
    alone = stack([example.point])
    tags = regimes(record.claim.problem, alone)
    codes = np.array([outcome], dtype=np.int8)
    _keep_batch(record, alone, codes, np.array([example.excess]), tags)
    return tags


def _keep_batch(
    record: Record,
    part: Stack,
    outcome: NDArray[np.int8],
    excess: NDArray[np.float64],
    tags: Mapping[str, NDArray[np.bool_]],
) -> None:
    """Keep how the points of a stack were judged; their numbers only where they are few."""
    # What agreed on a closer look alone has no residual in the bounds of the first one.
    excess = np.where((outcome == Outcome.AGREE) & (excess > 1), np.nan, excess)
    shown = part.inputs if part.point(0).size <= MOST_SHOWN else None
    record.batches.append(Batch(part.axes, outcome, excess, tags, shown))


def _keep_trial(
    record: Record,
    judged: Judged,
    comparison: Comparison,
    tags: Mapping[str, NDArray[np.bool_]],
) -> None:
    """Keep what was compared, up to a bound on memory."""
    name = record.claim.input
    if name not in judged.estimates or record.numbers_kept > MOST_NUMBERS:
        return
    estimate = judged.estimates[name]
    record.numbers_kept += estimate.value.size
    record.trials.append(
        Trial(
            judged.stack,
            np.asarray(judged.answers[record.claim.variant.name].values[name], dtype=np.float64),
            estimate,
            comparison.tolerance,
            comparison.outcome,
            tags,
            {n: e.value for n, e in judged.estimates.items()},
        )
    )


def wants_smaller(record: Record) -> bool:
    """Tell whether the claim is refuted by a case of which nothing shows that it is smallest."""
    return Outcome.DIFFER in record.examples and Outcome.DIFFER not in record.minimal


def _settle(
    record: Record,
    judged: Judged,
    comparison: Comparison,
    analytic: Mapping[str, bool],
    seed: int,
    ordered: bool,
) -> Comparison:
    outcome = comparison.outcome.copy()
    failed = judged.answers[record.claim.variant.name].failures
    beyond = beyond_ordinary(judged.stack)
    outcome[(outcome == Outcome.UNSTABLE) & beyond] = Outcome.UNDECIDED
    suspects = np.flatnonzero(np.isin(outcome, FAILING))
    if not ordered:
        suspects = suspects[np.argsort(-comparison.excess[suspects], kind="stable")]
    asked = 0
    for index in suspects:
        if int(index) in failed:
            continue
        unstable_known = Outcome.UNSTABLE in record.examples and outcome[index] == Outcome.UNSTABLE
        if unstable_known:
            continue
        spent = record.opinions[ordered] >= MOST_OPINIONS or asked >= OPINIONS_A_STACK
        if spent and not ordered:
            outcome[index] = Outcome.UNDECIDED
            continue
        asked += 1
        record.opinions[ordered] += 1
        point = judged.stack.point(int(index))
        if record.claim.input in judged.lines:
            # Wider arithmetic takes minutes on thousands of entries: settle a small point instead.
            point = minimise(record.claim.problem, point, still_fails(record.claim, analytic, seed))
        found = confirm(record.claim, point, analytic, seed)
        if found.outcome is Outcome.UNSTABLE and beyond[index]:
            words = "digits are lost only at numbers beyond 1e30"
            found = Confirmed(Outcome.UNDECIDED, None, words)
        outcome[index] = found.outcome
        _keep(record, found, ordered)
        if found.outcome is Outcome.DIFFER:
            break
    return replace(comparison, outcome=outcome)


def _keep(record: Record, found: Confirmed, ordered: bool) -> None:
    if found.outcome is Outcome.UNDECIDED:
        record.words[found.words] += 1
    if found.counterexample is None:
        return
    if ordered and found.outcome not in record.minimal:
        record.minimal.add(found.outcome)
        record.examples[found.outcome] = found.counterexample
    record.examples.setdefault(found.outcome, found.counterexample)


def _note_failures(record: Record, judged: Judged, comparison: Comparison, ordered: bool) -> None:
    failures = judged.answers[record.claim.variant.name].failures
    smaller = record.failure is None or (ordered and Outcome.MALFORMED not in record.minimal)
    if failures and smaller:
        index = min(failures)
        record.failure, record.failing_point = failures[index], judged.stack.point(index)
        if ordered:
            record.minimal.add(Outcome.MALFORMED)


def _count(record: Record, comparison: Comparison, tags: Mapping[str, NDArray[np.bool_]]) -> None:
    kinds = {
        "holds": comparison.outcome == Outcome.AGREE,
        "fails": np.isin(comparison.outcome, FAILING),
        "undecided": comparison.outcome == Outcome.UNDECIDED,
    }
    for kind, mask in kinds.items():
        record.total[kind] += int(mask.sum())
        for name, tag in tags.items():
            record.tallies.setdefault(name, Counter())[kind] += int((mask & tag).sum())
    record.cannot_tell += int((kinds["undecided"] & ~comparison.telling).sum())
    record.outcomes |= {Outcome(int(value)) for value in np.unique(comparison.outcome)}
