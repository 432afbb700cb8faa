"""Where a function has no derivative, or its derivative a kink: seen from its differences."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from verify.differences.noise import NOISE_RUNGS, Floats, noise_of


def diverges(steps: Floats, plus: Floats, minus: Floats, noise: Floats) -> NDArray[np.bool_]:
    """Tell where central differences do not settle: their gaps do not shrink with the step.

    Between rungs a factor of 10^0.5 apart the gap falls to a tenth for a smooth f; at x log x or
    the root of x, where there is no derivative, it stays or grows. The two finest gaps that stand
    50 times above the noise decide.
    """
    kept = slice(0, len(steps) - NOISE_RUNGS)
    central = (plus[kept] - minus[kept]) / (2 * steps[kept])
    gap = np.abs(np.diff(central, axis=0))
    seen = gap > 50 * noise[kept][1:] / steps[kept][1:]
    finest = np.where(seen.any(axis=0), len(gap) - 1 - np.argmax(seen[::-1], axis=0), 0)
    coarser = np.maximum(finest - 1, 0)
    fine, coarse = (np.take_along_axis(gap, i[None], 0)[0] for i in (finest, coarser))
    known = np.take_along_axis(seen, coarser[None], 0)[0] & (finest > len(gap) // 2)
    return np.asarray(known & (fine > 0.7 * coarse))


def kinks(
    steps: Floats,
    plus: Floats,
    minus: Floats,
    center: Floats,
    noise: Floats,
    value: Floats,
    bound: Floats,
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Replace the slope by the interval of one-sided slopes where these stay apart as h falls.

    For a smooth f the gap between them falls like h, at a kink it stays. The two finest rungs at
    which the gap stands 50 times above the noise decide; the gap must keep 70 % over a factor
    of 10^0.5 in h, where a smooth f would leave 32 %.
    """
    kept = slice(0, len(steps) - NOISE_RUNGS)
    forward = (plus[kept] - center) / steps[kept]
    backward = (center - minus[kept]) / steps[kept]
    gap = np.abs(forward - backward)
    seen = gap > 50 * noise[kept] / steps[kept]
    finest = np.where(seen.any(axis=0), len(gap) - 1 - np.argmax(seen[::-1], axis=0), 0)
    coarser = np.maximum(finest - 1, 0)

    def at(array: NDArray[Any], index: NDArray[np.intp]) -> NDArray[Any]:
        return np.asarray(np.take_along_axis(array, index[None], 0)[0])

    clear = at(seen, finest) & at(seen, coarser) & (finest > 2)
    kink = clear & (at(gap, finest) > 0.7 * at(gap, coarser))
    right, left = at(forward, finest), at(backward, finest)
    drift = np.maximum(np.abs(right - at(forward, coarser)), np.abs(left - at(backward, coarser)))
    slack = drift + 2 * at(noise[kept], finest) / at(
        np.broadcast_to(steps[kept], gap.shape), finest
    )
    middle, half = 0.5 * (left + right), 0.5 * np.abs(right - left) + slack
    return np.where(kink, middle, value), np.where(kink, half, bound), kink


def rough_order(steps: Floats, plus: Floats, minus: Floats, center: Floats) -> Floats:
    """Estimate how fast differences converge: 2 where f is smooth, 1 where f′ has a kink.

    The gaps between central differences of neighbouring rungs fall like h^p, those between
    one-sided slopes like h^(p−1); the smaller p of the two, from the two finest gaps that stand 50
    times above the noise and the coarser of which is not beyond the range of the expansion. NaN
    where nothing stands out of the noise.
    """
    with np.errstate(all="ignore"):
        noise = noise_of(plus, minus, center)
        kept = slice(0, len(steps) - NOISE_RUNGS)
        h, level = steps[kept], noise[kept] / steps[kept]
        central = (plus[kept] - minus[kept]) / (2 * h)
        sided = np.abs(plus[kept] - 2 * center + minus[kept]) / h
        gaps = np.abs(np.diff(central, axis=0))
        orders = [_order(h[1:], gaps, level[1:]), _order(h, sided, level) + 1]
    return np.fmin(*orders)


def _order(steps: Floats, gaps: Floats, level: Floats) -> Floats:
    seen = gaps > 50 * level
    finest = np.where(seen.any(axis=0), len(gaps) - 1 - np.argmax(seen[::-1], axis=0), 0)
    coarser = np.maximum(finest - 1, 0)
    fine, coarse, h, wider, known = (
        np.take_along_axis(np.broadcast_to(a, gaps.shape), i[None], 0)[0]
        for a, i in (
            (gaps, finest),
            (gaps, coarser),
            (steps, finest),
            (steps, coarser),
            (seen, coarser),
        )
    )
    order = np.log(coarse / fine) / np.log(wider / h)
    return np.where(known & (finest > 2), order, np.nan)
