"""Calling a user's function: the one place where its exceptions are caught."""

import builtins
import dis
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from verify.problems import Function

FLOAT_BITS = 53


@dataclass(frozen=True)
class Failure:
    """An exception inside a user's function, or an answer that is no numeric array."""

    message: str
    traceback: str = ""


def call(function: Function, inputs: Mapping[str, Any], *leading: Any) -> Any:
    """Call `function(*leading, **inputs)`; return its value or a `Failure`.

    Floating-point warnings are silenced: a non-finite result is judged, not printed.
    """
    try:
        with np.errstate(all="ignore"):
            return function(*leading, **inputs)
    except (
        Exception,
        SystemExit,
    ) as error:  # any exception of a user's function is a verdict, not a crash
        text = "".join(traceback.format_exception(error)[2:]) or repr(error)
        return Failure(f"{type(error).__name__}: {error}", text)


# Copies of users' functions whose `float(...)` does not cast, None where there is no such call.
_UNCAST: WeakKeyDictionary[Function, Function | None] = WeakKeyDictionary()


def uncast(function: Function) -> Function:
    """Return the function with its own calls of `float` passing through what is not a plain float.

    `return float(loss)` is how a loss usually ends, and it would keep complex, wider and stacked
    numbers out. The function and the helpers of its module that it calls are changed, in copies;
    at float64 nothing differs.

    >>> uncast(lambda x: float(x * x))(2j)
    (-4+0j)
    """
    if not isinstance(function, FunctionType):
        return function
    if function not in _UNCAST:
        _UNCAST[function] = None  # a helper that calls itself ends here
        _UNCAST[function] = _without_cast(function)
    return _UNCAST[function] or function


def _without_cast(function: FunctionType) -> Function | None:
    helpers = {name: uncast(helper) for name, helper in _helpers(function)}
    changed = {name: h for name, h in helpers.items() if h is not function.__globals__[name]}
    shadowed = function.__globals__.get("float", float) is not float
    casts = not shadowed and _only_calls_float(function.__code__)
    if not casts and not changed:
        return None
    code, closure = function.__code__, function.__closure__
    scope = {**function.__globals__, "__builtins__": builtins, **changed}
    if casts:
        scope["float"] = _pass_through
    copy = FunctionType(code, scope, function.__name__, function.__defaults__, closure)
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy


def _helpers(function: FunctionType) -> Iterator[tuple[str, FunctionType]]:
    """Yield the functions of its own module that a function calls by name."""
    for name in {name for code in _with_inner(function.__code__) for name in code.co_names}:
        value = function.__globals__.get(name)
        if isinstance(value, FunctionType) and value.__globals__ is function.__globals__:
            yield name, value


def _only_calls_float(code: CodeType) -> bool:
    """Tell whether `float` occurs in a function, and only as `float(...)`, never as a type.

    The compiler marks the load of a global that is about to be called in the lowest bit of its
    argument (CPython 3.11 and later); where it does not, the function is left as it is.
    """
    loads = [i for c in _with_inner(code) for i in dis.get_instructions(c) if i.argval == "float"]
    return bool(loads) and all(i.opname == "LOAD_GLOBAL" and (i.arg or 0) & 1 for i in loads)


def _with_inner(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _with_inner(constant)


def _pass_through(value: Any = 0.0) -> Any:
    """Cast to float what is neither complex nor wider nor stacked."""
    # By name: importing the wide numbers would bring mpmath into every `import verify`.
    module = type(value).__module__
    if module.startswith("mpmath.") and value.context.prec > FLOAT_BITS:
        from verify.wide import Wide

        return Wide(value)
    ours = isinstance(value, complex | np.complexfloating | np.longdouble) or np.ndim(value) > 0
    return value if ours or module == "verify.wide" else float(value)
