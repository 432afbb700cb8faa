"""JSON that a command writes beside what it prints."""

import json
import sys
from pathlib import Path
from typing import Any, TextIO

from verify.cli.outputs import STDOUT
from verify.cli.work import Options, check_outputs
from verify.errors import UsageError
from verify.report.files import write_whole


def checked(path: Path | None) -> None:
    """Refuse a `--json` file that cannot be written before any work is done."""
    check_outputs(Options(json=path))


def write_json(data: Any, path: Path) -> None:
    """Write data as JSON to a file, or to stdout where the path is `-`.

    Raises `UsageError` if the file cannot be written.
    """
    text = json.dumps(data, indent=1, ensure_ascii=False) + "\n"
    if path == STDOUT:
        print(text, end="")
        return
    try:
        write_whole(path, text)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}.") from error


def stream_beside(path: Path | None) -> TextIO:
    """Return where words go: stderr while stdout is given to JSON."""
    return sys.stderr if path == STDOUT else sys.stdout
