"""Where a function is applied in a row, and how far its argument reaches."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from verify.formula.calls import DOT, Application, function_key
from verify.formula.context import Context, Scope
from verify.formula.layout import (
    Accent,
    Big,
    Frac,
    Group,
    Layout,
    Listing,
    Mark,
    Name,
    Number,
    Row,
    Scripted,
    Terms,
    Word,
    children,
    walk,
)
from verify.formula.named import takes_brackets
from verify.formula.names import row_of
from verify.formula.source import FormulaError
from verify.formula.symbols import canonical, script_items

BRACKETS = frozenset({"(", "[", "\\{", "\\lgroup", "\\lbrack"})


def known_function(context: Context, item: Layout) -> str | None:
    """Return the key under which a function is declared or defined."""
    key = function_key(item)
    if key is None:
        return None
    if key in context.kinds or key in context.functions:
        return key
    base = canonical(item.base) if isinstance(item, Scripted) else key
    if base in context.kinds or base in context.functions:
        _subscripted(context, base, item)
        return base
    if isinstance(item, Scripted) and item.sub is not None and f"{base}_" in context.functions:
        return f"{base}_"
    if isinstance(item, Accent) and item.command == "\\dot":
        inner = canonical(item.body)
        return f"{DOT}{inner}}}" if inner in context.functions else None
    bare = [known for known in context.functions if known.startswith(f"{key}_{{")]
    return bare[0] if bare else None


def _subscripted(context: Context, base: str, item: Layout) -> None:
    """Refuse f_x of f(x, y), which is a derivative; another subscript may be a parameter."""
    if base not in context.functions or not isinstance(item, Scripted) or item.sub is None:
        return
    formals = {canonical(f) for found in context.functions[base] for f in found.formals}
    if {canonical(part) for part in script_items(item.sub)} <= formals:
        raise FormulaError(
            f"{canonical(item)} may be a derivative of {base}; write it as a fraction with ∂",
            item.span,
            "derivative as a subscript",
        )
    if f"{base}_" not in context.functions:
        context.unsure.append(f"{canonical(item)} is read as {base}, without its subscript")


def is_function(context: Context, items: Sequence[Layout], place: int, scope: Scope) -> bool:
    """Whether a function is applied at this place of a row."""
    item = items[place]
    if isinstance(item, Word) or (isinstance(item, Scripted) and isinstance(item.base, Word)):
        return True
    if known_function(context, item) is None or canonical(item) in scope.locals:
        return False
    follower = items[place + 1] if place + 1 < len(items) else None
    group = follower.base if isinstance(follower, Scripted) else follower
    if not isinstance(group, Group) or group.opening not in BRACKETS:
        return False
    return not _multiplies(context, item, group)


def _multiplies(context: Context, item: Layout, group: Group) -> bool:
    """Whether a function of the page stands for its value before brackets: f' = f(1 - f)."""
    key = known_function(context, item)
    found = context.functions.get(key or "")
    body = group.body
    if not found or body is None or isinstance(body, Listing) or len(found[-1].formals) != 1:
        return False
    bare = Scripted(item.base, item.sub) if isinstance(item, Scripted) else item
    names = {canonical(item), canonical(bare), key}
    if _alone(body, names):
        return True
    formal = canonical(found[-1].formals[0])
    inside = isinstance(body, Row | Terms) and formal in {canonical(node) for node in walk(body)}
    ways = ["the function at what stands in the brackets", "its value times the brackets"]
    return inside and bool(context.choose(ways, item.span, "brackets of a function"))


def _alone(body: Layout, names: AbstractSet[str | None]) -> bool:
    """Whether one of the names stands in a layout with no brackets of its own behind it."""
    if function_key(body) in names or canonical(body) in names:
        return True
    inside = tuple(children(body))
    behind = (*inside[1:], None) if isinstance(body, Row) else (None,) * len(inside)
    return any(
        not (function_key(part) in names and _is_group(after)) and _alone(part, names)
        for part, after in zip(inside, behind, strict=True)
    )


def application(
    context: Context, items: Sequence[Layout], place: int, scope: Scope
) -> tuple[Application, int]:
    """Return the application that starts at `place`, and the place after it."""
    item = items[place]
    name = known_function(context, item) or function_key(item) or ""
    indexed = script_items(item.sub) if isinstance(item, Scripted) and name[-1:] == "_" else []
    primes = item.primes if isinstance(item, Scripted) else 0
    sub = item.sub if isinstance(item, Scripted) and isinstance(item.base, Word) else None
    power = item.sup if isinstance(item, Scripted) else None
    if place + 1 >= len(items):
        raise FormulaError(f"{name} has no argument", item.span, f"{name} without argument")
    inverse = power is not None and canonical(power) == "-1"
    taken = _outer_argument(context, items, place)
    follower = items[place + 1]
    group = follower.base if isinstance(follower, Scripted) else follower
    if isinstance(group, Group) and group.opening in BRACKETS and not taken:
        arguments = (*indexed, *_arguments(group))
        span = item.span.to(follower.span)
        found = Application(name, arguments, primes, sub, power, None, True, span, inverse)
        return _with_outer(found, follower), place + 2
    after = place + 1 + (taken or _bare_argument(context, items[place + 1 :], item, scope))
    argument = row_of(items[place + 1 : after])
    span = item.span.to(items[after - 1].span)
    return Application(name, (argument,), primes, sub, power, None, False, span, inverse), after


