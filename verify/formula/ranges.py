"""The range of an index from the limits that stand at a sum."""

from dataclasses import dataclass

from verify.formula.context import Context, Scope
from verify.formula.layout import Layout, Name, Number, Scripted, Terms
from verify.formula.names import index_value
from verify.formula.source import FormulaError, Span
from verify.formula.symbols import canonical
from verify.formula.tree import Axis, Index

MAX_RANGE = 10_000  # terms of a sum with a number as its limit


@dataclass(frozen=True)
class Limits:
    """What a sum runs over: letters with their axes, and conditions still to be read.

    `bounds` are letters with `>=` or `<=` and a limit.
    """

    letters: tuple[tuple[str, Axis], ...]
    conditions: tuple[Layout, ...] = ()
    bounds: tuple[tuple[str, str, Layout], ...] = ()


def ranged(
    context: Context,
    letter: str,
    lower: Layout | None,
    sup: Layout | None,
    span: Span,
    scope: Scope,
) -> Limits:
    """`\\sum_{j=1}^{K}` runs over the axis of its limits; an index as a limit is a condition."""
    declared = context.indices.get(letter)
    start = int(lower.text) if isinstance(lower, Number) and lower.text.isdigit() else None
    upper = _axis_of(context, sup, scope)
    if upper is not None:
        if declared is not None and not upper.base and declared.base:
            # \\sum_{j=1}^3 over an index that runs to K: the first three
            return _bounded(letter, declared, lower, sup)
        axis = Axis(upper.base, upper.offset, 1 if start is None else start)
        if lower is None or start is not None:
            return Limits(((letter, axis),))
        return _bounded(letter, declared or axis, lower, None)
    reach = declared or _axis_of_index(context, sup, scope)
    if reach is None:
        said = f"the range of the index {letter} is not known; declare {letter} under [indices]"
        raise FormulaError(said, span, f"undeclared index {letter}")
    if sup is not None:
        said = f"the upper bound {canonical(sup)} is an index: executed literally, as a partial sum"
        context.note(said, sup.span)
    elif lower is not None and start is None:
        context.unsure.append(f"whether {letter} begins at {canonical(lower)} is not clear")
    return _bounded(letter, reach, None if start == reach.start else lower, sup)


def _bounded(letter: str, axis: Axis, lower: Layout | None, upper: Layout | None) -> Limits:
    ends = ((">=", lower), ("<=", upper))
    bounds = tuple((letter, operator, end) for operator, end in ends if end is not None)
    return Limits(((letter, axis),), bounds=bounds)


def _axis_of(context: Context, sup: Layout | None, scope: Scope) -> Axis | None:
    """Return the axis that ends at a size: `K`, `K-1`, `5`."""
    sizes = context.axis_names()
    match sup:
        case Number(text) if text.isdigit():
            if int(text) > MAX_RANGE:
                raise FormulaError(
                    f"a sum of more than {MAX_RANGE:,} terms is not executed",
                    sup.span,
                    "very long sum",
                )
            return Axis("", int(text))
        case Name(text) if text in sizes and text not in scope.letters:
            return Axis(text)
        case Scripted() if canonical(sup) in sizes:
            return Axis(canonical(sup))
        case Terms(((1, Name(text)), (sign, Number(digits)))) if text in sizes:
            return Axis(text, sign * int(digits))
    return None


def _axis_of_index(context: Context, sup: Layout | None, scope: Scope) -> Axis | None:
    if sup is None:
        return None
    value = index_value(context, sup, scope, None)
    return value.axis if isinstance(value, Index) else None
