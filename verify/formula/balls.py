"""Execution in balls, python-flint's `arb`: each holds the true value (Johansson 2017).

Two disjoint balls prove that two sides differ at the point; overlapping ones prove nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint
import numpy as np
from numpy.typing import NDArray

from verify.formula import evaluate
from verify.formula.source import FormulaError
from verify.formula.systems import objects, smooth, unsupported
from verify.formula.tree import Tree

Array = NDArray[Any]
Ball = Any  # flint.arb has no stubs


def _each(function: Callable[[Ball], Ball]) -> Callable[[Array], Array]:
    mapped = np.frompyfunc(function, 1, 1)

    def run(array: Array) -> Array:
        found = mapped(array)
        return found if isinstance(found, np.ndarray) else objects(found)

    return run


def _logistic(x: Ball) -> Ball:
    return 1 / (1 + (-x).exp())


def _decided(x: Ball, yes: Any, no: Any) -> Ball:
    """Return `yes` where the ball is positive, `no` where it is negative, else an unknown value."""
    if x > 0:
        return yes
    return no if x < 0 else flint.arb.nan()


FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    name: _each(function)
    for name, function in {
        "exp": lambda x: x.exp(),
        "log": lambda x: x.log(),
        "sin": lambda x: x.sin(),
        "cos": lambda x: x.cos(),
        "tan": lambda x: x.tan(),
        "sinh": lambda x: x.sinh(),
        "cosh": lambda x: x.cosh(),
        "tanh": lambda x: x.tanh(),
        "sech": lambda x: x.sech(),
        "arctan": lambda x: x.atan(),
        "logistic": _logistic,
        "softplus": lambda x: (1 + x.exp()).log(),
        "relu": lambda x: _decided(x, x, flint.arb(0)),
        "step": lambda x: _decided(x, flint.arb(1), flint.arb(0)),
        "abs": lambda x: abs(x),
        "sign": lambda x: _decided(x, flint.arb(1), flint.arb(-1)),
        "gamma": lambda x: x.gamma(),
        "lgamma": lambda x: x.lgamma(),
        "digamma": lambda x: x.digamma(),
        "erf": lambda x: x.erf(),
        "erf scale": lambda x: 2 / flint.arb.const_sqrt_pi(),
    }.items()
}
CONSTANTS = {
    "e": flint.arb.const_e,
    "pi": flint.arb.pi,
    "euler": flint.arb.const_euler,
}


def _exact(value: Any) -> Ball:
    if isinstance(value, Fraction):
        return flint.arb(value.numerator) / value.denominator
    return flint.arb(float(value))


@dataclass(frozen=True)
class Balls:
    """Real balls at the working precision of flint's context."""

    dtype: Any = object
    einsum: bool = False
    formal: bool = False
    add: Any = np.add
    multiply: Any = np.multiply

    def number(self, value: Fraction | int) -> Array:
        """Return a rational number."""
        value = Fraction(value)
        return objects(flint.arb(value.numerator) / value.denominator)

    def constant(self, name: str) -> Array:
        """Return e, pi or Euler's constant."""
        return objects(CONSTANTS[name]())

    def integers(self, values: Array) -> Array:
        """Return whole numbers as numbers of this system."""
        return _each(lambda v: flint.arb(int(v)))(np.asarray(values, dtype=object))

    def given(self, key: str, values: Array, kind: str) -> Array:
        """Return the values of a declared symbol."""
        # Points are dyadic numbers, which a ball of radius 0 holds exactly.
        return _each(_exact)(np.asarray(values, dtype=object))

    def undefined(self) -> Array:
        """Return what stands where there is no value."""
        return objects(flint.arb.nan())

    def where(self, condition: Array, yes: Array, no: Array) -> Array:
        """Choose entry by entry."""
        shape = np.broadcast_shapes(condition.shape, yes.shape, no.shape)
        found = np.empty(shape, dtype=object)
        chosen = np.broadcast_to(condition, shape)
        found[chosen] = np.broadcast_to(yes, shape)[chosen]
        found[~chosen] = np.broadcast_to(no, shape)[~chosen]
        return found

    def power(self, base: Array, exponent: Fraction) -> Array:
        """Return a power with a rational exponent."""
        if exponent.denominator == 1:
            whole = int(exponent)
            if whole < 0:
                return _each(lambda x: 1 / x**-whole)(base)
            return _each(lambda x: x**whole)(base)
        if exponent.denominator == 2:
            half = exponent.numerator
            return _each(lambda x: x.sqrt() ** half if half > 0 else 1 / x.sqrt() ** -half)(base)
        share = flint.arb(exponent.numerator) / exponent.denominator
        return _each(lambda x: x**share)(base)

    def general_power(self, at: evaluate.Evaluator, base: Tree, exponent: Tree) -> evaluate.Valued:
        """Return a power whose exponent is a tree."""
        return at.combined(at.value(base), at.value(exponent), lambda a, b: a**b)

    def call(self, at: evaluate.Evaluator, function: str, argument: Tree) -> evaluate.Valued:
        """Return a function of a tree."""
        value = at.value(argument)
        if function.startswith("smooth "):
            run = _each(
                lambda x: smooth(
                    function, lambda v: v.sin(), lambda v: v.cos(), lambda v: v.exp(), x
                )
            )
            return evaluate.Valued(run(value.array), value.axes)
        if function not in FUNCTIONS:
            raise unsupported(function, argument)
        return evaluate.Valued(FUNCTIONS[function](value.array), value.axes)

    def fold(self, kind: str, array: Array, axis: int) -> Array:
        """Return the sum or product along an axis."""
        if kind not in ("sum", "prod"):
            raise FormulaError(f"{kind} over an index is not executed in balls")
        reduce = np.add if kind == "sum" else np.multiply
        start = flint.arb(0 if kind == "sum" else 1)
        found = reduce.reduce(array, axis=axis, initial=start)
        return found if isinstance(found, np.ndarray) else objects(found)

    def compare(self, operator: str, left: Array, right: Array) -> Array:
        """Return the comparison where the balls decide it; raises where they do not."""

        def decided(a: Ball, b: Ball) -> bool:
            truth = {
                "<": a < b, ">": a > b, "<=": a <= b, ">=": a >= b, "=": a == b, "!=": a != b,
            }  # fmt: skip
            contrary = {"<": ">=", ">": "<=", "<=": ">", ">=": "<", "=": "!=", "!=": "="}
            if truth[operator] == truth[contrary[operator]]:
                raise FormulaError("a comparison is not decided by balls")
            return bool(truth[operator])

        return np.asarray(np.frompyfunc(decided, 2, 1)(left, right), dtype=bool)

    def matrix(self, kind: str, body: Array) -> Array:
        """Return the inverse or determinant over the last two axes."""
        size = body.shape[-1]
        flat = body.reshape(-1, size, size)
        found = []
        for part in flat:
            matrix = flint.arb_mat([list(row) for row in part])
            if kind == "det":
                found.append(matrix.det())
            else:
                inverse = matrix.inv()
                found.extend(inverse[i, j] for i in range(size) for j in range(size))
        array = np.empty(len(found), dtype=object)
        array[:] = found
        return array.reshape(body.shape[:-2] if kind == "det" else body.shape)


BALLS = Balls()
