"""Functions applied: known ones, those that the page defines, and primes as derivatives."""

from dataclasses import replace

from verify.formula import build
from verify.formula.application import known_function
from verify.formula.calls import DOT, Application
from verify.formula.context import Context, Scope, Typed
from verify.formula.defined import defined
from verify.formula.functions import ELEMENTWISE, composed, derivative_of
from verify.formula.inverses import inverse_of
from verify.formula.layout import (
    Accent,
    Group,
    Layout,
    Scripted,
)
from verify.formula.names import index_value, resolve
from verify.formula.powers import powered
from verify.formula.source import FormulaError
from verify.formula.symbols import canonical
from verify.formula.tree import Derivative, Entry, Tree
from verify.formula.walk import substituted
from verify.formula.words import FUNCTIONS


def applied(context: Context, call: Application, scope: Scope) -> Typed:
    """Return the value of an application, with its powers and components."""
    if call.name.startswith(DOT) and call.name not in context.functions:
        found = _dotted(context, call, scope)
    elif call.name in context.functions and _inverted(context, call):
        raise FormulaError(
            f"the inverse function of {call.name} is not known", call.span, "inverse function"
        )
    elif call.name in context.functions:
        found = defined(context, call, scope)
    else:
        found = _builtin(context, call, scope)
    if isinstance(call.power, Group) and call.power.opening == "(":
        raise FormulaError(
            f"{call.name} with {canonical(call.power)} above it may be a derivative or a layer",
            call.span,
            "brackets above a function",
        )
    if call.component is not None:
        found = _component(context, found, call.component, scope)
    if call.power is None or _inverted(context, call):
        return found
    if not call.bracketed or canonical(call.power) == "-1":
        context.note(f"a power on {call.name} is read as a power of its value", call.span)
    return powered(context, found, call.power, call.span, scope)


def _inverted(context: Context, call: Application) -> bool:
    """Whether the power −1 on a name means the inverse function, which has been read then."""
    kind = _kind(context, call)
    if not call.inverse or (
        kind not in ELEMENTWISE and kind != "smooth" and call.name not in context.functions
    ):
        return False
    ways = ["the inverse function", "one over the value of the function"]
    return context.choose(ways, call.span, "inverse") == 0


def _kind(context: Context, call: Application) -> str:
    return context.kinds.get(call.name) or FUNCTIONS.get(call.name, call.name)


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
    kind = _kind(context, call)
    if call.sub is not None:
        raise FormulaError(
            f"{call.name} with a subscript is not supported", call.span, f"{call.name}_"
        )
    values = [context.read(context, argument, scope) for argument in call.arguments]
    if _inverted(context, call):
        tree = inverse_of(kind, call.name, values[0].tree, call.span)
        return Typed(tree, values[0].row, values[0].column)
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
    key = known_function(context, item)
    if key is None or key not in context.functions or key.endswith("_"):
        return None
    formals = context.functions[key][-1].formals
    context.note(f"{key} without arguments is read at those of its definition", item.span)
    primes = item.primes if isinstance(item, Scripted) else 0
    power = item.sup if isinstance(item, Scripted) else None
    return Application(key, formals, primes, None, power, None, True, item.span)
