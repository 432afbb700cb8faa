"""Cases: samples with everything that has a name there, and the axes of each named array."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from verify.diagnosis.sample import Sample
from verify.domains import size_of
from verify.evaluator import Failure, call
from verify.evaluator.named import named_values
from verify.evaluator.stacked import split
from verify.evaluator.variants import single
from verify.findings import Floats
from verify.points import COTANGENT, Array
from verify.problems import Claim, Function

# More names than this are no vocabulary, and pairs of them grow with the square.
MOST_NAMES = 16


@dataclass(frozen=True)
class Case:
    """A sample with all named values at its point: inputs and intermediates.

    `own` are the names that only the variant uses.
    """

    sample: Sample
    named: Mapping[str, Floats]
    own: frozenset[str] = frozenset()

    @cached_property
    def scale(self) -> float:
        """The largest finite number with a name, at least 1."""
        largest = [1.0]
        for array in self.named.values():
            sizes = np.abs(array)
            largest.append(float(np.where(np.isfinite(sizes), sizes, 0.0).max(initial=0.0)))
        return max(largest)


@dataclass(frozen=True)
class Names:
    """The axes of every named array, those of the input in question, and their sizes.

    Axes are words of a shape such as `N` or `D+1`; `target` are those of the input; `own` are the
    names that only the variant uses.
    """

    axes: Mapping[str, tuple[str, ...]]
    target: tuple[str, ...]
    inputs: tuple[str, ...]
    own: frozenset[str]


def cases_of(claim: Claim, samples: Sequence[Sample]) -> list[Case]:
    """Evaluate the primal and the variant at every sample and collect what they name.

    A name that the primal and the variant use for different values keeps the variant's meaning;
    the primal's is called `name in the primal`. The value of the primal is `loss(...)`.
    """
    samples = [sample for sample in samples if _is_the_claim(claim, sample)]
    theirs: list[dict[str, Array]] = []
    primals: list[dict[str, Array]] = []
    for sample in samples:
        named, cotangent = split(sample.point.inputs)
        leading = [] if cotangent is None else [cotangent]
        theirs.append(_named(claim, claim.variant.function, named, *leading))
        value = call(claim.problem.primal, _copied(named))
        own = {} if isinstance(value, Failure) or np.ndim(value) else {_called(claim): value}
        primals.append(own | _named(claim, claim.problem.primal, named))
    both = list(zip(theirs, primals, strict=True))
    clash = {name for a, b in both for name in a.keys() & b if _unequal(a, b, name)}
    answers = _answers(samples, theirs)
    found = []
    for sample, (variant, primal) in zip(samples, both, strict=True):
        inputs = {n: a for n, a in sample.point.inputs.items() if a.dtype.kind in "fiub"}
        renamed = {(f"{n} in the primal" if n in clash else n): v for n, v in primal.items()}
        kept = {n: v for n, v in variant.items() if n not in answers or n in renamed}
        every = {**inputs, **kept, **{n: v for n, v in renamed.items() if n not in kept}}
        arrays = {name: np.asarray(value, dtype=np.float64) for name, value in every.items()}
        found.append(Case(sample, arrays, frozenset(kept) - frozenset(renamed)))
    return found


def _is_the_claim(claim: Claim, sample: Sample) -> bool:
    """Tell whether the variant, called at the point alone, says what the sample holds.

    A formula that mixes the points of a stack may have slipped through as one that does not.
    """
    answer = single(claim.problem, claim.variant, dict(sample.point.inputs), 1)
    if isinstance(answer, Failure):
        return True
    return np.allclose(answer[claim.input], sample.claimed, rtol=1e-6, atol=0, equal_nan=True)


def _called(claim: Claim) -> str:
    return f"{getattr(claim.problem.primal, '__name__', claim.problem.name)}(...)"


def _copied(inputs: Mapping[str, Array]) -> dict[str, Array]:
    return {name: array.copy() for name, array in inputs.items()}


def _named(
    claim: Claim, function: Function, inputs: Mapping[str, Array], *leading: Array
) -> dict[str, Array]:
    """Return the named values of a function; those called like an axis say where they are from."""
    found = named_values(function, inputs, *leading)
    return {f"{n} in the code" if n in claim.problem.dims else n: v for n, v in found.items()}


def _answers(samples: Sequence[Sample], theirs: Sequence[Mapping[str, Array]]) -> set[str]:
    """Find the variant's variables that are its answer, up to a constant: they explain nothing."""
    names = set.intersection(*(set(found) for found in theirs)) if theirs else set()
    return {name for name in names if _proportional(samples, [found[name] for found in theirs])}


def _proportional(samples: Sequence[Sample], arrays: Sequence[Array]) -> bool:
    ratios = []
    for sample, array in zip(samples, arrays, strict=True):
        if array.shape not in (sample.claimed.shape, sample.claimed.shape[::-1]):
            return False
        laid = array if array.shape == sample.claimed.shape else array.T
        known = np.isfinite(sample.claimed) & (sample.claimed != 0)
        with np.errstate(all="ignore"):
            ratios.append((laid / sample.claimed)[known])
    whole = np.concatenate([ratio.ravel() for ratio in ratios])
    if not whole.size:
        return False
    return bool((np.abs(whole - whole[0]) <= 1e-9 * np.abs(whole[0])).all())


def _unequal(left: Mapping[str, Array], right: Mapping[str, Array], name: str) -> bool:
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
    own = frozenset.intersection(*(case.own for case in cases)) if cases else frozenset()
    return Names(axes, target, tuple(given), own)


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
