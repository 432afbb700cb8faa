"""Files that an earlier run wrote, read as JSON of a known format."""

import json
from pathlib import Path
from typing import Any

from verify.errors import LoadError
from verify.load import nearest


def read_json(path: Path, what: str, number: int) -> dict[str, Any]:
    """Return the object in a JSON file of format `number`; `what` says what the file should be.

    Raises `LoadError` if there is no such file, if it is no JSON, or of another format.
    """
    if path.is_dir():
        raise LoadError(f"{path}: this is a folder; it should be {what}.")
    if not path.is_file():
        names = [str(other) for other in sorted(path.parent.glob("*.json"))]
        raise LoadError(f"{path}: there is no such file.{nearest(str(path), names)}")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise LoadError(f"{path}: cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:
        raise LoadError(f"{path} should be {what}; it is no JSON: {error}.") from None
    if not isinstance(data, dict) or "format" not in data:
        raise LoadError(f"{path} should be {what}; it has no format number.")
    if data["format"] != number:
        raise LoadError(
            f"{path}: format {data['format']!r} should be {number}; it should be {what}."
        )
    return data


def malformed(path: Path, what: str, error: Exception) -> LoadError:
    """Say that a file of the right format number does not hold what it should."""
    lacks = f"there is no {error}" if isinstance(error, KeyError) else str(error)
    return LoadError(f"{path} should be {what}; {lacks}.")
