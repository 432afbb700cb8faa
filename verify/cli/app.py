"""The commands and their options; what they do is imported when one of them is called."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from verify import __version__
from verify.cli.compare import compare
from verify.cli.guard import guarded
from verify.cli.options import (
    Baseline,
    ClaimName,
    Expression,
    Failures,
    Json,
    ListJson,
    OutputFormat,
    Paths,
    Report,
    ReportRows,
    Seconds,
    Seed,
    TestCases,
    UpdateBaseline,
)
from verify.cli.replay import replay
from verify.findings import DEFAULT_TEST_CASES

app = typer.Typer(
    name="gradverify",
    help="Tell whether hand-derived gradients are right, and if not, where and why.",
    no_args_is_help=True,
    # Boxes and colours belong to a terminal; these messages are read in logs, too.
    rich_markup_mode=None,
    epilog="Exit codes: 0 everything as expected, 1 a claim is not as expected, 2 wrong usage or "
    "a file that cannot be loaded, 3 internal error, 130 interrupted.",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"gradverify {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Nothing to do: --version is answered by its callback."""


@app.command()
def run(
    paths: Paths = None,
    seed: Seed = 0,
    test_cases: TestCases = DEFAULT_TEST_CASES,
    json: Json = None,
    report: Report = None,
    report_rows: ReportRows = None,
    output_format: OutputFormat = None,
    expression: Expression = None,
    failures: Failures = None,
    seconds: Seconds = None,
) -> None:
    """Check every claim and say of each whether it passes the finite-difference check."""
    _checked(
        paths, output_format, quiet=False, seed=seed, test_cases=test_cases, json=json,
        report=report, report_rows=report_rows, expression=expression, failures=failures,
        seconds=seconds,
    )  # fmt: skip


@app.command()
def gate(
    paths: Paths = None,
    seed: Seed = 0,
    test_cases: TestCases = DEFAULT_TEST_CASES,
    json: Json = None,
    report: Report = None,
    report_rows: ReportRows = None,
    output_format: OutputFormat = None,
    expression: Expression = None,
    failures: Failures = None,
    seconds: Seconds = None,
    baseline: Baseline = None,
    update_baseline: UpdateBaseline = False,
) -> None:
    """Check every claim; print only what is not as expected and one line of summary."""
    _checked(
        paths, output_format, quiet=True, seed=seed, test_cases=test_cases, json=json,
        report=report, report_rows=report_rows, expression=expression, failures=failures,
        seconds=seconds, baseline=baseline, update_baseline=update_baseline,
    )  # fmt: skip


def _checked(
    paths: list[str] | None, output_format: list[str] | None, *, quiet: bool, **given: Any
) -> None:
    def work() -> int:
        from verify.cli.outputs import parsed
        from verify.cli.work import Options, check

        options = Options(**given, formats=parsed(output_format or []))
        return check(paths or [], options, quiet=quiet)

    guarded(work)


@app.command("list")
def list_claims(paths: Paths = None, expression: Expression = None, json: ListJson = None) -> None:
    """List the claims, each with the verdict that is expected of it, and the chains of pages."""

    def work() -> int:
        from verify.cli.listing import show

        return show(paths or [], expression, json)

    guarded(work)


@app.command()
def explain(
    claim: ClaimName,
    paths: Paths = None,
    seed: Seed = 0,
    test_cases: TestCases = DEFAULT_TEST_CASES,
) -> None:
    """Check one claim, or a chain of a page, and tell all that was found about it."""

    def work() -> int:
        from verify.cli.explaining import explain

        return explain(claim, paths or [], seed, test_cases)

    guarded(work)


@app.command("check")
def check_document(
    document: Annotated[
        Path, typer.Argument(metavar="DOCUMENT", help="A Markdown, LaTeX or plain text file.")
    ],
    declarations: Annotated[
        Path | None,
        typer.Option("--with", metavar="FILE", help="What its symbols are, as TOML."),
    ] = None,
    suggest: Annotated[
        bool, typer.Option("--suggest", help="Print a declaration file to start from.")
    ] = False,
    json: Json = None,
    report: Report = None,
    output_format: OutputFormat = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print only the steps that fail, and the totals.")
    ] = False,
) -> None:
    """Judge every step of a derivation as published: each = holds, fails or cannot be judged."""

    def work() -> int:
        from verify.cli.documents import check, suggested
        from verify.cli.outputs import parsed
        from verify.cli.work import Options

        if suggest:
            return suggested(document)
        options = Options(json=json, report=report, formats=parsed(output_format or []))
        return check(document, declarations, options, quiet=quiet)

    guarded(work)


app.command("compare")(compare)
app.command("replay")(replay)


def main() -> None:
    """Run the command line; the console script of the package."""
    for stream in (sys.stdout, sys.stderr):
        # A name or a formula that the terminal's encoding lacks is not worth a crash.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="gradverify")
