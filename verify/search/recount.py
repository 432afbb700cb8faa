"""A regime is said to fail only if a difference in it was confirmed.

Once a claim is refuted its further differences are counted as they come. Where the float primal
itself has lost its digits, such as log(exp(x)) at 1e-17, they are none of the claim's.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from verify.outcomes import Outcome
from verify.points import Point, stack
from verify.regimes import regimes
from verify.search.confirm import confirm
from verify.search.judge import LARGE, Judged
from verify.search.record import Record
from verify.verdicts import Comparison

# Points of a regime that are looked at again; in all, some milliseconds each.
A_REGIME = 3


def note_suspects(
    record: Record, judged: Judged, comparison: Comparison, tags: Mapping[str, NDArray[np.bool_]]
) -> None:
    """Keep, for each regime, the points with the largest differences, one a stack."""
    differs = comparison.outcome == Outcome.DIFFER
    if not differs.any():
        return
    for name, tag in tags.items():
        inside = np.flatnonzero(differs & tag)
        if not inside.size:
            continue
        index = int(inside[np.argmax(comparison.excess[inside])])
        kept = record.suspects.setdefault(name, [])
        size = float(comparison.excess[index])
        if len(kept) < A_REGIME or size > kept[-1][0]:
            kept.append((size, judged.stack.point(index)))
            kept.sort(key=lambda pair: -pair[0])
            del kept[A_REGIME:]


def recount(record: Record, analytic: Mapping[str, bool], seed: int) -> None:
    """Confirm a difference in every regime that a refuted claim fails in, and recount the others.

    Differences in a regime where none could be confirmed count as undecided, there and elsewhere.
    """
    example = record.examples.get(Outcome.DIFFER)
    if example is None:
        return
    sure = _tags(record, example.point)
    doubtful = []
    for name, counts in record.tallies.items():
        if not counts["fails"] or name in sure:
            continue
        for _, point in record.suspects.get(name, ()):
            if point.size > LARGE or confirm(record.claim, point, analytic, seed).outcome in (
                Outcome.DIFFER,
                Outcome.MALFORMED,
            ):
                sure |= _tags(record, point)
                break
        else:
            doubtful.append(name)
    if doubtful:
        _withdraw(record, doubtful)


def _tags(record: Record, point: Point) -> set[str]:
    return set(regimes(record.claim.problem, stack([point])))


def _withdraw(record: Record, doubtful: list[str]) -> None:
    for batch in record.batches:
        inside = [batch.tags[name] for name in doubtful if name in batch.tags]
        if not inside:
            continue
        mask = (batch.outcome == Outcome.DIFFER) & np.logical_or.reduce(inside)
        if not mask.any():
            continue
        # The array is that of the trials, too, which a diagnosis is formed on.
        batch.outcome[mask] = Outcome.UNDECIDED
        counted = [(record.total, mask)]
        counted += [(record.tallies[name], mask & tag) for name, tag in batch.tags.items()]
        for counts, part in counted:
            counts["fails"] -= int(part.sum())
            counts["undecided"] += int(part.sum())
