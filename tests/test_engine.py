"""The engine's gradients are true, and its updates are those of the papers."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import TRAINABLE, config, layer, losses_for, networks, random_config

from perceptron_cli import engine
from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.engine.batch import TILE
from perceptron_cli.errors import NumberError
from perceptron_cli.initializers import INITIALIZERS
from perceptron_cli.losses import LOSSES
from perceptron_cli.optimizers import OPTIMIZERS
from perceptron_cli.spec.config import Config, Layer

pytestmark = pytest.mark.exhaustive


def loss_at(trainer: engine.Trainer, theta: np.ndarray) -> float:
    kept = trainer.network.theta.copy()
    trainer.network.theta[:] = theta
    loss = trainer.loss()
    trainer.network.theta[:] = kept
    return loss


def numeric_gradient(trainer: engine.Trainer) -> np.ndarray:
    """Central differences of the whole set's loss, a weight at a time."""
    theta, gradient = trainer.network.theta, np.zeros_like(trainer.network.theta)
    for place in range(theta.size):
        step = np.zeros_like(theta)
        step[place] = 1e-6
        gradient[place] = (loss_at(trainer, theta + step) - loss_at(trainer, theta - step)) / 2e-6
    return gradient


def assert_gradient_is_true(network: Config) -> None:
    trainer = engine.Trainer(network)
    expected = numeric_gradient(trainer)
    step = trainer.record(trainer.data)
    found = np.concatenate([one.ravel() for one in step.dL_dw])
    np.testing.assert_allclose(found, expected, rtol=2e-5, atol=2e-7)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("hidden", TRAINABLE)
@pytest.mark.parametrize("output, loss", [(a, loss) for a in TRAINABLE for loss in losses_for(a)])
def test_gradient_matches_central_differences(hidden, output, loss, reduction):
    """With two hidden layers, three outputs and three samples, whatever the combination."""
    assert_gradient_is_true(
        random_config([2, 3, 3, 3], [hidden, hidden, output], loss, samples=3, seed=11, reduction=reduction)
    )


@pytest.mark.parametrize("loss", ["squared_error", "binary_cross_entropy"])
def test_gradient_of_several_tiles_matches_central_differences(loss):
    """A batch larger than a tile is walked in pieces; the gradient is that of the whole."""
    assert_gradient_is_true(random_config([2, 3, 2], ["tanh", "sigmoid"], loss, samples=2 * TILE + 7, seed=5))


def test_a_tiled_batch_is_recorded_whole():
    network = random_config([2, 3, 2], ["tanh", "sigmoid"], "squared_error", samples=TILE + 1)
    trainer = engine.Trainer(network)
    step = trainer.record(trainer.data)
    assert step.before.a[-1].shape == (2, TILE + 1)
    np.testing.assert_allclose(step.before.losses.mean(), step.before.loss)
    outer = sum(np.outer(step.dz[0][:, s], [1, *step.x[:, s]]) for s in range(TILE + 1)) / (TILE + 1)
    np.testing.assert_allclose(step.dL_dw[0], outer, rtol=1e-12)


@given(networks(optimizers=False))
def test_gradient_is_true_on_any_network(network):
    """ReLU has a corner; a difference that straddles it says nothing, so corners are kept away from."""
    trainer = engine.Trainer(network)
    step = trainer.record(trainer.data)
    corners = [
        np.abs(z).min()
        for z, one in zip(step.before.z, network.layers, strict=True)
        if one.activation.endswith("relu")
    ]
    if min(corners, default=1.0) > 1e-3:
        trainer = engine.Trainer(network)
        expected = numeric_gradient(trainer)
        found = np.concatenate([one.ravel() for one in trainer.record(trainer.data).dL_dw])
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5 * max(1, np.abs(expected).max()))


# optimizers -----------------------------------------------------------------------------------


