"""Large runs for the benchmark of the report: real ones, small, copied under new names."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import islice

import numpy as np

from verify import problem, reals, run
from verify.findings import Finding, Results

# Claims of one problem, as in a file of somebody's layers.
TOGETHER = 10
Rule = Callable[[np.ndarray], np.ndarray]
# A function of one number, its derivative, and what somebody took for it.
RULES: dict[str, tuple[Rule, Rule, Rule]] = {
    "square": (lambda x: x * x, lambda x: 2 * x, lambda x: x),
    "cube": (lambda x: x**3, lambda x: 3 * x**2, lambda x: 3 * x),
    "sine": (np.sin, np.cos, lambda x: -np.cos(x)),
    "cosine": (np.cos, lambda x: -np.sin(x), np.sin),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2, lambda x: 1 - np.tanh(x)),
    "exponential": (np.exp, np.exp, lambda x: x * np.exp(x)),
    "arctangent": (np.arctan, lambda x: 1 / (1 + x * x), lambda x: 1 / (1 + x)),
    "softplus": (lambda x: np.log1p(np.exp(x)), lambda x: 1 / (1 + np.exp(-x)), np.tanh),
    "root": (lambda x: np.sqrt(1 + x * x), lambda x: x / np.sqrt(1 + x * x), lambda x: 2 * x),
    "bell": (lambda x: np.exp(-x * x), lambda x: -2 * x * np.exp(-x * x), lambda x: -2 * x),
}


def _declared(name: str, primal: Rule, right: Rule, wrong: Rule):  # type: ignore[no-untyped-def]
    made = problem(x=reals("n", -9, 9), wrt="x", name=name)(lambda x: primal(x).sum(axis=-1))
    made.gradient(name="right")(lambda x: right(x))
    made.gradient(name="wrong")(lambda x: wrong(x))
    return made


PROBLEMS = [_declared(name, *rules) for name, rules in RULES.items()]


@cache
def checked() -> Results:
    """Return the real run behind all others."""
    return run(*PROBLEMS)


def many(passing: int, failing: int) -> Results:
    """Return a run of so many claims that hold and fail, what fails spread over the run."""
    found = checked()
    right, wrong = (
        [finding for finding in found.findings if finding.as_expected is fine]
        for fine in (True, False)
    )
    total = passing + failing
    places = {round((index + 0.5) * total / failing) for index in range(failing)}
    findings = (
        _named((wrong if index in places else right)[index % len(right)], index)
        for index in range(total)
    )
    return replace(found, findings=tuple(findings), pairs=())


def _named(finding: Finding, index: int) -> Finding:
    """Copy a finding under the name of a claim of its own."""
    claim, group = finding.claim, index // TOGETHER
    own = replace(claim.problem, name=f"layer_{group}", line=group)
    variant = replace(claim.variant, name=f"{claim.problem.name}_{index}")
    return replace(finding, claim=replace(claim, problem=own, variant=variant))


def comparisons(results: Results) -> int:
    """Return how many test cases stand behind all claims."""
    return sum(len(batch.outcome) for finding in results.findings for batch in finding.cases)


def up_to(results: Results, cases: int) -> Results:
    """Keep so many claims that no more than this many test cases stand behind them."""
    total, kept = 0, 0
    for finding in results.findings:
        total += sum(len(batch.outcome) for batch in finding.cases)
        if total > cases:
            break
        kept += 1
    return replace(results, findings=tuple(islice(results.findings, kept)))
