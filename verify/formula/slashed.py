"""Derivatives in one line: `\\partial f/\\partial x_j` and `df/dx` become fractions."""

from collections.abc import Sequence

from verify.formula.context import Context
from verify.formula.derivatives import differential_of
from verify.formula.layout import Frac, Layout, Mark
from verify.formula.names import row_of


def with_fractions(context: Context, items: Sequence[Layout]) -> Sequence[Layout]:
    """Return the factors with each derivative in one line as a fraction."""
    found: list[Layout] = []
    place = 0
    while place < len(items):
        item = items[place]
        end = _end(context, items, place) if isinstance(item, Mark) and item.text == "/" else 0
        start = _start(context, found) if end else None
        if start is None or _kind(found[start]) != _kind(items[place + 1]):
            found.append(item)
            place += 1
            continue
        over, under = row_of(found[start:]), row_of(items[place + 1 : end])
        found[start:] = [Frac(over, under, span=over.span.to(under.span))]
        place = end
    return found


def _start(context: Context, before: Sequence[Layout]) -> int | None:
    """Return where the numerator begins: at the last d or ∂, with no operator behind it."""
    for place in range(len(before) - 1, -1, -1):
        if isinstance(before[place], Mark):
            return None
        if differential_of(before[place]) and _differs(context, before[place]):
            return place
    return None


def _end(context: Context, items: Sequence[Layout], slash: int) -> int:
    """Return where the denominator ends: behind one variable; 0 if it is no differential."""
    after = slash + 2
    if after >= len(items) or isinstance(items[after], Mark):
        return 0
    first = items[slash + 1]
    return after + 1 if differential_of(first) and _differs(context, first) else 0


def _kind(item: Layout) -> str:
    found = differential_of(item)
    return found[0] if found else ""


def _differs(context: Context, item: Layout) -> bool:
    """Whether d is no symbol of the page."""
    kind = differential_of(item)
    return kind is not None and all(symbol.base != kind[0] for symbol in context.symbols)
