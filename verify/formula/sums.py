"""Sums and products over indices, with what follows them as their body."""

from collections.abc import Sequence

from verify.formula.application import argument_length
from verify.formula.brackets import relation
from verify.formula.context import Context, Scope, Typed
from verify.formula.layout import Big, Group, Layout, Mark, Scripted
from verify.formula.limits import limits_of
from verify.formula.names import index_value, row_of
from verify.formula.ranges import Limits
from verify.formula.reach import letters_in
from verify.formula.source import FormulaError, Span
from verify.formula.tree import Both, Compare, Fold, Index, Tree
from verify.formula.words import BIG


def fold(context: Context, item: Layout, rest: Sequence[Layout], scope: Scope) -> Typed:
    """Read `\\sum` or `\\prod` with what follows it in the row as its body."""
    big = item.base if isinstance(item, Scripted) else item
    assert isinstance(big, Big)
    kind = BIG[big.text]
    if kind not in ("sum", "prod"):
        raise FormulaError(f"{big.text} is not supported", item.span, big.text)
    if not rest:
        raise FormulaError(f"{big.text} has nothing to run over", item.span, "empty sum")
    limits = limits_of(context, item, rest, scope)
    if kind == "prod" and (cut := _ends(context, item, rest, limits, scope)) < len(rest):
        inside = Group("(", row_of((item, *rest[:cut])), ")", span=item.span.to(rest[cut - 1].span))
        return context.read(context, row_of((inside, *rest[cut:])), scope)
    return _folded(context, kind, limits, rest, item.span.to(rest[-1].span), scope)


def _ends(
    context: Context, item: Layout, rest: Sequence[Layout], limits: Limits, scope: Scope
) -> int:
    """Return how many items are multiplied: factors without the index may stand behind."""
    letters = {letter for letter, _ in limits.letters}
    place = cut = 0
    while place < len(rest):
        after = place + argument_length(context, rest[place:], scope)
        if letters & letters_in(row_of(rest[place:after])) or _bangs(rest[place]):
            cut = after
        place = after
    if cut in (0, len(rest)):
        return len(rest)
    ways = ["a product of the factors that its index stands in", "a product of all that follows"]
    way = context.choose(ways, item.span, "product", even=not scope.applied)
    return len(rest) if way else cut


def _bangs(item: Layout) -> bool:
    return isinstance(item, Mark) and (item.text == "!" or item.kind != "mark")


def _folded(
    context: Context,
    kind: str,
    limits: Limits,
    rest: Sequence[Layout],
    span: Span,
    scope: Scope,
) -> Typed:
    bound = []
    inner = scope
    for letter, axis in limits.letters:
        index = context.fresh(letter, axis)
        bound.append(index)
        inner = inner.bind(letter, index)
    condition = _condition(context, limits, inner)
    body = context.read(context, row_of(rest), inner)
    tree = body.tree
    for place, index in enumerate(reversed(bound)):
        outer = condition if place == len(bound) - 1 else None
        tree = Fold(kind, index, tree, None, span=span) if outer is None else tree
        if outer is not None:
            tree = _conditioned(kind, index, tree, outer, span)
    return Typed(tree, body.row, body.column)


def _conditioned(kind: str, index: Index, tree: Tree, condition: Tree, span: Span) -> Tree:
    """A condition on several indices belongs to the innermost sum."""
    if (
        isinstance(tree, Fold)
        and tree.kind == kind
        and tree.condition is None
        and tree.span == span
    ):
        inner = _conditioned(kind, tree.index, tree.body, condition, span)
        return Fold(kind, index, inner, None, span=span)
    return Fold(kind, index, tree, condition, span=span)


def _condition(context: Context, limits: Limits, scope: Scope) -> Tree | None:
    found = [relation(context, condition, scope) for condition in limits.conditions]
    for letter, operator, limit in limits.bounds:
        value = index_value(context, limit, scope, None)
        if value is None:
            value = context.read(context, limit, scope).tree
        found.append(Compare(operator, scope.letters[letter], value, span=limit.span))
    kept = [condition for condition in found if condition is not None]
    if not kept:
        return None
    return kept[0] if len(kept) == 1 else Both(tuple(kept))
