"""What a run says on the terminal: a table there, plain lines in a pipe."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from verify.cli.terminal import tell
from verify.explain import explain, headline
from verify.explain.texts import visible
from verify.explain.words import expected, says
from verify.findings import Finding, Results
from verify.outcomes import Verdict

COLOURS = {Verdict.CONSISTENT: "green", Verdict.REFUTED: "red", Verdict.UNSTABLE: "yellow"}


def show(results: Results, stream: TextIO) -> None:
    """Print every finding in one line, what is not as expected in full, and the totals."""
    console = _console(stream)
    if console.is_terminal:
        console.print(_table(results))
    else:
        for finding in results.findings:
            tell(headline(finding), stream)
    show_unexpected(results, stream)


def show_unexpected(results: Results, stream: TextIO) -> None:
    """Print what is not as expected in full, and one line of totals."""
    for finding in results.findings:
        if not finding.as_expected:
            tell(stream=stream)
            show_finding(finding, results, stream)
            tell(stream=stream)
    tell(totals(results), stream)


def show_finding(finding: Finding, results: Results, stream: TextIO) -> None:
    """Print all that is known about one claim."""
    tell(explain(finding, results), stream)


def totals(results: Results) -> str:
    """Say in one line how a run came out."""
    findings = results.findings
    counts = Counter(str(finding.verdict) for finding in findings)
    fine = sum(finding.as_expected for finding in findings)
    words = [
        f"{fine} of {len(findings)} claims as expected",
        ", ".join(f"{counts[str(v)]} {v}" for v in Verdict if counts[str(v)]) or "none judged",
        f"{sum(finding.tally.total for finding in findings):,} comparisons",
        f"seed {results.seed}",
        f"{results.seconds:.1f} s",
    ]
    return "; ".join(words) + (" (interrupted)." if results.interrupted else ".")


def _table(results: Results) -> Table:
    table = Table("claim", "finite-difference check", "verdict", "expected", "holds", "fails", "?")
    previous = None
    for finding in results.findings:
        claim, tally = finding.claim, finding.tally
        if previous not in (None, claim.problem.name):
            table.add_section()
        previous = claim.problem.name
        table.add_row(
            Text(visible(claim.name), overflow="fold"),
            Text(says(finding)),
            Text(str(finding.verdict), style=COLOURS.get(finding.verdict, "magenta")),
            _expectation(finding),
            *(Text(str(n), justify="right") for n in (tally.holds, tally.fails, tally.undecided)),
        )
    return table


def _expectation(finding: Finding) -> Text:
    if finding.as_expected:
        return Text("as expected")
    return Text(f"not {expected(finding)}", "bold red")


def _console(stream: TextIO) -> Console:
    return Console(file=stream, highlight=False, markup=False, emoji=False)


@contextmanager
def progress(stream: TextIO) -> Iterator[Callable[[str, int, int], None] | None]:
    """Show a progress bar while the body runs if `stream` is a terminal; None elsewhere."""
    console = _console(stream)
    if not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda name, done, total: bar.update(
            task, description=visible(name), completed=done, total=total
        )
