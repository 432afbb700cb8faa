"""What looks like a product and is none: differentials and composed functions.

Each is refused with what can be written instead: read as a product, it would get a wrong verdict.
"""

from collections.abc import Sequence

from verify.formula.application import known_function
from verify.formula.context import Context, Scope
from verify.formula.layout import Accent, Big, Group, Layout, Mark, Name, Row, Scripted, Terms, Word
from verify.formula.source import FormulaError
from verify.formula.symbols import canonical


def refuse_unread(context: Context, items: Sequence[Layout], scope: Scope) -> None:
    """Raise `FormulaError` at what stands in a row and is no product, though it looks like one."""
    for place, item in enumerate(items):
        follower = items[place + 1] if place + 1 < len(items) else None
        if follower is not None and _is_d(context, item, scope) and _can_vary(follower):
            _refuse_integral(items[:place])
            raise FormulaError(
                f"differentials are not read: write derivatives, as \\frac{{df}}{{dx}}, or "
                f"d \\cdot {canonical(follower)} for a product",
                item.span.to(follower.span),
                "differential",
            )
        if isinstance(item, Scripted) and item.primes and isinstance(follower, Group):
            _refuse_primed(context, item, scope)
        if isinstance(item, Mark) and item.text == "\\circ":
            _refuse_composition(context, items, place, scope)


def _refuse_integral(ahead: Sequence[Layout]) -> None:
    """Name the integral that a differential belongs to: that is what is not supported."""
    for item in ahead:
        sign = item.base if isinstance(item, Scripted) else item
        if isinstance(sign, Big) and sign.text.endswith("int"):
            raise FormulaError(f"{sign.text} is not supported", item.span, sign.text)


def _is_d(context: Context, item: Layout, scope: Scope) -> bool:
    if not isinstance(item, Name) or item.text != "d" or "d" in scope.letters:
        return False
    return "d" not in scope.locals and all(symbol.base != "d" for symbol in context.symbols)


def _can_vary(item: Layout) -> bool:
    return isinstance(item, Name | Scripted | Accent | Group | Word)


def _refuse_composition(
    context: Context, items: Sequence[Layout], place: int, scope: Scope
) -> None:
    beside = [items[at] for at in (place - 1, place + 1) if 0 <= at < len(items)]
    if any(isinstance(item, Word) or _names_function(context, item, scope) for item in beside):
        raise FormulaError(
            "a composition of functions is not read; write f(g(x))", items[place].span, "\\circ"
        )


def _names_function(context: Context, item: Layout, scope: Scope) -> bool:
    base = item.base if isinstance(item, Scripted) else item
    if not isinstance(base, Name | Accent) or canonical(item) in scope.locals:
        return False
    return known_function(context, item) is not None


def _refuse_primed(context: Context, item: Scripted, scope: Scope) -> None:
    if isinstance(item.base, Group) and _bare(context, item.base.body, scope):
        raise FormulaError(
            "the derivative of functions in brackets is not read; write \\frac{d}{dx} before it",
            item.span,
            "prime behind brackets",
        )


def _bare(context: Context, layout: Layout | None, scope: Scope) -> bool:
    """Whether a function stands without its argument in (f + g)'(x)."""
    if isinstance(layout, Terms):
        return any(_bare(context, term, scope) for _, term in layout.terms)
    if isinstance(layout, Row):
        pairs = zip(layout.items, [*layout.items[1:], None], strict=True)
        return any(_bare(context, a, scope) and not isinstance(b, Group) for a, b in pairs)
    return layout is not None and _names_function(context, layout, scope)
