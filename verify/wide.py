"""A small number type over mpmath, so that NumPy code runs unchanged in wider arithmetic.

NumPy calls methods such as `.exp()` on the elements of object arrays. There is no `__float__` on
purpose: code that would silently fall back to float64 fails instead, and is known to have failed.
"""

from collections.abc import Callable, Mapping
from typing import Any

import mpmath
import numpy as np
from numpy.typing import NDArray

Number = Any  # an mpmath mpf; mpmath ships no types
# The largest power of two of an argument, by function.
LARGEST_POWER: Mapping[str, int] = {
    **dict.fromkeys(("exp", "exp2", "expm1", "sinh", "cosh", "tanh"), 40),
    **dict.fromkeys(("sin", "cos", "tan"), 1200),
}


class Wide:
    """One real number in the working precision of mpmath; domain errors give NaN as in IEEE 754.

    >>> with mpmath.workprec(200):
    ...     tail = 1 - np.array([wide(1.0)], dtype=object) / (1 + np.exp(np.array([wide(-50.0)])))
    ...     print(mpmath.nstr(tail[0].value, 5))
    1.9287e-22
    """

    __slots__ = ("value",)

    def __init__(self, value: Number) -> None:
        self.value = value

    @property
    def _mpf_(self) -> Any:
        # What mpmath's own functions look for when they are given a number of another type.
        return self.value._mpf_

    def __add__(self, other: Any) -> "Wide":
        return _binary(lambda a, b: a + b, self, other)

    def __sub__(self, other: Any) -> "Wide":
        return _binary(lambda a, b: a - b, self, other)

    def __rsub__(self, other: Any) -> "Wide":
        return _binary(lambda a, b: b - a, self, other)

    def __mul__(self, other: Any) -> "Wide":
        return _binary(lambda a, b: a * b, self, other)

    def __truediv__(self, other: Any) -> "Wide":
        return _binary(_divide, self, other)

    def __rtruediv__(self, other: Any) -> "Wide":
        return _binary(lambda a, b: _divide(b, a), self, other)

    def __pow__(self, other: Any) -> "Wide":
        return _binary(_power, self, other)

    def __rpow__(self, other: Any) -> "Wide":
        return _binary(lambda a, b: _power(b, a), self, other)

    __radd__ = __add__
    __rmul__ = __mul__

    def __neg__(self) -> "Wide":
        return Wide(-self.value)

    def __pos__(self) -> "Wide":
        return self

    def __abs__(self) -> "Wide":
        return Wide(abs(self.value))

    def __lt__(self, other: Any) -> bool:
        return bool(self.value < _number(other))

    def __le__(self, other: Any) -> bool:
        return bool(self.value <= _number(other))

    def __gt__(self, other: Any) -> bool:
        return bool(self.value > _number(other))

    def __ge__(self, other: Any) -> bool:
        return bool(self.value >= _number(other))

    def __eq__(self, other: object) -> bool:
        return bool(self.value == _number(other))

    def __hash__(self) -> int:
        return hash(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __floor__(self) -> "Wide":
        return Wide(mpmath.floor(self.value))

    def __ceil__(self) -> "Wide":
        return Wide(mpmath.ceil(self.value))

    def __repr__(self) -> str:
        return f"Wide({mpmath.nstr(self.value, 20)})"

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """Run a ufunc on this number as on an array of one."""
        arrays = [_viewed(_boxed(i)) if isinstance(i, Wide) else i for i in inputs]
        return getattr(ufunc, method)(*arrays, **kwargs)

    def __getitem__(self, index: Any) -> Any:
        """Index as a NumPy scalar is: `[..., None]` adds an axis."""
        return _viewed(_boxed(self))[index]

    def conjugate(self) -> "Wide":
        """Return the number itself: it is real."""
        return self

    def sum(self, *args: Any, **kwargs: Any) -> Any:
        """Reduce as a NumPy scalar does."""
        return _viewed(_boxed(self)).sum(*args, **kwargs)

    def mean(self, *args: Any, **kwargs: Any) -> Any:
        """Reduce as a NumPy scalar does."""
        return _viewed(_boxed(self)).mean(*args, **kwargs)


def _number(other: Any) -> Number:
    if isinstance(other, Wide):
        return other.value
    if isinstance(other, int | float | np.integer | np.floating | np.bool_):
        return mpmath.mpf(other.item() if isinstance(other, np.generic) else other)
    raise TypeError(f"a wide number and {type(other).__name__} do not go together")


def _binary(operation: Callable[[Number, Number], Number], left: Wide, right: Any) -> Wide:
    if isinstance(right, np.ndarray):
        return NotImplemented  # type: ignore[no-any-return]  # as dunder methods do
    return Wide(operation(left.value, _number(right)))


def _boxed(number: Wide) -> NDArray[Any]:
    box = np.empty((), dtype=object)
    box[()] = number
    return box


def _divide(a: Number, b: Number) -> Number:
    if b:
        return a / b
    return mpmath.nan if not a or mpmath.isnan(a) else mpmath.sign(a) * mpmath.inf


def _power(a: Number, b: Number) -> Number:
    if not a and b < 0:
        return mpmath.inf
    if mpmath.isfinite(b) and mpmath.mag(b) > LARGEST_POWER["exp"]:
        return mpmath.nan
    return _real(a**b)


def _real(value: Number) -> Number:
    return value if isinstance(value, mpmath.mpf) else mpmath.nan


def _method(name: str, function: Callable[[Number], Number]) -> Callable[[Wide], Wide]:
    def method(self: Wide) -> Wide:
        if _too_large(name, self.value):
            return Wide(mpmath.nan)
        return Wide(_real(function(self.value)))

    return method


def _too_large(name: str, value: Number) -> bool:
    """Tell whether a function of so large a number would take mpmath minutes.

    Its exponents have no bound: exp of 1e20 needs the logarithm of 2 to as many bits, and no float
    ever gets there. What only exists beyond is not judged.
    """
    largest = LARGEST_POWER.get(name)
    return largest is not None and mpmath.isfinite(value) and mpmath.mag(value) > largest


# NumPy's name of the ufunc is the name of the method it looks for.
_METHODS: Mapping[str, Callable[[Number], Number]] = {
    "exp": mpmath.exp,
    "exp2": lambda x: mpmath.mpf(2) ** x,
    "expm1": mpmath.expm1,
    "log": lambda x: mpmath.log(x) if x else -mpmath.inf,
    "log2": lambda x: mpmath.log(x, 2) if x else -mpmath.inf,
    "log10": lambda x: mpmath.log10(x) if x else -mpmath.inf,
    "log1p": lambda x: mpmath.log1p(x) if x != -1 else -mpmath.inf,
    "sqrt": mpmath.sqrt,
    "cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)),
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "tan": mpmath.tan,
    "arcsin": mpmath.asin,
    "arccos": mpmath.acos,
    "arctan": mpmath.atan,
    "sinh": mpmath.sinh,
    "cosh": mpmath.cosh,
    "tanh": mpmath.tanh,
    "arcsinh": mpmath.asinh,
    "arccosh": mpmath.acosh,
    "arctanh": mpmath.atanh,
    "rint": mpmath.nint,
}
for _name, _function in _METHODS.items():
    setattr(Wide, _name, _method(_name, _function))

# Functions for which NumPy has no object loop, or which come from scipy.special, by ufunc name.
_ELEMENTWISE: Mapping[str, Callable[..., Any]] = {
    "logaddexp": lambda x, y: _log_sum(_number(x), _number(y)),
    "hypot": lambda x, y: Wide(mpmath.hypot(_number(x), _number(y))),
    "arctan2": lambda x, y: Wide(mpmath.atan2(_number(x), _number(y))),
    "isfinite": lambda x: bool(mpmath.isfinite(_number(x))),
    "isnan": lambda x: bool(mpmath.isnan(_number(x))),
    "isinf": lambda x: bool(mpmath.isinf(_number(x))),
    "expit": lambda x: 1 / (1 + Wide(-_number(x)).exp()),  # type: ignore[attr-defined]
    "log_expit": lambda x: Wide(-_log_sum(mpmath.mpf(0), -_number(x)).value),
    "erf": lambda x: Wide(mpmath.erf(_number(x))),
    "erfc": lambda x: Wide(mpmath.erfc(_number(x))),
    "gammaln": lambda x: Wide(_real(mpmath.loggamma(_number(x)))),
    "psi": lambda x: Wide(mpmath.digamma(_number(x))),
    "xlogy": lambda x, y: Wide(
        _number(x) * mpmath.log(_number(y)) if _number(x) else mpmath.mpf(0)
    ),
}


def _log_sum(a: Number, b: Number) -> Wide:
    high, low = max(a, b), min(a, b)
    if _too_large("exp", high - low):
        return Wide(high)
    return Wide(high + mpmath.log1p(mpmath.exp(low - high)) if mpmath.isfinite(low) else high)


class WideArray(np.ndarray[Any, np.dtype[np.object_]]):
    """An object array of wide numbers that also knows functions without an object loop."""

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """Run a ufunc on the plain object arrays, or element by element where NumPy has no loop."""
        plain = [i.view(np.ndarray) if isinstance(i, WideArray) else i for i in inputs]
        function = _ELEMENTWISE.get(ufunc.__name__)
        if "out" in kwargs:
            kwargs["out"] = tuple(
                o.view(np.ndarray) if isinstance(o, WideArray) else o for o in kwargs["out"]
            )
        if function is not None:
            # Reductions such as logaddexp.reduce go the same way as the call.
            result = getattr(np.frompyfunc(function, ufunc.nin, 1), method)(*plain, **kwargs)
            if method == "__call__" and ufunc.__name__.startswith("is"):
                return np.asarray(result).astype(bool)
            return _viewed(result)
        return _viewed(getattr(ufunc, method)(*plain, **kwargs))


def _viewed(result: Any) -> Any:
    wide_array = isinstance(result, np.ndarray) and result.dtype == object
    return result.view(WideArray) if wide_array else result


def wide(value: float) -> Wide:
    """Return a float as a wide number, exactly."""
    return Wide(mpmath.mpf(float(value)))


def widen(array: NDArray[np.generic]) -> Any:
    """Return a float array as an object array of wide numbers (a 0-d array as one number)."""
    flat = np.empty(array.size, dtype=object)
    flat[:] = [wide(float(entry)) for entry in array.ravel()]
    return flat.reshape(array.shape).view(WideArray)[()]
