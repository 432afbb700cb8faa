"""What is known to be wrong: a file of verdicts, which a gate expects in place of what is declared.

A claim is known by the file that declares it, relative to the baseline, and by its names: two files
may hold problems of one name. A step is known by its page, chain and sides, as long as the same
equation stands there.
"""

import json
import os
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from verify.derivation.steps import Derivation, Step, StepVerdict
from verify.findings import Finding, Results
from verify.history.read import malformed, read_json
from verify.outcomes import Verdict
from verify.report.files import write_whole

FORMAT = 1
BASELINE = "a baseline, a JSON file as `gradverify gate --update-baseline` writes it"
CLAIM = ("file", "problem", "variant", "input")
VERDICTS = {str(verdict): verdict for verdict in Verdict}
STEP = ("document", "chain", "from", "to")
# This package itself: the flagship is the same wherever it is installed.
OWN = Path(__file__).parents[1]
KNOWN, MENDED, CHANGED = "known", "mended: run with --update-baseline", "changed"
Key = tuple[str, ...]


@dataclass(frozen=True)
class Equation:
    """A step that is known: its verdict, and both sides as they stood on the page."""

    verdict: StepVerdict
    source: str


@dataclass(frozen=True)
class Baseline:
    """What is known of claims and steps that are not as expected, by their keys."""

    claims: Mapping[Key, Verdict] = field(default_factory=dict)
    steps: Mapping[Key, Equation] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.claims) + len(self.steps)


@dataclass(frozen=True)
class Settled:
    """Results in which a baseline stands for what was declared; how many entries were met."""

    results: Results
    known: int
    mended: int


def load_baseline(path: Path) -> Baseline:
    """Read a baseline.

    Raises `LoadError` if the file is none, or of another format.
    """
    data = read_json(path, BASELINE, FORMAT)
    try:
        claims = {_key(entry, CLAIM): VERDICTS[entry["verdict"]] for entry in data["claims"]}
        steps = {
            _key(entry, STEP): Equation(StepVerdict(entry["verdict"]), str(entry["source"]))
            for entry in data["steps"]
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise malformed(path, BASELINE, error) from None
    return Baseline(claims, steps)


def save_baseline(path: Path, baseline: Baseline) -> None:
    """Write a baseline, sorted: a change of one verdict is a change of one line."""
    claims = [
        {**dict(zip(CLAIM, key, strict=True)), "verdict": verdict.value}
        for key, verdict in sorted(baseline.claims.items(), key=lambda item: item[0])
    ]
    steps = [
        {**dict(zip(STEP, key, strict=True)), "verdict": e.verdict.value, "source": e.source}
        for key, e in sorted(baseline.steps.items(), key=lambda item: item[0])
    ]
    data = {"format": FORMAT, "claims": claims, "steps": steps}
    write_whole(path, json.dumps(data, indent=1, ensure_ascii=False) + "\n")


def updated(baseline: Baseline, results: Results, folder: Path, *, whole: bool) -> Baseline:
    """Return what is wrong now, and the entries of what was not run.

    `whole` says that the claims of each problem were run, all of them: an entry of such a problem
    whose claim is not among them is of a claim that is gone, and is dropped.
    """
    ran = {claim_key(finding, folder): finding for finding in results.findings}
    problems = {key[:2] for key in ran} if whole else set()
    pages = {origin(found.name, folder) for found in results.derivations}
    claims = {
        key: verdict
        for key, verdict in baseline.claims.items()
        if key not in ran and key[:2] not in problems
    }
    steps = {key: verdict for key, verdict in baseline.steps.items() if key[0] not in pages}
    claims |= {key: finding.verdict for key, finding in ran.items() if not finding.as_expected}
    for derivation in results.derivations:
        steps |= {
            step_key(derivation, step, folder): Equation(step.verdict, _source(derivation, step))
            for step in derivation.steps
            if not _as_expected(step)
        }
    return Baseline(claims, steps)


def settled(results: Results, baseline: Baseline, folder: Path) -> Settled:
    """Expect of each claim and step in the baseline what stands there, and note it."""
    findings = [_finding(finding, baseline, folder) for finding in results.findings]
    pages = [
        (page, [_step(page, step, baseline, folder) for step in page.steps])
        for page in results.derivations
    ]
    words = [word for _, word in findings] + [word for _, steps in pages for _, word in steps]
    done = replace(
        results,
        findings=tuple(finding for finding, _ in findings),
        derivations=tuple(
            replace(page, steps=tuple(step for step, _ in steps)) for page, steps in pages
        ),
    )
    return Settled(done, words.count(KNOWN), words.count(MENDED))


def _finding(finding: Finding, baseline: Baseline, folder: Path) -> tuple[Finding, str]:
    said = baseline.claims.get(claim_key(finding, folder))
    if said is None:
        return finding, ""
    word = KNOWN if finding.verdict is said else MENDED if finding.as_expected else CHANGED
    claim = finding.claim
    expect = {**claim.variant.expect, claim.input: frozenset({said})}
    claim = replace(claim, variant=replace(claim.variant, expect=expect))
    note = f"{word}; the baseline holds it as {said}"
    return replace(finding, claim=claim, notes=(*finding.notes, note)), word


def _step(page: Derivation, step: Step, baseline: Baseline, folder: Path) -> tuple[Step, str]:
    said = baseline.steps.get(step_key(page, step, folder))
    if said is None or step.verdict is StepVerdict.UNJUDGED:
        return step, ""
    expected = replace(step, expected_to_fail=said.verdict is StepVerdict.FAILS)
    if step.verdict is not said.verdict:
        message = f"{MENDED}; the baseline says that it {said.verdict.value}"
        return replace(expected, message=message), MENDED
    if _source(page, step) == said.source:
        return expected, KNOWN
    # Another equation in the same place is not what is known, whatever its verdict.
    return step, ""


def _as_expected(step: Step) -> bool:
    judged = step.verdict is not StepVerdict.UNJUDGED
    return not judged or (step.verdict is StepVerdict.FAILS) == step.expected_to_fail


def claim_key(finding: Finding, folder: Path) -> Key:
    """Return what a claim is known by: where its problem is declared, and its names."""
    claim = finding.claim
    file = origin(claim.problem.path, folder) if claim.problem.path else ""
    return file, claim.problem.name, claim.variant.name, claim.input


def step_key(derivation: Derivation, step: Step, folder: Path) -> Key:
    """Return what a step is known by: its page, its chain, and which of its sides."""
    return origin(derivation.name, folder), step.chain, str(step.start), str(step.end)


def _source(derivation: Derivation, step: Step) -> str:
    chain = next(read.chain for read in derivation.chains if read.chain.name == step.chain)
    spans = (chain.sides[step.start].span, chain.sides[step.end].span)
    return " = ".join(" ".join(derivation.text[s.start : s.end].split()) for s in spans)


def origin(path: str, folder: Path) -> str:
    """Return a path as seen from a folder; of an installed module, from where it is installed."""
    full = Path(os.path.abspath(path))
    if full.is_relative_to(OWN):
        return full.relative_to(OWN.parent).as_posix()
    for installed in (sysconfig.get_path("purelib"), sysconfig.get_path("platlib")):
        if full.is_relative_to(installed):
            return full.relative_to(installed).as_posix()
    return Path(os.path.relpath(full, folder)).as_posix()


def _key(entry: Mapping[str, Any], names: Key) -> Key:
    return tuple(str(entry[name]) for name in names)
