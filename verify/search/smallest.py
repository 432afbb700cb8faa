"""The smallest counterexample: what the minimiser is given, and whether its result counts."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from verify.findings import Counterexample
from verify.outcomes import Outcome
from verify.points import Stack
from verify.problems import Claim
from verify.search.confirm import FAILING, confirm
from verify.search.judge import judge, second_look
from verify.search.minimise import Fails, minimise


def smallest(
    claim: Claim,
    example: Counterexample,
    wanted: Outcome,
    analytic: Mapping[str, bool],
    seed: int,
) -> Counterexample:
    """Minimise a confirmed example; the smaller one counts only if it is confirmed as well."""
    point = minimise(claim.problem, example.point, still_fails(claim, analytic, seed, wanted))
    found = confirm(claim, point, analytic, seed)
    better = found.outcome is wanted and found.counterexample is not None
    return found.counterexample if better and found.counterexample else example


def still_fails(
    claim: Claim, analytic: Mapping[str, bool], seed: int, wanted: Outcome = Outcome.DIFFER
) -> Fails:
    """Return the predicate of the minimiser: without cross-check, the result is confirmed."""
    rng = np.random.default_rng(seed)

    def fails(part: Stack) -> NDArray[np.bool_]:
        judged = judge(claim.problem, part, rng, analytic, check_every=0, only=claim.input)
        comparison = judged.comparison(claim)
        if wanted is not Outcome.DIFFER:
            return np.isin(comparison.outcome, FAILING)
        return np.asarray(second_look(claim, judged, comparison).outcome == Outcome.DIFFER)

    return fails
