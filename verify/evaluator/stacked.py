"""Running a function over stacked points, at once where that is the same as a loop.

Found out by trying: a function is called once with a leading axis on every input, and what comes
back is compared with single calls at a few of the points. Where that does not fit, it is a loop.
"""

import inspect
from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from verify.evaluator.calls import Failure, call, uncast
from verify.points import COTANGENT, Array, Stack
from verify.problems import Function, Problem

# Two evaluations of the same formula in another order of summation differ by some ulps only;
# 1e-7 separates that from a function that mixes the points of a stack.
SAME = 1e-7
ROUNDING = 1e-14
FEW = 64
FEW_POINTS = 7
# Which functions were found to run stacked, at which shapes and kinds of numbers: a primal is
# called some ten times with stacks of the same shapes, and one comparison with single calls at
# points that would show a difference is enough for them all.
_FOUND: WeakKeyDictionary[Function, dict[tuple[object, ...], bool]] = WeakKeyDictionary()


def split(inputs: Mapping[str, Array]) -> tuple[dict[str, Array], Array | None]:
    """Separate the inputs of the primal from the cotangent, if there is one."""
    named = {name: array for name, array in inputs.items() if name != COTANGENT}
    return named, inputs.get(COTANGENT)


def primal(
    problem: Problem, inputs: Mapping[str, Array], lead: tuple[int, ...], trusted: bool = False
) -> Any:
    """Return f, or ⟨cotangent, f⟩, at every point of a stack: an array `lead`, or a `Failure`.

    `inputs[name]: (*lead, *shape)`; an axis of `lead` may have size 1 and broadcasts. `trusted`
    skips the comparison with single calls and the copies: for further chunks of what was found
    to run stacked.

    >>> from verify import problem, reals
    >>> @problem(x=reals("n"), wrt="x")
    ... def total(x):
    ...     return x.sum()  # mixes the points of a stack: found out, run in a loop
    >>> primal(total.problem, {"x": np.arange(8.0).reshape(4, 2)}, (4,))
    array([ 1.,  5.,  9., 13.])
    """
    named, cotangent = split(inputs)
    values = call(uncast(problem.primal), named) if trusted else None
    if values is None or isinstance(values, Failure) or np.shape(values)[: len(lead)] != lead:
        values = run(uncast(problem.primal), named, lead)
    if isinstance(values, Failure):
        return values
    if cotangent is not None:
        if values.shape[len(lead) :] != cotangent.shape[len(lead) :]:
            return Failure(f"primal of shape {values.shape[len(lead) :]} at another point")
        with np.errstate(all="ignore"):
            values = (values * cotangent).sum(axis=tuple(range(len(lead), values.ndim)))
    if values.shape != lead:
        return Failure(f"the primal returned shape {values.shape[len(lead) :]}, not a scalar")
    if values.dtype.kind not in "fciub":
        return Failure(f"the primal returned dtype {values.dtype}, not numbers")
    return values


def run(function: Function, inputs: Mapping[str, Array], lead: tuple[int, ...]) -> Any:
    """Run `function` over the leading axes, stacked where that is the same as a loop.

    Returns an array `(*lead, *out)`, NaN where single points fail, or a `Failure` if all do.
    """
    known = found_stackable(function)
    signature = signature_of(inputs, lead)
    if known.get(signature):
        whole = call(function, {name: _locked(array) for name, array in inputs.items()})
        if not isinstance(whole, Failure) and np.shape(whole)[: len(lead)] == lead:
            return np.asarray(whole)
    indices = sample(lead)
    count = int(np.prod(lead))
    if count <= len(indices) or known.get(signature) is False:
        return _gather([call(function, pick(inputs, index)) for index in np.ndindex(*lead)], lead)
    singles = [call(function, pick(inputs, index)) for index in indices]
    failed = any(isinstance(single, Failure) for single in singles)
    whole = None if failed else at_once(function, inputs, lead, indices, singles)
    if whole is None and not failed:
        # np.concatenate and its like do not broadcast leading axes of size 1.
        inputs = {n: np.broadcast_to(a, (*lead, *a.shape[len(lead) :])) for n, a in inputs.items()}
        whole = at_once(function, inputs, lead, indices, singles)
    if whole is not None:
        shown = _shown_stackable(function, inputs, lead)
        if shown is not None:
            known.setdefault(signature, shown)
        if shown is not False:
            return whole
    singles = [call(function, pick(inputs, index)) for index in np.ndindex(*lead)]
    return _gather(singles, lead)


