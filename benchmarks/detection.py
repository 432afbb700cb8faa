"""How many faults of a corpus of published gradients we find, and how often we object wrongly.

Every case is declared through the public interface from what its domains.json says, and both its
formulas, the claimed and the right one, are checked; beside ours an ordinary check, torch's and
jax's, at 20 points of each declaration. Exits with 0 when the corpus was measured, whatever came
out (a case that breaks is a row), with 1 if no case could be checked, with 2 if there is none;
with --gate also with 1 if any case broke or a verdict on it is not right.
"""

import argparse
import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import timing

WRONGLY = ("refuted", "malformed")
UNDECIDED = ("inconclusive", "vacuous")
# Whatever a case raises is a row of the table, sys.exit included.
BREAKS = (Exception, SystemExit)
# The words on a faulty formula, on a right one, on either.
LISTS = (
    *("found", "missed", "called_unstable", "false_alarms", "unstable_on_correct", "accepted"),
    *("undecided", "broken"),
)
Row = dict[str, Any]


def main() -> int:
    options = _options()
    timing.one_thread()
    # What reads the number of threads when it is loaded comes after the restart.
    from detection_corpus import read_domains
    from detection_peers import available

    paths = sorted(options.corpus.glob("cases/*.py"))
    paths = [path for path in paths if not options.only or path.stem in options.only]
    if not (paths and (options.corpus / "domains.json").is_file()):
        print(f"{options.corpus} should hold cases/*.py and domains.json", file=sys.stderr)
        return 2
    domains = read_domains(options.corpus)
    checks, missing = available(not options.no_peers)
    rows: list[Row] = []
    for done, path in enumerate(paths, start=1):
        rows.append(examine(path, domains, checks, options.seed))
        print(f"{done}/{len(paths)} {path.stem}: {_brief(rows[-1])}", file=sys.stderr, flush=True)
    totals = {name: total(rows, name) for name in ("ours", *checks)}
    show(rows, totals, missing)
    timing.write(options.json, cases=rows, totals=totals, seed=options.seed, missing=missing)
    passed = [row["right"] == "yes" for row in rows]
    checked = [not row["error"] for row in rows]
    return 0 if (all(passed) if options.gate else any(checked)) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, metavar="DIR")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", metavar="SLUG", help="some cases only")
    parser.add_argument("--no-peers", action="store_true", help="leave torch and jax out")
    parser.add_argument("--gate", action="store_true", help="fail unless every case is right")
    return parser.parse_args()


def examine(path: Path, domains: Mapping[str, Any], checks: Mapping[str, Any], seed: int) -> Row:
    """Check one case; its own verdict is looked up when ours is in."""
    from detection_corpus import check, load

    blank = {"verdict": "error", "seconds": 0.0, "test_cases": 0}
    row: Row = {"slug": path.stem, "error": "", "notes": [], "truth": "?", "right": "error"}
    unknown = {"flagged": False, "flagged_correct": False, "error": "not run"}
    row |= {"claimed": dict(blank), "correct": dict(blank)}
    row |= {name: dict(unknown) for name in checks}
    try:
        case = load(path, domains)
    except BREAKS as error:
        row["error"] = _words(error)
        return row
    try:
        said, row["notes"] = check(case, seed)
        row |= {which: vars(one) for which, one in said.items()}
    except BREAKS as error:
        row["error"] = _words(error)
    _peers(row, case, checks, seed)
    try:
        row["truth"] = case.truth()
    except BREAKS as error:
        row["error"] = row["error"] or _words(error)
    if not row["error"]:
        row["right"] = judgement(row["truth"], row["claimed"]["verdict"], row["correct"]["verdict"])
    return row


def _peers(row: Row, case: Any, checks: Mapping[str, Any], seed: int) -> None:
    from detection_peers import judge
    from detection_points import draw

    for name, objects in checks.items():
        try:
            row[name] = judge(case, draw(case, seed), objects, name)
        except BREAKS as error:
            row[name]["error"] = _words(error)


