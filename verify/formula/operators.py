"""Sums and products over indices; derivatives as fractions, as operators and as ∇."""

from collections.abc import Sequence
from dataclasses import dataclass

from verify.formula import build, shapes
from verify.formula.apply import argument_length
from verify.formula.brackets import relation
from verify.formula.context import Context, Scope, Typed
from verify.formula.layout import (
    Big,
    Frac,
    Group,
    Layout,
    Listing,
    Mark,
    Name,
    Number,
    Relation,
    Row,
    Scripted,
    Terms,
)
from verify.formula.names import index_value, resolve, row_items
from verify.formula.source import FormulaError, Span
from verify.formula.symbols import canonical
from verify.formula.tree import Axis, Both, Compare, Derivative, Entry, Fold, Index, Tree
from verify.formula.words import BIG

MAX_RANGE = 10_000  # terms of a sum with a number as its limit
DIFFERENTIALS = frozenset({"d", "\\partial", "\\delta"})


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
    body = context.read(context, _row_of(rest), inner)
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


def _row_of(items: Sequence[Layout]) -> Layout:
    if len(items) == 1:
        return items[0]
    return Row(tuple(items), span=items[0].span.to(items[-1].span))


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


def _by_range(context: Context, part: Name, rest: Sequence[Layout]) -> tuple[str, Axis]:
    """`\\sum_N` names its range: the index is the one of that range that the body uses."""
    from verify.formula.reach import letters_in

    used = letters_in(_row_of(rest))
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


def nabla_of(item: Layout) -> tuple[Layout | None] | None:
    """Return the subscript of ∇ in a tuple; None if the item is no ∇."""
    base = item.base if isinstance(item, Scripted) else item
    if not isinstance(base, Name) or base.text not in (
        "\\nabla", "\\bigtriangledown", "\\triangledown",
    ):  # fmt: skip
        return None
    return (item.sub if isinstance(item, Scripted) else None,)


def gradient(
    context: Context, item: Layout, wrt: Layout | None, rest: Sequence[Layout], scope: Scope
) -> Typed:
    """Read `\\nabla_\\theta` applied to the rest of the row."""
    if isinstance(item, Scripted) and item.sup is not None:
        raise FormulaError("∇ with a superscript is not supported", item.span, "\\nabla^2")
    if wrt is None:
        wrt = _nabla_variable(context, item, rest)
    return derivative(context, item, rest, [wrt], [], scope)


def _nabla_variable(context: Context, item: Layout, rest: Sequence[Layout]) -> Layout:
    if context.nabla:
        from verify.formula.layout import parse
        from verify.formula.tokens import tokenize

        return parse(tokenize(context.nabla, 0, len(context.nabla)))
    if len(rest) == 2 and isinstance(rest[1], Group) and isinstance(rest[1].body, Name):
        return rest[1].body
    raise FormulaError(
        "∇ does not say by what; declare '\\nabla' = \"by \\\\theta\" under [symbols]",
        item.span,
        "\\nabla without variable",
    )


def _differential(item: Layout) -> tuple[str, int] | None:
    """Return kind and order of `d`, `\\partial`, `\\partial^2`; None for anything else."""
    if isinstance(item, Name) and item.text in DIFFERENTIALS:
        return item.text, 1
    if (
        isinstance(item, Scripted)
        and item.sub is None
        and isinstance(item.base, Name)
        and item.base.text in DIFFERENTIALS
        and isinstance(item.sup, Number)
    ):
        return item.base.text, int(item.sup.text) if item.sup.text.isdigit() else 0
    return None


def derivative_parts(
    context: Context, item: Frac
) -> tuple[Layout | None, list[Layout], list[Layout]] | None:
    """Return body (None: an operator), variables and divisors of a derivative; None if none is it.

    Raises `FormulaError` for a numerator without ∂, which pages print by mistake.
    """
    over, under = row_items(item.over), row_items(item.under)
    marks = [place for place, part in enumerate(under) if _differential(part)]
    if not marks:
        return None
    kind = _differential(under[marks[0]])
    above = _differential(over[0]) if over else None
    assert kind is not None
    if above is None or above[0] != kind[0]:
        if kind[0] != "\\partial" or len(under) == marks[-1] + 1:
            return None
        context.note("a numerator without ∂ is read as with it", item.span, ambiguous=True)
        context.unsure.append("a numerator has no ∂")
        return item.over, [_row_of(under[marks[0] + 1 :])], []
    if len(under) == marks[-1] + 1:
        return None
    if kind[0] == "\\delta":
        context.note("δ in a fraction is read as ∂", item.span)
    wrts = [_row_of(under[a + 1 : b]) for a, b in zip(marks, [*marks[1:], len(under)], strict=True)]
    wrts = _ordered(wrts, above[1], item)
    divisors = [part for part in under[: marks[0]] if not isinstance(part, Mark)]
    return (_row_of(over[1:]) if over[1:] else None), wrts, divisors


