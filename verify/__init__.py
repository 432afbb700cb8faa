"""Which of these gradients is right? Check hand-derived gradients and show where they fail."""

from typing import TYPE_CHECKING, Any

from verify.check import check_gradient as check_gradient
from verify.check import run as run
from verify.declare import problem as problem
from verify.display import SHOW as _SHOW
from verify.domains import axis_length as axis_length
from verify.domains import booleans as booleans
from verify.domains import choice as choice
from verify.domains import complexes as complexes
from verify.domains import constant as constant
from verify.domains import distinct as distinct
from verify.domains import integers as integers
from verify.domains import invertible as invertible
from verify.domains import invertible_vech as invertible_vech
from verify.domains import joint_probability as joint_probability
from verify.domains import labels as labels
from verify.domains import lower_triangular as lower_triangular
from verify.domains import nonnegative as nonnegative
from verify.domains import onehot as onehot
from verify.domains import ordered as ordered
from verify.domains import orthogonal as orthogonal
from verify.domains import permutation as permutation
from verify.domains import positive as positive
from verify.domains import psd as psd
from verify.domains import reals as reals
from verify.domains import simplex as simplex
from verify.domains import spd as spd
from verify.domains import square as square
from verify.domains import symmetric as symmetric
from verify.domains import unit_interval as unit_interval
from verify.errors import GradverifyError as GradverifyError
from verify.outcomes import CONSISTENT as CONSISTENT
from verify.outcomes import INCONCLUSIVE as INCONCLUSIVE
from verify.outcomes import MALFORMED as MALFORMED
from verify.outcomes import REFUTED as REFUTED
from verify.outcomes import UNSTABLE as UNSTABLE
from verify.outcomes import VACUOUS as VACUOUS
from verify.outcomes import Verdict as Verdict
from verify.problems import Claim as Claim
from verify.problems import Problem as Problem
from verify.problems import Variant as Variant

if TYPE_CHECKING:
    from collections.abc import Callable

    from verify.declare.formula import Formula as Formula

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    # The reader of formulas is loaded where one is written: `import verify` stays light.
    if name == "Formula":
        from verify.declare.formula import Formula

        return Formula
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _showing(form: str) -> "Callable[[Any], str]":
    def show(value: Any) -> str:
        # Templates, plots and tables are loaded where something is shown.
        from verify.report import notebook

        return notebook.FORMS[form](value)

    return show


_SHOW |= {form: _showing(form) for form in ("html", "text", "line")}
