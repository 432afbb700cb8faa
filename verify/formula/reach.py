"""How far a sum reaches: `\\sum_i a_i + b_i`, where i means nothing else, is read as one sum."""

from collections.abc import Iterable

from verify.formula.context import Context, Scope
from verify.formula.layout import (
    Big,
    Group,
    Layout,
    Listing,
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


def letters_in(layout: Layout, *, script: bool = False) -> frozenset[str]:
    """Return the names that stand in scripts, where indices are, and are not bound inside.

    `script`: the layout is itself a script, so that all its names count.
    """
    found: set[str] = set()
    if isinstance(layout, Row):
        for place, item in enumerate(layout.items):
            if (bound := bound_by(item)) is not None:
                rest = Row(layout.items[place + 1 :])
                return frozenset(found) | (letters_in(rest, script=script) - bound)
            found |= letters_in(item, script=script)
        return frozenset(found)
    if isinstance(layout, Name):
        return frozenset({layout.text}) if script else frozenset()
    if isinstance(layout, Scripted) and bound_by(layout) is None:
        for part in (layout.sub, layout.sup):
            found |= letters_in(part, script=True) if part is not None else frozenset()
        found |= {canonical(layout)} if script else frozenset()
        return frozenset(found) | letters_in(layout.base, script=script)
    for child in children(layout):
        found |= letters_in(child, script=script)
    return frozenset(found)


def letters_outside(layout: Layout) -> frozenset[str]:
    """Return the letters in scripts that stand in no sum: they are free, in its limits as well."""
    if isinstance(layout, Row):
        at = next((n for n, i in enumerate(layout.items) if bound_by(i) is not None), None)
        parts: Iterable[Layout] = layout.items[:at]
    elif isinstance(layout, Scripted):
        return letters_in(layout) if bound_by(layout) is None else frozenset()
    else:
        parts = children(layout)
    return frozenset[str]().union(*map(letters_outside, parts))


def bound_by(item: Layout) -> frozenset[str] | None:
    """Return the letters that a `\\sum` with its limits binds; None for anything else."""
    if isinstance(item, Big):
        return frozenset()
    if not (isinstance(item, Scripted) and isinstance(item.base, Big)):
        return None
    if item.sub is None:
        return frozenset()
    first = [item.sub]
    if isinstance(item.sub, Listing):
        # Behind the first part, relations are conditions but for those that name an index.
        later = [p for p in item.sub.items[1:] if not isinstance(p, Relation) or _begins(p)]
        first = [item.sub.items[0], *later]
    parts = [part.sides[0] if isinstance(part, Relation) else part for part in first]
    nodes = (node for part in parts for node in walk(part))
    return frozenset(canonical(node) for node in nodes if isinstance(node, Name | Scripted))


def _begins(part: Relation) -> bool:
    return part.meanings[0] in ("=", "in") and isinstance(part.sides[0], Name)


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
