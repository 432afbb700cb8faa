"""The plots of the page, drawn with Matplotlib; the page says in words what each shows."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from verify.explain.steps import StepCurve
from verify.explain.words import number, outcome
from verify.findings import Finding, Floats
from verify.outcomes import Outcome
from verify.report.model import KINDS, SYMBOLS
from verify.report.svg import COLOURS, inline, settings
from verify.verdicts import MARGIN

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Inches; the page shows an inch as 72 to 110 pixels.
WIDTH, BOTTOM, EDGE = 4.4, 0.45, 0.1
# What an exact zero is drawn as on a logarithmic axis: below the last digit of anything.
FLOOR = 1e-18
# Residuals beyond these many bounds stand at the edges of their plot.
SMALL, LARGE = 1e-3, 1e30
# More regimes than this are no longer read; a longer name is cut.
MOST_REGIMES, LONGEST = 14, 20
# What tells the lines of wrong variants apart.
DASHES = ((6, 2), (2, 2), (8, 2, 2, 2), (1, 1), (12, 3))


@contextmanager
def _figure(height: float, left: float, right: float = EDGE) -> Iterator[tuple["Figure", "Axes"]]:
    """Yield an empty figure with one pair of axes; all sizes are inches."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(settings()):
        figure = Figure(figsize=(WIDTH, height))
        size = (1 - (left + right) / WIDTH, 1 - (BOTTOM + EDGE) / height)
        yield figure, figure.add_axes((left / WIDTH, BOTTOM / height, *size))


def _logarithmic(axis: Any) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    axis.set_major_locator(LogLocator(numticks=6))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: _power(value)))


def _power(value: float) -> str:
    """Write a power of ten: `1e-8`, and plainly near one."""
    exponent = round(np.log10(value))
    return f"{value:g}" if -2 <= exponent <= 2 else f"1e{exponent}"