def _with_outer(call: Application, follower: Layout) -> Application:
    """Return an application with the scripts behind its brackets."""
    if not isinstance(follower, Scripted):
        return call
    if call.power is not None and follower.sup is not None:
        raise FormulaError(
            f"{call.name} has two powers here, on its name and on its brackets", call.span, "powers"
        )
    primes = call.primes + follower.primes
    power = follower.sup if call.power is None else call.power
    return replace(call, primes=primes, power=power, component=follower.sub)


def _outer_argument(context: Context, items: Sequence[Layout], place: int) -> int:
    """Return how many items a logarithm takes beside its brackets, as in \\log (1-p)^{1-y}.

    The factorial behind the brackets is always that of the argument.
    """
    item, follower = items[place], items[place + 1]
    base = item.base if isinstance(item, Scripted) else item
    group = follower.base if isinstance(follower, Scripted) else follower
    if not (isinstance(base, Word) and base.text.lstrip("\\") in ("log", "ln")):
        return 0
    if not isinstance(group, Group) or group.opening not in BRACKETS:
        return 0
    rest = items[place + 2 :]
    mark = rest[0].text if rest and isinstance(rest[0], Mark) else ""
    if mark == "!":
        return 2
    length = 1
    if rest and _is_group(rest[0]):
        length = 2
    elif len(rest) > 1 and mark == "/" and _is_group(rest[1]):
        length = 3
    raised = isinstance(follower, Scripted) and follower.sup is not None
    if length == 1 and not raised:
        return 0
    ways = ["the logarithm of what stands in the brackets", "the logarithm of all that follows"]
    return length if context.choose(ways, item.span, "logarithm") else 0


def _is_group(item: Layout | None) -> bool:
    group = item.base if isinstance(item, Scripted) else item
    return isinstance(group, Group) and group.opening in BRACKETS


def _arguments(group: Group) -> tuple[Layout, ...]:
    if group.body is None:
        raise FormulaError("there is no argument in these brackets", group.span, "empty brackets")
    return group.body.items if isinstance(group.body, Listing) else (group.body,)


def _bare_argument(context: Context, rest: Sequence[Layout], item: Layout, scope: Scope) -> int:
    """Return how many items an argument without brackets has: `\\log a b` is (log a) b."""
    length = argument_length(context, rest, scope)  # log x! is the logarithm of a factorial
    if length < len(rest) and isinstance(rest[0], Number):
        ways = ["the function of all that follows", "the function of the number only"]
        return length if context.choose(ways, item.span, "argument") else len(rest)
    if length < len(rest) and not isinstance(rest[0], Big):
        ways = ["the function of the next factor only", "the function of all that follows"]
        return len(rest) if context.choose(ways, item.span, "argument") else length
    return length


def argument_length(context: Context, rest: Sequence[Layout], scope: Scope) -> int:
    """Return how many items the first factor of a row takes, with its arguments and its `!`."""
    length = _first_length(context, rest, scope)
    while length < len(rest) and is_bang(rest[length]):
        length += 1
    return length


def is_bang(item: Layout) -> bool:
    """Whether an item is the mark of a factorial."""
    return isinstance(item, Mark) and item.text == "!"


def _first_length(context: Context, rest: Sequence[Layout], scope: Scope) -> int:
    first = rest[0]
    base = first.base if isinstance(first, Scripted) else first
    if isinstance(base, Big) or (isinstance(base, Name) and base.text == "\\nabla"):
        return len(rest)
    if isinstance(first, Frac) and _operator(first):
        return len(rest)
    if is_function(context, rest, 0, scope):
        follower = rest[1] if len(rest) > 1 else first
        group = follower.base if isinstance(follower, Scripted) else follower
        if len(rest) == 1 or isinstance(group, Group):
            return min(2, len(rest))
        return 1 + argument_length(context, rest[1:], scope)
    return 2 if takes_brackets(context, rest, 0, scope) else 1


def _operator(item: Frac) -> bool:
    return isinstance(item.over, Name) and item.over.text in ("d", "\\partial")
