"""Every printed line is true: its formula, read back, gives the engine's number."""

import json
import math

import numpy as np
import pytest
from equations import calculate, check_every_equation, equations, values
from hypothesis import given
from networks import TRAINABLE, config, layer, losses_for, networks, random_config

from perceptron_cli import spec, trace
from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.errors import NumberError
from perceptron_cli.optimizers import OPTIMIZERS
from perceptron_cli.render import Layout, render
from perceptron_cli.trace import View
from perceptron_cli.trace.header import loss_outcome

pytestmark = pytest.mark.exhaustive

WHOLE = View(limit=None)


@given(networks())
def test_every_equation_is_true(network):
    """On whole networks that nobody chose, through three updates."""
    assert check_every_equation(trace.backprop(network, WHOLE, steps=3)) > 5
    assert check_every_equation(trace.forward(network, WHOLE)) > 1


@pytest.mark.parametrize("name", spec.bundled())
def test_every_printed_equation_of_a_lesson_is_true_in_both_forms(name):
    """As a program outside reads the JSON: the formula from its symbols, and the line with its numbers in."""
    document = trace.backprop(spec.load(name), View(decimals=15, limit=None), steps=2)
    checked = 0
    for step in json.loads(render(document, "json"))["steps"]:
        told = [one for section in step["sections"] for one in section.get("equations", ())]
        known = {one["symbol"]: one["value"] for one in told if not one.get("alternative")}
        for one in told:
            if "formula" not in one:
                continue
            assert set(one["uses"]) <= set(known)
            lines = [one["substitution"], *one.get("stages", ())]
            for value in [calculate(one["formula"], known), *(calculate(line, {}) for line in lines)]:
                assert math.isclose(value, one["value"], rel_tol=1e-7, abs_tol=1e-9), (one, value)
            checked += 1
    assert checked > 50


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_tells_its_updates(optimizer, weight_decay):
    settings = {"optimizer": optimizer, "options": {"weight_decay": weight_decay}}
    network = random_config([2, 3, 2], ["tanh", "linear"], "squared_error", samples=3, **settings)
    document = trace.backprop(network, WHOLE, steps=3)
    assert check_every_equation(document) > 100
    for part in document.parts:
        known = values(part)
        for layer_data in part.data["layers"]:
            for j, row in enumerate(layer_data["new_weights"], start=1):
                for i, value in enumerate(row):
                    assert known[f"w[{layer_data['layer']}]_{i}{j}'"] == value
        assert known.get("weight_decay", 0) == weight_decay


@pytest.mark.parametrize("activation", TRAINABLE)
def test_every_activation_and_loss_tells_its_gradient(activation):
    for loss in losses_for(activation):
        network = random_config([3, 4, 2], [activation, activation], loss, samples=2)
        assert check_every_equation(trace.backprop(network, WHOLE)) > 50


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_goes_forward(activation):
    network = random_config([3, 4, 2], [activation, activation], "half_squared_error", samples=2)
    assert check_every_equation(trace.forward(network, WHOLE)) > 10


@pytest.mark.parametrize(
    "loss, target", [("binary_cross_entropy", [1]), ("binary_cross_entropy", [0]), ("squared_error", [1])]
)
@pytest.mark.parametrize("x", [-800.0, -40.0, 13.0, 37.0, 40.0, 800.0, 1e300])
def test_a_saturated_output_still_tells_true_lines(loss, target, x):
    """Where 1/(1 - y_hat) has no value the line says so, and the shortcut still gives the gradient."""
    network = config([layer("sigmoid", [[0.0, 1.0]])], loss, [([x], target)], learning_rate=1e-300)
    part = trace.backprop(network, WHOLE).parts[0]
    known = values(part)
    expected = max(x, 0) - x * target[0] + math.log1p(math.exp(-abs(x)))
    if loss == "binary_cross_entropy":
        assert math.isclose(known["L"], expected, rel_tol=1e-12, abs_tol=1e-300)
        assert math.isclose(known["dL/dz[1]_1"], known["a[1]_1"] - target[0], abs_tol=1e-12)
        slopes = [one for one in equations(part) if one.symbol.name == "dL/da[1]_1"]
        assert all(one.note for one in slopes if one.value is None)
    check_every_equation(trace.backprop(network, WHOLE))


@pytest.mark.parametrize("z", [[800.0, 0.0, -800.0], [-800.0, -801.0, -799.0], [1e300, 0.0, 1.0]])
def test_softmax_is_safe_far_out(z):
    weights = [[one, 0.0] for one in z]
    network = config([layer("softmax", weights)], "categorical_cross_entropy", [([1.0], [0, 1, 0])])
    document = trace.backprop(network, WHOLE)
    check_every_equation(document)
    shifted = np.array(z) - max(z)
    known = values(document.parts[0])
    assert math.isclose(known["L"], math.log(np.exp(shifted).sum()) - shifted[1], rel_tol=1e-12)