def _words(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


def judgement(truth: str, claimed: str, correct: str) -> str:
    """Say whether both verdicts are right: "yes", or what is not."""
    words = []
    if claimed in UNDECIDED:
        words.append("undecided")
    elif truth == "correct" and claimed in WRONGLY:
        words.append("false alarm")
    elif truth != "correct" and not found(truth, claimed):
        words.append("called unstable" if claimed == "unstable" else "missed")
    if correct in UNDECIDED:
        words.append("undecided on correct")
    elif correct in WRONGLY:
        words.append("false alarm on correct")
    return ", ".join(words) or "yes"


def found(truth: str, claimed: str) -> bool:
    """Tell whether a verdict finds a fault; "unstable" finds only what is unstable."""
    return claimed in WRONGLY or (truth == claimed == "unstable")


def said(row: Row, checker: str) -> tuple[str, str, float] | None:
    """Return a checker's words on the claimed and the right formula, and its time.

    None where the case broke under it, or where the truth is not known.
    """
    if row["truth"] == "?":
        return None
    if checker == "ours":
        seconds = row["claimed"]["seconds"] + row["correct"]["seconds"]
        verdicts = row["claimed"]["verdict"], row["correct"]["verdict"]
        return None if row["error"] else (*verdicts, seconds)
    one = row[checker]
    if one.get("error"):
        return None
    words = ["refuted" if one[k] else "consistent" for k in ("flagged", "flagged_correct")]
    return words[0], words[1], one["seconds"]


def total(rows: Sequence[Row], checker: str) -> Row:
    """Count what a checker found; list by name where it was wrong or could not say."""
    lists: dict[str, list[str]] = {key: [] for key in LISTS}
    times = []
    for row in rows:
        words = said(row, checker)
        if words is None:
            lists["broken"].append(row["slug"])
            continue
        times.append(words[2])
        faulty = row["truth"] != "correct"
        lists[_list(faulty, row["truth"], words[0])].append(row["slug"])
        lists[_list(False, row["truth"], words[1])].append(f"{row['slug']} (correct)")
    counts: Row = {**lists, "faulty": sum(row["truth"] not in ("?", "correct") for row in rows)}
    counts["right_formulas"] = 2 * sum(r["truth"] != "?" for r in rows) - counts["faulty"]
    return counts | {"median_s": statistics.median(times or [0]), "worst_s": max(times, default=0)}


def _list(faulty: bool, truth: str, verdict: str) -> str:
    if verdict in UNDECIDED:
        return "undecided"
    if faulty:
        if found(truth, verdict):
            return "found"
        return "called_unstable" if verdict == "unstable" else "missed"
    mild = {"unstable": "unstable_on_correct", "consistent": "accepted"}
    return mild.get(verdict, "false_alarms")


def _brief(row: Row) -> str:
    if row["error"]:
        return f"error: {row['error']}"
    return f"claimed {row['claimed']['verdict']}, correct {row['correct']['verdict']}"


def show(rows: Sequence[Row], totals: Mapping[str, Row], missing: Mapping[str, str]) -> None:
    """Print the table of cases, the totals, and what they leave out."""
    from rich.console import Console
    from rich.table import Table

    # Wide enough for every column where the output is a file.
    console = Console(width=None if sys.stdout.isatty() else 170)
    peers = [name for name in totals if name != "ours"]
    head = ("case", "truth", "claimed", "correct", "test cases", "seconds", "right or not", *peers)
    table = Table(*head, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*_cells(row), *(_peer_cell(row[name]) for name in peers))
    console.print(table)
    for row in rows:
        for note in filter(None, [row["error"], *row["notes"]]):
            console.print(f"{row['slug']}: {note}", markup=False, highlight=False)
    console.print(_totals(totals))
    for name, counts in totals.items():
        for key in ("missed", "called_unstable", "false_alarms", "undecided", "broken"):
            if counts[key]:
                console.print(f"{name}, {key.replace('_', ' ')}: {', '.join(counts[key])}")
    unstable = ", ".join(totals["ours"]["unstable_on_correct"]) or "none"
    console.print(f"ours, right formulas called unstable (no false alarms): {unstable}")
    for name, why in missing.items():
        console.print(f"{name} is not installed: {why}", markup=False)
    console.print(FOOTNOTE, markup=False, highlight=False)


FOOTNOTE = """\
Other checkers: at how many points they object to the claimed formula; after "!", to the right one.
They ran themselves, but where "t" stands their tolerances were applied to central differences
(complex inputs). One point is enough to count as flagged. Times are of both formulas together."""


def _cells(row: Row) -> tuple[str, ...]:
    both = [row["claimed"], row["correct"]]
    words = (row["slug"], row["truth"], *(one["verdict"] for one in both))
    seconds = f"{sum(one['seconds'] for one in both):.2f}"
    return (*words, str(max(one["test_cases"] for one in both)), seconds, row["right"])


def _peer_cell(one: Row) -> str:
    if one.get("error"):
        return "-"
    wrongly = f" !{one['at']['correct']}" if one["flagged_correct"] else ""
    return f"{one['at']['claimed']}/{one['points']}{wrongly}{'' if one['ran'] else ' t'}"


def _totals(totals: Mapping[str, Row]) -> Any:
    from rich.table import Table

    head = ("checker", "faults found", "false alarms", "undecided", "broken", "median", "worst")
    table = Table(*head, title="totals", title_justify="left", box=None, pad_edge=False)
    for name, counts in totals.items():
        table.add_row(
            name,
            f"{len(counts['found'])} of {counts['faulty']}",
            f"{len(counts['false_alarms'])} of {counts['right_formulas']}",
            str(len(counts["undecided"])),
            str(len(counts["broken"])),
            *(timing.readable(counts[key]) for key in ("median_s", "worst_s")),
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
