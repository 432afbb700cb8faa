"""Each pair of variants: where they part, and the smallest point that tells them apart."""

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from verify.findings import Finding, Floats, Parted, Trial
from verify.verdicts import differing

# Every pair of a dozen variants is a table; of more nobody reads it.
MOST_VARIANTS = 12


def parted(found: Sequence[tuple[Finding, Sequence[Trial]]]) -> tuple[Parted, ...]:
    """Compare the variants of one problem with each other on the points that all of them saw."""
    by_input: dict[str, list[tuple[Finding, Sequence[Trial]]]] = {}
    for finding, trials in found:
        by_input.setdefault(finding.claim.input, []).append((finding, trials))
    pairs = []
    for group in by_input.values():
        for left, right in itertools.combinations(group[:MOST_VARIANTS], 2):
            pair = _pair(left, right)
            if pair is not None:
                pairs.append(pair)
    return tuple(pairs)


def _pair(
    left: tuple[Finding, Sequence[Trial]], right: tuple[Finding, Sequence[Trial]]
) -> Parted | None:
    apart: dict[str, int] = {}
    met: dict[str, int] = {}
    best: tuple[tuple[int, int], Trial, Trial, int] | None = None
    for one, other in _shared(left[1], right[1]):
        known, differ = _differ(one, other)
        for name, tag in one.tags.items():
            met[name] = met.get(name, 0) + int((tag & known).sum())
            apart[name] = apart.get(name, 0) + int((tag & differ).sum())
        if differ.any():
            # Enumerated stacks come simplest first.
            index = int(np.argmax(differ))
            simple = _simplicity(one, index)
            if best is None or simple < best[0]:
                best = (simple, one, other, index)
    if best is None:
        return None
    claim = left[0].claim
    _, one, other, index = best
    return Parted(
        claim.problem.name,
        claim.input,
        (claim.variant.name, right[0].claim.variant.name),
        tuple(name for name, count in apart.items() if count),
        tuple(name for name, count in apart.items() if not count and met[name]),
        one.stack.point(index),
        (one.claimed[index], other.claimed[index]),
    )


def _shared(left: Sequence[Trial], right: Sequence[Trial]) -> Iterator[tuple[Trial, Trial]]:
    """Yield the trials of both claims on the same stack; a closer look is taken by one alone."""
    places = {id(trial.stack): trial for trial in right}
    return ((one, places[id(one.stack)]) for one in left if id(one.stack) in places)


def _differ(one: Trial, other: Trial) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell where something is known of both, and where they are apart.

    That is by more than the oracle's tolerance, or one with numbers and the other without.
    """
    with np.errstate(all="ignore"):
        moved = other.claimed - one.claimed + one.estimate.value
    left, right = (_finite(values) for values in (one.claimed, other.claimed))
    alone = (left ^ right) & _finite(one.estimate.value)
    return left & right | alone, alone | (
        left & right & differing(moved, one.estimate, one.tolerance)
    )


def _finite(values: Floats) -> NDArray[np.bool_]:
    return np.asarray(np.isfinite(values).reshape(len(values), -1).all(axis=1))


def _simplicity(trial: Trial, index: int) -> tuple[int, int]:
    """Return the number of entries, and that of characters to write them."""
    arrays = [array[index] for array in trial.stack.inputs.values()]
    digits = sum(len(repr(value)) for array in arrays for value in array.ravel().tolist())
    return sum(array.size for array in arrays), digits
