"""The code blocks of a Markdown page, and a folder in which they are run one after the other.

What a page may hold, by the language of the block:

- `python` runs in one namespace a page; `pycon` is compared like a doctest;
- `console` runs each command after `$ ` and compares what it prints. `...` stands for anything,
  and numbers that depend on versions or on the clock are not compared (`VARIES`). A command that
  does not end with 0 must be followed by `$ echo $?` and its exit code;
- `toml`, `json`, `yaml` are parsed, and of `yaml` the commands of our own are run;
- `md` and `tex` are read as a page with formulas;
- `sh` is not run here: its commands must be those of the README, which `.ci/run` runs.

A block whose first line is a comment with a file name, `# gradients.py`, is written to that file,
before anything else is done with it (below the `+++` of front matter, it is the second line).
`# gradients.py, continued` stands for what the file held first, and the block behind it.
"""

import difflib
import doctest
import json
import os
import re
import runpy
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from markdown_it import MarkdownIt

from verify.formula.document import read_document

ROOT = Path(__file__).parent.parent
NAMED = re.compile(
    r"\A(?:\+\+\+\n)?(?:#|%|<!--) (?P<name>[\w./-]+\.\w+)(?P<more>, continued)?(?: -->)?\n"
)
# What differs from run to run, or with the versions of NumPy and Hypothesis.
VARIES = re.compile(
    r"\d+\.\d+ ?s\b|\d[\d,]* of \d[\d,]*\b(?! claims)|\(\d[\d,]*\)|\d+ \+ \d+(?= points)"
    r"|\b\d[\d,]*(?= (comparisons|test cases|decided|undecided|failing|fresh|of the))"
    r"|(?<=at )\d[\d,]*(?=[,;\n])|\d+ to \d+(?= entries)|(?<=order )\d\.\d+"
    r"|\[-?\d+\.\d+ \+/- [\de.+-]+\]|\d+(\.\d+)?e[+-]\d+"
)
OURS = re.compile(r"(gradverify|python -m pytest|pre-commit|pip install -r requirements\.txt)\b")
CHECKER = doctest.OutputChecker()


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, its text, and the line on which its text begins."""

    language: str
    text: str
    line: int


def blocks(page: Path) -> list[Block]:
    """List the fenced blocks of a page; directives of Sphinx, `{…}`, are none."""
    tokens = MarkdownIt().parse(page.read_text("utf-8"))
    found = [
        Block(token.info.strip(), token.content, token.map[0] + 2)
        for token in tokens
        if token.type == "fence" and token.map
    ]
    assert not any(token.type == "code_block" for token in tokens), f"{page}: indented code"
    return [block for block in found if not block.language.startswith("{")]


def scrubbed(text: str) -> str:
    """Leave out what varies; a line in which something does is compared word by word."""
    lines = []
    for line in text.replace("<BLANKLINE>", "").splitlines():
        plain = VARIES.sub("#", f"{line}\n").rstrip("\n")
        lines.append(" ".join(plain.split()) if plain != line else line.rstrip())
    return "\n".join(lines).strip("\n") + "\n"


def commands_of(value: Any) -> Iterator[str]:
    """Yield the shell commands in a CI file: `run`, `script`, and the `entry` of a hook."""
    if isinstance(value, list):
        for item in value:
            yield from commands_of(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key in ("run", "script"):
                for lines in [item] if isinstance(item, str) else item:
                    yield from filter(None, lines.splitlines())
            elif key == "entry":
                yield f"{item} gradients.py"
            else:
                yield from commands_of(item)


@dataclass
class Reader:
    """Does what a page says, in a folder of its own."""

    folder: Path
    namespace: dict[str, Any] = field(default_factory=lambda: {"__name__": "page"})
    files: dict[str, str] = field(default_factory=dict)
    code: int = 0

    def read(self, block: Block) -> None:
        """Run one block; raises `AssertionError` where it is not as the page says."""
        read = getattr(self, f"_{block.language}", None)
        assert read, f"a block of the language {block.language!r} cannot be tested"
        if named := NAMED.match(block.text):
            self._write(named, block.text)
        read(block)

    def _write(self, named: re.Match[str], text: str) -> None:
        name = named["name"]
        if named["more"]:
            text = f"{self.files[name]}\n\n{text.partition(chr(10))[2]}"
        else:
            self.files[name] = text
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def _python(self, block: Block) -> None:
        named = NAMED.match(block.text)
        path = self.folder / (named["name"] if named else f"line_{block.line}.py")
        if named:
            self.namespace.update(runpy.run_path(str(path)))
        else:
            path.write_text(block.text, "utf-8")
            exec(compile(block.text, str(path), "exec"), self.namespace)
            path.unlink()

    def _pycon(self, block: Block) -> None:
        test = doctest.DocTestParser().get_doctest(block.text, {}, "page", None, block.line)
        test.globs = self.namespace
        said: list[str] = []
        runner = doctest.DocTestRunner(CHECKER, optionflags=doctest.ELLIPSIS)
        runner.run(test, out=said.append, clear_globs=False)
        assert not runner.failures, "".join(said)

    def _console(self, block: Block) -> None:
        assert block.text.startswith("$ "), "a console block begins with a command"
        for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            asked = command.startswith("echo $?")
            assert asked or self.code == 0, f"exit code {self.code} is not shown by `echo $?`"
            printed = self.shell(command)
            want, got = scrubbed(shown), scrubbed(printed)
            same = CHECKER.check_output(want, got, doctest.ELLIPSIS)
            apart = difflib.ndiff(want.splitlines(), got.splitlines())
            assert same, "\n".join([f"$ {command}", "(-: the page, +: what was printed)", *apart])
        assert self.code == 0, f"exit code {self.code} is not shown by `echo $?`"

    def shell(self, command: str) -> str:
        """Run a command and return what it prints; its exit code is kept."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "COV"))}
        environment |= {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "COLUMNS": "100",
            "GITHUB_STEP_SUMMARY": str(self.folder / "step_summary.md"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        done = subprocess.run(
            ["bash", "-c", f"(exit {self.code}); {command}"],
            cwd=self.folder, env=environment, text=True, timeout=300, encoding="utf-8",
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        self.code = done.returncode
        return done.stdout

    def _sh(self, block: Block) -> None:
        readme = (ROOT / "README.md").read_text("utf-8")
        known = {part for text in re.findall(r"```sh\n(.*?)```", readme, re.S)
                 for part in text.strip().split(" && ")}  # fmt: skip
        for command in block.text.splitlines():
            assert command in known, f"{command!r} is no command of the README"

    def _toml(self, block: Block) -> None:
        tomllib.loads(block.text)

    def _json(self, block: Block) -> None:
        json.loads(block.text)

    def _yaml(self, block: Block) -> None:
        for command in commands_of(yaml.safe_load(block.text)):
            assert OURS.match(command), f"{command!r} is none of the commands that are known here"
            if not command.startswith(("pip", "pre-commit")):
                printed = self.shell(command)
                assert self.code == 0, f"$ {command}\n{printed}"

    def _md(self, block: Block) -> None:
        read_document(block.text, "page")

    _tex = _md
