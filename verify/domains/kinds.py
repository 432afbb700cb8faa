"""What a user writes for a domain: one function per kind, which checks what it is given."""

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from verify.domains.axes import parse_axis, parse_shape
from verify.domains.domain import KINDS, Domain
from verify.errors import DeclarationError

Shape = str | int
Numbers = Iterable[float]
TANGENT = "tangent"


def make(
    kind: str,
    shape: Shape,
    low: float | None = None,
    high: float | None = None,
    special: Numbers = (),
) -> Domain:
    """Build a domain of a ranged kind; the range may only narrow that of the kind."""
    row = KINDS[kind]
    for name, end in (("low", low), ("high", high)):
        if end is not None and not isinstance(end, int | float | np.number):
            raise DeclarationError(f"{kind}({shape!r}): {name}={end!r} should be a number.")
    bottom = row.low if low is None else float(low)
    top = row.high if high is None else float(high)
    empty = kind == "integers" and math.floor(min(top, 1e300)) < math.ceil(max(bottom, -1e300))
    if not (row.low <= bottom <= top <= row.high) or math.inf in (bottom, -top) or empty:
        raise DeclarationError(
            f"{kind}({shape!r}, low={low}, high={high}): the range should satisfy "
            f"{row.low:g} <= low <= high <= {row.high:g}."
        )
    numbers = tuple(float(number) for number in special)
    outside = [number for number in numbers if not bottom <= number <= top]
    if outside:
        raise DeclarationError(
            f"{kind}({shape!r}, special=[{outside[0]:g}]): special values should lie in the range "
            f"[{bottom:g}, {top:g}]."
        )
    return Domain(kind, parse_shape(shape), bottom, top, special=numbers)


def reals(
    shape: Shape = "", low: float | None = None, high: float | None = None, special: Numbers = ()
) -> Domain:
    """Any real array, entries in [low, high]; `special` values are tried on purpose."""
    return make("reals", shape, low, high, special)


def positive(
    shape: Shape = "", low: float | None = None, high: float | None = None, special: Numbers = ()
) -> Domain:
    """Entries greater than zero."""
    return make("positive", shape, low, high, special)


def nonnegative(shape: Shape = "", high: float | None = None, special: Numbers = ()) -> Domain:
    """Entries zero or greater."""
    return make("nonnegative", shape, None, high, special)


def unit_interval(shape: Shape = "") -> Domain:
    """Entries in [0, 1]."""
    return make("unit_interval", shape)


def _row_kind(kind: str, shape: Shape, axis: int) -> Domain:
    domain = make(kind, shape)
    if not domain.shape:
        raise DeclarationError(f"{kind}({shape!r}) needs at least one axis, as in {kind}('N K').")
    if not -len(domain.shape) <= axis < len(domain.shape):
        raise DeclarationError(
            f"{kind}({shape!r}, axis={axis}): axis should number one of {len(domain.shape)} axes."
        )
    # Counted from the end, the axis is the same in a stack of members.
    return replace(domain, axis=axis % len(domain.shape) - len(domain.shape))


def simplex(shape: Shape, axis: int = -1, convention: str = "") -> Domain:
    """Nonnegative rows (along `axis`) that sum to 1; vertices and faces belong to it."""
    return _claimed_as(_row_kind("simplex", shape, axis), convention)


def onehot(shape: Shape, axis: int = -1) -> Domain:
    """Rows (along `axis`) with a single 1, all else 0."""
    return _row_kind("onehot", shape, axis)


def _one_axis(call: str, name: str, axis: Shape) -> str | int:
    axes = parse_shape(axis)
    if len(axes) != 1:
        raise DeclarationError(f"{call}: {name} should be one axis name or a number.")
    return axes[0]


def labels(shape: Shape, classes: Shape) -> Domain:
    """Whole numbers 0 .. classes - 1; `classes` is an axis name or a number."""
    axis = _one_axis(f"labels({shape!r}, classes={classes!r})", "classes", classes)
    highest = axis - 1.0 if isinstance(axis, int) else math.inf
    return Domain("labels", parse_shape(shape), 0.0, highest, classes=axis)


def integers(
    shape: Shape = "",
    low: float | str | None = None,
    high: float | str | None = None,
    special: Numbers = (),
) -> Domain:
    """Whole numbers in [low, high]; a bound may be an axis expression such as `"k-1"`."""
    by_axis = [str(parse_axis(end, end)) if isinstance(end, str) else "" for end in (low, high)]
    bottom = None if isinstance(low, str) else low
    top = None if isinstance(high, str) else high
    made = make("integers", shape, bottom, top, special)
    return replace(made, low_axis=by_axis[0], high_axis=by_axis[1])


def booleans(shape: Shape = "") -> Domain:
    """Entries 0 or 1."""
    return make("booleans", shape)


