"""Findings as text, to be sent from one process to another."""

import base64
import pickle
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from verify.domains import Domain
from verify.findings import Finding
from verify.problems import Claim, Problem


def pack(finding: Finding) -> str:
    """Return a finding as ASCII text; the functions of its problem stay behind."""
    claim = finding.claim
    problem = replace(
        claim.problem,
        primal=_left_behind,
        inputs={name: _described(domain) for name, domain in claim.problem.inputs.items()},
        where=None if claim.problem.where is None else _left_behind,
        regimes=tuple((name, _left_behind) for name, _ in claim.problem.regimes),
        variants=tuple(replace(v, function=_left_behind) for v in claim.problem.variants),
    )
    variant = replace(claim.variant, function=_left_behind)
    portable = replace(finding, claim=replace(claim, problem=problem, variant=variant))
    return base64.b64encode(pickle.dumps(portable)).decode("ascii")


def unpack(text: str) -> Finding:
    """Return the finding that `pack` made text of; only for text from a process of our own."""
    finding: Finding = pickle.loads(base64.b64decode(text))
    return finding


def restored(finding: Finding, problems: Mapping[str, Problem]) -> Finding:
    """Give an unpacked finding its functions back, from its problem as loaded in this process.

    `problems` maps names to problems; a finding whose problem is not there stays as it is.
    """
    claim = finding.claim
    problem = problems.get(claim.problem.name)
    variants = {variant.name: variant for variant in problem.variants} if problem else {}
    if problem is None or claim.variant.name not in variants:
        return finding
    return replace(finding, claim=Claim(problem, variants[claim.variant.name], claim.input))


def _described(domain: Any) -> Any:
    # A Hypothesis strategy holds functions, too; what it prints is all that is needed of it.
    return domain if isinstance(domain, Domain) else repr(domain)


def _left_behind(*args: Any, **kwargs: Any) -> Any:
    raise RuntimeError("this function stayed in the process that tested it")
