"""Functions whose derivatives are known, points over twenty orders of magnitude, and the truth.

The truth is the analytic derivative in mpmath, written in a form without cancellation.
"""

import functools
import itertools
from collections.abc import Callable
from dataclasses import dataclass

import mpmath
import numpy as np

from verify import onehot, problem, reals
from verify.points import Stack
from verify.problems import Problem
from verify.wide import widen

BITS = 260  # 78 digits
POINTS = 120
SIZES = (1, 3)
TINIEST, HUGEST = -8, 6


@dataclass(frozen=True)
class Known:
    """f (NumPy, elementwise) with f′ (mpmath), the range of x, and from where on it saturates."""

    name: str
    function: Callable
    derivative: Callable
    low: float = -np.inf
    high: float = np.inf
    saturates: float = np.inf


@dataclass(frozen=True)
class Drawn:
    """Points of one problem with the true derivative (objects) and where they are saturated."""

    name: str
    problem: Problem
    input: str
    stack: Stack
    truth: np.ndarray
    saturated: np.ndarray


def _even_sigmoid_slope(x):
    e = mpmath.exp(-abs(x))
    return e / (1 + e) ** 2


ELEMENTWISE = (
    Known("exp", np.exp, mpmath.exp, high=690, saturates=300),
    Known("log", np.log, lambda x: 1 / x, low=0),
    Known("sqrt", np.sqrt, lambda x: 1 / (2 * mpmath.sqrt(x)), low=0),
    Known("tanh", np.tanh, lambda x: mpmath.sech(x) ** 2, saturates=6),
    Known("sigmoid", lambda x: 1 / (1 + np.exp(-x)), _even_sigmoid_slope, saturates=12),
    Known(
        "softplus",
        lambda x: np.log(1 + np.exp(x)),
        lambda x: 1 / (1 + mpmath.exp(-x)),
        high=690,
        saturates=12,
    ),
    Known("sin", np.sin, mpmath.cos, saturates=1e4),
    Known("cube", lambda x: x**3, lambda x: 3 * x**2),
    Known("inverse square", lambda x: x**-2.0, lambda x: -2 / x**3, low=0),
    Known("power 1.5", lambda x: x**1.5, lambda x: 1.5 * mpmath.sqrt(x), low=0),
    Known("product", lambda x: x * (x + 1) * (x - 2), lambda x: 3 * x * x - 2 * x - 2),
    Known(
        "rational",
        lambda x: x / (1 + x * x),
        lambda x: (1 - x * x) / (1 + x * x) ** 2,
        saturates=1e3,
    ),
    Known(
        "arctan of exp",
        lambda x: np.arctan(np.exp(x)),
        lambda x: 1 / (2 * mpmath.cosh(x)),
        saturates=12,
    ),
)


def magnitudes(rng, shape):
    """Sizes log-uniform from 1e-8 to 1e6; every second point has one scale for all its entries."""
    exponents = rng.uniform(TINIEST, HUGEST, shape)
    exponents[::2] = exponents[::2, :1] + rng.uniform(-0.5, 0.5, exponents[::2].shape)
    return 10.0**exponents


def _summed(function):
    return lambda x: function(x).sum(axis=-1)


def elementwise(known: Known, rng, points=POINTS) -> list[Drawn]:
    drawn = []
    for size in SIZES:
        x = magnitudes(rng, (points, size))
        if known.low < 0:
            x *= rng.choice([-1.0, 1.0], x.shape)
        x = np.minimum(x, known.high)
        declared = problem(x=reals("n"), wrt="x", name=known.name)(_summed(known.function))
        with mpmath.workprec(BITS):
            truth = np.array([known.derivative(mpmath.mpf(float(v))) for v in x.ravel()])
        saturated = (np.abs(x) > known.saturates).any(axis=1)
        stack = Stack({"n": size}, {"x": x})
        drawn.append(
            Drawn(known.name, declared.problem, "x", stack, truth.reshape(x.shape), saturated)
        )
    return drawn


