"""What all benchmarks share: one thread, medians of alternating runs, a row of the results."""

import json
import math
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_PLATFORMS": "cpu",
}


@dataclass(frozen=True)
class Row:
    """A measurement: median time, what it is compared with, and the ratio of the two.

    `limit` is the largest ratio that meets the aim; None where the row only informs.
    """

    name: str
    median_s: float
    against: str
    ratio: float
    limit: float | None
    detail: str = ""

    @property
    def word(self) -> str:
        """Say whether the aim is met; a dash where there is none."""
        if self.limit is None:
            return "-"
        return "pass" if self.ratio <= self.limit else "MISS"


def one_thread() -> None:
    """Start this script again with one thread everywhere: libraries read it when they load."""
    if any(os.environ.get(name) != value for name, value in ONE_THREAD.items()):
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **ONE_THREAD})


def seconds(function: Callable[[], Any]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def alternating(functions: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Return the median time of each function; they take turns, so that load hits all alike."""
    taken: dict[str, list[float]] = {name: [] for name in functions}
    for function in functions.values():
        function()
    for _ in range(rounds):
        for name, function in functions.items():
            taken[name].append(seconds(function))
    return {name: statistics.median(times) for name, times in taken.items()}


def median_time(function: Callable[[], Any], rounds: int) -> float:
    return alternating({"it": function}, rounds)["it"]


def readable(value: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value * 1e6:.2g} us"


def show(row: Row) -> None:
    aim = "" if row.limit is None else f" (aim: at most {row.limit:.3g})"
    print(
        f"{row.word:5} {row.name}: {readable(row.median_s)}; "
        f"{row.ratio:.3g} of {row.against}{aim}{'; ' if row.detail else ''}{row.detail}",
        flush=True,
    )


def write(path: Path | None, **parts: Any) -> None:
    if path is not None:
        text = json.dumps(_plain(parts), indent=1, allow_nan=False)
        path.write_text(f"{text}\n", encoding="utf-8")


def _plain(value: Any) -> Any:
    """Write numbers that JSON does not know as the strings "nan", "inf", "-inf"."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value


def as_json(row: Row) -> dict[str, Any]:
    return {**asdict(row), "passes": None if row.limit is None else row.ratio <= row.limit}
