"""From how a command ends to its exit code and what it says on stderr."""

import os
import sys
import traceback
from collections.abc import Callable
from typing import NoReturn

import typer

from verify.cli.terminal import tell
from verify.errors import GradverifyError

AS_EXPECTED, NOT_AS_EXPECTED, WRONG_USAGE, INTERNAL_ERROR = 0, 1, 2, 3
INTERRUPTED = 130
# 128 + SIGPIPE: the reader of a pipe went away, as in `gradverify list | head -1`.
READER_GONE = 141


def guarded(work: Callable[[], int]) -> NoReturn:
    """Run a command and leave with its exit code; no exception of any kind gets past."""
    try:
        code = work()
        sys.stdout.flush()
    except GradverifyError as error:
        code = _say(WRONG_USAGE, str(error))
    except KeyboardInterrupt:
        code = _say(INTERRUPTED, "interrupted.")
    except BrokenPipeError:
        # Python flushes stdout once more at exit; without this it would complain there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = READER_GONE
    # A SystemExit comes from a user's function; passed on, its 0 would say "as expected".
    except (Exception, SystemExit) as error:  # noqa: BLE001
        kind = type(error).__name__
        code = _say(INTERNAL_ERROR, f"internal error, {kind}: {error}; the traceback follows.")
        tell(traceback.format_exc().rstrip(), sys.stderr)
    raise typer.Exit(code)


def _say(code: int, message: str) -> int:
    tell(f"gradverify: {message}", sys.stderr)
    return code
