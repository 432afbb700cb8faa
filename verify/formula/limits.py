"""What a sum runs over: its indices with their ranges, and conditions on them."""

from collections.abc import Sequence

from verify.formula.context import Context, Scope
from verify.formula.inferred import by_range, inferred
from verify.formula.layout import (
    Group,
    Layout,
    Listing,
    Mark,
    Name,
    Number,
    Relation,
    Row,
    Scripted,
)
from verify.formula.ranges import Limits, ranged
from verify.formula.source import FormulaError, Span
from verify.formula.symbols import canonical
from verify.formula.tree import Axis

GIVEN = frozenset({":", "\\colon", "|", "\\mid"})  # behind these stand conditions only


def limits_of(context: Context, item: Layout, rest: Sequence[Layout], scope: Scope) -> Limits:
    """Return what a `\\sum` with its scripts runs over; `rest` is what it sums.

    Raises `FormulaError` at every part of a subscript that has no meaning here.
    """
    sub = item.sub if isinstance(item, Scripted) else None
    sup = item.sup if isinstance(item, Scripted) else None
    if isinstance(sup, Name) and sup.text == "\\infty":
        raise FormulaError("an infinite sum is not executed", item.span, "infinite sum")
    if sub is None:
        said = "this sum names no index; write \\sum_i with i declared under [indices]"
        raise FormulaError(said, item.span, "sum without index")
    sub, sup = _spelled_out(sub, sup)
    letters: list[tuple[str, Axis]] = []
    conditions: list[Layout] = []
    lower: dict[str, Layout] = {}
    for given, part in _parts(sub):
        if isinstance(part, Relation) and starts_at(part) and not given:
            _unless_taken(letter := canonical(part.sides[0]), letters, part)
            letters.append((letter, Axis("")))
            lower[letter] = part.sides[1]
        else:
            # In k ≠ i, j the last letter belongs to the condition.
            behind = given or bool(conditions)
            conditions.extend(_listed(context, part, rest, scope, letters, given=behind))
    if not letters:
        raise _unsupported(sub)
    if sup is None and not lower:
        return Limits(tuple(letters), tuple(conditions))
    return _all_ranged(context, item.span, letters, conditions, lower, sup, scope)


def _all_ranged(
    context: Context,
    span: Span,
    letters: list[tuple[str, Axis]],
    conditions: list[Layout],
    lower: dict[str, Layout],
    sup: Layout | None,
    scope: Scope,
) -> Limits:
    """`\\sum_{i,j=1}^n`: limits that stand once are those of all indices without their own."""
    only = next(iter(lower.values())) if len(lower) == 1 and not conditions else None
    found = []
    for letter, _ in letters:
        if letter in lower or sup is not None:
            start = lower.get(letter, only)
            found.append(ranged(context, letter, start, sup, span, scope))
        else:
            found.append(Limits(((letter, context.indices[letter]),)))
    return Limits(
        tuple(pair for limits in found for pair in limits.letters),
        tuple(conditions),
        tuple(bound for limits in found for bound in limits.bounds),
    )


def starts_at(part: Relation) -> bool:
    """Whether a relation is `i = 1`, which says where an index begins."""
    return part.meanings == ("=",) and is_letter(part.sides[0])


def is_letter(layout: Layout) -> bool:
    """Whether a layout is a letter, primes included, as an index is."""
    return isinstance(layout, Name) or (
        isinstance(layout, Scripted) and layout.sub is None and layout.sup is None
    )


def _unsupported(part: Layout) -> FormulaError:
    return FormulaError(
        f"the sum over {canonical(part)} is not supported; its index must be declared under "
        "[indices]",
        part.span,
        f"sum over {canonical(part)[:30]}",
    )


def _unless_taken(letter: str, letters: list[tuple[str, Axis]], part: Layout) -> None:
    if any(letter == taken for taken, _ in letters):
        raise _unsupported(part)


def _spelled_out(sub: Layout, sup: Layout | None) -> tuple[Layout, Layout | None]:
    """Return `i=1,\\dots,n` below a sum as its two limits."""
    if sup is not None or not isinstance(sub, Listing) or len(sub.items) != 3:
        return sub, sup
    first, dots, last = sub.items
    begins = isinstance(first, Relation) and starts_at(first)
    spelled = begins and isinstance(dots, Mark) and dots.kind == "dots"
    return (first, last) if spelled else (sub, sup)


