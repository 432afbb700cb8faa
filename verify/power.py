"""What a pass is worth: errors planted into the claimed values, on the very same points."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from verify.findings import Power, Trial
from verify.outcomes import Outcome
from verify.problems import Claim
from verify.verdicts import differing, smallest_difference

Floats = NDArray[np.float64]
# Relative errors of all entries, from one that is plain to one below the last digit.
SIZES = tuple(10.0**-power for power in range(17))
Decided = Sequence[tuple[Trial, NDArray[np.bool_]]]
Plant = Callable[[Floats], Floats | None]


def power(claim: Claim, trials: Sequence[Trial]) -> Power | None:
    """Plant errors into a consistent claim and count how many would have been caught.

    An error is caught if, at one decided test case at least, it would have been called a
    difference. `smallest` is the smallest relative error of all entries that would have been. None
    where nothing was decided.
    """
    decided = [(trial, trial.outcome == Outcome.AGREE) for trial in trials]
    if not any(mask.any() for _, mask in decided):
        return None
    caught: dict[str, bool] = {}
    smallest = np.inf
    for trial, mask in decided:
        if not mask.any():
            continue
        smallest = min(smallest, smallest_difference(trial.estimate, trial.tolerance, mask))
        for name, plant in _plants(trial.stack.axes):
            planted = plant(trial.claimed)
            if planted is not None:
                caught[name] = caught.get(name, False) or _shows(trial, mask, planted)
        for regime, tag in trial.tags.items():
            name = f"factor 2 where {regime} only"
            where = mask & tag
            if where.any():
                caught[name] = caught.get(name, False) or _shows(trial, where, 2 * trial.claimed)
    missed = tuple(name for name, found in caught.items() if not found)
    return Power(
        len(caught), len(caught) - len(missed), missed, float(smallest), _detection(decided)
    )


def _detection(decided: Decided) -> tuple[tuple[float, float], ...]:
    """Return at which share of the decided test cases each relative error would show."""
    total = sum(int(mask.sum()) for _, mask in decided)
    shares = []
    for size in SIZES:
        shown = sum(_count(trial, mask, (1 + size) * trial.claimed) for trial, mask in decided)
        shares.append((size, shown / total))
    return tuple(shares)


def _shows(trial: Trial, where: NDArray[np.bool_], planted: Floats) -> bool:
    return _count(trial, where, planted) > 0


def _count(trial: Trial, where: NDArray[np.bool_], planted: Floats) -> int:
    """Count the points at which a planted error would show and the claim itself does not.

    Where the claim agrees by wider arithmetic alone, its float value differs without any error.
    """
    shown = differing(planted, trial.estimate, trial.tolerance)
    plain = differing(trial.claimed, trial.estimate, trial.tolerance)
    return int((shown & ~plain & where).sum())


def _plants(axes: Mapping[str, int]) -> Iterator[tuple[str, Plant]]:
    """Yield named errors, each a function of `(B, *shape)`; None where the shape has no such."""
    yield "sign", lambda values: -values
    yield "sign of the first entry", lambda values: _entry(values, 0, -1.0)
    yield "sign of the last entry", lambda values: _entry(values, -1, -1.0)
    yield "first entry dropped", lambda values: _entry(values, 0, 0.0)
    yield "last entry dropped", lambda values: _entry(values, -1, 0.0)
    for factor in (2.0, 0.5, 1 + 1e-3, 1 + 1e-6):
        yield f"factor {factor:.7g}", _times(factor)
    for axis, size in axes.items():
        if size > 1:
            yield f"factor 1/{axis}", _times(1.0 / size)
    yield "transposed", _transposed
    yield "rolled by one", _rolled


def _times(factor: float) -> Plant:
    return lambda values: factor * values


def _entry(values: Floats, place: int, factor: float) -> Floats | None:
    flat = values.reshape(len(values), -1).copy()
    if not flat.shape[1]:
        return None
    flat[:, place] *= factor
    return flat.reshape(values.shape)


def _transposed(values: Floats) -> Floats | None:
    square = values.ndim == 3 and values.shape[1] == values.shape[2] > 1
    return np.asarray(np.swapaxes(values, 1, 2)) if square else None


def _rolled(values: Floats) -> Floats | None:
    several = values.ndim > 1 and values.shape[-1] > 1
    return np.asarray(np.roll(values, 1, axis=-1)) if several else None
