"""The command `gradverify replay`: stored counterexamples run again."""

import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated

import typer

from verify.cli.guard import AS_EXPECTED, NOT_AS_EXPECTED, guarded
from verify.cli.options import Paths


def replay(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="What --failures keeps, or the results of a run, from its --json."
        ),
    ],
    paths: Paths = None,
) -> None:
    """Run stored counterexamples again, without any search, and say what changed.

    The exit code is 0 if everything fails as it did, and 1 if anything is different: a claim holds
    at its counterexample, claims another value there, or is gone.
    """
    guarded(lambda: _work(file, paths or []))


def _work(file: Path, targets: list[str]) -> int:
    from verify.cli.terminal import tell
    from verify.cli.work import load
    from verify.errors import UsageError
    from verify.history.kept import read_kept
    from verify.history.replay import headline, replayed, totals

    kept = read_kept(file)
    problems = load([target for target in targets if not _is_document(target)])
    names = {case.problem for case in kept.cases}
    if names and not names & {problem.name for problem in problems}:
        raise UsageError(
            f"{file} holds counterexamples of {', '.join(sorted(names))}; none of these problems "
            "is in PATHS, which should name the files that declare them."
        )
    with redirect_stdout(sys.stderr):
        found = replayed(kept.cases, problems)
    for case in found:
        tell(headline(case))
    if kept.steps:
        tell(f"steps that fail, not replayed: {kept.steps}; `gradverify check` judges them.")
    tell(totals(found))
    return NOT_AS_EXPECTED if any(case.changed for case in found) else AS_EXPECTED


def _is_document(target: str) -> bool:
    from verify.cli.documents import is_document

    return is_document(target)
