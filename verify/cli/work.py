"""What the commands do: load, check, write, say."""

import os
import shlex
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path

from verify.cli import selection
from verify.cli.guard import AS_EXPECTED, INTERRUPTED, NOT_AS_EXPECTED
from verify.errors import UsageError
from verify.explain.words import place
from verify.findings import DEFAULT_TEST_CASES, Results
from verify.load import problems_from
from verify.problems import Problem

STDOUT = Path("-")


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


def check(targets: Sequence[str], options: Options, *, quiet: bool) -> int:
    """Check the claims, write what was asked for, print the summary; return the exit code."""
    from verify import campaign
    from verify.cli import summary

    check_outputs(options)
    from verify.cli import documents

    pages = [target for target in targets if documents.is_document(target)]
    if not targets and options.expression is None:
        pages = [documents.FLAGSHIP]
    derivations = tuple(documents.derivation_from(Path(page), None) for page in pages)
    if pages and targets and len(pages) == len(targets):
        return documents.conclude(derivations, options, quiet=quiet)
    problems = _load([target for target in targets if target not in pages])
    fits = selection.selected(problems, options.expression) if options.expression else None
    with summary.progress(sys.stderr) as progress, redirect_stdout(sys.stderr):
        results = campaign.run(
            problems,
            seed=options.seed,
            test_cases=options.test_cases,
            select=fits,
            command=shlex.join(["gradverify", *sys.argv[1:]]),
            stored=options.failures,
            seconds=options.seconds,
            progress=progress,
        )
    results = replace(results, derivations=derivations)
    write(results, options)
    stream = sys.stderr if options.json == STDOUT else sys.stdout
    for derivation in derivations:
        documents.show(derivation, stream, quiet=quiet)
    (summary.show_unexpected if quiet else summary.show)(results, stream)
    return _code(results)


def list_claims(targets: Sequence[str]) -> int:
    """Print every claim with what is expected of it, under the place of its problem."""
    for problem in _load(targets):
        print(f"{problem.name}  {place(problem.path, problem.line)}".rstrip())
        for claim in problem.claims:
            expected = " or ".join(sorted(map(str, claim.expected)))
            source = f"  ({claim.variant.source})" if claim.variant.source else ""
            print(f"  {claim.name}  {expected}{source}")
    return AS_EXPECTED


def explain_claim(name: str, targets: Sequence[str], seed: int, test_cases: int) -> int:
    """Check the problem of one claim and print all that was found about the claim."""
    from verify import campaign
    from verify.cli import summary

    wanted = selection.named(_load(targets), name)
    with summary.progress(sys.stderr) as progress, redirect_stdout(sys.stderr):
        results = campaign.run(
            [wanted.problem],
            seed=seed,
            test_cases=test_cases,
            command=shlex.join(["gradverify", *sys.argv[1:]]),
            progress=progress,
        )
    findings = [finding for finding in results.findings if finding.claim.name == wanted.name]
    if not findings:
        raise KeyboardInterrupt
    summary.show_finding(findings[0], results, sys.stdout)
    return _code(replace(results, findings=tuple(findings)))


def _load(targets: Sequence[str]) -> list[Problem]:
    # What a user's file prints is not part of our output: a pipe may be reading JSON.
    with redirect_stdout(sys.stderr):
        return problems_from(targets)


def _code(results: Results) -> int:
    if results.interrupted:
        return INTERRUPTED
    return AS_EXPECTED if results.as_expected else NOT_AS_EXPECTED


def check_outputs(options: Options) -> None:
    """Refuse a file that cannot be written before minutes of work are lost to it."""
    named = {"--json": options.json, "--report": options.report, "--failures": options.failures}
    seen: dict[Path, str] = {}
    for option, path in named.items():
        if path is None or (option == "--json" and path == STDOUT):
            continue
        if problem := _unwritable(path):
            raise UsageError(f"{option} {path}: {problem}.")
        other = seen.setdefault(path.resolve(), option)
        if other != option:
            raise UsageError(f"{other} and {option} name the same file, {path}.")


def _unwritable(path: Path) -> str:
    if path.is_dir():
        return "this is a folder; a file is needed"
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}"
    if path.exists() and not path.is_file():
        # Files are written aside and moved into place: that would replace a device.
        return "this is not a regular file"
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        return "this file may not be written"
    return ""


def write(results: Results, options: Options) -> None:
    """Write the JSON file and the page that were asked for."""
    try:
        if options.json is not None:
            from verify.report import as_json

            if options.json == STDOUT:
                print(as_json.to_text(results), end="")
            else:
                as_json.write(results, options.json)
        if options.report is not None:
            from verify.report import page

            page.write(results, options.report)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UsageError(f"{error.filename}: cannot be written: {error.strerror}.") from error
