"""Execution in float64 and complex128: fast, and with einsum where a sum is a contraction."""

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verify.formula import evaluate
from verify.formula.systems import smooth, unsupported
from verify.formula.tree import Tree
from verify.formula.valued import compared

Array = NDArray[Any]
SINGULAR = 1e11  # condition from which an inverse has fewer than five digits left
CONSTANTS = {"e": math.e, "pi": math.pi, "euler": float(np.euler_gamma)}


def _logistic(x: Array) -> Array:
    # Where exp(-x) overflows the result is 0, as it must be.
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-x)))


def _by_mpmath(name: str, **options: Any) -> Any:
    """A special function entry by entry, from mpmath."""

    def run(x: Array) -> Array:
        import mpmath

        return _entrywise(partial(getattr(mpmath, name), **options), x)

    return run


def _polygamma(order: int) -> Any:
    def run(x: Array) -> Array:
        import mpmath

        return _entrywise(partial(mpmath.psi, order), x)

    return run


def _entrywise(function: Any, x: Array) -> Array:
    """Return a function of each entry; not a number where it has a pole."""

    def at(value: Any) -> complex:
        try:
            return complex(function(value))
        except (ValueError, ZeroDivisionError, OverflowError):
            return complex(math.nan, math.nan)

    array = np.asarray(np.frompyfunc(at, 1, 1)(x), dtype=complex)
    return array if np.iscomplexobj(x) else array.real


FUNCTIONS: dict[str, Any] = {
    "exp": np.exp, "log": np.log, "sin": np.sin, "cos": np.cos, "tan": np.tan, "sinh": np.sinh,
    "cosh": np.cosh, "tanh": np.tanh, "sech": lambda x: 1 / np.cosh(x), "arctan": np.arctan,
    "logistic": _logistic, "softplus": lambda x: np.log1p(np.exp(x)),
    "relu": lambda x: np.where(np.real(x) > 0, x, 0), "step": lambda x: 1.0 * (np.real(x) > 0),
    "abs": lambda x: np.where(np.real(x) < 0, -x, x), "sign": lambda x: np.sign(np.real(x)),
    "gamma": _by_mpmath("gamma"), "lgamma": _by_mpmath("loggamma"), "digamma": _polygamma(0),
    "trigamma": _polygamma(1), "erf": _by_mpmath("erf"),
    "erf scale": lambda x: np.full(np.shape(x), 2 / math.sqrt(math.pi)),
}  # fmt: skip


@dataclass(frozen=True)
class Floats:
    """float64, or complex128 for derivatives by complex step (Squire & Trapp 1998)."""

    dtype: Any = np.float64
    einsum: bool = True
    formal: bool = False
    add: Any = np.add
    multiply: Any = np.multiply

    def number(self, value: Fraction | int) -> Array:
        """Return a rational number."""
        return np.array(float(value))

    def constant(self, name: str) -> Array:
        """Return e, pi or Euler's constant."""
        return np.array(CONSTANTS[name])

    def integers(self, values: Array) -> Array:
        """Return whole numbers as numbers of this system."""
        return np.asarray(values, dtype=np.float64)

    def given(self, key: str, values: Array, kind: str) -> Array:
        """Return the values of a declared symbol."""
        return np.asarray(values, dtype=self.dtype)

    def undefined(self) -> Array:
        """Return what stands where there is no value."""
        return np.array(math.nan)

    def where(self, condition: Array, yes: Array, no: Array) -> Array:
        """Choose entry by entry."""
        return np.where(condition, yes, no)

    def power(self, base: Array, exponent: Fraction) -> Array:
        """Return a power with a rational exponent."""
        if exponent == -1:
            return np.asarray(1 / base)
        if exponent == 2:
            return np.asarray(base * base)
        whole = exponent.denominator == 1
        return np.asarray(
            np.power(base, int(exponent) if whole and exponent > 0 else float(exponent))
        )

    def general_power(self, at: evaluate.Evaluator, base: Tree, exponent: Tree) -> evaluate.Valued:
        """Return a power whose exponent is a tree."""
        return at.combined(at.value(base), at.value(exponent), np.power)

    def call(self, at: evaluate.Evaluator, function: str, argument: Tree) -> evaluate.Valued:
        """Return a function of a tree."""
        value = at.value(argument)
        if function.startswith("smooth "):
            found = smooth(function, np.sin, np.cos, np.exp, value.array)
        elif function in FUNCTIONS:
            found = FUNCTIONS[function](value.array)
        else:
            raise unsupported(function, argument)
        return evaluate.Valued(np.asarray(found), value.axes)

    def fold(self, kind: str, array: Array, axis: int) -> Array:
        """Return the sum or product along an axis."""
        reduce: Any = {"sum": np.sum, "prod": np.prod, "max": np.max, "min": np.min}[kind]
        return np.asarray(reduce(array, axis=axis))

    def compare(self, operator: str, left: Array, right: Array) -> Array:
        """Return where a comparison holds."""
        return compared(operator, np.real(left), np.real(right))

    def matrix(self, kind: str, body: Array) -> Array:
        """Return the inverse or determinant over the last two axes."""
        return _inverses(body) if kind == "inverse" else np.linalg.det(body)


def _inverses(body: Array) -> Array:
    """Return the inverses; not a number where a matrix has none, but for rounding."""
    flat = body.reshape(-1, *body.shape[-2:])
    found = np.full(flat.shape, math.nan, dtype=np.result_type(body, float))
    for place, matrix in enumerate(flat):
        if not np.isfinite(matrix).all():
            continue
        try:
            inverse = np.linalg.inv(matrix)
        except np.linalg.LinAlgError:
            continue
        if np.linalg.norm(matrix, 1) * np.linalg.norm(inverse, 1) < SINGULAR:
            found[place] = inverse
    return found.reshape(body.shape)


REALS = Floats()
COMPLEX = Floats(np.complex128)
