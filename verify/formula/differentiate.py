"""Derivatives of trees as trees, through the definitions of the page.

∂f/∂w for a displayed w moves w and everything that is defined from it; whatever w itself is
defined from is held. A defined symbol that depends on w gets a derived definition of its own, so
that shared parts are differentiated and evaluated once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from verify.formula import build
from verify.formula.context import Definition
from verify.formula.functions import derivative_of
from verify.formula.source import NOWHERE, FormulaError
from verify.formula.symbols import Symbol
from verify.formula.tree import (
    ZERO,
    Add,
    Axis,
    Call,
    Choice,
    Derivative,
    Entry,
    Fold,
    Index,
    Matrix,
    Mul,
    Num,
    Pow,
    Tree,
)
from verify.formula.walk import parts, rebuilt, substituted, walk

MAX_WORK = 300_000  # nodes; the flagship needs some 500 for each definition of E
Slope = Callable[[Tree], Tree]


@dataclass
class Registry:
    """The definitions in force, and the derived ones that differentiating has added."""

    definitions: dict[str, Definition]
    axes: Mapping[str, tuple[Axis, ...]] = field(default_factory=dict)  # of declared symbols
    depends: dict[tuple[str, str], bool] = field(default_factory=dict)
    serial: int = 0
    work: int = 0  # nodes differentiated so far

    def fresh(self, letter: str, axis: Axis) -> Index:
        """Return an index that no tree has: these count down from a number below any reader's."""
        self.serial += 1
        return Index(letter, axis, -1_000_000 - self.serial)

    def moves(self, symbol: str, wrt: str) -> bool:
        """Whether a symbol depends on another through the definitions."""
        if symbol == wrt:
            return True
        known = self.depends.get((symbol, wrt))
        if known is None:
            self.depends[symbol, wrt] = False  # a definition by itself adds nothing
            definition = self.definitions.get(symbol)
            known = definition is not None and self.tree_moves(definition.tree, wrt)
            self.depends[symbol, wrt] = known
        return known

    def tree_moves(self, tree: Tree, wrt: str) -> bool:
        """Whether a tree depends on a symbol."""
        if isinstance(tree, Entry) and self.moves(tree.symbol, wrt):
            return True
        return any(self.tree_moves(part, wrt) for part in parts(tree))


def expanded(tree: Tree, definitions: Mapping[str, Definition] | Registry) -> Tree:
    """Return the tree with every `Derivative` in it worked out.

    Raises `FormulaError` for what has no derivative here, such as an abstract relation.
    """
    registry = definitions if isinstance(definitions, Registry) else Registry(dict(definitions))
    if isinstance(tree, Derivative):
        body = expanded(tree.body, registry)
        return differentiated(body, tree.wrt.symbol, tree.wrt.at, registry)
    if not any(isinstance(node, Derivative) for node in walk(tree)):
        return tree
    return rebuilt(tree, lambda part: expanded(part, registry))


def partial(tree: Tree, registry: Registry) -> Tree:
    """Return the tree with its derivatives as partial ones: displayed intermediates are held.

    The other reading of ∂f/∂x that pages use; a body that is one defined symbol is filled in first.
    The tree itself is returned where there is no derivative in it.
    """
    if isinstance(tree, Derivative):
        body = tree.body
        definition = registry.definitions.get(body.symbol) if isinstance(body, Entry) else None
        if definition is not None and isinstance(body, Entry):
            indices = dict(zip(definition.indices, body.at, strict=True))
            body = substituted(definition.tree, indices)
        held = Registry({}, registry.axes)
        return differentiated(expanded(body, registry), tree.wrt.symbol, tree.wrt.at, held)
    if not any(isinstance(part, Derivative) for part in walk(tree)):
        return tree
    return rebuilt(tree, lambda part: partial(part, registry))


