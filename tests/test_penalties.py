"""What large weights add to the loss; formulas of one's own; losses with a number; smoothed targets."""

import json
import math

import numpy as np
import pytest
import yaml
from equations import check_every_equation, values
from hypothesis import given, settings
from hypothesis import strategies as st
from stacks import SHAPES, stack
from test_kinds import numeric_gradient

from perceptron_cli import engine, spec, trace
from perceptron_cli.errors import InputError
from perceptron_cli.render import render
from perceptron_cli.spec.write import written
from perceptron_cli.trace.view import View

pytestmark = pytest.mark.exhaustive

WHOLE = View(limit=None, input_gradients=True)


def dense(**more):
    made = {
        "network": {
            "layers": [
                {"activation": "tanh", "weights": [[0.1, 0.2, -0.3], [0.4, 0, 0.6]]},
                {"activation": "linear", "weights": [[0.1, 0.2, -0.3]]},
            ]
        },
        "loss": "half_squared_error",
        "samples": [{"x": [1, 0.5], "y": 1}, {"x": [0.2, -0.7], "y": -0.5}],
    }
    return made | more


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_penalty_of_any_network_is_told_and_its_gradient_true(data):
    made = stack(
        data.draw(st.integers(0, 10_000)),
        data.draw(st.sampled_from(SHAPES)),
        data.draw(st.integers(1, 3)),
        samples=data.draw(st.integers(2, 3)),
        clip=data.draw(st.sampled_from(["none", {"name": "norm", "limit": 0.5}])),
        optimizer=data.draw(st.sampled_from(["gradient_descent", "adam"])),
    )
    made["penalty"] = {
        "l2": data.draw(st.sampled_from([0.1, 1])),
        "l1": data.draw(st.sampled_from([0, 0.05])),
        "biases": data.draw(st.booleans()),
        "reduction": data.draw(st.sampled_from(["sum", "mean"])),
    }
    config = spec.load(made)
    check_every_equation(trace.backprop(config, WHOLE, steps=2))
    trainer = engine.Trainer(config)
    found = np.concatenate([one.ravel() for one in trainer.record(trainer.data).dL_dw])
    expected = numeric_gradient(config)
    still = trainer.network.still(biases=True)
    if still is not None:
        found[still] = expected[still] = 0.0
    np.testing.assert_allclose(found, expected, rtol=3e-5, atol=3e-7)


def test_the_loss_is_that_of_the_data_and_the_penalty():
    config = spec.load(dense(penalty={"l2": 0.1, "l1": 0.01}))
    known = values(trace.backprop(config, WHOLE).parts[0])
    weights = [0.2, -0.3, 0, 0.6, 0.2, -0.3]
    own = 0.05 * sum(w * w for w in weights) + 0.01 * sum(map(abs, weights))
    assert math.isclose(known["R"], own) and math.isclose(known["L"], known["D"] + own)
    plain = values(trace.backprop(spec.load(dense()), WHOLE).parts[0])
    assert known["D"] == plain["L"]
    assert math.isclose(known["dL/dw[1]_11"], plain["dL/dw[1]_11"] + 0.1 * 0.2 + 0.01)
    assert known["dL/dw[1]_12"] == plain["dL/dw[1]_12"]  # a weight of 0 is not pulled
    assert known["dL/dw[1]_01"] == plain["dL/dw[1]_01"]  # nor is a bias


def test_for_plain_descent_a_penalty_on_squares_is_weight_decay():
    with_penalty = spec.load(dense(penalty={"l2": 0.1, "biases": True}, training={"epochs": 5}))
    decay = {"optimizer": {"name": "gradient_descent", "weight_decay": 0.1}, "epochs": 5}
    decayed = spec.load(dense(training=decay))
    for ours, theirs in zip(engine.train(with_penalty).weights, engine.train(decayed).weights, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-14)


def test_the_history_of_a_run_has_the_penalty_in_it():
    config = spec.load(dense(penalty={"l2": 0.5}, training={"epochs": 3}))
    first = engine.train(config).history.losses[0]
    assert math.isclose(first, values(trace.backprop(config).parts[0])["L"])
    assert math.isclose(engine.forward(config).loss, first)


