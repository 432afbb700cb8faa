"""What `gradverify explain` does: one claim, or one chain of a page, told in full."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from verify.cli import documents, selection
from verify.cli.guard import AS_EXPECTED, NOT_AS_EXPECTED
from verify.cli.terminal import tell
from verify.cli.work import Options, code_of, load, parted, searched
from verify.derivation.steps import Derivation, Step
from verify.derivation.words import report
from verify.errors import UsageError
from verify.load import nearest

SHOWN = 10


def explain(name: str, targets: Sequence[str], seed: int, test_cases: int) -> int:
    """Tell all about the claim or the chain of that name; return the exit code.

    Raises `UsageError` if nothing, or more than one thing, is called so.
    """
    pages, others = parted(targets)
    if not targets and name[:1].isdigit():
        pages = [documents.FLAGSHIP]
    derivations = [documents.derivation_from(Path(page), None) for page in pages]
    found = [replace(d, steps=steps) for d in derivations if (steps := _named(d, name))]
    if found:
        return _tell(found)
    if pages and not others:
        names = list(dict.fromkeys(n for d in derivations for s in d.steps for n in _names(s)))
        raise UsageError(_unknown(name, names, pages))
    return _claim(name, others, seed, test_cases)


def _claim(name: str, targets: Sequence[str], seed: int, test_cases: int) -> int:
    from verify.explain import explain as told

    wanted = selection.named(load(targets), name)
    results = searched([wanted.problem], Options(seed=seed, test_cases=test_cases))
    findings = [finding for finding in results.findings if finding.claim.name == wanted.name]
    if not findings:
        raise KeyboardInterrupt
    tell(told(findings[0], results, full=True))
    return code_of(replace(results, findings=tuple(findings)))


def _names(step: Step) -> tuple[str, str, str]:
    """Return what a step answers to: its chain, `3`; itself, `3.1` or `3[0-1]`."""
    return step.chain, f"{step.chain}.{step.end}", f"{step.chain}[{step.start}-{step.end}]"


def _named(derivation: Derivation, name: str) -> tuple[Step, ...]:
    wanted = " ".join(name.removeprefix("chain ").split())
    return tuple(step for step in derivation.steps if wanted in _names(step))


def _tell(found: Sequence[Derivation]) -> int:
    for derivation in found:
        # Refusals and notes of other places on the page are no part of the answer.
        names = {step.chain for step in derivation.steps}
        spans = [read.chain.span for read in derivation.chains if read.chain.name in names]
        first, last = min(s.start for s in spans), max(s.end for s in spans)
        notes = tuple(n for n in derivation.notes if first <= n.span.start <= last)
        for line in report(replace(derivation, refusals=(), notes=notes)):
            tell(line)
    fine = all(derivation.as_expected for derivation in found)
    return AS_EXPECTED if fine else NOT_AS_EXPECTED


def _unknown(name: str, names: Sequence[str], pages: Sequence[str]) -> str:
    shown = list(dict.fromkeys(name.split(".")[0] for name in names if "[" not in name))
    more = ", ..." * (len(shown) > SHOWN)
    return (
        f"no chain or step of {', '.join(pages)} is called {name!r}.{nearest(name, names)} "
        f"The chains are {', '.join(shown[:SHOWN])}{more}; a step is CHAIN.NUMBER."
    )
