"""The options and arguments that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from verify.cli.complete import claim_names, expressions

Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PATHS",
        help="Python files, folders, modules, FILE.py:OBJECT or MODULE:OBJECT, and pages with "
        "formulas; without any, the flagship studies.",
        show_default=False,
    ),
]
ClaimName = Annotated[
    str,
    typer.Argument(
        metavar="CLAIM",
        help="problem[variant-input], or a part of it that fits one claim; of a page, a chain "
        "(3) or a step of it (3.1).",
        autocompletion=claim_names,
    ),
]
Seed = Annotated[int, typer.Option(min=0, help="The same seed gives the same test cases.")]
TestCases = Annotated[int, typer.Option(min=1, help="Test cases to draw for each problem.")]
Seconds = Annotated[
    float | None,
    typer.Option(min=0.0, help="End the search of each claim after so many seconds."),
]
Json = Annotated[
    Path | None, typer.Option("--json", metavar="FILE", help="Write the results as JSON; - prints.")
]
ListJson = Annotated[
    Path | None, typer.Option("--json", metavar="FILE", help="Write the list as JSON; - prints.")
]
Report = Annotated[Path | None, typer.Option(metavar="FILE", help="Write the HTML report.")]
ReportRows = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help="Rows of the report's table of test cases; more cases than that are gathered.",
        show_default=False,
    ),
]
OutputFormat = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FORMAT[=FILE]",
        help="Print the results as text, json, csv, markdown, junit, sarif or github, or write "
        "them to FILE, also as parquet or html; may be given several times.",
        show_default=False,
    ),
]
Expression = Annotated[
    str | None,
    typer.Option(
        "-k",
        metavar="EXPR",
        help="Only claims that fit, as in 'theta and not bias'.",
        autocompletion=expressions,
    ),
]
Failures = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Replay the failures kept in this file first; update it."),
]
Baseline = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="What is known to be wrong: fail only where a claim or a step differs from it.",
    ),
]
UpdateBaseline = Annotated[
    bool,
    typer.Option(
        "--update-baseline",
        help="Write what is wrong now to the baseline; entries that were not run stay.",
    ),
]
