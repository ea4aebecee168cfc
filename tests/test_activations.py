"""Each activation's curve is its formula's, its slope is the curve's, and its words are the slides'."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from perceptron_cli import spec
from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.cli.app import make_app
from perceptron_cli.expr import Symbol, evaluate
from perceptron_cli.render.text import prose
from perceptron_cli.trace.lessons.curves import activations, values

pytestmark = pytest.mark.exhaustive

app = make_app()

ELEMENTWISE = [name for name, entry in ACTIVATIONS.items() if not entry.coupled]


def options(name):
    return {key: one.default for key, one in ACTIVATIONS[name].parameters.items()}


def call(*arguments):
    return CliRunner().invoke(app, ["activations", *arguments])


@pytest.mark.parametrize("name", ELEMENTWISE)
@given(z=st.floats(-700, 700))
def test_a_value_is_that_of_its_formula_and_of_its_definition(name, z):
    entry = ACTIVATIONS[name]
    a, slope = values(name, options(name), np.array([z]))
    known = {"z": z, "a": float(a[0])}
    formula = entry.formulas([Symbol("z")], 0, options(name))[0]
    # by its formula these lose the digits of what is added to 1; the engine does not
    least = 4e-16 if name in ("softplus", "elu", "selu") else 1e-300
    assert math.isclose(evaluate(formula, known), a[0], rel_tol=1e-12, abs_tol=least)
    definition = entry.definition(Symbol("z"), options(name))
    if definition is not None and abs(z) < 300:
        assert math.isclose(evaluate(definition, known), a[0], rel_tol=1e-9, abs_tol=1e-12)
    if entry.differentiable:
        told = entry.slope_formula([Symbol("z")], [Symbol("a")], 0, 0, options(name))
        assert math.isclose(evaluate(told, known), slope[0], rel_tol=1e-9, abs_tol=1e-12)


@pytest.mark.parametrize("name", [one for one in ELEMENTWISE if ACTIVATIONS[one].differentiable])
def test_a_slope_is_that_of_the_curve(name):
    z, h = np.array([-2.9, -0.7, 0.4, 1.1, 5.0]), 1e-6
    numeric = (values(name, options(name), z + h)[0] - values(name, options(name), z - h)[0]) / (2 * h)
    np.testing.assert_allclose(values(name, options(name), z)[1], numeric, rtol=1e-6, atol=1e-9)


def test_softmax_is_a_distribution():
    a, slope = values("softmax", {}, np.array([800.0, 799.0, -800.0]))
    assert math.isclose(a.sum(), 1.0)
    np.testing.assert_allclose(slope, a * (1 - a))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_says_its_range_use_and_weakness(name):
    entry = ACTIVATIONS[name]
    assert entry.summary and entry.range and entry.use and entry.weakness
    text = call(name).stdout
    summary = prose(entry.summary)
    for words in (summary, "Range:", "Used for", "Weakness:", "f'(z)"):
        assert words in text


def test_the_steepest_slopes_are_those_of_the_curves():
    z = np.linspace(-5, 5, 10_001)
    for name in ELEMENTWISE:
        if ACTIVATIONS[name].saturates:
            assert math.isclose(values(name, options(name), z)[1].max(), ACTIVATIONS[name].steepest)


def test_points_are_taken_as_given():
    data = json.loads(call("sigmoid", "--at", "0", "--at", "-1e1", "--json").stdout)["activations"][0]
    assert data["points"][0] == {"z": 0.0, "value": 0.5, "derivative": 0.25}
    assert data["points"][1]["z"] == -10.0
    assert data["formula"] == "sigmoid(z)"
    assert data["derivative"] == "a*(1 - a)"
    assert "-1e1" in call("sigmoid", "--at", "-1e1").stdout


def test_a_dead_and_a_saturated_neuron_are_seen():
    text = call("--config", "relu").stdout
    assert "z[1]_3" in text
    assert "dead for this sample" in text
    far = spec.load("lecture", [("--set", "sample.x=[90.0]")])
    rows = activations(config=far).sections[0].blocks[0].rows
    assert [row[-1] for row in rows][:2] == ["saturated", "saturated"]
    fine = activations(config=spec.load("lecture")).sections[0].blocks[1].text
    assert fine == "No neuron is saturated or dead: every slope is usable."


def test_a_config_names_the_activations_that_it_uses():
    data = json.loads(call("--config", "softmax", "--json").stdout)
    assert [one["name"] for one in data["activations"]] == ["tanh", "softmax"]


@pytest.mark.parametrize("format", ["table", "plain", "json", "jsonl", "markdown", "latex", "svg"])
def test_it_speaks_every_format(format):
    done = call("--format", format, "--config", "relu")
    assert done.exit_code == 0
    if format == "svg":
        assert done.stdout.count("<path") >= 4
        assert "prefers-color-scheme: dark" in done.stdout


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["sigmod"], "did you mean 'sigmoid'?"),
        (["--at", "x"], "--at: expected a number, got the text 'x'"),
        (["--at", "nan"], "--at: expected a number"),
        (["--at", "1e999"], "too large"),
        (["--config", "nope"], "no such file"),
    ],
)
def test_bad_input_is_told(arguments, words):
    done = call(*arguments)
    assert done.exit_code == 2
    assert words in done.stderr


def test_the_unit_step_has_no_slope_at_theta():
    points = json.loads(call("unit_step", "--at", "0", "--at", "1", "--json").stdout)["activations"][0][
        "points"
    ]
    assert [one["derivative"] for one in points] == [None, 0.0]