def found_stackable(function: Function) -> dict[tuple[object, ...], bool]:
    """Return what is known of a function: by shapes, whether it runs stacked."""
    try:
        return _FOUND.setdefault(function, {})
    except TypeError:  # a callable object without a hash or weak references is asked each time
        return {}


def _shown_stackable(
    function: Function, inputs: Mapping[str, Array], lead: tuple[int, ...]
) -> bool | None:
    """Compare stack and single calls at few points off the grid, all of them different.

    On a stack of zeros, or one of which a single point outweighs the others, a function that mixes
    its points looks like one that does not. None where these points do not tell either.
    """
    moved = off_grid(inputs, lead)
    axes = few_lead(lead)
    indices = sample(axes)
    singles = [call(function, pick(moved, index)) for index in indices]
    if any(isinstance(single, Failure) for single in singles):
        return None
    if len({np.asarray(single).tobytes() for single in singles}) < len(singles):
        return None
    whole = call(function, moved)
    return not isinstance(whole, Failure) and fits(whole, singles, indices, axes)


def off_grid(inputs: Mapping[str, Array], lead: tuple[int, ...]) -> dict[str, Array]:
    """Return few points of a stack with ordinary random numbers in place of the real ones."""
    rng = np.random.default_rng(0)
    moved = fewer(inputs, lead)
    for name, array in moved.items():
        if array.dtype.kind in "fc":
            normal = 2 * rng.standard_normal(array.shape)
            # Where no number is negative, perhaps none may be.
            plain = normal if (array.real < 0).any() else np.exp(0.5 * normal)
            moved[name] = plain.astype(array.dtype)
    return moved


def signature_of(inputs: Mapping[str, Array], lead: tuple[int, ...]) -> tuple[object, ...]:
    """Describe a stacked call up to the number of points in it."""
    axes = len(lead)
    return (axes, *((n, a.shape[axes:], a.dtype.kind) for n, a in inputs.items()))


def at_once(
    function: Function,
    inputs: Mapping[str, Array],
    lead: tuple[int, ...],
    indices: list[tuple[int, ...]],
    singles: list[Any],
) -> NDArray[Any] | None:
    """Run `function` once on the whole stack; None where that is not what single calls give."""
    few = fewer(inputs, lead)
    small = call(function, few)
    if isinstance(small, Failure) or np.shape(small) != (*few_lead(lead), *np.shape(singles[0])):
        return None
    whole = call(function, {name: _locked(array) for name, array in inputs.items()})
    if isinstance(whole, Failure) or not fits(whole, singles, indices, lead):
        return None
    return np.asarray(whole)


def fewer(inputs: Mapping[str, Array], lead: tuple[int, ...]) -> dict[str, Array]:
    """Cut a stack down to few points along each leading axis.

    A function that does not broadcast may make an array of B·B·B entries out of a stack of B: its
    shape is looked at on few points first.
    """
    cut = tuple(slice(0, size) for size in few_lead(lead))
    return {name: array[cut].copy() for name, array in inputs.items()}


def few_lead(lead: tuple[int, ...]) -> tuple[int, ...]:
    """Return the leading axes of `fewer`."""
    return tuple(min(size, FEW_POINTS) for size in lead)


def _locked(array: Array) -> Array:
    """Return a read-only view: a function that writes into it fails here and runs in the loop."""
    view = array.view()
    view.flags.writeable = False
    return view


