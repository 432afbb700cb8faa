"""No right gradient is called wrong: hundreds of composed functions, and a slip in each of them.

100 problems by default, 300 with GRADVERIFY_DEEP=1. Right and slipped gradient are judged on the
same points, so a checker that passes everything fails here as much as one that refutes everything.
"""

import os
from collections import Counter

import pytest
from compose import declared, source
from compose_points import differing, programs, residual_by_steps, with_slip

from verify.campaign import run
from verify.outcomes import Verdict

COUNT = 300 if os.environ.get("GRADVERIFY_DEEP") == "1" else 100
WRONG = (Verdict.REFUTED, Verdict.MALFORMED)
# Measured over 300: 91.5 % consistent, 99.8 % of the slips found.
CONSISTENT_SHARE, DETECTED_SHARE = 0.9, 0.98

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def composed_programs():
    return {program.name: program for program in programs(COUNT)}


@pytest.fixture(scope="module")
def findings(composed_programs):
    problems = [declared(p, right=p, slipped=with_slip(p)) for p in composed_programs.values()]
    return run(problems).findings


def _of(findings, variant):
    return [finding for finding in findings if finding.claim.variant.name == variant]


def _shown(finding, program):
    return f"{finding.claim.name} {finding.verdict}: {finding.reason}\n{source(program, False)}"


def _worst(findings, composed_programs):
    return "\n\n".join(_shown(f, composed_programs[f.claim.problem.name]) for f in findings)


def test_composed_gradients_are_right_by_plain_differences(composed_programs):
    worst = {name: residual_by_steps(program) for name, program in composed_programs.items()}
    assert max(worst.values()) < 1e-7, max(worst, key=worst.get)


def test_every_composed_claim_is_judged(findings, composed_programs):
    due = sum(len(program.wrt) for program in composed_programs.values())
    assert len(_of(findings, "right")) == len(_of(findings, "slipped")) == due


def test_no_right_gradient_is_refuted_or_malformed(findings, composed_programs):
    alarms = [f for f in _of(findings, "right") if f.verdict in WRONG]
    assert not alarms, _worst(alarms, composed_programs)


def test_nearly_all_right_gradients_are_consistent(findings, record_property):
    verdicts = Counter(str(finding.verdict) for finding in _of(findings, "right"))
    record_property("verdicts", str(dict(verdicts)))
    unstable = [f for f in _of(findings, "right") if f.verdict is Verdict.UNSTABLE]
    print(dict(verdicts), *(f"{f.claim.name}: {f.counterexample}" for f in unstable), sep="\n")
    assert set(verdicts) <= {"consistent", "unstable"}, verdicts
    assert verdicts["consistent"] >= CONSISTENT_SHARE * verdicts.total(), verdicts


def test_planted_slips_are_found(findings, composed_programs, record_property):
    shows = {n: differing(p, with_slip(p)) for n, p in composed_programs.items()}
    due = [f for f in _of(findings, "slipped") if f.claim.input in shows[f.claim.problem.name]]
    missed = [f for f in due if f.verdict not in WRONG]
    words = f"{len(due) - len(missed)} of {len(due)} slips found"
    record_property("slips", words)
    print(words, *(f"{f.claim.name} {f.verdict}: {f.reason}" for f in missed), sep="\n")
    assert len(missed) <= (1 - DETECTED_SHARE) * len(due), words
