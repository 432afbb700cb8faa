"""Logarithms as sums of logarithms, other functions by exp and log.

Only rewrites that hold for real numbers wherever both sides are defined: log(u v) is split where
u is nowhere negative, log(u²) = 2 log u is not used where u may be.
"""

from collections import Counter
from collections.abc import Callable
from fractions import Fraction

from verify.formula import build
from verify.formula.evaluate import Evaluator
from verify.formula.known import inlined, nonnegative, number_of
from verify.formula.source import FormulaError
from verify.formula.tree import (
    ONE,
    Call,
    Const,
    Entry,
    Fold,
    Mul,
    Pow,
    Tree,
)

MAX_PRIME = 1000  # numbers are split into primes up to this one
TWO = build.number(2)


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
