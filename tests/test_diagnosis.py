"""What is said about a wrong gradient: each kind of mistake is named, and nothing that is not so.

References are analytic; the claims are wrong on purpose, and each test says in which way.
"""

import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from verify import problem, reals
from verify.diagnosis import (
    Sample,
    blind_spot,
    census,
    descent,
    diagnose,
)
from verify.domains import Domain, integers, labels, onehot, size_of
from verify.evaluator.named import named_values
from verify.points import Point
from verify.problems import Claim, Problem, Variant

Values = Mapping[str, Any]
SIZES = (1, 2, 3, 4)


def claim_of(
    inputs: Mapping[str, Domain],
    primal: Callable[..., Any],
    claimed: Callable[..., Any],
    wrt: str = "x",
    also: tuple[str, ...] = (),
) -> Claim:
    axes = {axis: (1, 4) for domain in inputs.values() for axis in domain.axes}
    declared = Problem("it", primal, inputs, (wrt, *also), axes)
    return Claim(declared, Variant("claimed", claimed), wrt)


def draw(claim: Claim, rng: np.random.Generator, special: float) -> Point:
    """Draw a point; a share `special` of its entries are short numbers."""
    axes = {axis: int(rng.choice(SIZES)) for axis in claim.problem.dims}
    arrays = {}
    for name, domain in claim.problem.domains.items():
        shape = tuple(size_of(axis, axes) for axis in domain.shape)
        if domain.kind in ("labels", "integers"):
            arrays[name] = rng.integers(0, axes.get(str(domain.classes), 3), shape)
        elif domain.kind == "onehot":
            arrays[name] = np.eye(shape[-1])[rng.integers(0, shape[-1], shape[0])]
        else:
            wide = rng.standard_normal(shape) * 2
            short = rng.choice([0.0, 1.0, -1.0, 2.0, 0.5], shape)
            arrays[name] = np.asarray(np.where(rng.random(shape) < special, short, wide))
            if domain.low > 0:
                arrays[name] = np.abs(arrays[name]) + 0.25
    return Point(axes, arrays)


def samples(
    claim: Claim,
    truth: Callable[..., Any],
    count: int = 24,
    seed: int = 0,
    special: float = 0.3,
    others: Mapping[str, Callable[..., Any]] | None = None,
    edit: Callable[[Point, int], None] = lambda point, index: None,
) -> list[Sample]:
    rng = np.random.default_rng(seed)
    drawn = []
    for index in range(count):
        point = draw(claim, rng, special)
        edit(point, index)
        with np.errstate(all="ignore"):
            claimed = np.asarray(claim.variant.function(**point.inputs), dtype=float)
            reference = np.asarray(truth(**point.inputs), dtype=float)
            rest = {n: np.asarray(f(**point.inputs), float) for n, f in (others or {}).items()}
        tolerance = 1e-11 * np.maximum(1.0, np.abs(reference))
        references = {claim.input: reference, **rest}
        drawn.append(Sample(point, claimed, reference, tolerance, references))
    return drawn


def said(claim: Claim, truth: Callable[..., Any], **options: Any) -> tuple[str, ...]:
    seen = samples(claim, truth, count=36, seed=1, **options)
    fresh = samples(claim, truth, count=24, seed=2, **options)
    return diagnose(claim, seen, fresh)


def first(claim: Claim, truth: Callable[..., Any], **options: Any) -> str:
    lines = said(claim, truth, **options)
    return lines[0].split(" (checked at")[0] if lines else ""


VECTOR = {"x": reals("n"), "w": reals("n")}


def weighted(x, w):
    return (w * x**2).sum()


def weighted_truth(x, w):
    return 2 * w * x


