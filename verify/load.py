"""From what a user names (file, folder, module, object in it) to the problems declared there.

A user's file may hold any mistake: each becomes one `LoadError` that says where and what.
"""

import builtins
import difflib
import importlib
import importlib.util
import itertools
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from verify.declare import Declaration
from verify.errors import GradverifyError, LoadError
from verify.explain.words import place, shown_path
from verify.problems import Problem

FLAGSHIP = tuple(
    f"verify.studies.{study}" for study in ("flagship", "normaliser", "targets", "steps", "hidden")
)
# A folder may hold scripts that are not about gradients; they are not run.
IMPORTS_US = re.compile(r"^\s*(from|import)\s+verify\b", re.MULTILINE)
_serial = itertools.count()


def problems_from(targets: Sequence[str] = ()) -> list[Problem]:
    """Return the problems of all `targets` in order; of the flagship's studies if there is none.

    A target is a Python file, a folder (the files in it that import `verify`), a module, or
    `file.py:object` and `module:object`. A problem that is reached twice is returned once.

    Raises `LoadError` if a target cannot be loaded, holds no claim, or if two problems have one
    name.
    """
    problems: dict[str, Problem] = {}
    for target in targets or FLAGSHIP:
        for problem in _problems(target):
            other = problems.setdefault(problem.name, problem)
            if _place(other) != _place(problem):
                raise LoadError(_same_name(other, problem))
            # The same declaration, loaded a second time by a file that adds variants to it.
            if len(problem.variants) > len(other.variants):
                problems[problem.name] = problem
    for problem in problems.values():
        if not problem.variants:
            raise LoadError(
                f"{_place(problem)}: the problem {problem.name!r} has no variant; it needs at "
                f"least one function under @{problem.name}.gradient or @{problem.name}.vjp."
            )
    return list(problems.values())


def _same_name(one: Problem, other: Problem) -> str:
    return (
        f"two problems are called {one.name!r}: {_place(one)} and {_place(other)}; names in "
        "one run should differ (@problem takes name=...)."
    )


def _place(problem: Problem) -> str:
    return place(problem.path, problem.line) or "(no source file)"


def declared(value: Any) -> Problem | None:
    """Return the problem that a value at module level stands for, if it stands for one."""
    if isinstance(value, Declaration):
        return value.problem
    return value if isinstance(value, Problem) else None


def _problems(target: str) -> list[Problem]:
    path, name = _split(target)
    if path.is_dir():
        problems = [p for file in _files(path) for p in _held(vars(_load_file(file)).values())]
        hint = "no Python file in this folder holds a problem"
    elif name:
        value = _object(_module(path), name, target)
        problems = _held([value])
        hint = f"{name!r} is of type {type(value).__name__}, not a problem"
    else:
        problems = _held(vars(_module(path)).values())
        hint = "there is no problem in it"
    if not problems:
        raise LoadError(f"{target}: {hint}; a problem is a function under @verify.problem.")
    return problems


def _held(values: Iterable[Any]) -> list[Problem]:
    # By identity: a problem that is bound to a second name is still one problem.
    found = list({id(p): p for value in values if (p := declared(value))}.values())
    names = {problem.name: problem for problem in reversed(found)}
    for problem in found:
        if names[problem.name] is not problem:
            raise LoadError(_same_name(names[problem.name], problem))
    return found


def _module(path: Path) -> ModuleType:
    is_file = path.suffix == ".py" or path.exists() or os.sep in str(path)
    return _load_file(path) if is_file else _import(str(path))


def _split(target: str) -> tuple[Path, str]:
    head, colon, name = target.rpartition(":")
    if not colon or Path(target).exists():
        return Path(target), ""
    if not head or not name:
        raise LoadError(f"{target!r} should be FILE.py:OBJECT or MODULE:OBJECT.")
    return Path(head), name


def _files(folder: Path) -> list[Path]:
    texts = {path: path.read_text("utf-8", "replace") for path in sorted(folder.glob("*.py"))}
    return [path for path, text in texts.items() if IMPORTS_US.search(text)]


def _object(module: ModuleType, name: str, target: str) -> Any:
    if hasattr(module, name):
        return getattr(module, name)
    names = [known for known, value in vars(module).items() if declared(value)]
    held = f"the problems in it are {', '.join(names)}" if names else "there is no problem in it"
    raise LoadError(f"{target}: there is no {name!r}; {held}.{nearest(name, names)}")


