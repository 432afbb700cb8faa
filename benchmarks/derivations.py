"""Run a corpus of published derivations and hold every verdict against the truth.

    python benchmarks/derivations.py --corpus DIR [--declarations DIR2] [--json FILE] [--only SLUG]

Each document is `DIR/<slug>.toml`; its declarations, in the format that a user writes, are
`DIR2/<slug>.toml` (default: benchmarks/declarations). Where there is none, they are translated from
the corpus' own neutral notation (`benchmarks/neutral.py`). Nothing of the truth (`holds`, `why`,
`fix`, `reading`) is looked at before the verdicts are there.
"""

import argparse
import json
import sys
import time
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from neutral import declarations as translated

from verify.derivation.chains import Chain, chains_of
from verify.derivation.judge import context_of, judged
from verify.derivation.steps import Derivation
from verify.formula.document import Display, Document
from verify.formula.source import FormulaError, located
from verify.formula.symbols import Declarations, parse_declarations

OWN = Path(__file__).parent / "declarations"


@dataclass(frozen=True)
class Outcome:
    """What one document gave: verdicts by (chain, from, to), refusals, repairs, seconds."""

    slug: str
    read: bool
    message: str
    seconds: float
    steps: dict[tuple[str, int, int], str]
    messages: dict[tuple[str, int, int], str]
    repairs: list[str]
    own: bool


def _page(corpus: dict[str, Any]) -> tuple[str, list[tuple[str, Display]], int]:
    """Put definitions and chains on one page; return it with a display for each."""
    parts: list[tuple[str, str]] = []
    for definition in corpus["definitions"]:
        parts.append(("", definition))
    for chain in corpus["chains"]:
        parts.append((chain["name"], "\n  = ".join(side for side in chain["sides"])))
    text, displays = "", []
    for name, body in parts:
        text += "\n$$ "
        displays.append((name, Display(len(text), len(text) + len(body), False, "$$")))
        text += body + "\n$$\n"
    return text, displays, len(corpus["definitions"])


def run(path: Path, declared: Path) -> Outcome:
    """Judge one document of the corpus."""
    corpus = tomllib.loads(path.read_text("utf-8"))
    own = declared / path.name
    written = own.read_text("utf-8") if own.exists() else translated(corpus)
    started = time.perf_counter()
    try:
        found = _judge(corpus, parse_declarations(written, own.name), path.stem)
    except FormulaError as error:
        return Outcome(path.stem, False, error.message, time.perf_counter() - started, {}, {}, [],
                       own.exists())  # fmt: skip
    message = "; ".join(dict.fromkeys(located(found.text, e, path.stem) for e in found.refusals))
    steps = {(s.chain, s.start, s.end): s.verdict.value for s in found.steps}
    messages = {(s.chain, s.start, s.end): s.message for s in found.steps}
    repairs = [repair.text for step in found.steps for repair in step.repairs]
    seconds = time.perf_counter() - started
    return Outcome(
        path.stem, not found.refusals, message, seconds, steps, messages, repairs, own.exists()
    )


def _judge(corpus: dict[str, Any], declared: Declarations, slug: str) -> Derivation:
    text, displays, count = _page(corpus)
    forced: list[Chain] = []
    chains: list[Chain] = []
    refusals: list[FormulaError] = []
    for number, (name, display) in enumerate(displays):
        try:
            found = chains_of(text, display, declared.words)
        except FormulaError as error:
            refusals.append(error)
            continue
        if number < count:
            forced.extend(found)
        else:
            chains.extend(_named(chain, name) for chain in found[:1])
    given = {
        chain["name"]: chain["condition"] for chain in corpus["chains"] if "condition" in chain
    }
    pairs = {
        chain["name"]: [(step["from"], step["to"]) for step in chain.get("steps", [])]
        for chain in corpus["chains"]
    }
    declared = _with_conditions(declared, given)
    document = Document(slug, text, "", 0, ())
    context = context_of(declared)
    return judged(document, declared, context, chains, refusals, forced=forced, pairs=pairs)