FACTORS: list[tuple[Callable[..., Any], str]] = [
    (lambda x, w: -2 * w * x, "claimed = -1 × the derivative"),
    (lambda x, w: w * x, "claimed = 1/2 × the derivative"),
    (lambda x, w: 4 * w * x, "claimed = 2 × the derivative"),
    (lambda x, w: 2 * w * x / 3, "claimed = 1/3 × the derivative"),
    (lambda x, w: 2 * w * x * 0.3678794, "claimed = 0.367879 × the derivative"),
    (lambda x, w: 2 * w * x * len(x), "claimed = the derivative × n"),
    (lambda x, w: 2 * w * x / len(x), "claimed = the derivative / n"),
    (lambda x, w: 2 * w * x * (len(x) - 1) / len(x), "claimed = the derivative × (n - 1) / n"),
    (lambda x, w: 2 * x, "claimed = the derivative / w"),
    (lambda x, w: 2 * w * x * np.abs(w) ** 0.5, "claimed = the derivative × sqrt(w)"),
    (lambda x, w: 2 * w * x * x.sum(), "claimed = the derivative × sum(x)"),
    (lambda x, w: 2 * w * x / (x @ x), "claimed = the derivative / norm(x)**2"),
    (lambda x, w: 2 * w * np.abs(x), "right up to the sign, which is wrong where x < 0"),
]


@pytest.mark.parametrize(("claimed", "expected"), FACTORS, ids=[text for _, text in FACTORS])
def test_a_factor_is_named(claimed, expected):
    assert first(claim_of(VECTOR, weighted, claimed), weighted_truth) == expected


TERMS: list[tuple[Callable[..., Any], str]] = [
    (lambda x, w: 2 * w * x + w, "claimed = the derivative + w"),
    (lambda x, w: 2 * w * x - 2 * x, "claimed = the derivative - 2 * x"),
    (lambda x, w: 2 * w * x + x / len(x), "claimed = the derivative + x / n"),
    (lambda x, w: 2 * w * x - w.sum(), "claimed = the derivative - sum(w)"),
    (lambda x, w: 2 * w * x - x * x.sum(), "claimed = the derivative - x * sum(x)"),
    (lambda x, w: x, "claimed = x"),
    (lambda x, w: x - w, "claimed = x - w"),
    (lambda x, w: 0 * x, "claimed = 0"),
    (lambda x, w: w - 2 * w * x, "claimed = w - the derivative"),
]


@pytest.mark.parametrize(("claimed", "expected"), TERMS, ids=[text for _, text in TERMS])
def test_a_term_is_named(claimed, expected):
    assert first(claim_of(VECTOR, weighted, claimed), weighted_truth) == expected


def test_a_factor_along_one_axis_is_aligned_by_its_name():
    inputs = {"x": reals("n d"), "g": reals("n"), "s": reals("d")}
    by_row = claim_of(inputs, lambda x, g, s: g @ x**2 @ s, lambda x, g, s: 2 * x * s)
    assert first(by_row, lambda x, g, s: 2 * g[:, None] * x * s) == "claimed = the derivative / g"
    by_column = claim_of(inputs, lambda x, g, s: g @ x**2 @ s, lambda x, g, s: 2 * x * g[:, None])
    assert (
        first(by_column, lambda x, g, s: 2 * g[:, None] * x * s) == "claimed = the derivative / s"
    )


def test_an_intermediate_is_named_and_its_complement():
    def primal(x, w):
        z = 1 / (1 + np.exp(-x))
        return (w * z).sum()

    def without(x, w):
        z = 1 / (1 + np.exp(-x))
        return w * z

    def truth(x, w):
        z = 1 / (1 + np.exp(-x))
        return w * z * (1 - z)

    lines = said(claim_of(VECTOR, primal, without), truth)
    assert lines[0].startswith("claimed = the derivative / (1 - z) (checked at ")


def test_the_answer_under_another_name_is_no_explanation():
    def claimed(x, w):
        answer = np.sin(x) * np.exp(w / 3)
        answer += 0
        return answer

    assert said(claim_of(VECTOR, weighted, claimed), weighted_truth) == ()


SQUARE = {"x": reals("d d"), "a": reals("d d")}
MOVES: list[tuple[Callable[..., Any], str]] = [
    (lambda x, a: a.T, "claimed = the derivative transposed"),
    (lambda x, a: -a.T, "claimed = -1 × the derivative transposed"),
    (lambda x, a: (a + a.T) / 2, "claimed = 1/2 × (the derivative + its transpose)"),
    (lambda x, a: np.tril(a), "claimed = the lower triangle of the derivative, the rest 0"),
    (lambda x, a: np.diag(np.diag(a)), "claimed = the diagonal of the derivative, the rest 0"),
    (
        lambda x, a: a + a.T - np.diag(np.diag(a)),
        "claimed = the derivative + its transpose - its diagonal",
    ),
    (
        lambda x, a: np.broadcast_to(a.sum(0), a.shape),
        "claimed = the sum of the derivative over d",
    ),
]


