"""Layers of other kinds: examples that others have worked and printed come out number by number.

Each says where it is from. Where a publication is wrong, its test says so.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from equations import check_every_equation, values

from perceptron_cli import engine, spec, trace
from perceptron_cli.trace.view import View

pytestmark = pytest.mark.exhaustive

WHOLE = View(limit=None, input_gradients=True)
ADDED_UP: dict[str, str] = {"formula": "a - y"}  # its gradient is 1 at every output


def network(layers: list[dict[str, Any]], *samples: Any, y: Any = None, **more: Any) -> Any:
    """A network of these layers, and flatten where the last gives no list."""
    return spec.load(
        {
            "network": {"layers": layers},
            "loss": more.pop("loss", ADDED_UP),
            "samples": [{"x": x, "y": y} for x in samples],
            **more,
        }
    )


def told(config: Any) -> dict[str, float | None]:
    """Every number of a step, after each printed line has been worked out again."""
    document = trace.backprop(config, WHOLE)
    check_every_equation(document)
    return values(document.parts[0])


FLAT = {"kind": "flatten"}
SQUARE = [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
KERNEL = [[0, 1], [2, 3]]


def output(config: Any) -> list[float]:
    return engine.forward(config).a[-1][:, 0].tolist()


# Dive into Deep Learning (Zhang, Lipton, Li and Smola, 2023), sections 7.2 to 7.5 ----------------------


@pytest.mark.parametrize(
    "settings, shape, printed",
    [
        ({}, 4, [19, 25, 37, 43]),
        ({"padding": 1}, 16, [0, 3, 8, 4, 9, 19, 25, 10, 21, 37, 43, 16, 6, 7, 8, 0]),
        ({"padding": 1, "stride": [3, 2]}, 4, [0, 8, 6, 8]),
    ],
)
def test_cross_correlation_of_dive_into_deep_learning(settings, shape, printed):
    config = network([{"kind": "conv2d", "kernel": KERNEL, **settings}, FLAT], SQUARE, y=[0] * shape)
    assert output(config) == printed
    told(config)


def test_several_input_channels_of_dive_into_deep_learning():
    x = [SQUARE, [[1, 2, 3], [4, 5, 6], [7, 8, 9]]]
    config = network([{"kind": "conv2d", "kernel": [[KERNEL, [[1, 2], [3, 4]]]]}, FLAT], x, y=[0] * 4)
    assert output(config) == [56, 72, 104, 120]
    told(config)


@pytest.mark.parametrize("kind, printed", [("max_pool", [4, 5, 7, 8]), ("average_pool", [2, 3, 5, 6])])
def test_pooling_of_dive_into_deep_learning(kind, printed):
    config = network([{"kind": kind, "size": 2, "stride": 1}, FLAT], SQUARE, y=[0] * 4)
    assert output(config) == printed
    told(config)


# the tests of Burn, a library in Rust: crates/burn-autodiff/src/tests ----------------------------------


def counted(*shape: int) -> Any:
    return np.arange(np.prod(shape), dtype=float).reshape(shape).tolist()


def test_the_way_back_through_a_convolution_of_burn():
    """conv2d.rs, test_conv2d_basic: two samples, two channels, two filters, padding 1."""
    x = counted(2, 2, 4, 4)
    layer = {"kind": "conv2d", "kernel": counted(2, 2, 3, 3), "biases": [0, 1], "padding": 1}
    config = network([layer, FLAT], *x, y=[0] * 32, training={"reduction": "sum"})
    step = engine.Trainer(config).record(engine.Trainer(config).data)
    kernel = step.dL_dw[0][:, 1:].reshape(2, 2, 3, 3)
    first = [[378, 516, 396], [552, 752, 576], [450, 612, 468]]
    second = [[666, 900, 684], [936, 1264, 960], [738, 996, 756]]
    np.testing.assert_allclose(kernel, [[first, second]] * 2)
    np.testing.assert_allclose(step.dL_dw[0][:, 0], [32, 32])
    below = [
        [[88, 138, 138, 96], [150, 234, 234, 162], [150, 234, 234, 162], [112, 174, 174, 120]],
        [[160, 246, 246, 168], [258, 396, 396, 270], [258, 396, 396, 270], [184, 282, 282, 192]],
    ]
    np.testing.assert_allclose(step.dL_dx.T.reshape(2, 2, 4, 4), [below] * 2)
    told(config)


@pytest.mark.parametrize(
    "settings, kernel, bias, below",
    [
        ({"padding": 1}, [[30, 44, 36], [54, 76, 60]], 8, [[14, 24, 24, 18], [26, 42, 42, 30]]),
        ({"padding": 1, "stride": 2}, [[10, 20, 24], [18, 36, 40]], 4, [[8, 16, 8, 10], [14, 28, 14, 16]]),
        ({"padding": 1, "dilation": 2}, [[8, 22, 14], [16, 38, 22]], 4, [[6, 8, 8, 10], [12, 14, 14, 16]]),
    ],
)
def test_the_way_back_through_a_convolution_over_time_of_burn(settings, kernel, bias, below):
    """conv1d.rs: basic, with_stride and dilation. Burn has channels first, and nnstep time."""
    x = [np.array(one).T.tolist() for one in counted(2, 2, 4)]
    layer = {"kind": "conv1d", "kernel": counted(2, 2, 3), "biases": [0, 1], **settings}
    outputs = bias  # as many as each bias is used for, over both samples: two filters times half of that
    config = network([layer, FLAT], *x, y=[0] * outputs, training={"reduction": "sum"})
    step = engine.Trainer(config).record(engine.Trainer(config).data)
    np.testing.assert_allclose(step.dL_dw[0][:, 1:].reshape(2, 2, 3), [kernel] * 2)
    np.testing.assert_allclose(step.dL_dw[0][:, 0], [bias] * 2)
    np.testing.assert_allclose(step.dL_dx.T.reshape(2, 4, 2).transpose(0, 2, 1), [below] * 2)
    told(config)


def test_the_way_back_through_max_pooling_of_burn():
    """maxpool2d.rs, test_max_pool2d_simple_1: one number wins in two windows, and gets 2."""
    x = [
        [0.2479, 0.6386, 0.3166, 0.5742],
        [0.7065, 0.1940, 0.6305, 0.8959],
        [0.5416, 0.8602, 0.8129, 0.1662],
        [0.3358, 0.3059, 0.8293, 0.0990],
    ]
    config = network([{"kind": "max_pool", "size": 3, "stride": 1}, FLAT], x, y=[0] * 4)
    known = told(config)
    reached = {(2, 4): 2.0, (3, 2): 2.0}
    for r in range(1, 5):
        for c in range(1, 5):
            assert known[f"dL/da[0]_{r},{c}"] == reached.get((r, c), 0.0)


# normalization, dropout, residuals, activations ---------------------------------------------------------


def test_batch_normalization_of_amanailab():
    """amanailab.com/code-lab/batch-normalization, cases 1 and 2, printed to five decimals."""
    for batch, printed in (
        ([1, 2, 3, 4], [-1.34164, -0.44721, 0.44721, 1.34164]),
        ([5, 5, 5], [0.0, 0.0, 0.0]),
    ):
        config = network([{"kind": "batch_norm"}], *([one] for one in batch), y=0)
        known = told(config)
        for s, number in enumerate(printed, start=1):
            assert abs(known[f"s{s}:a[1]_1"] - number) < 1e-5
        assert known["mu[1]_1"] == np.mean(batch)


def test_batch_normalization_by_given_statistics_of_keras():
    """keras.ops.batch_normalization. An old page (tf.keras.backend, TensorFlow 2.3) writes
    sqrt(var) + epsilon under the bar; the code has sqrt(var + epsilon), and so have these numbers."""
    layer = {
        "kind": "batch_norm",
        "epsilon": 0.001,
        "running_mean": [0.4, 0.5, 0.6],
        "running_var": [0.67] * 3,
    }
    x = [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6], [0.7, 0.8, 0.9]]
    passed = engine.forward(network([layer], *x, y=[0] * 3))
    np.testing.assert_allclose(passed.a[-1].T[0], [-0.36624] * 3, atol=5e-6)
    np.testing.assert_allclose(passed.a[-1].T[1], [0.0] * 3, atol=5e-6)
    np.testing.assert_allclose(passed.a[-1].T[2], [0.36624] * 3, atol=5e-6)
    wrong = (0.7 - 0.4) / (np.sqrt(0.67) + 0.001)
    assert abs(wrong - 0.36624) > 5e-5


def test_layer_normalization_of_keras():
    """keras.ops.layer_normalization of 0 to 4, and the layer's own example of tens."""
    config = network([{"kind": "layer_norm", "epsilon": 1.0e-7}], [0, 1, 2, 3, 4], y=[0] * 5)
    known = told(config)
    for j, printed in enumerate([-1.4142135, -0.70710677, 0.0, 0.7071067, 1.4142135], start=1):
        assert abs(known[f"a[1]_{j}"] - printed) < 2e-7
    tens = network([{"kind": "layer_norm", "epsilon": 0.001}], [80, 90], y=[0, 0])
    np.testing.assert_allclose(output(tens), [-1, 1], atol=5e-5)


