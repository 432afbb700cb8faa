"""Degrees of formal values: the chance that different functions agree in random residues."""
# ruff: noqa: D102 - most methods are those of `System`

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, lcm

from verify.formula.algebra import Formal, each
from verify.formula.evaluate import Array, Evaluator
from verify.formula.fields import UNDEFINED, Element
from verify.formula.formal import P, Residues
from verify.formula.tree import Index, Tree


@dataclass(frozen=True)
class Degree:
    """Bounds of the degrees of numerator and denominator; `inside`: of arguments of logarithms."""

    above: int
    below: int
    inside: int = 0

    def __add__(self, other: Element) -> Element:
        if not isinstance(other, Degree):
            return NotImplemented
        above = max(self.above + other.below, other.above + self.below)
        return Degree(above, self.below + other.below, max(self.inside, other.inside))

    def __mul__(self, other: Element) -> Element:
        if not isinstance(other, Degree):
            return NotImplemented
        inside = max(self.inside, other.inside)
        return Degree(self.above + other.above, self.below + other.below, inside)

    def __neg__(self) -> "Degree":
        return self


@dataclass
class Degrees(Formal):
    """Degrees in place of values, `interned` arguments counted, the `widest` of them noted."""

    interned: int = 0
    widest: int = 0
    rooted: int = 0

    def lift(self, value: Fraction) -> Element:
        return Degree(0, 0)

    def fresh(self) -> Element:
        return Degree(1, 0)

    def _intern(self, x: Degree) -> int:
        self.interned += 1
        self.widest = max(self.widest, x.above + x.below)
        return x.above + x.below

    def rational_power(self, x: Element, exponent: Fraction) -> Element:
        if x is UNDEFINED:
            return x
        if exponent.denominator != 1:
            self.rooted += 1
            self._intern(x)
        high, low = (x.below, x.above) if exponent < 0 else (x.above, x.below)
        times = ceil(abs(exponent))
        return Degree(times * high, times * low, x.inside)

    def exponential(self, x: Element, times: Fraction) -> Element:
        if x is UNDEFINED:
            return x
        if x.inside and times.denominator != 1:
            self.rooted += 1
        self._intern(x)
        high = ceil(abs(times) * lcm(self.share, times.denominator)) * max(1, x.inside)
        return Degree(high, high, x.inside)

    def log_of(self, x: Element) -> Element:
        return x if x is UNDEFINED else Degree(1, 0, max(x.inside, self._intern(x)))

    def opaque(self, name: str, x: Element) -> Element:
        if x is UNDEFINED:
            return x
        self._intern(x)
        return Degree(1, 0, x.inside)

    def matrix(self, kind: str, body: Array) -> Array:
        flat = [x for x in body.flat if x is not UNDEFINED]
        high = max(x.above for x in flat) + 2 * sum(x.below for x in flat)
        high *= body.shape[-1]
        found = Degree(high, high, max(x.inside for x in flat))
        return each(lambda _: found, body[..., 0, 0] if kind == "det" else body)


def degree_bound(left: Tree, right: Tree, axes: Sequence[Index], at: Evaluator) -> int:
    """Return how many zeros there are for unequal sides to miss (Schwartz 1980, Zippel 1979).

    The degree of the numerator of left - right, for the entry where it is largest, and of the
    differences of any two arguments of functions that are told apart by value; doubled for each
    square root, as the norm of a difference is a product over the signs of all roots.
    """
    degrees = Degrees()
    page = Evaluator(at.extents, at.values, at.symbols, at.definitions, degrees)
    sides = zip(page.array(left, axes).flat, page.array(right, axes).flat, strict=True)
    known = [(x, y) for x, y in sides if x is not UNDEFINED and y is not UNDEFINED]
    high = max((max(x.above + y.below, y.above + x.below) for x, y in known), default=0)
    pairs = degrees.interned * (degrees.interned + 1) // 2
    return (high + 2 * pairs * degrees.widest) << (_roots(left, right, at) if degrees.rooted else 0)


def _roots(left: Tree, right: Tree, at: Evaluator) -> int:
    """Return how many different square roots there are."""
    system = Residues()
    page = Evaluator(at.extents, at.values, at.symbols, at.definitions, system)
    page.value(left)
    page.value(right)
    return len(system.squares)


def false_accept(bound: int, draws: int = 1) -> float:
    """Return the chance that different sides agree in all of several draws, by `degree_bound`."""
    return min(1.0, bound / (P - 1)) ** draws