def _named(chain: Chain, name: str) -> Chain:
    from dataclasses import replace

    return replace(chain, name=name)


def _with_conditions(declared: Declarations, given: dict[str, str]) -> Declarations:
    from dataclasses import replace

    return replace(declared, given={**given, **declared.given})


def judgement(truth: dict[str, Any], verdict: str) -> str:
    """Return right, wrong, open (no verdict) or no truth for one step.

    A step with a `reading` may hold or stay open; a step that the corpus leaves unjudged counts as
    wrong if it gets a verdict.
    """
    if verdict == "unjudged":
        return "open"
    if truth["holds"] == "unjudged":
        return "wrong"
    if truth.get("reading") and verdict == "holds":
        return "right"
    return "right" if (verdict == "holds") == (truth["holds"] is True) else "wrong"


def main() -> int:
    """Run the corpus, print a line for each document and a summary."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--declarations", type=Path, default=OWN)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--translated", action="store_true", help="use no declaration file")
    options = parser.parse_args()
    paths = sorted(p for p in options.corpus.glob("*.toml") if options.only in p.stem)
    declared = Path("/nonexistent") if options.translated else options.declarations
    outcomes, tally = [], Counter[str]()
    for path in paths:
        outcome = run(path, declared)
        outcomes.append(outcome)
        corpus = tomllib.loads(path.read_text("utf-8"))
        tally.update(_line(outcome, corpus, verbose=options.verbose))
    _summary(outcomes, tally)
    if options.json:
        options.json.write_text(
            json.dumps({"documents": [_as_json(o) for o in outcomes]}, indent=1)
        )
    return 1 if tally["wrong"] else 0


def _line(outcome: Outcome, corpus: dict[str, Any], *, verbose: bool) -> Counter[str]:
    tally, wrong = Counter[str](), []
    for chain in corpus["chains"]:
        for truth in chain.get("steps", []):
            key = (chain["name"], truth["from"], truth["to"])
            verdict = outcome.steps.get(key, "unjudged")
            found = judgement(truth, verdict)
            judgeable = truth["holds"] != "unjudged"
            tally[found] += judgeable or found == "wrong"
            tally["judgeable"] += judgeable
            if found == "wrong" or (verbose and found == "open"):
                said = outcome.messages.get(key, "refused")
                wrong.append(f"    {found}: {'/'.join(map(str, key))} {verdict} ({said[:110]})")
    state = "read" if outcome.read else "refused"
    own = "" if outcome.own else " (translated)"
    print(
        f"{outcome.slug}: {state}{own}, right {tally['right']} wrong {tally['wrong']} open "
        f"{tally['open']} of {tally['judgeable']}, repairs {len(outcome.repairs)}, "
        f"{outcome.seconds:.2f} s"
    )
    for line in wrong:
        print(line)
    if not outcome.read and verbose:
        print("    " + outcome.message.replace("\n", "\n    "))
    return tally


def _summary(outcomes: list[Outcome], tally: Counter[str]) -> None:
    whole = sum(outcome.read for outcome in outcomes)
    print(
        f"{len(outcomes)} documents, {whole} read whole; of {tally['judgeable']} judgeable steps "
        f"{tally['right']} right, {tally['wrong']} wrong, {tally['open']} open; "
        f"{sum(outcome.seconds for outcome in outcomes):.1f} s"
    )


def _as_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "slug": outcome.slug,
        "read": outcome.read,
        "message": outcome.message,
        "seconds": outcome.seconds,
        "steps": [
            {"chain": chain, "from": start, "to": end, "verdict": verdict}
            for (chain, start, end), verdict in outcome.steps.items()
        ],
        "repairs": outcome.repairs,
    }


if __name__ == "__main__":
    sys.exit(main())