def differentiated(tree: Tree, wrt: str, at: tuple[Tree, ...], registry: Registry) -> Tree:
    """Return ∂ tree / ∂ wrt[at] as a tree."""
    registry.work += 1
    if registry.work > MAX_WORK:
        raise FormulaError("the derivatives on this page grow too large", tree.span, "too large")
    if not registry.tree_moves(tree, wrt):
        return ZERO

    def d(part: Tree) -> Tree:
        return differentiated(part, wrt, at, registry)

    match tree:
        case Entry():
            return _entry(tree, wrt, at, registry)
        case Add(terms):
            return build.add(*map(d, terms), span=tree.span)
        case Mul(factors):
            return _product(factors, d)
        case Pow(base, exponent):
            return _power(tree, base, exponent, d)
        case Call(function, argument):
            return build.mul(derivative_of(function, argument), d(argument))
        case Fold("sum", index, body, condition):
            return build.total(index, d(body), condition, tree.span)
        case Fold("prod", index, body, condition):
            share = build.over(d(body), body)
            return build.mul(tree, build.total(index, share, condition))
        case Choice(rows):
            return Choice(tuple((d(value), condition) for value, condition in rows))
        case Matrix():
            return _matrix(tree, d, registry)
        case Derivative():
            return d(expanded(tree, registry))
    raise FormulaError("this has no derivative that is worked out here", tree.span)


def _entry(tree: Entry, wrt: str, at: tuple[Tree, ...], registry: Registry) -> Tree:
    if tree.symbol == wrt:
        return build.mul(*(build.delta(a, b) for a, b in zip(tree.at, at, strict=True)))
    derived = f"∂{tree.symbol}/∂{wrt}"
    if derived not in registry.definitions:
        definition = registry.definitions[tree.symbol]
        axes = _axes(wrt, at, registry)
        fresh = tuple(registry.fresh("d", axis) for axis in axes)
        body = expanded(definition.tree, registry)
        slope = differentiated(body, wrt, fresh, registry)
        symbol = Symbol(derived, derived, anonymous=(*definition.symbol.axes, *axes))
        indices = (*definition.indices, *fresh)
        registry.definitions[derived] = Definition(symbol, indices, slope, definition.span)
    return Entry(derived, (*tree.at, *at), span=tree.span)


def _axes(wrt: str, at: tuple[Tree, ...], registry: Registry) -> tuple[Axis, ...]:
    definition = registry.definitions.get(wrt)
    if definition is not None:
        return definition.symbol.axes
    if wrt in registry.axes:
        return registry.axes[wrt]
    if all(isinstance(index, Index) for index in at):
        return tuple(index.axis for index in at if isinstance(index, Index))
    raise FormulaError(f"the axes of {wrt} are not known", at[0].span if at else NOWHERE)


def _product(factors: tuple[Tree, ...], d: Slope) -> Tree:
    terms = []
    for place, factor in enumerate(factors):
        slope = d(factor)
        if slope != ZERO:
            terms.append(build.mul(*factors[:place], slope, *factors[place + 1 :]))
    return build.add(*terms)


def _power(tree: Tree, base: Tree, exponent: Tree, d: Slope) -> Tree:
    by_base, by_exponent = d(base), d(exponent)
    less = build.add(exponent, build.number(-1))
    found = build.mul(exponent, build.power(base, _sum_of_numbers(less)), by_base)
    if by_exponent == ZERO:
        return found
    return build.add(found, build.mul(tree, build.call("log", base), by_exponent))


def _sum_of_numbers(tree: Tree) -> Tree:
    if isinstance(tree, Add) and all(isinstance(term, Num) for term in tree.terms):
        values = [term.value for term in tree.terms if isinstance(term, Num)]
        return build.number(sum(values[1:], values[0]))
    return tree


def _matrix(tree: Matrix, d: Slope, registry: Registry) -> Tree:
    """dA⁻¹ = −A⁻¹ dA A⁻¹, d det A = det A tr(A⁻¹ dA) (Petersen & Pedersen 2012, eqs. 40, 46)."""
    row = registry.fresh(tree.row.letter, tree.row.axis)
    column = registry.fresh(tree.column.letter, tree.column.axis)
    slope = substituted(d(tree.body), {tree.row: row, tree.column: column})

    def inverse(a: Tree, b: Tree) -> Tree:
        return Matrix("inverse", tree.row, tree.column, tree.body, (a, b))

    if tree.kind == "det":
        inside = build.mul(inverse(column, row), slope)
        return build.mul(tree, build.total(row, build.total(column, inside)))
    left, right = tree.at
    inside = build.mul(inverse(left, row), slope, inverse(column, right))
    return build.negative(build.total(row, build.total(column, inside)))
