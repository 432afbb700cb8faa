"""The command line in a folder of its own, for tests that run it several times on small files."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
START = [sys.executable, "-c", "from verify.cli import main; main()"]

# Three variants; tests change what each returns.
LOSS = """
from verify import REFUTED, problem, reals

@problem(x=reals("n"), wrt="x")
def half_square(x):
    return 0.5 * (x * x).sum(axis=-1)

@half_square.gradient
def by_hand(x):
    return x

@half_square.gradient
def doubled(x):
    return 2 * x

@half_square.gradient(expect=REFUTED)
def tripled(x):
    return 3 * x
"""
PAGE = r"""+++
[indices]
k = "K"

[symbols]
'x_k' = "real"
+++
Let $f = \sum_{k=1}^K x_k^2$. Then
$$ \frac{\partial f}{\partial x_k} = x_k $$
and
$$ \frac{\partial f}{\partial x_k} = 2 x_k $$
"""


def gradverify(folder, *arguments, **env):
    """Run a command in a folder; return the finished process with its output as text."""
    kept = {name: value for name, value in os.environ.items() if name != "FORCE_COLOR"}
    return subprocess.run(
        [*START, *arguments],
        cwd=folder,
        env={**kept, "PYTHONPATH": str(ROOT), **env},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
