"""One factor → typed tree: numbers, names with their scripts, brackets, quotients, roots, cases."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from verify.formula import build, shapes
from verify.formula.apply import applied, unapplied
from verify.formula.brackets import bars, relation
from verify.formula.components import component
from verify.formula.context import Context, Scope, Typed
from verify.formula.layout import (
    Accent,
    Cases,
    Frac,
    Group,
    Layout,
    Listing,
    Name,
    Number,
    Relation,
    Root,
    Row,
    Scripted,
    Terms,
    Text,
    Word,
)
from verify.formula.names import resolve
from verify.formula.powers import binomial, powered
from verify.formula.source import FormulaError, Span
from verify.formula.symbols import canonical, named_parts
from verify.formula.tree import Axis, Choice, Entry, Extent, Fold, Index, Num, Tree
from verify.formula.undeclarable import undeclarable
from verify.formula.walk import walk


def atom(context: Context, item: Layout, scope: Scope) -> Typed:
    """Return the typed tree of a factor that takes nothing of its row."""
    match item:
        case Number(text):
            return Typed(Num(Fraction(text), span=item.span))
        case Name() | Accent() | Scripted():
            return _named(context, item, scope)
        case Group("(" | "[" | "\\{" | "\\lgroup" | "\\lbrace" | "\\lbrack", body, _) if body:
            return context.read(context, body, scope)
        case Group():
            return bars(context, item, scope)
        case Frac(over, under, False):
            return _quotient(context, over, under, item.span, scope)
        case Root(body, degree):
            return _root(context, body, degree, item.span, scope)
        case Row() | Terms() | Listing() | Relation():
            return context.read(context, item, scope)
        case Cases(rows):
            return _cases(context, rows, item.span, scope)
        case Text(text):
            raise FormulaError(f"the text {text!r} is no value", item.span, "text in a formula")
        case Word(text):
            raise FormulaError(f"{text} has no argument", item.span, f"{text} without argument")
        case Frac():
            return binomial(context, item, scope)
    raise FormulaError("this is not supported", item.span)


def _named(context: Context, item: Layout, scope: Scope) -> Typed:
    found = resolve(context, item, scope)
    if found is not None:
        typed, left = found
        if left is None:
            return typed
        return powered(context, _base(typed, item, left), left, item.span, scope)
    if isinstance(item, Scripted) and item.sup is not None:
        plain: Layout = item.base
        if item.sub is not None or item.primes:
            plain = Scripted(item.base, item.sub, None, item.primes, span=item.span)
        return powered(context, context.read(context, plain, scope), item.sup, item.span, scope)
    if isinstance(item, Scripted) and (behind := _behind(context, item, scope)) is not None:
        return behind
    if isinstance(item, Row | Group):
        return context.read(context, item, scope)
    if (bare := unapplied(context, item)) is not None:
        return applied(context, bare, scope)
    return _undeclared(context, item, scope)


def _behind(context: Context, item: Scripted, scope: Scope) -> Typed | None:
    """Scripts behind what is no name: primes, the order of a norm, the indices of an entry."""
    base = item.base
    if item.primes and not item.sub:
        return _primed(context, item, scope)
    if isinstance(base, Root):
        # \\sqrt x_1 without braces is typed for the root of x_1.
        inside = Scripted(base.body, item.sub, span=item.span)
        return context.read(context, replace(base, body=inside, span=item.span), scope)
    if isinstance(base, Group) and item.sub is not None:
        if base.opening not in ("(", "[", "\\{"):
            return bars(context, base, scope, item.sub)
        return component(context, context.read(context, base, scope), item.sub, scope)
    return None


def _primed(context: Context, item: Scripted, scope: Scope) -> Typed:
    """A prime behind brackets is a transpose; of a number it would be a derivative."""
    found = context.read(context, item.base, scope)
    if found.scalar and not any(isinstance(node, Fold) for node in walk(found.tree)):
        raise FormulaError(
            "a prime on what is no function does not say by what it is differentiated",
            item.span,
            "prime",
        )
    context.doubt(canonical(item))
    context.note("a prime behind brackets is read as a transpose", item.span, ambiguous=True)
    return shapes.transposed(found)


def _base(typed: Typed, item: Layout, sup: Layout) -> Typed:
    """Return a base without its superscript in its span, where the superscript stands last."""
    outer = sup.braces if sup.braces.end else sup.span
    if outer.end != item.span.end or not isinstance(typed.tree, Entry):
        return typed
    span = Span(item.span.start, outer.start - 1)
    return replace(typed, tree=replace(typed.tree, span=span))


def _undeclared(context: Context, item: Layout, scope: Scope) -> Typed:
    key = canonical(item)
    if isinstance(item, Name):
        if key in scope.letters:
            value = scope.letters[key]
            return Typed(value)
        if key in context.axis_names():
            return Typed(Extent(Axis(key), span=item.span))
        if key in context.indices:
            return Typed(Index(key, context.indices[key], span=item.span))
    raise FormulaError(_advice(context, item, key), item.span, f"undeclared symbol {key}")


def _advice(context: Context, item: Layout, key: str) -> str:
    """Say what to do with a name that is not declared; not every one can be."""
    if key in context.kinds or key in context.functions:
        return f"the function {key} has no argument here"
    base, sub, sup = named_parts(item)
    known = {symbol.base for symbol in context.symbols}
    reason = undeclarable(base or key, sub is not None, canonical(sup) if sup else "", known)
    if reason:
        return f"{key} is not read: {reason}"
    quoted = f'"{key}"' if "'" in key and "\\" not in key else f"'{key}'"
    return (
        f"the symbol {key} is not declared; declare it as written, for example {quoted} = "
        '"real" under [symbols]'
    )


def _quotient(context: Context, over: Layout, under: Layout, span: Span, scope: Scope) -> Typed:
    above, below = context.read(context, over, scope), context.read(context, under, scope)
    if not below.scalar:
        raise FormulaError("only a scalar can be divided by", span, "division by an array")
    return Typed(build.over(above.tree, below.tree, span=span), above.row, above.column)


def _root(context: Context, body: Layout, degree: Layout | None, span: Span, scope: Scope) -> Typed:
    value = context.read(context, body, scope)
    if not value.scalar:
        raise FormulaError("a root needs a scalar", span, "root of an array")
    half: Tree = Num(Fraction(1, 2))
    if degree is not None:
        half = build.power(context.read(context, degree, scope).tree, build.number(-1))
    return Typed(build.power(value.tree, half, span=span))


def _cases(
    context: Context,
    rows: Sequence[tuple[Layout, Layout | None]],
    span: Span,
    scope: Scope,
) -> Typed:
    found: list[tuple[Tree, Tree | None]] = []
    for value, condition in rows:
        typed = context.read(context, value, scope)
        if not typed.scalar:
            raise FormulaError("a row of cases must be a scalar", span, "array in cases")
        found.append((typed.tree, relation(context, condition, scope)))
    return Typed(Choice(tuple(found), span=span))
