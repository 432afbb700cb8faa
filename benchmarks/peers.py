"""The flagship's candidates against the gradient checkers of other packages, in one run.

For every size and regime: which candidates each checker passes, what one check costs, and for our
own checks whether what they say is true. Exits with 1 if it ever is not.
"""

import argparse
import statistics
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import timing


@dataclass(frozen=True)
class Cell:
    """One checker at one size in one regime.

    `verdicts[candidate]` counts the words said over the instances; `median_s` and `evaluations`
    are those of one check (of all candidates together for ours and for estimated gradients).
    """

    size: tuple[int, int, int]
    regime: str
    checker: str
    instances: int
    median_s: float
    evaluations: float
    verdicts: dict[str, dict[str, int]]


def main() -> int:
    options = _options()
    timing.one_thread()
    # What reads the number of threads when it is loaded comes after the restart.
    from candidates import NAMES, REGIMES, SIX, instances

    cells: list[Cell] = []
    wrong: list[Any] = []
    residuals: list[dict[str, Any]] = []
    for size in options.sizes:
        for regime in REGIMES:
            given = list(instances(size, regime, _count(options.instances, size)))
            wrong += _own(cells, given, NAMES)
            residuals.append(_residuals(given, NAMES))
            if not options.ours:
                _others(cells, given[: options.peer_instances], SIX, options.slow_limit)
            _show(cells, residuals[-1], size, regime)
    print(f"\n{len(wrong)} statements of ours that the truth contradicts")
    for violation in wrong:
        print(f"VIOLATION {violation}")
    timing.write(
        options.json,
        cells=[asdict(cell) for cell in cells],
        residuals=residuals,
        violations=[asdict(violation) for violation in wrong],
    )
    return 1 if wrong else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    sizes = ["4x3x3", "16x20x10", "64x100x10", "64x784x10"]
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--instances", type=int, default=30, help="at up to 200 entries")
    parser.add_argument("--sizes", nargs="+", type=_size, default=[_size(s) for s in sizes])
    parser.add_argument("--ours", action="store_true", help="leave the peers out")
    parser.add_argument("--peer-instances", type=int, default=30, help="at most so many for peers")
    parser.add_argument(
        "--slow-limit",
        type=int,
        default=1000,
        metavar="ENTRIES",
        help="above it numdifftools and jacobi, which take some 10 s there, are left out",
    )
    return parser.parse_args()


def _size(text: str) -> tuple[int, int, int]:
    N, D, K = (int(part) for part in text.split("x"))
    return N, D, K


def _count(most: int, size: tuple[int, int, int]) -> int:
    """Fewer instances where one check of every entry takes seconds."""
    entries = size[1] * size[2]
    share = 1 if entries <= 200 else 6 if entries <= 1000 else 15
    return max(1, most // share)


def _own(cells: list[Cell], given: Sequence[Any], names: Sequence[str]) -> Iterator[Any]:
    from ours import CHECKS, ask, violations

    for check in CHECKS:
        said = [ask(check, one, names) for one in given]
        words = {name: Counter(one.words[name] for one in said) for name in names}
        times = [one.seconds for one in said]
        cells.append(_cell(check, given, times, [one.evaluations for one in said], words))
        for instance, one in zip(given, said, strict=True):
            yield from violations(check, instance, one)


def _others(cells: list[Cell], given: Sequence[Any], names: Sequence[str], slow_limit: int) -> None:
    from checkers import GRADIENTS, JUDGES, SLOW, ask

    for checker in (*JUDGES, *GRADIENTS):
        if checker in SLOW and given[0].entries > slow_limit:
            continue
        ask(checker, given[0], names[:1])  # the first call at a size compiles and fills caches
        said = [ask(checker, one, names) for one in given]
        words = {
            name: Counter("pass" if one.passes[name] else "fail" for one in said) for name in names
        }
        times = [one.seconds for one in said]
        spent = [one.evaluations for one in said]
        cells.append(_cell(checker, given, times, spent, words))


def _cell(
    checker: str,
    given: Sequence[Any],
    times: Sequence[float],
    spent: Sequence[float],
    words: dict[str, Counter[str]],
) -> Cell:
    return Cell(
        given[0].size,
        given[0].regime,
        checker,
        len(given),
        statistics.median(times),
        statistics.median(spent),
        {name: dict(counts) for name, counts in words.items()},
    )


def _residuals(given: Sequence[Any], names: Sequence[str]) -> dict[str, Any]:
    """Return the median of the candidates' true residuals, relative to the largest entry."""
    import numpy as np

    medians = {}
    for name in names:
        with np.errstate(all="ignore"):
            parts = [
                np.abs(one.gradient(name) - one.truth).max() / np.abs(one.truth).max()
                for one in given
            ]
            medians[name] = float(np.median(np.asarray(parts, dtype=np.float64)))
    return {"size": given[0].size, "regime": given[0].regime, "true residual": medians}


def _show(
    cells: Sequence[Cell], residuals: dict[str, Any], size: tuple[int, int, int], regime: str
) -> None:
    print(f"\n{'x'.join(map(str, size))}, {regime}")
    names = list(residuals["true residual"])
    print(f"{'':26} {'time':>8} {'evals':>7}  " + " ".join(f"{name:>16}" for name in names))
    for cell in cells:
        if (cell.size, cell.regime) == (size, regime):
            said = " ".join(f"{_said(cell.verdicts.get(name, {})):>16}" for name in names)
            head = f"{cell.checker:26} {timing.readable(cell.median_s):>8} {cell.evaluations:7.0f}"
            print(f"{head}  {said}")
    numbers = [residuals["true residual"][name] for name in names]
    shown = " ".join(f"{value:16.1e}" for value in numbers)
    print(f"{'true residual, relative':43} {shown}", flush=True)


def _said(counts: dict[str, int]) -> str:
    total = sum(counts.values())
    return ", ".join(f"{word} {100 * n // total}" for word, n in sorted(counts.items()))


if __name__ == "__main__":
    sys.exit(main())
