"""The ordinary check and those of torch and jax, on the same points of a case.

torch and jax are given the NumPy loss as a function of their own, and the formula as its backward
pass; both are imported only when they are asked for.
"""

import functools
import importlib
import logging
import time
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from detection_corpus import FORMULAS, Case, Declared, Function
from detection_points import Drawn, Inputs, Objects, copied, plain, tolerances

PEERS = ("torch", "jax")
# What jax.test_util.check_grads allows in float64, absolute and relative.
JAX_TOLERANCE = 1e-5


def available(peers: bool) -> tuple[dict[str, Objects], dict[str, str]]:
    """Import what there is; return the checks by name, and why others are missing."""
    checks: dict[str, Objects] = {"plain": plain}
    missing: dict[str, str] = {}
    for name in PEERS if peers else ():
        try:
            checks[name] = {"torch": _torch, "jax": _jax}[name]()
        except ImportError as error:
            missing[name] = str(error)
    return checks, missing


def _torch() -> Objects:
    """Return `torch.autograd.gradcheck` at its defaults."""
    torch: Any = importlib.import_module("torch")

    def objects(forward: Function, gradient: Function, inputs: Inputs, wrt: Sequence[str]) -> bool:
        class Formula(torch.autograd.Function):  # type: ignore[misc]
            @staticmethod
            def forward(ctx: Any, *parts: Any) -> Any:
                ctx.given = [part.detach().numpy() for part in parts]
                return torch.tensor(forward(**_with(inputs, wrt, ctx.given)), dtype=torch.float64)

            @staticmethod
            def backward(ctx: Any, scale: Any) -> Any:
                answer = gradient(**_with(inputs, wrt, ctx.given))
                parts = [torch.tensor(np.asarray(answer[n]), dtype=torch.float64) for n in wrt]
                return tuple(scale * part for part in parts)

        start = [torch.tensor(_double(inputs[n]), requires_grad=True) for n in wrt]
        passes = torch.autograd.gradcheck(Formula.apply, start, raise_exception=False)
        return not passes

    return _where_complex(objects, tolerances(1e-5, 1e-3))


def _jax() -> Objects:
    """Return `jax.test_util.check_grads` at its defaults, reverse mode, first order."""
    jax: Any = importlib.import_module("jax")
    test_util: Any = importlib.import_module("jax.test_util")
    jax.config.update("jax_enable_x64", True)
    # What a loss or a formula raises is our answer; jax would print it as well.
    logging.getLogger("jax._src.callback").setLevel(logging.CRITICAL)
    number = jax.ShapeDtypeStruct((), np.float64)

    def objects(forward: Function, gradient: Function, inputs: Inputs, wrt: Sequence[str]) -> bool:
        def loss(*parts: Any) -> Any:
            return np.float64(forward(**_with(inputs, wrt, parts)))

        def backward(parts: Any, scale: Any) -> Any:
            answer = gradient(**_with(inputs, wrt, parts))
            return tuple(scale * jax.numpy.asarray(answer[name]) for name in wrt)

        formula: Any = jax.custom_vjp(lambda *parts: jax.pure_callback(loss, number, *parts))
        formula.defvjp(lambda *parts: (formula(*parts), parts), backward)
        start = tuple(jax.numpy.asarray(_double(inputs[name])) for name in wrt)
        try:
            test_util.check_grads(formula, start, order=1, modes=["rev"])
        except AssertionError:
            return True
        return False

    return _where_complex(objects, tolerances(JAX_TOLERANCE, JAX_TOLERANCE))


def _double(value: Any) -> Any:
    return np.array(value, dtype=np.float64)


def _with(inputs: Inputs, wrt: Sequence[str], parts: Sequence[Any]) -> Inputs:
    """Return the inputs with those of `wrt` replaced, as NumPy arrays or plain numbers."""
    arrays = [np.array(part) for part in parts]
    values = [array if array.ndim else array.item() for array in arrays]
    return copied(inputs) | dict(zip(wrt, values, strict=True))


def _where_complex(objects: Objects, instead: Objects) -> Objects:
    """Use tolerances alone for complex inputs, whose conventions differ between the packages."""

    @functools.wraps(objects)
    def either(forward: Function, gradient: Function, inputs: Inputs, wrt: Sequence[str]) -> bool:
        chosen = instead if by_tolerance(inputs, wrt) else objects
        return chosen(forward, gradient, inputs, wrt)

    return either


def by_tolerance(inputs: Inputs, wrt: Sequence[str]) -> bool:
    return any(np.iscomplexobj(inputs[name]) for name in wrt)


def judge(case: Case, drawn: Sequence[Drawn], objects: Objects, name: str) -> dict[str, Any]:
    """Say at how many points a check objects to each formula, and how long that took."""
    start = time.perf_counter()
    reasons: dict[str, list[str]] = {which: [] for which in FORMULAS}
    wrt, points = case.with_derivative, [(d.declared, p) for d in drawn for p in d.points]
    if not (wrt and points):
        why = "no input of WRT has a derivative" if points else "no point meets the precondition"
        return {"flagged": False, "flagged_correct": False, "error": why}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for which in FORMULAS:
            formula = case.formula(which, wrt)
            for declared, inputs in points:
                reasons[which].append(_objection(case, declared, formula, inputs, objects))
    counts = {which: sum(map(bool, said)) for which, said in reasons.items()}
    return {
        "flagged": counts["claimed"] > 0,
        "flagged_correct": counts["correct"] > 0,
        "flagged_on_main": any(reasons["claimed"][: len(drawn[0].points)]),
        "at": counts,
        "points": len(points),
        "ran": name == "plain" or not by_tolerance(points[0][1], wrt),
        "first_reason": {n: next(filter(None, said), "") for n, said in reasons.items()},
        "seconds": time.perf_counter() - start,
    }


def _objection(
    case: Case, declared: Declared, formula: Function, inputs: Inputs, objects: Objects
) -> str:
    """Return why a check objects at a point, "" if it does not; an exception is an objection.

    As for ours, a formula that is not for arrays of another rank than the main declaration's is
    not objected to there.
    """
    wrt = case.with_derivative
    try:
        if not declared.same_ranks and not _fits(formula, inputs, wrt):
            return ""
        return "differs" if objects(case.forward, formula, inputs, wrt) else ""
    except Exception as error:  # noqa: BLE001  (any exception of a case is an objection)
        return " ".join(f"{type(error).__name__}: {error}".split())[:300]


def _fits(formula: Function, inputs: Inputs, wrt: Sequence[str]) -> bool:
    try:
        answer = formula(**copied(inputs))
        return all(np.shape(answer[name]) == np.shape(inputs[name]) for name in wrt)
    except Exception:  # noqa: BLE001  (as for ours: any exception)
        return False