def choice(values: Numbers, shape: Shape = "") -> Domain:
    """Entries out of a list of numbers; whole numbers stay whole."""
    given = list(values)
    whole = all(isinstance(value, int | np.integer) for value in given)
    numbers = tuple(int(value) if whole else float(value) for value in given)
    if not numbers:
        raise DeclarationError("choice([]) needs at least one value.")
    return Domain("choice", parse_shape(shape), min(numbers), max(numbers), values=numbers)


def constant(value: float, shape: Shape = "") -> Domain:
    """The same number everywhere."""
    return Domain(
        "constant", parse_shape(shape), float(value), float(value), values=(float(value),)
    )


def axis_length(expression: Shape) -> Domain:
    """The whole number that an axis, or an expression of axes such as `"n-1"`, comes to."""
    return Domain("axis_length", (), classes=_one_axis("axis_length", "expression", expression))


def complexes(shape: Shape = "", convention: str = "") -> Domain:
    """Any complex array; `convention` says which derivative of a real f is claimed.

    With z = x + iy: `""` or `"dx+i*dy"` is ∂f/∂x + i ∂f/∂y (= 2 ∂f/∂z̄; PyTorch, the direction of
    steepest ascent), `"dx-i*dy"` its conjugate (JAX), `"dz"` is ∂f/∂z = (∂f/∂x − i ∂f/∂y)/2 and
    `"dzbar"` ∂f/∂z̄ = (∂f/∂x + i ∂f/∂y)/2 (Wirtinger 1927).
    """
    if convention not in CONVENTIONS:
        raise DeclarationError(
            f"complexes({shape!r}, convention={convention!r}): convention should be one of "
            f"{', '.join(map(repr, CONVENTIONS))}."
        )
    return Domain("complexes", (*parse_shape(shape), 2), convention=convention)


# Factor and sign of the imaginary part of what is claimed, against ∂f/∂x + i ∂f/∂y.
CONVENTIONS: dict[str, tuple[float, float]] = {
    "": (1.0, 1.0),
    "dx+i*dy": (1.0, 1.0),
    "dx-i*dy": (1.0, -1.0),
    "dz": (0.5, -1.0),
    "dzbar": (0.5, 1.0),
}


def _matrix(kind: str, shape: Shape, convention: str = "") -> Domain:
    domain = make(kind, shape)
    if len(domain.shape) < 2 or domain.shape[-1] != domain.shape[-2]:
        raise DeclarationError(
            f"{kind}({shape!r}) should be a square matrix: two equal axes at the end, as in 'n n'."
        )
    return _claimed_as(domain, convention)


def _claimed_as(domain: Domain, convention: str) -> Domain:
    if convention not in ("", "free", TANGENT):
        raise DeclarationError(
            f"{domain!r}: convention={convention!r} should be 'free' (each entry perturbed alone) "
            "or 'tangent' (projected on the tangent space)."
        )
    return replace(domain, convention=TANGENT if convention == TANGENT else "")


def square(shape: Shape) -> Domain:
    """Any real square matrix; singular, zero and rank-one ones belong."""
    return _matrix("square", shape)


def symmetric(shape: Shape, convention: str = "") -> Domain:
    """Symmetric matrices; `convention` is `"free"` (each entry alone) or `"tangent"`."""
    return _matrix("symmetric", shape, convention)


def psd(shape: Shape, convention: str = "") -> Domain:
    """Symmetric positive semi-definite matrices, singular and zero ones included."""
    return _matrix("psd", shape, convention)


def spd(shape: Shape, convention: str = "") -> Domain:
    """Symmetric positive definite matrices."""
    return _matrix("spd", shape, convention)


def invertible(shape: Shape) -> Domain:
    """Square matrices of full rank."""
    return _matrix("invertible", shape)


def invertible_vech(shape: Shape, of: Shape) -> Domain:
    """The packed lower triangle, row by row, of an invertible symmetric matrix of size `of`."""
    size = _one_axis(f"invertible_vech({shape!r}, of={of!r})", "of", of)
    return Domain("invertible_vech", parse_shape(shape), classes=size)


def orthogonal(shape: Shape, convention: str = "") -> Domain:
    """Square matrices with orthonormal columns."""
    return _matrix("orthogonal", shape, convention)


def lower_triangular(shape: Shape) -> Domain:
    """Square matrices that are zero above the diagonal."""
    return _matrix("lower_triangular", shape)


def _listed_along(kind: str, shape: Shape) -> Domain:
    domain = make(kind, shape)
    if not domain.shape:
        raise DeclarationError(f"{kind}({shape!r}) needs at least one axis, as in {kind}('n').")
    return domain


def permutation(shape: Shape) -> Domain:
    """Each of 0 .. n-1 once along the last axis."""
    return _listed_along("permutation", shape)


def distinct(shape: Shape) -> Domain:
    """Numbers along the last axis of which no two are equal."""
    return _listed_along("distinct", shape)


def ordered(shape: Shape) -> Domain:
    """Numbers that never fall along the last axis; ties belong."""
    return _listed_along("ordered", shape)


def joint_probability(shape: Shape) -> Domain:
    """Symmetric matrices with a zero diagonal, positive off it, all entries summing to 1."""
    return _matrix("joint_probability", shape)
