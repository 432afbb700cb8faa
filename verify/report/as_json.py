"""Results as JSON: the format that other programs rely on, numbered by `FORMAT`."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from verify.derivation.steps import Derivation, Step
from verify.explain.repairs import line_repairs
from verify.explain.words import counts, says
from verify.findings import Counterexample, Finding, Parted, Power, Results, Trained
from verify.formula.source import FormulaError, position
from verify.report.files import write_whole

FORMAT = 1
# What `to_json` returns, as a JSON Schema of draft 2020-12.
SCHEMA = Path(__file__).parent / "schema" / "results.schema.json"


def to_json(results: Results) -> dict[str, Any]:
    """Return results as plain data for `json.dump`: floats exact, NaN and infinities as strings.

    The numbers of a counterexample are those of its `entry`; `arrays` holds all entries.
    """
    return {
        "format": FORMAT,
        "seed": results.seed,
        "test_cases": results.test_cases,
        "corpus": results.corpus or None,
        "versions": dict(results.versions),
        "command": results.command,
        "seconds": _plain(results.seconds),
        "interrupted": results.interrupted,
        "claims": [_claim(finding) for finding in results.findings],
        "steps": [_step(d, step) for d in results.derivations for step in d.steps],
        "refusals": [_refusal(d, r) for d in results.derivations for r in d.refusals],
        "pairs": [_pair(pair) for pair in results.pairs],
        "trained": [_trained(trained) for trained in results.trained],
    }


def _step(derivation: Derivation, step: Step) -> dict[str, Any]:
    line, column = position(derivation.text, step.span.start)
    witness = step.witness
    return {
        "document": derivation.name,
        "chain": step.chain,
        "from": step.start,
        "to": step.end,
        "verdict": step.verdict.value,
        "as_expected": step.as_expected,
        "evidence": list(step.evidence),
        "repair": step.repairs[0].text if step.repairs else None,
        "repairs": [
            {
                "line": position(derivation.text, repair.span.start)[0],
                "column": position(derivation.text, repair.span.start)[1],
                "was": derivation.text[repair.span.start : repair.span.end],
                "text": repair.text,
                "what": repair.what,
                "of_definition": repair.definition,
            }
            for repair in step.repairs
        ],
        "line": line,
        "column": column,
        "message": step.message,
        "shown": step.shown or None,
        "source": derivation.text[step.span.start : step.span.end],
        "counterexample": None
        if witness is None
        else {
            "axes": dict(witness.extents),
            "inputs": dict(witness.values),
            "entry": dict(witness.entry),
            "left": _plain(witness.left),
            "right": _plain(witness.right),
            "balls": list(witness.balls) if witness.balls else None,
        },
    }


def _refusal(derivation: Derivation, error: FormulaError) -> dict[str, Any]:
    line, column = position(derivation.text, error.span.start)
    return {
        "document": derivation.name,
        "line": line,
        "column": column,
        "construct": error.construct,
        "message": error.message,
    }


def to_text(results: Results) -> str:
    """Return the text of the JSON file, with a newline at its end."""
    return json.dumps(to_json(results), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def write(results: Results, path: Path | str) -> None:
    """Write results as a JSON file, whole or not at all."""
    write_whole(path, to_text(results))


def _claim(finding: Finding) -> dict[str, Any]:
    claim = finding.claim
    return {
        "problem": claim.problem.name,
        "variant": claim.variant.name,
        "input": claim.input,
        "says": says(finding),
        "verdict": str(finding.verdict),
        "reason": finding.reason or None,
        "expected": sorted(str(verdict) for verdict in claim.expected),
        "as_expected": finding.as_expected,
        "evidence": list(finding.evidence),
        "test_cases": {
            "drawn": finding.tally.total,
            "decided": finding.tally.holds + finding.tally.fails,
            "undecided": finding.tally.undecided,
        },
        "counterexample": _counterexample(finding.counterexample),
        "regimes": {name: counts(tally) for name, tally in finding.regimes.items()},
        "diagnosis": list(finding.diagnosis),
        "power": _power(finding.power),
        "repairs": [
            {"what": repair.what, "place": repair.place or None, "lines": list(repair.lines)}
            for repair in line_repairs(finding)
        ],
        "descent": _descent(finding.descent),
        "notes": list(finding.notes),
        "source": claim.variant.source or None,
        "seconds": _plain(finding.seconds),
    }


def _power(power: Power | None) -> dict[str, Any] | None:
    if power is None:
        return None
    return {
        "planted": power.planted,
        "caught": power.caught,
        "missed": list(power.missed),
        "smallest_relative_error": _plain(power.smallest),
        "detection": [list(pair) for pair in power.detection],
        "poor": power.poor,
    }


def _descent(cosines: tuple[float, float] | None) -> dict[str, Any] | None:
    if cosines is None:
        return None
    return {"median_cosine": _plain(cosines[0]), "minimum_cosine": _plain(cosines[1])}


def _pair(pair: Parted) -> dict[str, Any]:
    return {
        "problem": pair.problem,
        "input": pair.input,
        "variants": list(pair.variants),
        "part_in": list(pair.regimes),
        "never_part_in": list(pair.together),
        "axes": {name: int(size) for name, size in pair.point.axes.items()},
        "inputs": {name: _plain(array) for name, array in pair.point.inputs.items()},
        "claimed": [_plain(values) for values in pair.claimed],
    }


def _trained(trained: Trained) -> dict[str, Any]:
    return {
        "problem": trained.problem,
        "rate": trained.rate,
        "losses": {name: _plain(values) for name, values in trained.losses.items()},
        "broken": dict(trained.broken),
    }


def _counterexample(example: Counterexample | None) -> dict[str, Any] | None:
    if example is None:
        return None
    arrays = {
        "claimed": example.claimed,
        "reference": example.reference,
        "bound": example.bound,
    }
    entry = example.entry
    return {
        "axes": {name: int(size) for name, size in example.point.axes.items()},
        "inputs": {name: _plain(array) for name, array in example.point.inputs.items()},
        "entry": None if entry is None else [int(index) for index in entry],
        **{
            name: None if entry is None or array is None else _plain(array[entry])
            for name, array in arrays.items()
        },
        "arrays": {name: _plain(array) for name, array in arrays.items()},
        "excess": _plain(example.excess),
        "confirmed_by": example.confirmed_by or None,
    }


def _plain(value: Any) -> Any:
    """Return numbers and arrays as lists, floats, ints and strings that JSON can hold."""
    if value is None:
        return None
    value = np.asarray(value).tolist()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
