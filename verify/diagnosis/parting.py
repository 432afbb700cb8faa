"""Parting: where two variants of one problem answer differently, and where one cannot tell them."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from verify.findings import Floats
from verify.points import Point
from verify.problems import Claim
from verify.verdicts import MARGIN

# Without tolerances: right formulas differ by rounding, and a wrong one by more than this share.
RELATIVE = 1e-7


@dataclass(frozen=True)
class Parting:
    """Two claims about one input: at how many points they are the same, and at how many apart.

    `regimes` maps a regime to the counts (same, apart) within it; `smallest` is the smallest
    point that tells them apart, with both answers there.
    """

    left: Claim
    right: Claim
    same: int
    apart: int
    regimes: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    smallest: Point | None = None
    values: tuple[Floats, Floats] | None = None

    @property
    def alike_in(self) -> tuple[str, ...]:
        """The regimes in which no point tells the two apart."""
        return tuple(name for name, (_, apart) in self.regimes.items() if not apart)


def parted(
    claims: Sequence[Claim],
    answers: Mapping[str, Sequence[Floats]],
    points: Sequence[Point],
    regimes: Mapping[str, NDArray[np.bool_]],
    tolerances: Sequence[Floats] | None = None,
) -> tuple[Parting, ...]:
    """Compare every pair of variants of one problem and input on the same points.

    `answers[claim.name][i]` is what a claim's variant says at `points[i]`; `regimes` maps a name
    to a mask over the points; `tolerances[i]` is that of a comparison with the derivative there.
    Apart is where some entry differs by ten tolerances (without them, by 1e-7 of the largest).
    """
    found = []
    for left, right in itertools.combinations(claims, 2):
        if left.problem.name != right.problem.name or left.input != right.input:
            continue
        pairs = list(zip(answers[left.name], answers[right.name], strict=True))
        allowed = tolerances if tolerances is not None else [_allowed(a, b) for a, b in pairs]
        apart = np.array(
            [_apart(a, b, t) for (a, b), t in zip(pairs, allowed, strict=True)], dtype=bool
        )
        counts = {
            name: (int((mask & ~apart).sum()), int((mask & apart).sum()))
            for name, mask in regimes.items()
            if mask.any()
        }
        told = [int(i) for i in np.flatnonzero(apart)]
        at = min(told, key=lambda i: _simplicity(points[i])) if told else None
        point, values = (None, None) if at is None else (points[at], pairs[at])
        same, differ = int((~apart).sum()), int(apart.sum())
        found.append(Parting(left, right, same, differ, counts, point, values))
    return tuple(found)


def _allowed(left: Floats, right: Floats) -> Floats:
    sizes = np.abs(np.stack([left, right]))
    largest = np.where(np.isfinite(sizes), sizes, 0.0).max(initial=0.0)
    return np.full(left.shape, RELATIVE / MARGIN * largest)


def _apart(left: Floats, right: Floats, tolerance: Floats) -> bool:
    with np.errstate(all="ignore"):
        close = np.abs(left - right) <= MARGIN * tolerance
    same = close | (left == right) | (np.isnan(left) & np.isnan(right))
    return not bool(same.all())


def _simplicity(point: Point) -> tuple[float, ...]:
    """Fewest entries first, then the shortest numbers, then the smallest."""
    numbers = [float(v) for a in point.inputs.values() for v in np.asarray(a, dtype=float).ravel()]
    digits = sum(len(f"{number:.17g}".strip("-0.")) for number in numbers)
    return (float(point.size), float(digits), float(np.nansum(np.abs(numbers))))


def parting_line(parting: Parting) -> str:
    """Say in one line where two variants part and where they cannot be told apart."""
    left, right = parting.left.variant.name, parting.right.variant.name
    total = parting.same + parting.apart
    pair = f"{left} and {right}, by {parting.left.input}"
    if not parting.apart:
        return f"{pair}: the same at all {total} points"
    if not parting.same:
        return f"{pair}: apart at all {total} points"
    text = f"{pair}: apart at {parting.apart} of {total} points"
    alike = parting.alike_in
    return f"{text}; the same wherever {', '.join(alike)}" if alike else text
