"""How well a network does on samples: the loss, and how often or by how much it is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from perceptron_cli.arrays import Array, Indices
from perceptron_cli.engine.batch import Batch
from perceptron_cli.engine.classes import are_classes, classes_of
from perceptron_cli.engine.network import Network
from perceptron_cli.engine.trainer import Trainer, looking
from perceptron_cli.engine.workspace import Workspaces
from perceptron_cli.losses import unweighed
from perceptron_cli.records import record
from perceptron_cli.spec.config import Config, Sample


@record
class Scores:
    """What a network makes of samples: predictions (samples, outputs), and the loss as the config reduces it.

    Where the targets are classes, `confusion` counts in row k and column p the samples of class k that
    were taken for class p, and `accuracy` is the share of its diagonal; else `mean_absolute_error` is
    that over samples and outputs.
    """

    prediction: Array
    loss: float
    accuracy: float | None = None
    confusion: Indices | None = None
    mean_absolute_error: float | None = None


def scores(config: Config, weights: Sequence[Array] | None = None, samples: Sequence[Sample] = ()) -> Scores:
    """Return the scores on samples, the config's own unless others are given, and with its own weights too.

    Raises ValueError where a sample has no target.
    """
    trainer = _trainer(config, weights, samples)
    with np.errstate(all="ignore"):
        loss, prediction = trainer.outcome()
    y = trainer.data.y[: config.sizes[-1]]  # without the samples' weights
    if np.isnan(y).any():
        raise ValueError("a sample without a target has no score")
    if not are_classes(config, y):
        return Scores(prediction, loss, mean_absolute_error=float(np.abs(prediction.T - y).mean()))
    confusion = _confusion(classes_of(y), classes_of(prediction.T), max(len(y), 2))
    return Scores(prediction, loss, float(np.trace(confusion) / confusion.sum()), confusion)


def predictions(config: Config) -> Array:
    """Return the outputs for every sample, (samples, outputs); neither a target nor a loss is needed."""
    network = Network(config)
    workspaces, found = Workspaces(network, config.loss, np.empty_like(network.theta), looking(config)), []
    with np.errstate(all="ignore"):
        for x, _ in Batch.of(config.samples, config.sizes[-1]).tiles():
            workspaces[len(x)].forward(x)
            found.append(workspaces[len(x)].a[-1].T.copy())
    return np.concatenate(found)


def predicted_classes(prediction: Array) -> Indices:
    """Return the class of each row of outputs: the largest, or whether the only one is 0.5 or more."""
    return classes_of(prediction.T)


def _trainer(config: Config, weights: Sequence[Array] | None, samples: Sequence[Sample]) -> Trainer:
    if len(samples) and config.loss:  # they have no weights
        config = replace(config, samples=samples, loss=unweighed(config.loss))
    trainer = Trainer(config)
    for mine, given in zip(trainer.network.weights, weights or (), strict=False):
        mine[:] = given
    trainer.mode.running = weights is not None or looking(config).running
    return trainer


def _confusion(true: Indices, predicted: Indices, count: int) -> Indices:
    cells = np.bincount(true * count + predicted, minlength=count * count)
    return cells.reshape(count, count)