@pytest.mark.parametrize(
    "x, mask, printed",
    [([0, 1], [1, 1], [0, 1.25]), ([6, 7], [1, 1], [7.5, 8.75]), ([8, 9], [1, 0], [10, 0])],
)
def test_dropout_of_keras(x, mask, printed):
    """tf.keras.layers.Dropout, TensorFlow 2.5: a rate of 0.2; the masks are read off the printed rows."""
    known = told(network([{"kind": "dropout", "rate": 0.2, "mask": mask}], x, y=[0, 0]))
    assert [known["a[1]_1"], known["a[1]_2"]] == printed
    assert [known["dL/da[0]_1"], known["dL/da[0]_2"]] == [kept * 1.25 for kept in mask]


@pytest.mark.parametrize(
    "x, second, printed",
    [([1, 2], 0.5, [1.5, 3.0]), ([1, 0, -1], 1.0, [2.0, 0.0, 0.0])],
)
def test_a_residual_unit_of_onenoughtone(x, second, printed):
    """onenoughtone.com/problems/skip-connection-residual-unit, both examples with their steps."""
    n = len(x)
    layers = [
        {"activation": "relu", "weights": np.eye(n).tolist(), "bias": False},
        {"activation": "linear", "weights": (second * np.eye(n)).tolist(), "bias": False},
        {"kind": "residual", "from": 0},
        {"kind": "activation", "activation": "relu"},
    ]
    known = told(network(layers, x, y=[0] * n))
    assert [known[f"a[4]_{j}"] for j in range(1, n + 1)] == printed
    # what comes back to an input has two ways: past the two layers, and through them
    assert known["dL/da[0]_1"] == 1 + second


