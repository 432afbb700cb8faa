"""Names of claims for the shell's completion; it never prints, and never fails."""

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from verify.cli.listing import Listed
    from verify.problems import Claim


def claim_names(ctx: typer.Context) -> list[str]:
    """Return what `explain` takes: names of claims, parts that fit one claim, chains of pages."""
    claims, chains = _listed(ctx)
    names = [claim.name for claim in claims]
    variants = dict.fromkeys(claim.variant.name for claim in claims)
    parts = [v for v in variants if sum(v.lower() in name.lower() for name in names) == 1]
    return [*names, *parts, *(chain.name for chain in chains)]


def expressions(ctx: typer.Context) -> list[str]:
    """Return words for an expression of `-k`: names of claims and variants that need no quotes."""
    from verify.explain.home import selector

    claims, _ = _listed(ctx)
    names = [claim.name for claim in claims] + [claim.variant.name for claim in claims]
    return [name for name in dict.fromkeys(names) if selector(name) == name]


def _listed(ctx: typer.Context) -> "tuple[list[Claim], list[Listed]]":
    with _silence():
        try:
            from verify.cli.listing import listed

            return listed(_paths(ctx))
        # A file with a mistake in it is no reason to disturb the line that is being typed.
        except (Exception, SystemExit):  # noqa: BLE001
            return [], []


def _paths(ctx: typer.Context) -> list[str]:
    """Return the paths on the line, also those after the word where the shell (bash) tells them."""
    line = os.environ.get("COMP_WORDS") or os.environ.get("_TYPER_COMPLETE_ARGS", "")
    try:
        words = shlex.split(line)
    except ValueError:  # a quote that is still open
        words = line.split()
    return list(dict.fromkeys([*(ctx.params.get("paths") or ()), *filter(_is_path, words)]))


def _is_path(word: str) -> bool:
    from verify.cli.documents import is_document

    path = Path(word.split(".py:")[0] + ".py" if ".py:" in word else word)
    return path.is_dir() or (path.is_file() and (path.suffix == ".py" or is_document(word)))


@contextmanager
def _silence() -> Iterator[None]:
    """Keep all from the terminal, also what a user's file prints in another process."""
    kept = {stream: os.dup(stream) for stream in (1, 2)}
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        for stream in kept:
            os.dup2(nowhere, stream)
        yield
    finally:
        sys.stdout.flush()
        for stream, own in kept.items():
            os.dup2(own, stream)
            os.close(own)
        os.close(nowhere)
