"""The command `gradverify compare`: what is different in a second run."""

from pathlib import Path
from typing import Annotated

import typer

from verify.cli.guard import AS_EXPECTED, NOT_AS_EXPECTED, guarded


def compare(
    before: Annotated[
        Path, typer.Argument(metavar="A.json", help="The results of one run, from its --json.")
    ],
    after: Annotated[Path, typer.Argument(metavar="B.json", help="Those of a later run.")],
    json: Annotated[
        Path | None,
        typer.Option("--json", metavar="FILE", help="Write the changes as JSON; - prints."),
    ] = None,
) -> None:
    """Compare two runs: verdicts that changed, new and gone claims, counterexamples, time.

    The exit code is 1 if a claim or a step became worse: it was as expected, or is new, and is not
    as expected. What is gone is told and fails nothing.
    """
    guarded(lambda: _work(before, after, json))


def _work(before: Path, after: Path, json: Path | None) -> int:
    from verify.cli.files import checked, stream_beside, write_json
    from verify.cli.terminal import tell
    from verify.history.changes import changes_between, to_json
    from verify.history.runs import read_run
    from verify.history.words import lines

    checked(json)
    found = changes_between(read_run(before), read_run(after))
    if json is not None:
        write_json(to_json(found), json)
    for line in lines(found):
        tell(line, stream_beside(json))
    return NOT_AS_EXPECTED if found.worse else AS_EXPECTED
