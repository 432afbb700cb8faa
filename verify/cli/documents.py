"""What `gradverify check` does: read a page and its declarations, judge, write, say."""

import shlex
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TextIO

import verify
from verify.cli import known, outputs, work
from verify.cli.guard import AS_EXPECTED, NOT_AS_EXPECTED, WRONG_USAGE
from verify.cli.terminal import tell
from verify.derivation.steps import Derivation, StepVerdict
from verify.derivation.suggest import suggestion
from verify.derivation.words import report
from verify.findings import Results
from verify.pages import derivation_from as derivation_from
from verify.pages import document_in
from verify.pages import is_document as is_document
from verify.pages import read as read

FLAGSHIP = str(Path(verify.__file__).parent / "studies" / "derivation.md")
PACKAGES = ("gradverify", "numpy", "lark", "python-flint")


def check(document: Path, declarations: Path | None, options: work.Options, *, quiet: bool) -> int:
    """Judge a document; write what was asked for, print the steps; return the exit code."""
    work.check_outputs(options)
    return conclude((derivation_from(document, declarations),), options, quiet=quiet)


def conclude(found: tuple[Derivation, ...], options: work.Options, *, quiet: bool) -> int:
    """Write and print derivations that stand alone; return the exit code."""
    results = Results(
        (), options.seed, 0, shlex.join(["gradverify", *sys.argv[1:]]),
        {name: version(name) for name in PACKAGES}, sum(d.seconds for d in found),
        derivations=found,
    )  # fmt: skip
    results, said = known.settled(results, options)
    outputs.write(results, options)

    def show_all(stream: TextIO) -> None:
        for derivation in results.derivations:
            show(derivation, stream, quiet=quiet)
        for line in said:
            tell(line, stream)

    outputs.say(options, show_all)
    for derivation in results.derivations:
        if all(step.verdict is StepVerdict.UNJUDGED for step in derivation.steps):
            tell(f"gradverify: {derivation.name}: no step could be judged.", sys.stderr)
            return WRONG_USAGE
    return AS_EXPECTED if results.as_expected else NOT_AS_EXPECTED


def show(derivation: Derivation, stream: TextIO, *, quiet: bool) -> None:
    """Print the steps of a derivation; quietly, only those that are not as expected."""
    for line in report(derivation, quiet=quiet):
        tell(line, stream)


def suggested(path: Path) -> int:
    """Print a declaration file for a page, made from the symbols on it."""
    print(suggestion(document_in(path)), end="")
    return AS_EXPECTED
