"""How far a sum reaches: `\\sum_i a_i + b_i`, where i means nothing else, is read as one sum."""

from verify.formula.context import Context, Scope
from verify.formula.layout import (
    Big,
    Group,
    Layout,
    Name,
    Relation,
    Row,
    Scripted,
    Terms,
    children,
    walk,
)
from verify.formula.names import row_items
from verify.formula.symbols import canonical


def letters_in(layout: Layout) -> frozenset[str]:
    """Return the names that stand in scripts, where indices are, and are not bound inside."""
    found: set[str] = set()
    if isinstance(layout, Row):
        for place, item in enumerate(layout.items):
            if (bound := bound_by(item)) is not None:
                rest = layout.items[place + 1 :]
                inside = frozenset[str]().union(*map(letters_in, rest)) if rest else frozenset()
                return frozenset(found) | (inside - bound)
            found |= letters_in(item)
        return frozenset(found)
    if isinstance(layout, Scripted) and bound_by(layout) is None:
        for script in (layout.sub, layout.sup):
            if script is not None:
                found |= {node.text for node in walk(script) if isinstance(node, Name)}
                found |= {canonical(node) for node in walk(script) if isinstance(node, Scripted)}
        return frozenset(found) | letters_in(layout.base)
    for child in children(layout):
        found |= letters_in(child)
    return frozenset(found)


def bound_by(item: Layout) -> frozenset[str] | None:
    """Return the letters that a `\\sum` with its limits binds; None for anything else."""
    if isinstance(item, Big):
        return frozenset()
    if not (isinstance(item, Scripted) and isinstance(item.base, Big)):
        return None
    if item.sub is None:
        return frozenset()
    first = item.sub.sides[0] if isinstance(item.sub, Relation) else item.sub
    return frozenset(canonical(node) for node in walk(first) if isinstance(node, Name | Scripted))


def widened(
    context: Context, terms: list[tuple[int, Layout]], scope: Scope
) -> list[tuple[int, Layout]]:
    """Move later terms into a sum whose index they use, where that index has no other meaning."""
    for place, (_, term) in enumerate(terms[:-1]):
        items = row_items(term)
        at = next((n for n, item in enumerate(items) if bound_by(item) is not None), None)
        if at is None:
            continue
        bound = (bound_by(items[at]) or frozenset()) & context.indices.keys()
        dangling = bound - scope.letters.keys() - (context.allowed or frozenset())
        if context.allowed is None or not dangling:
            continue
        last = max(
            (n for n in range(place + 1, len(terms)) if letters_in(terms[n][1]) & dangling),
            default=place,
        )
        if last > place:
            return _joined(context, terms, place, last, at)
    return terms


def _joined(
    context: Context, terms: list[tuple[int, Layout]], place: int, last: int, at: int
) -> list[tuple[int, Layout]]:
    sign, term = terms[place]
    items = row_items(term)
    body = Row(tuple(items[at + 1 :]), span=term.span)
    inside = ((1, body), *terms[place + 1 : last + 1])
    span = term.span.to(terms[last][1].span)
    group = Group("(", Terms(inside, span=span), ")", span=span)
    context.note(
        f"the sum over {', '.join(sorted(bound_by(items[at]) or ()))} is read as reaching to the "
        "end of the terms that use its index",
        items[at].span,
        ambiguous=True,
    )
    row = Row((*items[: at + 1], group), span=span)
    return [*terms[:place], (sign, row), *terms[last + 1 :]]
