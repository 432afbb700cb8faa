"""The pytest plugin: every claim of a problem in a test file is a test item of its own.

pytest loads this module in every session of an environment in which gradverify is installed, so
what is heavy is imported by the hooks, and only where a test file holds a problem.
"""

import argparse
import os
import shlex
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from verify.plugin.items import ClaimItem, declared
from verify.plugin.state import SESSION, Session
from verify.plugin.workers import FINDING, FindingsOfWorkers, pack

if TYPE_CHECKING:
    from verify.findings import Results
    from verify.problems import Claim, Problem

SEEN = pytest.StashKey[dict[str, "Problem"]]()


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
        default=50,
        metavar="INT",
        help="test cases to draw for each problem (default: 50)",
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
    problem = declared(obj)
    if problem is None or not isinstance(collector, pytest.Module):
        return None
    seen = collector.stash.setdefault(SEEN, {})
    if problem.name in seen:
        other = seen[problem.name]
        if other is problem:
            return []
        from verify.explain.words import place

        raise collector.CollectError(
            f"two problems are called {problem.name!r}: {place(other.path, other.line)} and "
            f"{place(problem.path, problem.line)}; names in one file should differ."
        )
    seen[problem.name] = problem
    return [
        ClaimItem.from_parent(collector, name=claim.name, claim=claim) for claim in problem.claims
    ]


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
            # Text, since other plugins write test reports as JSON.
            setattr(report, FINDING, pack(finding))
    return report


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
