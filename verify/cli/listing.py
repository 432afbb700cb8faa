"""What `gradverify list` does: claims and chains by name, with what is expected of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verify.cli import documents, selection
from verify.cli.files import checked, stream_beside, write_json
from verify.cli.guard import AS_EXPECTED
from verify.cli.terminal import tell
from verify.cli.work import load, parted
from verify.derivation.judge import chains_on
from verify.explain.words import place, shown_path
from verify.formula.source import position
from verify.problems import Claim


@dataclass(frozen=True)
class Listed:
    """A displayed chain of a page: its name, how many steps it has, which are expected to fail."""

    document: str
    name: str
    line: int
    steps: int
    expected_to_fail: tuple[str, ...]


def show(targets: Sequence[str], expression: str | None, json: Path | None) -> int:
    """Print every claim under the place of its problem, and every chain under its page.

    `expression` keeps some claims, and leaves out pages.
    """
    checked(json)
    claims, chains = listed(targets)
    if expression:
        fits = selection.selected(
            tuple({c.problem.name: c.problem for c in claims}.values()), expression
        )
        claims, chains = [claim for claim in claims if fits(claim)], []
    if json is not None:
        write_json([*map(_claim, claims), *map(_chain, chains)], json)
    for line in (*_claim_lines(claims), *_chain_lines(chains)):
        tell(line, stream_beside(json))
    return AS_EXPECTED


def listed(targets: Sequence[str]) -> tuple[list[Claim], list[Listed]]:
    """Return the claims and the displayed chains of some targets, or of the flagship."""
    pages, others = parted(targets)
    claims = selection.claims_of(load(others)) if others or not targets else []
    pages = pages or ([] if targets else [documents.FLAGSHIP])
    return claims, [chain for page in pages for chain in _chains(Path(page))]


def _chains(page: Path) -> Iterator[Listed]:
    document, declarations = documents.read(page)
    chains, _ = chains_on(document, declarations)
    for chain in chains:
        if not chain.inline:
            ends = [f"{chain.name}.{n}" for n in range(1, len(chain.sides))]
            said = declarations.expect
            wrong = tuple(e for e in ends if (said.get(e) or said.get(chain.name)) == "fails")
            line, _ = position(document.text, chain.span.start)
            yield Listed(document.name, chain.name, line, len(ends), wrong)


def _claim_lines(claims: Sequence[Claim]) -> Iterator[str]:
    previous = None
    for claim in claims:
        problem, source = claim.problem, claim.variant.source
        if problem.name != previous:
            previous = problem.name
            yield f"{problem.name}  {place(problem.path, problem.line)}".rstrip()
        yield f"  {claim.name}  {' or '.join(_expected(claim))}" + (
            f"  ({source})" if source else ""
        )


def _chain_lines(chains: Sequence[Listed]) -> Iterator[str]:
    previous = None
    for chain in chains:
        if chain.document != previous:
            previous = chain.document
            yield chain.document
        steps = f"{chain.steps} step{'s' * (chain.steps > 1)}"
        wrong = f"  ({', '.join(chain.expected_to_fail)} expected to fail)"
        where = place(chain.document, chain.line)
        yield f"  {chain.name}  {where}  {steps}{wrong if chain.expected_to_fail else ''}"


def _expected(claim: Claim) -> list[str]:
    return sorted(map(str, claim.expected))


def _claim(claim: Claim) -> dict[str, Any]:
    return {
        "claim": claim.name,
        "problem": claim.problem.name,
        "variant": claim.variant.name,
        "input": claim.input,
        "expected": _expected(claim),
        "source": claim.variant.source or None,
        "path": shown_path(claim.variant.path) if claim.variant.path else None,
        "line": claim.variant.line or None,
    }


def _chain(chain: Listed) -> dict[str, Any]:
    return {
        "document": chain.document,
        "chain": chain.name,
        "steps": chain.steps,
        "expected_to_fail": list(chain.expected_to_fail),
        "line": chain.line,
    }
