"""What several test files share: short problems, independent enumeration, checks that can fail.

The checks are functions that raise `AssertionError`, so that a planted fault can be shown to be
found (tests/quality/test_planted.py).
"""

import itertools
from dataclasses import dataclass

import mpmath
import numpy as np
from known import Drawn, every_case, nearest_errors

from verify.campaign import run
from verify.declare import problem
from verify.findings import Counterexample
from verify.oracle.reference import by_ladder, reference
from verify.outcomes import Outcome
from verify.points import Point
from verify.search.smallest import smallest
from verify.studies import flagship

RANKED = (0.0, 1.0, -1.0, 2.0, -2.0)


def problem_of(primal, *candidates, wrt="x", kind="gradient", name="f", expect=(), **options):
    """Declare a problem; `candidates` are its variants, `expect` their verdicts by position."""
    declared = problem(wrt=wrt, name=name, **options)(primal)
    for index, candidate in enumerate(candidates):
        extra = {"expect": expect[index]} if index < len(expect) else {}
        getattr(declared, kind)(name=f"v{index}", **extra)(candidate)
    return declared.problem


def finding_of(primal, *candidates, seed=0, test_cases=20, seconds=None, **options):
    """Return the finding on the first claim of a problem made of these functions."""
    problem = problem_of(primal, *candidates, **options)
    return run([problem], seed=seed, test_cases=test_cases, seconds=seconds).findings[0]


def flagship_problem():
    """The flagship; a function, as the plugin takes a problem in a test file for one to check."""
    return flagship.softmax_of_sigmoid.problem


def claim_of(problem, variant, name=None):
    """Return the claim of a variant (on its first input, where none is named)."""
    return next(c for c in problem.claims if c.variant.name == variant and name in (None, c.input))


def point_of(axes=None, **inputs):
    return Point(axes or {}, {name: np.asarray(value) for name, value in inputs.items()})


def literal(point):
    """A point as plain lists, to compare with what is written in a test."""
    return {name: array.tolist() for name, array in point.inputs.items()}


def same_points(left, right):
    return [(dict(p.axes), literal(p)) for p in left] == [(dict(p.axes), literal(p)) for p in right]


# The network of the flagship, written here a second time: the tests need a truth of their own.


def network_gradient(X, theta, T):
    """dE/dtheta, stacked, with sigmoid' = e^-|a| / (1 + e^-|a|)^2: nothing cancels."""
    a = X @ theta
    small = np.exp(-np.abs(a))
    z = 1 / (1 + np.exp(-a))
    y = np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)
    return np.swapaxes(X, -1, -2) @ ((y - T) * small / (1 + small) ** 2)


def in_order(most, largest=4):
    """Yield the flagship's cases in the order of the key, written without the code under test.

    Key: (ND + DK + N, N, D, K, sum of the ranks, ranks of X, of theta, labels).
    """
    shapes = sorted(
        (n * d + d * k + n, n, d, k)
        for n, d, k in itertools.product(range(1, largest + 1), repeat=3)
    )
    for _, n, d, k in shapes:
        free, levels = n * d + d * k, len(RANKED)
        cases = itertools.product(*[range(levels)] * free, *[range(k)] * n)
        yield from _stacks(sorted(cases, key=lambda ranks: (sum(ranks), ranks)), n, d, k, most)
        most -= levels**free * k**n
        if most <= 0:
            return


def _stacks(cases, n, d, k, most):
    ranks = np.array(cases[: max(most, 0)], dtype=int).reshape(-1, n * d + d * k + n)
    values = np.array(RANKED)[ranks[:, : n * d + d * k]]
    X = values[:, : n * d].reshape(-1, n, d)
    theta = values[:, n * d :].reshape(-1, d, k)
    T = np.eye(k)[ranks[:, n * d + d * k :]]
    if len(ranks):
        yield {"N": n, "D": d, "K": k}, {"X": X, "theta": theta, "T": T}


def smallest_difference(candidate, most=20_000, margin=1e-6):
    """Return (axes, inputs) of the first case at which a candidate for dE/dtheta is wrong.

    A shape in which the candidate's answer is not of theta's shape is passed over; 1e-6 lies far
    above rounding at these short numbers and far below every real difference.
    """
    for axes, inputs in in_order(most):
        claimed = candidate(**inputs)
        truth = network_gradient(**inputs)
        if claimed.shape != truth.shape:
            continue
        apart = np.abs(claimed - truth).max(axis=(1, 2)) > margin
        moderate = (np.abs(inputs["X"] @ inputs["theta"]) <= 15).all(axis=(1, 2))
        if (apart & moderate).any():
            first = int(np.argmax(apart & moderate))
            return axes, {name: array[first].tolist() for name, array in inputs.items()}
    return None


