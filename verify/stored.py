"""Failing cases as literal values in a small JSON file, replayed first in the next run."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from verify.errors import LoadError
from verify.findings import Finding
from verify.points import Array, Point

FORMAT = 1
# Enough for one minimal case per variant of a large problem; the file stays small and readable.
MOST_CASES = 20


def load_failures(path: Path) -> dict[str, list[Point]]:
    """Read the stored cases by problem name; an absent file holds none.

    Raises `LoadError` if the file is not one that `save_failures` wrote.
    """
    if not path.exists():
        return {}
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise LoadError(f"{path}: format {data['format']} should be {FORMAT}.")
        return {name: [_point(case) for case in cases] for name, cases in data["cases"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, LoadError):
            raise
        raise LoadError(
            f"{path} should be a JSON file of failing cases as gradverify writes it: {error}."
        ) from None


def save_failures(
    path: Path, before: Mapping[str, Iterable[Point]], findings: Iterable[Finding]
) -> None:
    """Write the counterexamples of this run, and the earlier cases of problems it did not see."""
    cases = {name: [_case(point) for point in points] for name, points in before.items()}
    fresh: dict[str, list[dict[str, Any]]] = {}
    for finding in findings:
        own = fresh.setdefault(finding.claim.problem.name, [])
        if finding.counterexample is not None:
            case = _case(finding.counterexample.point)
            if case not in own and len(own) < MOST_CASES:
                own.append(case)
    merged = {name: own for name, own in sorted({**cases, **fresh}.items()) if own}
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"format": FORMAT, "cases": merged}, indent=1)
    path.write_text(text + "\n", encoding="utf-8")


def _case(point: Point) -> dict[str, Any]:
    inputs = {name: _literal(array) for name, array in point.inputs.items()}
    return {"axes": dict(point.axes), "inputs": inputs}


def _literal(array: Array) -> dict[str, Any]:
    flat = [v.item() for v in array.ravel()]
    values = [v if isinstance(v, int) else float(v).hex() for v in flat]
    return {"shape": list(array.shape), "dtype": str(array.dtype), "values": values}


def _point(case: Mapping[str, Any]) -> Point:
    return Point(dict(case["axes"]), {n: _array(spec) for n, spec in case["inputs"].items()})


def _array(spec: Mapping[str, Any]) -> Array:
    values = [float.fromhex(v) if isinstance(v, str) else v for v in spec["values"]]
    return np.array(values, dtype=spec["dtype"]).reshape(spec["shape"])
