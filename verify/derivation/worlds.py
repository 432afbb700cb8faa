"""Worlds: the points at which steps are tried, for one choice of definitions."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from verify.formula.context import Definition
from verify.formula.differentiate import Registry, expanded
from verify.formula.evaluate import Evaluator
from verify.formula.points import FormulaPoint, draw, sizes_for
from verify.formula.source import FormulaError
from verify.formula.symbols import Symbol
from verify.formula.systems import System
from verify.formula.tree import Tree

POINTS = ((0, (3, 4, 5, 7, 6)), (1, (4, 3, 6, 5, 7)), (2, (3, 5, 4, 6, 7)), (3, (1, 3, 4, 5, 6)))


@dataclass
class World:
    """One choice of definitions, with evaluators at the points; what is evaluated is kept."""

    symbols: Mapping[str, Symbol]
    registry: Registry
    points: list[FormulaPoint]
    evaluators: dict[tuple[int, int], Evaluator] = field(default_factory=dict)
    trees: dict[int, tuple[Tree, Tree]] = field(default_factory=dict)

    def evaluator(self, number: int, system: System) -> Evaluator:
        """Return the evaluator at a point in a number system."""
        key = (number, id(system))
        if key not in self.evaluators:
            point = self.points[number]
            self.evaluators[key] = Evaluator(
                point.extents, point.values, self.symbols, self.registry.definitions, system
            )
        return self.evaluators[key]

    def expanded(self, tree: Tree) -> Tree:
        """Return the tree with its derivatives worked out, once for each tree."""
        kept = self.trees.get(id(tree))
        if kept is None or kept[0] is not tree:
            kept = (tree, expanded(tree, self.registry))
            self.trees[id(tree)] = kept
        return kept[1]


def with_entry(
    point: FormulaPoint, key: str, place: tuple[int, ...], value: Fraction
) -> FormulaPoint:
    """Return the point with one entry of a symbol given.

    As a fraction: 0.1 has no exact float, and balls would tell the two apart.
    """
    array = point.values[key].astype(object)
    array[place] = value
    return replace(point, values={**point.values, key: array})


def world(
    symbols: Sequence[Symbol],
    names: Sequence[str],
    definitions: Mapping[str, Definition],
    given: Mapping[str, int] | None = None,
) -> World:
    """Return the points for one choice of definitions; `given` are sizes that are fixed."""
    declared = [symbol for symbol in symbols if symbol.kind != "defined"]
    sized = [(seed, {**sizes_for(sorted(names), sizes), **(given or {})}) for seed, sizes in POINTS]
    points = [
        draw(declared, extents, np.random.default_rng(seed))
        for seed, extents in sized
        if all(axis.length(extents) > 0 for symbol in symbols for axis in symbol.axes)
    ]
    axes = {symbol.key: symbol.axes for symbol in symbols}
    registry = Registry(dict(definitions), axes)
    for key, definition in definitions.items():
        # A definition without a derivative here stays as it is, and refuses when it is executed.
        with suppress(FormulaError):
            tree = expanded(definition.tree, registry)
            registry.definitions[key] = replace(definition, tree=tree)
    return World({s.key: s for s in symbols}, registry, points)
