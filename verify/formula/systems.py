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

    @property
    def dtype(self) -> Any:
        """The dtype of arrays."""
        ...

    @property
    def einsum(self) -> bool:
        """Whether sums of products may go to einsum."""
        ...

    @property
    def formal(self) -> bool:
        """Whether roots and logarithms are formal, so that their trees are needed."""
        ...

    @property
    def add(self) -> Any:
        """The ufunc of sums."""
        ...

    @property
    def multiply(self) -> Any:
        """The ufunc of products."""
        ...

    def number(self, value: Fraction | int) -> Array:
        """Return a rational number."""
        ...

    def constant(self, name: str) -> Array:
        """Return e, pi or Euler's constant."""
        ...

    def integers(self, values: Array) -> Array:
        """Return whole numbers as numbers of this system."""
        ...

    def given(self, key: str, values: Array, kind: str) -> Array:
        """Return the values of a declared symbol."""
        ...

    def undefined(self) -> Array:
        """Return what stands where there is no value."""
        ...

    def where(self, condition: Array, yes: Array, no: Array) -> Array:
        """Choose entry by entry."""
        ...

    def power(self, base: Array, exponent: Fraction) -> Array:
        """Return a power with a rational exponent."""
        ...

    def general_power(self, at: "Evaluator", base: Tree, exponent: Tree) -> "Valued":
        """Return a power whose exponent is a tree."""
        ...

    def call(self, at: "Evaluator", function: str, argument: Tree) -> "Valued":
        """Return a function of a tree."""
        ...

    def fold(self, kind: str, array: Array, axis: int) -> Array:
        """Return the sum or product along an axis."""
        ...

    def compare(self, operator: str, left: Array, right: Array) -> Array:
        """Return where a comparison holds."""
        ...

    def matrix(self, kind: str, body: Array) -> Array:
        """Return the inverse or determinant over the last two axes."""
        ...


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
