"""Execution in formal numbers: integers modulo 2^61 - 1, and quotients of polynomials over Q.

Entries of symbols and values of exp, log and other functions are generators that obey relations
which hold for real numbers, and no others. So what is equal here is equal as a function of reals,
at the sizes and the discrete values (labels, bits, signs, counts, one-hot) of the point, wherever
both sides are defined; what is different here may be equal all the same.
"""
# ruff: noqa: D102 - most methods are those of `System`

import random
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint

from verify.formula.algebra import Formal
from verify.formula.evaluate import Evaluator
from verify.formula.fields import Element, Quotient
from verify.formula.known import real_comparison
from verify.formula.source import FormulaError
from verify.formula.tree import Index, Tree

P = 2**61 - 1
MAX_NUMBER = 2**53  # of numerators and denominators, so that none is a multiple of P by accident


class Redraw(FormulaError):  # noqa: N818 - it asks for another draw
    """The drawn residues hit a zero where there must be none; other residues may not."""


@dataclass
class Residues(Formal):
    """Integers modulo 2^61 - 1, with random residues for the generators.

    In each draw, different functions are found equal with a probability of at most `false_accept`.
    Assumed: not all coefficients of their difference, a polynomial in the generators, are multiples
    of 2^61 - 1 (no number of a formula is above 2^53), and the seeds are not chosen by its author.
    """

    seed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.random = random.Random(self.seed)

    def lift(self, value: Fraction) -> Element:
        if max(abs(value.numerator), value.denominator) > MAX_NUMBER:
            raise FormulaError("this number is too large to be executed formally")
        return value.numerator * pow(value.denominator, -1, P) % P

    def fresh(self) -> Element:
        return self.random.randrange(1, P)

    def inverse(self, x: Element) -> Element:
        if x == 0:
            raise Redraw("a denominator is zero modulo 2^61 - 1")
        return pow(x, -1, P)

    def raised(self, x: Element, power: int) -> Element:
        return pow(x, power, P)

    def tidy(self, x: Any) -> Any:
        return x % P


@dataclass
class Polynomials(Formal):
    """Quotients of polynomials over Q in the generators: equality is a proof at the fixed shape."""

    generators: int = 96

    def __post_init__(self) -> None:
        names = [f"g{k}" for k in range(self.generators)]
        self.ring = flint.fmpz_mpoly_ctx.get(names, "lex")
        self.unused = list(reversed(self.ring.gens()))
        super().__post_init__()

    def lift(self, value: Fraction) -> Element:
        return Quotient(self.ring.constant(value.numerator), self.ring.constant(value.denominator))

    def fresh(self) -> Element:
        if not self.unused:
            raise FormulaError(
                f"more than {self.generators} generators are needed", construct="too large"
            )
        return Quotient(self.unused.pop(), self.ring.constant(1))

    def inverse(self, x: Element) -> Element:
        if not x:
            raise FormulaError("a denominator is zero", construct="division by zero")
        return x.inverse()

    def raised(self, x: Element, power: int) -> Element:
        return x.raised(power)


def identical(left: Tree, right: Tree, axes: Sequence[Index], at: Evaluator) -> bool:
    """Whether two sides are equal in all entries; False tells nothing.

    Raises `FormulaError` for what has no formal value, `Redraw` if other residues may have one.
    """
    for side in (left, right):
        if real_comparison(side, at):
            raise FormulaError("real values are not compared formally", side.span, "comparison")
    first, second = at.array(left, axes), at.array(right, axes)
    return bool(first.size) and all(x == y for x, y in zip(first.flat, second.flat, strict=True))
