"""Exponents as sums of monomials, logarithms as sums of logarithms, other functions by both.

Only rewrites that hold for real numbers wherever both sides are defined: log(u v) is split where
u is nowhere negative, log(u²) = 2 log u is not used where u may be.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import count
from math import prod

import numpy as np

from verify.formula import build
from verify.formula.evaluate import Evaluator, Valued
from verify.formula.source import FormulaError
from verify.formula.tree import (
    ONE,
    Add,
    Call,
    Choice,
    Compare,
    Const,
    Entry,
    Extent,
    Fold,
    Index,
    Mul,
    Num,
    Pow,
    Tree,
    Truth,
    binds,
    free,
    substituted,
    walk,
)

MAX_MONOMIALS = 200  # of one exponent; beyond, a product or power of sums is taken as it is
MAX_PRIME = 1000  # numbers are split into primes up to this one
WHOLE = frozenset({"onehot", "label", "bit", "sign", "count", "natural", "integer"})
NOT_NEGATIVE = frozenset(
    {"positive", "nonnegative", "unit", "simplex", "onehot", "bit", "count", "natural"}
)
TWO = build.number(2)
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
        return _product([_power(Pow(f, Num(Fraction(power))), f, power, at) for f in base.factors]
                        ) or _factor(tree)  # fmt: skip
    if not 2 <= power <= 8:
        return _factor(tree)
    # Each factor is taken apart anew: the sums in it get indices of their own.
    return _product([monomials(base, at) for _ in range(power)]) or _factor(tree)


def number_of(tree: Tree, at: Evaluator) -> Fraction | None:
    """Return the value of a number or of a size."""
    match tree:
        case Num(value):
            return value
        case Extent(axis):
            return Fraction(axis.stop(at.extents))
    return None


def is_whole(tree: Tree, at: Evaluator) -> bool:
    """Whether the exact whole values of a tree are known at the point."""
    match tree:
        case Num(value):
            return value.denominator == 1
        case Index() | Extent():
            return True
        case Truth(condition):
            return all(is_whole(side, at) for side in _sides(condition))
        case Add(parts) | Mul(parts):
            return not any(isinstance(p, Truth) for p in parts) and all(
                is_whole(p, at) for p in parts
            )
        case Entry(symbol):
            return _kind(symbol, at) in WHOLE
    return False


def _kind(symbol: str, at: Evaluator) -> str:
    """Return the kind of a declared symbol; a defined one has none."""
    known = symbol in at.symbols and symbol not in at.definitions
    return at.symbols[symbol].kind if known else ""


def whole_values(tree: Tree, at: Evaluator) -> Valued:
    """Return the values of a tree for which `is_whole` holds, as Python's integers."""
    found = at.truth(tree.condition) if isinstance(tree, Truth) else at.integer(tree)
    whole = np.asarray(np.asarray(found.array).astype(np.int64), dtype=object)
    return Valued(whole, found.axes)


def _sides(condition: Tree) -> Iterator[Tree]:
    for node in walk(condition):
        if isinstance(node, Compare):
            yield from (node.left, node.right)


def inlined(tree: Entry, at: Evaluator) -> Tree | None:
    """Return what an entry is defined to be, None if it is not or the entry may not exist."""
    definition = at.definitions.get(tree.symbol)
    if definition is None:
        return None
    for index, axis in zip(tree.at, definition.symbol.axes, strict=True):
        if isinstance(index, Index):
            first, last = index.axis.start, index.axis.stop(at.extents)
        elif isinstance(index, Num):
            first = last = int(index.value)
        else:
            return None
        if first < axis.start or last > axis.stop(at.extents):
            return None
    bound = {index for node in walk(definition.tree) for index in binds(node)}
    if bound & free(tree):
        return None  # an index would be caught
    return substituted(definition.tree, dict(zip(definition.indices, tree.at, strict=True)))


def nonnegative(tree: Tree, at: Evaluator) -> bool:
    """Whether a real value is at least 0 wherever it is defined; False if that is not seen."""
    match tree:
        case Num() | Extent():
            return (number_of(tree, at) or 0) >= 0
        case Const() | Truth():
            return True
        case Index():
            return tree.axis.start >= 0
        case Entry(symbol):
            body = inlined(tree, at)
            if symbol in at.definitions:
                return body is not None and nonnegative(body, at)
            return _kind(symbol, at) in NOT_NEGATIVE
        case Add(parts) | Mul(parts):
            return all(nonnegative(part, at) for part in parts)
        case Pow(base, exponent):
            power = number_of(exponent, at)
            even = power is not None and (power.denominator != 1 or power % 2 == 0)
            return even or nonnegative(base, at)
        case Call(function):
            return function in {"exp", "logistic", "softplus", "cosh", "sech", "erf scale"}
        case Fold(_, _, body, _):
            return nonnegative(body, at)
        case Choice(rows):
            return all(nonnegative(value, at) for value, _ in rows)
    return False


