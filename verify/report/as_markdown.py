"""Results as Markdown for the summary of a job: what is not as expected first, never too long.

GitHub drops a summary of more than a mebibyte whole, so the text ends before that and says what it
left out. It holds no HTML; names and messages stand in it as text, whatever characters they have.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from verify.explain.texts import line, visible
from verify.findings import Results
from verify.report.items import Item, Status, items

LIMIT = 900_000
# What is told in full; one who reads more of it has the page.
IN_FULL = 20
# Longer names and reasons are cut in tables.
CELL = 300
HEAD = (
    "| claim or step | verdict | expected | smallest counterexample | what is wrong | where |\n"
    "|---|---|---|---|---|---|\n"
)
TITLES = {
    Status.FAILS: "Not as expected",
    Status.OPEN: "Not judged",
    Status.PASSES: "As expected",
}
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;"}
# A backslash keeps each of these from being markup, and URLs from becoming links.
MARKUP = re.compile(r"[\\`*_\[\]~$#!]|(?<=www)\.|:(?=//)")


def to_text(results: Results, limit: int = LIMIT) -> str:
    """Return the summary in at most `limit` bytes of UTF-8: failures, what is open, the rest."""
    found = items(results)
    text = _fitting("", [lambda: _opening(results, found)], limit)
    for status in (Status.FAILS, Status.OPEN, Status.PASSES):
        chosen = [item for item in found if item.status is status]
        if not chosen:
            continue
        rows = [lambda item=item: _row(item) for item in chosen]
        head = f"\n## {TITLES[status]} ({len(chosen):,})\n\n{HEAD}"
        text += _fitting(head, rows, limit - _size(text))
        if status is Status.FAILS:
            told = [lambda item=item: _in_full(item) for item in chosen[:IN_FULL]]
            text += _fitting("\n", told, limit - _size(text))
    return text


def escaped(text: str) -> str:
    r"""Return text that shows as it is within a line or a cell of a table.

    >>> print(escaped("a|b <i> *c*\n"))
    a&#124;b &lt;i&gt; \*c\*
    """
    safe = MARKUP.sub(r"\\\g<0>", line(visible(text), CELL))
    return re.sub("[&<>|]", lambda found: ENTITIES[found.group()], safe)


Piece = Callable[[], str]


def _fitting(head: str, pieces: Sequence[Piece], limit: int) -> str:
    """Join pieces, made one by one, until the next would not fit; say how many are left out."""
    note = "\n… and {:,} more, left out here for their length.\n"
    # A table of nothing tells nothing.
    left = limit - _size(head) - _size(note) - 20
    kept = list(_while_they_fit(pieces, left))
    if not kept:
        return ""
    rest = len(pieces) - len(kept)
    return head + "".join(kept) + (note.format(rest) if rest else "")


def _while_they_fit(pieces: Sequence[Piece], limit: int) -> Iterator[str]:
    for piece in pieces:
        text = piece()
        limit -= _size(text)
        if limit < 0:
            return
        yield text


def _size(text: str) -> int:
    return len(text.encode("utf-8", "backslashreplace"))


def _opening(results: Results, found: Sequence[Item]) -> str:
    counts = {status: sum(item.status is status for item in found) for status in Status}
    if not found:
        title = "no claim was checked"
    elif counts[Status.FAILS]:
        title = f"✗ {counts[Status.FAILS]:,} of {len(found):,} not as expected"
    else:
        title = f"✓ {counts[Status.PASSES]:,} of {len(found):,} as expected"
    if counts[Status.OPEN]:
        title += f", {counts[Status.OPEN]:,} not judged"
    stopped = "\nInterrupted: what is not listed was not checked.\n" if results.interrupted else ""
    run = f"Run with {_code(results.command)}, seed {results.seed}" if results.command else ""
    return f"# gradverify: {title}\n{stopped}" + (f"\n{run}.\n" if run else "")


def _row(item: Item) -> str:
    where = "" if item.place is None else str(item.place)
    cells = (item.name, item.verdict, item.expected, item.at, item.why, where)
    return f"| {' | '.join(escaped(cell) for cell in cells)} |\n"


def _in_full(item: Item) -> str:
    text = visible(item.details()).rstrip()
    fence = _longer("```", text)
    return f"\n### {escaped(item.name)}\n\n{fence}text\n{text}\n{fence}\n"


def _code(text: str) -> str:
    """Return text as a span of code; spaces keep a backtick at its ends apart from the marks."""
    shown = line(visible(text), CELL)
    mark = _longer("`", shown)
    return f"{mark} {shown} {mark}"


def _longer(mark: str, text: str) -> str:
    """Return a mark of backticks, longer than any row of them in the text."""
    longest = max((len(row) for row in re.findall("`+", text)), default=0)
    return "`" * max(len(mark), longest + 1)
