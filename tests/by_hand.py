"""Problems with right and wrong gradients, and findings about them written down by hand."""

from dataclasses import replace

import numpy as np

from verify import MALFORMED, REFUTED, labels, onehot, problem, reals
from verify.evaluator import Failure
from verify.findings import Counterexample, Finding, Results, Tally
from verify.outcomes import Verdict
from verify.points import Point
from verify.problems import Claim

HOSTILE = "<script>alert(1)</script>\"'&\n\u202e"


@problem(X=reals("N D"), theta=reals("D K"), T=onehot("N K"), wrt="theta", source="a page")
def network(X, theta, T):
    """E = -sum t log softmax(sigmoid(X theta))"""
    z = 1 / (1 + np.exp(-X @ theta))
    return -(T * (z - np.log(np.exp(z).sum(axis=-1, keepdims=True)))).sum()


def _output(X, theta):
    z = 1 / (1 + np.exp(-X @ theta))
    e = np.exp(z)
    return z, e / e.sum(axis=-1, keepdims=True)


@network.gradient(source="own derivation")
def closed_form(X, theta, T):
    """X^T [(Y - T) * Z * (1 - Z)]"""
    z, y = _output(X, theta)
    return X.T @ ((y - T) * z * (1 - z))


@network.gradient(name="as asked", source="the question, last formula", expect=REFUTED)
def as_asked(X, theta, T):
    """X^T [(Y - T) * e^a / (1 + e^-a)^2]"""
    _, y = _output(X, theta)
    a = X @ theta
    return X.T @ ((y - T) * np.exp(a) / (1 + np.exp(-a)) ** 2)


@network.gradient(expect=MALFORMED)
def transposed(X, theta, T):
    z, y = _output(X, theta)
    return ((y - T) * z * (1 - z)).T @ X


@network.gradient
def raises(X, theta, T):
    return np.linalg.inv(np.zeros((2, 2))) @ theta


@problem(x=reals("n"), wrt="x")
def squares(x):
    return x * x


@squares.vjp(expect=REFUTED)
def forgets_the_two(ybar, x):
    return ybar * x


@squares.vjp
def doubled(ybar, x):
    return 2 * ybar * x


@problem(u=reals(), v=reals("n"), c=labels("n", 3), wrt=("u", "v"))
def weighted(u, v, c):
    return u * (v * v * c).sum()


@weighted.gradient(expect={"v": REFUTED})
def half_right(u, v, c):
    return {"u": (v * v * c).sum(), "v": u * v * c}


@weighted.gradient
def both_right(u, v, c):
    return (v * v * c).sum(), 2 * u * v * c


@problem(x=reals("n"), wrt="x", name=HOSTILE, source=HOSTILE)
def hostile(x):
    return (x * x).sum()


@hostile.gradient(name=HOSTILE, source=HOSTILE)
def hostile_variant(x):
    return x


def claim(declared, variant, wrt=None) -> Claim:
    """Return a claim by the names of its variant and input."""
    chosen = {v.name: v for v in declared.problem.variants}[variant]
    return Claim(declared.problem, chosen, wrt or declared.problem.wrt[0])


def point(**arrays) -> Point:
    """Return a point without the names of its axes' sizes."""
    return Point({}, {name: np.asarray(array) for name, array in arrays.items()})


NETWORK_POINT = Point(
    {"N": 1, "D": 1, "K": 2},
    {
        "X": np.array([[1.0]]),
        "theta": np.array([[0.0, 1.0]]),
        "T": np.array([[0.0, 1.0]]),
    },
)


def refuted(judged: Claim, at: Point, claimed, reference, **changes) -> Finding:
    """Return a finding with a counterexample whose worst entry is computed from the numbers."""
    claimed, reference = np.asarray(claimed, float), np.asarray(reference, float)
    bound = 1e-13 * np.maximum(1.0, np.abs(reference))
    excess = np.abs(claimed - reference) / bound
    entry = tuple(int(i) for i in np.unravel_index(excess.argmax(), excess.shape))
    example = Counterexample(
        at, entry, claimed, reference, bound, float(excess.max()), "wider arithmetic (90 digits)"
    )
    found = Finding(
        judged,
        Verdict.REFUTED,
        "wrong in exact arithmetic",
        Tally(12, 280, 8),
        {
            "theta = 0": Tally(9, 0, 1),
            "generic": Tally(0, 270, 0),
            "tiny X": Tally(0, 0, 7),
            "K = 1": Tally(3, 10, 0),
        },
        example,
        taylor_order=1.0,
        evidence=("tested",),
        notes=("2 of 2 entries differ",),
        seconds=0.25,
    )
    return replace(found, **changes)


