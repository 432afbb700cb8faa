"""LaTeX and declarations as Python strings → a typed value; refusals point at the place."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from verify.derivation.define import define
from verify.errors import DeclarationError
from verify.formula.arguments import VALUELESS, Argument, letter_of, python_name
from verify.formula.context import Context, Scope, Typed
from verify.formula.differentiate import Registry, expanded
from verify.formula.layout import Layout, Relation
from verify.formula.parser import parse
from verify.formula.read import new_context
from verify.formula.source import FormulaError, ShapeError, Span, located
from verify.formula.symbols import Declarations, Symbol, parse_declarations
from verify.formula.tokens import tokenize
from verify.formula.tree import Index
from verify.formula.value import Value, appearing

INDENTED = re.compile(r"'(?P<key>[^\n]*)' = \"real\" under \[symbols\]")


@dataclass(frozen=True)
class Page:
    """The formula and its definitions as one text, so that a span says where it belongs."""

    name: str
    formula: str
    where: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Formula and definitions, one after the other."""
        return "\n".join((self.formula, *self.where))

    def spans(self) -> list[tuple[str, Span]]:
        """Return formula and definitions with what they are called."""
        found, start = [], 0
        names = (self.name, *(f"{self.name}, where[{n}]" for n in range(len(self.where))))
        for name, part in zip(names, (self.formula, *self.where), strict=True):
            found.append((name, Span(start, start + len(part))))
            start += len(part) + 1
        return found

    def refusal(self, error: FormulaError) -> FormulaError:
        """Return the error with the line in question and carets under the place."""
        around = [(n, s) for n, s in self.spans() if s.start <= error.span.start <= s.end]
        name, part = around[0] if around else self.spans()[0]
        shifted = Span(error.span.start - part.start, max(error.span.end - part.start, 0))
        message = INDENTED.sub(lambda m: f"symbols={{{m['key']!r}: 'real'}}", error.message)
        text = self.text[part.start : part.end]
        whole = located(text, FormulaError(message, shifted), name)
        if isinstance(error, ShapeError):
            return ShapeError(whole, error.span, certain=error.certain)
        return FormulaError(whole, error.span, error.construct)


def declarations_of(
    name: str, indices: Mapping[str, str | int], symbols: Mapping[str, str]
) -> Declarations:
    """Read what letters and symbols mean; raises `DeclarationError` that says which is wrong."""
    for what, given in (("indices", indices), ("symbols", symbols)):
        if not isinstance(given, Mapping):
            raise DeclarationError(f"{name}: {what} must be a mapping, not {given!r}")
    lines = ["[indices]"]
    for letter, size in indices.items():
        lines.append(f"{_quoted(letter)} = {_quoted(str(size))}")
    lines.append("[symbols]")
    for written, meaning in symbols.items():
        if not isinstance(meaning, str):
            raise DeclarationError(
                f"{name}: symbol {written!r} must be declared by a string such as 'real', not "
                f"{meaning!r}"
            )
        lines.append(f"{_quoted(written)} = {_quoted(meaning)}")
    try:
        return parse_declarations("\n".join(lines), name)
    except FormulaError as error:
        raise DeclarationError(error.message) from None


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # a string of JSON is one of TOML


def read_value(
    page: Page,
    declarations: Declarations,
    axes: Mapping[str, str],
    out: Sequence[str] | None,
) -> tuple[Value, Layout]:
    """Return the typed value of a formula with its axes in order, and its layout.

    Raises `FormulaError` with the place in the formula, `DeclarationError` for `axes` and `out`.
    """
    context = _context(declarations)
    try:
        layouts = [_layout(page.text, span, declarations) for _, span in page.spans()]
        for layout in layouts[1:]:
            _define(context, layout)
        typed = _read(context, layouts[0], out)
        registry = _registry(context)
        tree = expanded(typed.tree, registry)
    except FormulaError as error:
        raise page.refusal(error) from None
    except RecursionError:
        raise FormulaError(f"{page.name}: this formula is nested too deeply") from None
    arguments = _arguments(page.name, context, axes)
    ends = [index for index in (typed.row, typed.column) if index]
    inside = [index for index in appearing(typed.tree) if index not in ends]
    symbols = {symbol.key: symbol for symbol in context.symbols}
    value = Value(tree, (*inside, *ends), arguments, symbols, registry)
    return (value if out is None else ordered(page.name, value, out, declarations)), layouts[0]


def _context(declarations: Declarations) -> Context:
    indices, functions = dict(declarations.indices), dict(declarations.functions)
    return new_context(Context(indices, list(declarations.symbols), functions, declarations.nabla))


