"""What the page tells of a claim beyond the short explanation: problem, regimes, and the run."""

import inspect
from collections.abc import Sequence

from verify.explain.words import labelled, number, outcome, place
from verify.findings import Finding, Results
from verify.problems import Problem

COLUMNS = ("regime", "outcome", "holds", "fails", "cannot tell")


def about(problem: Problem) -> str:
    """Tell what a claim is about: the primal, the domain of each input, the precondition."""
    domains = "\n".join(f"{name} ∈ {domain!r}" for name, domain in problem.inputs.items())
    lines = [
        ("problem", problem.name),
        ("statement", problem.statement),
        ("domain", domains),
        ("precondition", precondition(problem)),
        ("source", problem.source),
        ("declared at", place(problem.path, problem.line)),
    ]
    return "\n".join(labelled(label, text) for label, text in lines if text)


def precondition(problem: Problem) -> str:
    """Say what points must meet: the docstring of `where`, or its name; empty if there is none."""
    if problem.where is None:
        return ""
    return (inspect.getdoc(problem.where) or str(getattr(problem.where, "__name__", ""))).strip()


def matrix(finding: Finding) -> str:
    """Show the row of a claim in the page's matrix as a table: one line a regime that was met."""
    tallies = {"all test cases": finding.tally, **finding.regimes}
    rows = [
        (name, outcome(t), f"{t.holds:,}", f"{t.fails:,}", f"{t.undecided:,}")
        for name, t in tallies.items()
        if t.total
    ]
    return aligned([COLUMNS, *rows], left=2) if rows else ""


def provenance(results: Results) -> str:
    """Say on what the findings of a run depend: seed, number of test cases, versions; and time."""
    versions = ", ".join(f"{name} {version}" for name, version in results.versions.items())
    lines = [
        ("seed", f"{results.seed}, {results.test_cases:,} test cases drawn for each problem"),
        *([("corpus", results.corpus)] if results.corpus else []),
        ("versions", versions),
        ("seconds", number(results.seconds)),
    ]
    return "\n".join(labelled(label, text) for label, text in lines)


def aligned(rows: Sequence[Sequence[str]], left: int = 0) -> str:
    """Align the cells of a table: the first `left` columns to the left, the others to the right.

    >>> print(aligned([("at", "holds"), ("tie", "12")], left=1))
    at   holds
    tie     12
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if place < left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join(lines)
