"""Stored counterexamples: of a file that `--failures` keeps, or of the results of a run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from verify.history.read import malformed, read_json
from verify.history.runs import read_run
from verify.points import Array, Point
from verify.report.as_json import FORMAT
from verify.stored import load_failures

KEPT = (
    "a JSON file of counterexamples: what `gradverify run --failures` keeps, or what its --json "
    "writes"
)


@dataclass(frozen=True)
class Case:
    """A stored counterexample, and what was found there.

    A failures file does not say of which claim a point is the counterexample: `variant` and the
    fields below it are empty. `claimed` is the value at `entry`, None where there was none.
    """

    problem: str
    point: Point
    variant: str = ""
    input: str = ""
    verdict: str = ""
    entry: tuple[int, ...] | None = None
    claimed: float | None = None
    bound: float = 0.0


@dataclass(frozen=True)
class Kept:
    """All counterexamples in a file; `steps` counts failing steps of pages, which have no code."""

    cases: tuple[Case, ...]
    steps: int = 0


def read_kept(path: Path) -> Kept:
    """Read the counterexamples in a file.

    Raises `LoadError` if it is neither what `--failures` keeps nor the results of a run.
    """
    data = read_json(path, KEPT, FORMAT)
    if "cases" in data:
        stored = load_failures(path)
        return Kept(tuple(Case(name, p) for name, points in stored.items() for p in points))
    run = read_run(path)
    try:
        cases = tuple(_cases(data["claims"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise malformed(path, KEPT, error) from None
    failing = [e for e in run.entries.values() if e.key[0] == "step" and e.verdict == "fails"]
    return Kept(cases, len(failing))


def _cases(claims: list[Mapping[str, Any]]) -> Iterator[Case]:
    for claim in claims:
        example = claim["counterexample"]
        if example is None:
            continue
        entry, claimed = example["entry"], example["claimed"]
        axes = {name: int(size) for name, size in example["axes"].items()}
        inputs = {name: array_of(value) for name, value in example["inputs"].items()}
        yield Case(
            claim["problem"],
            Point(axes, inputs),
            claim["variant"],
            claim["input"],
            claim["verdict"],
            None if entry is None else _entry(entry, inputs[claim["input"]].shape),
            None if claimed is None else float(claimed),
            0.0 if example["bound"] is None else float(example["bound"]),
        )


def _entry(entry: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return where in an input of that shape a claim is worst; raises `ValueError` outside it."""
    whole = isinstance(entry, list) and all(type(index) is int for index in entry)
    if not whole or len(entry) != len(shape):
        raise ValueError(
            f"the entry {entry} must hold a whole number for each of {len(shape)} axes"
        )
    if not all(0 <= index < size for index, size in zip(entry, shape, strict=True)):
        raise ValueError(f"the entry {entry} must lie in an input of shape {list(shape)}")
    return tuple(entry)


def array_of(value: Any) -> Array:
    """Return an array from nested lists in which NaN and infinities are strings.

    >>> array_of([[1.5, "-inf"]]), array_of([1, 2]).dtype.kind, array_of(True).dtype.kind
    (array([[ 1.5, -inf]]), 'i', 'b')
    """
    array = np.array(value)
    return array.astype(np.float64) if array.dtype.kind in "OSU" else array
