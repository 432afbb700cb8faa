"""Functions with the exponent −1: the inverse function where it is known, as in \\tan^{-1} x."""

from collections.abc import Callable
from fractions import Fraction

from verify.formula import build
from verify.formula.source import FormulaError, Span
from verify.formula.tree import ONE, Tree

HALF = build.number(Fraction(1, 2))


def _log_odds(p: Tree) -> Tree:
    return build.call("log", build.over(p, build.add(ONE, build.negative(p))))


def _half_log_ratio(x: Tree) -> Tree:
    ratio = build.over(build.add(ONE, x), build.add(ONE, build.negative(x)))
    return build.mul(HALF, build.call("log", ratio))


def _log_with_root(x: Tree, sign: int) -> Tree:
    inside = build.add(build.power(x, build.number(2)), build.number(sign))
    return build.call("log", build.add(x, build.power(inside, HALF)))


INVERSES: dict[str, Callable[[Tree], Tree]] = {
    "exp": lambda x: build.call("log", x),
    "log": lambda x: build.call("exp", x),
    "tan": lambda x: build.call("arctan", x),
    "arctan": lambda x: build.call("tan", x),
    "logistic": _log_odds,
    "tanh": _half_log_ratio,
    "sinh": lambda x: _log_with_root(x, 1),
    "cosh": lambda x: _log_with_root(x, -1),
    "softplus": lambda x: build.call("log", build.add(build.call("exp", x), build.number(-1))),
}


def inverse_of(kind: str, name: str, argument: Tree, span: Span) -> Tree:
    """Return the inverse function of a tree; raises `FormulaError` where it is not known."""
    if kind not in INVERSES:
        raise FormulaError(
            f"the inverse function of {name} is not supported; a reciprocal is written as a "
            f"fraction, those of {', '.join(INVERSES)} are read",
            span,
            f"inverse of {name}",
        )
    return INVERSES[kind](argument)
