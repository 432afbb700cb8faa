"""Hypotheses in formulas: the claim is the derivative times, or plus, something with a name."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from verify.diagnosis import words
from verify.diagnosis.atoms import Atom, bare
from verify.diagnosis.cases import Case, Names
from verify.diagnosis.hypotheses import (
    CONSTANT,
    FEWEST,
    WHERE,
    Hypothesis,
    Prediction,
    evidence,
)
from verify.diagnosis.monomials import Factor, Monomial, search, tabulate
from verify.diagnosis.sample import Mask
from verify.findings import Floats

# So many failing points are enough to tell formulas apart, and so many entries of each.
MOST_CASES = 12
MOST_PLACES = 5
# The derivative counts as nonzero for a ratio from so many tolerances on.
CLEAR = 1e3
# Residuals of this share of the largest number around have the digits for a comparison.
STEADY = 1e-6
# What an atom may cost whose sign could be that of the claim: inputs and differences of two.
SIGNED = 1.75
# What stands before the derivative where a term is missing or too much, and its cost.
SCALES = ((1.0, 1.5), (-1.0, 2.25), (0.5, 2.5), (2.0, 2.5))


def formulas(atoms: Sequence[Atom], names: Names, seen: Sequence[Case]) -> Iterator[Hypothesis]:
    """Yield what equals the claim at chosen failing entries of `seen`, each of both readings.

    The readings: everywhere, and only at the entries that differ.
    """
    yield from _both(_constant(0.0, "claimed = 0", 0.75))
    for atom in (each for each in atoms if each.cost <= SIGNED and _of_both_signs(each, seen)):
        for sign in (1.0, -1.0):
            yield _ratio(Monomial(sign, (), atom))
    cases = _telling(seen)
    places = [_places(case) for case in cases]
    if len(cases) < FEWEST:
        return
    table = tabulate(atoms, cases, places)
    claimed, reference, tolerance = (
        np.concatenate([numbers(case).ravel()[at] for case, at in zip(cases, places, strict=True)])
        for numbers in (_claimed, _reference, _tolerance)
    )
    with np.errstate(all="ignore"):
        clear = np.abs(reference) > CLEAR * tolerance
        ratios = np.where(clear, claimed / reference, np.nan)
    for monomial in search(table, ratios):
        yield from _both(_ratio(monomial))
    yield from _instead_of(search(table, claimed), names, seen)
    masks = [atom for atom in atoms if atom.cost <= SIGNED and _is_mask(atom, seen)]
    for scale, cost in SCALES:
        for monomial in search(table, claimed - scale * reference, three=scale == 1):
            yield from _both(_plus(scale, cost, monomial))
            for mask in masks:
                masked = Monomial(monomial.constant, (Factor(mask, 1.0), *monomial.factors))
                yield _plus(scale, cost, masked)


def _claimed(case: Case) -> Floats:
    return case.sample.claimed


def _reference(case: Case) -> Floats:
    return case.sample.reference


def _tolerance(case: Case) -> Floats:
    return case.sample.tolerance


def _instead_of(
    monomials: Sequence[Monomial], names: Names, seen: Sequence[Case]
) -> Iterator[Hypothesis]:
    """Yield that a monomial stands in place of the derivative.

    The variant's own variables are how it computes the claim, not what it is; one of them alone,
    where it differs, is the branch that was taken.
    """
    for monomial in monomials:
        number = not monomial.factors and monomial.sign is None
        if number and monomial.constant not in (1.0, -1.0):
            continue
        instead = _instead(monomial)
        branch = len(monomial.factors) == 1 and not evidence(instead, seen)
        if branch or not _own(monomial, names):
            yield from _both(instead)


def _is_mask(atom: Atom, seen: Sequence[Case]) -> bool:
    """Tell whether a quantity is 0 or 1: at the entries that differ, one may look like none."""
    with np.errstate(all="ignore"):
        values = np.concatenate([atom.values(case).ravel() for case in seen])
    return set(np.unique(values)) == {0.0, 1.0}


def _of_both_signs(atom: Atom, seen: Sequence[Case]) -> bool:
    with np.errstate(all="ignore"):
        values = [atom.values(case) for case in seen]
    return any((a > 0).any() for a in values) and any((a < 0).any() for a in values)


def _telling(seen: Sequence[Case]) -> list[Case]:
    """Choose failing samples with the least special inputs: few zeros, ones, equal sizes."""
    failing = [case for case in seen if (case.sample.differs & case.sample.usable).any()]
    steady = [case for case in failing if _steady(case).any()]
    return sorted(steady if len(steady) >= FEWEST else failing, key=_plainness)[:MOST_CASES]


def _steady(case: Case) -> Mask:
    """Tell at which failing entries rounding of the claim cannot be seen in a logarithm."""
    sample = case.sample
    with np.errstate(all="ignore"):
        large = np.abs(sample.residual) > STEADY * case.scale
    return np.asarray(sample.differs & sample.usable & large)


def _plainness(case: Case) -> float:
    values = [np.abs(a).ravel() for a in case.named.values()]
    entries = np.concatenate(values) if values else np.zeros(0)
    odd = ~np.isfinite(entries) | (entries == 0) | (entries == 1)
    wild = (entries > 1e6) | ((entries < 1e-6) & (entries > 0))
    sizes = list(case.sample.point.axes.values())
    ones = sizes.count(1) / (len(sizes) or 1)
    same = 1 - len(set(sizes)) / (len(sizes) or 1)
    return float((odd.mean() + 2 * wild.mean() if len(entries) else 0.0) + 0.5 * ones + 0.25 * same)


def _places(case: Case) -> NDArray[np.intp]:
    steady = _steady(case)
    chosen = steady if steady.any() else case.sample.differs & case.sample.usable
    at = np.flatnonzero(chosen.ravel())
    return at[np.unique(np.linspace(0, len(at) - 1, MOST_PLACES).astype(np.intp))]


def _both(hypothesis: Hypothesis) -> Iterator[Hypothesis]:
    yield hypothesis
    yield Hypothesis(
        WHERE + hypothesis.text,
        hypothesis.cost + 1.0,
        # Where the derivative is 0, what stands in its place and what is added are the same.
        {"plus": "instead", CONSTANT: "ratio"}.get(hypothesis.family, hypothesis.family),
        hypothesis.predict,
        only_differing=True,
    )


def _own(monomial: Monomial, names: Names) -> bool:
    return any(factor.atom.made_of & names.own for factor in monomial.factors)


def _constant(value: float, text: str, cost: float) -> Hypothesis:
    def predict(case: Case) -> Prediction:
        zeros = np.zeros(case.sample.claimed.shape)
        return Prediction(zeros + value, zeros)

    return Hypothesis(text, cost, "instead", predict)


def _ratio(monomial: Monomial) -> Hypothesis:
    def predict(case: Case) -> Prediction:
        scale = monomial.value(case)
        sample = case.sample
        value = sample.reference * scale
        reach = 4 * sample.tolerance * np.abs(scale) + np.abs(value) * monomial.rounding(case)
        return Prediction(value, reach)

    constant = not monomial.factors and monomial.sign is None
    family = CONSTANT if constant else "ratio"
    return Hypothesis(words.ratio(monomial), monomial.cost, family, predict)


def _instead(monomial: Monomial) -> Hypothesis:
    def predict(case: Case) -> Prediction:
        value = monomial.value(case) + np.zeros(case.sample.claimed.shape)
        return Prediction(value, np.abs(value) * monomial.rounding(case))

    text = f"claimed = {bare(words.product(monomial))}"
    return Hypothesis(text, 0.4 + monomial.cost, "instead", predict)


def _plus(scale: float, cost: float, monomial: Monomial) -> Hypothesis:
    def predict(case: Case) -> Prediction:
        term = monomial.value(case)
        sample = case.sample
        off = 1e-9 + monomial.rounding(case)
        reach: Floats = 4 * sample.tolerance * abs(scale) + off * np.abs(term)
        return Prediction(scale * sample.reference + term, reach)

    return Hypothesis(words.sum_with(scale, monomial), cost + monomial.cost, "plus", predict)
