"""Special points: ordinary ones brought to landmarks, ties, tails and degenerate shapes.

Hypothesis draws shape and seed; the body makes a batch of points of that shape, each by one, two
or three edits (`search/edits.py`). The list of edits is gone through in order, so that what finds
most is tried for every seed; pairs come at random after it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verify.domains import Domain
from verify.evaluator import Failure, call
from verify.points import COTANGENT, Point, Stack, group
from verify.problems import Problem
from verify.search.edits import edits
from verify.search.patterns import Edit
from verify.strategies import meets_each

Array = NDArray[Any]
REPAIRS = (0.25, 2.0**-4, 2.0**-10)


@dataclass
class Plan:
    """How far the list of edits has been gone through; shapes with the same edits share it."""

    landmarks: Sequence[float]
    done: dict[str, int] = field(default_factory=dict)


def batch(
    problem: Problem, axes: Mapping[str, int], plan: Plan, count: int, rng: np.random.Generator
) -> Iterator[Stack]:
    """Make up to `count` special points of one shape that meet the precondition."""
    usual = [n for n, kind in problem.inputs.items() if not isinstance(kind, Domain)]
    if usual or any(size < 0 for d in problem.domains.values() for size in d.sizes(axes)):
        return
    listed = edits(problem, axes, plan.landmarks)
    points = []
    for _ in range(count):
        point = _edited(problem, axes, _chosen(listed, plan, rng), rng)
        if point is not None:
            points.append(point)
    for part in group(points):
        inside = np.flatnonzero(meets_each(problem, part))
        if len(inside):
            yield part.take(inside)


def _chosen(listed: Sequence[Edit], plan: Plan, rng: np.random.Generator) -> list[Edit]:
    """Return the edit that was used least so far, alone or with one or two others."""
    if not listed:
        return []
    least = min(listed, key=lambda edit: (plan.done.get(edit.name, 0), edit.rank))
    turn = plan.done.get(least.name, 0)
    plan.done[least.name] = turn + 1
    if turn == 0:
        return [least]
    early = [edit for edit in listed if edit.rank <= 1]
    others = rng.permutation(len(early))[: 1 + (turn > 1 and int(rng.integers(2)))]
    return [*(early[int(i)] for i in others), least]


def _edited(
    problem: Problem, axes: Mapping[str, int], chosen: Sequence[Edit], rng: np.random.Generator
) -> Point | None:
    inputs = {n: np.asarray(ordinary(d, axes, rng)) for n, d in problem.domains.items()}
    for edit in chosen:
        inputs |= {name: np.asarray(array) for name, array in edit.change(rng, inputs).items()}
    for name, domain in problem.domains.items():
        if domain.row.structured:
            inputs[name] = np.asarray(domain.row.repair(domain, axes, inputs[name]))
        elif not domain.row.chosen and domain.differentiable and domain.free:
            inputs[name] = np.asarray(np.clip(inputs[name], domain.low, domain.high))
        if not domain.contains(inputs[name], axes):
            return None
    if not problem.is_vjp:
        return Point(axes, inputs)
    value = call(problem.primal, {name: array.copy() for name, array in inputs.items()})
    if isinstance(value, Failure):
        return None
    # Never zero: every claim that multiplies by the cotangent would agree there.
    weights = rng.standard_normal(np.shape(value)) + 0.0
    return Point(axes, {**inputs, COTANGENT: np.asarray(np.where(weights == 0, 1.0, weights))})


def ordinary(domain: Domain, axes: Mapping[str, int], rng: np.random.Generator) -> Array:
    """Draw an ordinary member: Gaussian where unbounded, log-normal above an end, else even."""
    if domain.row.chosen:
        return domain.fit(axes, rng.integers(0, 1 << 20, domain.places(axes)).astype(np.float64))
    shape = domain.sizes(axes)
    low, high = domain.range(axes)
    if domain.kind == "integers":
        if np.isfinite(high - low):
            return np.asarray(rng.integers(int(low), int(high) + 1, shape))
        return domain.fit(axes, 3 * rng.standard_normal(shape))
    normal = rng.standard_normal(shape)
    if domain.kind == "simplex":
        return domain.fit(axes, np.exp(normal))
    if domain.row.structured or not (np.isfinite(low) or np.isfinite(high)):
        return domain.fit(axes, normal)
    if np.isfinite(low) and np.isfinite(high):
        return np.asarray(low + (high - low) * rng.uniform(size=shape))
    return np.asarray(low + np.exp(normal) if np.isfinite(low) else high - np.exp(normal))
