"""What `gradverify check` does: read a page and its declarations, judge, write, say."""

import shlex
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TextIO

import verify
from verify.cli import known, outputs, work
from verify.cli.guard import AS_EXPECTED, NOT_AS_EXPECTED, WRONG_USAGE
from verify.derivation.judge import derivation_of
from verify.derivation.steps import Derivation, StepVerdict
from verify.derivation.suggest import suggestion
from verify.derivation.words import report
from verify.errors import UsageError
from verify.explain.words import shown_path
from verify.findings import Results
from verify.formula.document import Document, read_document
from verify.formula.source import FormulaError, located
from verify.formula.symbols import Declarations, parse_declarations

MAX_BYTES = 20_000_000
SUFFIXES = frozenset({".md", ".markdown", ".tex", ".txt"})
FLAGSHIP = str(Path(verify.__file__).parent / "studies" / "derivation.md")
PACKAGES = ("gradverify", "numpy", "lark", "python-flint")


def is_document(target: str) -> bool:
    """Whether a target is a page with formulas, by its ending."""
    return Path(target).suffix.lower() in SUFFIXES


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
            print(line, file=stream)

    outputs.say(options, show_all)
    for derivation in results.derivations:
        if all(step.verdict is StepVerdict.UNJUDGED for step in derivation.steps):
            print(f"gradverify: {derivation.name}: no step could be judged.", file=sys.stderr)
            return WRONG_USAGE
    return AS_EXPECTED if results.as_expected else NOT_AS_EXPECTED


def show(derivation: Derivation, stream: TextIO, *, quiet: bool) -> None:
    """Print the steps of a derivation; quietly, only those that are not as expected."""
    for line in report(derivation, quiet=quiet):
        print(line, file=stream)


def derivation_from(path: Path, declarations: Path | None) -> Derivation:
    """Return the judged derivation in a file.

    Raises `UsageError` if a file cannot be read, or if the declarations are wrong.
    """
    return derivation_of(*read(path, declarations))


def read(path: Path, declarations: Path | None = None) -> tuple[Document, Declarations]:
    """Return a page and what its symbols are declared to be.

    Raises `UsageError` if a file cannot be read, or if the declarations are wrong.
    """
    document = _document(path)
    return document, _declared(document, declarations)


def suggested(path: Path) -> int:
    """Print a declaration file for a page, made from the symbols on it."""
    print(suggestion(_document(path)), end="")
    return AS_EXPECTED


def _document(path: Path) -> Document:
    text = _text(path)
    name = shown_path(str(path))
    try:
        return read_document(text, name)
    except FormulaError as error:
        raise UsageError(located(text, error, name)) from None


def _declared(document: Document, path: Path | None) -> Declarations:
    beside = Path(document.name).with_suffix(".toml")
    if path is None and not document.declarations and beside.is_file():
        path = beside
    text = _text(path) if path is not None else document.declarations
    name = shown_path(str(path)) if path is not None else document.name
    try:
        return parse_declarations(text, name)
    except FormulaError as error:
        raise UsageError(error.message) from None


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UsageError(f"{path}: this file is larger than {MAX_BYTES // 10**6} MB.")
        return path.read_text("utf-8")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: this is no UTF-8 text: {error.reason}.") from None
