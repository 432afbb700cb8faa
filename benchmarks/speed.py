"""The times that the project has promised, measured in one run on one thread.

Prints a line for every aim, pass or MISS, and always exits with 0: what it measures is not whether
something is right. A ratio is measured time / allowed time, or ours / theirs, so less is better.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import timing
from timing import Row


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    timing.one_thread()
    # What reads the number of threads when it is loaded comes after the restart.
    import speed_oracle
    import speed_search

    rows = []
    for part in (processes(), speed_search.rows(), speed_oracle.rows()):
        for row in part:
            timing.show(row)
            rows.append(timing.as_json(row))
    timing.write(options.json, rows=rows)
    return 0


def processes() -> Iterator[Row]:
    """Measure what happens in a fresh process: the main job, and the import."""
    script = Path(sys.executable).with_name("gradverify")
    with tempfile.TemporaryDirectory() as folder:
        command = [str(script), "run", "--report", str(Path(folder) / "report.html")]
        taken = [_process(command) for _ in range(5)]
    run = statistics.median(taken)
    yield Row("gradverify run --report FILE, cold", run, "4 s", run / 4, 1.0)
    bare, ours = [], []
    for _ in range(15):
        bare.append(_process([sys.executable, "-c", "import numpy"]))
        ours.append(_process([sys.executable, "-c", "import numpy; import verify"]))
    extra = statistics.median(ours) - statistics.median(bare)
    yield Row("import verify, beyond import numpy", extra, "0.05 s", extra / 0.05, 1.0)


def _process(command: list[str]) -> float:
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    taken = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"{' '.join(command[1:])} exits with {done.returncode}: {done.stderr}")
    return taken


if __name__ == "__main__":
    sys.exit(main())
