"""A small page and its machine formats against files kept in tests/data/gold, versions scrubbed.

After a wanted change: `GRADVERIFY_GOLD=write pytest tests/test_gold.py`, and read the difference.
"""

import os
import re
from dataclasses import replace
from pathlib import Path

import by_hand
import pytest

from verify.findings import Results
from verify.report import as_json, as_markdown, page

GOLD = Path(__file__).parent / "data" / "gold"
# The script and the style sheet have tests of their own; drawings depend on Matplotlib's version.
SCRUBBED = (
    (r"<style>.*?</style>", "<style></style>"),
    (r"<script>.*?</script>", "<script></script>"),
    (r"sha256-[\w+/=]*", "sha256-"),
    (r'(<svg[^>]*aria-labelledby="([\w-]+)-t[^>]*>)(<title.*?</desc>).*?</svg>', r"\1\3</svg>"),
)


def small() -> Results:
    """Return a right claim, a wrong one and a broken one of one problem."""
    findings = (
        by_hand.consistent(by_hand.claim(by_hand.network, "closed_form")),
        by_hand.question(),
        by_hand.raised(),
    )
    return replace(by_hand.several(), findings=findings)


def html() -> str:
    text = page.render(small())
    for pattern, replacement in SCRUBBED:
        text = re.sub(pattern, replacement, text, flags=re.DOTALL)
    return text


MADE = {
    "page.html": html,
    "results.json": lambda: as_json.to_text(small()),
    "summary.md": lambda: as_markdown.to_text(small()),
}


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch):
    """Places are shown as seen from the working directory."""
    monkeypatch.chdir(Path(__file__).parents[1])


@pytest.mark.parametrize("name", MADE)
def test_what_is_written_is_as_it_was(name):
    kept, made = GOLD / name, MADE[name]()
    if os.environ.get("GRADVERIFY_GOLD") == "write":
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(made, "utf-8")
    assert made == kept.read_text("utf-8")


def test_scrubbing_leaves_what_the_page_says():
    """Negative control: a changed number changes the scrubbed page."""
    example = by_hand.question().counterexample
    assert f"{example.claimed[example.entry]:.4g}" in html()
    assert len(html()) > 10_000
