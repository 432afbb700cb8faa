"""Functions that the page defines, applied: arguments in the place of the formals."""

from dataclasses import replace

from verify.formula.calls import Application
from verify.formula.context import Context, FunctionDefinition, Scope, Typed
from verify.formula.layout import (
    Accent,
    Group,
    Layout,
    Name,
    Relation,
    Scripted,
)
from verify.formula.names import index_value
from verify.formula.source import FormulaError, Span
from verify.formula.symbols import canonical, named_parts
from verify.formula.through import Formal, filled, formal_of, moving, put_in
from verify.formula.tree import Derivative, Entry, Index, Tree
from verify.formula.walk import rebuilt, substituted


def defined(context: Context, call: Application, scope: Scope) -> Typed:
    """Read the body of a displayed definition with the arguments in the place of its formals."""
    fitting = [
        definition
        for definition in context.functions[call.name]
        if len(definition.formals) == len(call.arguments)
    ]
    if not fitting:
        raise FormulaError(
            f"{call.name} is defined for {len(context.functions[call.name][0].formals)} arguments, "
            f"not {len(call.arguments)}",
            call.span,
            "number of arguments",
        )
    if call.name in scope.applied:
        raise FormulaError(f"{call.name} is defined by itself", call.span, "definition by itself")
    context.doubt(call.name)
    way = 0
    if len(fitting) > 1:
        ways = [f"definition {n + 1} of {call.name}" for n in range(len(fitting))]
        way = context.choose(ways, Span(0, 0), f"definition {call.name}", even=True)
    return _body(context, fitting[way], call, scope)


def _body(
    context: Context, definition: FunctionDefinition, call: Application, scope: Scope
) -> Typed:
    letters: dict[str, Tree] = {}
    locals_: dict[str, Typed] = {}
    for formal, actual in zip(definition.formals, call.arguments, strict=True):
        _unify(context, formal, actual, scope, letters, locals_)
    inner = Scope(letters, locals_, (*scope.applied, call.name))
    before, context.allowed = context.allowed, frozenset(letters)
    try:
        if not call.primes:
            return _applied(context, definition, call, inner)
    finally:
        context.allowed = before
    if len(definition.formals) != 1:
        raise FormulaError("a prime needs a function of one argument", call.span, "prime")
    return _primed(context, definition, call, inner, scope)


def _applied(
    context: Context, definition: FunctionDefinition, call: Application, inner: Scope
) -> Typed:
    """f(a), with a in what the page defines from the formal as well."""
    formals: dict[str, Formal] = {}
    moved, actuals = dict(inner.locals), {}
    for layout in definition.formals:
        actual = inner.locals.get(canonical(layout))
        found = formal_of(context, layout, actual) if actual is not None else None
        if actual is None or found is None or not moving(context, found.own.symbol):
            continue
        formals[found.own.symbol], actuals[found.own.symbol] = found, actual.tree
        moved[canonical(layout)] = Typed(found.place, actual.row, actual.column)
    plain = context.read(context, definition.body, inner)
    if not formals:
        return plain
    body = context.read(context, definition.body, replace(inner, locals=moved))
    tree = filled(context, body.tree, formals, call.span)
    if tree is body.tree:
        return plain
    return Typed(put_in(tree, formals, actuals), body.row, body.column)


