"""Cases: samples with everything that has a name there, and the axes of each named array."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from verify.diagnosis.sample import Sample
from verify.domains import size_of
from verify.evaluator.named import named_values
from verify.evaluator.stacked import split
from verify.findings import Floats
from verify.points import COTANGENT
from verify.problems import Claim

# More names than this are no vocabulary, and pairs of them grow with the square.
MOST_NAMES = 16


@dataclass(frozen=True)
class Case:
    """A sample with all named values at its point: inputs and intermediates."""

    sample: Sample
    named: Mapping[str, Floats]


@dataclass(frozen=True)
class Names:
    """The axes of every named array, those of the input in question, and their sizes.

    Axes are words of a shape such as `N` or `D+1`; `target` are those of the input.
    """

    axes: Mapping[str, tuple[str, ...]]
    target: tuple[str, ...]
    inputs: tuple[str, ...]


def cases_of(claim: Claim, samples: Sequence[Sample]) -> list[Case]:
    """Evaluate the primal and the variant at every sample and collect what they name.

    A name that the primal and the variant use for different values keeps the variant's meaning;
    the primal's is called `name in the primal`.
    """
    inputs, theirs, primals = [], [], []
    for sample in samples:
        named, cotangent = split(sample.point.inputs)
        leading = [] if cotangent is None else [cotangent]
        inputs.append({n: a for n, a in sample.point.inputs.items() if a.dtype.kind in "fiub"})
        theirs.append(named_values(claim.variant.function, named, *leading))
        primals.append(named_values(claim.problem.primal, named))
    clash = {
        n for a, b in zip(theirs, primals, strict=True) for n in a.keys() & b if _unequal(a, b, n)
    }
    found = []
    for sample, given, variant, primal in zip(samples, inputs, theirs, primals, strict=True):
        renamed = {(f"{n} in the primal" if n in clash else n): v for n, v in primal.items()}
        every = {**renamed, **variant, **given}
        ordered = [*given, *(n for n in [*variant, *renamed] if n not in given)]
        named = {n: np.asarray(every[n], dtype=np.float64) for n in dict.fromkeys(ordered)}
        found.append(Case(sample, named))
    return found


def _unequal(left: Mapping[str, Floats], right: Mapping[str, Floats], name: str) -> bool:
    return not np.array_equal(left[name], right[name], equal_nan=True)


def names_of(claim: Claim, cases: Sequence[Case]) -> Names:
    """Find out the axes of every array that has a name in all cases.

    Declared where the domain says so; else each axis of an intermediate is the named axis whose
    size it has in every case, those of the input in question first.
    """
    domains = claim.problem.domains
    declared = {n: tuple(str(axis) for axis in d.shape) for n, d in domains.items()}
    target = declared.get(claim.input, ())
    fits = all(c.sample.reference.ndim == len(target) for c in cases)
    words = [*target, *(axis for shape in declared.values() for axis in shape)]
    words += [axis for case in cases[:1] for axis in case.sample.point.axes]
    known = list(dict.fromkeys(words))
    if not fits:
        inferred = _inferred([c.sample.reference for c in cases], cases, known)
        target = inferred if inferred is not None else ()
    common = [n for n in cases[0].named if all(n in case.named for case in cases)] if cases else []
    axes = {}
    for name in common[:MOST_NAMES]:
        arrays = [case.named[name] for case in cases]
        shape = declared.get(name)
        if shape is None or any(array.ndim != len(shape) for array in arrays):
            shape = _inferred(arrays, cases, known)
        if shape is not None:
            axes[name] = shape
    given = [n for n in axes if n in claim.problem.inputs or n == COTANGENT]
    return Names(axes, target, tuple(given))


def _inferred(
    arrays: Sequence[Floats], cases: Sequence[Case], known: Sequence[str]
) -> tuple[str, ...] | None:
    """Name each axis after what has its size everywhere; None where the number of axes varies."""
    if len({array.ndim for array in arrays}) != 1:
        return None
    shape: list[str] = []
    for position in range(arrays[0].ndim):
        sizes = [array.shape[position] for array in arrays]
        fitting = [w for w in known if sizes == [_size(w, case) for case in cases]]
        fresh = [word for word in fitting if word not in shape]
        shape.append("1" if set(sizes) == {1} else (fresh or fitting or [f"?{position}"])[0])
    return tuple(shape)


def _size(word: str, case: Case) -> int | None:
    axes = case.sample.point.axes
    try:
        return int(word) if word.isdigit() else size_of(word, axes)
    except (KeyError, ValueError, SyntaxError):
        return None
