"""The changes between two runs, in lines for a terminal."""

from collections.abc import Iterator

from verify.history.changes import Change, Changes, Way
from verify.history.runs import Entry

LABEL = 9
# Claims whose time changed; the JSON holds all.
TIMES = 5


def lines(found: Changes) -> Iterator[str]:
    """Yield what changed, the worst first, and one line of totals."""
    for way in Way:
        yield from (_changed(change) for change in found.changed if change.way is way)
    yield from (_line("new", entry) for entry in found.new)
    yield from (_line("gone", entry) for entry in found.gone)
    for change in found.moved:
        yield f"{'moved'.ljust(LABEL)}{change.after.name}: another counterexample"
    yield from map(_time, found.times[:TIMES])
    yield from _basis(found)
    yield _totals(found)


def _changed(change: Change) -> str:
    one, other = change.before, change.after
    verdict = f"{one.verdict} -> {other.verdict}" if one.verdict != other.verdict else one.verdict
    return f"{change.way.value.ljust(LABEL)}{other.name}: {verdict}, {_expectation(other)}"


def _line(label: str, entry: Entry) -> str:
    return f"{label.ljust(LABEL)}{entry.name}: {entry.verdict}, {_expectation(entry)}"


def _expectation(entry: Entry) -> str:
    return "as expected" if entry.as_expected else "not as expected"


def _time(change: Change) -> str:
    label = "slower" if (change.ratio or 0.0) > 1 else "faster"
    return (
        f"{label.ljust(LABEL)}{change.after.name}: {change.before.seconds:.2f} s -> "
        f"{change.after.seconds:.2f} s ({_times(change.ratio or 0.0)})"
    )


def _times(factor: float) -> str:
    """Say how long it took by a factor.

    >>> _times(3.14), _times(1.001), _times(0.25)
    ('3.1 times as long', 'as long', '0.25 times as long')
    """
    shown = f"{factor:.2g}"
    return "as long" if shown == "1" else f"{shown} times as long"


def _basis(found: Changes) -> Iterator[str]:
    """Say what the runs rest on where it differs: it may explain all other differences."""
    before, after = found.before, found.after
    for name in {**before.basis, **after.basis}:
        one, other = before.basis.get(name, "none"), after.basis.get(name, "none")
        if one != other:
            yield f"{'basis'.ljust(LABEL)}{name.replace('_', ' ')}: {one} -> {other}"
    for run in (before, after):
        if run.interrupted:
            yield f"{'basis'.ljust(LABEL)}{run.path} was interrupted: what it lacks was not run"


def _totals(found: Changes) -> str:
    ways = [change.way for change in found.changed]
    counts = {way.value: ways.count(way) for way in Way}
    counts |= {"new": len(found.new), "gone": len(found.gone), "moved": len(found.moved)}
    said = [f"{count} {word}" for word, count in counts.items() if count]
    one, other = found.before.seconds, found.after.seconds
    factor = f" ({_times(other / one)})" if one else ""
    said.append(f"{found.unchanged} unchanged")
    files = f"{found.before.path} -> {found.after.path}"
    return f"{files}: {', '.join(said)}; {one:.1f} s -> {other:.1f} s{factor}."
