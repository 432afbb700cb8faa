"""The formats by name: what each makes of a run, printed or written to files."""

from collections.abc import Callable, Mapping
from pathlib import Path

from verify.findings import Results
from verify.report.files import write_whole

# What is added to the name of the file, before its ending → what stands in it.
Parts = Mapping[str, str | bytes]


def parts(name: str, results: Results) -> Parts:
    """Return what a format makes of a run; more than one part where claims and steps are apart."""
    return FORMATS[name](results)


def to_text(name: str, results: Results) -> str:
    """Return what is printed: the parts one after the other, an empty line between them."""
    return "\n".join(part for part in parts(name, results).values() if isinstance(part, str))


def write(name: str, results: Results, path: Path) -> None:
    """Write a run in a format, each file whole or not at all."""
    for added, content in parts(name, results).items():
        write_whole(beside(path, added), content)


def beside(path: Path, added: str) -> Path:
    """Return the file whose name has `added` before its ending.

    >>> beside(Path("out/run.csv"), "-steps").as_posix()
    'out/run-steps.csv'
    """
    return path.with_name(f"{path.stem}{added}{path.suffix}")


def files(name: str, path: Path) -> tuple[Path, ...]:
    """Return all files that a format may write when it is given this one."""
    if name in ("csv", "parquet"):
        from verify.report.as_csv import STEPS

        return path, beside(path, STEPS)
    return (path,)


def require(name: str) -> None:
    """Raise `UsageError` if what a format needs is not installed."""
    if name == "parquet":
        from verify.report.as_parquet import require_writer

        require_writer()


# Each format is imported when it is asked for: pandas and jinja2 take their time.


def _json(results: Results) -> Parts:
    from verify.report import as_json

    return {"": as_json.to_text(results)}


def _csv(results: Results) -> Parts:
    from verify.report import as_csv

    return as_csv.to_texts(results)


def _parquet(results: Results) -> Parts:
    from verify.report import as_parquet

    return as_parquet.to_bytes(results)


def _markdown(results: Results) -> Parts:
    from verify.report import as_markdown

    return {"": as_markdown.to_text(results)}


def _junit(results: Results) -> Parts:
    from verify.report import as_junit

    return {"": as_junit.to_text(results)}


def _sarif(results: Results) -> Parts:
    from verify.report import as_sarif

    return {"": as_sarif.to_text(results)}


def _github(results: Results) -> Parts:
    from verify.report import as_github

    return {"": as_github.to_text(results)}


def _html(results: Results) -> Parts:
    from verify.report import page

    return {"": page.render(results)}


FORMATS: Mapping[str, Callable[[Results], Parts]] = {
    "json": _json,
    "csv": _csv,
    "parquet": _parquet,
    "markdown": _markdown,
    "junit": _junit,
    "sarif": _sarif,
    "github": _github,
    "html": _html,
}
# A page is opened in a browser, and Parquet is no text.
FILES_ONLY = frozenset({"parquet", "html"})
