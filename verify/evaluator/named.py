"""The named values inside a user's function: its local variables when it returns."""

import sys
from collections.abc import Iterator, Mapping
from types import CodeType, FrameType, FunctionType
from typing import Any

import numpy as np

from verify.evaluator.calls import Failure, call
from verify.problems import Function

# Larger arrays are no vocabulary for a formula that somebody is meant to read.
MOST_ENTRIES = 4096
# Frames of generators and coroutines return at every yield.
RESUMED = 0x20 | 0x80 | 0x200


def named_values(function: Function, inputs: Mapping[str, Any], *leading: Any) -> dict[str, Any]:
    r"""Call `function(*leading, **inputs)`; return its numeric local variables by name.

    Helpers of the same file count as well, under the names they use, if each is called once (or
    with the same values): of `_s` called once, the value is `_s(...)`. Arrays at module level that
    the code names are constants of the formula. A function that raises has no named values.

    >>> def loss(x):
    ...     z = 2 * x
    ...     return (z * z).sum()
    >>> named_values(loss, {"x": np.array([1.0, 2.0])})
    {'z': array([2., 4.])}
    """
    if not isinstance(function, FunctionType):
        return {}
    returned: list[tuple[CodeType, dict[str, Any]]] = []

    def watch(frame: FrameType, event: str, arg: Any) -> None:
        code = frame.f_code
        ours = code.co_filename == function.__code__.co_filename
        if event == "return" and ours and not code.co_flags & RESUMED:
            own = code is function.__code__
            value = {} if own or code.co_name.startswith("<") else {f"{code.co_name}(...)": arg}
            returned.append((code, _numeric(frame.f_locals) | _numeric(value)))

    if sys.getprofile() is not None:
        # Somebody profiles this run; there is one place for a profiler only.
        return {}
    given = {n: a.copy() if isinstance(a, np.ndarray) else a for n, a in inputs.items()}
    try:
        sys.setprofile(watch)
        answer = call(function, given, *leading)
    finally:
        sys.setprofile(None)
    if isinstance(answer, Failure):
        return {}
    own = {n: v for code, found in returned if code is function.__code__ for n, v in found.items()}
    parameters = function.__code__.co_varnames[: function.__code__.co_argcount]
    helpers = _once(found for code, found in returned if code is not function.__code__)
    known = _constants(function, [code for code, _ in returned]) | helpers | own
    return {n: v for n, v in known.items() if n not in inputs and n not in parameters}


def _numeric(values: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what is a real number or an array of them, copied."""
    kept = {}
    for name, value in values.items():
        if not isinstance(value, np.ndarray | np.number | np.bool_ | float | int):
            continue
        array = np.asarray(value)
        if array.dtype.kind in "fiub" and array.size <= MOST_ENTRIES:
            kept[name] = array.copy()
    return kept


def _once(frames: Iterator[dict[str, Any]]) -> dict[str, Any]:
    """Merge the values of helpers; a name that stands for two different values is left out."""
    merged: dict[str, Any] = {}
    twofold = set()
    for found in frames:
        for name, value in found.items():
            if name in merged and not np.array_equal(merged[name], value, equal_nan=True):
                twofold.add(name)
            merged.setdefault(name, value)
    return {name: value for name, value in merged.items() if name not in twofold}


def _constants(function: FunctionType, codes: list[CodeType]) -> dict[str, Any]:
    """List the arrays at module level that the code names."""
    names = dict.fromkeys(name for code in codes for name in code.co_names)
    values = {name: function.__globals__.get(name) for name in names}
    return _numeric({n: v for n, v in values.items() if isinstance(v, np.ndarray)})
