"""Published worked examples of recurrent cells and of attention, number by number."""

import numpy as np
import pytest

from perceptron_cli import engine, spec
from perceptron_cli.layers.cells import blocks

pytestmark = pytest.mark.exhaustive


def network(*layers, x, y=None, loss="half_squared_error", rate=0.1):
    sample = {"x": x} if y is None else {"x": x, "y": y}
    made = {"network": {"layers": list(layers)}, "sample": sample}
    return spec.load(made if y is None else made | {"loss": loss, "training": {"learning_rate": rate}})


def recorded(config):
    trainer = engine.Trainer(config)
    return trainer.record(trainer.data)


def parameters(config, matrices, l=0):
    """A layer's parameters, or their gradients, by their keys in a config."""
    return {
        block.key.removeprefix("weights."): matrices[l][:, block.start : block.start + block.width]
        for block in blocks(config.layers[l])
    }


# recurrent cells ---------------------------------------------------------------------------------------


def test_gomez_lstm_over_two_steps_with_its_updates():
    """Aidan Gomez, "Backpropogating an LSTM: A Numerical Example" (2016); a is nnstep's g."""
    cell = {
        "kind": "lstm",
        "return_sequences": True,
        "weights": {
            "g": {"w": [[0.45, 0.25]], "u": [[0.15]], "b": [0.2]},
            "i": {"w": [[0.95, 0.8]], "u": [[0.8]], "b": [0.65]},
            "f": {"w": [[0.7, 0.45]], "u": [[0.1]], "b": [0.15]},
            "o": {"w": [[0.6, 0.4]], "u": [[0.25]], "b": [0.1]},
        },
    }
    config = network(cell, x=[[1, 2], [0.5, 3]], y=[0.5, 1.25])
    step = recorded(config)
    inner = {name: one[:, 0] for name, one in step.before.inner[0].items()}
    expected = {
        "g": [0.81775, 0.84980], "i": [0.96083, 0.98118], "f": [0.85195, 0.87030], "o": [0.81757, 0.84993],
        "c": [0.78572, 1.51760], "h": [0.53631, 0.77197],
    }  # fmt: skip
    for name, numbers in expected.items():
        # some are printed to four decimals
        np.testing.assert_allclose(inner[name], numbers, atol=5e-5, err_msg=name)
    new = parameters(config, step.new_weights)
    updated = {
        "g.w": [0.45267, 0.25922], "g.u": [0.15104], "g.b": [0.20364],
        "i.w": [0.95022, 0.80067], "i.u": [0.80006], "i.b": [0.65028],
        "f.w": [0.70031, 0.45189], "f.u": [0.10034], "f.b": [0.15063],
        "o.w": [0.60259, 0.41626], "o.u": [0.25297], "o.b": [0.10536],
    }  # fmt: skip
    for name, numbers in updated.items():
        np.testing.assert_allclose(new[name].ravel(), numbers, atol=1.1e-5, err_msg=name)


def test_click4ai_lstm_cell():
    """click4ai.perfionixai.com, "LSTM Cell", its example; all states before are 0."""
    rows = {
        "f": [[0.5, 0.3, 0.1, 0.2], [0.1, 0.4, 0.2, 0.3]],
        "i": [[0.2, 0.1, 0.3, 0.4], [0.3, 0.2, 0.1, 0.5]],
        "g": [[0.4, 0.2, 0.1, 0.3], [0.2, 0.5, 0.3, 0.1]],
        "o": [[0.1, 0.3, 0.2, 0.4], [0.4, 0.1, 0.3, 0.2]],
    }
    weights = {
        gate: {"w": [row[:2] for row in one], "u": [row[2:] for row in one]} for gate, one in rows.items()
    }
    passed = engine.forward(network({"kind": "lstm", "weights": weights}, x=[[1, 0.5]]))
    inner = passed.inner[0]
    expected = {
        "f": [0.657, 0.574], "i": [0.562, 0.599], "g": [0.462, 0.422], "o": [0.562, 0.611],
        "c": [0.260, 0.253], "h": [0.143, 0.151],
    }  # fmt: skip
    for name, numbers in expected.items():
        # the page rounds before it goes on: 0.422*0.599 is 0.2528, and tanh of 0.260 is 0.254
        np.testing.assert_allclose(inner[name][:, 0], numbers, atol=1.1e-3, err_msg=name)


