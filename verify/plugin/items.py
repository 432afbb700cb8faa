"""A claim as a test item."""

import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from verify.plugin.state import SESSION

if TYPE_CHECKING:
    from verify.findings import Finding, Results
    from verify.problems import Claim, Problem


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
        from verify.explain.texts import visible

        return visible(explain(excinfo.value.args[0], results_of(self)))

    def reportinfo(self) -> tuple[str | os.PathLike[str], int | None, str]:
        """Point at the line of the variant."""
        variant = self.claim.variant
        if not variant.path:
            return self.path, None, self.name
        return variant.path, max(variant.line - 1, 0), self.name


def _find(item: ClaimItem) -> "Finding":
    results = results_of(item)
    for finding in results.findings:
        if finding.claim.name == item.claim.name:
            return finding
    raise LookupError(f"the search left {item.claim.name} out")


def results_of(item: ClaimItem) -> "Results":
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


def declared(obj: object) -> "Problem | None":
    """Return the problem that an object in a test file stands for, if it stands for one."""
    # Where nothing has imported the declarations, no object can be one.
    if "verify.declare" not in sys.modules:
        return None
    from verify.declare import Declaration
    from verify.problems import Problem

    # type(), not isinstance(): a proxy or a mock may answer to any class.
    if type(obj) is Declaration:
        return obj.problem
    return obj if type(obj) is Problem else None
