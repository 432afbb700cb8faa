"""Number systems in which a tree is executed: floats and complex numbers, and balls.

A ball (python-flint's `arb`) holds the true value, so two disjoint balls prove a difference.
Formal systems (integers mod p, polynomials) are in `formal.py`.
"""

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from verify.formula.source import FormulaError
from verify.formula.tree import Tree

if TYPE_CHECKING:
    from verify.formula.evaluate import Evaluator, Valued

Array = NDArray[Any]


class System(Protocol):
    """What the evaluator needs of a number system."""

    dtype: Any
    einsum: bool
    add: Any
    multiply: Any

    def number(self, value: Fraction | int) -> Array: ...
    def constant(self, name: str) -> Array: ...
    def integers(self, values: Array) -> Array: ...
    def given(self, key: str, values: Array, kind: str) -> Array: ...
    def undefined(self) -> Array: ...
    def where(self, condition: Array, yes: Array, no: Array) -> Array: ...
    def power(self, base: Array, exponent: Fraction) -> Array: ...
    def general_power(self, at: "Evaluator", base: Tree, exponent: Tree) -> "Valued": ...
    def call(self, at: "Evaluator", function: str, argument: Tree) -> "Valued": ...
    def fold(self, kind: str, array: Array, axis: int) -> Array: ...
    def compare(self, operator: str, left: Array, right: Array) -> Array: ...
    def matrix(self, kind: str, body: Array) -> Array: ...


def objects(value: Any) -> Array:
    """Return one object as an array without axes; NumPy would unpack some."""
    found = np.empty((), dtype=object)
    found[()] = value
    return found


def smooth(function: str, sine: Any, cosine: Any, exp: Any, x: Any) -> Any:
    """An instance of an abstract smooth function or of a derivative of it.

    f(x) = sin(x + s) + e^{x/2} / 3, with s of its name: no derivative of it is any other.
    """
    plain = function.rstrip("'")
    order = len(function) - len(plain)
    shift = sum(map(ord, plain)) % 7 / 8 + 0.125
    wave = (cosine if order % 2 else sine)(x + shift)
    return (-wave if order % 4 in (2, 3) else wave) + exp(x / 2) / (3 * 2**order)


def unsupported(function: str, tree: Tree) -> FormulaError:
    """Return the refusal of a function that a number system does not have."""
    return FormulaError(f"{function} is not executed in these numbers", tree.span, function)