@pytest.mark.parametrize(
    "formula", ["z/(1 + abs(z))", "z*sigmoid(2*z)", "max(0, z)^2", "exp(-z^2)", "ln(1 + z^2)"]
)
def test_an_activation_of_ones_own(formula):
    made = dense()
    made["network"]["layers"][0]["activation"] = {"formula": formula}
    config = spec.load(made)
    document = trace.backprop(config, WHOLE)
    check_every_equation(document)
    assert any(formula in one for one in document.conventions if isinstance(one, str))
    trainer = engine.Trainer(config)
    found = np.concatenate([one.ravel() for one in trainer.record(trainer.data).dL_dw])
    np.testing.assert_allclose(found, numeric_gradient(config), rtol=3e-5, atol=3e-7)
    again = spec.load(yaml.safe_load(written(config, engine.Network(config).weights, ".", "made")))
    assert again.layers[0].activation == config.layers[0].activation


@pytest.mark.parametrize("formula", ["(a - y)^4", "abs(a - y)", "ln(1 + (a - y)^2)", "exp(-a*y)"])
def test_a_loss_of_ones_own(formula):
    config = spec.load(dense(loss={"formula": formula}))
    check_every_equation(trace.backprop(config, WHOLE))
    trainer = engine.Trainer(config)
    found = np.concatenate([one.ravel() for one in trainer.record(trainer.data).dL_dw])
    np.testing.assert_allclose(found, numeric_gradient(config), rtol=3e-5, atol=3e-7)


@pytest.mark.parametrize(
    "key, formula, told",
    [
        ("activation", "z +", "expected a number at the end"),
        ("activation", "__import__('os')", "expected"),
        ("activation", "y", "unknown name 'y'"),
        ("activation", "z^z", "can be differentiated"),
        ("loss", "a - z", "unknown name 'z'"),
    ],
)
def test_a_formula_that_is_none_is_refused_with_its_place(key, formula, told):
    made = dense()
    if key == "loss":
        made["loss"] = {"formula": formula}
    else:
        made["network"]["layers"][0]["activation"] = {"formula": formula}
    with pytest.raises(InputError) as caught:
        spec.parse(json.dumps(made))
    (problem,) = caught.value.problems
    assert told in str(problem) and problem.line == 1 and f"{key}.formula" in (problem.key or "")


def test_huber_takes_its_number():
    known = values(trace.backprop(spec.load(dense(loss={"name": "huber", "delta": 0.5})), WHOLE).parts[0])
    error = known["s1:a[2]_1"] - 1
    assert abs(error) > 0.5
    assert math.isclose(known["s1:L"], 0.5 * (abs(error) - 0.25))
    assert math.isclose(known["s1:dL/da[2]_1"], -0.5)


def test_targets_are_smoothed():
    made = dense(loss={"name": "cross_entropy", "label_smoothing": 0.1})
    made["network"]["layers"][1] = {"activation": "softmax", "weights": [[0.1, 0.2, 0.3]] * 2}
    made["samples"] = [{"x": [1, 0.5], "y": 0}]
    config = spec.load(made)
    assert [float(one) for one in config.samples[0].y] == [0.95, 0.05]
    document = trace.backprop(config)
    assert any("smoothed" in str(one) for one in document.conventions)


@pytest.mark.parametrize(
    "penalty, told",
    [
        ({"l2": -1}, "from 0"),
        ({}, "l2 or l1 above 0"),
        ({"l3": 1}, "unknown key"),
        ({"l2": 1, "reduction": "half"}, "sum or mean"),
    ],
)
def test_a_penalty_that_is_none_is_refused(penalty, told):
    with pytest.raises(InputError, match=told):
        spec.load(dense(penalty=penalty))


