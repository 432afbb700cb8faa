"""A corpus of gradient claims: its files read, its declarations made, our check of them run.

Nothing here reads what a case says about its own fault, except `Case.truth`, which is asked for
when the verdicts are in.
"""

import ast
import functools
import importlib.util
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import verify
from verify import campaign
from verify.findings import Finding

Function = Callable[..., Any]
# What domains.json says of one input: its kind, shape, range.
Fields = Mapping[str, Any]
FORMULAS = ("claimed", "correct")
# One claim per input: the worst verdict is the formula's.
WORST_FIRST = ("refuted", "malformed", "unstable", "consistent", "inconclusive", "vacuous")
# Kinds that the corpus has under another name, with what that name says beside the kind.
RENAMED: dict[str, tuple[str, dict[str, Any]]] = {
    "simplex_columns": ("simplex", {"axis": 0}),
    "onehot_columns": ("onehot", {"axis": 0}),
    "vech_invertible": ("invertible_vech", {}),
    "tsne_joint": ("joint_probability", {}),
}
DISCRETE = (
    *("onehot", "onehot_columns", "labels", "integers", "booleans", "constant", "dim"),
    "permutation",
)
# Fields beside the shape that a kind takes; what else the corpus writes for it repeats its meaning.
TAKES = {
    "reals": ("low", "high", "special"),
    "positive": ("low", "high", "special"),
    "nonnegative": ("high", "special"),
    "integers": ("low", "high"),
    "invertible_vech": ("of",),
}


@dataclass(frozen=True)
class Declared:
    """One legal declaration of a case; the first is the main one, `ranks` compares with it."""

    name: str
    inputs: Mapping[str, Fields]
    dims: Mapping[str, tuple[int, int]]
    where: Function | None
    coincide: Sequence[tuple[str, ...]]
    same_ranks: bool


@dataclass(frozen=True)
class Case:
    """A loss, two formulas for its gradient, and every declaration of what its inputs may be."""

    slug: str
    module: Any
    wrt: tuple[str, ...]
    declared: tuple[Declared, ...]

    @property
    def forward(self) -> Function:
        """The loss."""
        function: Function = self.module.forward
        return function

    @property
    def with_derivative(self) -> tuple[str, ...]:
        """The inputs of the claim that are not whole numbers or choices."""
        kinds = {name: self.declared[0].inputs[name]["kind"] for name in self.wrt}
        return tuple(name for name, kind in kinds.items() if kind not in DISCRETE)

    def formula(self, which: str, wrt: tuple[str, ...]) -> Function:
        """Return `claimed` or `correct`, without its answers for inputs that are left out."""
        function: Function = getattr(self.module, which)
        if wrt == self.wrt:
            return function

        @functools.wraps(function)
        def fewer(*args: Any, **inputs: Any) -> Any:
            answer = function(*args, **inputs)
            return {name: answer[name] for name in wrt}

        return fewer

    def truth(self) -> str:
        """Return the case's own verdict: only to be asked for when ours is in."""
        return str(self.module.VERDICT)


@dataclass
class Said:
    """What our check says of one formula of a case."""

    verdict: str
    seconds: float = 0.0
    test_cases: int = 0

    def add(self, findings: Sequence[Finding], counted: Sequence[Finding]) -> None:
        """Add the findings of one declaration; only those `counted` bear on the verdict."""
        self.seconds += sum(f.seconds for f in findings)
        self.test_cases += max((f.tally.total for f in findings), default=0)
        verdicts = [self.verdict, *(str(f.verdict) for f in counted)]
        self.verdict = min(verdicts, key=WORST_FIRST.index)


