"""Slopes and orders from few values: four points an entry, and the Taylor remainder."""

import numpy as np

from verify.differences.ladder import Slope
from verify.differences.noise import Floats


def four_point(
    step: Floats, minus: Floats, center: Floats, plus: Floats, plus2: Floats, noise: Floats
) -> Slope:
    """Estimate a slope from f at −h, 0, h, 2h, with both errors bounded.

    f′ = (f(h) − f(−h))/2h − δ³/6h + O(h³f⁗), δ³ = f(2h) − 3f(h) + 3f(0) − f(−h) (third
    difference; Abramowitz and Stegun 1964, 25.3.6). The bound takes all of the correction for the
    truncation error and twice the noise over h for roundoff. Cheap (three evaluations beside
    f(0)), for arrays too large for a ladder per entry; it does not see kinks.
    """
    third = (plus2 - 3 * plus + 3 * center - minus) / (6 * step)
    value = (plus - minus) / (2 * step) - third
    # Coefficients of the formula times h: 1/3, 1/2, 1, 1/6; their sum is 2.
    bound = np.abs(third) + 2 * noise / step
    known = np.isfinite(value) & np.isfinite(bound)
    no_kink = np.zeros(value.shape, dtype=bool)
    return Slope(np.where(known, value, np.nan), np.where(known, bound, np.inf), no_kink)


def taylor_order(steps: Floats, remainders: Floats, noise: Floats) -> Floats:
    """Estimate the order p of a Taylor remainder |f(x + hv) − f(x) − h⟨g, v⟩| ~ h^p.

    About 2 for a right g and 1 for a wrong one (Farrell et al. 2013, section 5); NaN where fewer
    than three remainders stand above the noise. steps: (M, ...) decreasing, remainders: (M, ...).

    >>> h = 10.0 ** -np.arange(1.0, 6.0)
    >>> rest = np.abs(np.exp(h) - 1 - h)
    >>> float(np.round(taylor_order(h, rest, 1e-16 * np.ones_like(h)), 1))
    2.0
    """
    with np.errstate(all="ignore"):
        above = np.isfinite(remainders) & (remainders > 20 * noise)
        x = np.where(above, np.log(np.broadcast_to(steps, remainders.shape)), np.nan)
        y = np.where(above, np.log(remainders), np.nan)
        count = above.sum(axis=0)
        mean_x = np.where(above, x, 0).sum(axis=0) / count
        mean_y = np.where(above, y, 0).sum(axis=0) / count
        top = np.where(above, (x - mean_x) * (y - mean_y), 0).sum(axis=0)
        bottom = np.where(above, (x - mean_x) ** 2, 0).sum(axis=0)
        return np.where(count >= 3, top / bottom, np.nan)
