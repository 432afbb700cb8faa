"""The results of a run, read back from the JSON that it wrote."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verify.derivation.steps import StepVerdict
from verify.history.read import malformed, read_json
from verify.outcomes import Verdict
from verify.report.as_json import FORMAT

RESULTS = "the results of a run, a JSON file as `gradverify run --json` writes it"
# What a run rests on beside the versions; a difference in it may explain all others.
BUDGET = ("seed", "test_cases", "corpus")
# Of a counterexample: where it lies. The numbers at it may differ in the last digit.
PLACE = ("axes", "inputs", "entry")
VERDICTS = tuple(str(verdict) for verdict in Verdict)
STEP_VERDICTS = tuple(str(verdict.value) for verdict in StepVerdict)


@dataclass(frozen=True)
class Entry:
    """One claim, or one step of a page, as a run told it.

    key: `("claim", problem, variant, input)` or `("step", document, chain, from, to)`; `example` is
    where it fails, as the file holds it; steps have no time of their own.
    """

    key: tuple[str, ...]
    verdict: str
    as_expected: bool
    example: Mapping[str, Any] | None = None
    seconds: float | None = None

    @property
    def name(self) -> str:
        """The name of the claim, `problem[variant-input]`, or the place of the step.

        >>> Entry(("step", "page.md", "3", "0", "1"), "holds", True).name
        'page.md: chain 3, step 1'
        """
        if self.key[0] == "claim":
            return f"{self.key[1]}[{self.key[2]}-{self.key[3]}]"
        _, document, chain, start, end = self.key
        skips = f" from {start}" if int(start) != int(end) - 1 else ""
        return f"{document}: chain {chain}, step {end}{skips}"


@dataclass(frozen=True)
class Run:
    """A run as its file tells it: every claim and step by its key, and what it rests on."""

    path: Path
    entries: Mapping[tuple[str, ...], Entry]
    seconds: float
    interrupted: bool
    basis: Mapping[str, str]


def read_run(path: Path) -> Run:
    """Read the results of a run.

    Raises `LoadError` if the file is none that a run wrote as JSON, or of another format.
    """
    data = read_json(path, RESULTS, FORMAT)
    try:
        entries = {entry.key: entry for entry in _entries(data)}
        basis = {name: str(data[name]) for name in BUDGET if name in data} | data["versions"]
        return Run(path, entries, _seconds(data["seconds"]), bool(data.get("interrupted")), basis)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise malformed(path, RESULTS, error) from None


def _entries(data: Mapping[str, Any]) -> Iterator[Entry]:
    for claim in data["claims"]:
        yield Entry(
            ("claim", claim["problem"], claim["variant"], claim["input"]),
            _one_of(VERDICTS, claim["verdict"]),
            bool(claim["as_expected"]),
            _place(claim["counterexample"]),
            _seconds(claim["seconds"]),
        )
    for step in data.get("steps", ()):
        key = ("step", step["document"], step["chain"], str(step["from"]), str(step["to"]))
        example = _place(step.get("counterexample"))
        yield Entry(
            key, _one_of(STEP_VERDICTS, step["verdict"]), bool(step["as_expected"]), example
        )


def _one_of(verdicts: tuple[str, ...], verdict: Any) -> str:
    if verdict not in verdicts:
        raise ValueError(f"the verdict {verdict!r} must be one of {', '.join(verdicts)}")
    return str(verdict)


def _seconds(value: Any) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value < math.inf:
        raise ValueError(f"seconds {value!r} must be a number that is 0 or more")
    return float(value)


def _place(example: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if example is None else {name: example[name] for name in PLACE}