def test_a_number_that_leaves_the_range_is_named():
    network = config([layer("linear", [[0.0, 1e300]])], "squared_error", [([1e300], [0])])
    with pytest.raises(NumberError, match=r"z\[1\]_1"):
        trace.backprop(network)


def test_both_ways_to_the_output_gradient_agree():
    """The chain rule, marked as the alternative, gives what y_hat - y gives."""
    for activation, loss in [("sigmoid", "binary_cross_entropy"), ("softmax", "categorical_cross_entropy")]:
        network = random_config([2, 3], [activation], loss, seed=3)
        part = trace.backprop(network, WHOLE).parts[0]
        known, long_ways = values(part), [one for one in equations(part) if one.alternative]
        assert len(long_ways) == 3
        for one in long_ways:
            assert math.isclose(one.value, known[one.symbol.name], rel_tol=1e-9, abs_tol=1e-12)


def test_a_wide_network_is_shortened_and_counted():
    network = random_config([20, 64, 2], ["tanh", "sigmoid"], "half_squared_error")
    part = trace.backprop(network).parts[0]
    first = next(s for s in part.sections if s.title == "Layer 1").blocks[0]
    assert len(first.rows) == 3
    assert first.omitted == 61
    whole = trace.backprop(network, WHOLE).parts[0]
    known, short = values(whole), values(part)
    assert all(known[name] == value for name, value in short.items())


def test_steps_go_on_from_each_other():
    network = random_config([2, 2, 1], ["tanh", "sigmoid"], "binary_cross_entropy", samples=3)
    first, second = trace.backprop(network, WHOLE, steps=2).parts
    before, after = values(first), values(second)
    for name, value in before.items():
        if name.startswith("w[") and name.endswith("'"):
            assert after[name[:-1]] == value


def test_biases_that_are_not_updated_stay():
    network = random_config([2, 2, 1], ["tanh", "sigmoid"], "binary_cross_entropy", update_biases=False)
    known = values(trace.backprop(network, WHOLE).parts[0])
    for name, value in known.items():
        if name.startswith("w[") and "_0" in name and name.endswith("'"):
            assert value == known[name[:-1]]


def test_only_keeps_one_phase():
    network = random_config([2, 2, 1], ["tanh", "sigmoid"], "binary_cross_entropy")
    for phase in trace.PHASES:
        sections = trace.backprop(network, only=phase).parts[0].sections
        assert {section.phase for section in sections} == {"given", phase}


def test_what_is_observed_of_numbers_near_the_limit_leaves_out_what_has_no_value():
    """Every weight's gradient is finite, but not their mean."""
    network = config(
        [layer("sigmoid", [[0.0] * 7]), layer("sigmoid", [[0.0, 3.0]])],
        "binary_cross_entropy",
        [([1.5e308] * 6, [0.0])],
        learning_rate=1e-320,
    )
    text = render(trace.backprop(network))
    assert "Largest step" in text
    assert "mean size" not in text


@pytest.mark.parametrize(
    "before, after, sentence",
    [
        (0.5, 0.25, "The loss fell by 50.00 % in one step: from 0.5 to 0.25."),
        (0.25, 0.5, "The loss rose by 100.00 % in one step: from 0.25 to 0.5."),
        (0.0, 0.5, "The loss rose in one step: from 0 to 0.5."),
        (0.5, 0.5, "The loss is 0.5 before and 0.5 after one step."),
        (0.5, None, "The loss is 0.5 before and undefined after one step."),
    ],
)
def test_the_outcome_says_what_became_of_the_loss(before, after, sentence):
    texts = ["undefined" if one is None else f"{one:g}" for one in (before, after)]
    assert loss_outcome((before, texts[0]), (after, texts[1]), "one step") == sentence


def test_the_header_names_the_clipped_gradient_of_one_weight():
    config = spec.load("mazur", [("--clip-norm", "training.clip={name: norm, limit: 0.1}")])
    assert "wᵢⱼ′ = wᵢⱼ - η × g(wᵢⱼ)" in render(trace.backprop(config), "plain", Layout(width=200))


def test_what_is_left_out_is_counted_in_words():
    network = random_config((12, 9, 11), ["tanh", "softmax"], "categorical_cross_entropy", samples=1, seed=1)
    told = render(trace.backprop(network), "plain")
    assert "9 more inputs" in told and "8 more targets" in told and "ses\n" not in told
