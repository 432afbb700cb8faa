"""Functions applied: known ones, those that the page defines, and primes as derivatives."""

from collections.abc import Sequence
from dataclasses import replace

from verify.formula import build
from verify.formula.calls import DOT, Application, function_key
from verify.formula.context import Context, Scope, Typed
from verify.formula.defined import defined
from verify.formula.functions import ELEMENTWISE, composed, derivative_of
from verify.formula.layout import (
    Accent,
    Big,
    Frac,
    Group,
    Layout,
    Listing,
    Name,
    Number,
    Row,
    Scripted,
    Word,
)
from verify.formula.names import index_value, resolve
from verify.formula.powers import powered
from verify.formula.source import FormulaError
from verify.formula.symbols import canonical, script_items
from verify.formula.tree import Derivative, Entry, Tree
from verify.formula.walk import substituted
from verify.formula.words import FUNCTIONS


def _known(context: Context, item: Layout) -> str | None:
    """Return the key under which a function is declared or defined."""
    key = function_key(item)
    if key is None:
        return None
    if key in context.kinds or key in context.functions:
        return key
    base = canonical(item.base) if isinstance(item, Scripted) else key
    if base in context.kinds or base in context.functions:
        return base
    if isinstance(item, Scripted) and item.sub is not None and f"{base}_" in context.functions:
        return f"{base}_"
    if isinstance(item, Accent) and item.command == "\\dot":
        inner = canonical(item.body)
        return f"{DOT}{inner}}}" if inner in context.functions else None
    bare = [known for known in context.functions if known.startswith(f"{key}_{{")]
    return bare[0] if bare else None


def is_function(context: Context, items: Sequence[Layout], place: int, scope: Scope) -> bool:
    """Whether a function is applied at this place of a row."""
    item = items[place]
    if isinstance(item, Word) or (isinstance(item, Scripted) and isinstance(item.base, Word)):
        return True
    if _known(context, item) is None or canonical(item) in scope.locals:
        return False
    follower = items[place + 1] if place + 1 < len(items) else None
    group = follower.base if isinstance(follower, Scripted) else follower
    return isinstance(group, Group) and group.opening in ("(", "[", "\\{", "\\lbrack", "\\lgroup")


def application(
    context: Context, items: Sequence[Layout], place: int, scope: Scope
) -> tuple[Application, int]:
    """Return the application that starts at `place`, and the place after it."""
    item = items[place]
    name = _known(context, item) or function_key(item) or ""
    indexed = script_items(item.sub) if isinstance(item, Scripted) and name[-1:] == "_" else []
    primes = item.primes if isinstance(item, Scripted) else 0
    sub = item.sub if isinstance(item, Scripted) and isinstance(item.base, Word) else None
    power = item.sup if isinstance(item, Scripted) else None
    if place + 1 >= len(items):
        raise FormulaError(f"{name} has no argument", item.span, f"{name} without argument")
    follower = items[place + 1]
    group = follower.base if isinstance(follower, Scripted) else follower
    if isinstance(group, Group) and group.opening in ("(", "[", "\\{", "\\lgroup", "\\lbrack"):
        arguments = (*indexed, *_arguments(group))
        outer = follower if isinstance(follower, Scripted) else None
        found = Application(
            name, arguments, primes, sub, power or (outer.sup if outer else None),
            outer.sub if outer else None, True, item.span.to(follower.span),
        )  # fmt: skip
        return (replace(found, primes=primes + outer.primes) if outer else found), place + 2
    after = place + 1 + _bare_argument(context, items[place + 1 :], item, scope)
    taken = items[place + 1 : after]
    argument = taken[0] if len(taken) == 1 else Row(tuple(taken), span=taken[0].span)
    span = item.span.to(taken[-1].span)
    return Application(name, (argument,), primes, sub, power, None, False, span), after


def _arguments(group: Group) -> tuple[Layout, ...]:
    if group.body is None:
        raise FormulaError("there is no argument in these brackets", group.span, "empty brackets")
    return group.body.items if isinstance(group.body, Listing) else (group.body,)


def _bare_argument(context: Context, rest: Sequence[Layout], item: Layout, scope: Scope) -> int:
    """Return how many items an argument without brackets has: `\\log a b` is (log a) b."""
    length = argument_length(context, rest, scope)
    if length < len(rest) and isinstance(rest[0], Number):
        ways = ["the function of all that follows", "the function of the number only"]
        return length if context.choose(ways, item.span, "argument") else len(rest)
    if length < len(rest) and not isinstance(rest[0], Big):
        ways = ["the function of the next factor only", "the function of all that follows"]
        return len(rest) if context.choose(ways, item.span, "argument") else length
    return length