def network(rng, points=POINTS) -> Drawn:
    """Softmax cross-entropy of sigmoids, X and theta over many scales, saturation included."""

    def primal(X, theta, T):
        z = 1 / (1 + np.exp(-(X @ theta)))
        e = np.exp(z)
        return -(T * np.log(e / e.sum(axis=-1, keepdims=True))).sum(axis=(-2, -1))

    domains = {"X": reals("N D"), "theta": reals("D K"), "T": onehot("N K")}
    declared = problem(wrt="theta", name="network", **domains)(primal)
    count, (n, d, k) = 4 * points, (2, 3, 4)
    scale = 10.0 ** rng.uniform(TINIEST, HUGEST, (count, 1, 1))
    reach = 10.0 ** rng.uniform(-3, 1.7, (count, 1, 1))
    X = rng.standard_normal((count, n, d)) * scale
    theta = rng.standard_normal((count, d, k)) * reach / scale
    T = np.eye(k)[rng.integers(0, k, (count, n))]
    with mpmath.workprec(BITS):
        truth = np.array([_network_slope(*point) for point in zip(X, theta, T, strict=True)])
    saturated = (np.abs(X @ theta) > 12).any(axis=(1, 2))
    inputs = {"X": X, "theta": theta, "T": T}
    return Drawn(
        "network",
        declared.problem,
        "theta",
        Stack({"N": n, "D": d, "K": k}, inputs),
        truth,
        saturated,
    )


def _network_slope(X, theta, T):
    """X^T [(Y - T) * e^(-|A|) / (1 + e^(-|A|))^2] in wide numbers."""
    X, theta = widen(X), widen(theta)
    a = X @ theta
    e = np.exp(-np.abs(a))
    z = 1 / (1 + np.exp(-a))
    y = np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)
    wide = X.T @ ((y - T) * (e / (1 + e) ** 2))
    return np.array([number.value for number in wide.ravel()]).reshape(wide.shape)


def two_scales(rng, points=POINTS) -> list[Drawn]:
    """x1 + B g(C x0): almost linear along a random direction, and not at all along the entry x0."""
    drawn = []
    for known in ELEMENTWISE:
        if known.name not in ("tanh", "sin", "rational"):
            continue
        for B, C in itertools.product((0.1, 1e-2, 1e-4), (0.1, 1.0, 10.0)):
            x = rng.standard_normal((points // 9, 2))
            primal = _two_scales(known.function, B, C)
            declared = problem(x=reals("2"), wrt="x", name=known.name)(primal)
            with mpmath.workprec(BITS):
                # B and C as the floats that they are.
                b, c = mpmath.mpf(B), mpmath.mpf(C)
                slopes = [b * c * known.derivative(c * mpmath.mpf(float(v))) for v in x[:, 0]]
            truth = np.array([[slope, mpmath.mpf(1)] for slope in slopes])
            never = np.zeros(len(x), dtype=bool)
            drawn.append(
                Drawn(known.name, declared.problem, "x", Stack({}, {"x": x}), truth, never)
            )
    return drawn


def _two_scales(function, B, C):
    return lambda x: x[..., 1] + B * function(C * x[..., 0])


@functools.cache
def every_case(seed) -> list[Drawn]:
    rng = np.random.default_rng(seed)
    return [d for known in ELEMENTWISE for d in elementwise(known, rng)] + [network(rng)]


def nearest_errors(values, truth):
    """|value - truth| as the nearest floats; infinite where the value is NaN."""
    with mpmath.workprec(BITS):
        errors = [
            abs(mpmath.mpf(float(v)) - t) if np.isfinite(v) else mpmath.inf
            for v, t in zip(values.ravel(), truth.ravel(), strict=True)
        ]
    return np.array([float(error) for error in errors]).reshape(values.shape)