def nearest(word: str, words: Sequence[str]) -> str:
    """Suggest the nearest of `words`, as a sentence to append; nothing if none is near."""
    close = difflib.get_close_matches(word, words, n=1)
    return f" Did you mean {close[0]!r}?" if close else ""


def _load_file(path: Path) -> ModuleType:
    if not path.exists():
        folder = path.parent if path.parent.is_dir() else Path()
        names = [str(other) for other in sorted(folder.glob("*.py"))]
        raise LoadError(f"{path}: there is no such file.{nearest(str(path), names)}")
    if path.suffix != ".py":
        raise LoadError(f"{path}: a Python file (.py) is needed.")
    # A name of its own: neither two files of one name nor a module of the user's are mixed up.
    spec = importlib.util.spec_from_file_location(f"gradverify_{next(_serial)}_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    loader = spec.loader
    with _importable(path.resolve().parent):
        _told(lambda: loader.exec_module(module), str(path), path)
    return module


def _import(name: str) -> ModuleType:
    with _importable(Path.cwd()):
        spec = _told(lambda: _spec(name), name, None)
        if spec is None:
            files = [str(path) for path in sorted(Path().glob("*"))]
            raise LoadError(
                f"{name}: there is no such file, folder or module.{nearest(name, files)}"
            )
        origin = Path(spec.origin) if spec.origin and spec.has_location else None
        module: ModuleType = _told(lambda: importlib.import_module(name), name, origin)
        return module


def _spec(name: str) -> ModuleSpec | None:
    if not all(part.isidentifier() for part in name.split(".")):
        return None
    try:
        return importlib.util.find_spec(name)
    except ModuleNotFoundError as error:
        # A package on the way that is missing; what such a package itself misses is its error.
        if error.name and f"{name}.".startswith(f"{error.name}."):
            return None
        raise


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """Put a folder first on the import path, and leave it there as the last place to look.

    First, as Python does for a script. Last afterwards: a function that imports its helper when
    it is called still finds it, and nothing of ours is shadowed by a file of the user's.
    """
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        if str(folder) not in sys.path:
            sys.path.append(str(folder))


def _told(load: Callable[[], Any], target: str, path: Path | None) -> Any:
    try:
        return load()
    except (Exception, SystemExit) as error:
        raise LoadError(_message(error, target, path)) from error


def _message(error: BaseException, target: str, path: Path | None) -> str:
    if isinstance(error, SyntaxError) and error.filename:
        head = f"{shown_path(error.filename)}:{error.lineno}"
        return _with_source(f"{head}: {type(error).__name__}: {error.msg}.", error.text or "")
    frames = [f for f in traceback.extract_tb(error.__traceback__) if _is_theirs(f.filename)]
    if not frames:
        return f"{target}: {_what(error)}"
    within = [f for f in frames if path and os.path.realpath(f.filename) == os.path.realpath(path)]
    frame, last, what = (within or frames)[-1], frames[-1], _what(error)
    if last.filename != frame.filename and not isinstance(error, GradverifyError):
        what += f" (raised in {shown_path(last.filename)}:{last.lineno})"
    return _with_source(f"{shown_path(frame.filename)}:{frame.lineno}: {what}", frame.line or "")


def _is_theirs(filename: str) -> bool:
    return filename != __file__ and not filename.startswith("<frozen importlib")


def _what(error: BaseException) -> str:
    if isinstance(error, GradverifyError):
        return str(error)
    if isinstance(error, SystemExit):
        return f"the file ends the program (SystemExit: {error}) while it is loaded."
    text = f"{type(error).__name__}: {error}".removesuffix(": ").removesuffix(".")
    return f"{text}.{_suggestion(error)}"


def _suggestion(error: BaseException) -> str:
    """Suggest what a mistyped name, attribute or import may have been meant to be."""
    if isinstance(error, AttributeError):
        return nearest(error.name or "", dir(error.obj))
    if isinstance(error, ImportError):
        wrong = re.match(r"cannot import name '(\w+)'", str(error))
        return nearest(wrong[1], dir(sys.modules.get(error.name or ""))) if wrong else ""
    if isinstance(error, NameError):
        frame = [frame for frame, _ in traceback.walk_tb(error.__traceback__)][-1]
        return nearest(error.name or "", [*frame.f_locals, *frame.f_globals, *dir(builtins)])
    return ""


def _with_source(message: str, line: str) -> str:
    return f"{message}\n    {line.strip()}" if line.strip() else message
