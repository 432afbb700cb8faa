"""Problem, Variant and Claim: what is claimed about which function, as plain frozen data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from verify.domains import Domain
from verify.outcomes import Verdict

Function = Callable[..., Any]
# A regime is named by the user and decided from the inputs of a point alone.
Regime = tuple[str, Function]


@dataclass(frozen=True)
class Variant:
    """One candidate derivation: a gradient (scalar primal) or a vjp (cotangent first).

    `expect` maps each input of the problem's `wrt` to the verdicts that are expected of it;
    `dtype` is the float type in which the variant is meant to run.
    """

    name: str
    function: Function
    kind: Literal["gradient", "vjp"] = "gradient"
    expect: Mapping[str, frozenset[Verdict]] = field(default_factory=dict)
    source: str = ""
    derivation: str = ""
    dtype: str = "float64"
    path: str = ""
    line: int = 0


@dataclass(frozen=True)
class Training:
    """Gradient descent on the primal from given inputs: `steps` steps of `rate` times a variant."""

    inputs: Mapping[str, Any]
    rate: float
    steps: int


@dataclass(frozen=True)
class Problem:
    """A primal, the domain of each of its inputs, a precondition, and the claims about it.

    `inputs` maps names, in the order of the primal's parameters, to a `Domain` or to a Hypothesis
    strategy; `dims` bounds the size of each named axis; `where` is the precondition; `coincide`
    names groups of inputs whose entries or rows may be equal, and are drawn so on purpose;
    `training`, where declared, shows what each variant does in place of the gradient.
    """

    name: str
    primal: Function
    inputs: Mapping[str, Any]
    wrt: tuple[str, ...]
    dims: Mapping[str, tuple[int, int]]
    where: Function | None = None
    regimes: tuple[Regime, ...] = ()
    source: str = ""
    statement: str = ""
    variants: tuple[Variant, ...] = ()
    path: str = ""
    line: int = 0
    coincide: tuple[tuple[str, ...], ...] = ()
    training: Training | None = None

    @property
    def domains(self) -> dict[str, Domain]:
        """The inputs that are declared as domains, by name."""
        return {name: d for name, d in self.inputs.items() if isinstance(d, Domain)}

    @property
    def is_vjp(self) -> bool:
        """Whether the variants take a cotangent (a problem holds one kind only)."""
        return any(variant.kind == "vjp" for variant in self.variants)

    @property
    def claims(self) -> tuple["Claim", ...]:
        """Every (problem, variant, input), variants in order of declaration."""
        return tuple(Claim(self, variant, name) for variant in self.variants for name in self.wrt)


@dataclass(frozen=True)
class Claim:
    """At every point of the domain, this variant is the derivative with respect to this input."""

    problem: Problem
    variant: Variant
    input: str

    @property
    def name(self) -> str:
        """The claim's name, `problem[variant-input]`, the same everywhere."""
        return f"{self.problem.name}[{self.variant.name}-{self.input}]"

    @property
    def expected(self) -> frozenset[Verdict]:
        """The verdicts that are as expected; consistent where nothing was declared."""
        return self.variant.expect.get(self.input, frozenset({Verdict.CONSISTENT}))
