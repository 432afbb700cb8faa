"""The pytest plugin: every claim of a problem in a test file is a test item of its own.

pytest loads this module in every session of an environment in which gradverify is installed, so
what is heavy is imported by the hooks, and only where a test file holds a problem.
"""

import argparse
import os
import shlex
import sys
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from verify.findings import Finding, Results
    from verify.problems import Claim, Problem


@dataclass
class Session:
    """What one pytest process has found so far."""

    seed: int
    test_cases: int
    report: Path | None
    is_worker: bool
    command: str
    started: float = field(default_factory=time.perf_counter)
    # By identity: the same problem in two test files is searched once.
    searched: dict[int, "Results"] = field(default_factory=dict)
    findings: dict[str, "Finding"] = field(default_factory=dict)
    note: str = ""


SESSION = pytest.StashKey[Session]()
SEEN = pytest.StashKey[dict[str, "Problem"]]()
# The attribute of a test report in which a worker of pytest-xdist hands its finding over.
FINDING = "gradverify_finding"


class NotAsExpected(Exception):  # noqa: N818 - what pytest prints reads as a sentence
    """A claim whose verdict is not one of those it was declared with."""


class ClaimItem(pytest.Item):
    """One claim; it passes if its verdict is as expected."""

    def __init__(self, *, claim: "Claim", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.claim = claim
        if self.config.pluginmanager.hasplugin("xdist"):
            # `--dist loadgroup` keeps a problem in one worker, which then searches it once.
            self.add_marker(pytest.mark.xdist_group(name=claim.problem.name))

    def runtest(self) -> None:
        """Check the claim, together with the others of its problem."""
        finding = _find(self)
        self.config.stash[SESSION].findings[self.nodeid] = finding
        if not finding.as_expected:
            raise NotAsExpected(finding)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show what was found instead of a traceback through gradverify."""
        if not isinstance(excinfo.value, NotAsExpected):
            return super().repr_failure(excinfo, style)
        from verify.explain import explain

        return explain(excinfo.value.args[0], _results(self))

    def reportinfo(self) -> tuple[str | os.PathLike[str], int | None, str]:
        """Point at the line of the variant."""
        variant = self.claim.variant
        if not variant.path:
            return self.path, None, self.name
        return variant.path, max(variant.line - 1, 0), self.name


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("gradverify", "claims about hand-derived gradients")
    group.addoption("--gradverify-report", metavar="PATH", help="write the HTML report to PATH")
    group.addoption(
        "--gradverify-seed",
        type=_at_least(0),
        default=0,
        metavar="INT",
        help="the same seed gives the same test cases (default: 0)",
    )
    group.addoption(
        "--gradverify-test-cases",
        type=_at_least(1),
        default=100,
        metavar="INT",
        help="test cases to draw for each problem (default: 100)",
    )


def _at_least(lowest: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.strip().isdecimal() or int(text) < lowest:
            raise argparse.ArgumentTypeError(f"{text!r} should be a whole number >= {lowest}")
        return int(text)

    return read


def pytest_configure(config: pytest.Config) -> None:
    """Read the options; refuse a report that cannot be written before the tests run."""
    given = config.getoption("--gradverify-report")
    report = Path(os.path.abspath(given)) if given else None
    if report and ((report.exists() and not report.is_file()) or not report.parent.is_dir()):
        raise pytest.UsageError(
            f"--gradverify-report={given} should be a file in a folder that exists"
        )
    session = Session(
        seed=config.getoption("--gradverify-seed"),
        test_cases=config.getoption("--gradverify-test-cases"),
        report=report,
        is_worker=hasattr(config, "workerinput"),
        command=shlex.join(["pytest", *map(str, config.invocation_params.args)]),
    )
    config.stash[SESSION] = session
    if not session.is_worker:
        config.pluginmanager.register(FindingsOfWorkers(session, config.rootpath))


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(
    collector: pytest.Module | pytest.Class, name: str, obj: object
) -> list[pytest.Item | pytest.Collector] | None:
    """Turn a problem at module level into one item per claim; leave all else to pytest."""
    problem = _declared(obj)
    if problem is None or not isinstance(collector, pytest.Module):
        return None
    seen = collector.stash.setdefault(SEEN, {})
    if problem.name in seen:
        other = seen[problem.name]
        if other is problem:
            return []
        raise collector.CollectError(
            f"two problems are called {problem.name!r}: {other.path}:{other.line} and "
            f"{problem.path}:{problem.line}; names in one file should differ."
        )
    seen[problem.name] = problem
    return [
        ClaimItem.from_parent(collector, name=claim.name, claim=claim) for claim in problem.claims
    ]


def _declared(obj: object) -> "Problem | None":
    # Where nothing has imported the declarations, no object can be one.
    if "verify.declare" not in sys.modules:
        return None
    from verify.declare import Declaration
    from verify.problems import Problem

    # type(), not isinstance(): a proxy or a mock may answer to any class.
    if type(obj) is Declaration:
        return obj.problem
    return obj if type(obj) is Problem else None


def _find(item: ClaimItem) -> "Finding":
    results = _results(item)
    for finding in results.findings:
        if finding.claim.name == item.claim.name:
            return finding
    raise LookupError(f"the search left {item.claim.name} out")


def _results(item: ClaimItem) -> "Results":
    """Search the problem of an item once: all claims of it that are to be tested here."""
    from verify import campaign

    session, problem = item.config.stash[SESSION], item.claim.problem
    if id(problem) not in session.searched:
        beside = [other for other in item.session.items if isinstance(other, ClaimItem)]
        names = {other.claim.name for other in beside if other.claim.problem is problem}
        results = campaign.run(
            [problem],
            seed=session.seed,
            test_cases=session.test_cases,
            select=lambda claim: claim.name in names,
            command=session.command,
        )
        if results.interrupted:
            raise KeyboardInterrupt
        session.searched[id(problem)] = results
    return session.searched[id(problem)]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let a worker of pytest-xdist send its findings along with the reports of its tests.

    With the reports rather than at the end: what was found also arrives when the run is stopped
    early, and nothing is searched twice for the sake of the HTML report.
    """
    report = yield
    session = item.config.stash[SESSION]
    if call.when == "call" and session.is_worker and session.report:
        finding = session.findings.get(item.nodeid)
        if finding is not None:
            from verify.transfer import pack

            # Text, since other plugins write test reports as JSON.
            setattr(report, FINDING, pack(finding))
    return report


class FindingsOfWorkers:
    """Takes up, in the controller of pytest-xdist, what its workers found."""

    def __init__(self, session: Session, root: Path) -> None:
        self.session = session
        self.root = root
        self.loaded: dict[str, dict[str, "Problem"]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Unpack the finding of a report, if it brings one."""
        packed = getattr(report, FINDING, None)
        if packed is None:
            return
        from verify.transfer import restored, unpack

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


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the report, also when tests failed or the session was stopped."""
    own = session.config.stash.get(SESSION, None)
    if own is None or own.report is None or own.is_worker:
        return
    if not own.findings:
        own.note = "no claim was tested, so no report was written."
        return
    from verify.report import page

    try:
        page.write(_gathered(own), own.report)
    except OSError as error:
        own.note = f"the report {own.report} could not be written: {error.strerror}."
        session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
    else:
        own.note = f"report of {len(own.findings)} claims written to {own.report}"


def _gathered(own: Session) -> "Results":
    from verify import campaign
    from verify.findings import Results

    # The order of declaration: it does not depend on which worker was faster.
    findings = sorted(own.findings.items(), key=lambda pair: _order(pair[0], pair[1].claim))
    seconds = time.perf_counter() - own.started
    return Results(
        tuple(finding for _, finding in findings),
        own.seed,
        own.test_cases,
        own.command,
        campaign.versions(),
        seconds,
    )


def _order(nodeid: str, claim: "Claim") -> tuple[str, str, int, int, int]:
    file = nodeid.split("::", 1)[0]
    places = claim.problem.path, claim.problem.line, claim.variant.line
    return file, *places, claim.problem.wrt.index(claim.input)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say where the report is."""
    own = config.stash.get(SESSION, None)
    if own is not None and own.note:
        terminalreporter.write_line(f"gradverify: {own.note}")
