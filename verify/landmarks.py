"""Numbers in the code of a primal and of the judged variants: where branches may part."""

import math
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from verify.problems import Function, Problem

# Zero, one and two are tried everywhere anyway, and axis=1 is no threshold.
ORDINARY = (0.0, 1.0, 2.0, 3.0)
MOST = 12


def landmarks(problem: Problem) -> tuple[float, ...]:
    """List the sizes of the constants in the problem's own code, as positive numbers.

    Constants of the functions themselves, of helpers in the same module that they call, and of
    module-level numbers that they name. Never anything else of the file they stand in.

    >>> from verify import problem, reals
    >>> LIMIT = 7.5
    >>> @problem(x=reals("n"), wrt="x")
    ... def huber(x):
    ...     return np.where(np.abs(x) < 1e-2, x * x, LIMIT).sum()
    >>> landmarks(huber.problem)
    (0.01, 7.5)
    """
    seen: set[CodeType] = set()
    found: dict[float, None] = {}
    for function in (problem.primal, *(variant.function for variant in problem.variants)):
        for number in _numbers(function, seen):
            size = abs(number)
            if size not in ORDINARY and math.isfinite(size):
                found.setdefault(size)
    return tuple(sorted(found))[:MOST]


def _numbers(function: Function, seen: set[CodeType]) -> Iterator[float]:
    function = getattr(function, "__wrapped__", function)
    if not isinstance(function, FunctionType) or function.__code__ in seen:
        return
    seen.add(function.__code__)
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=False))
    for code in _codes(function.__code__):
        seen.add(code)
        yield from _constants(code.co_consts)
        for name in code.co_names:
            yield from _named(function.__globals__.get(name), function, seen)
    for cell in cells.values():
        yield from _named(_content(cell), function, seen)
    yield from _constants(function.__defaults__ or ())


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _constants(values: tuple[Any, ...]) -> Iterator[float]:
    for value in values:
        if isinstance(value, tuple):
            yield from _constants(value)
        elif _is_number(value):
            yield float(value)


def _named(value: Any, function: FunctionType, seen: set[CodeType]) -> Iterator[float]:
    """Follow a name that a function uses: to a number, or to a helper of the same module."""
    if _is_number(value):
        yield float(value)
    elif isinstance(value, FunctionType) and value.__module__ == function.__module__:
        yield from _numbers(value, seen)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool | np.bool_)


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not filled yet
        return None
