"""The baseline of a gate: read before the work, applied or brought up to date after it."""

from pathlib import Path
from typing import TYPE_CHECKING

from verify.errors import UsageError
from verify.findings import Results

if TYPE_CHECKING:  # read only where a baseline is named
    from verify.cli.work import Options
    from verify.history.baseline import Baseline


def opened(options: "Options") -> "Baseline | None":
    """Read the baseline; one that is to be written need not be there yet.

    Raises `UsageError` if it is missing, or for `--update-baseline` alone; `LoadError` if the file
    is no baseline.
    """
    path = options.baseline
    if path is None:
        if options.update_baseline:
            raise UsageError("--update-baseline needs --baseline FILE, the file that it writes.")
        return None
    from verify.history.baseline import Baseline, load_baseline

    if path.exists():
        return load_baseline(path)
    if not options.update_baseline:
        raise UsageError(f"--baseline {path}: there is no such file; --update-baseline writes it.")
    return Baseline()


def settled(results: Results, options: "Options") -> tuple[Results, tuple[str, ...]]:
    """Expect what the baseline holds, brought up to date if that is wanted; say what was met."""
    baseline, path = opened(options), options.baseline
    if baseline is None or path is None:
        return results, ()
    from verify.history import baseline as history

    folder = path.resolve().parent
    said = []
    if options.update_baseline and not results.interrupted:
        baseline = history.updated(baseline, results, folder, whole=options.expression is None)
        _write(path, baseline)
        said.append(f"{path}: {len(baseline)} known to be wrong, as of this run.")
    found = history.settled(results, baseline, folder)
    if found.known and not said:
        said.append(f"{found.known} known to be wrong, as {path} has it.")
    if found.mended:
        said.append(f"{found.mended} mended: run with --update-baseline, which drops them.")
    return found.results, tuple(said)


def _write(path: Path, baseline: "Baseline") -> None:
    from verify.history.baseline import save_baseline

    try:
        save_baseline(path, baseline)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}.") from error
