"""Abstract functions: `K` is some smooth (n, n) matrix that depends on θ, and no more is known.

One instance stands for all: a difference found with it is a counterexample to a claim about every
such function; equality is tested with it only.
"""

from fractions import Fraction

from verify.formula import build
from verify.formula.context import Context, Definition, Scope
from verify.formula.names import resolve
from verify.formula.parser import parse
from verify.formula.source import NOWHERE, FormulaError
from verify.formula.symbols import Symbol
from verify.formula.tokens import tokenize
from verify.formula.tree import Index, Tree

SCALE = Fraction(1, 16)
DOMINANT = 10  # on the diagonal of a positive definite matrix, above the sum of a row


def define_abstract(context: Context, symbol: Symbol) -> None:
    """Define an instance: f(Σ over all entries of what it depends on, each with its own weight)."""
    indices = tuple(context.fresh(axis.base[:1] or "i", axis) for axis in symbol.axes)
    argument: Tree = build.number(SCALE)
    for name in symbol.of.split(","):
        argument = build.add(argument, _weighted(context, name.strip(), symbol, indices))
    tree = build.call(f"smooth {symbol.base}", argument)
    if symbol.kind == "spd":
        same = build.delta(indices[-2], indices[-1])
        tree = build.add(build.mul(build.number(DOMINANT), same), tree)
    definition = Definition(symbol, indices, tree, NOWHERE)
    context.definitions.setdefault(symbol.key, []).append(definition)


def _weighted(context: Context, name: str, symbol: Symbol, own: tuple[Index, ...]) -> Tree:
    """Σ_i x_i (1 + i + own indices) / 16 + (Σ_i x_i)² / 64: no two entries have one weight."""
    found = resolve(context, parse(tokenize(name, 0, len(name))), Scope())
    if found is None or found[1] is not None:
        raise FormulaError(f"{symbol.key} depends on {name}, which is not declared or defined")
    inner = found[0]
    axes = [index for index in (inner.row, inner.column) if index]
    weight = build.mul(build.number(SCALE), build.add(build.number(1), *axes, *own))
    linear, plain = build.mul(inner.tree, weight), inner.tree
    for index in axes:
        linear, plain = build.total(index, linear), build.total(index, plain)
    square = build.mul(build.number(SCALE / 4), build.power(plain, build.number(2)))
    return build.add(linear, square)
