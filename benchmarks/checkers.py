"""The peers: gradient checkers of other packages, each on one candidate at one point.

Each judges the loss as a function of theta at its default settings. The candidate's gradient at the
point is computed beforehand, so that the time is that of the checker.
"""

import contextlib
import math
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import autograd.extend
import autograd.test_util
import jacobi
import jax
import jax.numpy as jnp
import jax.test_util
import numdifftools
import numpy as np
import scipy.optimize
import torch
from candidates import FLAGSHIP, Floats, Instance
from torch.autograd.gradcheck import GradcheckError, gradcheck

# No verdict of their own: error norm below 1e-4 (scipy), np.allclose (numdifftools, jacobi),
# largest |a - n| / (|a| + |n|) below 1e-4 as in the CS231n notes (plain loops).
SCIPY_NORM = 1e-4
CS231N = 1e-4
STEP = 1e-5


@dataclass
class Loss:
    """The loss as a function of theta alone; counts its evaluations."""

    given: Instance
    calls: int = 0
    typed: dict[str, Floats] = field(init=False)

    def __post_init__(self) -> None:
        self.typed = self.given.typed()

    def __call__(self, theta: Floats) -> Floats:
        """Return the loss at theta, `(D, K)` or a stack of them, in the regime's float type."""
        theta = np.asarray(theta, dtype=self.given.dtype)
        self.calls += math.prod(theta.shape[:-2])
        with np.errstate(all="ignore"):
            return FLAGSHIP.primal(self.typed["X"], theta, self.typed["T"])

    def flat(self, theta: Floats) -> float:
        """Return the loss at theta given as a vector."""
        return float(self(theta.reshape(self.typed["theta"].shape)))


# Whether a peer passes a gradient at the loss's point; the last argument is a seed.
Judge = Callable[[Loss, Floats, int], bool]


def torch_gradcheck(fast: bool) -> Judge:
    def check(loss: Loss, gradient: Floats, seed: int) -> bool:
        X, theta, T = (torch.from_numpy(loss.typed[name]) for name in ("X", "theta", "T"))
        answer = torch.from_numpy(gradient)

        class Candidate(torch.autograd.Function):
            @staticmethod
            def forward(ctx: object, theta: torch.Tensor) -> torch.Tensor:
                loss.calls += 1
                return -(T * torch.log_softmax(torch.sigmoid(X @ theta), dim=-1)).sum()

            @staticmethod
            def backward(ctx: object, scale: torch.Tensor) -> torch.Tensor:
                return scale * answer

        try:
            start = theta.clone().requires_grad_()
            return gradcheck(Candidate.apply, (start,), fast_mode=fast)
        except GradcheckError:
            return False

    return check


def jax_check_grads(loss: Loss, gradient: Floats, seed: int) -> bool:
    X, T, answer = (jnp.asarray(a) for a in (loss.typed["X"], loss.typed["T"], gradient))

    @jax.custom_vjp
    def candidate(theta: jax.Array) -> jax.Array:
        loss.calls += 1
        return -(T * jax.nn.log_softmax(jax.nn.sigmoid(X @ theta))).sum()

    candidate.defvjp(lambda theta: (candidate(theta), None), lambda _, scale: (scale * answer,))
    with contextlib.suppress(AssertionError):
        start = jnp.asarray(loss.typed["theta"])
        jax.test_util.check_grads(candidate, (start,), order=1, modes=["rev"])
        return True
    return False


def autograd_check_grads(loss: Loss, gradient: Floats, seed: int) -> bool:
    candidate = autograd.extend.primitive(lambda theta: loss(theta))
    autograd.extend.defvjp(candidate, lambda answer, theta: lambda scale: scale * gradient)
    np.random.seed(seed)  # noqa: NPY002  (the package draws its direction from the global generator)
    with contextlib.suppress(AssertionError):
        autograd.test_util.check_grads(candidate, modes=["rev"], order=1)(loss.typed["theta"])
        return True
    return False


def scipy_check_grad(direction: str) -> Judge:
    def check(loss: Loss, gradient: Floats, seed: int) -> bool:
        error = scipy.optimize.check_grad(
            loss.flat,
            lambda theta: gradient.ravel(),
            loss.typed["theta"].ravel(),
            direction=direction,
            rng=np.random.default_rng(seed) if direction == "random" else None,
        )
        return bool(error < SCIPY_NORM)

    return check


