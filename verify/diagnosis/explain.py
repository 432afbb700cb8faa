"""Diagnose: form hypotheses on some samples, say those that explain all of the others."""

from collections.abc import Iterable, Iterator, Sequence

from verify.diagnosis.atoms import atoms_of
from verify.diagnosis.cases import Case, Names, cases_of, names_of
from verify.diagnosis.formulas import formulas
from verify.diagnosis.hypotheses import (
    CONSTANT,
    FEWEST,
    Confirmed,
    Hypothesis,
    confirm,
    key_of,
)
from verify.diagnosis.parts import parts
from verify.diagnosis.rearranged import rearranged
from verify.diagnosis.replaced import replaced
from verify.diagnosis.sample import Sample
from verify.problems import Claim

# At most so many explanations, and none that is much more complicated than the simplest.
MOST = 3
SLACK = 1.25


def diagnose(
    claim: Claim, samples: Sequence[Sample], fresh: Sequence[Sample] | None = None
) -> tuple[str, ...]:
    """Say why a claim is wrong: at most three explanations, simplest first.

    Hypotheses are formed on every other one of the `samples`. One is said only if it explains every
    usable entry of all the rest too, at least three of which fail, and fail as it predicts. With
    `fresh` given, they are formed on all `samples` and checked on `fresh`.
    """
    seen, fresh = _halves(samples) if fresh is None else (list(samples), list(fresh))
    known = {key_of(sample.point) for sample in seen}
    unseen = [sample for sample in fresh if key_of(sample.point) not in known]
    if sum(s.fails for s in unseen) < FEWEST or sum(s.fails for s in seen) < FEWEST:
        return ()
    # What fails refutes most hypotheses; it is asked first.
    ordered = sorted([*seen, *unseen], key=lambda sample: not sample.fails)
    cases = cases_of(claim, ordered)
    names = names_of(claim, cases)
    formed = [case for case in cases if key_of(case.sample.point) in known]
    held_back = [case for case in cases if key_of(case.sample.point) not in known]
    hypotheses = sorted(_hypotheses(claim, names, formed), key=lambda h: h.cost)
    confirmed = _simplest(hypotheses, formed, held_back)
    lines = [each.line for each in confirmed]
    everywhere = any(not each.hypothesis.only_differing for each in confirmed)
    return (
        tuple(lines[:MOST]) if everywhere else tuple([*lines, *parts(seen, unseen, names)][:MOST])
    )


def _halves(samples: Sequence[Sample]) -> tuple[list[Sample], list[Sample]]:
    """Split into even and odd, failing and holding samples each, a point that repeats once."""
    different = {key_of(sample.point): sample for sample in samples}.values()
    groups = [[s for s in different if s.fails is fails] for fails in (True, False)]
    even, odd = ([s for group in groups for s in group[start::2]] for start in (0, 1))
    return even, odd


def _hypotheses(claim: Claim, names: Names, seen: Sequence[Case]) -> Iterator[Hypothesis]:
    used = [axis for axis in claim.problem.dims if any(axis in c.sample.point.axes for c in seen)]
    sizes = tuple(axis for axis in used if all(axis in c.sample.point.axes for c in seen))
    others = tuple(name for name in claim.problem.wrt if name != claim.input)
    yield from rearranged(names, others, sizes)
    yield from formulas(atoms_of(names, sizes), names, seen)
    yield from replaced(claim, names)


def _simplest(
    hypotheses: Iterable[Hypothesis], seen: Sequence[Case], fresh: Sequence[Case]
) -> list[Confirmed]:
    """Keep the simplest of each family that is confirmed, up to a little more than the simplest.

    An explanation of all entries leaves nothing for those of the entries that differ.
    """
    found: list[Confirmed] = []
    for hypothesis in hypotheses:
        if found and hypothesis.cost > found[0].hypothesis.cost + SLACK:
            break
        families = {(each.hypothesis.family, each.hypothesis.only_differing) for each in found}
        everywhere = any(not each.hypothesis.only_differing for each in found)
        taken = (hypothesis.family, hypothesis.only_differing) in families
        # Where a claim is 0, many things that are 0 equal it.
        zero = any(each.hypothesis.text.endswith("claimed = 0") for each in found)
        of_zero = zero and (hypothesis.only_differing or hypothesis.family == "replaced")
        if taken or of_zero or (everywhere and hypothesis.only_differing):
            continue
        confirmed = confirm(hypothesis, seen, fresh)
        if confirmed is not None and hypothesis.family == CONSTANT:
            return [confirmed]
        if confirmed is not None:
            found.append(confirmed)
    whole = [each for each in found if not each.hypothesis.only_differing]
    return (whole or found)[:MOST]
