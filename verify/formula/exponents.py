"""Exponents as sums of monomials; sums, products, powers and logarithms in them are taken apart."""

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import count
from math import prod

from verify.formula.evaluate import Evaluator
from verify.formula.known import inlined, is_whole, number_of
from verify.formula.logarithms import logarithm
from verify.formula.tree import (
    Add,
    Call,
    Entry,
    Fold,
    Index,
    Mul,
    Num,
    Pow,
    Tree,
)
from verify.formula.walk import substituted

MAX_MONOMIALS = 200  # of one exponent; beyond, a product or power of sums is taken as it is
_MARKS = count(-2_000_000_000, -1)  # below those of readers and of derivatives


@dataclass(frozen=True)
class Monomial:
    """coefficient · product of whole numbers · product of factors, summed over the binders.

    A binder is an index with the condition under which it is summed; the outermost stands first.
    """

    coefficient: Fraction = Fraction(1)
    whole: tuple[Tree, ...] = ()
    factors: tuple[Tree, ...] = ()
    binders: tuple[tuple[Index, Tree | None], ...] = ()

    def times(self, other: "Monomial") -> "Monomial":
        """Return the product; the binders of the two are different indices."""
        return Monomial(
            self.coefficient * other.coefficient,
            self.whole + other.whole,
            self.factors + other.factors,
            self.binders + other.binders,
        )


def monomials(tree: Tree, at: Evaluator) -> list[Monomial]:
    """Return a tree as a sum of monomials; what is no sum, product or logarithm is a factor."""
    match tree:
        case Add(terms):
            return [found for term in terms for found in monomials(term, at)]
        case Mul(factors):
            return _product([monomials(factor, at) for factor in factors]) or _factor(tree)
        case Fold("sum", index, body, condition):
            return _sum(index, body, condition, at)
        case Pow(base, Num(power)) if power.denominator == 1:
            return _power(tree, base, int(power), at)
        case Call("log", argument):
            split = logarithm(argument, at)
            return _factor(tree) if split == tree else monomials(split, at)
        case Entry():
            inside = inlined(tree, at)
            if inside is not None and (
                isinstance(inside, Add | Mul | Entry | Num | Fold | Pow) or _is_log(inside)
            ):
                found = monomials(inside, at)
                return _factor(tree) if found == _factor(inside) else found
    value = number_of(tree, at)
    if value is not None:
        return [Monomial(value)] if value else []
    return [Monomial(whole=(tree,))] if is_whole(tree, at) else _factor(tree)


def _factor(tree: Tree | None) -> list[Monomial]:
    return [] if tree is None else [Monomial(factors=(tree,))]


def _is_log(tree: Tree | None) -> bool:
    return isinstance(tree, Call) and tree.function == "log"


def _product(sums: list[list[Monomial]]) -> list[Monomial] | None:
    if prod(map(len, sums)) > MAX_MONOMIALS:
        return None
    found = [Monomial()]
    for terms in sums:
        found = [left.times(right) for left in found for right in terms]
    # A sum of nothing is 0: told from a product that is too long, it is one monomial, 0.
    return found or [Monomial(Fraction(0))]


def _sum(index: Index, body: Tree, condition: Tree | None, at: Evaluator) -> list[Monomial]:
    """The index is renamed, so that sums which are multiplied never share one."""
    fresh = Index(index.letter, index.axis, next(_MARKS))
    inside = monomials(substituted(body, {index: fresh}), at)
    where = None if condition is None else substituted(condition, {index: fresh})
    return [replace(term, binders=((fresh, where), *term.binders)) for term in inside]


def _power(tree: Tree, base: Tree, power: int, at: Evaluator) -> list[Monomial]:
    value = number_of(base, at)
    if value:
        return [Monomial(value**power)] if abs(power) < 100 else _factor(tree)
    if isinstance(base, Mul):
        powers = [_power(Pow(f, Num(Fraction(power))), f, power, at) for f in base.factors]
        return _product(powers) or _factor(tree)
    if not 2 <= power <= 8:
        return _factor(tree)
    # Each factor is taken apart anew: the sums in it get indices of their own.
    return _product([monomials(base, at) for _ in range(power)]) or _factor(tree)
