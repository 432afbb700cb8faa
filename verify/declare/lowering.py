"""Complex and tangent inputs as real, free ones: the functions are wrapped, all else stays.

A complex input is a pair of reals in the last axis; a gradient claimed in some convention becomes
(∂f/∂x, ∂f/∂y). An input on a manifold is sent through a smooth map that is the identity on the
manifold and whose derivative there is the projection on the tangent space; so the derivative of
the wrapped primal is the projected one, and a claim is projected with the same matrix.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verify.domains import CONVENTIONS, TANGENT, Domain
from verify.evaluator import parts_of, uncast
from verify.problems import Function

Array = NDArray[Any]
Inputs = Mapping[str, Any]


def needs_lowering(inputs: Inputs) -> bool:
    """Tell whether any input is complex or claimed along a tangent space."""
    return any(_special(domain) for domain in inputs.values())


def _special(domain: Any) -> bool:
    return isinstance(domain, Domain) and (
        domain.kind == "complexes" or domain.convention == TANGENT
    )


def lowered_primal(function: Function, inputs: Inputs) -> Function:
    """Wrap a primal or a predicate: pairs become complex, points are retracted."""
    inner = uncast(function)

    @functools.wraps(function)
    def wrapped(*args: Any, **given: Any) -> Any:
        result = inner(*args, **_raised(inputs, given))
        return _pairs(np.asarray(result)) if np.iscomplexobj(result) else result

    return wrapped


def lowered_variant(function: Function, inputs: Inputs, wrt: tuple[str, ...]) -> Function:
    """Wrap a candidate gradient or vjp: what it claims becomes free real numbers."""
    inner = uncast(function)

    @functools.wraps(function)
    def wrapped(*leading: Any, **given: Any) -> Any:
        raised = _raised(inputs, given)
        result = inner(*leading, **raised)
        parts = parts_of(result, wrt)
        if parts is None:
            return result
        free = {n: _claimed(inputs.get(n), raised.get(n), part) for n, part in parts.items()}
        return free if len(wrt) > 1 else next(iter(free.values()))

    return wrapped


def _raised(inputs: Inputs, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the user's function is given: complex numbers, points on the manifold."""
    raised = dict(given)
    for name, domain in inputs.items():
        if name in given and _special(domain):
            complex_input = domain.kind == "complexes"
            raised[name] = (
                given[name][..., 0] + 1j * given[name][..., 1]
                if complex_input
                else RETRACTIONS[domain.kind](domain, given[name])
            )
    return raised


def _claimed(domain: Any, x: Any, part: Any) -> Any:
    if not _special(domain):
        return part
    array = np.asarray(part)
    if domain.kind != "complexes":
        return PROJECTIONS[domain.kind](domain, x, array) if array.shape == np.shape(x) else part
    factor, sign = CONVENTIONS[domain.convention]
    return np.stack([array.real / factor, sign * array.imag / factor], axis=-1)


def _pairs(value: Array) -> Array:
    """Return a complex result as a real one where its imaginary part is zero, else as pairs."""
    return value.real if not value.imag.any() else np.stack([value.real, value.imag], axis=-1)


def _transposed(x: Any) -> Any:
    return np.swapaxes(x, -1, -2)


def _symmetrised(domain: Domain, x: Any) -> Any:
    return (x + _transposed(x)) / 2


def _normalised(domain: Domain, x: Any) -> Any:
    return x - (x.sum(axis=domain.axis, keepdims=True) - 1) / x.shape[domain.axis]


def _orthonormalised(domain: Domain, x: Any) -> Any:
    # One step of Newton and Schulz towards the polar factor (Higham 2008, section 8.3).
    return x @ (3 * np.eye(x.shape[-1]) - _transposed(x) @ x) / 2


def _rotation_part(domain: Domain, x: Any, g: Any) -> Any:
    inner = _transposed(x) @ g
    return g - x @ (inner + _transposed(inner)) / 2


Retraction = Callable[[Domain, Any], Any]
Projection = Callable[[Domain, Any, Any], Any]
RETRACTIONS: Mapping[str, Retraction] = {
    "symmetric": _symmetrised,
    "psd": _symmetrised,
    "spd": _symmetrised,
    "simplex": _normalised,
    "orthogonal": _orthonormalised,
}
PROJECTIONS: Mapping[str, Projection] = {
    "symmetric": lambda domain, x, g: _symmetrised(domain, g),
    "psd": lambda domain, x, g: _symmetrised(domain, g),
    "spd": lambda domain, x, g: _symmetrised(domain, g),
    "simplex": lambda domain, x, g: g - g.mean(axis=domain.axis, keepdims=True),
    "orthogonal": _rotation_part,
}
