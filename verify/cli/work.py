"""What the commands do: load, check, write, say."""

import shlex
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from verify.cli import known, outputs, selection
from verify.cli.guard import AS_EXPECTED, INTERRUPTED, NOT_AS_EXPECTED
from verify.cli.terminal import tell
from verify.findings import DEFAULT_TEST_CASES, Results
from verify.load import problems_from
from verify.problems import Claim, Problem


@dataclass(frozen=True)
class Options:
    """The options that `run` and `gate` share."""

    seed: int = 0
    test_cases: int = DEFAULT_TEST_CASES
    json: Path | None = None
    report: Path | None = None
    expression: str | None = None
    failures: Path | None = None
    seconds: float | None = None
    baseline: Path | None = None
    update_baseline: bool = False
    formats: tuple[outputs.Output, ...] = ()
    report_rows: int | None = None


def check(targets: Sequence[str], options: Options, *, quiet: bool) -> int:
    """Check the claims, write what was asked for, print the summary; return the exit code."""
    from verify.cli import documents, summary

    check_outputs(options)

    pages, others = parted(targets)
    if not targets and options.expression is None:
        pages = [documents.FLAGSHIP]
    derivations = tuple(documents.derivation_from(Path(page), None) for page in pages)
    if pages and targets and len(pages) == len(targets):
        return documents.conclude(derivations, options, quiet=quiet)
    problems = load(others)
    fits = selection.selected(problems, options.expression) if options.expression else None
    found = searched(problems, options, fits)
    results, said = known.settled(replace(found, derivations=derivations), options)
    outputs.write(results, options)

    def show(stream: TextIO) -> None:
        for derivation in results.derivations:
            documents.show(derivation, stream, quiet=quiet)
        (summary.show_unexpected if quiet else summary.show)(results, stream)
        for line in said:
            tell(line, stream)

    outputs.say(options, show)
    return code_of(results)


def searched(
    problems: Sequence[Problem], options: Options, select: Callable[[Claim], bool] | None = None
) -> Results:
    """Search problems; what they print goes to stderr, where a terminal shows how far it is."""
    from verify import campaign
    from verify.cli import summary

    with summary.progress(sys.stderr) as progress, redirect_stdout(sys.stderr):
        return campaign.run(
            problems,
            seed=options.seed,
            test_cases=options.test_cases,
            select=select,
            command=shlex.join(["gradverify", *sys.argv[1:]]),
            stored=options.failures,
            seconds=options.seconds,
            progress=progress,
        )


def parted(targets: Sequence[str]) -> tuple[list[str], list[str]]:
    """Part what is a page with formulas, by its ending, from all else."""
    from verify.cli import documents

    pages = [target for target in targets if documents.is_document(target)]
    return pages, [target for target in targets if target not in pages]


def load(targets: Sequence[str]) -> list[Problem]:
    """Load what is declared in targets, or the flagship; raises `LoadError` if it cannot be."""
    # What a user's file prints is not part of our output: a pipe may be reading JSON.
    with redirect_stdout(sys.stderr):
        return problems_from(targets)


def code_of(results: Results) -> int:
    """Return the exit code that says how a run came out."""
    if results.interrupted:
        return INTERRUPTED
    return AS_EXPECTED if results.as_expected else NOT_AS_EXPECTED


def check_outputs(options: Options) -> None:
    """Refuse a file that cannot be written before minutes of work are lost to it."""
    known.opened(options)
    baseline = options.baseline if options.update_baseline else None
    outputs.check(options, [("--failures", options.failures), ("--baseline", baseline)])