def test_click4ai_gru_cell():
    """click4ai.perfionixai.com, "GRU Cell"; its z is how much is new, so 1 - z here: the signs are turned."""
    rows = {
        "z": [[-0.3, -0.2, -0.1, -0.4], [-0.1, -0.5, -0.3, -0.2]],
        "r": [[0.2, 0.4, 0.3, 0.1], [0.4, 0.1, 0.2, 0.3]],
        "n": [[0.5, 0.1, 0.2, 0.3], [0.2, 0.3, 0.4, 0.1]],
    }
    weights = {
        gate: {"w": [row[:2] for row in one], "u": [row[2:] for row in one]} for gate, one in rows.items()
    }
    inner = engine.forward(network({"kind": "gru", "weights": weights}, x=[[1, 0.5]])).inner[0]
    np.testing.assert_allclose(1 - inner["z"][:, 0], [0.599, 0.587], atol=5.1e-4)
    np.testing.assert_allclose(inner["r"][:, 0], [0.599, 0.611], atol=5.1e-4)
    # 0.500 and 0.337 are tanh(0.55) and tanh(0.35), which are 0.5005 and 0.3364
    np.testing.assert_allclose(inner["n"][:, 0], [0.500, 0.337], atol=7e-4)
    np.testing.assert_allclose(inner["h"][:, 0], [0.300, 0.198], atol=7e-4)


def test_gru_of_three_units_by_adomicarts():
    """ai.adomicarts.com, "mle_interview_prep_35", example 1; its z is how much is new.

    Its 0.1565 is a product of rounded numbers: unrounded it is 0.15656.
    """
    ones = np.ones((3, 2))
    weights = {
        gate: {"w": (ones * by).tolist(), "u": (np.ones((3, 3)) * by).tolist()}
        for gate, by in (("z", -0.1), ("r", 0.1), ("n", 0.2))
    }
    inner = engine.forward(network({"kind": "gru", "weights": weights}, x=[[1, 0.5]])).inner[0]
    np.testing.assert_allclose(1 - inner["z"][:, 0], [0.5374] * 3, atol=5e-5)
    np.testing.assert_allclose(inner["n"][:, 0], [0.2913] * 3, atol=5e-5)
    np.testing.assert_allclose(inner["h"][:, 0], [0.15656] * 3, atol=5e-6)


def test_bell_kevin_backpropagation_through_five_steps():
    """github.com/bell-kevin/simpleRNNwBPTT: an Elman network with an output and a loss at every step."""
    rng = np.random.RandomState(42)
    x, y = rng.randn(5, 3), rng.randn(5, 2)
    w, u, v = rng.randn(4, 3) * 0.1, rng.randn(4, 4) * 0.1, rng.randn(2, 4) * 0.1
    config = network(
        {"kind": "rnn", "weights": {"w": w.tolist(), "u": u.tolist()}, "return_sequences": True},
        {"kind": "dense_over_time", "activation": "linear", "weights": v.tolist()},
        x=x.tolist(),
        y=y.tolist(),
    )
    step = recorded(config)
    assert step.before.loss == pytest.approx(4.42928666078666, rel=1e-12)
    found = parameters(config, step.dL_dw)
    np.testing.assert_allclose(
        found["w"],
        [
            [0.14190064, -0.03085566, -0.16590029],
            [0.2048493, -0.25288768, -0.26299734],
            [0.22665322, -0.39487468, -0.23698683],
            [-0.19705645, 0.26551573, 0.22413435],
        ],
        atol=5e-9,
    )
    np.testing.assert_allclose(
        found["u"],
        [
            [0.00652463, -0.00843032, 0.05760394, 0.0185553],
            [0.01580351, -0.00631523, 0.06006751, 0.02529782],
            [0.0139037, -0.00806739, 0.04922337, 0.01920442],
            [-0.01248669, 0.00766473, -0.05047733, -0.01995666],
        ],
        atol=5e-9,
    )
    np.testing.assert_allclose(
        found["b"].ravel(), [0.16823351, 0.3340134, 0.42787586, -0.32430673], atol=5e-9
    )
    out = step.dL_dw[1]
    np.testing.assert_allclose(
        out[:, 1:],
        [
            [0.15304402, 0.00765917, 0.83909957, 0.28807495],
            [0.26431672, 0.09696962, -0.08838056, 0.30032227],
        ],
        atol=5e-9,
    )
    np.testing.assert_allclose(out[:, 0], [3.37718054, 1.00718345], atol=5e-9)