def load(path: Path, domains: Mapping[str, Any]) -> Case:
    """Import one case; any exception of its file or of its declaration comes through."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if path.stem not in domains:
        raise LookupError("no entry in domains.json")
    return Case(path.stem, module, tuple(module.WRT), tuple(_declared(path.stem, domains)))


def read_domains(folder: Path) -> dict[str, Any]:
    domains: dict[str, Any] = json.loads((folder / "domains.json").read_text(encoding="utf-8"))
    return domains


def _declared(slug: str, domains: Mapping[str, Any]) -> Iterator[Declared]:
    """Yield the main declaration, then the further ones: its inputs with some fields replaced."""
    entry = domains[slug]
    main: Mapping[str, Fields] = entry["inputs"]
    for number, changed in enumerate([{}, *entry.get("variants", [])], start=1):
        inputs = {name: {**fields, **changed.get(name, {})} for name, fields in main.items()}
        words = " ".join(str(f.get(key, "")) for f in inputs.values() for key in _WITH_AXES)
        dims = {n: (b[0], b[1]) for n, b in entry["dims"].items() if n in _names(words)}
        yield Declared(
            slug if number == 1 else f"{slug}/{number}",
            inputs,
            dims,
            _predicate(entry["where"], inputs) if entry.get("where") else None,
            [tuple(group) for group in entry.get("may_coincide", [])],
            all(_rank(inputs[name]) == _rank(main[name]) for name in main),
        )


_WITH_AXES = ("shape", "low", "high", "of", "value")


def _names(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z_]\w*", text))


def _rank(fields: Fields) -> int:
    return len(str(fields.get("shape", "")).split())


def _predicate(text: str, inputs: Mapping[str, Fields]) -> Function:
    """Make the function of a precondition: its parameters are the inputs it uses.

    An axis that is named in it and is no input is the length of the first input that has it.
    """
    nodes = ast.walk(ast.parse(text, mode="eval"))
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    lengths: dict[str, str] = {}
    for name, fields in inputs.items():
        words = str(fields.get("shape", "")).split()
        for place, word in enumerate(words):
            if word in used and word not in inputs and word not in lengths:
                lengths[word] = f"np.shape({name})[{place - len(words)}]"
                used |= {name}
    body = f"(lambda {', '.join(lengths)}: {text})({', '.join(lengths.values())})"
    parameters = ", ".join(name for name in inputs if name in used)
    # The text is part of a corpus whose Python files are imported anyway.
    function: Function = eval(f"lambda {parameters}: {body if lengths else text}", {"np": np})
    return function


def domain(fields: Fields) -> Any:
    """Call the public constructor of a kind."""
    kind, options = RENAMED.get(fields["kind"], (fields["kind"], {}))
    shape = str(fields.get("shape", ""))
    if kind == "dim":
        return verify.axis_length(str(fields["value"]))
    if kind == "labels":
        return verify.labels(shape, classes=fields["of"])
    if kind == "choice":
        return verify.choice(fields["values"], shape)
    if kind == "constant":
        return verify.constant(fields["value"], shape)
    given = {k: fields[k] for k in TAKES.get(kind, ()) if fields.get(k) is not None}
    constructor: Function = getattr(verify, kind)
    return constructor(shape, **given, **options)


def problem(case: Case, declared: Declared) -> verify.Problem:
    """Declare a case, as a user would."""
    declaration = verify.problem(
        wrt=case.with_derivative,
        dims=dict(declared.dims),
        where=declared.where,
        coincide=declared.coincide,
        name=declared.name,
        **{name: domain(fields) for name, fields in declared.inputs.items()},
    )(case.forward)
    for which in FORMULAS:
        declaration.gradient(name=which)(case.formula(which, case.with_derivative))
    return declaration.problem


def check(case: Case, seed: int) -> tuple[dict[str, Said], list[str]]:
    """Run our check on every declaration of a case; return what it says, and notes.

    What breaks in the main declaration comes through as an exception; what breaks in a further one
    is a note.
    """
    skipped = [name for name in case.wrt if name not in case.with_derivative]
    notes = [f"{name} is left out: it has no derivative" for name in skipped]
    said = {which: Said("vacuous") for which in FORMULAS}
    for declared in case.declared:
        try:
            findings = campaign.run([problem(case, declared)], seed=seed).findings
        except Exception as error:
            if declared is case.declared[0]:
                raise
            notes.append(f"{declared.name}: {type(error).__name__}: {error}")
            continue
        for which in FORMULAS:
            mine = [f for f in findings if f.claim.variant.name == which]
            counted = [f for f in mine if declared.same_ranks or not structural(f)]
            said[which].add(mine, counted)
            if len(counted) < len(mine):
                notes.append(f"{declared.name} is of another rank, not counted: {which}")
    return said, notes


def structural(finding: Finding) -> bool:
    """Tell whether a formula failed on the form of its inputs: an exception, or another shape."""
    failure = finding.failure
    if str(finding.verdict) != "malformed" or failure is None:
        return False
    return bool(failure.traceback) or failure.message.startswith(("shape", "no array"))
