"""What a user writes for a domain: one function per kind, which checks what it is given."""

import math

import numpy as np

from verify.domains.domain import KINDS, Domain
from verify.errors import DeclarationError


def parse_shape(shape: str | int) -> tuple[str | int, ...]:
    """Split a shape such as `"N 3 K"` into names and numbers; `""` is a scalar.

    >>> parse_shape("N 3 K")
    ('N', 3, 'K')

    Raises `DeclarationError` if a word is neither a name nor a positive number.
    """
    if isinstance(shape, int):
        return (_axis(str(shape), shape),)
    if not isinstance(shape, str):
        raise DeclarationError(
            f"shape={shape!r} should be a string of axis names and numbers such as 'N D'."
        )
    return tuple(_axis(word, shape) for word in shape.split())


def _axis(word: str, shape: object) -> str | int:
    if word.isdigit() and int(word) > 0:
        return int(word)
    if word.isidentifier():
        return word
    raise DeclarationError(
        f"shape={shape!r}: axis {word!r} should be a name or a positive whole number, as in 'N 3'."
    )


def make(
    kind: str, shape: str | int, low: float | None = None, high: float | None = None
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
    return Domain(kind, parse_shape(shape), bottom, top)


def reals(shape: str | int = "", low: float | None = None, high: float | None = None) -> Domain:
    """Any real array, entries in [low, high]."""
    return make("reals", shape, low, high)


def positive(shape: str | int = "", low: float | None = None, high: float | None = None) -> Domain:
    """Entries greater than zero."""
    return make("positive", shape, low, high)


def nonnegative(shape: str | int = "", high: float | None = None) -> Domain:
    """Entries zero or greater."""
    return make("nonnegative", shape, None, high)


def unit_interval(shape: str | int = "") -> Domain:
    """Entries in [0, 1]."""
    return make("unit_interval", shape)


def _row_kind(kind: str, shape: str | int) -> Domain:
    domain = make(kind, shape)
    if not domain.shape:
        raise DeclarationError(f"{kind}({shape!r}) needs at least one axis, as in {kind}('N K').")
    return domain


def simplex(shape: str | int) -> Domain:
    """Nonnegative rows (along the last axis) that sum to 1; vertices and faces belong to it."""
    return _row_kind("simplex", shape)


def onehot(shape: str | int) -> Domain:
    """Rows (along the last axis) with a single 1, all else 0."""
    return _row_kind("onehot", shape)


def labels(shape: str | int, classes: str | int) -> Domain:
    """Whole numbers 0 .. classes - 1; `classes` is an axis name or a number."""
    axes = parse_shape(classes)
    if len(axes) != 1:
        raise DeclarationError(
            f"labels({shape!r}, classes={classes!r}): classes should be one axis name or a number."
        )
    highest = axes[0] - 1.0 if isinstance(axes[0], int) else math.inf
    return Domain("labels", parse_shape(shape), 0.0, highest, classes=axes[0])


def integers(shape: str | int = "", low: float | None = None, high: float | None = None) -> Domain:
    """Whole numbers in [low, high]."""
    return make("integers", shape, low, high)


def booleans(shape: str | int = "") -> Domain:
    """Entries 0 or 1."""
    return make("booleans", shape)


def choice(values: tuple[float, ...] | list[float], shape: str | int = "") -> Domain:
    """Entries out of a list of numbers."""
    numbers = tuple(float(value) for value in values)
    if not numbers:
        raise DeclarationError("choice([]) needs at least one value.")
    return Domain("choice", parse_shape(shape), min(numbers), max(numbers), values=numbers)


def constant(value: float, shape: str | int = "") -> Domain:
    """The same number everywhere."""
    return Domain(
        "constant", parse_shape(shape), float(value), float(value), values=(float(value),)
    )
