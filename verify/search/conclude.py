"""From the record of a claim to its finding: verdict, smallest counterexample, reason in words."""

from collections import Counter
from collections.abc import Mapping

import numpy as np

from verify.findings import Counterexample, Finding, Tally
from verify.oracle.taylor import remainder_order
from verify.outcomes import Outcome, Verdict
from verify.search.record import Record, keep_example
from verify.search.smallest import smallest
from verify.verdicts import verdict_of


def conclude(
    record: Record,
    analytic: Mapping[str, bool],
    seed: int,
    rejected: int,
    trouble: str = "",
) -> Finding:
    """Make the finding: verdict, smallest counterexample, reason in words."""
    codes = np.array(sorted(record.outcomes), dtype=np.int8)
    drawn = sum(record.total.values())
    verdict = verdict_of(codes, drawn)
    if trouble:
        verdict = Verdict.INCONCLUSIVE
    example = _example(record, verdict, analytic, seed)
    if verdict is Verdict.REFUTED and Outcome.DIFFER not in record.minimal and example:
        _count_example(record, example)
    tally = Tally(record.total["holds"], record.total["fails"], record.total["undecided"])
    order = _taylor(record, example, seed)
    return Finding(
        record.claim,
        verdict,
        trouble or _reason(record, verdict, tally, rejected, example),
        tally,
        {name: _tally(counts) for name, counts in record.tallies.items()},
        example,
        record.failure if verdict is Verdict.MALFORMED else None,
        order,
        ("tested",) if tally.holds + tally.fails else (),
        tuple(f"{count} undecided: {words}" for words, count in record.words.most_common(3)),
        cases=tuple(record.batches),
    )


def _count_example(record: Record, example: Counterexample) -> None:
    """Count the minimised counterexample, which no stack held, in the regimes it lies in."""
    record.total["fails"] += 1
    for name in keep_example(record, example, Outcome.DIFFER):
        record.tallies.setdefault(name, Counter())["fails"] += 1


def _tally(counts: Counter[str]) -> Tally:
    return Tally(counts["holds"], counts["fails"], counts["undecided"])


def _example(
    record: Record, verdict: Verdict, analytic: Mapping[str, bool], seed: int
) -> Counterexample | None:
    wanted = {
        Verdict.REFUTED: Outcome.DIFFER,
        Verdict.UNSTABLE: Outcome.UNSTABLE,
        Verdict.MALFORMED: Outcome.MALFORMED,
    }.get(verdict)
    if wanted is None:
        return None
    example = record.examples.get(wanted)
    if wanted is Outcome.MALFORMED and record.failing_point is not None:
        empty = np.empty(0)
        return Counterexample(record.failing_point, None, None, empty, empty, np.inf)
    if example is None or wanted in record.minimal:
        return example
    return smallest(record.claim, example, wanted, analytic, seed)


def _taylor(record: Record, example: Counterexample | None, seed: int) -> float | None:
    place = record.telling
    if example is not None and example.claimed is not None:
        place = (example.point, example.claimed)
    if place is None:
        return None
    rng = np.random.default_rng(seed)
    order = remainder_order(record.claim.problem, record.claim.input, place[0], place[1], rng)
    return order if np.isfinite(order) else None


def _digits_left(example: Counterexample | None) -> str:
    """Say how many of about 16 digits are left at the worst entry, and where."""
    if example is None or example.claimed is None or example.entry is None:
        return ""
    reference = float(example.reference[example.entry])
    residual = abs(float(example.claimed[example.entry]) - reference)
    digits = -np.log10(residual / abs(reference)) if residual and reference else 0.0
    left = int(max(0.0, digits)) if np.isfinite(digits) else 0
    return f": at the counterexample {left} of 16 are left; the primal keeps its own"


def _reason(
    record: Record, verdict: Verdict, tally: Tally, rejected: int, example: Counterexample | None
) -> str:
    decided = tally.holds + tally.fails
    if verdict is Verdict.CONSISTENT:
        return f"no counterexample in {decided} decided test cases"
    if verdict is Verdict.REFUTED:
        return f"differs at {tally.fails} of {decided} decided test cases"
    if verdict is Verdict.UNSTABLE:
        lost = "right in exact arithmetic, but over half the digits are lost at some points"
        return lost + _digits_left(example)
    if verdict is Verdict.MALFORMED:
        return record.failure.message if record.failure else "a value that is not finite"
    if verdict is Verdict.VACUOUS:
        return f"none of {rejected} test cases met the precondition"
    return (
        f"all {tally.undecided} test cases are undecided; {record.cannot_tell} of them cannot tell "
        "a right gradient from a wrong one"
    )
