"""How likely an error is found: eighteen kinds of it, planted into right gradients.

A rate is found / planted, over the problems in which that kind of error changes something. The
planted gradients of a problem stand beside the right one and are judged at the same points, in one
run at the default budget.
"""

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pytest

from verify import choice, nonnegative, onehot, problem, reals
from verify.campaign import run
from verify.outcomes import CONSISTENT, MALFORMED, REFUTED

SEEDS = 3  # in turn, one a problem

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Base:
    """A primal with its right gradient by `wrt`; `has` names what only some kinds of error need.

    "large": entries beyond 100 count; "n": the first axis of `wrt` may have size 1; "matrix": `wrt`
    is one, and its gradient is not symmetric; "parameter": a scalar of this name may be 0.
    """

    primal: Callable
    right: Callable
    wrt: str
    inputs: Mapping
    has: tuple[str, ...] = ()
    parameter: str = ""
    options: Mapping = field(default_factory=dict)
    kind: str = "gradient"


def _planted(base, plant):
    """Return the right gradient with an error in it, with the parameters of the right one."""
    names = list(inspect.signature(base.right).parameters)

    @functools.wraps(base.right)
    def wrong(*args, **inputs):
        given = {**dict(zip(names, args, strict=False)), **inputs}
        return plant(np.array(base.right(**given)), given[base.wrt], given.get(base.parameter))

    return wrong


# Base problems; those that end in float(...) know no stacks.


def _cross_entropy(Z, T):
    top = Z - Z.max(axis=-1, keepdims=True)
    each = np.log(np.exp(top).sum(axis=-1)) - (T * top).sum(axis=-1)
    return each.mean(axis=-1)


def _cross_entropy_gradient(Z, T):
    e = np.exp(Z - Z.max(axis=-1, keepdims=True))
    return (e / e.sum(axis=-1, keepdims=True) - T) / Z.shape[-2]


def _kernel(X, W, gamma):
    apart = X[:, None] - X[None]
    return apart, W * np.exp(-gamma * (apart**2).sum(axis=-1))


def _kernel_gradient(X, W, gamma):
    apart, weighted = _kernel(X, W, gamma)
    return -2 * gamma * ((weighted + weighted.T)[..., None] * apart).sum(axis=1)


def _logistic(w, X, y, ridge):
    margins = y * (X @ w)
    return float(np.log1p(np.exp(-margins)).mean() + ridge / 2 * (w @ w))


def _logistic_gradient(w, X, y, ridge):
    return ridge * w - X.T @ (y / (1 + np.exp(y * (X @ w)))) / len(y)


BASES = {
    "elementwise": Base(
        lambda x, c: float((c * np.sqrt(1 + x * x)).sum()),
        lambda x, c: c * x / np.sqrt(1 + x * x),
        "x",
        {"x": reals("n", -1000, 1000), "c": reals("n", -5, 5)},
        ("large", "n"),
    ),
    "matmul": Base(
        lambda A, B, G, s: float((G * (A @ B)).sum() + s * np.trace(A)),
        lambda A, B, G, s: G @ B.T + s * np.eye(len(A)),
        "A",
        {
            "A": reals("n n", -300, 300),
            **dict.fromkeys("BG", reals("n k", -5, 5)),
            "s": reals("", -5, 5),
        },
        ("large", "n", "matrix", "parameter"),
        "s",
    ),
    "cross-entropy": Base(
        _cross_entropy,
        _cross_entropy_gradient,
        "Z",
        {"Z": reals("n k", -4, 4), "T": onehot("n k")},
        ("n", "matrix"),
        options={"dims": {"k": (2, 4)}},
    ),
    "norm": Base(
        lambda x: float(np.sqrt((x * x).sum())),
        lambda x: x / np.sqrt((x * x).sum()),
        "x",
        {"x": reals("n", -1000, 1000)},
        ("large", "n"),
        options={"where": lambda x: (x * x).sum(axis=-1) > 1e-6},
    ),
    "variance": Base(
        lambda x, g: float((g * (x.mean(axis=0) + x.var(axis=0))).sum()),
        lambda x, g: g * (1 + 2 * (x - x.mean(axis=0))) / len(x),
        "x",
        {"x": reals("n d", -500, 500), "g": reals("d", -5, 5)},
        ("large", "n", "matrix"),
    ),
    "kernel": Base(
        lambda X, W, gamma: float(_kernel(X, W, gamma)[1].sum()),
        _kernel_gradient,
        "X",
        {"X": reals("n d", -2, 2), "W": reals("n n", -3, 3), "gamma": nonnegative("", high=2)},
        ("matrix", "parameter"),
        "gamma",
        options={"dims": {"n": (2, 4)}},
    ),
    "logistic": Base(
        _logistic,
        _logistic_gradient,
        "w",
        {
            "w": reals("d", -2, 2),
            "X": reals("n d", -2, 2),
            "y": choice([-1.0, 1.0], "n"),
            "ridge": nonnegative("", high=5),
        },
        ("parameter",),
        "ridge",
    ),
    "quadratic": Base(
        lambda x, A, s: (x * ((A @ x[..., None])[..., 0] + s * x)).sum(axis=-1),
        lambda x, A, s: ((A + np.swapaxes(A, -1, -2)) @ x[..., None])[..., 0] + 2 * s * x,
        "x",
        {"x": reals("n", -300, 300), "A": reals("n n", -5, 5), "s": reals("", -5, 5)},
        ("large", "parameter"),
        "s",
    ),
    "layer": Base(
        lambda W, X: np.tanh(np.dot(X, W)),
        lambda cotangent, W, X: np.dot(X.T, cotangent / np.cosh(np.dot(X, W)) ** 2),
        "W",
        {"W": reals("d k", -1, 1), "X": reals("n d", -1, 1)},
        ("matrix",),
        kind="vjp",
    ),
}


