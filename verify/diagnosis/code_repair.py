"""Which single edit of a gradient's source makes it right, found out by trying."""

import ast
from collections.abc import Sequence
from dataclasses import replace
from types import CodeType, FunctionType

import numpy as np

from verify.diagnosis.code_edits import Edit, edits
from verify.diagnosis.sample import Sample
from verify.evaluator import Failure
from verify.evaluator.source import source_of
from verify.evaluator.variants import single
from verify.findings import CodeRepair
from verify.problems import Claim, Variant

# Enough for every edit of some twenty lines; each costs a call at one point.
MOST_EDITS = 600
# Two edits that do the same are worth telling, ten are not.
MOST_REPAIRS = 2
# Of points that fail: fewer could be met by chance.
FEWEST = 3


def repairs(claim: Claim, samples: Sequence[Sample]) -> tuple[CodeRepair, ...]:
    """Return the smallest edits of a variant's source after which it agrees at all samples.

    Every edited function is run in the place of the variant; one that raises, or takes another
    shape, is no repair. Empty where the source cannot be had, or no single edit is enough.
    """
    function, source = claim.variant.function, source_of(claim.variant)
    ordered = sorted(samples, key=lambda sample: not sample.fails)
    if (
        source is None
        or not isinstance(function, FunctionType)
        or sum(s.fails for s in samples) < FEWEST
    ):
        return ()
    found: list[CodeRepair] = []
    for edit, _ in zip(edits(source.text), range(MOST_EDITS)):  # noqa: B905  # whichever ends first
        text = source.text[: edit.start] + edit.text + source.text[edit.end :]
        if any(edit.start < other.end and other.start < edit.end for other in found):
            continue  # a second way to mend the same place tells nothing new
        edited = _compiled(function, text)
        if edited is not None and _agrees(claim, replace(claim.variant, function=edited), ordered):
            found.append(_least(edit, source.text))
            if len(found) == MOST_REPAIRS:
                break
    return tuple(found)


def _least(edit: Edit, source: str) -> CodeRepair:
    """Return the edit; where text only goes, that text alone is marked."""
    was = source[edit.start : edit.end]
    if edit.text and was.startswith(edit.text):
        return CodeRepair(edit.start + len(edit.text), edit.end, "", edit.what)
    if edit.text and was.endswith(edit.text):
        return CodeRepair(edit.start, edit.end - len(edit.text), "", edit.what)
    return CodeRepair(edit.start, edit.end, edit.text, edit.what)


def _compiled(function: FunctionType, text: str) -> FunctionType | None:
    """Compile an edited source in the world of the function: its globals, closure and defaults."""
    free = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    world = {**function.__globals__, **{name: cell.cell_contents for name, cell in free.items()}}
    try:
        module = compile(ast.parse(text), "<edited>", "exec")
    except (SyntaxError, ValueError):
        return None
    code = next(const for const in module.co_consts if isinstance(const, CodeType))
    made = FunctionType(code, world, function.__name__, function.__defaults__)
    made.__kwdefaults__ = function.__kwdefaults__
    return made


def _agrees(claim: Claim, variant: Variant, samples: Sequence[Sample]) -> bool:
    for sample in samples:
        with np.errstate(all="ignore"):
            answer = single(claim.problem, variant, dict(sample.point.inputs), 1)
        if isinstance(answer, Failure):
            return False
        values = np.asarray(answer[claim.input], dtype=np.float64)
        tried = Sample(sample.point, values, sample.reference, sample.tolerance, {})
        # What an edited formula loses by rounding says nothing about the formula.
        if tried.clearly.any():
            return False
    return True
