"""Domains whose entries depend on each other, axis expressions, rows along any axis."""

import numpy as np
import pytest
from helpers import finding_of

from verify import (
    axis_length,
    complexes,
    distinct,
    integers,
    invertible,
    invertible_vech,
    joint_probability,
    lower_triangular,
    onehot,
    ordered,
    orthogonal,
    permutation,
    psd,
    reals,
    simplex,
    spd,
    square,
    symmetric,
)
from verify.errors import DeclarationError

AXES = {"n": 3, "m": 2}
STRUCTURED = (
    *(kind("n n") for kind in (symmetric, psd, spd, invertible, orthogonal, lower_triangular)),
    *(kind("m n") for kind in (permutation, distinct, ordered)),
    square("n n"),
    joint_probability("n n"),
    invertible_vech("n*(n+1)//2", of="n"),
    simplex("n m", axis=0),
)


@pytest.mark.parametrize("domain", STRUCTURED, ids=repr)
@pytest.mark.parametrize("scale", [0.0, 1.0, 1e-3, 1e3])
def test_every_grid_becomes_a_member_of_the_kind(domain, scale):
    grids = scale * np.random.default_rng(0).integers(-3, 4, (50, *domain.sizes(AXES)))
    members = domain.fit(AXES, grids.astype(float))
    assert members.shape == grids.shape
    assert all(domain.contains(member, AXES) for member in members)


@pytest.mark.parametrize("domain", STRUCTURED, ids=repr)
def test_an_ordinary_array_is_no_member(domain):
    array = np.arange(1.0, 1 + np.prod(domain.sizes(AXES))).reshape(domain.sizes(AXES))
    free = domain.kind in ("square", "invertible_vech")
    if domain.kind in ("distinct", "ordered"):
        array = array[..., ::-1] * 0 + 1 if domain.kind == "distinct" else array[..., ::-1]
    if domain.kind == "invertible":
        array = np.ones_like(array)
    assert domain.contains(array, AXES) is free


@pytest.mark.parametrize("domain", STRUCTURED, ids=repr)
def test_domain_prints_as_the_call_that_makes_it(domain):
    names = {name: value for name, value in globals().items() if callable(value)}
    assert eval(repr(domain), names) == domain


def test_rows_stand_along_any_axis_in_a_stack_as_well():
    domain = onehot("n m", axis=0)
    picked = np.eye(3)[np.array([[0, 1], [2, 2], [1, 0], [0, 0]])]
    members = domain.build(AXES, picked)
    assert members.shape == (4, 3, 2)
    assert np.array_equal(members.sum(axis=1), np.ones((4, 2)))


def test_axis_expressions_give_sizes_bounds_and_parameters():
    assert reals("n+1 2*m").sizes(AXES) == (4, 4)
    assert integers("m", "-n", "n-1").range(AXES) == (-3.0, 2.0)
    assert axis_length("n-1").atoms(AXES) == [2]


def test_expression_that_is_none_is_refused_with_its_place():
    with pytest.raises(DeclarationError, match=r"axis 'n\*\*2'"):
        reals("n**2")


def test_special_value_outside_the_range_is_refused():
    with pytest.raises(DeclarationError, match="special values should lie in the range"):
        reals("n", 0, 1, special=[2])


def test_convention_that_is_none_is_refused_with_a_list():
    with pytest.raises(DeclarationError, match="'dx-i\\*dy'"):
        complexes("n", convention="holomorphic")


def test_labels_tied_to_an_axis_index_within_it():
    finding = finding_of(
        lambda x, i: (x[i] ** 2).sum(),
        lambda x, i: 2 * x * np.bincount(i, minlength=len(x)),
        x=reals("n"),
        i=integers("k", 0, "n-1"),
        wrt="x",
    )
    assert str(finding.verdict) == "consistent"


def test_symmetric_input_is_claimed_by_free_entries_or_along_the_tangent_space():
    def verdict(convention, claimed):
        finding = finding_of(
            lambda S, C: (C * S).sum(),
            claimed,
            S=symmetric("n n", convention=convention),
            C=reals("n n"),
            wrt="S",
        )
        return str(finding.verdict)

    assert verdict("free", lambda S, C: C) == "consistent"
    assert verdict("free", lambda S, C: (C + C.T) / 2) == "refuted"
    assert verdict("tangent", lambda S, C: (C + C.T) / 2) == "consistent"
    assert verdict("tangent", lambda S, C: C + C.T) == "refuted"


def test_orthogonal_input_along_the_tangent_space():
    def verdict(claimed):
        finding = finding_of(
            lambda Q, C: (C * Q).sum(),
            claimed,
            Q=orthogonal("n n", convention="tangent"),
            C=reals("n n"),
            wrt="Q",
        )
        return str(finding.verdict)

    assert verdict(lambda Q, C: C) == "consistent"
    assert verdict(lambda Q, C: (C - Q @ C.T @ Q) / 2) == "consistent"
    assert verdict(lambda Q, C: C - Q @ C.T @ Q) == "refuted"


def _energy(z):
    return (np.abs(z) ** 2).sum() + (z**3).real.sum()


@pytest.mark.parametrize(
    ("convention", "right"),
    [
        ("", lambda z: 2 * z + 3 * z.conj() ** 2),
        ("dx-i*dy", lambda z: 2 * z.conj() + 3 * z**2),
        ("dz", lambda z: z.conj() + 1.5 * z**2),
        ("dzbar", lambda z: z + 1.5 * z.conj() ** 2),
    ],
)
def test_complex_gradient_is_judged_in_the_declared_convention(convention, right):
    right_one = finding_of(_energy, right, **_z(convention))
    wrong_one = finding_of(_energy, lambda z: 2 * z, **_z(convention))
    assert str(right_one.verdict) == "consistent"
    assert str(wrong_one.verdict) == "refuted"
    assert not any("convention" in line for line in wrong_one.diagnosis)


def _z(convention):
    return {"z": complexes("n", convention=convention), "wrt": "z"}


def test_a_claim_in_another_convention_is_told_so():
    finding = finding_of(_energy, lambda z: 2 * z.conj() + 3 * z**2, **_z("dx+i*dy"))
    assert str(finding.verdict) == "refuted"
    (line,) = finding.diagnosis
    assert "convention 'dx-i*dy'" in line
    assert "checked at" in line
