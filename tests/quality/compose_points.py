"""What composed programs answer at generic points, without the tool: truths of the tests' own."""

import functools

import numpy as np
from compose import Program, composed, function_of, slipped, source

SIZES = {"m": 2, "n": 3, "k": 4}
POINTS = 10
# Far above rounding at generic points, and far below any slip in a formula.
APART = 1e-6
STEP = 1e-6


def generic_point(program: Program, rng) -> dict[str, np.ndarray]:
    """Draw ordinary members of the domains, no zeros, ties or large numbers among them."""
    point = {}
    for name, text in program.domains.items():
        shape = [SIZES[axis] for axis in text.split("'")[1].split()]
        normal = rng.standard_normal(shape)
        if text.startswith("reals"):
            point[name] = np.clip(normal, -1.9, 1.9)
        elif text.startswith("labels"):
            point[name] = rng.integers(0, SIZES["n"], shape)
        elif text.startswith("unit"):
            point[name] = rng.uniform(size=shape)
        else:
            point[name] = np.exp(np.clip(normal, -0.6, 0.6))
        if text.startswith("simplex"):
            point[name] /= point[name].sum(axis=-1, keepdims=True)
    return point


def _leading(program: Program, value, rng) -> list[np.ndarray]:
    return [rng.standard_normal(np.shape(value))] if program.as_vjp else []


@np.errstate(all="ignore")
def answers(program: Program, candidate: Program) -> list[dict[str, np.ndarray]]:
    """Run a candidate at generic points; an empty dict where it raises."""
    rng = np.random.default_rng(0)
    primal = function_of(source(program, True))
    gradient = function_of(source(candidate, False))
    found = []
    for _ in range(POINTS):
        point = generic_point(program, rng)
        leading = _leading(program, primal(**point), rng)
        try:
            given = gradient(*leading, **point)
        except ValueError:  # shapes that do not fit
            found.append({})
            continue
        parts = given if isinstance(given, tuple) else (given,)
        found.append(dict(zip(program.wrt, map(np.asarray, parts), strict=True)))
    return found


def differing(program: Program, candidate: Program) -> set[str]:
    """Name the inputs for which two gradients of a program are not the same at generic points."""
    found = set()
    for right, other in zip(answers(program, program), answers(program, candidate), strict=True):
        for name, value in right.items():
            same = name in other and other[name].shape == value.shape
            if not same or np.abs(other[name] - value).max() > APART * np.abs(value).max():
                found.add(name)
    return found


def moves(program: Program) -> bool:
    """Tell whether every input has an influence: a sum of softmaxes has none."""
    found = answers(program, program)
    return all(max(np.abs(a[name]).max() for a in found) > APART for name in program.wrt)


@functools.cache
def programs(count: int) -> tuple[Program, ...]:
    """Return the first `count` composed programs whose gradients are not zero everywhere."""
    chosen, seed = [], 0
    while len(chosen) < count:
        program = composed(seed)
        chosen += [program] if moves(program) else []
        seed += 1
    return tuple(chosen)


def with_slip(program: Program) -> Program:
    """Return the program with a slip of its own, the same in every run."""
    return slipped(program, int(program.name.rpartition("_")[2]))


@np.errstate(all="ignore")
def residual_by_steps(program: Program) -> float:
    """Compare the gradient with plain central differences at one generic point, relatively."""
    rng = np.random.default_rng(1)
    primal = function_of(source(program, True))
    point = generic_point(program, rng)
    leading = _leading(program, primal(**point), rng)
    given = function_of(source(program, False))(*leading, **point)
    parts = given if isinstance(given, tuple) else (given,)
    worst = 0.0
    for name, claimed in zip(program.wrt, parts, strict=True):
        slopes = np.empty(claimed.shape)
        for index in np.ndindex(claimed.shape):
            move = np.zeros(claimed.shape)
            move[index] = STEP
            up, down = (primal(**{**point, name: point[name] + s * move}) for s in (1, -1))
            slopes[index] = np.sum((leading or [1.0])[0] * (up - down)) / (2 * STEP)
        worst = max(worst, np.abs(slopes - claimed).max() / (1 + np.abs(claimed).max()))
    return float(worst)
