"""Perturbed copies of a stack: steps along tangents, rounded inputs, chunks of bounded memory."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from verify.points import COTANGENT, Array, Stack
from verify.problems import Problem

Floats = NDArray[np.float64]
EPS = float(np.finfo(np.float64).eps)
# Elements of one input in a chunk: the working set of a chunk then stays near the second-level
# cache (findings/generation-and-reports.md, B4: bigger batches get slower).
CHUNK_ELEMENTS = 60_000
NUDGES = EPS * np.array([-2.0, -1.0, 1.0, 2.0])


def entry_scale(x: Floats) -> Floats:
    """Return the scale of each entry of `x: (B, *shape)`: |x|, else the largest |x|, else 1.

    Rounded to a power of two, so that scaling a step by it is exact.
    """
    flat = np.abs(x.reshape(len(x), -1)).astype(np.float64)
    largest = flat.max(axis=1, keepdims=True) if flat.shape[1] else np.ones((len(x), 1))
    scale = np.where(flat > 0, flat, np.where(largest > 0, largest, 1.0))
    power = np.exp2(np.round(np.log2(np.clip(scale, 1e-290, 1e290))))
    return np.asarray(power.reshape(x.shape))


def unit_tangents(x: Floats) -> Floats:
    """Return one tangent per entry, `(B, P, *shape)`, as long as the entry's scale."""
    scale = entry_scale(x).reshape(len(x), -1)
    count = scale.shape[1]
    tangents = np.zeros((len(x), count, count))
    tangents[:, range(count), range(count)] = scale
    return tangents.reshape(len(x), count, *x.shape[1:])


def entry_tangent(x: Floats, entry: tuple[int, ...]) -> Floats:
    """Return the tangent along one entry, `(B, 1, *shape)`, as long as the entry's scale."""
    tangent = np.zeros((len(x), 1, *x.shape[1:]))
    for point, scale in enumerate(entry_scale(x)):
        tangent[(point, 0, *entry)] = scale[entry]
    return tangent


def random_tangents(x: Floats, count: int, rng: np.random.Generator) -> Floats:
    """Return `count` Gaussian tangents per point, `(B, count, *shape)`, in the entries' scale."""
    return rng.standard_normal((len(x), count, *x.shape[1:])) * entry_scale(x)[:, None]


def moved(inputs: Mapping[str, Array], name: str, x: Array, axes: int) -> dict[str, Array]:
    """Replace input `name` by `x: (B, *extra, *shape)`; others get `axes` axes of size 1."""
    others = {n: a.reshape(len(a), *(1,) * axes, *a.shape[1:]) for n, a in inputs.items()}
    return {**others, name: x}


def rounded(
    problem: Problem,
    stack: Stack,
    rng: np.random.Generator,
    only: str | None = None,
    ulps: float = 1.0,
) -> Stack:
    """Return the stack with every real entry moved by one or two ulps at random, in its range.

    `only` names the one input to move; `ulps` is the size of an ulp in units of eps.
    """
    factors = 1 + ulps * NUDGES
    inputs: dict[str, Array] = {}
    for name, array in stack.inputs.items():
        domain = problem.domains.get(name)
        discrete = domain is not None and not domain.differentiable
        if array.dtype.kind != "f" or discrete or only not in (None, name):
            inputs[name] = array
            continue
        near = array * factors[rng.integers(0, len(NUDGES), array.shape, dtype=np.int8)]
        if domain is not None and name != COTANGENT:
            near = np.clip(near, domain.low, domain.high)
        inputs[name] = near
    return Stack(stack.axes, inputs)


def chunks(stack: Stack, copies: int) -> Iterator[slice]:
    """Cut a stack of which every point is copied `copies` times into slices of bounded memory."""
    # An input without entries is copied no times.
    per_point = max(1, copies) * max(1, *(a[0].size for a in stack.inputs.values()))
    length = max(1, CHUNK_ELEMENTS // per_point)
    return (slice(start, start + length) for start in range(0, len(stack), length))
