"""A schedule's rates are those of its source, the engine trains with them, and each is told."""

import json
import math

import numpy as np
import pytest
from equations import check_every_equation, values
from networks import random_config
from test_checkpoints import assert_same, kept
from test_runs import call, training

from perceptron_cli import engine, spec, trace
from perceptron_cli.optimizers import OPTIMIZERS
from perceptron_cli.schedules import SCHEDULES
from perceptron_cli.trace import View

pytestmark = pytest.mark.exhaustive

OPTIONS = {"constant": {}, "step": {"factor": 0.3, "every": 2.0}, "cosine": {"lowest": 0.01}}


def scheduled(name: str, **more: object):
    network = random_config([2, 3, 1], ["tanh", "sigmoid"], "binary_cross_entropy", samples=5, **more)
    return training(network, schedule=name, schedule_options=OPTIONS[name], epochs=7)


def pytorchs_rate(name: str, eta: float, epoch: int, epochs: int) -> float:
    """What torch.optim.lr_scheduler's StepLR and CosineAnnealingLR (in closed form) set for an epoch."""
    if name == "step":
        return eta * 0.3 ** ((epoch - 1) // 2)
    if name == "cosine":
        return 0.01 + (eta - 0.01) * (1 + math.cos(math.pi * (epoch - 1) / epochs)) / 2
    return eta


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("batch_size", [None, 2])
def test_an_epochs_rate_is_that_of_its_definition(name, batch_size):
    """Plain descent by hand, beside the engine, with the rate of each epoch."""
    network = scheduled(name, batch_size=batch_size)
    trainer = engine.Trainer(network)
    for epoch in range(1, 8):
        eta = pytorchs_rate(name, 0.1, epoch, 7)
        for batch in trainer.batches(epoch):
            step = trainer.record(batch)
            assert math.isclose(step.eta, eta, rel_tol=1e-12)
            for old, gradient, new in zip(step.weights, step.dL_dw, step.new_weights, strict=True):
                np.testing.assert_allclose(new, old - eta * gradient, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_line_of_a_scheduled_step_is_true(name, optimizer):
    network = scheduled(name, optimizer=optimizer, batch_size=2)
    document = trace.backprop(network, View(limit=None), steps=10)
    assert check_every_equation(document) > 100
    assert math.isclose(values(document.parts[9])["eta"], pytorchs_rate(name, 0.1, 4, 7), rel_tol=1e-12)


@pytest.mark.parametrize("form", ["scalar", "matrix"])
@pytest.mark.parametrize("arithmetic", ["float", "hand"])
def test_a_schedule_is_told_in_every_view(form, arithmetic):
    network = scheduled("cosine")
    part = trace.train(network, View(form=form, arithmetic=arithmetic), narrate={3}).parts[0]
    told = values(part)
    assert math.isclose(told["eta"], pytorchs_rate("cosine", 0.1, 3, 7), rel_tol=1e-2)
    assert told["epoch"] == 3


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_scheduled_run_goes_on_to_the_bit(name):
    network = scheduled(name, batch_size=2)
    stop = engine.Stop()

    def ask(epoch: int, loss: float, measures: object) -> None:
        stop.asked = epoch == 3

    _, (progress,) = kept(network, stop=stop, on_epoch=ask)
    assert progress.told == 3
    assert_same(engine.train(network, resume=progress), engine.train(network))


def test_a_config_names_its_schedule():
    loaded = spec.load("xor", [("--set", "training.schedule={name: step, factor: 0.5, every: 3}")])
    assert (loaded.training.schedule, dict(loaded.training.schedule_options)) == (
        "step",
        {"factor": 0.5, "every": 3},
    )
    assert dict(spec.load("xor", [("--set", "training.schedule=cosine")]).training.schedule_options) == {
        "lowest": 0
    }
    wrong = call("train", "xor", "--set", "training.schedule=cosin")
    assert wrong.exit_code == 2
    assert "did you mean 'cosine'?" in wrong.stderr


def test_the_rate_of_a_narrated_epoch_has_its_formula():
    done = call(
        "train", "xor", "--set", "training.schedule=cosine", "--epochs", "4", "--narrate", "3", "--json"
    )
    given = json.loads(done.stdout)["narrated"][0]["sections"][0]["equations"]
    (eta,) = (one for one in given if one["symbol"] == "eta")
    assert eta["formula"] == "lowest + (eta_0 - lowest)*(1 + cos(pi*(epoch - 1)/epochs))/2"
    assert eta["value"] == pytest.approx(0.5)
