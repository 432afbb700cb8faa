"""What an ordinary check does: a few points drawn at random, central differences, a tolerance.

The points come from the same declarations as ours, by a sampler that shares no code with the
package: standard normal numbers where anything is allowed, nothing special on purpose.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from detection_corpus import Case, Declared, Fields, Function
from numpy.typing import NDArray

Array = NDArray[Any]
Inputs = dict[str, Any]
Generator = np.random.Generator
# Whether a check objects to a gradient (the second function) of a loss (the first) at a point.
Objects = Callable[[Function, Function, Inputs, Sequence[str]], bool]
POINTS = 20
# A precondition that one draw in 500 does not meet is not met by this sampler.
TRIES = 500
# The numbers of torch.autograd.gradcheck.
STEP, ATOL, RTOL = 1e-6, 1e-5, 1e-3
# An axis without bounds in the declaration, as in the package.
SIZES = (1, 4)
WHOLE = (-5, 5)


@dataclass(frozen=True)
class Drawn:
    """The points of one declaration; fewer than wanted where the precondition is rarely met."""

    declared: Declared
    points: tuple[Inputs, ...]


def draw(case: Case, seed: int) -> list[Drawn]:
    """Draw `POINTS` points from every declaration of a case."""
    rng = np.random.default_rng(seed)
    return [Drawn(one, tuple(_points(one, rng))) for one in case.declared]


def _points(declared: Declared, rng: Generator) -> list[Inputs]:
    found: list[Inputs] = []
    for _ in range(POINTS * TRIES):
        if len(found) == POINTS:
            break
        axes = {name: int(rng.integers(low, high + 1)) for name, (low, high) in _sizes(declared)}
        inputs = {name: _input(fields, axes, rng) for name, fields in declared.inputs.items()}
        if _meets(declared.where, inputs):
            found.append(inputs)
    return found


def _sizes(declared: Declared) -> list[tuple[str, tuple[int, int]]]:
    words = {w for f in declared.inputs.values() for w in str(f.get("shape", "")).split()}
    free = sorted(word for word in words if word.isidentifier() and word not in declared.dims)
    return [*declared.dims.items(), *((word, SIZES) for word in free)]


def _meets(where: Function | None, inputs: Inputs) -> bool:
    if where is None:
        return True
    with np.errstate(all="ignore"):
        try:
            return bool(
                where(**{name: inputs[name] for name in inspect.signature(where).parameters})
            )
        except (ArithmeticError, ValueError, np.linalg.LinAlgError):
            return False


def _input(fields: Fields, axes: Mapping[str, int], rng: Generator) -> Any:
    """Draw one input: an array, or a plain number where the shape is empty."""
    shape = tuple(_number(word, axes) for word in str(fields.get("shape", "")).split())
    array = np.asarray(DRAWS[fields["kind"]](fields, shape, axes, rng))
    return array if array.ndim else array.item()


def _number(expression: Any, axes: Mapping[str, int]) -> int:
    return int(eval(str(expression), {"__builtins__": {}}, dict(axes)))


def _real(f: Fields, shape: tuple[int, ...], axes: Mapping[str, int], rng: Generator) -> Array:
    low, high = f.get("low"), f.get("high")
    if low is not None and high is not None:
        return rng.uniform(low, high, shape)
    normal = np.asarray(rng.standard_normal(shape))
    if low is None and high is None:
        return normal
    return np.asarray(high - np.exp(normal) if low is None else low + np.exp(normal))


def _positive(f: Fields, shape: tuple[int, ...], axes: Mapping[str, int], rng: Generator) -> Array:
    return _real({**f, "low": f.get("low") or 0}, shape, axes, rng)


def _whole(f: Fields, shape: tuple[int, ...], axes: Mapping[str, int], rng: Generator) -> Array:
    low, high = (None if f.get(n) is None else _number(f[n], axes) for n in ("low", "high"))
    least = low if low is not None else min(WHOLE[0], WHOLE[1] if high is None else high - 10)
    most = high if high is not None else max(WHOLE[1], least + 10)
    return np.asarray(rng.integers(least, most + 1, shape))


def _rows(axis: int, one_hot: bool) -> Callable[..., Array]:
    def sample(f: Fields, shape: tuple[int, ...], axes: object, rng: Generator) -> Array:
        parts = rng.exponential(size=shape)
        if one_hot:
            parts = (parts == parts.max(axis=axis, keepdims=True)).astype(float)
        return np.asarray(parts / parts.sum(axis=axis, keepdims=True))

    return sample


def _from_normal(change: Callable[[Array], Array]) -> Callable[..., Array]:
    """Make a sampler that changes standard normal numbers, matrices in the last two axes."""
    return lambda f, shape, axes, rng: change(np.asarray(rng.standard_normal(shape)))


def _vech(f: Fields, shape: tuple[int, ...], axes: Mapping[str, int], rng: Generator) -> Array:
    size = _number(f["of"], axes)
    matrix = rng.standard_normal((size, size))
    return np.asarray((matrix + matrix.T)[np.tril_indices(size)])


def _joint(normal: Array) -> Array:
    weights = np.exp(normal + normal.mT) * (1 - np.eye(normal.shape[-1]))
    total = weights.sum(axis=(-2, -1), keepdims=True)
    return np.asarray(weights / np.where(total > 0, total, 1))


DRAWS: dict[str, Callable[..., Any]] = {
    "reals": _real,
    "positive": _positive,
    "nonnegative": _positive,
    "unit_interval": lambda f, shape, axes, rng: rng.uniform(0, 1, shape),
    "simplex": _rows(-1, one_hot=False),
    "simplex_columns": _rows(0, one_hot=False),
    "onehot": _rows(-1, one_hot=True),
    "onehot_columns": _rows(0, one_hot=True),
    "labels": lambda f, shape, axes, rng: rng.integers(0, _number(f["of"], axes), shape),
    "integers": _whole,
    "booleans": lambda f, shape, axes, rng: rng.integers(0, 2, shape),
    "choice": lambda f, shape, axes, rng: rng.choice(f["values"], shape),
    "constant": lambda f, shape, axes, rng: np.full(shape, f["value"]),
    "dim": lambda f, shape, axes, rng: _number(f["value"], axes),
    "square": _from_normal(lambda a: a),
    "symmetric": _from_normal(lambda a: (a + a.mT) / 2),
    "psd": _from_normal(lambda a: a @ a.mT),
    "spd": _from_normal(lambda a: a @ a.mT + np.eye(a.shape[-1])),
    "invertible": _from_normal(lambda a: a),
    "vech_invertible": _vech,
    "orthogonal": _from_normal(lambda a: np.linalg.qr(a)[0]),
    "lower_triangular": _from_normal(np.tril),
    "permutation": _from_normal(lambda a: np.argsort(a, axis=-1)),
    "distinct": _from_normal(lambda a: a),
    "ordered": _from_normal(lambda a: np.sort(a, axis=-1)),
    "complexes": lambda f, shape, axes, rng: rng.normal(size=(*shape, 2)) @ np.array([1, 1j]),
    "tsne_joint": _from_normal(_joint),
}


def copied(inputs: Inputs) -> Inputs:
    return {n: v.copy() if isinstance(v, np.ndarray) else v for n, v in inputs.items()}


def central(forward: Function, inputs: Inputs, name: str) -> Array:
    """Return central differences of every entry; along both axes where it is complex."""
    value = np.asarray(inputs[name])
    steps = (1, 1j) if np.iscomplexobj(value) else (1,)
    found = np.zeros(value.shape, dtype=complex if len(steps) == 2 else float)
    for place in np.ndindex(*value.shape):
        for unit in steps:
            ends = []
            for step in (STEP, -STEP):
                near = value.copy()
                near[place] += step * unit
                given = copied(inputs) | {name: near if near.ndim else near.item()}
                ends.append(forward(**given))
            found[place] += unit * (ends[0] - ends[1]) / (2 * STEP)
    return found


def tolerances(atol: float, rtol: float) -> Objects:
    """Return a check that compares with central differences."""

    def objects(forward: Function, gradient: Function, inputs: Inputs, wrt: Sequence[str]) -> bool:
        answer = gradient(**copied(inputs))
        for name in wrt:
            said, found = np.asarray(answer[name]), central(forward, inputs, name)
            if said.shape != found.shape:
                return True
            if not np.all(np.abs(said - found) <= atol + rtol * np.abs(found)):
                return True
        return False

    return objects


plain = tolerances(ATOL, RTOL)