def papers_update(name, w, gradients, eta, options):
    """The papers' updates on one weight, step by step, in plain Python; returns the weight after each."""
    m = v = n = 0.0
    path = []
    for t, gradient in enumerate(gradients, start=1):
        g, decay = gradient(w), options["weight_decay"]
        if name != "adamw":
            g = g + decay * w
        if name == "gradient_descent":
            w = w - eta * g
        elif name in ("momentum", "nesterov"):
            mu, dampening = options["momentum"], options["dampening"]
            v = g if t == 1 else mu * v + (1 - dampening) * g
            w = w - eta * (g + mu * v if name == "nesterov" else v)
        elif name == "rmsprop":
            v = options["decay"] * v + (1 - options["decay"]) * g * g
            w = w - eta * g / (math.sqrt(v) + options["epsilon"])
        elif name == "adagrad":
            v = v + g * g
            w = w - eta * g / (math.sqrt(v) + options["epsilon"])
        elif name == "adadelta":  # Zeiler (2012), algorithm 1; `n` is E[dx^2]
            rho, epsilon = options["decay"], options["epsilon"]
            v = rho * v + (1 - rho) * g * g
            step = math.sqrt(n + epsilon) / math.sqrt(v + epsilon) * g
            n = rho * n + (1 - rho) * step * step
            w = w - eta * step
        elif name == "adamax":  # Kingma and Ba (2015), algorithm 2; PyTorch adds epsilon to |g|
            m = options["beta1"] * m + (1 - options["beta1"]) * g
            n = max(options["beta2"] * n, abs(g) + options["epsilon"])
            w = w - eta / (1 - options["beta1"] ** t) * m / n
        elif name == "nadam":  # Dozat (2016), with the schedule of mu that PyTorch has
            b1, b2, psi = options["beta1"], options["beta2"], options["momentum_decay"]
            mus = [b1 * (1 - 0.5 * 0.96 ** (at * psi)) for at in range(1, t + 2)]
            m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
            now, later = math.prod(mus[:-1]), math.prod(mus)
            root = math.sqrt(v / (1 - b2**t)) + options["epsilon"]
            w = w - eta * ((1 - mus[-2]) / (1 - now) * g + mus[-1] / (1 - later) * m) / root
        else:
            b1, b2 = options["beta1"], options["beta2"]
            if name == "adamw":
                w = w - eta * decay * w
            m = b1 * m + (1 - b1) * g
            v = b2 * v + (1 - b2) * g * g
            if (
                name == "amsgrad"
            ):  # Reddi, Kale and Kumar (2018); PyTorch corrects the largest v for its start
                n = max(n, v)
                w = w - eta * (m / (1 - b1**t)) / (math.sqrt(n / (1 - b2**t)) + options["epsilon"])
                path.append(w)
                continue
            if name == "adam_hat":  # Kingma and Ba (2015), section 2
                rate = eta * math.sqrt(1 - b2**t) / (1 - b1**t)
                w = w - rate * m / (math.sqrt(v) + options["epsilon"])
                path.append(w)
                continue
            w = w - eta * (m / (1 - b1**t)) / (math.sqrt(v / (1 - b2**t)) + options["epsilon"])
        path.append(w)
    return path


SETTINGS = {
    "momentum": [{"momentum": 0.5, "dampening": 0.3}],
    "nesterov": [{"momentum": 0.5}],
    "rmsprop": [{"decay": 0.9, "epsilon": 1e-6}],
    "adagrad": [{"epsilon": 1e-10}],
    "adam": [{"beta1": 0.8, "beta2": 0.9, "epsilon": 1e-6}],
}


@pytest.mark.parametrize(
    "name, options",
    [
        (name, options)
        for name in OPTIMIZERS
        for options in [{}, {"weight_decay": 0.3}, {"weight_decay": 0.0}, *SETTINGS.get(name, [])]
    ],
)
def test_an_optimizer_makes_its_papers_update(name, options):
    """One weight, loss (w x - y)^2, five updates: the third and later ones use what was carried."""
    x, y, w, eta = 1.5, 0.7, -0.4, 0.05
    network = config(
        [layer("linear", [[0.0, w]])],
        "squared_error",
        [([x], [y])],
        optimizer=name,
        options=options,
        learning_rate=eta,
        update_biases=False,
    )
    trainer = engine.Trainer(network)
    found = [trainer.record(trainer.data).new_weights[0][0, 1] for _ in range(5)]
    gradients = [lambda w: 2 * (w * x - y) * x] * 5
    expected = papers_update(name, w, gradients, eta, network.training.options)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_adams_first_step_is_the_learning_rate():
    """Kingma and Ba (2015), section 2.1: the size of the first step is about eta, whatever the gradient."""
    for scale in (1e-3, 1.0, 1e3):
        network = config([layer("linear", [[0.0, 1.0]])], "squared_error", [([scale], [0])], optimizer="adam")
        trainer = engine.Trainer(network)
        step = trainer.record(trainer.data)
        assert math.isclose(1.0 - step.new_weights[0][0, 1], 0.1, rel_tol=1e-2)


# runs -----------------------------------------------------------------------------------------


