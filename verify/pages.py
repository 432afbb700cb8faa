"""Pages with formulas: from a file and what its symbols are declared to be to a derivation."""

from pathlib import Path

from verify.derivation.judge import derivation_of
from verify.derivation.steps import Derivation
from verify.errors import UsageError
from verify.explain.words import shown_path
from verify.formula.document import Document, read_document
from verify.formula.source import FormulaError, located
from verify.formula.symbols import Declarations, parse_declarations

MAX_BYTES = 20_000_000
SUFFIXES = frozenset({".md", ".markdown", ".tex", ".txt"})


def is_document(target: str) -> bool:
    """Whether a target is a page with formulas, by its ending."""
    return Path(target).suffix.lower() in SUFFIXES


def derivation_from(path: Path, declarations: Path | None = None) -> Derivation:
    """Return the judged derivation in a file.

    Raises `UsageError` if a file cannot be read, or if the declarations are wrong.
    """
    return derivation_of(*read(path, declarations))


def read(path: Path, declarations: Path | None = None) -> tuple[Document, Declarations]:
    """Return a page and what its symbols are declared to be.

    Raises `UsageError` if a file cannot be read, or if the declarations are wrong.
    """
    document = document_in(path)
    return document, _declared(document, declarations)


def document_in(path: Path) -> Document:
    """Return a page as it is read, whatever its symbols are.

    Raises `UsageError` if the file cannot be read.
    """
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
