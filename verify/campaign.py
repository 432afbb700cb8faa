"""Many claims → findings: every problem searched once, all its claims on the same points."""

import hashlib
import importlib.metadata
import platform
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from verify.assess import assessed
from verify.findings import DEFAULT_TEST_CASES, Finding, Parted, Results, Trained, Trial
from verify.pairs import parted
from verify.points import Point, fingerprint
from verify.problems import Claim, Problem
from verify.search.problem import search
from verify.stored import load_failures, save_failures
from verify.training import trained

Progress = Callable[[str, int, int], None]


def run(
    problems: Sequence[Problem],
    *,
    seed: int = 0,
    test_cases: int = DEFAULT_TEST_CASES,
    select: Callable[[Claim], bool] | None = None,
    command: str = "",
    stored: Path | None = None,
    progress: Progress | None = None,
    seconds: float | None = None,
) -> Results:
    """Search every problem and return the findings of its claims, in order.

    `select` keeps some claims (problems without any are not searched); `stored` is a JSON file of
    failing cases, replayed first and brought up to date; `progress(problem, done, total)` is
    called as the run advances; `seconds` a claim end its search early. An interrupt ends the run
    with the findings so far.
    """
    start = time.perf_counter()
    chosen = [kept for problem in problems if (kept := _selected(problem, select)) is not None]
    kept_cases = load_failures(stored) if stored else {}
    findings: list[Finding] = []
    pairs: list[Parted] = []
    losses: list[Trained] = []
    interrupted = False
    corpus = hashlib.sha256()
    searches = _searches(chosen, kept_cases, (seed, test_cases, seconds), corpus, progress)
    try:
        for problem, found in searches:
            wanted = [(f, t) for f, t in found if select is None or select(f.claim)]
            findings.extend(assessed(finding, trials) for finding, trials in wanted)
            pairs.extend(parted(wanted))
            losses.extend(trained(problem))
    except KeyboardInterrupt:
        interrupted = True
    if stored:
        save_failures(stored, kept_cases, findings)
    return Results(
        tuple(findings),
        seed,
        test_cases,
        command,
        versions(),
        time.perf_counter() - start,
        interrupted,
        tuple(pairs),
        trained=tuple(losses),
        corpus=corpus.hexdigest()[:16] if findings else "",
    )


def _searches(
    chosen: Sequence[Problem],
    kept: Mapping[str, Sequence[Point]],
    budget: tuple[int, int, float | None],
    corpus: "hashlib._Hash",
    progress: Progress | None,
) -> Iterator[tuple[Problem, list[tuple[Finding, Sequence[Trial]]]]]:
    """Search one problem after the other; `budget` is seed, test cases, and seconds a claim."""
    seed, test_cases, seconds = budget
    for done, problem in enumerate(chosen):
        if progress:
            progress(problem.name, done, len(chosen))
        points = kept.get(problem.name, ())
        # Points at the far ends of the floats are part of the search; what overflows is judged.
        with np.errstate(all="ignore"):
            found = search(
                problem, points, _seed(seed, problem), test_cases, seconds,
                lambda part: corpus.update(fingerprint(part)),
            )  # fmt: skip
        yield problem, found
    if progress:
        progress("", len(chosen), len(chosen))


def _selected(problem: Problem, select: Callable[[Claim], bool] | None) -> Problem | None:
    """Drop the variants of which no claim is wanted; None if nothing is left."""
    wanted = {c.variant.name for c in problem.claims if select is None or select(c)}
    variants = tuple(variant for variant in problem.variants if variant.name in wanted)
    return replace(problem, variants=variants) if variants else None


def _seed(seed: int, problem: Problem) -> int:
    """Give every problem points of its own, whatever else is run beside it."""
    return zlib.crc32(f"{seed} {problem.name}".encode())


def versions() -> dict[str, str]:
    """Return the versions on which the points depend."""
    names = ("gradverify", "numpy", "hypothesis", "mpmath")
    return {"python": platform.python_version(), **{n: _version(n) for n in names}}


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