def _layout(text: str, span: Span, declarations: Declarations) -> Layout:
    try:
        return parse(tokenize(text, span.start, span.end, declarations.words))
    except FormulaError as error:
        empty = not text[span.start : span.end].strip()
        raise (FormulaError("there is no formula", span) if empty else error) from None


def _define(context: Context, layout: Layout) -> None:
    if not isinstance(layout, Relation) or not set(layout.operators) <= {"=", ":="}:
        raise FormulaError("a definition is written name = value", layout.span)
    if len(layout.sides) > 2:
        raise FormulaError("a definition has one equality sign, name = value", layout.span)
    declared = {symbol.key for symbol in context.symbols} | context.kinds.keys()
    counts = {**_counts(context.definitions), **_counts(context.functions)}
    define(context, *layout.sides)
    after = {**_counts(context.definitions), **_counts(context.functions)}
    new = {key for key, count in after.items() if count > counts.get(key, 0)}
    twice = {key for key in new if key in declared or after[key] > 1}
    if twice:
        raise FormulaError(f"{min(twice)} is declared or defined twice", layout.sides[0].span)


def _counts(found: Mapping[str, Sequence[object]]) -> dict[str, int]:
    return {key: len(each) for key, each in found.items()}


def _read(context: Context, layout: Layout, out: Sequence[str] | None) -> Typed:
    if isinstance(layout, Relation):
        raise FormulaError(
            "a formula is one value; this is an equation: give one side of it", layout.span
        )
    context.nodes = 0
    context.allowed = None if out is None else frozenset(out)
    return context.read(context, layout, Scope())


def _registry(context: Context) -> Registry:
    found = {key: definitions[-1] for key, definitions in context.definitions.items()}
    registry = Registry(found, {symbol.key: symbol.axes for symbol in context.symbols})
    for key, definition in list(found.items()):
        tree = expanded(definition.tree, registry)
        registry.definitions[key] = type(definition)(
            definition.symbol, definition.indices, tree, definition.span
        )
    return registry


def _arguments(name: str, context: Context, axes: Mapping[str, str]) -> dict[str, Argument]:
    symbols = {s.key: s for s in context.symbols if s.kind not in VALUELESS}
    short = [python_name(symbol) for symbol in symbols.values()]
    found: dict[str, Argument] = {}
    for symbol in symbols.values():
        called = python_name(symbol)
        called = python_name(symbol, full=True) if short.count(called) > 1 else called
        if called in found:
            raise DeclarationError(
                f"{name}: {symbol.key} and {found[called].symbol.key} would both be called "
                f"{called} in Python; write one of them otherwise"
            )
        found[called] = Argument(called, symbol, _order(name, called, symbol, axes))
    for called in axes:
        if called not in found:
            raise DeclarationError(
                f"{name}: axes has {called!r}, which is no symbol; the symbols are "
                f"{', '.join(found) or '(none)'}"
            )
    return found


def _order(name: str, called: str, symbol: Symbol, axes: Mapping[str, str]) -> tuple[int, ...]:
    places = range(len(symbol.axes))
    if called not in axes:
        return tuple(places)
    left, found = list(places), []
    for word in axes[called].split():
        names = (
            place for place in left if word in (letter_of(symbol, place), str(symbol.axes[place]))
        )
        place = next(names, None)
        if place is not None:
            left.remove(place)
            found.append(place)
    if len(found) < len(axes[called].split()) or left:
        letters = " ".join(letter_of(symbol, place) for place in places)
        raise DeclarationError(
            f"{name}: axes[{called!r}] = {axes[called]!r} should be the axes of {symbol.key}, "
            f"{letters!r}, in the order of the array"
        )
    return tuple(found)


def ordered(name: str, value: Value, out: Sequence[str], declarations: Declarations) -> Value:
    """Return the value with its axes in the order of `out`, letters that it lacks included."""
    by_letter = dict(zip(value.letters, value.axes, strict=True))
    missing = [letter for letter in by_letter if letter not in out]
    unknown = [x for x in out if x not in by_letter and x not in declarations.indices]
    if missing or unknown or len(set(out)) < len(out):
        raise DeclarationError(
            f"{name}: out={' '.join(out)!r} should have the letters of the value, "
            f"{' '.join(by_letter)!r}, each once, and else declared indices"
        )
    indices = {x: Index(x, axis) for x, axis in declarations.indices.items()}
    return value.along(tuple(by_letter.get(letter) or indices[letter] for letter in out))
