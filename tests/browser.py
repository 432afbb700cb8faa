"""Debian's chromium for tests, and the page of a real run that they look at."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from verify import REFUTED, campaign, onehot, problem, reals
from verify.cli import documents
from verify.report import page

CHROMIUM = shutil.which("chromium")
# Without the switches chromium looks up its maker's hosts at every start.
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
needs_chromium = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]
HOSTILE = "<script>alert(1)</script>\"'&\n\u202eabc"
WRONG_STEP = Path(__file__).parent / "data" / "wrong_step.md"


@contextmanager
def chromium() -> Iterator[object]:
    """Start the browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=list(SWITCHES))
        yield running
        running.close()


@problem(X=reals("N D"), theta=reals("D K"), T=onehot("N K"), wrt="theta", source="a page")
def network(X, theta, T):
    """E = -sum t log softmax(X theta)"""
    a = X @ theta
    return -(T * (a - np.log(np.exp(a).sum(axis=-1, keepdims=True)))).sum(axis=(-2, -1))


def _softmax(X, theta):
    e = np.exp(X @ theta)
    return e / e.sum(axis=-1, keepdims=True)


@network.gradient
def by_hand(X, theta, T):
    """X^T (Y - T)"""
    return np.swapaxes(X, -1, -2) @ (_softmax(X, theta) - T)


@network.gradient(expect=REFUTED, source="a slip")
def wrong_sign(X, theta, T):
    """X^T (T - Y)"""
    return np.swapaxes(X, -1, -2) @ (T - _softmax(X, theta))


@network.gradient(expect=REFUTED, source="another slip")
def halved(X, theta, T):
    """X^T (Y - T) / 2"""
    return np.swapaxes(X, -1, -2) @ (_softmax(X, theta) - T) / 2


network.train(rate=0.1, steps=30, X=np.eye(3), theta=np.zeros((3, 2)), T=np.eye(3)[:, :2])


@problem(x=reals("n"), wrt="x", name=HOSTILE, source=HOSTILE)
def hostile(x):
    """<script>alert(1)</script>"""
    return (x * x).sum(axis=-1)


@hostile.gradient(name=HOSTILE, source=HOSTILE)
def hostile_variant(x):
    """<script>alert(1)</script>"""
    raise ValueError(HOSTILE)


def write_page(path: Path) -> None:
    """Write the page of a run of both problems and of a derivation with a wrong step."""
    problems = [network.problem, hostile.problem]
    results = campaign.run(problems, test_cases=20, command="gradverify run browser.py")
    derivation = documents.derivation_from(WRONG_STEP, None)
    page.write(replace(results, derivations=(derivation,)), path)
