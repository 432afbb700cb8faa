"""Repairs: the single edits that make wrong steps right, of the step or of a definition before it.

Every repair is confirmed by the same comparison as a step: floats at several points whose sizes
differ pairwise, then balls.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from verify.derivation.compare import DIFFERS, compare, matched
from verify.derivation.edits import Edit, edits
from verify.derivation.steps import Read, Repair, Step, StepVerdict
from verify.derivation.worlds import World, world
from verify.formula.context import Context, Definition, Typed
from verify.formula.evaluate import Array
from verify.formula.floats import REALS
from verify.formula.source import FormulaError
from verify.formula.tree import Index, Tree
from verify.formula.walk import free, walk

MAX_EDITED = 400  # nodes of a formula that edits are tried on
MAX_CANDIDATES = 600
MAX_REPAIRS = 4


def with_repairs(
    context: Context, text: str, reads: Sequence[Read], steps: Sequence[Step], at: World
) -> list[Step]:
    """Return the steps, the wrong ones with what would make them right.

    A definition is repaired first, if one edit of it makes every wrong step of a chain right; the
    formulas that still fail are then repaired against the definitions as repaired.
    """
    by_name = {read.chain.name: read for read in reads if not read.chain.inline or read.defines}
    found = _definition_repairs(context, text, by_name, steps, at)
    repaired = found[1] if found else at
    result = []
    for step in steps:
        if step.verdict is not StepVerdict.FAILS or step.chain not in by_name:
            result.append(step)
            continue
        read = by_name[step.chain]
        definition = found[0] if found else None
        result.append(_repaired(context, text, read, step, at, repaired, definition))
    return [_undoing(by_name, step, result, at, repaired) for step in result]


def _repaired(
    context: Context,
    text: str,
    read: Read,
    step: Step,
    at: World,
    repaired: World,
    definition: Repair | None,
) -> Step:
    left, right = read.sides[step.start], read.sides[step.end]
    if not isinstance(left, Typed) or not isinstance(right, Typed):
        return step
    if definition is not None and _equal(repaired, left, right):
        message = f"{step.message}; right with the definition repaired"
        return replace(step, repairs=(definition,), message=message)
    found = single_edits(context, text, repaired, left, right)
    if definition is None or not _moves(repaired, left, right, definition):
        return replace(step, repairs=found)
    message = f"{step.message}, as published and with the definition repaired"
    return replace(step, repairs=(*found, definition), message=message)


def _moves(at: World, left: Typed, right: Typed, definition: Repair) -> bool:
    """Whether a step depends on the definition that a repair is about."""
    keys = {
        key
        for key, found in at.registry.definitions.items()
        if found.span.start <= definition.span.start < max(found.span.end, found.span.start + 1)
    }
    return any(at.registry.tree_moves(side.tree, key) for side in (left, right) for key in keys)


def _equal(at: World, left: Typed, right: Typed) -> bool:
    try:
        return compare(at, left, right, None).equal is True
    except FormulaError:
        return False


def single_edits(
    context: Context, text: str, at: World, left: Typed, right: Typed
) -> tuple[Repair, ...]:
    """Return the single edits of the right side that make it equal to the left."""
    if sum(1 for _ in walk(right.tree)) > MAX_EDITED:
        return ()
    try:
        right = matched(left, right)
        target = _Target(at, left, right)
    except FormulaError:
        return ()
    found: list[Repair] = []
    sizes = sorted(context.axis_names())
    for number, edit in enumerate(edits(right.tree, text, context.symbols, sizes)):
        if number > MAX_CANDIDATES or len(found) >= MAX_REPAIRS:
            break
        if target.fits(edit.tree) and _equal(at, left, replace(right, tree=edit.tree)):
            found.append(Repair(edit.span, edit.text, edit.what, ("tested",)))
    return tuple(found)


class _Target:
    """The left side at one point, which most candidates already miss."""

    def __init__(self, at: World, left: Typed, right: Typed) -> None:
        self.at = at
        tree = at.expanded(left.tree)
        ends = {index for index in (left.row, left.column) if index}
        indices = free(tree) | free(right.tree) | ends
        self.axes: tuple[Index, ...] = tuple(sorted(indices, key=repr))
        self.value: Array = at.evaluator(0, REALS).array(tree, self.axes)

    def fits(self, tree: Tree) -> bool:
        """Whether a candidate has the same values at the point."""
        if not free(tree) <= set(self.axes):
            return False
        evaluator = self.at.evaluator(0, REALS)
        try:
            with np.errstate(all="ignore"):
                found = evaluator.array(self.at.expanded(tree), self.axes)
                scale = np.maximum(abs(found), abs(self.value))
                off = abs(found - self.value) > DIFFERS * (scale + 1e-3 * np.max(scale))
        except (FormulaError, OverflowError, ZeroDivisionError):
            return False
        return not bool(np.any(off) or np.any(np.isnan(found)))


def _definition_repairs(
    context: Context, text: str, by_name: dict[str, Read], steps: Sequence[Step], at: World
) -> tuple[Repair, World] | None:
    """Return the edit of a definition that mends the most chains, with the world after it."""
    failing: dict[str, list[Step]] = {}
    for step in steps:
        if step.verdict is StepVerdict.FAILS and step.chain in by_name:
            failing.setdefault(step.chain, []).append(step)
    best: tuple[int, Repair, World] | None = None
    for key, definition in at.registry.definitions.items():
        if key.startswith("∂") or definition.tree.span.end == 0:
            continue
        for edit in edits(definition.tree, text, context.symbols, ()):
            literal = edit.what.startswith("the upper bound")
            chains = _chains_moved(at, by_name, failing, key, literal=literal)
            if not chains or at.registry.tree_moves(edit.tree, key):
                continue
            changed = _changed(context, at, key, definition, edit)
            mended = [name for name in chains if _mends(changed, by_name[name], failing[name])]
            if mended and (best is None or len(mended) > best[0]):
                what = f"{edit.what}, in the definition of {key}"
                repair = Repair(edit.span, edit.text, what, ("tested",), definition=True)
                best = len(mended), repair, changed
    return (best[1], best[2]) if best else None


def _chains_moved(
    at: World,
    by_name: dict[str, Read],
    failing: dict[str, list[Step]],
    key: str,
    *,
    literal: bool,
) -> list[str]:
    """Return the chains that may speak against a definition: with two wrong steps, or against a
    bound that is an index; one wrong step alone is more likely wrong itself.
    """
    found = []
    for name, wrong in failing.items():
        sides = [s for s in by_name[name].sides if isinstance(s, Typed)]
        if (literal or len(wrong) > 1) and any(
            at.registry.tree_moves(side.tree, key) for side in sides
        ):
            found.append(name)
    return found


def _changed(context: Context, at: World, key: str, definition: Definition, edit: Edit) -> World:
    definitions = {
        name: found for name, found in at.registry.definitions.items() if not name.startswith("∂")
    }
    definitions[key] = replace(definition, tree=edit.tree)
    return world(context.symbols, sorted(context.axis_names()), definitions)


def _mends(at: World, read: Read, wrong: Sequence[Step]) -> bool:
    for step in wrong:
        left, right = read.sides[step.start], read.sides[step.end]
        if not isinstance(left, Typed) or not isinstance(right, Typed):
            return False
        if not _equal(at, left, right):
            return False
    return True


def _undoing(
    by_name: dict[str, Read], step: Step, steps: Sequence[Step], at: World, repaired: World
) -> Step:
    """Name a wrong step that only takes an earlier error of its chain back."""
    if step.verdict is not StepVerdict.FAILS or step.chain not in by_name:
        return step
    if any(repair.definition for repair in step.repairs) and len(step.repairs) == 1:
        return step
    earlier = [
        other
        for other in steps
        if other.chain == step.chain
        and other.verdict is StepVerdict.FAILS
        and other.end <= step.start
    ]
    read = by_name[step.chain]
    right = read.sides[step.end]
    for other in earlier:
        left = read.sides[other.start]
        if isinstance(left, Typed) and isinstance(right, Typed) and _equal(repaired, left, right):
            message = f"silently undoes the error of step {other.end}: {step.message}"
            return replace(step, message=message, repairs=())
    if not earlier and any(o.chain == step.chain and o.start >= step.end for o in steps):
        return replace(step, message=f"the first wrong step of its chain: {step.message}")
    return step