def argument_length(context: Context, rest: Sequence[Layout], scope: Scope) -> int:
    """Return how many items the first factor of a row takes, applications included."""
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
    return 1


def _operator(item: Frac) -> bool:
    return isinstance(item.over, Name) and item.over.text in ("d", "\\partial")


def applied(context: Context, call: Application, scope: Scope) -> Typed:
    """Return the value of an application, with its powers and components."""
    if call.name.startswith(DOT) and call.name not in context.functions:
        found = _dotted(context, call, scope)
    elif call.name in context.functions:
        found = defined(context, call, scope)
    else:
        found = _builtin(context, call, scope)
    if call.component is not None:
        found = _component(context, found, call.component, scope)
    if call.power is None:
        return found
    if not call.bracketed or canonical(call.power) == "-1":
        context.note(f"a power on {call.name} is read as a power of its value", call.span)
    return powered(context, found, call.power, call.span, scope)


def _dotted(context: Context, call: Application, scope: Scope) -> Typed:
    """Newton's dot: the sum of ∂f/∂p times dot p over the arguments whose dot is declared."""
    plain = replace(call, name=call.name[len(DOT) : -1], power=None, component=None)
    terms = []
    for argument in call.arguments:
        rate = resolve(context, Accent("\\dot", argument), scope)
        entry = resolve(context, argument, scope)
        if rate is None or entry is None or not isinstance(entry[0].tree, Entry):
            raise FormulaError(
                "a dot needs the rate of its argument declared, as '\\dot{p}' = \"real\"",
                call.span,
                "Newton's dot",
            )
        body = applied(context, plain, scope)
        slope = Derivative(body.tree, entry[0].tree, span=call.span)
        terms.append(build.mul(slope, rate[0].tree))
    return Typed(build.add(*terms, span=call.span))


def _component(context: Context, found: Typed, sub: Layout, scope: Scope) -> Typed:
    index = found.row or found.column
    if found.rank != 1 or index is None:
        raise FormulaError("only a vector has components", sub.span, "component of an expression")
    value = index_value(context, sub, scope, index.axis)
    if value is None:
        raise FormulaError("this is no index", sub.span, "component of an expression")
    return Typed(substituted(found.tree, {index: value}))


def _builtin(context: Context, call: Application, scope: Scope) -> Typed:
    kind = context.kinds.get(call.name) or FUNCTIONS.get(call.name, call.name)
    if call.sub is not None:
        raise FormulaError(
            f"{call.name} with a subscript is not supported", call.span, f"{call.name}_"
        )
    values = [context.read(context, argument, scope) for argument in call.arguments]
    if kind == "smooth":
        kind = f"smooth {call.name}"
    if kind in ELEMENTWISE or kind.startswith("smooth "):
        if len(values) != 1:
            raise FormulaError(f"{call.name} takes one argument", call.span, f"{call.name}(,)")
        return Typed(_elementwise(kind, call, values[0].tree), values[0].row, values[0].column)
    if call.primes:
        raise FormulaError(
            f"the derivative of {call.name} is not supported", call.span, f"{call.name}'"
        )
    return composed(context, kind, values, call.span)


def _elementwise(kind: str, call: Application, argument: Tree) -> Tree:
    """f, f' or f'' of a scalar tree."""
    if kind.startswith("smooth "):
        return build.call(kind + "'" * call.primes, argument, call.span)
    if call.primes > 1:
        raise FormulaError(f"more than one prime on {call.name}", call.span, f"{call.name}''")
    if call.primes:
        return replace(derivative_of(kind, argument), span=call.span)
    return build.call(kind, argument, call.span)


def unapplied(context: Context, item: Layout) -> Application | None:
    """Return `J` as `J(\\theta)`: a function that the page defines, at its own formals."""
    key = _known(context, item)
    if key is None or key not in context.functions or key.endswith("_"):
        return None
    formals = context.functions[key][-1].formals
    context.note(f"{key} without arguments is read at those of its definition", item.span)
    primes = item.primes if isinstance(item, Scripted) else 0
    power = item.sup if isinstance(item, Scripted) else None
    return Application(key, formals, primes, None, power, None, True, item.span)
