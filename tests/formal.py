"""Formulas executed formally, for the tests: pages with declarations, and systems for them."""

from dataclasses import replace

import numpy as np
import pytest

from verify.derivation.define import define
from verify.formula.context import Context, Scope
from verify.formula.differentiate import Registry, expanded
from verify.formula.evaluate import Evaluator
from verify.formula.formal import Polynomials, Residues, identical
from verify.formula.parser import parse
from verify.formula.points import draw
from verify.formula.read import new_context, read
from verify.formula.symbols import parse_declarations
from verify.formula.tokens import tokenize
from verify.formula.walk import free


class Page:
    """Declarations and definitions, as a document has them, and trees read under them."""

    def __init__(self, declarations, definitions=(), kinds=None):
        found = parse_declarations(declarations, "test")
        changed = [replace(s, kind=(kinds or {}).get(s.key, s.kind)) for s in found.symbols]
        self.context = new_context(Context(dict(found.indices), changed, dict(found.functions)))
        self.symbols = {symbol.key: symbol for symbol in changed}
        for left, right in definitions:
            define(self.context, layout(left), layout(right))
        known = {key: several[-1] for key, several in self.context.definitions.items()}
        self.registry = Registry(known)

    def tree(self, text):
        return expanded(read(self.context, layout(text), Scope()).tree, self.registry)

    def at(self, extents, system, seed=0):
        point = draw(self.symbols.values(), extents, np.random.default_rng(seed))
        values, known = point.values, self.registry.definitions
        return Evaluator(extents, values, self.symbols, known, system)

    def same(self, left, right, system, extents, seed=0):
        sides = self.tree(left), self.tree(right)
        return identical(*sides, axes_of(*sides), self.at(extents, system, seed))


def layout(text):
    return parse(tokenize(text, 0, len(text)))


def axes_of(*trees):
    return sorted(frozenset().union(*map(free, trees)), key=repr)


SYSTEMS = [lambda: Residues(seed=1), lambda: Residues(seed=2), Polynomials]
systems = pytest.mark.parametrize("system", SYSTEMS, ids=["residues", "others", "polynomials"])
PAGE = Page(
    r"""
    [indices]
    i = "D"
    j = "D"
    k = "D"
    [symbols]
    'x_i' = "real"
    'w_i' = "real"
    'p_i' = "positive"
    'q_i' = "simplex i"
    'h_i' = "onehot i"
    's' = "positive"
    'u' = "real"
    'v' = "real"
    'y' = "bit"
    'm' = "count"
    'A' = "spd (D, D)"
    'S' = "symmetric (D, D)"
    'R' = "antisymmetric (D, D)"
    'L' = "lower (D, D)"
    'b' = "real (D)"
    '\\sigma' = "logistic"
    '\\psi' = "digamma"
    '\\Gamma' = "gamma"
    'f' = "smooth"
    """.replace("\\\\", "\\"),
    [("c", r"\sum_i w_i x_i"), ("r_i", r"\frac{e^{x_i}}{\sum_k e^{x_k}}")],
    {"y": "sign"},
)