def runs_stacked(problem: Problem, inputs: Mapping[str, Array], lead: tuple[int, ...]) -> bool:
    """Find out whether the primal runs on this whole stack at once (of six points or more)."""
    named, _ = split(inputs)
    indices = sample(lead)
    function = uncast(problem.primal)
    singles = [call(function, pick(named, index)) for index in indices]
    if any(isinstance(single, Failure) for single in singles):
        return False
    return at_once(function, named, lead, indices, singles) is not None


def _gather(singles: list[Any], lead: tuple[int, ...]) -> Any:
    results = [np.asarray(single) for single in singles if not isinstance(single, Failure)]
    if not results:
        return singles[0]
    if len({result.shape for result in results}) > 1:
        return Failure("results of different shapes at points of the same shapes")
    if len(results) < len(singles):
        gap = np.full(results[0].shape, np.nan)
        results = [gap if isinstance(s, Failure) else np.asarray(s) for s in singles]
    whole = np.stack(results)
    return whole.reshape(*lead, *whole.shape[1:])


def sample(lead: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Choose the points at which a stacked call is compared with single calls."""
    count = int(np.prod(lead))
    # Few points cannot hide much, and three single calls already are a tenth of their cost.
    between = {count // 3, 2 * count // 3} if count > FEW else set()
    flat = sorted({0, count // 2, count - 1} | between)
    return [tuple(int(i) for i in np.unravel_index(place, lead)) for place in flat]


def pick(inputs: Mapping[str, Array], index: tuple[int, ...]) -> dict[str, Any]:
    """Return one point of a stack with leading axes as fresh arrays; size-1 axes broadcast."""
    picked = {}
    for name, array in inputs.items():
        entry = array[tuple(i if array.shape[axis] > 1 else 0 for axis, i in enumerate(index))]
        picked[name] = entry.copy() if isinstance(entry, np.ndarray) else entry
    return picked


def fits(
    whole: Any, singles: list[Any], indices: list[tuple[int, ...]], lead: tuple[int, ...]
) -> bool:
    """Tell whether a stacked result has the shape and, at `indices`, the values of single calls."""
    if np.shape(whole) != (*lead, *np.shape(singles[0])):
        return False
    if len({np.shape(single) for single in singles}) > 1:
        return False
    left = np.stack([np.asarray(whole)[index] for index in indices])
    right = np.stack([np.asarray(single) for single in singles])
    if left.dtype.kind not in "fciub" or right.dtype.kind not in "fciub":
        return False
    if left.dtype.kind in "iub":
        return np.array_equal(left, right)
    return _same(left.real, right.real) and _same(left.imag, right.imag)


def _same(left: NDArray[Any], right: NDArray[Any]) -> bool:
    """Compare results `(points, *out)`, each point at its own scale."""
    finite = np.isfinite(left) & np.isfinite(right)
    if not np.array_equal(np.isfinite(left), np.isfinite(right)):
        return False
    sizes = np.where(finite, np.abs(right), 0.0)
    own = sizes.reshape(len(sizes), -1).max(axis=1, initial=0.0)
    allowed = SAME * own.reshape(-1, *(1,) * (right.ndim - 1)) + ROUNDING * sizes.max(initial=0.0)
    apart = np.abs(np.where(finite, left, 0.0) - np.where(finite, right, 0.0))
    return not np.any(apart > allowed)


def holds(predicate: Function, stack: Stack) -> NDArray[np.bool_]:
    """Evaluate a predicate on the inputs it names at every point; an exception counts as False."""
    inputs = {name: stack.inputs[name] for name in inspect.signature(predicate).parameters}
    lead = (len(stack),)
    values = run(predicate, inputs, lead)
    if not isinstance(values, Failure) and values.shape == lead and values.dtype == bool:
        return np.asarray(values)
    singles = [call(predicate, pick(inputs, (index,))) for index in range(len(stack))]
    return np.array([not isinstance(v, Failure) and bool(np.all(v)) for v in singles], dtype=bool)