def _ordered(wrts: list[Layout], order: int, item: Frac) -> list[Layout]:
    """Return one variable for each order: `\\partial x^2` stands for two."""
    if order == len(wrts):
        return wrts
    only = wrts[0]
    if len(wrts) == 1 and isinstance(only, Scripted) and canonical(only.sup or only) == str(order):
        plain: Layout = only.base
        if only.sub is not None:
            plain = Scripted(only.base, only.sub, None, only.primes, span=only.span)
        return [plain] * order
    raise FormulaError(
        f"a derivative of order {order} by {len(wrts)} variables", item.span, "order of derivative"
    )


def derivative(
    context: Context,
    item: Layout,
    rest: Sequence[Layout],
    wrts: list[Layout],
    divisors: list[Layout],
    scope: Scope,
) -> Typed:
    """Read a derivative of the rest of the row, or of its first factor where that is chosen."""
    rest = list(rest)
    while rest and isinstance(rest[0], Mark) and rest[0].kind == "mark":
        rest = rest[1:]
    if not rest:
        raise FormulaError("this derivative has nothing to act on", item.span, "empty derivative")
    after = argument_length(context, rest, scope)
    way = 0
    if after < len(rest) and not _starts_sum(rest[0]):
        ways = ["the derivative of all factors behind it", "the derivative of the next factor"]
        way = context.choose(ways, item.span, "derivative")
    acted, left = (rest, []) if way == 0 else (rest[:after], rest[after:])
    found = context.read(context, _row_of(acted), scope)
    for wrt in reversed(wrts):
        found = differentiated(context, found, wrt, item.span, scope)
    for divisor in divisors:
        below = context.read(context, divisor, scope).tree
        found = Typed(build.over(found.tree, below), found.row, found.column)
    if left:
        others = context.read(context, _row_of([p for p in left if not isinstance(p, Mark)]), scope)
        return shapes.product(context, found, others, "", item.span)
    return found


def _starts_sum(item: Layout) -> bool:
    return isinstance(item.base if isinstance(item, Scripted) else item, Big)


def differentiated(context: Context, body: Typed, wrt: Layout, span: Span, scope: Scope) -> Typed:
    """Return ∂ body / ∂ wrt; the axes of `wrt` become axes of the result."""
    variable = _variable(context, wrt, scope)
    entry = variable.tree
    if not isinstance(entry, Entry):
        raise FormulaError(
            "a derivative by an expression is not supported; only by a symbol",
            wrt.span,
            "derivative by an expression",
        )
    tree = Derivative(body.tree, entry, span=span)
    if body.scalar:
        return Typed(tree, variable.row, variable.column)
    if variable.scalar:
        return Typed(tree, body.row, body.column)
    if body.rank == variable.rank == 1:
        return Typed(tree, body.row or body.column, variable.row or variable.column)
    raise FormulaError(
        "this derivative has more than two axes", span, "derivative of an array by an array"
    )


def _variable(context: Context, wrt: Layout, scope: Scope) -> Typed:
    found = resolve(context, wrt, scope)
    if (found is None or found[1] is not None) and isinstance(wrt, Scripted):
        plain: Layout = wrt.base
        if wrt.sub is not None:
            plain = Scripted(wrt.base, wrt.sub, span=wrt.span)
        found = resolve(context, plain, scope)
        if found is not None and found[0].rank == 1 and (wrt.primes or wrt.sup):
            return found[0]
        found = None
    if found is None and isinstance(wrt, Group) and wrt.body is not None:
        return _variable(context, wrt.body, scope)
    if found is None:
        return context.read(context, wrt, scope)
    return found[0]
