"""Two runs → what is different: verdicts, counterexamples, claims that are new or gone, time."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from verify.history.runs import Entry, Run

FORMAT = 1
# A time that moved by less is the machine's: seconds, and as a factor.
SECONDS, FACTOR = 0.1, 1.25


class Way(Enum):
    """Which way a claim or a step went between two runs."""

    WORSE = "worse"
    BETTER = "better"
    OTHER = "changed"


@dataclass(frozen=True)
class Change:
    """One claim or step in both runs."""

    before: Entry
    after: Entry

    @property
    def way(self) -> Way:
        """Worse if it no longer is as expected, better if it now is."""
        if self.before.as_expected == self.after.as_expected:
            return Way.OTHER
        return Way.BETTER if self.after.as_expected else Way.WORSE

    @property
    def ratio(self) -> float | None:
        """By which factor it took longer; None for steps, and where it took no time before."""
        before, after = self.before.seconds, self.after.seconds
        return after / before if before and after is not None else None


@dataclass(frozen=True)
class Changes:
    """What is different between two runs.

    `changed`: another verdict, or one that is expected no longer; `moved`: the same verdict, but
    another counterexample; `times`: those whose time changed most, first.
    """

    before: Run
    after: Run
    changed: tuple[Change, ...]
    moved: tuple[Change, ...]
    new: tuple[Entry, ...]
    gone: tuple[Entry, ...]
    unchanged: int
    times: tuple[Change, ...]

    @property
    def worse(self) -> bool:
        """Whether anything is not as expected that was before, or that is new."""
        fell = any(change.way is Way.WORSE for change in self.changed)
        return fell or any(not entry.as_expected for entry in self.new)


def changes_between(before: Run, after: Run) -> Changes:
    """Compare two runs, claim by claim and step by step."""
    both = [
        Change(entry, after.entries[key])
        for key, entry in before.entries.items()
        if key in after.entries
    ]
    changed = tuple(change for change in both if _changed(change))
    moved = tuple(
        change
        for change in both
        if not _changed(change) and change.before.example != change.after.example
    )
    return Changes(
        before,
        after,
        changed,
        moved,
        tuple(entry for key, entry in after.entries.items() if key not in before.entries),
        tuple(entry for key, entry in before.entries.items() if key not in after.entries),
        len(both) - len(changed) - len(moved),
        tuple(sorted(filter(_slower_or_faster, both), key=lambda c: -abs(_delta(c)))),
    )


def _changed(change: Change) -> bool:
    one, other = change.before, change.after
    return (one.verdict, one.as_expected) != (other.verdict, other.as_expected)


def _delta(change: Change) -> float:
    return (change.after.seconds or 0.0) - (change.before.seconds or 0.0)


def _slower_or_faster(change: Change) -> bool:
    ratio = change.ratio
    if ratio is None or abs(_delta(change)) < SECONDS:
        return False
    return not 1 / FACTOR < ratio < FACTOR


def to_json(found: Changes) -> dict[str, Any]:
    """Return the changes as plain data: what `gradverify compare --json` writes."""
    return {
        "format": FORMAT,
        "before": str(found.before.path),
        "after": str(found.after.path),
        "worse": found.worse,
        "changed": [_change(change) for change in found.changed],
        "counterexamples": [_named(change.after) for change in found.moved],
        "new": [_told(entry) for entry in found.new],
        "gone": [_told(entry) for entry in found.gone],
        "unchanged": found.unchanged,
        "seconds": [found.before.seconds, found.after.seconds],
        "times": [_time(change) for change in found.times],
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        **_named(change.after),
        "way": change.way.value,
        "verdict": [change.before.verdict, change.after.verdict],
        "as_expected": [change.before.as_expected, change.after.as_expected],
    }


def _time(change: Change) -> dict[str, Any]:
    seconds = [change.before.seconds, change.after.seconds]
    return {**_named(change.after), "seconds": seconds, "ratio": change.ratio}


def _named(entry: Entry) -> dict[str, Any]:
    if entry.key[0] == "claim":
        names = dict(zip(("problem", "variant", "input"), entry.key[1:], strict=True))
    else:
        names = dict(zip(("document", "chain", "from", "to"), entry.key[1:], strict=True))
    return {"name": entry.name, **names}


def _told(entry: Entry) -> dict[str, Any]:
    return {**_named(entry), "verdict": entry.verdict, "as_expected": entry.as_expected}