@pytest.mark.parametrize(("claimed", "expected"), MOVES, ids=[text for _, text in MOVES])
def test_what_was_done_to_a_matrix_is_named(claimed, expected):
    # Written through a helper array, so that the derivative is no input's transpose.
    def primal(x, a):
        return (np.sin(a) * x).sum()

    changed = claim_of(SQUARE, primal, lambda x, a: claimed(x, np.sin(a)))
    assert first(changed, lambda x, a: np.sin(a)) == expected


ORDERS: list[tuple[Callable[..., Any], str]] = [
    (lambda g: g[::-1], "claimed = the derivative reversed"),
    (lambda g: np.roll(g, 1), "claimed = the derivative shifted by one"),
    (lambda g: np.full(g.shape, g.sum()), "claimed = the sum of all entries of the derivative"),
    (
        lambda g: np.full(g.shape, g.mean()),
        "claimed = 1/n × the sum of all entries of the derivative",
    ),
    (lambda g: np.full(g.shape, g[0]), "claimed = the first entry of the derivative"),
    (lambda g: np.cumsum(g), "claimed = the cumulative sum of the derivative"),
]


@pytest.mark.parametrize(("change", "expected"), ORDERS, ids=[text for _, text in ORDERS])
def test_entries_in_other_places_are_named(change, expected):
    def truth(x, w):
        return w * np.cos(x) - x**3

    claim = claim_of(
        VECTOR,
        lambda x, w: (w * np.sin(x) - x**4 / 4).sum(),
        lambda x, w: change(truth(x, w)),
    )
    assert first(claim, truth) == expected


def test_swapped_outputs_are_named_also_up_to_sign():
    def by_x(x, w):
        return np.exp(w) * np.cos(x)

    def by_w(x, w):
        return np.exp(w) * np.sin(x)

    for sign, expected in ((1, ""), (-1, "-1 × ")):
        claim = claim_of(
            VECTOR,
            lambda x, w: (np.exp(w) * np.sin(x)).sum(),
            lambda x, w, sign=sign: sign * by_w(x, w),
            also=("w",),
        )
        line = first(claim, by_x, others={"w": by_w})
        assert line == f"claimed = {expected}the derivative with respect to w"


def test_a_claim_right_in_its_first_row_only_is_said_to_be():
    inputs = {"x": reals("n d")}

    def claimed(x):
        answer = np.exp(x) * np.cos(3 * x)
        answer[0] = np.cos(x[0])
        return answer

    claim = claim_of(inputs, lambda x: np.sin(x).sum(), claimed)
    assert first(claim, lambda x: np.cos(x)) == "right at row 0 only"


def test_an_ignored_input_is_named():
    def primal(x, p):
        return (np.abs(x) ** p).sum()

    claim = claim_of(
        {"x": reals("n", 0.1), "p": reals("", 0.5)},
        primal,
        lambda x, p: 2 * np.abs(x) * np.sign(x),
    )
    lines = said(claim, lambda x, p: p * np.abs(x) ** (p - 1) * np.sign(x))
    assert any(
        line.startswith("claimed = the derivative at p = 2, whatever p is") for line in lines
    )


def test_a_jacobian_cut_down_to_its_diagonal_is_named():
    def softmax(x):
        e = np.exp(x - x.max())
        return e / e.sum()

    def truth(x, g):
        s = softmax(x)
        return s * (g - g @ s)

    claim = claim_of(
        {"x": reals("k"), "g": reals("k")},
        lambda x, g: (g * softmax(x)).sum(),
        lambda x, g: g * softmax(x) * (1 - softmax(x)),
    )
    assert first(claim, truth).startswith("claimed = g × the Jacobian's diagonal")


def test_a_branch_is_explained_where_it_differs():
    claim = claim_of(VECTOR, lambda x, w: (w * x).sum(), lambda x, w: np.where(x < 0, x, w))
    lines = said(claim, lambda x, w: w)
    assert lines[0].startswith("where it differs, claimed = x (checked at ")


def test_a_random_wrong_gradient_is_not_explained():
    def claimed(x, w):
        return np.sin(3 * x + 0.7) * np.exp(w / 5) + np.cos(w * x)

    for inputs in (VECTOR, {"x": reals(""), "w": reals("")}):
        assert said(claim_of(inputs, weighted, claimed), weighted_truth) == ()


