"""`import verify` stays light: what is heavy is imported where it is used."""

import subprocess
import sys

import pytest

HEAVY = ("pandas", "hypothesis", "jinja2", "pytest", "mpmath", "rich", "typer", "torch", "jax")


def loaded(statement):
    """Name the heavy modules that a fresh interpreter has loaded after a statement."""
    code = f"import sys\n{statement}\nprint(*[m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.parametrize(
    "statement",
    [
        "import verify",
        "from verify import problem, reals, onehot, check_gradient, REFUTED",
        "import verify.studies.flagship",
    ],
)
def test_import_loads_nothing_heavy(statement):
    assert loaded(statement) == []


def test_a_heavy_import_would_be_seen():
    assert "hypothesis" in loaded("import verify.strategies")
    assert "pandas" in loaded("import verify.table")
