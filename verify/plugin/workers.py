"""Findings on their way from the workers of pytest-xdist to its controller.

A finding refers to the functions of a test file, which no pickle can hold. It is sent without
them, and the controller takes them from the file again; nothing is searched twice.
"""

import base64
import pickle
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from verify.plugin.state import Session

if TYPE_CHECKING:
    from verify.findings import Finding
    from verify.problems import Problem

# The attribute of a test report in which a worker sends a finding.
FINDING = "gradverify_finding"


class FindingsOfWorkers:
    """Takes up, in the controller of pytest-xdist, what its workers found."""

    def __init__(self, session: Session, root: Path) -> None:
        self.session = session
        self.root = root
        self.loaded: dict[str, dict[str, Problem]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Unpack the finding of a report, if it brings one."""
        packed = getattr(report, FINDING, None)
        if packed is None:
            return
        file = report.nodeid.split("::", 1)[0]
        if file not in self.loaded:
            self.loaded[file] = _load(self.root / file)
        self.session.findings[report.nodeid] = restored(unpack(packed), self.loaded[file])


def _load(path: Path) -> dict[str, "Problem"]:
    """Load the problems of a test file in a controller, which has collected nothing itself."""
    from verify.errors import LoadError
    from verify.load import problems_from

    try:
        return {problem.name: problem for problem in problems_from([str(path)])}
    except LoadError:
        # The file needs what only pytest gives it. Its findings are shown all the same; what is
        # missing is where to import the functions from, in the code of the counterexamples.
        return {}


def pack(finding: "Finding") -> str:
    """Return a finding as ASCII text; the functions of its problem stay behind."""
    claim = finding.claim
    problem = replace(
        claim.problem,
        primal=_left_behind,
        inputs={name: _described(domain) for name, domain in claim.problem.inputs.items()},
        where=None if claim.problem.where is None else _left_behind,
        regimes=tuple((name, _left_behind) for name, _ in claim.problem.regimes),
        variants=tuple(replace(v, function=_left_behind) for v in claim.problem.variants),
    )
    variant = replace(claim.variant, function=_left_behind)
    # The points would make the text many times as long; how they were judged is enough.
    cases = tuple(replace(batch, inputs=None) for batch in finding.cases)
    claim = replace(claim, problem=problem, variant=variant)
    portable = replace(finding, claim=claim, cases=cases)
    return base64.b64encode(pickle.dumps(portable)).decode("ascii")


def unpack(text: str) -> "Finding":
    """Return the finding that `pack` made text of; only for text from a process of our own."""
    finding: Finding = pickle.loads(base64.b64decode(text))
    return finding


def restored(finding: "Finding", problems: dict[str, "Problem"]) -> "Finding":
    """Give an unpacked finding its functions back, from its problem as loaded in this process.

    `problems` maps names to problems; a finding whose problem is not there stays as it is.
    """
    from verify.problems import Claim

    claim = finding.claim
    problem = problems.get(claim.problem.name)
    variants = {variant.name: variant for variant in problem.variants} if problem else {}
    if problem is None or claim.variant.name not in variants:
        return finding
    return replace(finding, claim=Claim(problem, variants[claim.variant.name], claim.input))


def _described(domain: Any) -> Any:
    from verify.domains import Domain

    # A Hypothesis strategy holds functions, too; what it prints is all that is needed of it.
    return domain if isinstance(domain, Domain) else repr(domain)


def _left_behind(*args: Any, **kwargs: Any) -> Any:
    raise RuntimeError("this function stayed in the process that tested it")
