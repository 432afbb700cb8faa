"""What can be wrong with the inputs of a declared problem, said at once."""

import inspect
from collections.abc import Collection, Mapping
from typing import Any

from verify.domains import Domain
from verify.errors import DeclarationError
from verify.points import COTANGENT
from verify.problems import Function

# Sizes 1 to 4 hold every shape at which a known fault of the corpus shows (K = 1 up to D = K = N).
DEFAULT_BOUNDS = (1, 4)


def parameters(function: Function) -> list[str]:
    """List the parameter names of a function."""
    return list(inspect.signature(function).parameters)


def check_inputs(title: str, primal: Function, inputs: Mapping[str, Any]) -> None:
    """Compare the declared domains with the parameters of the primal."""
    names = parameters(primal)
    if sorted(names) != sorted(inputs):
        raise DeclarationError(
            f"@problem {title}({', '.join(names)}) declares domains for "
            f"({', '.join(inputs)}): the names should be the same."
        )
    if COTANGENT in inputs:
        raise DeclarationError(
            f"@problem {title}: an input should not be called {COTANGENT!r}, which is the name of "
            "the cotangent of a vjp."
        )
    for name, domain in inputs.items():
        if not (isinstance(domain, Domain) or hasattr(domain, "validate")):
            raise DeclarationError(
                f"@problem {title}: {name}={domain!r} should be a domain such as reals('N D') or a "
                "Hypothesis strategy."
            )


def check_wrt(title: str, wrt: tuple[str, ...], inputs: Mapping[str, Any]) -> None:
    """Tell whether `wrt` names inputs that have a derivative."""
    if not wrt:
        raise DeclarationError(f"@problem {title}: wrt=() should name at least one input.")
    if len(set(wrt)) < len(wrt):
        raise DeclarationError(
            f"@problem {title}: wrt={wrt!r} names an input twice; it should name each once."
        )
    for name in wrt:
        if name not in inputs:
            raise DeclarationError(
                f"@problem {title}: wrt={name!r} names no input; the inputs are "
                f"{', '.join(inputs)}."
            )
        domain = inputs[name]
        if isinstance(domain, Domain) and not domain.differentiable:
            raise DeclarationError(
                f"@problem {title}: wrt={name!r} is declared as {domain!r}, which has no "
                "derivative; it should be a real input."
            )


def bounds_of(
    title: str, inputs: Mapping[str, Any], dims: Mapping[str, tuple[int, int]]
) -> dict[str, tuple[int, int]]:
    """Return the bounds of every named axis."""
    domains = [domain for domain in inputs.values() if isinstance(domain, Domain)]
    axes = list(dict.fromkeys(axis for domain in domains for axis in domain.axes))
    for axis, bounds in dims.items():
        if axis not in axes:
            raise DeclarationError(
                f"@problem {title}: dims has the axis {axis!r}, which no input has; the axes are "
                f"{', '.join(axes) or '(none)'}."
            )
        fits = isinstance(bounds, tuple) and len(bounds) == 2
        if not (fits and all(isinstance(b, int) for b in bounds) and 1 <= bounds[0] <= bounds[1]):
            raise DeclarationError(
                f"@problem {title}: dims={{{axis!r}: {bounds!r}}} should be two whole numbers "
                "(smallest, largest) with 1 <= smallest <= largest."
            )
    return {axis: dims.get(axis, DEFAULT_BOUNDS) for axis in axes}


def check_predicate(title: str, label: str, predicate: Function, inputs: Mapping[str, Any]) -> None:
    """Tell whether a predicate is about inputs of the problem."""
    for name in parameters(predicate):
        if name not in inputs:
            raise DeclarationError(
                f"@problem {title}: {label} has the parameter {name!r}, which is no input; the "
                f"inputs are {', '.join(inputs)}."
            )


def coinciding(
    title: str, groups: Collection[str | Collection[str]], inputs: Mapping[str, Any]
) -> tuple[tuple[str, ...], ...]:
    """Read the groups of inputs that may coincide."""
    found = []
    for group in groups:
        names = (group,) if isinstance(group, str) else tuple(group)
        for name in names:
            if name not in inputs:
                raise DeclarationError(
                    f"@problem {title}: coincide names {name!r}, which is no input; the inputs are "
                    f"{', '.join(inputs)}."
                )
        found.append(names)
    return tuple(found)


def place(function: Function) -> tuple[str, int]:
    """Return file and line of a function, empty where there is no source."""
    try:
        return inspect.getsourcefile(function) or "", inspect.getsourcelines(function)[1]
    except (OSError, TypeError):
        return "", 0
