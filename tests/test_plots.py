"""Plots: that they are small, say what they show, and show what they should."""

import re
import warnings
from xml.etree import ElementTree

import numpy as np
import pytest

from verify import REFUTED, campaign, problem, reals
from verify.errors import DeclarationError
from verify.explain.steps import step_curve
from verify.report import plots
from verify.report.svg import COLOURS


@problem(w=reals("n"), wrt="w", regimes={"a $name$ of <any> length & kind": lambda w: w.sum() > 0})
def bowl(w):
    return 0.5 * (w * w).sum(axis=-1)


@bowl.gradient
def right(w):
    return w


@bowl.gradient(expect=REFUTED)
def tripled(w):
    return 3 * w


@bowl.gradient(expect=REFUTED)
def uphill(w):
    return -w


bowl.train(rate=0.1, steps=20, w=[1.0, -2.0])


@pytest.fixture(scope="module")
def results():
    return campaign.run([bowl.problem], test_cases=10)


def numbers(drawing):
    return [
        float(n) for d in re.findall(r' d="([^"]*)"', drawing) for n in re.findall(r"[\d.]+", d)
    ]


def test_the_step_curve_falls_with_truncation_and_rises_with_rounding(results):
    curve = step_curve(results.findings[1])
    best = int(np.nanargmin(curve.error))
    assert curve.error[-1] > 1e3 * max(curve.error[best], curve.bound)
    # The claim stays off where differences are good.
    assert curve.seen[best] == pytest.approx(curve.residual, rel=1e-6)
    assert step_curve(results.findings[0]) is None


def test_every_plot_is_small_well_formed_and_told_in_words(results):
    right_one, tripled_one, _ = results.findings
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawings = [
            plots.steps(step_curve(tripled_one), "a"),
            plots.residuals(tripled_one, "b"),
            plots.detection({"right": right_one.power.detection}, "c"),
            plots.training({"right": (True, np.ones(5)), "wrong": (False, np.arange(5.0))}, "d"),
        ]
    for drawing, name in zip(drawings, "abcd", strict=True):
        assert len(drawing) < 6_000
        root = ElementTree.fromstring(drawing)
        assert root.get("role") == "img"
        title, said = root.find("title"), root.find("desc")
        assert (
            root.get("aria-labelledby")
            == f"{title.get('id')} {said.get('id')}"
            == f"{name}-t {name}-d"
        )
        assert len(said.text) > 10
        assert not set(COLOURS.values()) & set(re.findall(r"#[0-9a-f]{6}", drawing))
        assert "http" not in drawing
        assert max(numbers(drawing)) < 400


def test_a_regime_named_like_mathematics_or_html_is_text(results):
    drawing = plots.residuals(results.findings[1], "b")
    root = ElementTree.fromstring(drawing)
    labels = ["".join(text.itertext()) for text in root.iter("text")]
    assert any(label.startswith("a $name$ of <any>") for label in labels)


def test_detection_falls_from_plain_errors_to_those_below_the_last_digit(results):
    shares = [share for _, share in results.findings[0].power.detection]
    sizes = [size for size, _ in results.findings[0].power.detection]
    assert sizes == sorted(sizes, reverse=True)
    assert shares[0] > 0.95
    assert shares[-1] < 0.5


def test_training_shows_the_loss_with_each_variant(results):
    (trained,) = results.trained
    losses = trained.losses
    assert losses["right"][0] == losses["uphill"][0] == 2.5
    assert losses["right"][1] == pytest.approx(2.5 * 0.9**2)
    assert losses["tripled"][-1] < losses["right"][-1] < 2.5 < losses["uphill"][-1]
    assert len(losses["right"]) == 21


def test_a_descent_that_leaves_the_floats_ends_and_a_broken_variant_is_told():
    @problem(w=reals(), wrt="w", name="steep")
    def steep(w):
        return w**4

    @steep.gradient
    def power(w):
        return 4 * w**3

    @steep.gradient
    def broken(w):
        raise ValueError("no")

    steep.train(rate=10.0, w=10.0)
    (trained,) = campaign.run([steep.problem], test_cases=5).trained
    assert 1 < len(trained.losses["power"]) < 20
    assert np.isfinite(trained.losses["power"]).all()
    assert trained.broken == {"broken": "ValueError: no"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"rate": 0.1}, r"bowl.train\(\) should give a value to each input of the primal: w"),
        ({"rate": 0.1, "v": 1}, "should give a value to each input"),
        ({"rate": -1.0, "w": [1.0]}, "should be a positive number"),
        ({"rate": 1.0, "steps": 0, "w": [1.0]}, "positive count"),
        ({"rate": 1.0, "w": "a"}, "w='a' should be an array of numbers"),
    ],
)
def test_a_descent_that_cannot_be_meant_is_refused(given, said):
    with pytest.raises(DeclarationError, match=said):
        bowl.train(**given)