def consistent(judged: Claim, **changes) -> Finding:
    """Return the finding that no test case told against a claim."""
    found = Finding(
        judged,
        Verdict.CONSISTENT,
        "",
        Tally(292, 0, 8),
        {"theta = 0": Tally(9, 0, 1), "generic": Tally(270, 0, 0), "tiny X": Tally(0, 0, 7)},
        evidence=("tested",),
        seconds=0.125,
    )
    return replace(found, **changes)


def malformed(judged: Claim, at: Point, failure: Failure, reference) -> Finding:
    """Return the finding about an answer that is no gradient."""
    reference = np.asarray(reference, float)
    example = Counterexample(at, None, None, reference, 1e-13 + 0 * reference, float("inf"))
    tally = Tally(0, 300, 0)
    regimes = {"generic": tally}
    return Finding(
        judged, Verdict.MALFORMED, failure.message, tally, regimes, example, failure, None
    )


def question() -> Finding:
    """Return the finding about the network's wrong gradient, at its minimal counterexample."""
    judged = claim(network, "as asked")
    right, wrong = (f(**NETWORK_POINT.inputs) for f in (closed_form, as_asked))
    return refuted(judged, NETWORK_POINT, wrong, right)


def raised() -> Finding:
    """Return the finding about a variant that raises an exception."""
    judged = claim(network, "raises")
    text = 'Traceback\n  File "by_hand.py", line 1, in raises\nLinAlgError: Singular matrix'
    failure = Failure("LinAlgError: Singular matrix", text)
    return malformed(judged, NETWORK_POINT, failure, closed_form(**NETWORK_POINT.inputs))


def wrong_shape() -> Finding:
    """Return the finding about a variant whose answer is transposed."""
    failure = Failure("shape (2, 1) for 'theta', which has shape (1, 2)")
    right = closed_form(**NETWORK_POINT.inputs)
    return malformed(claim(network, "transposed"), NETWORK_POINT, failure, right)


def vjp() -> Finding:
    """Return the finding about a wrong vjp."""
    at = point(x=[3.0, 0.1], cotangent=[1.0, -2.0])
    return refuted(claim(squares, "forgets_the_two"), at, [3.0, -0.2], [6.0, -0.4])


def second_input() -> Finding:
    """Return the finding about the wrong one of two inputs."""
    at = point(u=2.0, v=[1.0, 0.5, 0.0], c=[1, 2, 0])
    return refuted(claim(weighted, "half_right", "v"), at, [2.0, 2.0, 0.0], [4.0, 4.0, 0.0])


def several() -> Results:
    """Return results with every verdict, two of them not as expected."""
    hostile_finding = refuted(
        claim(hostile, HOSTILE),
        point(x=[1.0]),
        [1.0],
        [2.0],
        reason=HOSTILE,
        regimes={HOSTILE: Tally(1, 2, 3)},
        notes=(HOSTILE,),
        failure=Failure(HOSTILE, HOSTILE),
    )
    nothing = {"regimes": {}, "evidence": ()}
    findings = (
        consistent(claim(network, "closed_form")),
        question(),
        wrong_shape(),
        raised(),
        vjp(),
        consistent(claim(squares, "doubled"), verdict=Verdict.UNSTABLE, tally=Tally(290, 2, 8)),
        consistent(claim(weighted, "half_right", "u")),
        second_input(),
        consistent(
            claim(weighted, "both_right", "u"),
            verdict=Verdict.INCONCLUSIVE,
            tally=Tally(0, 0, 300),
            regimes={"u = 0": Tally(0, 0, 300)},
            reason="no test case could tell",
        ),
        consistent(
            claim(weighted, "both_right", "v"), verdict=Verdict.VACUOUS, tally=Tally(), **nothing
        ),
        hostile_finding,
    )
    versions = {"python": "3.11", "gradverify": "0.1.0", "numpy": "2.4"}
    return Results(findings, 7, 300, "gradverify run by_hand.py", versions, 1.5)
