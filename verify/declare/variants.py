"""What can be wrong with a declared variant, said at once."""

import inspect
from collections.abc import Collection, Mapping
from typing import Literal

import numpy as np

from verify.declare.inputs import parameters, place
from verify.declare.lowering import lowered_variant, needs_lowering
from verify.errors import DeclarationError
from verify.evaluator import Failure, call, simplest_point
from verify.outcomes import Verdict
from verify.problems import Function, Problem, Variant

# Exceptions that no choice of inputs brings about.
SLIPS = ("NameError", "UnboundLocalError", "ImportError", "ModuleNotFoundError", "AttributeError")
Expected = Verdict | str | Collection[Verdict | str]


def variant_of(
    declared: Problem,
    kind: Literal["gradient", "vjp"],
    function: Function,
    *,
    expect: Expected | Mapping[str, Expected] = Verdict.CONSISTENT,
    source: str = "",
    name: str | None = None,
    dtype: str = "float64",
) -> Variant:
    """Make the variant of a candidate function, or say what is wrong with it."""
    title = name or function.__name__
    here = f"@{declared.name}.{kind} {title}"
    _check_parameters(here, declared, kind, function)
    if declared.variants and declared.variants[0].kind != kind:
        raise DeclarationError(
            f"{here}: the problem already has a .{declared.variants[0].kind}; all variants of a "
            "problem should be of one kind."
        )
    if title in {variant.name for variant in declared.variants}:
        raise DeclarationError(f"{here}: the name {title!r} is taken; names should differ.")
    _check_primal(here, declared, kind)
    if not _is_float_type(dtype):
        raise DeclarationError(f"{here}: dtype={dtype!r} should be a float type such as 'float32'.")
    path, line = place(function)
    lower = needs_lowering(declared.inputs)
    return Variant(
        title,
        lowered_variant(function, declared.inputs, declared.wrt) if lower else function,
        kind,
        _expectations(here, declared, expect),
        source,
        inspect.getdoc(function) or "",
        dtype,
        path,
        line,
    )


def _is_float_type(dtype: str) -> bool:
    try:
        return np.dtype(dtype).kind == "f"
    except TypeError:
        return False


def _check_parameters(here: str, declared: Problem, kind: str, function: Function) -> None:
    given = parameters(function)
    names = parameters(declared.primal)
    wanted = names if kind == "gradient" else [given[0] if given else "ybar", *names]
    if given == wanted and (kind == "gradient" or given[0] not in names):
        return
    shown = f"{function.__name__}({', '.join(given)})"
    if kind == "gradient":
        raise DeclarationError(
            f"{here}: {shown} should be {function.__name__}({', '.join(names)}): the inputs of "
            f"{declared.name}, in its order."
        )
    raise DeclarationError(
        f"{here}: {shown} should be {function.__name__}(ybar, {', '.join(names)}): the cotangent "
        f"first, then the inputs of {declared.name}, in its order."
    )


def _check_primal(here: str, declared: Problem, kind: str) -> None:
    """Run the primal once, at a simple point, for what can only be a slip of the pen.

    Other exceptions may belong to that point alone; they become verdicts when the claim is run.
    """
    point = simplest_point(declared)
    if point is None:
        return
    value = call(declared.primal, point.inputs)
    if isinstance(value, Failure):
        if value.message.startswith(SLIPS):
            lines = [line.strip() for line in value.traceback.splitlines() if "File" in line]
            where = [line for line in lines if declared.path in line][-1:]
            raise DeclarationError(
                f"{here}: {declared.name} cannot be evaluated: {value.message} "
                f"({where[0] if where else declared.name}). Every name in it should be defined."
            )
    elif kind == "gradient" and np.shape(value) != ():
        raise DeclarationError(
            f"{here}: {declared.name} returns an array of shape {np.shape(value)}; a gradient "
            "needs a scalar primal (sum the result), and an array needs .vjp, cotangent first."
        )


def _expectations(
    here: str, declared: Problem, expect: Expected | Mapping[str, Expected]
) -> dict[str, frozenset[Verdict]]:
    if not isinstance(expect, Mapping):
        return {name: _verdicts(here, expect) for name in declared.wrt}
    for name in expect:
        if name not in declared.wrt:
            raise DeclarationError(
                f"{here}: expect names the input {name!r}; wrt is {', '.join(declared.wrt)}."
            )
    return {name: _verdicts(here, value) for name, value in expect.items()}


def _verdicts(here: str, expect: Expected) -> frozenset[Verdict]:
    members = [expect] if isinstance(expect, Verdict | str) else list(expect)
    try:
        words = {verdict.value: verdict for verdict in Verdict}
        verdicts = frozenset(words[m] if isinstance(m, str) else m for m in members)
    except KeyError:
        verdicts = frozenset()
    if not verdicts or not all(isinstance(verdict, Verdict) for verdict in verdicts):
        raise DeclarationError(
            f"{here}: expect={expect!r} should be a verdict or a set of them: "
            f"{', '.join(str(verdict) for verdict in Verdict)}."
        )
    return verdicts
