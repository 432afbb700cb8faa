"""Measure reading, judging, certifying, repairing and executing formulas, on the flagship's own.

    python benchmarks/formulas.py [--json FILE]

Prints each number beside its limit; times are medians, ratios are of medians in one run.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from verify.derivation.chains import chains_of
from verify.derivation.judge import context_of, derivation_of, worlds_of
from verify.derivation.repair import single_edits
from verify.derivation.steps import Derivation, StepVerdict
from verify.formula.balls import BALLS
from verify.formula.differentiate import Registry
from verify.formula.document import read_document
from verify.formula.evaluate import Evaluator
from verify.formula.floats import REALS
from verify.formula.points import draw
from verify.formula.symbols import parse_declarations

STUDY = Path(__file__).parents[1] / "verify" / "studies" / "derivation.md"
LARGE = (2048, 100, 1000)


def median(run: Callable[[], object], repeats: int = 15) -> float:
    """Return the median seconds of a call, the first one left out."""
    run()
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def _judged(text: str = "") -> Derivation:
    document = read_document(text or STUDY.read_text("utf-8"), STUDY.name)
    return derivation_of(document, parse_declarations(document.declarations, STUDY.name))


def _read() -> None:
    document = read_document(STUDY.read_text("utf-8"), STUDY.name)
    declared = parse_declarations(document.declarations, STUDY.name)
    context_of(declared)
    for display in document.displays:
        chains_of(document.text, display, declared.words)


def _final(found: Derivation):  # type: ignore[no-untyped-def]
    """Return the typed tree of the final formula and what it needs to be executed."""
    failing = [s for s in found.steps if s.verdict is StepVerdict.FAILS]
    chain = next(r for r in found.chains if "E" in found.text[r.chain.sides[0].span.start:
                 r.chain.sides[0].span.end] and not r.defines and len(r.sides) == 2)  # fmt: skip
    assert failing
    return chain.sides[1].tree


def _evaluator(found: Derivation, sizes: tuple[int, int, int], system: object) -> Evaluator:
    symbols = found.context.symbols
    extents = dict(zip("NDK", sizes, strict=True))
    declared = [symbol for symbol in symbols if symbol.kind != "defined"]
    point = draw(declared, extents, np.random.default_rng(0))
    definitions = {key: known[-1] for key, known in found.context.definitions.items()}
    registry = Registry(definitions, {s.key: s.axes for s in symbols})
    return Evaluator(
        extents,
        point.values,
        {s.key: s for s in symbols},
        registry.definitions,
        system,  # type: ignore[arg-type]
    )


def _axes(tree: object):  # type: ignore[no-untyped-def]
    from verify.formula.walk import free

    return sorted(free(tree), key=lambda index: index.letter)  # type: ignore[arg-type]


def executed(found: Derivation) -> tuple[float, float]:
    """Return seconds of the final formula at (64, 100, 10), and of a literal einsum by hand."""
    tree = _final(found)
    evaluator = _evaluator(found, (64, 100, 10), REALS)
    for key in ("a^{n}", "z^{n}", "y_{k}^{n}"):
        evaluator.symbol_array(key)
    x, t = evaluator.symbol_array("x_{i}^{n}"), evaluator.symbol_array("t_{k}^{n}")
    y, a = evaluator.symbol_array("y_{k}^{n}"), evaluator.symbol_array("a^{n}").T
    eye = np.eye(10)

    def by_hand() -> np.ndarray:
        slope = np.exp(a) / (1 + np.exp(-a)) ** 2
        inside = eye[:, :, None] - y[:, None, :]
        return -np.einsum("kn,jkn,jn,in->ij", t, inside, slope, x, optimize="greedy")

    def ours() -> np.ndarray:
        evaluator.kept.clear()
        return evaluator.array(tree, _axes(tree))

    assert np.allclose(ours(), by_hand())
    return median(ours, 200), median(by_hand, 200)


def certified(found: Derivation) -> float:
    """Return seconds to enclose one entry's worth of both sides of dz/da at (4, 3, 3) in balls."""
    tree = _final(found)

    def run() -> None:
        evaluator = _evaluator(found, (4, 3, 3), BALLS)
        evaluator.array(tree, _axes(tree))

    return median(run)


def repaired() -> float:
    """Return seconds to find all single edits that mend the final formula, normaliser mended."""
    found = _judged(STUDY.read_text("utf-8").replace("^k exp", "^K exp"))
    step = next(s for s in found.steps if s.chain == "6")
    read = next(r for r in found.chains if r.chain.name == "6")
    left, right = read.sides[step.start], read.sides[step.end]
    at = worlds_of(found.context)[0]

    def run() -> int:
        return len(single_edits(found.context, found.text, at, left, right))  # type: ignore[arg-type]

    assert run() == len(step.repairs) == 2
    return median(run, 7)


def large() -> float:
    """Return the peak of memory in MB that executing the final formula at LARGE adds."""
    code = "import sys; sys.path.insert(0, sys.argv[1]); import formulas; formulas.peak()"
    found = subprocess.run(
        [sys.executable, "-c", code, str(Path(__file__).parent)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return float(found.stdout)


def peak() -> None:
    """Print the MB that the final formula at LARGE needs above its own inputs."""
    found = _judged()
    evaluator = _evaluator(found, LARGE, REALS)
    for key in ("x_{i}^{n}", "t_{k}^{n}", "\\theta_{ij}", "a^{n}", "z^{n}", "y_{k}^{n}"):
        evaluator.symbol_array(key)
    evaluator.kept.clear()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tree = _final(found)
    evaluator.array(tree, _axes(tree))
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)


def main() -> int:
    """Print the numbers and, where asked, write them as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found = _judged()
    ours, by_hand = executed(found)
    rows = [
        ("read all displays", median(_read), 0.050, "s"),
        ("judge the whole page, with repairs", median(_judged, 7), 2.0, "s"),
        ("balls of the final formula at (4, 3, 3)", certified(found), 0.002, "s"),
        ("single-edit repair of the final formula", repaired(), 0.150, "s"),
        ("final formula at (64, 100, 10) / einsum by hand", ours / by_hand, 2.0, "ratio"),
        ("memory at (2048, 100, 1000)", large(), 200.0, "MB"),
    ]
    for name, value, limit, unit in rows:
        mark = "" if value <= limit else "  OVER"
        print(f"{name}: {value:.4g} {unit} (limit {limit:g}){mark}")
    if options.json:
        options.json.write_text(
            json.dumps({"rows": [{"name": n, "value": v, "limit": m} for n, v, m, _ in rows]})
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