def test_what_holds_on_the_samples_seen_only_is_not_said():
    def claimed(x, w):
        return (-2.001 if x[0] == 60 else -2) * w * x

    def move(point, index):
        point.inputs["w"][0] = 3.5
        if index == 7:
            point.inputs["x"][0] = 60

    claim = claim_of(VECTOR, weighted, claimed)
    seen = samples(claim, weighted_truth, count=36, seed=1)
    assert diagnose(claim, seen, samples(claim, weighted_truth, seed=2))
    assert diagnose(claim, seen, samples(claim, weighted_truth, seed=2, edit=move)) == ()


def test_samples_are_split_into_even_and_odd():
    claim = claim_of(VECTOR, weighted, lambda x, w: -2 * w * x)
    drawn = samples(claim, weighted_truth, count=48, seed=1, special=0.0)
    assert diagnose(claim, drawn) == diagnose(claim, drawn[::2], drawn[1::2])
    assert diagnose(claim, drawn) == ("claimed = -1 × the derivative (checked at 24 fresh points)",)
    # Samples that hold or repeat do not take the place of those that fail.
    held = samples(claim, lambda x, w: -2 * w * x, count=48, seed=2, special=0.0)
    alternating = [each for pair in zip(drawn, held, strict=True) for each in pair]
    assert "differs, claimed = -1 × the derivative" in diagnose(claim, alternating)[0]
    assert diagnose(claim, [*drawn, *drawn]) == diagnose(claim, drawn)
    # True at the even ones only: half of the claims are another function.
    odd = claim_of(VECTOR, weighted, lambda x, w: np.sin(3 * x) * np.exp(w / 5))
    mixed = [
        a if i % 2 else b
        for i, (a, b) in enumerate(
            zip(samples(odd, weighted_truth, count=48, seed=1, special=0.0), drawn, strict=True)
        )
    ]
    assert diagnose(claim, mixed) == ()


def test_beside_a_constant_factor_nothing_else_is_said():
    # The derivative is antisymmetric, so its transpose would explain the claim as well.
    def primal(x, a):
        return (x * (np.sin(a) - np.sin(a).T)).sum()

    claim = claim_of(SQUARE, primal, lambda x, a: np.sin(a).T - np.sin(a))
    (line,) = said(claim, lambda x, a: np.sin(a) - np.sin(a).T)
    assert line.startswith("claimed = -1 × the derivative (checked at ")


def test_an_ignored_input_is_named_beside_points_where_steps_are_too_long():
    def primal(x, t, s):
        return (x @ t + s) / (x @ x + t @ t + s)

    def truth(x, t, s):
        whole = x @ x + t @ t + s
        return t / whole - 2 * x * (x @ t + s) / whole**2

    def shrink(point, index):
        if index % 6 == 0:
            for name in ("x", "t"):
                point.inputs[name][...] = np.abs(point.inputs[name]) * 1e-8

    inputs = {"x": reals("n", 0.5), "t": reals("n", 0.5), "s": reals("", 0.5)}
    claim = claim_of(inputs, primal, lambda x, t, s: truth(x, t, 0.0))
    assert first(claim, truth, edit=shrink) == "claimed = the derivative at s = 0, whatever s is"


def test_how_a_variant_computes_its_claim_is_no_explanation():
    def claimed(x, w):
        half = np.exp(w / 3) * np.cos(x)
        return np.where(x < 0, w * (1 + half), 2 * w * x)

    lines = said(claim_of(VECTOR, weighted, claimed), weighted_truth)
    assert not any("claimed = w * (1 + half)" in line for line in lines)


def test_nothing_is_said_from_two_fresh_points_or_from_points_seen_before():
    claim = claim_of(VECTOR, weighted, lambda x, w: -2 * w * x)
    seen = samples(claim, weighted_truth, count=36, seed=1, special=0.0)
    assert diagnose(claim, seen, samples(claim, weighted_truth, count=2, seed=2)) == ()
    assert diagnose(claim, seen, seen) == ()
    assert len(diagnose(claim, seen, samples(claim, weighted_truth, count=3, special=0.0))) == 1


