"""The flagship at benchmark sizes: points in several regimes, candidate gradients, the truth.

Sizes, regimes and candidates are those of the measurement of the peers; all come from one seed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from verify.points import Point, Stack, stack
from verify.problems import Problem, Variant
from verify.studies.flagship import even_exponential, softmax_of_sigmoid

Array = NDArray[np.generic]
Floats = NDArray[np.float64]
SIZES = ((4, 3, 3), (16, 20, 10), (64, 100, 10), (64, 784, 10))
REGIMES = ("normal", "scaled", "zero", "x1e-3", "x1e3", "x1e-8", "float32")
FLAGSHIP = softmax_of_sigmoid.problem
BY_NAME = {variant.name: variant for variant in FLAGSHIP.variants}
# The six that the peers are measured with, and the right gradient once more in a form that keeps
# its digits where the sigmoid saturates.
RIGHT = "right"
STABLE = "right, e^-|a|"
SIX = (RIGHT, "question", "drop-sum", "both", "sign", "one entry")
NAMES = (*SIX, STABLE)
FORMULAS = {
    RIGHT: BY_NAME["closed_form"].function,
    "question": BY_NAME["question"].function,
    "drop-sum": BY_NAME["correction_and_note"].function,
    "both": BY_NAME["correction_alone"].function,
    "sign": BY_NAME["sign_flipped"].function,
    STABLE: even_exponential,
}


@dataclass(frozen=True)
class Instance:
    """One point in one regime. `problem` holds the candidates as variants; `dtype` is theirs.

    truth: (D, K), the derivative in longdouble, from a form without cancellation.
    """

    size: tuple[int, int, int]
    regime: str
    seed: int
    point: Point
    problem: Problem
    dtype: str
    truth: NDArray[np.longdouble]

    @property
    def entries(self) -> int:
        """Number of entries of theta."""
        return int(self.truth.size)

    @property
    def stack(self) -> Stack:
        """The point as a stack of one."""
        return stack([self.point])

    def typed(self) -> dict[str, Floats]:
        """Return the inputs in the float type of the regime, as a user of it would hold them."""
        return {n: np.asarray(a).astype(self.dtype) for n, a in self.point.inputs.items()}

    def gradient(self, name: str) -> Floats:
        """Return what a candidate answers at the point, computed in the regime's float type."""
        (variant,) = (v for v in self.problem.variants if v.name == name)
        with np.errstate(all="ignore"):
            return np.asarray(variant.function(**self.typed()))


def instances(
    size: tuple[int, int, int], regime: str, count: int, first: int = 0
) -> Iterator[Instance]:
    for number in range(first, first + count):
        yield instance(size, regime, 20240 + sum(size) + 1000 * number)


def instance(size: tuple[int, int, int], regime: str, seed: int) -> Instance:
    """Draw a point: X and theta standard normal, changed as the regime says, labels at random."""
    N, D, K = size
    rng = np.random.default_rng(seed)
    X, theta = rng.standard_normal((N, D)), rng.standard_normal((D, K))
    T = np.eye(K)[rng.integers(0, K, N)]
    theta *= {"scaled": 1 / np.sqrt(D), "zero": 0.0}.get(regime, 1.0)
    X *= {"x1e-3": 1e-3, "x1e3": 1e3, "x1e-8": 1e-8}.get(regime, 1.0)
    dtype = "float32" if regime == "float32" else "float64"
    X, theta = X.astype(dtype).astype(np.float64), theta.astype(dtype).astype(np.float64)
    truth = exact(X, theta, T)
    point = Point({"N": N, "D": D, "K": K}, {"X": X, "theta": theta, "T": T})
    return Instance(size, regime, seed, point, _problem(truth, dtype), dtype, truth)


def exact(X: Floats, theta: Floats, T: Floats) -> NDArray[np.longdouble]:
    """Return the derivative in longdouble, its factors written without cancellation."""
    X, theta, T = (array.astype(np.longdouble) for array in (X, theta, T))
    a = X @ theta
    e = np.exp(-np.abs(a))
    z = np.where(a > 0, 1, e) / (1 + e)
    y = np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)
    return np.asarray(X.T @ ((y - T) * e / (1 + e) ** 2))


def _problem(truth: NDArray[np.longdouble], dtype: str) -> Problem:
    size = np.abs(truth).ravel()
    signs = np.ones(truth.shape)
    # The entry of median size: neither one that anything would find nor one that does not matter.
    signs.ravel()[np.argsort(size)[len(size) // 2]] = -1.0
    right = FORMULAS[RIGHT]

    def one_entry(X: Array, theta: Array, T: Array) -> Array:
        return right(X, theta, T) * signs.astype(np.asarray(theta).dtype)

    formulas = {**FORMULAS, "one entry": one_entry}
    variants = tuple(Variant(name, formulas[name], dtype=dtype) for name in NAMES)
    return replace(FLAGSHIP, variants=variants, where=None)