def test_narrated_steps_are_the_steps_of_the_run():
    """A run in which every step is kept ends with the same bits as one in which none is."""
    network = random_config([2, 4, 2], ["relu", "softmax"], "categorical_cross_entropy", samples=7)
    plain = engine.train(network)
    kept = engine.train(network, narrate=range(1, 51))
    for one, other in zip(plain.weights, kept.weights, strict=True):
        assert np.array_equal(one, other)
    assert plain.history.losses == kept.history.losses
    assert list(kept.narrated) == list(range(1, 51))


@pytest.mark.parametrize("batch_size", [None, 1, 3])
def test_history_is_the_loss_of_the_whole_set_after_each_epoch(batch_size):
    network = random_config(
        [2, 3, 1], ["tanh", "sigmoid"], "binary_cross_entropy", samples=7, batch_size=batch_size, epochs=5
    )
    run = engine.train(network)
    trainer = engine.Trainer(network)
    losses = [trainer.loss()]
    for epoch in range(1, 6):
        for batch in trainer.batches(epoch):
            trainer.step(batch)
        losses.append(trainer.loss())
    assert run.history.epochs == list(range(6))
    np.testing.assert_allclose(run.history.losses, losses, rtol=1e-12)


def test_every_sample_is_used_once_an_epoch():
    network = random_config([2, 3, 1], ["tanh", "sigmoid"], "binary_cross_entropy", samples=7, batch_size=3)
    trainer = engine.Trainer(network)
    orders = [[n for batch in trainer.batches(epoch) for n in batch.numbers.tolist()] for epoch in (1, 2)]
    assert sorted(orders[0]) == sorted(orders[1]) == list(range(1, 8))
    assert orders[0] != orders[1]


def test_a_long_history_is_thinned():
    history = engine.History()
    for epoch in range(50_001):
        history.add(epoch, float(epoch), {"accuracy": float(epoch)})
    assert len(history.epochs) <= 10_000
    assert history.stride == 8
    assert history.epochs[:3] == [0, 8, 16]
    assert history.measures["accuracy"] == history.losses == history.epochs


def test_a_diverging_run_says_so():
    network = config(
        [layer("linear", [[0.0, 1.0]])], "squared_error", [([3.0], [0])], learning_rate=10.0, epochs=1000
    )
    with pytest.raises(NumberError, match="finite"):
        engine.train(network)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_weights_are_drawn_as_their_source_says(name):
    entry = INITIALIZERS[name]
    options = {key: parameter.default for key, parameter in entry.parameters.items()}
    layers = (Layer("tanh", 200, 300, init=name, init_options=options),)
    network = config([], "squared_error", [([0.0] * 300, [0.0] * 200)])
    network = Config("drawn", layers, network.loss, network.samples, network.training)
    (weights,) = engine.Network(network).weights
    (again,) = engine.Network(network).weights
    assert np.array_equal(weights, again)
    assert not weights[:, 0].any()
    deviation = {
        "zeros": 0,
        "constant": 0,
        "uniform": 1 / math.sqrt(12),
        "normal": 0.1,
        "xavier_uniform": math.sqrt(2 / 500),
        "xavier_normal": math.sqrt(2 / 500),
        "he_uniform": math.sqrt(2 / 300),
        "he_normal": math.sqrt(2 / 300),
    }[name]
    assert math.isclose(weights[:, 1:].std(), deviation, rel_tol=0.02, abs_tol=1e-12)


NUMBERS = st.floats(-1e300, 1e300) | st.floats(-50, 50)


@given(st.data(), st.integers(1, 4), st.integers(1, 11))
def test_a_loss_is_the_sum_of_its_parts(data, outputs, samples):
    """The quick ways to a sum give what the parts add up to, for the largest numbers too."""
    size = outputs * samples
    z = np.array(data.draw(st.lists(NUMBERS, min_size=size, max_size=size))).reshape(outputs, samples)
    y = (
        np.eye(outputs)[:, np.arange(samples) % outputs]
        if outputs > 1
        else np.arange(samples)[None] % 2 * 1.0
    )
    for name, loss in LOSSES.items():
        for activation in ("sigmoid", "softmax") if loss.activations else ("linear",):
            if activation == "softmax" and outputs == 1:
                continue
            a = np.empty_like(z)
            with np.errstate(all="ignore"):
                ACTIVATIONS[activation].forward(z, a, {})()
                total = loss.total(activation, z, a)
                expected = float(loss.parts(activation, z, a, y).sum())
                assert total is None or total(y) == pytest.approx(expected, rel=1e-12), (name, activation)


def test_losses_that_share_outputs_divide_by_them():
    assert LOSSES["mean_squared_error"].share(4) == 0.25
    assert LOSSES["squared_error"].share(4) == 1
