"""Complex inputs: a claim that is right in another convention than the declared one."""

from collections.abc import Sequence

import numpy as np

from verify.diagnosis.sample import Sample
from verify.domains import CONVENTIONS, Domain
from verify.problems import Claim

NAMES = {
    "dx+i*dy": "∂f/∂x + i ∂f/∂y",
    "dx-i*dy": "∂f/∂x - i ∂f/∂y",
    "dz": "∂f/∂z",
    "dzbar": "∂f/∂z̄",
}
ENOUGH = 3
SLACK, RELATIVE = 4.0, 1e-7


def other_convention(claim: Claim, samples: Sequence[Sample]) -> tuple[str, ...]:
    """Name the convention in which every sample of a claim about a complex input would agree.

    With the claimed pair p, declared (c, s) and another (c', s'): (p_x c / c', p_y s s' c / c').
    """
    domain = claim.problem.inputs.get(claim.input)
    if not isinstance(domain, Domain) or domain.kind != "complexes":
        return ()
    declared = CONVENTIONS[domain.convention]
    failing = sum(sample.fails for sample in samples)
    for name, text in NAMES.items():
        factor, sign = CONVENTIONS[name]
        scale = np.array([1.0, declared[1] * sign]) * declared[0] / factor
        if (factor, sign) != declared and failing >= ENOUGH and _explains(samples, scale):
            own = NAMES[domain.convention or "dx+i*dy"]
            return (
                f"the claim is {text} (convention {name!r}), not the declared {own} "
                f"(checked at {failing} points)",
            )
    return ()


def _explains(
    samples: Sequence[Sample], scale: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> bool:
    for sample in samples:
        known = sample.usable
        apart = np.abs(sample.claimed * scale - sample.reference)
        allowed = SLACK * sample.tolerance + RELATIVE * np.abs(sample.reference)
        if np.any(known & (apart > allowed)):
            return False
    return True
