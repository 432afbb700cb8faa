"""Measure the page and the summary of large runs: size, rendering, first paint, filtering.

    python benchmarks/report.py [--json FILE] [--rounds N]

Prints each number beside its limit. The browser is Debian's chromium, driven by Playwright; where
it is missing, its rows are left out. It takes about a minute.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import report_runs as runs

from verify import campaign
from verify.cli.documents import FLAGSHIP
from verify.load import problems_from
from verify.pages import derivation_from
from verify.report import formats
from verify.report.page import render

KB, MB = 1_000, 1_000_000
CASES = 100_000
CHROMIUM = shutil.which("chromium")
SWITCHES = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
# Words that somebody may type over the flagship's cases; each keystroke filters anew.
TYPED = "fails question n=2"
PAINT = """() => new Promise(done => {
  const told = () => performance.getEntriesByName("first-contentful-paint")[0];
  const wait = () => told() ? done(told().startTime) : setTimeout(wait, 10);
  wait();
})"""
WATCH = """() => {
  window.answers = [];
  let start = 0;
  const query = document.querySelector("#case-query");
  // Caught on the way down: before the page's own listener is called.
  addEventListener("input", () => { start = performance.now(); }, true);
  new MutationObserver(() => answers.push(performance.now() - start))
    .observe(document.querySelector("#case-table").tBodies[0], { childList: true });
}"""


@dataclass(frozen=True)
class Measured:
    """One number and the most it may be; None where it only informs."""

    name: str
    value: float
    unit: str
    limit: float | None

    @property
    def word(self) -> str:
        """Say whether the number is within its limit; a dash where there is none."""
        if self.limit is None:
            return "-"
        return "pass" if self.value <= self.limit else "MISS"

    @property
    def aim(self) -> str:
        """Say what it may be."""
        return "" if self.limit is None else f" (at most {self.limit:g})"


def main() -> int:
    """Print the numbers and, where asked, write them as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--rounds", type=int, default=7, help="medians are of so many")
    options = parser.parse_args()
    rows = []
    for row in measured(options.rounds):
        print(f"{row.word:4}  {row.name}: {row.value:.4g} {row.unit}{row.aim}", flush=True)
        rows.append({**asdict(row), "word": row.word})
    if options.json:
        options.json.write_text(json.dumps({"rows": rows}, indent=1) + "\n", encoding="utf-8")
    return 0


def measured(rounds: int) -> Iterator[Measured]:
    """Yield all rows, the pages first."""
    # What `gradverify run` shows: the studies and the page with their formulas.
    page = derivation_from(Path(FLAGSHIP))
    flagship = replace(campaign.run(problems_from()), derivations=(page,))
    last = replace(flagship, findings=flagship.findings[::-1])
    made = {
        # First, as what it takes cold is told: with what is imported to render a page.
        "1,000 claims, 10 fail": (runs.many(990, 10), 250 * KB, {}),
        "1,000 claims, 100 fail": (runs.many(900, 100), 250 * KB, {}),
        "flagship": (flagship, 400 * KB, {}),
        f"{CASES:,} test cases": (runs.up_to(last, CASES), 6 * MB, {"cases": CASES}),
    }
    written = {}
    for name, (results, limit, more) in made.items():
        start = time.perf_counter()
        written[name] = render(results, **more)
        taken = time.perf_counter() - start
        size = len(written[name].encode())
        yield Measured(f"{name}: size of the page", size / KB, "kB", limit / KB)
        if "claims" in name:
            if len(written) == 1:
                yield Measured(f"{name}: rendering, cold", taken, "s", None)
            warm = statistics.median(_seconds(lambda r=results: render(r)) for _ in range(rounds))
            yield Measured(f"{name}: rendering, warm", warm, "s", 1.0)
    yield from _browser(written, rounds)
    summary = formats.to_text("markdown", runs.many(2_970, 30))
    yield Measured("Markdown of 3,000 claims", len(summary.encode()) / KB, "kB", 900.0)
    yield _import(3 * rounds)


def _browser(written: dict[str, str], rounds: int) -> Iterator[Measured]:
    if CHROMIUM is None:
        print("chromium is not installed: no first paint, no filtering", file=sys.stderr)
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        for number, (name, text) in enumerate(written.items()):
            path = Path(folder) / f"{number}.html"
            path.write_text(text, "utf-8")
            paints = [_opened(browser, path, _paint) for _ in range(rounds)]
            yield Measured(f"{name}: first paint", statistics.median(paints) / 1e3, "s", 1.0)
        answers = [max(_opened(browser, path, _answers)) for _ in range(rounds)]
        yield Measured(f"{name}: filter, slowest key", statistics.median(answers), "ms", 100.0)
        browser.close()


def _opened(browser: Any, path: Path, look: Callable[[Any], Any]) -> Any:
    """Open a page in a context of its own, without anything cached, and look at it."""
    context = browser.new_context()
    view = context.new_page()
    view.goto(path.as_uri())
    found = look(view)
    context.close()
    return found


def _paint(view: Any) -> float:
    return float(view.evaluate(PAINT))


def _answers(view: Any) -> list[float]:
    """Type into the filter; return the milliseconds from each key to the rows replaced."""
    view.evaluate(WATCH)
    view.locator("#case-query").press_sequentially(TYPED)
    found: list[float] = view.evaluate("answers")
    if len(found) != len(TYPED):
        raise SystemExit(f"{len(found)} answers to {len(TYPED)} keys")
    return found


def _import(rounds: int) -> Measured:
    bare, ours = [], []
    for _ in range(rounds):
        bare.append(_seconds(lambda: _process("import numpy")))
        ours.append(_seconds(lambda: _process("import numpy; import verify")))
    extra = statistics.median(ours) - statistics.median(bare)
    return Measured("import verify, beyond import numpy", extra * 1e3, "ms", 50.0)


def _process(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True)


def _seconds(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
