"""Where results go: the formats that were asked for, their files, and the summary of a CI job."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from verify.errors import UsageError
from verify.findings import Results
from verify.load import nearest
from verify.report import formats
from verify.report.files import write_whole

if TYPE_CHECKING:
    from verify.cli.work import Options

STDOUT = Path("-")
TEXT = "text"
NAMES = (TEXT, *formats.FORMATS)


@dataclass(frozen=True)
class Output:
    """A format and the file it is written to, `-` for standard output; the option that said so."""

    format: str
    path: Path
    option: str

    @property
    def printed(self) -> bool:
        """Whether it goes to standard output."""
        return self.path == STDOUT


def parsed(given: Sequence[str]) -> tuple[Output, ...]:
    """Read the values of `--output-format`, `FORMAT` or `FORMAT=FILE`.

    Raises `UsageError` for a name that is no format.
    """
    return tuple(_parsed(text) for text in given)


def _parsed(text: str) -> Output:
    name, equals, file = text.partition("=")
    option = f"--output-format {name}"
    if name not in NAMES:
        raise UsageError(
            f"{option}: there is no such format; it must be one of {', '.join(NAMES)}."
            f"{nearest(name, NAMES)}"
        )
    if equals and not file:
        raise UsageError(f"{option}=: the name of a file must follow the =.")
    return Output(name, Path(file or STDOUT), option)


def asked(options: "Options") -> tuple[Output, ...]:
    """List all that was asked for: `--json`, `--report` and every `--output-format`."""
    short = {"json": ("--json", options.json), "html": ("--report", options.report)}
    named = [Output(name, path, option) for name, (option, path) in short.items() if path]
    return (*named, *options.formats)


def check(options: "Options", others: Sequence[tuple[str, Path | None]] = ()) -> None:
    """Refuse an output that cannot be written before minutes of work are lost to it.

    `others` are files that are written elsewhere, by their options. Raises `UsageError`.
    """
    outputs = asked(options)
    printed = [output.option for output in outputs if output.printed]
    if len(printed) > 1:
        raise UsageError(
            f"{printed[0]} and {printed[1]} both print; give all but one a file, as in "
            f"--output-format FORMAT=FILE."
        )
    for output in outputs:
        formats.require(output.format)
        if output.printed and output.format in formats.FILES_ONLY:
            raise UsageError(
                f"{output.option}: {output.format} is not printed; it needs a file, as in "
                f"--output-format {output.format}=FILE."
            )
    files = [
        (output.option, path)
        for output in outputs
        if not output.printed
        for path in formats.files(output.format, output.path)
    ]
    _check_files([*files, *((option, path) for option, path in others if path is not None)])


def _check_files(files: Sequence[tuple[str, Path]]) -> None:
    seen: dict[Path, str] = {}
    for option, path in files:
        if problem := _unwritable(path):
            raise UsageError(f"{option} {path}: {problem}.")
        whole = path.resolve()
        if whole in seen:
            raise UsageError(f"{seen[whole]} and {option} name the same file, {path}.")
        seen[whole] = option


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


def write(results: Results, options: "Options") -> None:
    """Write what was asked for, print what is to be printed, add to the summary of a CI job."""
    with _told_errors():
        for output in asked(options):
            if output.format == TEXT:
                continue
            if output.format == "html":
                _write_page(results, output.path, options.report_rows)
            elif output.printed:
                _print(formats.to_text(output.format, results))
            else:
                formats.write(output.format, results, output.path)
    _summarise(results)


def _write_page(results: Results, path: Path, rows: int | None) -> None:
    from verify.report import page

    page.write(results, path, *(() if rows is None else (rows,)))


def say(options: "Options", show: Callable[[TextIO], None]) -> None:
    """Show the text: on stderr where another format is printed, and in files of format text."""
    outputs = asked(options)
    show(sys.stderr if any(o.printed and o.format != TEXT for o in outputs) else sys.stdout)
    with _told_errors():
        for output in outputs:
            if output.format == TEXT and not output.printed:
                text = StringIO()
                show(text)
                write_whole(output.path, text.getvalue())


@contextmanager
def _told_errors() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UsageError(f"{error.filename}: cannot be written: {error.strerror}.") from error


def _print(text: str) -> None:
    """Print in UTF-8 whatever the terminal has: JSON and XML are nothing else."""
    raw = getattr(sys.stdout, "buffer", None)
    if raw is None:
        print(text, end="")
        return
    sys.stdout.flush()
    raw.write(text.encode("utf-8", "backslashreplace"))
    raw.flush()


def _summarise(results: Results) -> None:
    """Append the Markdown to the summary of the job; that is no reason to fail it."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    from verify.report import as_markdown

    try:
        with open(path, "a", encoding="utf-8", errors="backslashreplace") as file:
            # Another command of the same step may have written there before.
            file.write(as_markdown.to_text(results, as_markdown.LIMIT - file.tell()))
    except OSError as error:
        print(
            f"gradverify: warning: the summary {path} cannot be written: {error.strerror}.",
            file=sys.stderr,
        )