def classifier(**more):
    layers = [
        {"activation": "tanh", "weights": [[0.1, 0.2, -0.3], [0.4, 0, 0.6]]},
        {"activation": "softmax", "weights": [[0.1, 0.2, -0.3], [0, 1, 0.5], [0.2, -0.4, 0.1]]},
    ]
    made = {
        "network": {"layers": layers},
        "loss": "cross_entropy",
        "samples": [{"x": [1, 0.5], "y": 1}, {"x": [0.2, -0.7], "y": 2}],
    }
    return made | more


def gradient_of(made):
    trainer = engine.Trainer(spec.load(made))
    return np.concatenate([one.ravel() for one in trainer.record(trainer.data).dL_dw])


def test_a_class_counts_as_much_as_its_weight():
    weights = [0.5, 2, 3]
    made = classifier(loss={"name": "cross_entropy", "class_weights": weights})
    config = spec.load(made)
    assert check_every_equation(trace.backprop(config, WHOLE, steps=2)) > 50
    alone = [classifier(samples=[one]) for one in made["samples"]]
    expected = (2 * gradient_of(alone[0]) + 3 * gradient_of(alone[1])) / 2  # by the classes 1 and 2
    np.testing.assert_allclose(gradient_of(made), expected, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(gradient_of(made), numeric_gradient(config), rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("activation", ["sigmoid", "softmax"])
def test_both_classes_of_a_binary_loss_are_weighed(activation):
    made = classifier(loss={"name": "binary_cross_entropy", "class_weights": [1, 3]})
    made["network"]["layers"][-1]["activation"] = activation
    made["samples"] = [{"x": [1, 0.5], "y": [1, 0, 0.25]}, {"x": [0.2, -0.7], "y": [0, 0, 1]}]
    config = spec.load(made)
    assert check_every_equation(trace.backprop(config, WHOLE)) > 50
    np.testing.assert_allclose(gradient_of(made), numeric_gradient(config), rtol=1e-5, atol=1e-8)
    step = engine.Trainer(config).record(engine.Trainer(config).data)
    a, y = step.before.a[-1], np.array([one["y"] for one in made["samples"]]).T
    expected = -(3 * y * np.log(a) + (1 - y) * np.log(1 - a)).sum() / 2
    assert step.before.loss == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("weights", "told"),
    [
        ([1, 2], "expected 3 numbers, one per class, got 2"),
        ([1, 2, -1], "a list of numbers from 0 on, one per class"),
        ("heavy", "a list of numbers, one per class"),
    ],
)
def test_class_weights_that_do_not_fit_are_refused(weights, told):
    with pytest.raises(InputError, match=told):
        spec.load(classifier(loss={"name": "cross_entropy", "class_weights": weights}))


def test_a_softmax_with_a_temperature_is_one_of_scaled_numbers():
    made, scaled = classifier(), classifier()
    made["network"]["layers"][-1]["temperature"] = 2.5
    scaled["network"]["layers"][-1]["activation"] = "linear"
    scaled["network"]["layers"] += [
        {"kind": "scale", "factor": 0.4},
        {"kind": "activation", "activation": "softmax"},
    ]
    np.testing.assert_allclose(gradient_of(made), gradient_of(scaled), rtol=1e-12, atol=1e-16)
    config = spec.load(made)
    assert config.layers[-1].activation == "softmax(2.5)"
    check_every_equation(trace.backprop(config, WHOLE, steps=2))
    weights = engine.Network(config).weights
    again = spec.load(yaml.safe_load(written(config, weights, "", "")))
    assert again.layers == config.layers


def test_a_large_temperature_and_large_numbers_are_no_trouble():
    made = classifier(loss={"name": "cross_entropy", "label_smoothing": 0.1})
    made["network"]["layers"][-1] |= {"temperature": 0.001}
    step = engine.Trainer(spec.load(made)).record(engine.Trainer(spec.load(made)).data)
    assert math.isfinite(step.before.loss)


def test_one_bias_for_all_neurons_gets_the_sum():
    apart, shared = dense(), dense()
    for one in (apart, shared):
        one["network"]["layers"][0] = {
            "activation": "tanh",
            "weights": [[0.2, -0.3], [0, 0.6]],
            "biases": 0.35,
        }
    shared["network"]["layers"][0]["shared_bias"] = True
    ours, theirs = (engine.Trainer(spec.load(one)) for one in (shared, apart))
    found, expected = ours.record(ours.data).dL_dw[0], theirs.record(theirs.data).dL_dw[0]
    assert found.shape == (1, 5)
    assert found[0, 0] == pytest.approx(expected[:, 0].sum(), rel=1e-12)
    np.testing.assert_allclose(found[0, 1:].reshape(2, 2), expected[:, 1:], rtol=1e-12)


@pytest.mark.parametrize("loss", ["cross_entropy", "half_squared_error", "huber", "binary_cross_entropy"])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_a_sample_counts_as_much_as_its_weight(loss, reduction):
    made = classifier(loss=loss, training={"reduction": reduction})
    if loss != "cross_entropy":
        made["network"]["layers"][-1]["activation"] = "sigmoid"
        for one in made["samples"]:
            one["y"] = [1, 0, 0.5]
    plain = [gradient_of(made | {"samples": [one]}) for one in made["samples"]]
    made["samples"][0]["weight"] = 2.5
    config = spec.load(made)
    expected = (2.5 * plain[0] + plain[1]) / (2 if reduction == "mean" else 1)
    np.testing.assert_allclose(gradient_of(made), expected, rtol=1e-12, atol=1e-16)
    np.testing.assert_allclose(gradient_of(made), numeric_gradient(config), rtol=1e-5, atol=1e-8)
    check_every_equation(trace.backprop(config, WHOLE, steps=2))
    for form in ("scalar", "matrix"):
        view = View(form=form)
        for format in ("table", "json", "markdown", "latex", "html"):
            assert render(trace.backprop(config, view), format)
    weights = engine.Network(config).weights
    again = spec.load(yaml.safe_load(written(config, weights, "", "")))
    assert (again.samples, again.loss) == (config.samples, config.loss)


def test_a_single_sample_has_a_weight_too():
    made = classifier(samples=[{"x": [1, 0.5], "y": 1, "weight": 0.5}])
    check_every_equation(trace.backprop(spec.load(made), WHOLE))
    with pytest.raises(InputError, match="weight"):
        spec.load(classifier(samples=[{"x": [1, 0.5], "y": 1, "weight": -1}]))


@pytest.mark.parametrize("loss", ["cross_entropy", "half_squared_error", "mean_squared_error"])
@pytest.mark.parametrize("weight", [None, 2])
def test_a_loss_over_time_is_added_up_or_averaged(loss, weight):
    activation = "softmax" if loss == "cross_entropy" else "tanh"
    made = {
        "network": {
            "layers": [
                {"kind": "rnn", "weights": {"w": [[0.5], [-0.3]], "u": [[0.1, 0.2], [0.3, -0.4]]},
                 "return_sequences": True},
                {"kind": "dense_over_time", "activation": activation, "weights": [[1, 0.5], [-0.5, 0.2]]},
            ]
        },
        "samples": [{"x": [[1], [0.5], [-1]], "y": [1, 0, 1]} if loss == "cross_entropy" else
                    {"x": [[1], [0.5], [-1]], "y": [[1, 0], [0.5, -0.5], [0, 1]]}],
    }  # fmt: skip
    if weight:
        made["samples"][0]["weight"] = weight
    found = {how: made | {"loss": {"name": loss, "over_time": how}} for how in ("sum", "mean")}
    whole, mean = (gradient_of(one) for one in found.values())
    shared = 1 if loss == "mean_squared_error" else 3  # which is a mean already
    np.testing.assert_allclose(mean, whole / shared, rtol=1e-12, atol=1e-16)
    config = spec.load(found["mean"])
    np.testing.assert_allclose(mean, numeric_gradient(config), rtol=1e-5, atol=1e-8)
    check_every_equation(trace.backprop(config, WHOLE, steps=2))
    again = spec.load(yaml.safe_load(written(config, engine.Network(config).weights, "", "")))
    assert (again.loss, again.samples) == (config.loss, config.samples)
