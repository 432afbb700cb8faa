"""Sums and products over indices: what they run over, under which conditions."""

from collections.abc import Sequence
from dataclasses import dataclass

from verify.formula.brackets import relation
from verify.formula.context import Context, Scope, Typed
from verify.formula.layout import (
    Big,
    Group,
    Layout,
    Listing,
    Name,
    Number,
    Relation,
    Row,
    Scripted,
    Terms,
    walk,
)
from verify.formula.names import index_value, row_of
from verify.formula.source import FormulaError, Span
from verify.formula.symbols import canonical, script_items
from verify.formula.tree import Axis, Both, Compare, Fold, Index, Tree
from verify.formula.words import BIG

MAX_RANGE = 10_000  # terms of a sum with a number as its limit


@dataclass(frozen=True)
class Limits:
    """What a sum runs over: letters with their axes, and conditions still to be read."""

    letters: tuple[tuple[str, Axis], ...]
    conditions: tuple[Layout, ...] = ()
    lower: Layout | None = None
    upper: Layout | None = None


def fold(context: Context, item: Layout, rest: Sequence[Layout], scope: Scope) -> Typed:
    """Read `\\sum` or `\\prod` with what follows it in the row as its body."""
    big = item.base if isinstance(item, Scripted) else item
    assert isinstance(big, Big)
    kind = BIG[big.text]
    if kind not in ("sum", "prod"):
        raise FormulaError(f"{big.text} is not supported", item.span, big.text)
    if not rest:
        raise FormulaError(f"{big.text} has nothing to run over", item.span, "empty sum")
    sub = item.sub if isinstance(item, Scripted) else None
    sup = item.sup if isinstance(item, Scripted) else None
    limits = _limits(context, sub, sup, rest, item.span, scope)
    bound = []
    inner = scope
    for letter, axis in limits.letters:
        index = context.fresh(letter, axis)
        bound.append(index)
        inner = inner.bind(letter, index)
    condition = _condition(context, limits, bound, inner)
    body = context.read(context, row_of(rest), inner)
    tree = body.tree
    span = item.span.to(rest[-1].span)
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


def _condition(context: Context, limits: Limits, bound: list[Index], scope: Scope) -> Tree | None:
    found = [relation(context, condition, scope) for condition in limits.conditions]
    index = bound[0]
    for operator, limit in ((">=", limits.lower), ("<=", limits.upper)):
        if limit is not None:
            value = index_value(context, limit, scope, None)
            if value is None:
                value = context.read(context, limit, scope).tree
            found.append(Compare(operator, index, value, span=limit.span))
    kept = [condition for condition in found if condition is not None]
    if not kept:
        return None
    return kept[0] if len(kept) == 1 else Both(tuple(kept))


def _limits(
    context: Context,
    sub: Layout | None,
    sup: Layout | None,
    rest: Sequence[Layout],
    span: Span,
    scope: Scope,
) -> Limits:
    if isinstance(sup, Name) and sup.text == "\\infty":
        raise FormulaError("an infinite sum is not executed", span, "infinite sum")
    if sub is None:
        raise FormulaError(
            "this sum names no index; write \\sum_i with i declared under [indices]",
            span,
            "sum without index",
        )
    if isinstance(sub, Relation) and sub.meanings == ("=",) and isinstance(sub.sides[0], Name):
        return _ranged(context, sub.sides[0].text, sub.sides[1], sup, span, scope)
    letters: list[tuple[str, Axis]] = []
    conditions: list[Layout] = []
    for part in _parts(sub):
        found = _listed(context, part, rest, scope, letters)
        conditions.extend(found)
    if not letters:
        raise FormulaError(
            f"the sum over {canonical(sub)} is not supported; its index must be declared under "
            "[indices]",
            sub.span,
            f"sum over {canonical(sub)[:30]}",
        )
    if sup is not None and len(letters) == 1:
        return _ranged(context, letters[0][0], None, sup, span, scope)
    return Limits(tuple(letters), tuple(conditions))


def _parts(sub: Layout) -> list[Layout]:
    if isinstance(sub, Listing):
        return list(sub.items)
    if isinstance(sub, Row) and all(isinstance(item, Name | Scripted) for item in sub.items):
        return list(sub.items)
    return [sub]