def test_sachin_rnn_of_one_unit():
    """github.com/Sachin860/deep_learing: one unit, three steps, the mean squared error of all."""
    config = network(
        {"kind": "rnn", "weights": {"w": [[0.5]], "u": [[0.5]]}, "return_sequences": True},
        {"kind": "dense_over_time", "activation": "linear", "weights": [[1]]},
        x=[[0.1], [0.2], [0.3]],
        y=[0.2, 0.4, 0.6],
        loss="mean_squared_error",
    )
    step = recorded(config)
    np.testing.assert_allclose(
        step.before.inner[0]["h"][:, 0], [0.04995837, 0.12433251, 0.20903903], atol=5e-9
    )
    assert step.before.loss == pytest.approx(0.08378517767647224, rel=1e-12)
    np.testing.assert_allclose(step.da[-1][:, 0], [-0.10002775, -0.18377833, -0.26064065], atol=5e-9)
    found = parameters(config, step.dL_dw)
    assert found["w"].item() == pytest.approx(-0.16062445174417353, rel=1e-12)
    assert found["u"].item() == pytest.approx(-0.04615923298359283, rel=1e-12)
    assert found["b"].item() == pytest.approx(-0.8041053042318597, rel=1e-12)
    np.testing.assert_allclose(step.dL_dw[1], [[-0.5444467220306203, -0.08233091265892165]], rtol=1e-12)


def test_the_forward_pass_of_infosys_and_the_slip_in_its_way_back():
    """github.com/thsis/INFOSYS, RNN-backprop: its gradients are of the first step alone, their sign wrong.

    The gradient of a shared weight is the sum over all steps: central differences give nnstep's.
    """
    config = network(
        {"kind": "rnn", "weights": {"w": [[2], [1]], "u": [[1, 2], [3, 4]]}},
        {"activation": "linear", "weights": [[0, 2, 4]]},
        x=[[0.2], [0.3], [0.4]],
        y=7,
    )
    step = recorded(config)
    h = step.before.inner[0]["h"][:, 0]
    np.testing.assert_allclose(
        h, [0.37994896, 0.19737532, 0.87975882, 0.97711011, 0.9986059, 0.99999815], atol=5e-9
    )
    assert step.before.a[-1].item() == pytest.approx(5.99720442000804, rel=1e-12)
    found = parameters(config, step.dL_dw)["w"].ravel()
    assert np.abs(found - [0.00034735, 0.00272708]).max() > 1e-3
    for j in range(2):
        losses = []
        for by in (1e-6, -1e-6):
            trainer = engine.Trainer(config)
            trainer.network.weights[0][j, 1] += by
            losses.append(trainer.step(trainer.data))
        assert found[j] == pytest.approx((losses[0] - losses[1]) / 2e-6, abs=1e-8)


# attention ----------------------------------------------------------------------------------------------


def test_the_causal_attention_of_raschka():
    """Sebastian Raschka, Build a Large Language Model (From Scratch), 3.5.1, with the weights of seed 789."""
    weights = {
        "q": [[0.31605908, 0.45680857, 0.51183486], [-0.1682854, -0.33787704, -0.09177387]],
        "k": [[0.40580583, -0.47042054, 0.2368052], [0.21336074, -0.26005065, -0.51054299]],
        "v": [[0.25256988, -0.14147827, -0.19618134], [0.5191074, -0.08516758, -0.20432705]],
    }
    x = [
        [0.43, 0.15, 0.89], [0.55, 0.87, 0.66], [0.57, 0.85, 0.64],
        [0.22, 0.58, 0.33], [0.77, 0.25, 0.10], [0.05, 0.80, 0.55],
    ]  # fmt: skip
    passed = engine.forward(network({"kind": "attention", "causal": True, "weights": weights}, x=x))
    inner = passed.inner[0]
    scores = inner["s"].reshape(6, 6) * np.sqrt(2)  # the book prints them before it scales them
    np.testing.assert_allclose(scores[1], [0.4656, 0.1723, 0.1751, 0.0259, 0.1771, 0.0085], atol=5.1e-5)
    np.testing.assert_allclose(scores[5], [0.3408, 0.1270, 0.1290, 0.0198, 0.1290, 0.0078], atol=5.1e-5)
    expected = [
        [1.0000, 0, 0, 0, 0, 0],
        [0.5517, 0.4483, 0, 0, 0, 0],
        [0.3800, 0.3097, 0.3103, 0, 0, 0],
        [0.2758, 0.2460, 0.2462, 0.2319, 0, 0],
        [0.2175, 0.1983, 0.1984, 0.1888, 0.1971, 0],
        [0.1935, 0.1663, 0.1666, 0.1542, 0.1666, 0.1529],
    ]
    np.testing.assert_allclose(inner["alpha"].reshape(6, 6), expected, atol=5.1e-5)