def numdifftools_gradient(loss: Loss) -> Floats:
    return np.asarray(numdifftools.Gradient(loss.flat)(loss.typed["theta"].ravel()))


def jacobi_gradient(loss: Loss) -> Floats:
    return np.asarray(jacobi.jacobi(loss.flat, loss.typed["theta"].ravel())[0])


def numpy_loop(loss: Loss) -> Floats:
    theta = loss.typed["theta"]
    found = np.empty_like(theta)
    for place in np.ndindex(*theta.shape):
        step = np.zeros_like(theta)
        step[place] = STEP
        found[place] = (loss(theta + step) - loss(theta - step)) / (2 * STEP)
    return found


def central(loss: Loss, batch: int) -> Floats:
    """Return central differences, both ends of `batch` entries in one stacked call."""
    theta = loss.typed["theta"]
    found = np.empty(theta.size, dtype=theta.dtype)
    for start in range(0, theta.size, batch):
        count = min(batch, theta.size - start)
        near = np.broadcast_to(theta.ravel(), (2, count, theta.size)).copy()
        near[0, range(count), range(start, start + count)] += STEP
        near[1, range(count), range(start, start + count)] -= STEP
        ends = loss(near.reshape(2, count, *theta.shape))
        found[start : start + count] = (ends[0] - ends[1]) / (2 * STEP)
    return found.reshape(theta.shape)


def close(gradient: Floats, found: Floats) -> bool:
    """Apply the rule of the CS231n notes; two exact zeros agree, NaN does not."""
    with np.errstate(all="ignore"):
        ratio = np.abs(gradient - found) / (np.abs(gradient) + np.abs(found))
    return bool((np.where((gradient == 0) & (found == 0), 0, ratio) < CS231N).all())


def allclose(gradient: Floats, found: Floats) -> bool:
    return bool(np.allclose(gradient, found))


# Those that give a verdict, run once for each candidate.
JUDGES: dict[str, Judge] = {
    "torch gradcheck, slow": torch_gradcheck(fast=False),
    "torch gradcheck, fast": torch_gradcheck(fast=True),
    "jax check_grads": jax_check_grads,
    "autograd check_grads": autograd_check_grads,
    "scipy check_grad, all": scipy_check_grad("all"),
    "scipy check_grad, random": scipy_check_grad("random"),
}
# Those that give a gradient, run once for all candidates, and the rule that compares.
GRADIENTS: dict[str, tuple[Callable[[Loss], Floats], Callable[[Floats, Floats], bool]]] = {
    "numdifftools Gradient": (numdifftools_gradient, allclose),
    "jacobi": (jacobi_gradient, allclose),
    "NumPy loop": (numpy_loop, close),
    "NumPy, batches of 16": (lambda loss: central(loss, 16), close),
}
# They take 30 and 15 evaluations an entry, one at a time.
SLOW = ("numdifftools Gradient", "jacobi")
jax.config.update("jax_enable_x64", True)


@dataclass(frozen=True)
class Said:
    """Which candidates a peer passes at a point, and what one check took."""

    passes: dict[str, bool]
    seconds: float
    evaluations: int


def ask(peer: str, given: Instance, names: Sequence[str]) -> Said:
    """Run one peer on the candidates; time and evaluations are those of the first."""
    gradients = {name: given.gradient(name) for name in names}
    loss = Loss(given)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # Warnings of float32 and of overflow are not what is measured.
        warnings.simplefilter("ignore")
        start = time.perf_counter()
        if peer in GRADIENTS:
            estimate, rule = GRADIENTS[peer]
            found = estimate(loss)
            taken, spent = time.perf_counter() - start, loss.calls
            shaped = {n: rule(g.ravel(), found.ravel()) for n, g in gradients.items()}
            return Said(shaped, taken, spent)
        judge = JUDGES[peer]
        passes = {names[0]: judge(loss, gradients[names[0]], given.seed)}
        taken, spent = time.perf_counter() - start, loss.calls
        passes |= {n: judge(loss, gradients[n], given.seed) for n in names[1:]}
    return Said(passes, taken, spent)