def _primed(
    context: Context,
    definition: FunctionDefinition,
    call: Application,
    inner: Scope,
    scope: Scope,
) -> Typed:
    """f'(a): the derivative by the formal, at a."""
    key = canonical(definition.formals[0])
    actual = inner.locals.get(key) or context.read(context, call.arguments[0], scope)
    axes = tuple(index for index in (actual.row, actual.column) if index)
    formal = Entry(f"formal {key}", axes)
    moved = replace(inner, locals={**inner.locals, key: Typed(formal, actual.row, actual.column)})
    found = context.read(context, definition.body, moved)
    symbol = formal_of(context, definition.formals[0], actual)
    reach = {symbol.own.symbol: replace(symbol, place=formal)} if symbol is not None else {}
    found = replace(found, tree=filled(context, found.tree, reach, call.span))
    for _ in range(call.primes):
        if not found.scalar and axes:
            raise FormulaError("this derivative has more than two axes", call.span, "prime")
        wrt = [context.fresh(index.letter, index.axis) for index in axes]
        tree = Derivative(found.tree, Entry(formal.symbol, tuple(wrt)), span=call.span)
        ends = (*wrt, None, None)[:2] if wrt else (found.row, found.column)
        # The derivative of a scalar by a column is a row: f(w + h) = f(w) + f'(w) h.
        found = Typed(tree, ends[1], ends[0]) if wrt else Typed(tree, ends[0], ends[1])
    return Typed(_with_formal(found.tree, formal, actual.tree), found.row, found.column)


def _with_formal(tree: Tree, formal: Entry, actual: Tree) -> Tree:
    """Differentiate by the formal first, then put the actual argument in its place."""
    from verify.formula.differentiate import expanded

    return replaced(expanded(tree, {}), formal, actual)


def replaced(tree: Tree, formal: Entry, actual: Tree) -> Tree:
    """Put a tree in the place of the entries of a formal."""
    if isinstance(tree, Entry) and tree.symbol == formal.symbol:
        indices = [index for index in formal.at if isinstance(index, Index)]
        return substituted(actual, dict(zip(indices, tree.at, strict=True)))
    return rebuilt(tree, lambda part: replaced(part, formal, actual))


def _unify(
    context: Context,
    formal: Layout,
    actual: Layout,
    scope: Scope,
    letters: dict[str, Tree],
    locals_: dict[str, Typed],
) -> None:
    """Match an argument with its formal: letters stand for indices, names for values."""
    if isinstance(formal, Name | Scripted) and canonical(formal) in context.indices:
        value = index_value(context, actual, scope, None)
        if value is None:
            raise FormulaError("this argument is no index", actual.span, "argument")
        letters[canonical(formal)] = value
        return
    pairs = _alike(context, formal, actual)
    if pairs is not None:
        for one, other in pairs:
            _unify(context, one, other, scope, letters, locals_)
        return
    if isinstance(formal, Name | Accent | Scripted):
        # A formal of an outer function may have the same name; then it is that one that is meant.
        if canonical(formal) != canonical(actual) or _is_local(actual, scope):
            locals_[canonical(formal)] = context.read(context, actual, scope)
        return
    if canonical(formal) != canonical(actual):
        raise FormulaError(
            f"this argument does not fit the definition, which has {canonical(formal)}",
            actual.span,
            "argument",
        )


def _is_local(actual: Layout, scope: Scope) -> bool:
    base = named_parts(actual)[0]
    return canonical(actual) in scope.locals or base in scope.locals


def _alike(context: Context, formal: Layout, actual: Layout) -> list[tuple[Layout, Layout]] | None:
    """Return the pairs of parts of two layouts that differ in letters only; None if they differ."""
    if isinstance(formal, Relation) and isinstance(actual, Relation):
        if formal.meanings == actual.meanings:
            return list(zip(formal.sides, actual.sides, strict=True))
        return None
    if isinstance(formal, Group) and isinstance(actual, Group) and formal.body and actual.body:
        return [(formal.body, actual.body)] if formal.opening == actual.opening else None
    if not (isinstance(formal, Scripted) and isinstance(actual, Scripted)):
        return None
    same = canonical(formal.base) == canonical(actual.base) and formal.primes == actual.primes
    if not same or (formal.sub is None) != (actual.sub is None):
        return None
    if (formal.sup is None) != (actual.sup is None):
        return None
    pairs = [(formal.sub, actual.sub), (formal.sup, actual.sup)]
    return [(one, other) for one, other in pairs if one is not None and other is not None]
