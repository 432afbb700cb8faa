"""Claims, steps of derivations and refused formulas as one list: what machine formats report."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from verify.derivation.steps import Derivation, Step, StepVerdict
from verify.derivation.words import diff, refused, shown, witness
from verify.derivation.words import headline as step_headline
from verify.explain import explain, headline
from verify.explain.texts import line as one_line
from verify.explain.words import expected, sizes
from verify.findings import Finding, Results
from verify.formula.source import FormulaError, position

# Where a path is cut that leads into an installation: before it stands this machine's own part.
INSTALLED = f"{os.sep}site-packages{os.sep}"


class Status(Enum):
    """What a machine is told: as expected, not as expected, or not judged.

    A claim that is refuted, or a step that fails, as it was declared to, passes. Only what fails
    makes `run`, `gate` and `check` exit with 1.
    """

    PASSES = "passes"
    FAILS = "fails"
    OPEN = "open"


@dataclass(frozen=True)
class Place:
    """Where something is declared: `path` below `root()` or, if not `inside`, a part of it.

    `line` and `column` count from 1; 0 stands for unknown.
    """

    path: str
    inside: bool
    line: int
    column: int = 0

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.path, self.line, self.column) if part)


@dataclass(frozen=True)
class Item:
    """One claim, one step, or one formula that could not be read.

    `rule` names verdict and kind, as in `refuted` or `step-fails`; `group` the problem or page;
    `name` is the same in every run. `at` holds the sizes of the smallest counterexample, `why` the
    first thing known about the cause, `headline` all of it in one line; `details` are computed
    when they are asked for.
    """

    rule: str
    group: str
    name: str
    verdict: str
    expected: str
    status: Status
    headline: str
    at: str
    why: str
    place: Place | None
    seconds: float | None
    details: Callable[[], str]

    @property
    def message(self) -> str:
        """What is wrong in one line, with the sizes of the counterexample and the cause."""
        return f"{self.headline}; {self.why}" if self.why else self.headline


def items(results: Results) -> tuple[Item, ...]:
    """List the claims, then each page's steps and refused formulas, in the order of the run."""
    found = [_claim(results, finding) for finding in results.findings]
    for page in results.derivations:
        found += [_step(page, step) for step in page.steps]
        found += [_refusal(page, error) for error in page.refusals]
    return tuple(found)


def root() -> str:
    """Return the folder that paths are shown from: the checkout in GitHub's CI, or where we are."""
    here, checkout = os.path.realpath(os.curdir), os.environ.get("GITHUB_WORKSPACE")
    if not checkout:
        return here
    checkout = os.path.realpath(checkout)
    return checkout if os.path.commonpath([here, checkout]) == checkout else here


def place(path: str, line: int, column: int = 0) -> Place | None:
    """Return where something stands, without the part of the path that is this machine's own.

    None for what can be no path.
    """
    if not path or "\0" in path:
        return None
    whole = os.path.realpath(path)
    relative = os.path.relpath(whole, root())
    if not relative.startswith(os.pardir):
        return Place(relative.replace(os.sep, "/"), True, line, column)
    installed = whole.rpartition(INSTALLED)
    outside = installed[2] if installed[1] else os.path.basename(whole)
    return Place(outside.replace(os.sep, "/"), False, line, column)


def _claim(results: Results, finding: Finding) -> Item:
    claim, example = finding.claim, finding.counterexample
    home = claim.variant if claim.variant.path else claim.problem
    # What was typed in is in no file: `<stdin>`, a cell of a notebook.
    in_file = os.path.isfile(home.path)
    return Item(
        str(finding.verdict),
        claim.problem.name,
        claim.name,
        str(finding.verdict),
        expected(finding),
        Status.PASSES if finding.as_expected else Status.FAILS,
        headline(finding),
        sizes(example.point.axes) if example else "",
        one_line((*finding.diagnosis, finding.reason)[0]),
        place(home.path, home.line) if in_file else None,
        finding.seconds,
        lambda: explain(finding, results),
    )


def _step(page: Derivation, step: Step) -> Item:
    number = f"{step.end}" if step.start == step.end - 1 else f"{step.end} from {step.start}"
    repair = step.repairs[0] if step.repairs else None
    at = {**step.witness.extents, **step.witness.entry} if step.witness else {}
    status = Status.PASSES if step.as_expected else Status.FAILS
    return Item(
        f"step-{step.verdict.value}",
        page.name,
        f"{page.name}: chain {step.chain}, step {number}",
        step.verdict.value,
        "fails" if step.expected_to_fail else "holds",
        Status.OPEN if step.verdict is StepVerdict.UNJUDGED else status,
        _step_line(page, step),
        sizes(at),
        "" if repair is None
        else f"{repair.what}: {shown(page, repair.span)} should be {one_line(repair.text)}",
        place(page.name, *position(page.text, step.span.start)),
        None,
        lambda: "\n".join(_step_lines(page, step)),
    )  # fmt: skip


def _step_line(page: Derivation, step: Step) -> str:
    line = one_line(step_headline(page, step))
    return f"{line} at {sizes(step.witness.extents)}" if step.witness else line


def _step_lines(page: Derivation, step: Step) -> list[str]:
    lines = [step_headline(page, step), f"    {shown(page, step.span)}", *witness(step)]
    for repair in step.repairs:
        lines += diff(page, repair)
    return [*lines, f"    {step.shown}"] if step.shown else lines


def _refusal(page: Derivation, error: FormulaError) -> Item:
    where = position(page.text, error.span.start)
    return Item(
        "formula-refused",
        page.name,
        f"{page.name}: formula at {where[0]}:{where[1]}",
        "refused",
        "read",
        Status.OPEN,
        one_line(f"{page.name}:{where[0]}:{where[1]}: refused: {error.message}"),
        "",
        "",
        place(page.name, *where),
        None,
        lambda: refused(page, error),
    )