def test_equal_up_to_coincidences_of_short_numbers_is_not_said():
    # On 0, 1 and -1, |x| and x² are the same: nothing tells x from x³ there.
    claim = claim_of({"x": reals("n")}, lambda x: (x**2 / 2).sum(), lambda x: x**3)
    line = first(claim, lambda x: x, special=0.8)
    assert line == "claimed = the derivative × x**2"


def test_kinks_and_unknown_references_carry_no_information():
    claim = claim_of(VECTOR, weighted, lambda x, w: -2 * w * x)

    def blur(sample: Sample, index: int) -> Sample:
        reference, tolerance = sample.reference.copy(), sample.tolerance.copy()
        if index % 2:
            reference[0], tolerance[0] = 7.0, np.inf
        elif index % 4 == 0:
            reference[-1] = np.nan
        return Sample(sample.point, sample.claimed, reference, tolerance, sample.references)

    seen = [blur(s, i) for i, s in enumerate(samples(claim, weighted_truth, count=36, seed=1))]
    fresh = [blur(s, i) for i, s in enumerate(samples(claim, weighted_truth, seed=2))]
    assert diagnose(claim, seen, fresh)[0].startswith("claimed = -1 × the derivative")


def test_the_census_counts_and_finds_the_pattern():
    def one_row(x, w):
        answer = 2 * w * x
        answer[-1] += 1
        return answer

    claim = claim_of({"x": reals("n d"), "w": reals("n d")}, weighted, one_row)
    lines = census(claim, samples(claim, weighted_truth))
    assert any(line.startswith("only the last row differs") for line in lines)
    signs = claim_of(VECTOR, weighted, lambda x, w: np.where(x < 0, 5.0, 2 * w * x))
    lines = census(signs, samples(signs, weighted_truth))
    assert any(line.startswith("entries differ exactly where x < 0") for line in lines)
    every = claim_of(VECTOR, weighted, lambda x, w: 2 * w * x + 1)
    assert census(every, samples(every, weighted_truth)) == (
        "every entry differs (at 24 failing points)",
    )


def test_the_census_knows_rows_by_their_label():
    inputs = {"z": reals("n k"), "y": labels("n", "k"), "skip": integers("", 0, 2)}

    def claimed(z, y, skip):
        return 2 * z

    def truth(z, y, skip):
        return 2 * z * (y != skip)[:, None]

    claim = claim_of(inputs, lambda z, y, skip: 0.0, claimed, wrt="z")
    lines = census(claim, samples(claim, truth, special=0.0))
    assert any("exactly where y = skip" in line for line in lines)


def points_by(test: Callable[..., bool], **options: Any) -> tuple[list[Point], list[Point]]:
    claim = claim_of({"x": reals("n"), "t": reals("n"), "p": reals("")}, weighted, weighted)
    rng = np.random.default_rng(5)
    points = [draw(claim, rng, options.get("special", 0.5)) for _ in range(160)]
    fails = [point for point in points if test(**point.inputs)]
    return [point for point in points if not test(**point.inputs)], fails


SPOTS: list[tuple[Callable[..., bool], str]] = [
    (lambda x, t, p: bool((x == 0).any()), "differs exactly when some x = 0"),
    (lambda x, t, p: bool(p == 2), "differs exactly when p = 2"),
    (lambda x, t, p: bool(p != 0), "agrees exactly when p = 0"),
    (lambda x, t, p: bool(p < 0), "differs exactly when p < 0"),
    (lambda x, t, p: bool((x == t).any()), "differs exactly when some x = t"),
    (
        lambda x, t, p: len(np.unique(x)) < len(x),
        "differs exactly when some x = another entry of x",
    ),
    (lambda x, t, p: len(x) > 1, "agrees exactly when n = 1"),
    (
        lambda x, t, p: bool((x == 0).any()) and bool(p < 0),
        "differs exactly when p < 0 and some x = 0",
    ),
    (lambda x, t, p: bool(np.abs(x).max() > 2), "differs exactly when max |x| > 2"),
]


@pytest.mark.parametrize(("test", "expected"), SPOTS, ids=[text for _, text in SPOTS])
def test_a_blind_spot_is_named(test, expected):
    holds, fails = points_by(test)
    claim = claim_of({"x": reals("n"), "t": reals("n"), "p": reals("")}, weighted, weighted)
    (line,) = blind_spot(claim, holds, fails)
    assert line.split(" (checked at")[0] == expected


