"""Brackets behind a derivative: `\\frac{df}{dx}(x)` is its value there, not a product."""

from collections.abc import Sequence

from verify.formula.application import known_function
from verify.formula.apply import applied
from verify.formula.calls import Application
from verify.formula.context import Context, Scope, Typed
from verify.formula.layout import Group, Layout, Listing, Name, Number, Scripted, Terms
from verify.formula.powers import powered
from verify.formula.source import FormulaError, Span
from verify.formula.symbols import canonical

VALUE, PRODUCT = "the value of the derivative there", "a product with the brackets"


def evaluated(
    context: Context,
    derivative: Typed,
    parts: tuple[Layout, list[Layout]],
    rest: Sequence[Layout],
    scope: Scope,
) -> Typed | None:
    """Return the derivative at what stands in the brackets behind it; None for a product.

    `parts` are what is differentiated, and by what.
    """
    follower = rest[0] if rest else None
    if isinstance(follower, Scripted):
        value = evaluated(context, derivative, parts, [follower.base], scope)
        if value is None or follower.sup is None or follower.sub is not None:
            return None
        return powered(context, value, follower.sup, follower.span, scope)
    return _value(context, derivative, parts, follower, scope)


def _value(
    context: Context,
    derivative: Typed,
    parts: tuple[Layout, list[Layout]],
    group: Layout | None,
    scope: Scope,
) -> Typed | None:
    body, wrts = parts
    if not isinstance(group, Group) or group.opening != "(" or group.body is None:
        return None
    span = body.span.to(group.span)
    function = _function(context, body)
    number = _is_number(group.body)
    if _names(group.body, wrts):
        return derivative if context.choose([VALUE, PRODUCT], span, "value") == 0 else None
    if function is None and not number:
        return None
    even = not number
    if context.choose([VALUE, PRODUCT], span, "value", even=even):
        return None
    return _at(context, function, wrts, group.body, span, scope)


def _function(context: Context, body: Layout) -> str | None:
    named = isinstance(body, Name | Scripted)
    return known_function(context, body) if named else None


def _is_number(body: Layout) -> bool:
    if isinstance(body, Terms) and len(body.terms) == 1:
        body = body.terms[0][1]
    return isinstance(body, Number)


def _names(body: Layout, wrts: list[Layout]) -> bool:
    """Whether brackets hold the variables themselves: x, or θ behind a derivative by θ_j."""
    items = body.items if isinstance(body, Listing) else (body,)
    if not all(isinstance(item, Name | Scripted) for item in items):
        return False
    written = {canonical(item) for item in items}
    bases = {canonical(wrt.base) for wrt in wrts if isinstance(wrt, Scripted)}
    return bool(written & (bases | set(map(canonical, wrts))))


def _at(
    context: Context,
    function: str | None,
    wrts: list[Layout],
    point: Layout,
    span: Span,
    scope: Scope,
) -> Typed:
    known = context.functions.get(function or "", [])
    formals = [canonical(formal) for found in known for formal in found.formals]
    if (
        function is None
        or (known and formals != [canonical(wrts[0])])
        or isinstance(point, Listing)
    ):
        raise FormulaError(
            "the value of this derivative at a point is not read; of a function f(x) of the page "
            "it is written f'(…)",
            span,
            "derivative at a point",
        )
    call = Application(function, (point,), len(wrts), None, None, None, True, span)
    return applied(context, call, scope)
