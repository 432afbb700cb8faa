"""Results as Parquet: the tables of `as_csv`, with their types."""

from importlib.util import find_spec
from io import BytesIO

from verify.errors import UsageError
from verify.findings import Results
from verify.report.as_csv import tables


def require_writer() -> None:
    """Raise `UsageError` if pyarrow, which writes Parquet, is not installed."""
    if find_spec("pyarrow") is None:
        raise UsageError(
            "Parquet needs the package pyarrow, which is not installed: "
            "pip install 'gradverify[parquet]'."
        )


def to_bytes(results: Results) -> dict[str, bytes]:
    """Return the tables as Parquet files; a number that is NaN is missing there, as in CSV.

    Raises `UsageError` if pyarrow is not installed.
    """
    require_writer()
    files = {}
    for name, table in tables(results).items():
        buffer = BytesIO()
        table.to_parquet(buffer, engine="pyarrow", index=False)
        files[name] = buffer.getvalue()
    return files
