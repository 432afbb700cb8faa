"""Running variants: what they answer, by input, and what is wrong with the answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verify.evaluator.calls import Failure, call, uncast
from verify.evaluator.stacked import (
    few_lead,
    fewer,
    fits,
    found_stackable,
    off_grid,
    pick,
    sample,
    signature_of,
    split,
)
from verify.points import Array, Stack
from verify.problems import Problem, Variant

EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Claimed:
    """What a variant answers on a stack.

    `values[input]: (B, *shape)`, NaN where it failed; `failures` maps the index of a point to what
    went wrong there; `eps`, `smallest` and `largest` are the unit roundoff, the smallest normal and
    the largest number of the type in which it answered; `outside: (B,)` are the points whose inputs
    that type does not hold.
    """

    values: Mapping[str, NDArray[np.float64]]
    failures: Mapping[int, Failure]
    eps: float
    smallest: float
    largest: float
    outside: NDArray[np.bool_]


def claimed(problem: Problem, variant: Variant, stack: Stack, dtype: str | None = None) -> Claimed:
    """Run a variant at every point of a stack.

    `dtype` replaces the float type of the variant (for a second look in wider arithmetic).
    At sampled points it is called twice, so that an answer that does not repeat is found.
    """
    inputs = cast(stack.inputs, dtype or variant.dtype)
    count = len(stack)
    indices = sample((count,))
    answers = {index[0]: single(problem, variant, pick(inputs, index), 2) for index in indices}
    whole = None
    if count > len(indices):
        if not any(isinstance(a, Failure) for a in answers.values()):
            whole = _stacked(problem, variant, inputs, count, answers)
        elif _same_shape_failure(problem, variant, inputs, count, answers):
            answers = dict.fromkeys(range(count), answers[0])
    if whole is None:
        for index in range(count):
            if index not in answers:
                answers[index] = single(problem, variant, pick(inputs, (index,)), 1)
        whole = _fill(problem, stack, answers)
    failures = {i: a for i, a in sorted(answers.items()) if isinstance(a, Failure)}
    kinds = [array.dtype for array in whole.values() if array.dtype.kind == "f"]
    types = [np.finfo(kind) for kind in [*kinds, np.dtype(variant.dtype), np.dtype(np.float64)]]
    eps = max(float(info.eps) for info in types)
    wide = np.longdouble if dtype == "longdouble" else np.float64
    return Claimed(
        {n: a.astype(wide) for n, a in whole.items()},
        failures,
        eps,
        max(float(info.tiny) for info in types),
        min(float(info.max) for info in types),
        _outside(stack.inputs, inputs),
    )


def _outside(given: Mapping[str, Array], used: Mapping[str, Array]) -> NDArray[np.bool_]:
    """Tell at which points a cast to a narrower type made an infinity, or a zero, of a number."""
    count = len(next(iter(given.values())))
    outside = np.zeros(count, dtype=bool)
    for name, array in given.items():
        if array.dtype != used[name].dtype:
            lost = np.isfinite(array) & ~np.isfinite(used[name])
            lost |= (array != 0) & (used[name] == 0)
            outside |= lost.reshape(count, -1).any(axis=1)
    return outside


def cast(inputs: Mapping[str, Array], dtype: str) -> dict[str, Array]:
    """Convert the float inputs to `dtype`; whole numbers stay as they are."""
    return {n: a.astype(dtype) if a.dtype.kind == "f" else a for n, a in inputs.items()}


def single(problem: Problem, variant: Variant, inputs: dict[str, Any], calls: int) -> Any:
    """Run a variant at one point `calls` times; return arrays by input or a `Failure`."""
    answers: list[dict[str, Any]] = []
    for _ in range(calls):
        given = {n: a.copy() if isinstance(a, np.ndarray) else a for n, a in inputs.items()}
        named, cotangent = split(given)
        leading = [] if cotangent is None else [cotangent]
        answer = by_input(problem, call(uncast(variant.function), named, *leading))
        if isinstance(answer, Failure):
            return answer
        changed = [n for n in given if not np.array_equal(given[n], inputs[n], equal_nan=True)]
        if changed:
            return Failure(f"changes its input {changed[0]!r} in place")
        answers.append(answer)
    for name in answers[0]:
        wrong = wrong_shape(name, answers[0][name].shape, np.shape(inputs[name]))
        if wrong is not None:
            return wrong
        if not np.array_equal(answers[0][name], answers[-1][name], equal_nan=True):
            return Failure("answers differently when called twice at the same point")
    return answers[0]


def wrong_shape(name: str, shape: tuple[int, ...], due: tuple[int, ...]) -> Failure | None:
    """Say that an answer has another shape than its input; None where it has not."""
    return None if shape == due else Failure(f"shape {shape} for {name!r}, which has shape {due}")


def parts_of(result: Any, wrt: tuple[str, ...]) -> dict[str, Any] | None:
    """Split an answer by input: a mapping, a sequence in the order of `wrt`, or a bare one.

    None where it has none of these forms.
    """
    if isinstance(result, Mapping):
        return dict(result)
    if len(wrt) == 1:
        return {wrt[0]: result[0] if isinstance(result, tuple) and len(result) == 1 else result}
    several = isinstance(result, tuple | list) and len(result) == len(wrt)
    return dict(zip(wrt, result, strict=True)) if several else None


def by_input(problem: Problem, result: Any, kinds: str = "fiub") -> Any:
    """Read what a variant returned as a dict of arrays by input, or say why it is not one.

    `kinds` are the NumPy kinds of dtype that count as real numbers.
    """
    if isinstance(result, Failure):
        return result
    wrt = problem.wrt
    if isinstance(result, Mapping) and set(result) != set(wrt):
        return Failure(f"keys {sorted(map(str, result))}, not {sorted(wrt)}")
    parts = parts_of(result, wrt)
    if parts is None:
        return Failure(f"{type(result).__name__} where a dict or a tuple for {wrt} is due")
    arrays = {}
    for name in wrt:
        try:
            arrays[name] = np.asarray(parts[name])
        except ValueError as error:
            return Failure(f"no array for {name!r}: {error}")
        if arrays[name].dtype.kind not in kinds:
            return Failure(f"dtype {arrays[name].dtype} for {name!r}, not real numbers")
    return arrays


def _same_shape_failure(
    problem: Problem,
    variant: Variant,
    inputs: Mapping[str, Array],
    count: int,
    answers: Mapping[int, Any],
) -> bool:
    """Tell whether the stacked answer has, at every point, the wrong shape of the single ones."""
    if any(not isinstance(a, Failure) or a != answers[0] for a in answers.values()):
        return False
    whole = _whole(problem, variant, inputs, count)
    if isinstance(whole, Failure):
        return False
    shapes = [(n, a.shape, inputs[n].shape) for n, a in whole.items() if a.shape[:1] == (count,)]
    return any(wrong_shape(n, shape[1:], due[1:]) == answers[0] for n, shape, due in shapes)


def _whole(problem: Problem, variant: Variant, inputs: Mapping[str, Array], count: int) -> Any:
    """Call a variant on the whole stack, if a few points of it come back as a stack.

    The few are compared with single calls: of B points a formula that does not broadcast may make
    an answer of B·B, and cost B times the memory before it is thrown away.
    """
    known = found_stackable(variant.function)
    signature = (tuple(problem.wrt), *signature_of(inputs, (count,)))
    if signature not in known:
        known[signature] = all(
            _stacks(problem, variant, few, count)
            for few in (fewer(inputs, (count,)), off_grid(inputs, (count,)))
        )
    if not known[signature]:
        return Failure("does not run on a stack")
    return _call_stacked(problem, variant, inputs)


def _stacks(problem: Problem, variant: Variant, few: Mapping[str, Array], count: int) -> bool:
    """Tell whether a few points come back as a stack of what single calls give."""
    small = _call_stacked(problem, variant, few)
    lead = few_lead((count,))
    indices = sample(lead)
    singles = [single(problem, variant, pick(few, index), 1) for index in indices]
    if any(isinstance(answer, Failure) for answer in singles):
        return not isinstance(small, Failure) and all(a.shape[:1] == lead for a in small.values())
    if isinstance(small, Failure):
        return False
    return all(
        array.shape[:1] == lead
        and array.ndim <= few[name].ndim
        and fits(array, [answer[name] for answer in singles], indices, lead)
        for name, array in small.items()
    )


def _call_stacked(problem: Problem, variant: Variant, inputs: Mapping[str, Array]) -> Any:
    named, cotangent = split({name: array.copy() for name, array in inputs.items()})
    leading = [] if cotangent is None else [cotangent]
    return by_input(problem, call(uncast(variant.function), named, *leading))


def _stacked(
    problem: Problem,
    variant: Variant,
    inputs: Mapping[str, Array],
    count: int,
    answers: Mapping[int, Any],
) -> dict[str, NDArray[Any]] | None:
    whole = _whole(problem, variant, inputs, count)
    if isinstance(whole, Failure):
        return None
    indices: list[tuple[int, ...]] = [(index,) for index in answers]
    for name, array in whole.items():
        if not fits(array, [a[name] for a in answers.values()], indices, (count,)):
            return None
    return dict(whole)


def _fill(problem: Problem, stack: Stack, answers: Mapping[int, Any]) -> dict[str, NDArray[Any]]:
    whole = {}
    for name in problem.wrt:
        given = [a[name] for a in answers.values() if not isinstance(a, Failure)]
        kind = np.result_type(*given) if given else np.dtype(np.float64)
        kind = kind if kind.kind == "f" else np.dtype(np.float64)
        array = np.full(stack.inputs[name].shape, np.nan, dtype=kind)
        for index, answer in answers.items():
            if not isinstance(answer, Failure):
                array[index] = answer[name]
        whole[name] = array
    return whole