def _parts(sub: Layout) -> list[tuple[bool, Layout]]:
    """Return the parts of a subscript, each with whether it stands behind "such that"."""
    if isinstance(sub, Listing):
        behind = [any(mark in GIVEN for mark in sub.separators[:n]) for n in range(len(sub.items))]
        return list(zip(behind, sub.items, strict=True))
    if isinstance(sub, Row) and all(isinstance(item, Name | Scripted) for item in sub.items):
        return [(False, item) for item in sub.items]
    return [(False, sub)]


def _listed(
    context: Context,
    part: Layout,
    rest: Sequence[Layout],
    scope: Scope,
    letters: list[tuple[str, Axis]],
    *,
    given: bool,
) -> list[Layout]:
    """Add the letters that one part of a subscript binds; return the conditions it makes."""
    if isinstance(part, Relation):
        if part.meanings == ("in",) and not given:
            _unless_taken(canonical(part.sides[0]), letters, part)
            return _member(context, part, letters)
        if not given:
            _bind_compared(context, part, scope, letters)
        return [part]
    if given or not isinstance(part, Name | Scripted):
        raise _unsupported(part)
    _unless_taken(canonical(part), letters, part)
    letters.append(_index(context, part, rest))
    return []


def _index(context: Context, part: Name | Scripted, rest: Sequence[Layout]) -> tuple[str, Axis]:
    """Return an index with its range: as declared, or as it is used in what is summed."""
    key = canonical(part)
    if key in context.indices:
        return key, context.indices[key]
    if isinstance(part, Name) and (axis := inferred(context, key, rest)) is not None:
        context.note(f"the index {key} is not declared: read as running over {axis}", part.span)
        return key, axis
    if isinstance(part, Name) and key in context.axis_names():
        return by_range(context, part, rest)
    raise _unsupported(part)


def _bind_compared(
    context: Context, part: Relation, scope: Scope, letters: list[tuple[str, Axis]]
) -> None:
    """Bind the indices of `i \\neq j`: the first, and others that mean nothing else here."""
    listed = bool(letters)
    taken = {letter for letter, _ in letters}
    free = context.outside if context.allowed is None else context.allowed
    known = scope.letters.keys() | free
    for name in map(canonical, part.sides):
        if name not in context.indices or name in taken or (name in known and taken):
            continue
        if listed and context.allowed is None:
            context.unsure.append(
                f"whether the sum over {canonical(part)} binds {name} is not clear"
            )
        taken.add(name)
        letters.append((name, context.indices[name]))


def _member(context: Context, part: Relation, letters: list[tuple[str, Axis]]) -> list[Layout]:
    """Add the letter of `j \\in \\{1, …, K\\}`; return the condition if its range is longer."""
    letter, members = canonical(part.sides[0]), part.sides[1]
    axis = context.indices.get(letter)
    interval = isinstance(members, Group) and members.opening == "["
    inside: Layout = members
    while isinstance(inside, Group) and inside.body is not None:
        inside = inside.body
    if isinstance(inside, Listing) and (last := _counted(inside)) is not None:
        letters.append((letter, axis or Axis("", last)))
        end = Number(str(last), span=part.span)
        shorter = axis is not None and axis != Axis("", last)
        return [Relation((part.sides[0], end), ("<=",), span=part.span)] if shorter else []
    if axis is not None and _is_range(inside, axis, interval=interval):
        letters.append((letter, axis))
        return []
    raise FormulaError("a sum over this set is not supported", part.span, "sum over a set")


def _counted(members: Listing) -> int | None:
    """Return n of the members 1, 2, …, n that are all written; None if they are no such."""
    numbers = [canonical(member) for member in members.items]
    return len(numbers) if numbers == [str(n + 1) for n in range(len(numbers))] else None


def _is_range(members: Layout, axis: Axis, *, interval: bool) -> bool:
    """Whether a set is the range of an axis: `K`, `[1, K]`, `1, …, K` or `1, 2, …, K`."""
    if not isinstance(members, Listing):
        return canonical(members) == axis.base
    if interval and canonical(members) == f"1,{axis}":
        return True
    *first, dots, last = members.items
    counted = [canonical(member) for member in first] == [str(n + 1) for n in range(len(first))]
    spelled = isinstance(dots, Mark) and dots.kind == "dots" and counted and bool(first)
    return spelled and canonical(last) == str(axis)