@pytest.mark.parametrize(
    "activation, printed",
    [
        ("gelu", [-0.00404951, -0.15865529, 0.0, 0.8413447, 2.9959507]),
        ("gelu_tanh", [-0.00363752, -0.15880796, 0.0, 0.841192, 2.9963627]),
    ],
)
def test_gelu_of_tensorflow(activation, printed):
    """tf.nn.gelu at -3, -1, 0, 1 and 3, in float32."""
    for z, number in zip([-3, -1, 0, 1, 3], printed, strict=True):
        known = told(network([{"activation": activation, "weights": [[1]], "bias": False}], [z], y=0))
        assert abs(known["a[1]_1"] - number) < 4e-7


def test_weight_decay_of_onenoughtone():
    """onenoughtone.com/problems/l2-regularization-weight-decay: 1.0 and 2.0 become 0.989 and 1.978.

    A page of notes (czlwang.com, "weight decay and L2 regularization") adds learning_rate * lambda * w in its
    second line; the weights would grow so. It is taken off, as in the line before it.
    """
    layer = {"activation": "linear", "weights": [[1.0, 2.0]], "bias": False}
    config = network(
        [layer],
        [1, 2],
        y=4.9,
        loss="half_squared_error",
        penalty={"l2": 0.01},
        training={"learning_rate": 0.1},
    )
    known = told(config)
    assert abs(known["dD/dw[1]_11"] - 0.1) < 1e-12 and abs(known["dD/dw[1]_21"] - 0.2) < 1e-12
    assert abs(known["w[1]_11'"] - 0.989) < 1e-12 and abs(known["w[1]_21'"] - 1.978) < 1e-12
    grown = 1.0 - 0.1 * 0.1 + 0.1 * 0.01 * 1.0
    assert abs(grown - 0.989) > 1e-3