@dataclass(frozen=True)
class Coverage:
    """How often the oracle's bound held, and how small it was.

    `unknown` counts infinite bounds away from saturation among `plain` such cases; `ratios` are
    bound / largest entry of the gradient there.
    """

    cases: int
    outside: int
    plain: int
    unknown: int
    unknown_saturated: int
    ratios: np.ndarray

    @property
    def share(self):
        return 1 - self.outside / self.cases

    def __str__(self):
        return (
            f"{self.share:.3%} of {self.cases} within the bound ({self.outside} outside); "
            f"unknown: {self.unknown} of {self.plain} away from saturation, "
            f"{self.unknown_saturated} of {self.cases - self.plain} saturated; "
            f"median bound / |gradient| {np.median(self.ratios):.1e}"
        )


def by_reference(drawn: Drawn, rng):
    return reference(drawn.problem, drawn.input, drawn.stack, rng, True)


def by_trusted_complex_step(drawn: Drawn, rng):
    """The complex step alone, without the ladder that overrules it."""
    return reference(drawn.problem, drawn.input, drawn.stack, rng, True, 0)


def by_steps(drawn: Drawn, rng):
    return by_ladder(drawn.problem, drawn.input, drawn.stack, rng)


def coverage(estimator, seed=0, cases=every_case):
    """Compare an estimator with the truth at every drawn case."""
    rng = np.random.default_rng(seed)
    parts = [_covered(drawn, estimator(drawn, rng)) for drawn in cases(seed)]
    sums = np.sum([part[:5] for part in parts], axis=0)
    return Coverage(*(int(n) for n in sums), np.concatenate([part[5] for part in parts]))


def _covered(drawn, estimate):
    count = len(drawn.stack)
    bound = estimate.bound.reshape(count, -1)
    errors = nearest_errors(estimate.value, drawn.truth).reshape(count, -1)
    known = np.isfinite(bound)
    plain = np.broadcast_to(~drawn.saturated[:, None], bound.shape)
    # The largest entry is never more than the Euclidean norm, so the ratios are never too small.
    size = np.abs(drawn.truth.reshape(count, -1).astype(float)).max(axis=1, keepdims=True)
    with np.errstate(over="ignore"):
        ratios = (bound / size.clip(1e-300))[plain]
    return (
        bound.size,
        (known & (errors > bound)).sum(),
        plain.sum(),
        (~known & plain).sum(),
        (~known & ~plain).sum(),
        ratios,
    )


def assert_bound_holds(covered: Coverage):
    """The bound is honest and of use: 99.9 %, 1e-8, and known nearly everywhere."""
    assert covered.cases >= 10_000, covered
    assert covered.share >= 0.999, covered
    assert np.median(covered.ratios) <= 1e-8, covered
    assert covered.unknown <= 0.005 * covered.plain, covered


def failing_point(rng, n=16, d=20, k=5):
    """A random point of the flagship's domain at which its wrong variants are wrong."""
    X, theta = rng.standard_normal((n, d)), rng.standard_normal((d, k))
    T = np.eye(k)[rng.integers(0, k, n)]
    return point_of({"N": n, "D": d, "K": k}, X=X, theta=theta, T=T)


def minimised(claim, start):
    """Run the minimiser as the search does, from one failing point."""
    nothing = np.empty(0)
    example = Counterexample(start, None, None, nothing, nothing, np.inf)
    analytic = dict.fromkeys(claim.problem.wrt, True)
    return smallest(claim, example, Outcome.DIFFER, analytic, 0)


def assert_minimised(claim, start, axes, inputs):
    """From this failing point the minimiser reaches the known minimum, and it is confirmed."""
    found = minimised(claim, start)
    assert found.confirmed_by, "the minimum was not confirmed"
    assert (dict(found.point.axes), literal(found.point)) == (axes, inputs)


def exact(function, *values, bits=300):
    """Evaluate a function of mpmath numbers at floats, in wide precision."""
    with mpmath.workprec(bits):
        return function(*[mpmath.mpf(float(value)) for value in values])