def logarithm(tree: Tree, at: Evaluator) -> Tree:
    """Return log(tree) as a sum of logarithms; of what cannot be split, it is `Call("log", …)`."""
    value = number_of(tree, at)
    if value is not None:
        return _log_of_number(tree, value)
    match tree:
        case Const("e"):
            return ONE
        case Call("exp", argument):
            return argument
        case Call("gamma", argument):
            return build.call("lgamma", argument)
        case Call(function, argument) if function in ("logistic", "sech"):
            return logarithm(REWRITES[function](argument), at)
        case Pow(base, exponent):
            power = number_of(exponent, at)
            # Of an even power, the base may be negative; a root is defined for no negative base.
            even = power is None or power % 2 == 0
            if not even or nonnegative(base, at):
                return build.mul(exponent, logarithm(base, at))
        case Mul(factors):
            return _log_of_product(tree, factors, at)
        case Fold("prod", index, body, condition) if nonnegative(body, at):
            return build.total(index, logarithm(body, at), condition)
        case Entry():
            inside = inlined(tree, at)
            found = None if inside is None else logarithm(inside, at)
            if found is not None and found != build.call("log", inside or tree):
                return found
    return build.call("log", tree)


def _log_of_product(tree: Tree, factors: tuple[Tree, ...], at: Evaluator) -> Tree:
    """Two factors that may be negative stay together: both may be."""
    split = [factor for factor in factors if nonnegative(factor, at)]
    rest = tuple(factor for factor in factors if not nonnegative(factor, at))
    if not split and len(rest) > 1:
        return build.call("log", tree)
    if rest:
        split.append(rest[0] if len(rest) == 1 else Mul(rest))
    return build.add(*(logarithm(factor, at) for factor in split))


def real_comparison(tree: Tree, at: Evaluator) -> bool:
    """Whether a condition, here or in a definition that is used, compares reals."""
    seen: set[str] = set()
    waiting = [tree]
    while waiting:
        for node in walk(waiting.pop()):
            if isinstance(node, Compare):
                if not (is_whole(node.left, at) and is_whole(node.right, at)):
                    return True
            elif isinstance(node, Entry) and node.symbol in at.definitions:
                if node.symbol not in seen:
                    waiting.append(at.definitions[node.symbol].tree)
                seen.add(node.symbol)
    return False


def _log_of_number(tree: Tree, value: Fraction) -> Tree:
    if value <= 0:
        raise FormulaError("the logarithm of no positive number", tree.span, "log")
    times: Counter[int] = Counter()
    for sign, rest in ((1, value.numerator), (-1, value.denominator)):
        for prime in range(2, MAX_PRIME):
            while rest % prime == 0:
                rest, times[prime] = rest // prime, times[prime] + sign
        if rest > 1:
            times[rest] += sign
    terms = ((n, build.call("log", build.number(prime))) for prime, n in times.items())
    return build.add(*(build.mul(build.number(n), log) for n, log in terms))


def _exponential_ratio(x: Tree, numerator: int, denominator: int) -> Tree:
    """(e^x + numerator e^-x) / (e^x + denominator e^-x), by e^{2 x}."""
    square = build.call("exp", build.mul(TWO, x))
    above = build.add(square, build.number(numerator))
    return build.over(above, build.add(square, build.number(denominator)))


def _half(x: Tree, sign: int) -> Tree:
    below = build.call("exp", build.negative(x))
    return build.over(build.add(build.call("exp", x), build.mul(build.number(sign), below)), TWO)


def _by_half_tangent(x: Tree) -> tuple[Tree, Tree, Tree]:
    """2 t, 1 - t² and 1 + t² with t = tan(x/2): sine and cosine are quotients of these."""
    t = build.call("half tangent", x)
    square = build.power(t, TWO)
    return build.mul(TWO, t), build.add(ONE, build.negative(square)), build.add(ONE, square)


def _over(x: Tree, above: int, below: int) -> Tree:
    by = _by_half_tangent(x)
    return build.over(by[above], by[below])


# Functions by exp, log and tan(x/2), of which the relations are known.
REWRITES: dict[str, Callable[[Tree], Tree]] = {
    "logistic": lambda x: build.over(build.call("exp", x), build.add(ONE, build.call("exp", x))),
    "softplus": lambda x: build.call("log", build.add(ONE, build.call("exp", x))),
    "tanh": lambda x: _exponential_ratio(x, -1, 1),
    "sinh": lambda x: _half(x, -1),
    "cosh": lambda x: _half(x, 1),
    "sech": lambda x: build.over(ONE, _half(x, 1)),
    "sin": lambda x: _over(x, 0, 2),
    "cos": lambda x: _over(x, 1, 2),
    "tan": lambda x: _over(x, 0, 1),
    "erf scale": lambda x: build.mul(TWO, build.power(Const("pi"), build.number(Fraction(-1, 2)))),
}