def mixed_points(wide: Callable[[Point, int], None], count: int = 80) -> list[Point]:
    claim = claim_of({"x": reals("n"), "t": reals("n"), "p": reals("")}, weighted, weighted)
    rng = np.random.default_rng(7)
    points = [draw(claim, rng, 0.0) for _ in range(count)]
    for index, point in enumerate(points):
        wide(point, index)
    return points


SPOT = {"x": reals("n"), "t": reals("n"), "p": reals("")}


def test_a_blind_spot_that_is_a_part_of_where_it_agrees():
    def edit(point: Point, index: int) -> None:
        point.inputs["p"][...] = 1.0 if index % 3 == 0 else point.inputs["p"]

    points = mixed_points(edit)
    # It agrees as well where something without a name happens.
    test = [p.inputs["p"] != 1 and np.sin(9 * p.inputs["p"]) > -0.8 for p in points]
    holds = [p for p, fails in zip(points, test, strict=True) if not fails]
    fails = [p for p, fails in zip(points, test, strict=True) if fails]
    (line,) = blind_spot(claim_of(SPOT, weighted, weighted), holds, fails)
    assert line.startswith("agrees wherever p = 1 (checked at ")


def test_to_agree_every_entry_must_be_special_and_signs_are_no_reason():
    def edit(point: Point, index: int) -> None:
        for name in ("x", "t"):
            if index % 2 == 0:
                point.inputs[name][...] = 0
            elif len(point.inputs[name]):
                # Some entry is negative wherever not all are zero.
                point.inputs[name][0] = -np.abs(point.inputs[name][0]) - 0.1

    points = mixed_points(edit)
    (line,) = blind_spot(claim_of(SPOT, weighted, weighted), points[::2], points[1::2])
    assert line.split(" (checked at")[0] == "agrees exactly when every x = 0"


def test_a_limit_is_not_said_where_no_value_lies_near_it():
    def edit(point: Point, index: int) -> None:
        for name in ("x", "t"):
            sign = np.where(np.arange(point.inputs[name].size) % 2, 1, -1) if name == "x" else 1
            size = 1e-5 if index % 2 == 0 else 1.0
            point.inputs[name][...] = sign * size * (1.5 + np.sin(point.inputs[name]))

    points = mixed_points(edit)
    assert blind_spot(claim_of(SPOT, weighted, weighted), points[::2], points[1::2]) == ()


def test_no_blind_spot_is_made_up():
    claim = claim_of({"x": reals("n"), "t": reals("n"), "p": reals("")}, weighted, weighted)
    holds, fails = points_by(lambda x, t, p: bool(np.sin(40 * p + x.sum()) > 0))
    assert blind_spot(claim, holds, fails) == ()
    few, some = points_by(lambda x, t, p: bool(p == 2))
    assert blind_spot(claim, few, some[:2]) == ()


def test_descent_is_the_cosine_to_the_derivative():
    claim = claim_of(VECTOR, weighted, lambda x, w: -2 * w * x)
    assert descent(samples(claim, weighted_truth, special=0.0)) == (-1.0, -1.0)
    assert descent([]) is None
    huge = Sample(Point({}, {}), np.full(2, 1e200), np.full(2, 1e200), np.ones(2), {})
    assert descent([huge]) == (1.0, 1.0)


def test_named_values_puts_the_profile_back_and_survives_exceptions():
    def broken(x):
        half = x / 2
        raise ValueError(half)

    before = sys.getprofile()
    assert named_values(broken, {"x": np.ones(2)}) == {}
    assert sys.getprofile() is before


def test_named_values_leaves_the_inputs_as_they_are():
    def in_place(x):
        x += 1
        double = 2 * x
        return double.sum()

    x = np.zeros(2)
    assert named_values(in_place, {"x": x})["double"].tolist() == [2.0, 2.0]
    assert x.tolist() == [0.0, 0.0]


def test_a_declared_problem_with_one_hot_targets_is_diagnosed():
    @problem(Z=reals("N K"), T=onehot("N K"), wrt="Z")
    def loss(Z, T):
        p = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
        return -(T * np.log(p)).sum() / len(Z)

    @loss.gradient
    def summed(Z, T):
        p = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
        return p - T

    claim = loss.problem.claims[0]

    def truth(Z, T):
        return summed(Z, T) / len(Z)

    assert first(claim, truth) == "claimed = the derivative × N"
