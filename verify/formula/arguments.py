"""Arrays as a user gives them → values of declared symbols: names, order of axes, sizes, labels."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verify.errors import UsageError
from verify.formula.evaluate import Evaluator, Valued
from verify.formula.floats import COMPLEX, REALS, Floats
from verify.formula.names import unbold
from verify.formula.source import FormulaError
from verify.formula.symbols import Slot, Symbol
from verify.formula.systems import System, objects, unsupported
from verify.formula.tree import Axis, Tree

Array = NDArray[Any]
VALUELESS = frozenset({"identity", "constant", "defined"})  # symbols that no array is given for
NARROW = frozenset({"gamma", "lgamma", "digamma", "trigamma", "erf", "erf scale"})  # float64 only
CONSTANTS = {
    "e": "2.71828182845904523536028747135266249776",
    "pi": "3.14159265358979323846264338327950288420",
    "euler": "0.57721566490153286060651209008240243104",
}


@dataclass(frozen=True)
class _Longs(Floats):
    """Floats of the machine's widest type, in which rounding shrinks and an error does not."""

    def number(self, value: Fraction | int) -> Array:
        exact = Fraction(value)
        return np.array(np.longdouble(exact.numerator) / np.longdouble(exact.denominator))

    def constant(self, name: str) -> Array:
        return np.array(np.longdouble(CONSTANTS[name]))

    def integers(self, values: Array) -> Array:
        return np.asarray(values, dtype=np.longdouble)


LONGS = _Longs(np.longdouble)


@dataclass(frozen=True)
class _Objects(Floats):
    """Numbers of a type of their own, such as `wide.Wide`: NumPy's object loops calculate in it."""

    one: Any = None

    def number(self, value: Fraction | int) -> Array:
        exact = Fraction(value)
        return objects(self.one * exact.numerator / exact.denominator)

    def constant(self, name: str) -> Array:
        if name == "euler":
            raise FormulaError("Euler's constant is not executed in these numbers")
        return objects(np.exp(self.one) if name == "e" else 4 * np.arctan(self.one))

    def integers(self, values: Array) -> Array:
        return np.asarray(np.frompyfunc(lambda v: self.one * int(v), 1, 1)(values), dtype=object)

    def given(self, key: str, values: Array, kind: str) -> Array:
        if values.dtype == object:
            return values
        return np.asarray(np.frompyfunc(lambda v: self.one * float(v), 1, 1)(values), dtype=object)

    def power(self, base: Array, exponent: Fraction) -> Array:
        return np.asarray(np.power(base, self.number(exponent)), dtype=object)

    def call(self, at: Evaluator, function: str, argument: Tree) -> Valued:
        if function in NARROW:
            raise unsupported(function, argument)
        return super().call(at, function, argument)


@dataclass(frozen=True)
class Argument:
    """A declared symbol as an argument; `order[p]` is the place, in its name, of array axis p."""

    name: str
    symbol: Symbol
    order: tuple[int, ...]

    @property
    def layout(self) -> str:
        """The letters, or sizes, of the array's axes in order."""
        return ", ".join(letter_of(self.symbol, place) for place in self.order)


def fit(axis: Axis, size: int, said: str, found: dict[str, tuple[int, str]]) -> None:
    """Take the size of a name from an axis; raises `UsageError` where it has another already."""
    stop = size + axis.start - 1
    if not axis.base:
        if stop != axis.offset:
            raise UsageError(f"{axis} as declared clashes with {size} {said}")
        return
    extent = stop - axis.offset
    before = found.setdefault(axis.base, (extent, said))
    if before[0] != extent:
        raise UsageError(
            f"sizes clash: {axis.base} is {before[0]} {before[1]}, and {extent} {said}"
        )


def letter_of(symbol: Symbol, place: int) -> str:
    """Return the letter of an axis, or its range where the symbol's name has no letter for it."""
    return symbol.slots[place].letter if place < len(symbol.slots) else str(symbol.axes[place])


def counted(argument: Argument, array: Array, extents: Mapping[str, int]) -> Array:
    """Return the array with its axes as in the name; labels, from 0 in Python, as on the page."""
    places = sorted(range(array.ndim), key=lambda axis: argument.order[axis])
    found = np.transpose(array, places)
    labels = argument.symbol.labels
    if labels is None:
        return found
    count = labels.length(dict(extents)) if labels.base in extents or not labels.base else None
    found = np.real(found)
    whole = np.all(found == np.floor(found)) and np.all(found >= 0)
    if not whole or (count is not None and np.any(found >= count)):
        below = f", below {count}" if count is not None else ""
        raise UsageError(f"{argument.name} holds labels: whole numbers from 0{below}")
    return found + labels.start


def system_for(arrays: Sequence[Array]) -> System:
    """Return the number system that holds all of the arrays."""
    own = [array for array in arrays if array.dtype == object and array.size]
    if own:
        return _Objects(object, einsum=False, one=own[0].flat[0] ** 0)
    if any(array.dtype.kind == "c" for array in arrays):
        return COMPLEX
    return LONGS if any(array.dtype == np.longdouble for array in arrays) else REALS


def python_name(symbol: Symbol, *, full: bool = False) -> str:
    r"""Return the name of a symbol in Python: without backslashes, indices and, unless full, bold.

    >>> python_name(Symbol("", r"\theta")), python_name(Symbol("", r"\mathbf{w}", ("0",)))
    ('theta', 'w_0')
    """
    literal = [part for part in (*symbol.sub, *symbol.sup) if not isinstance(part, Slot)]
    text = "_".join([symbol.base if full else unbold(symbol.base), *literal])
    return re.sub(r"\W+", "_", text.replace("'", "_prime")).strip("_") or "_"
