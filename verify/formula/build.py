"""Small trees from smaller ones: sums, products and quotients without zeros and ones in them."""

import math
from fractions import Fraction

from verify.formula.source import NOWHERE, Span
from verify.formula.tree import (
    MINUS_ONE,
    ONE,
    ZERO,
    Add,
    Call,
    Compare,
    Fold,
    Index,
    Mul,
    Num,
    Pow,
    Tree,
    Truth,
)
from verify.formula.walk import free


def number(value: int | Fraction, span: Span = NOWHERE) -> Num:
    """Return a rational number as a tree."""
    return Num(Fraction(value), span=span)


def add(*terms: Tree, span: Span = NOWHERE) -> Tree:
    """Return the sum; zero terms are left out."""
    kept: list[Tree] = []
    for term in terms:
        if isinstance(term, Add):
            kept.extend(term.terms)
        elif term != ZERO:
            kept.append(term)
    if not kept:
        return ZERO
    return kept[0] if len(kept) == 1 else Add(tuple(kept), span=span)


def mul(*factors: Tree, span: Span = NOWHERE) -> Tree:
    """Return the product; ones are left out, a zero makes it zero."""
    flat = _flat(factors)
    numbers = [factor for factor in flat if isinstance(factor, Num)]
    kept = [factor for factor in flat if not isinstance(factor, Num)]
    value = math.prod((factor.value for factor in numbers), start=Fraction(1))
    if value == 0:
        return ZERO
    if value != 1 or not kept:
        # A number as it stands in the source keeps its place there.
        written = [factor for factor in numbers if factor.value == value]
        kept.insert(0, written[0] if written else Num(value))
    return kept[0] if len(kept) == 1 else Mul(tuple(kept), span=span)


def _flat(factors: tuple[Tree, ...]) -> list[Tree]:
    found: list[Tree] = []
    for factor in factors:
        found.extend(_flat(factor.factors) if isinstance(factor, Mul) else [factor])
    return found


def negative(tree: Tree, span: Span = NOWHERE) -> Tree:
    """Return minus a tree."""
    return mul(MINUS_ONE, tree, span=span)


def power(base: Tree, exponent: Tree, span: Span = NOWHERE) -> Tree:
    """Return a power; exponents 0 and 1 are worked out."""
    if exponent == ONE:
        return base
    if exponent == ZERO:
        return ONE
    if (
        isinstance(base, Num)
        and isinstance(exponent, Num)
        and exponent.value.denominator == 1
        and ((base.value or exponent.value > 0) and abs(exponent.value) <= 64)
    ):
        return Num(base.value ** int(exponent.value), span=span)
    return Pow(base, exponent, span=span)


def over(above: Tree, below: Tree, span: Span = NOWHERE) -> Tree:
    """Return a quotient."""
    return mul(above, power(below, MINUS_ONE, span=below.span), span=span)


def total(index: Index, body: Tree, condition: Tree | None = None, span: Span = NOWHERE) -> Tree:
    """Return the sum over an index."""
    return ZERO if body == ZERO else Fold("sum", index, body, condition, span=span)


def delta(left: Tree, right: Tree, span: Span = NOWHERE) -> Tree:
    """Return Kronecker's delta of two index-valued trees."""
    if left == right:
        return ONE
    if isinstance(left, Num) and isinstance(right, Num):
        return ZERO
    return Truth(Compare("=", left, right), span=span)


def call(function: str, argument: Tree, span: Span = NOWHERE) -> Tree:
    """Return a function of a tree."""
    return Call(function, argument, span=span)


def constant(tree: Tree) -> bool:
    """Whether a tree has no free index and is a number."""
    return isinstance(tree, Num) and not free(tree)