def test_two_heads_of_asad():
    """github.com/AliMuhammadAsad/Grad-Chronicles: two heads of two, and a matrix that puts them together."""
    turned = {
        "q": [[[1, 0], [0, 1]], [[0, 1], [1, 0]]],
        "k": [[[0, 1], [1, 0]], [[1, 0], [0, 1]]],
        "v": [[[1, 0], [0, -1]], [[0, 1], [-1, 0]]],
    }
    weights = {
        letter: [row for head in heads for row in np.array(head).T.tolist()]
        for letter, heads in turned.items()
    }
    config = network(
        {"kind": "attention", "heads": 2, "weights": weights},
        {"kind": "dense_over_time", "activation": "linear", "weights": [[1, 0, -1, 0], [0, 1, 0, -1]]},
        x=[[1, 2], [3, 4]],
    )
    passed = engine.forward(config)
    np.testing.assert_allclose(
        passed.a[0].reshape(2, 4),
        [[2.97166793, -3.97166793, -3.97166793, 2.97166793], [2.9998996, -3.9998996, -3.9998996, 2.9998996]],
        atol=5e-9,
    )
    np.testing.assert_allclose(passed.a[1].reshape(2, 2)[0], [6.94333586, -6.94333586], atol=1e-8)


def test_the_cat_sleeps():
    """qml-tutorial.github.io, "Transformer": the weights of attention for three words of four numbers."""
    columns = {
        "q": [[0.2, 0.4, 0.6, 0.8], [0.1, 0.3, 0.5, 0.7], [0.9, 0.8, 0.7, 0.6], [0.5, 0.4, 0.3, 0.2]],
        "k": [[0.1, 0.3, 0.5, 0.7], [0.6, 0.4, 0.2, 0.1], [0.8, 0.9, 0.7, 0.6], [0.2, 0.1, 0.3, 0.4]],
        "v": [[0.3, 0.5, 0.7, 0.9], [0.6, 0.4, 0.2, 0.1], [0.8, 0.9, 0.7, 0.6], [0.5, 0.4, 0.3, 0.2]],
    }
    weights = {letter: np.array(one).T.tolist() for letter, one in columns.items()}
    passed = engine.forward(
        network({"kind": "attention", "weights": weights}, x=[[1, 0, 1, 0], [0, 1, 1, 1], [1, 1, 0, 1]])
    )
    expected = [[0.324, 0.467, 0.209], [0.305, 0.515, 0.180], [0.346, 0.432, 0.222]]
    np.testing.assert_allclose(passed.inner[0]["alpha"].reshape(3, 3), expected, atol=5.1e-4)


def test_please_study_man():
    """omkarchebale.vercel.app, "Self-Attention From Scratch": its keys and values come out with W transposed.

    The page multiplies x W, and corrects itself where it wrote [2, 2] for the value of "study".
    """
    columns = {"q": [[1, 0], [0, 1]], "k": [[1, 1], [0, 1]], "v": [[1, 0], [0, 1]]}
    weights = {letter: np.array(one).T.tolist() for letter, one in columns.items()}
    inner = engine.forward(
        network({"kind": "attention", "weights": weights}, x=[[1, 0], [0, 2], [1, 1]])
    ).inner[0]
    np.testing.assert_array_equal(inner["q"].reshape(3, 2), [[1, 0], [0, 2], [1, 1]])
    np.testing.assert_array_equal(inner["k"].reshape(3, 2), [[1, 1], [0, 2], [1, 2]])
    np.testing.assert_array_equal(inner["v"].reshape(3, 2), [[1, 0], [0, 2], [1, 1]])