def steps(curve: StepCurve, name: str) -> Markup:
    """Draw how far central differences of each step are from the reference and from the claim."""
    with _figure(2.4, 0.5) as (figure, axes):
        bound = max(curve.bound, FLOOR)
        for values, colour in ((curve.error, "soft"), (curve.seen, "fails")):
            fine = np.isfinite(values)
            shown = np.clip(values[fine], bound / 20, LARGE * bound)
            axes.loglog(curve.steps[fine], shown, color=COLOURS[colour])
        axes.axhline(bound, color=COLOURS["holds"], dashes=(2, 2), linewidth=1.2)
        axes.set_ylim(bottom=bound / 30)
        axes.set_xlabel("step h of a central difference", loc="left")
        best = int(np.argmin(np.where(np.isfinite(curve.error), curve.error, np.inf)))
        for at, word in ((best // 3, "truncation"), ((best + len(curve.steps)) // 2, "rounding")):
            # Below the middle of each branch, where there is room for the word.
            if curve.error[at] > 1e4 * bound:
                place = (curve.steps[at], curve.error[at] / 100)
                axes.annotate(word, place, ha="center", va="top", color=COLOURS["soft"])
        _logarithmic(axes.xaxis)
        _logarithmic(axes.yaxis)
        title = "Residual against step size"
        said = (
            f"The claim stays {number(curve.residual)} away from the central difference at every "
            f"step; the reference agrees with it to {number(float(np.nanmin(curve.error)))}."
        )
        return inline(figure, name, title, said)


def residuals(finding: Finding, name: str) -> Markup:
    """Draw the residuals of one claim in bounds: for each regime their range, quarters, median."""
    spread = _spread(finding)
    with _figure(0.75 + 0.19 * max(3, len(spread)), 1.45) as (figure, axes):
        axes.set_xscale("log")
        for kind in dict.fromkeys(KINDS.values()):
            rows = [(row, q) for row, (_, word, q) in enumerate(spread) if KINDS[word] == kind]
            for low, high, width in ((0, 4, 1.0), (1, 3, 4.0)):
                line = [(x, row) for row, q in rows for x in (q[low], q[high], np.nan)]
                if line:
                    axes.plot(*zip(*line, strict=True), color=COLOURS[kind], linewidth=width)
            middle = [(q[2], y) for row, q in rows for y in (row - 0.3, row + 0.3, np.nan)]
            if middle:
                axes.plot(*_gaps(middle), color=COLOURS["ink"], linewidth=1.6)
        for at in (1.0, MARGIN):
            axes.axvline(at, color=COLOURS["badge"], dashes=(3, 2), linewidth=0.9)
        axes.set_ylim(len(spread) - 0.4, -0.6)
        axes.set_yticks(range(len(spread)), [_label(regime, word) for regime, word, _ in spread])
        axes.grid(visible=False, axis="y")
        axes.set_xlabel("residual in error bounds", loc="left")
        _logarithmic(axes.xaxis)
        said = "; ".join(f"{r} {q[2]:.0e} {SYMBOLS[word]}" for r, word, q in spread)
        return inline(figure, name, "Residual in error bounds", f"Medians: {said}")


def _gaps(points: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    """Return the coordinates of pieces of a line; a piece ends where y is NaN."""
    return [x for x, _ in points], [y for _, y in points]


def _label(regime: str, word: str) -> str:
    short = regime if len(regime) <= LONGEST else regime[: LONGEST - 1] + "…"
    return f"{short} {SYMBOLS[word]}"


def _spread(finding: Finding) -> list[tuple[str, str, Floats]]:
    """Return each regime with its outcome and the five-number summary of its residuals."""
    found = []
    for regime, tally in finding.regimes.items():
        parts = [
            batch.excess[batch.tags[regime] & (batch.outcome != Outcome.UNDECIDED)]
            for batch in finding.cases
            if regime in batch.tags
        ]
        values = np.concatenate(parts) if parts else np.empty(0)
        values = values[np.isfinite(values)]
        if values.size:
            five = np.quantile(np.clip(values, SMALL, LARGE), (0, 0.25, 0.5, 0.75, 1))
            found.append((regime, outcome(tally), five))
    return found[:MOST_REGIMES]


def detection(curves: Mapping[str, Sequence[tuple[float, float]]], name: str) -> Markup:
    """Draw at which share of the test cases errors of each size would show, a line a claim."""
    with _figure(2.2, 0.5) as (figure, axes):
        for curve in dict.fromkeys(tuple(curve) for curve in curves.values()):
            sizes, shares = zip(*curve, strict=True)
            axes.semilogx(sizes, [100 * share for share in shares], color=COLOURS["holds"])
        axes.set_ylim(-3, 103)
        axes.annotate("of the test cases show it", (0.32, 0.6), xycoords="axes fraction", va="top")
        axes.set_xlabel("relative error of all entries", loc="left")
        axes.set_yticks([0, 50, 100], ["0 %", "50 %", "100 %"])
        _logarithmic(axes.xaxis)
        said = "; ".join(f"{claim}: {_half(curve)}" for claim, curve in curves.items())
        return inline(figure, name, "Detection against size of error", said)


def _half(curve: Sequence[tuple[float, float]]) -> str:
    seen = [size for size, share in curve if share >= 0.5]
    return f"half of the test cases show an error of {min(seen):.0e}" if seen else "below half"


def training(losses: Mapping[str, tuple[bool, Floats]], name: str) -> Markup:
    """Draw the loss over training with each variant in place of the gradient; True: it holds."""
    with _figure(3.2, 0.5, 1.75) as (figure, axes):
        ends, most = [], max((len(values) for _, values in losses.values()), default=1)
        for count, (variant, (holds, values)) in enumerate(losses.items()):
            every = max(1, len(values) // 60)
            at = np.arange(len(values))[::every]
            colour = COLOURS["holds" if holds else "fails"]
            dashes = (None, None) if holds else DASHES[count % len(DASHES)]
            axes.plot(at, values[at], color=colour, linewidth=1.2, dashes=dashes)
            end = (float(at[-1]), float(values[at[-1]]))
            if len(values) < most:
                axes.annotate("×", end, color=colour, ha="center", va="center")
            else:
                ends.append((end, f"{variant} {'✓' if holds else '✗'}", colour))
        _label_ends(axes, ends)
        axes.annotate("loss", (0.02, 0.98), xycoords="axes fraction", va="top")
        axes.set_xlabel("step of gradient descent", loc="left")
        said = "; ".join(f"{v}: ends at {number(float(x[-1]))}" for v, (_, x) in losses.items())
        return inline(figure, name, "Loss over training, by variant", said)


def _label_ends(axes: "Axes", ends: Sequence[tuple[tuple[float, float], str, str]]) -> None:
    """Write names to the right of lines, moved apart, each joined to the end of its line."""
    low, high = axes.get_ylim()
    place = -1.0
    for end, text, colour in sorted(ends, key=lambda each: each[0][1]):
        place = max((end[1] - low) / (high - low), place + 0.055)
        axes.annotate(
            text, end, (1.06, place), textcoords="axes fraction", color=colour, va="center",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "linewidth": 0.5, "color": colour, "shrinkB": 0},
        )  # fmt: skip
    axes.set_ylim(low, high)
