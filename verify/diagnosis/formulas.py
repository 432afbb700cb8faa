"""Hypotheses in formulas: the claim is the derivative times, or plus, something with a name."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from verify.diagnosis import words
from verify.diagnosis.atoms import Atom
from verify.diagnosis.cases import Case
from verify.diagnosis.hypotheses import WHERE, Hypothesis, Prediction
from verify.diagnosis.monomials import Monomial, search, tabulate
from verify.findings import Floats

# So many failing points are enough to tell formulas apart, and so many entries of each.
MOST_CASES = 12
MOST_PLACES = 5
# The derivative counts as nonzero for a ratio from so many tolerances on.
CLEAR = 1e3
# What stands before the derivative where a term is missing or too much, and its cost.
SCALES = ((1.0, 1.5), (-1.0, 2.25), (0.5, 2.5), (2.0, 2.5))


def formulas(atoms: Sequence[Atom], seen: Sequence[Case]) -> Iterator[Hypothesis]:
    """Yield what equals the claim at chosen failing entries of `seen`, each of both readings.

    The readings: everywhere, and only at the entries that differ.
    """
    yield from _both(_constant(0.0, "claimed = 0", 0.75))
    cases = _telling(seen)
    places = [_places(case) for case in cases]
    if len(cases) < 3:
        return
    claimed, reference, tolerance = (
        np.concatenate([a[at] for a, at in zip(arrays, places, strict=True)])
        for arrays in (
            [case.sample.claimed.ravel() for case in cases],
            [case.sample.reference.ravel() for case in cases],
            [case.sample.tolerance.ravel() for case in cases],
        )
    )
    table = tabulate(atoms, cases, places)
    with np.errstate(all="ignore"):
        clear = np.abs(reference) > CLEAR * tolerance
        ratios = np.where(clear, claimed / reference, np.nan)
    for monomial in search(table, ratios):
        yield from _both(_ratio(monomial))
    for monomial in search(table, claimed):
        if monomial.factors or monomial.sign is not None or monomial.constant in (1.0, -1.0):
            yield from _both(_instead(monomial))
    for scale, cost in SCALES:
        for monomial in search(table, claimed - scale * reference):
            if monomial.factors:
                yield from _both(_plus(scale, cost, monomial))


def _telling(seen: Sequence[Case]) -> list[Case]:
    """Choose failing samples with the least special inputs: few zeros, ones, equal sizes."""
    failing = [case for case in seen if (case.sample.differs & case.sample.usable).any()]
    return sorted(failing, key=_plainness)[:MOST_CASES]


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
    at = np.flatnonzero((case.sample.differs & case.sample.usable).ravel())
    return at[np.unique(np.linspace(0, len(at) - 1, MOST_PLACES).astype(np.intp))]


def _both(hypothesis: Hypothesis) -> Iterator[Hypothesis]:
    yield hypothesis
    yield Hypothesis(
        WHERE + hypothesis.text,
        hypothesis.cost + 1.0,
        hypothesis.family,
        hypothesis.predict,
        only_differing=True,
    )


def _constant(value: float, text: str, cost: float) -> Hypothesis:
    def predict(case: Case) -> Prediction:
        zeros = np.zeros(case.sample.claimed.shape)
        return Prediction(zeros + value, zeros)

    return Hypothesis(text, cost, "instead", predict)


def _ratio(monomial: Monomial) -> Hypothesis:
    def predict(case: Case) -> Prediction:
        scale = monomial.value(case)
        sample = case.sample
        return Prediction(sample.reference * scale, 4 * sample.tolerance * np.abs(scale))

    return Hypothesis(words.ratio(monomial), monomial.cost, "ratio", predict)


def _instead(monomial: Monomial) -> Hypothesis:
    def predict(case: Case) -> Prediction:
        value = monomial.value(case)
        return Prediction(value + np.zeros(case.sample.claimed.shape), np.zeros(()))

    text = f"claimed = {words.bare(words.product(monomial))}"
    return Hypothesis(text, 1.0 + monomial.cost, "instead", predict)


def _plus(scale: float, cost: float, monomial: Monomial) -> Hypothesis:
    def predict(case: Case) -> Prediction:
        term = monomial.value(case)
        sample = case.sample
        reach: Floats = 4 * sample.tolerance * abs(scale) + 1e-9 * np.abs(term)
        return Prediction(scale * sample.reference + term, reach)

    return Hypothesis(words.sum_with(scale, monomial), cost + monomial.cost, "plus", predict)
