"""The matrix of a problem: its claims against the regimes of its test cases."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from numpy.typing import NDArray

from verify.explain.full import precondition
from verify.explain.words import expected, outcome, place, says, shown_point
from verify.findings import Finding, Parted, Tally
from verify.problems import Problem
from verify.report.model import ProblemSection, Row, cell
from verify.table import COUNTS

# Of twelve variants there are 66 pairs; most part everywhere.
MOST_PAIRS = 6
CHECKS = {"passes": ("holds", "✓"), "fails": ("fails", "✗"), "no verdict": ("unknown", "?")}
# The id of a finding's section, its row in the table of regimes, and the finding.
Members = Sequence[tuple[str, int, Finding]]


def problem_section(
    target: str, members: Members, table: pd.DataFrame, pairs: Sequence[Parted]
) -> ProblemSection:
    """Return the section of one problem; `target` is its id."""
    problem = members[0][2].claim.problem
    part = table.iloc[[line for _, line, _ in members]]
    met = [regime for regime in table["text"].columns if (part[("text", regime)] != "").any()]
    numbers = {what: part[what][met].to_numpy() for what in ("outcome", *COUNTS)}
    rows = tuple(
        _row(target, finding, {what: values[line] for what, values in numbers.items()})
        for line, (target, _, finding) in enumerate(members)
    )
    return ProblemSection(
        problem.name,
        target,
        problem.statement,
        facts(
            ("precondition", precondition(problem)),
            ("source", problem.source),
            ("declared at", place(problem.path, problem.line)),
        ),
        tuple((name, repr(domain)) for name, domain in problem.inputs.items()),
        # A condition such as `theta = 0` stays on one line.
        ("all test cases", *(regime.replace(" = ", "\u00a0=\u00a0") for regime in met)),
        rows,
        tuple(_apart(problem, pair) for pair in _hardest(problem, pairs)),
    )


def _hardest(problem: Problem, pairs: Sequence[Parted]) -> list[Parted]:
    """Choose the pairs of variants that are the same in most regimes."""
    own = [pair for pair in pairs if pair.problem == problem.name]
    return sorted(own, key=lambda pair: -len(pair.together))[:MOST_PAIRS]


def _apart(problem: Problem, pair: Parted) -> tuple[str, str, str]:
    several = f", {pair.input}" if len(problem.wrt) > 1 else ""
    return (
        " · ".join(pair.variants) + several,
        " or ".join(pair.together),
        shown_point({name: array.tolist() for name, array in pair.point.inputs.items()}),
    )


def _row(target: str, finding: Finding, numbers: Mapping[str, NDArray[Any]]) -> Row:
    cells = [cell(finding.tally, outcome(finding.tally))]
    for column, word in enumerate(numbers["outcome"]):
        counts = (int(numbers[what][column]) for what in COUNTS)
        cells.append(cell(Tally(*counts), str(word)))
    kind, symbol, check = check_of(finding)
    several = len(finding.claim.problem.wrt) > 1
    return Row(
        finding.claim.variant.name + (f", {finding.claim.input}" if several else ""),
        target,
        kind,
        symbol,
        check,
        str(finding.verdict),
        expected(finding),
        finding.as_expected,
        tuple(cells),
    )


def target_of(index: int) -> str:
    """Return the id of the section of a claim."""
    return f"claim-{index + 1}"


def check_of(finding: Finding) -> tuple[str, str, str]:
    """Return style, symbol and word of what a claim comes to."""
    word = next(word for word in CHECKS if says(finding).startswith(word))
    if finding.power is not None and finding.power.poor:
        return *CHECKS["no verdict"], "worth little"
    return *CHECKS[word], word


def facts(*pairs: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """Drop the facts of which nothing is known."""
    return tuple((label, text) for label, text in pairs if text)