# Kinds of error: from the right answer, `wrt` and the parameter to the wrong answer.


def _last(factor):
    def plant(answer, at, parameter):
        answer.reshape(-1)[-1] *= factor
        return answer

    return plant


def _times(factor):
    return lambda answer, at, parameter: answer * factor


def _equal(at):
    """Count for every entry how many have its value."""
    return (at.reshape(-1, 1) == at.reshape(-1)).sum(axis=0).reshape(at.shape)


def _where(regime, factor=2.0, more=0.0):
    """Make an error that shows in one regime: a mask of entries, or one truth value for all."""
    return lambda answer, at, parameter: np.where(
        regime(at, parameter), factor * answer + more, answer
    )


# Kind of error -> (the plant, what a problem must have for it to change anything, least rate).
KINDS = {
    "sign of one entry": (_last(-1), "", 1.0),
    "one entry dropped": (_last(0), "", 1.0),
    "factor 2": (_times(2), "", 1.0),
    "factor 1/2": (_times(0.5), "", 1.0),
    "factor 1/n": (lambda answer, at, parameter: answer / len(at), "n", 1.0),
    "factor 1 + 1e-3": (_times(1 + 1e-3), "", 1.0),
    "factor 1 + 1e-6": (_times(1 + 1e-6), "", 1.0),
    "transposed": (lambda answer, at, parameter: answer.T, "matrix", 1.0),
    "rolled by one": (lambda answer, at, parameter: np.roll(answer, 1), "", 1.0),
    "an entry is 0": (_where(lambda at, _: at == 0, more=1.0), "", 0.95),
    "any entry is 0": (_where(lambda at, _: (at == 0).any()), "", 0.95),
    "two entries tie": (_where(lambda at, _: _equal(at) > 1), "", 0.95),
    "three entries tie": (_where(lambda at, _: _equal(at) > 2), "", 0.95),
    "an entry > 100": (_where(lambda at, _: at > 100), "large", 0.95),
    "an entry > 100, 1e-3": (_where(lambda at, _: at > 100, 1 + 1e-3), "large", 0.95),
    "0 beside > 100": (_where(lambda at, _: (at == 0).any() and at.max() > 100), "large", 0.75),
    "a parameter is 0": (_where(lambda at, parameter: parameter == 0, more=1.0), "parameter", 0.95),
    "n = 1": (_where(lambda at, _: len(at) == 1), "n", 0.95),
}


@functools.cache
def _verdicts(name, seed):
    """Verdict by kind of error, and by "right", of one problem."""
    base = BASES[name]
    declared = problem(wrt=base.wrt, name=name, **base.options, **base.inputs)(base.primal)
    declare = getattr(declared, base.kind)
    declare(name="right")(base.right)
    for kind, (plant, needs, _) in KINDS.items():
        if not needs or needs in base.has:
            declare(name=kind)(_planted(base, plant))
    findings = run([declared.problem], seed=seed).findings
    return {finding.claim.variant.name: finding.verdict for finding in findings}


def _every_verdict(kind):
    found = {name: _verdicts(name, place % SEEDS) for place, name in enumerate(BASES)}
    return {name: verdicts[kind] for name, verdicts in found.items() if kind in verdicts}


@pytest.mark.parametrize("kind", KINDS)
def test_planted_error_is_found(kind):
    verdicts = _every_verdict(kind)
    missed = [name for name, verdict in verdicts.items() if verdict not in (REFUTED, MALFORMED)]
    rate = 1 - len(missed) / len(verdicts)
    print(f"{kind}: found {rate:.1%} of {len(verdicts)}")
    assert rate >= KINDS[kind][2], missed


def test_gradient_without_an_error_is_consistent():
    assert set(_every_verdict("right").values()) == {CONSISTENT}
