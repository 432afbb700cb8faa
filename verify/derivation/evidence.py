"""Evidence beyond tests for a step that holds: an identity mod p, a proof at a fixed shape.

Equality in the formal systems follows from true relations, so it is accepted; inequality tells
nothing and adds nothing (balls refute).
"""

from collections.abc import Sequence

import numpy as np

from verify.derivation.worlds import World
from verify.formula.degrees import degree_bound, false_accept
from verify.formula.evaluate import Evaluator
from verify.formula.formal import Polynomials, Redraw, Residues, identical
from verify.formula.points import draw, sizes_for
from verify.formula.source import FormulaError
from verify.formula.systems import System
from verify.formula.tree import Index, Tree

DRAWS = 2
MODULAR, ALGEBRAIC = (3, 4, 5, 6, 7), (2, 1, 3, 2, 2)  # sizes of the axes, in the order of names


def strengthened(
    at: World, left: Tree, right: Tree, axes: tuple[Index, ...]
) -> tuple[tuple[str, ...], str]:
    """Return the kinds of evidence beside tests, and what they rest on in words.

    Sizes and the bound of the probability of a false acceptance are part of the words; the
    denominators that stand in the formula are assumed not to be zero.
    """
    found: list[str] = []
    said: list[str] = []
    bound = _modular(at, left, right, axes)
    if bound is not None:
        found.append("identity")
        said.append(f"identity mod 2^61 - 1, wrong with probability at most {bound:.0e}")
    extents = sizes_for(sorted(at.points[0].extents), ALGEBRAIC)
    if _algebraic(at, left, right, axes, extents):
        found.append("proved")
        shape = ", ".join(f"{name} = {size}" for name, size in extents.items())
        said.append(
            f"proved for all real values at {shape or 'no shape'}, "
            "where no displayed denominator is 0"
        )
    return tuple(found), "; ".join(said)


def _evaluator(at: World, extents: dict[str, int], system: System, seed: int) -> Evaluator:
    declared = [s for s in at.symbols.values() if s.kind != "defined"]
    point = draw(declared, extents, np.random.default_rng(seed))
    return Evaluator(extents, point.values, at.symbols, at.registry.definitions, system)


def _modular(at: World, left: Tree, right: Tree, axes: Sequence[Index]) -> float | None:
    """Return the bound on a false acceptance if the sides are equal in all draws, else None."""
    extents = sizes_for(sorted(at.points[0].extents), MODULAR)
    accepted, seed = 0, 0
    try:
        while accepted < DRAWS and seed < 3 * DRAWS:
            seed += 1
            evaluator = _evaluator(at, extents, Residues(seed=seed), seed)
            try:
                if not identical(left, right, axes, evaluator):
                    return None
            except Redraw:
                continue
            accepted += 1
        if accepted < DRAWS:
            return None
        return float(false_accept(degree_bound(left, right, axes, evaluator), DRAWS))
    except (FormulaError, ValueError, ZeroDivisionError, RecursionError):
        return None


def _algebraic(
    at: World, left: Tree, right: Tree, axes: Sequence[Index], extents: dict[str, int]
) -> bool:
    try:
        return identical(left, right, axes, _evaluator(at, extents, Polynomials(), 1))
    except (FormulaError, ValueError, ZeroDivisionError, RecursionError):
        return False