def _listed(
    context: Context,
    part: Layout,
    rest: Sequence[Layout],
    scope: Scope,
    letters: list[tuple[str, Axis]],
) -> list[Layout]:
    """Add the letters that one part of a subscript binds; return the conditions it makes."""
    taken = {letter for letter, _ in letters}
    key = canonical(part)
    if key in context.indices and isinstance(part, Name | Scripted):
        letters.append((key, context.indices[key]))
        return []
    if isinstance(part, Name) and (axis := _inferred(context, key, rest)) is not None:
        context.note(f"the index {key} is not declared: read as running over {axis}", part.span)
        letters.append((key, axis))
        return []
    if isinstance(part, Name) and key in context.axis_names():
        letters.append(_by_range(context, part, rest))
        return []
    if isinstance(part, Relation) and part.meanings == ("in",):
        return _member(context, part, letters)
    if isinstance(part, Relation):
        names = [canonical(s) for s in part.sides if isinstance(s, Name | Scripted)]
        first = [name for name in names if name in context.indices]
        free = context.allowed or frozenset()
        for place, name in enumerate(first):
            known = name in taken or name in scope.letters or name in free
            if (place == 0 and name not in taken) or not known:
                letters.append((name, context.indices[name]))
                taken.add(name)
        return [part] if first else []
    return []


def _inferred(context: Context, letter: str, rest: Sequence[Layout]) -> Axis | None:
    """Return the axis of an undeclared letter by where it stands: θ_b beside a declared θ_a."""
    if letter in context.axis_names() or any(s.base == letter for s in context.symbols):
        return None
    found: set[Axis] = set()
    for node in walk(row_of(rest)):
        if not isinstance(node, Scripted):
            continue
        base = canonical(node.base)
        for place, item in enumerate(script_items(node.sub)):
            if canonical(item) == letter:
                found |= {
                    symbol.axes[place]
                    for symbol in context.symbols
                    if symbol.base == base and place < len(symbol.axes)
                }
    return found.pop() if len(found) == 1 else None


def _by_range(context: Context, part: Name, rest: Sequence[Layout]) -> tuple[str, Axis]:
    """`\\sum_N` names its range: the index is the one of that range that the body uses."""
    from verify.formula.reach import letters_in

    used = letters_in(row_of(rest))
    fitting = [
        letter
        for letter, axis in context.indices.items()
        if axis.base == part.text and letter in used
    ]
    if len(fitting) != 1:
        raise FormulaError(
            f"the sum over {part.text} names a range, not an index", part.span, "sum over a range"
        )
    context.note(f"the sum over {part.text} is read as over {fitting[0]}", part.span)
    return fitting[0], context.indices[fitting[0]]


def _member(context: Context, part: Relation, letters: list[tuple[str, Axis]]) -> list[Layout]:
    """Add the letter of `j \\in \\{1, …, K\\}`; return the condition if its range is longer."""
    letter, members = canonical(part.sides[0]), part.sides[1]
    axis = context.indices.get(letter)
    inside = members.body if isinstance(members, Group) else members
    while isinstance(inside, Group) and inside.body is not None:
        inside = inside.body
    if isinstance(inside, Listing) and all(isinstance(i, Number) for i in inside.items):
        numbers = [int(i.text) for i in inside.items if isinstance(i, Number) and i.text.isdigit()]
        if numbers == list(range(1, len(numbers) + 1)):
            letters.append((letter, axis or Axis("", len(numbers))))
            last = Number(str(len(numbers)), span=part.span)
            shorter = axis is not None and axis != Axis("", len(numbers))
            return [Relation((part.sides[0], last), ("<=",), span=part.span)] if shorter else []
    elif axis is not None and isinstance(inside, Listing | Name | Row):
        known = canonical(inside) in (axis.base, f"1,{axis}", f"1,...,{axis}")
        if known or (isinstance(inside, Listing) and canonical(inside.items[-1]) == str(axis)):
            letters.append((letter, axis))
            return []
    raise FormulaError("a sum over this set is not supported", part.span, "sum over a set")


def _ranged(
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
    if upper is not None and declared is not None and not upper.base and declared.base:
        # \\sum_{j=1}^3 over an index that runs to K: the first three
        return Limits(((letter, declared),), lower=lower, upper=sup)
    if upper is not None:
        axis = Axis(upper.base, upper.offset, 1 if start is None else start)
        if lower is None or start is not None:
            return Limits(((letter, axis),))
        return Limits(((letter, declared or axis),), lower=lower)
    range_ = declared or _axis_of_index(context, sup, scope)
    if range_ is None:
        raise FormulaError(
            f"the range of the index {letter} is not known; declare {letter} under [indices]",
            span,
            f"undeclared index {letter}",
        )
    if sup is not None:
        context.note(
            f"the upper bound {canonical(sup)} is an index: executed literally, as a partial sum",
            sup.span,
        )
    whole = lower is None or start == range_.start
    return Limits(((letter, range_),), lower=None if whole else lower, upper=sup)


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
