"""Straight code for tiny networks: NumPy's numbers up to rounding, the same bits however they are had."""

import math
from copy import deepcopy
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from networks import TRAINABLE, config, defaults, layer, losses_for, networks, random_config

from perceptron_cli import engine, load, trace
from perceptron_cli.assigned import FUNCTIONS, Script, name
from perceptron_cli.clipping import CLIPPINGS
from perceptron_cli.engine.run import FEWEST_UPDATES
from perceptron_cli.engine.tiny import Tiny
from perceptron_cli.engine.trainer import Trainer
from perceptron_cli.errors import NumberError
from perceptron_cli.expr import Call, Gate, Number, Symbol, evaluate, total
from perceptron_cli.expr import product as times
from perceptron_cli.optimizers import OPTIMIZERS
from perceptron_cli.schedules import SCHEDULES
from perceptron_cli.spec.config import Config, Given, Penalty

pytestmark = pytest.mark.exhaustive
EPOCHS = 3
CLIPPED = {"clip": "norm", "clip_options": {"limit": 0.05}}


def same(config: Config, *, epochs: int = EPOCHS) -> Tiny:
    """Train by straight code from the first update on, and beside it with NumPy."""
    tiny, usual = Tiny(config, 0), Trainer(config)
    with np.errstate(all="ignore"):
        for epoch in range(1, epochs + 1):
            for _ in tiny.updates(epoch):
                pass
            for _ in usual.updates(epoch):
                pass
            if not usual.is_finite:
                return tiny
    vectors = {"theta": (tiny.network.theta, usual.network.theta)}
    vectors |= {head: (tiny.state[head], usual.state[head]) for head in usual.state}
    for head, (mine, theirs) in vectors.items():
        np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-11, err_msg=head)
    assert (tiny.t, tiny.updates_per_epoch) == (usual.t, usual.updates_per_epoch)
    np.testing.assert_allclose(tiny.seen, usual.seen, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(tiny.loss(), usual.loss(), rtol=1e-9, atol=1e-11)
    return tiny


@pytest.fixture
def made(monkeypatch):
    """Takes straight code wherever it can be made; counts the updates that NumPy makes in its place."""
    for module in ("tiny", "run"):
        monkeypatch.setattr(f"perceptron_cli.engine.{module}.warm_up", lambda config, samples: 0)
    found = []
    step = Trainer.step

    def counted(self, batch, keep=None):
        if isinstance(self, Tiny):
            found.append(self.t)
        return step(self, batch, keep)

    monkeypatch.setattr(Trainer, "step", counted)
    return found


@pytest.mark.parametrize("optimizer, batch", list(product(OPTIMIZERS, [None, 1, 2])))
@pytest.mark.parametrize("more", [{}, CLIPPED], ids=["plain", "clip"])
def test_every_optimizer(optimizer, batch, more, made):
    network = random_config(
        (2, 3, 1), ["tanh", "sigmoid"], "binary_cross_entropy", samples=5, seed=4, optimizer=optimizer,
        batch_size=batch, learning_rate=0.05, options={"weight_decay": 0.03}, **more,
    )  # fmt: skip
    same(network)
    assert not made  # straight code has a value in every step


@pytest.mark.parametrize("activation", TRAINABLE)
def test_every_activation_and_loss(activation, made):
    for loss in losses_for(activation):
        for hidden in (activation, "sigmoid"):
            same(random_config((2, 3, 2), [hidden, activation], loss, samples=4, seed=7, learning_rate=0.05))
            same(random_config((2, 3, 2), [hidden, activation], loss, samples=4, seed=7, batch_size=1))


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("batch", [None, 2])
def test_every_schedule(schedule, batch, made):
    own = {"every": 2} if "every" in SCHEDULES[schedule].parameters else {}
    options = defaults(SCHEDULES, schedule) | own
    network = random_config(
        (2, 3, 1), ["relu", "linear"], "mean_squared_error", samples=5, seed=1, batch_size=batch,
        schedule=schedule, schedule_options=options, epochs=6,
    )  # fmt: skip
    same(network, epochs=6)
    run, usual = engine.train(network), Trainer(network)
    for epoch in range(1, 7):
        for _ in usual.updates(epoch):
            pass
    for mine, theirs in zip(run.weights, usual.network.weights, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-9)


@pytest.mark.parametrize("clip, batch", list(product(CLIPPINGS, [None, 1])))
@pytest.mark.parametrize("l2, l1, biases", [(0.1, 0.0, False), (0.0, 0.05, True), (0.2, 0.1, False)])
def test_penalties_and_clipping(clip, batch, l2, l1, biases, made):
    options = {"limit": 0.05} if CLIPPINGS[clip].parameters else {}
    network = random_config(
        (2, 3, 1), ["sigmoid", "sigmoid"], "binary_cross_entropy", samples=4, seed=2, batch_size=batch,
        clip=clip, clip_options=options, update_biases=biases, optimizer="momentum",
    )  # fmt: skip
    for reduction in ("sum", "mean"):
        penalty = Penalty(Given(l2), Given(l1), biases, reduction)
        told = same(replace(network, penalty=penalty))
        run = engine.train(replace(network, penalty=penalty))
        np.testing.assert_allclose(run.history.losses[EPOCHS], told.loss(), rtol=1e-12)


SMALL = {
    "network": {
        "inputs": 2,
        "layers": [
            {"activation": "tanh", "neurons": 2, "init": "xavier_uniform"},
            {"activation": "sigmoid", "neurons": 1, "init": "xavier_uniform"},
        ],
    },
    "loss": "binary_cross_entropy",
    "samples": [{"x": [1, 2], "y": 1}, {"x": [0.5, -1], "y": 0}, {"x": [0, 3], "y": 1}],
}
CLASSES = {"activation": "softmax", "neurons": 3, "init": "xavier_uniform"}
OTHERS = {
    "an activation of one's own": lambda d: d["network"]["layers"][0].update(
        activation={"formula": "z/(1 + abs(z))"}
    ),
    "a loss of one's own": lambda d: d.update(loss={"formula": "(a - y)^2 + 0.1*abs(a - y)"}),
    "weights of classes": lambda d: d.update(
        loss={"name": "binary_cross_entropy", "class_weights": [0.3, 2]}
    ),
    "smoothed targets": lambda d: d.update(loss={"name": "binary_cross_entropy", "label_smoothing": 0.1}),
    "weights of samples": lambda d: [
        one.update(weight=weight) for one, weight in zip(d["samples"], (1, 2, 0.5), strict=True)
    ],
    "a temperature": lambda d: (
        d["network"]["layers"].__setitem__(1, {**CLASSES, "temperature": 2}),
        d.update(loss="categorical_cross_entropy"),
        [one.update(y=place) for place, one in enumerate(d["samples"])],
    ),
    "targets of 0 under a logarithm": lambda d: (
        d["network"]["layers"].__setitem__(1, CLASSES),
        d.update(loss="kl_divergence"),
        [
            one.update(y=y)
            for y, one in zip(([1, 0, 0], [0.2, 0.3, 0.5], [0, 0, 1]), d["samples"], strict=True)
        ],
    ),
    "no bias": lambda d: d["network"]["layers"][0].update(bias=False),
    "a frozen layer": lambda d: d["network"]["layers"][0].update(frozen=True),
}


@pytest.mark.parametrize("batch", ["all", 1, 2])
@pytest.mark.parametrize("other", OTHERS)
def test_every_setting(other, batch, made):
    network = deepcopy(SMALL) | {"training": {"batch_size": batch}}
    OTHERS[other](network)
    same(load(network))


@settings(max_examples=40, deadline=None)
@given(networks())
def test_any_network(network):
    same(network, epochs=2)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"batch_size": 1},
        {"batch_size": 3, "optimizer": "nadam"},
        {"batch_size": 1, "shuffle": False, "epoch_loss": "during"},
        {"epoch_loss": "during"},
        {"optimizer": "adam", "schedule": "cosine", "schedule_options": {"lowest": 0.0}},
        {"keep_best": True},
        {"patience": 50},
    ],
    ids=str,
)
def test_one_run_one_narrated_and_one_resumed_have_the_same_bits(changes):
    """Over the update where straight code begins."""
    per_epoch = -(-4 // changes.get("batch_size", 4))
    epochs = 3 * FEWEST_UPDATES // per_epoch + 60
    network = random_config(
        (2, 2, 1), ["sigmoid", "sigmoid"], "binary_cross_entropy", samples=4, seed=3, epochs=epochs, **changes
    )
    whole = engine.train(network)
    trainer = engine.trainer_of(network, epochs * per_epoch)
    assert isinstance(trainer, Tiny) and trainer.first < epochs * per_epoch
    told = {3, trainer.first // per_epoch + 2, epochs - 1, epochs}
    narrated = engine.train(network, narrate=told)
    heard = []
    reported = engine.train(network, on_epoch=lambda *one: heard.append(one))
    for half in (7, trainer.first // per_epoch, trainer.first // per_epoch + 9):
        taken = []
        shorter = replace(network, training=replace(network.training, epochs=half))
        if changes.get("schedule"):
            stop = engine.Stop()
            engine.train(
                network, keeping=engine.Keeping(taken.append), stop=stop,
                on_epoch=lambda epoch, *more, stop=stop, half=half: setattr(stop, "asked", epoch == half),
            )  # fmt: skip
        else:
            engine.train(shorter, keeping=engine.Keeping(taken.append))
        resumed = engine.train(network, resume=taken[-1])
        alike(whole, resumed)
    alike(whole, narrated)
    alike(whole, reported)
    assert [loss for _, loss, _ in heard[: len(whole.history.losses)]] == whole.history.losses
    for epoch, steps in narrated.narrated.items():
        for step in steps:
            for mine, theirs in zip(step.new_weights, trace_after(network, step.t), strict=True):
                assert np.array_equal(mine, theirs), epoch


def trace_after(network: Config, updates: int) -> list[np.ndarray]:
    """The weights after so many updates, made one by one."""
    trainer = engine.trainer_of(network, updates)
    for epoch in range(1, updates // trainer.updates_per_epoch + 2):
        for batch in trainer.batches(epoch):
            if trainer.t < updates:
                trainer.step(batch)
    return trainer.network.weights


def alike(one: engine.Run, other: engine.Run) -> None:
    assert all(map(np.array_equal, one.weights, other.weights))
    assert vars(one.history) == vars(other.history)
    assert (one.last, one.best_loss, one.best_epoch, one.ended) == (
        other.last, other.best_loss, other.best_epoch, other.ended,
    )  # fmt: skip


def test_a_told_step_is_the_step_of_the_run():
    network = replace(load("lecture"), training=replace(load("lecture").training, epochs=200))
    last = trace.backprop(network, steps=200).parts[-1].data["layers"]
    for told, weights in zip(last, engine.train(network).weights, strict=True):
        assert np.array_equal(told["new_weights"], weights)


def test_where_straight_code_has_no_value_numpy_makes_the_step(made):
    """A z below -709: e^-z leaves the finite range in `math`, and is inf in NumPy."""
    network = config(
        [layer("sigmoid", [[-800.0, 1.0]]), layer("sigmoid", [[0.1, 0.2]])],
        "binary_cross_entropy",
        [((1.0,), (1.0,)), ((2.0,), (0.0,))],
    )
    with np.errstate(all="ignore"):
        same(network)
    assert made
    assert engine.train(replace(network, training=replace(network.training, epochs=200))).updates == 200


def test_losses_are_finite_though_their_sum_is_not():
    network = config(
        [layer("linear", [[1e154, 1.0]])], "squared_error", [((1.0,), (0.0,))], learning_rate=1e-9, epochs=900
    )
    assert isinstance(engine.trainer_of(network, 900), Tiny)
    run = engine.train(network)
    assert run.epochs == 900 and sum(run.history.losses) == math.inf


def test_a_wish_to_stop_that_comes_first_leaves_the_run_where_it_was():
    network = replace(load("lecture"), training=replace(load("lecture").training, epochs=500))
    taken, stop = [], engine.Stop()
    shorter = replace(network, training=replace(network.training, epochs=300))
    engine.train(shorter, keeping=engine.Keeping(taken.append))
    streak = Tiny.streak

    def asked(self, *arguments):
        stop.asked = True  # a signal, after the run has looked for one
        streak(self, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Tiny, "streak", asked)
        run = engine.train(network, resume=taken[-1], stop=stop)
    assert (run.updates, run.ended) == (300, "stopped")


@pytest.mark.parametrize("error", [ValueError, ZeroDivisionError, KeyboardInterrupt])
def test_what_a_caller_raises_is_the_callers(error):
    """Not a sign that straight code has no value; and the run is left after a whole update."""
    network = replace(load("lecture"), training=replace(load("lecture").training, epochs=500))
    told = []

    def tell(epoch, loss, measures):
        told.append(epoch)
        if epoch == 300:
            raise error("mine")

    with pytest.raises(error, match="mine"):
        engine.train(network, on_epoch=tell)
    assert told == list(range(301))


def test_a_run_that_leaves_the_finite_range_says_where():
    """The error grows by a fifth in each update."""
    network = config(
        [layer("linear", [[0.5, 0.3]])], "squared_error", [((3.0,), (1.0,))], learning_rate=0.11, epochs=9000
    )
    assert isinstance(engine.trainer_of(network, 9000), Tiny)
    with pytest.raises(NumberError, match=r"update 19\d\d, epoch 19\d\d, layer 1: L left the finite range"):
        engine.train(network)


def test_large_networks_and_short_runs_stay_with_numpy():
    assert type(engine.trainer_of(load("lecture"), FEWEST_UPDATES - 1)) is Trainer
    large = random_config((30, 30, 2), ["relu", "softmax"], "categorical_cross_entropy", samples=40, seed=1)
    assert type(engine.trainer_of(large, 100_000)) is Trainer


# the script -----------------------------------------------------------------------------------------------

X, Y = Symbol("x", None, (1,)), Symbol("y", None, (1,))


TREES = [
    X - Y - 1,
    -(X + Y) * 2 - (-Y),
    times([X, times([Number(2), Y]), Number(3)]),
    X**2 + (X - Y) ** 2 + (X + 2) ** 3,
    Call("max", X, Y, 0.25, X * Y),
    Call("min", 0, X - Y) + Call("max", X, Y),
    Gate(X - Y, 2, -1) * Gate(Y - Y, 2, -1, closed=True),
    total([Call(one, Number(0.5) * Y) for one in ("exp", "ln", "sqrt", "tanh", "cos", "sigmoid", "erf")]),
    (X + Y) * (X + Y) + Call("exp", X + Y),
    Call("step", X) + Call("abs", -X) + 0 * X,
    0 * Call("ln", Number(0)) + X / Y,
]


@pytest.mark.parametrize("place", range(len(TREES)))
@pytest.mark.parametrize("x, y", [(-0.7, 1.9), (1.0, 0.3), (0.0, 2.0)])
def test_a_script_computes_what_its_tree_says(place, x, y):
    tree = TREES[place]
    values = {X.name: x, Y.name: y}
    for known in ({}, {X.name: x}, values):
        script = Script(known)
        script.write([(Symbol("z"), tree), (Symbol("a"), tree * tree)])
        space = {one: getattr(math, one) for one in FUNCTIONS} | {name(X): x, name(Y): y}
        exec("\n".join(script.lines), space)
        try:
            expected = evaluate(tree, values)
        except ValueError:  # 0 ln 0, of which a script makes 0
            expected = x / y
        assert space["z"] == pytest.approx(expected, rel=1e-14, abs=1e-15)
        assert space["a"] == pytest.approx(expected**2, rel=1e-14, abs=1e-15)


def test_what_trees_share_is_worked_out_once():
    script = Script({})
    script.write([(Symbol("z"), Call("exp", X) * Y), (Symbol("a"), 1 / Call("exp", X))])
    assert sum(line.count("exp") for line in script.lines) == 1
