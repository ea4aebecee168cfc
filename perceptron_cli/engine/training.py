"""A whole training run: epochs of steps, the loss of each, and the steps that were asked for in full."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import numpy as np

from perceptron_cli.arrays import Array
from perceptron_cli.engine.records import Step
from perceptron_cli.engine.trainer import Trainer
from perceptron_cli.errors import NumberError
from perceptron_cli.spec.records import Config

MOST_POINTS = 10_000  # of the loss history; a longer run keeps every second, fourth, ... epoch


class History:
    """The loss after each epoch, thinned so that its size does not grow with the run."""

    def __init__(self) -> None:
        self.stride = 1
        self.epochs: list[int] = []
        self.losses: list[float] = []

    def add(self, epoch: int, loss: float) -> None:
        """Note an epoch's loss; epoch 0 is before training."""
        if epoch % self.stride:
            return
        if len(self.epochs) == MOST_POINTS:
            self.stride *= 2
            self.epochs, self.losses = self.epochs[::2], self.losses[::2]
            if epoch % self.stride:
                return
        self.epochs.append(epoch)
        self.losses.append(loss)


@dataclass(frozen=True)
class Run:
    """What a run leaves: weights per layer, (n_l, 1 + n_{l-1}); predictions, (samples, outputs)."""

    config: Config
    history: History
    weights: list[Array]
    first_weights: list[Array]
    first_prediction: Array
    prediction: Array
    first_loss: float
    loss: float
    narrated: dict[int, list[Step]] = field(default_factory=dict)  # by epoch


def train(
    config: Config,
    *,
    narrate: Collection[int] = (),
    on_epoch: Callable[[int, float], object] | None = None,
) -> Run:
    """Train a network for the epochs that its config says and return what that left.

    `narrate` names epochs (from 1) whose steps are kept in full. `on_epoch(epoch, loss)` is
    called as each epoch's loss is known, epoch 0 first.
    Raises NumberError where a loss leaves the finite range.
    """
    trainer = Trainer(config)
    first_weights = [weights.copy() for weights in trainer.network.weights]
    history = History()
    narrated: dict[int, list[Step]] = {}

    def report(epoch: int, loss: float) -> None:
        if not math.isfinite(loss):
            raise _diverged(trainer, epoch)
        history.add(epoch, loss)
        if on_epoch is not None:
            on_epoch(epoch, loss)

    with np.errstate(all="ignore"):
        first_prediction = trainer.predictions()
        first_loss = loss = trainer.loss()
        report(0, loss)
        # With the whole set as its batch, a step's loss is that of the epoch before it: only the
        # last epoch needs a forward pass of its own.
        whole = trainer.batch_size == len(trainer.data)
        for epoch in range(1, config.training.epochs + 1):
            if epoch in narrate:
                narrated[epoch] = [trainer.record(batch) for batch in trainer.batches(epoch)]
                before = narrated[epoch][0].before.loss or 0.0
            else:
                for batch in trainer.batches(epoch):
                    before = trainer.step(batch)
            if not whole:
                report(epoch, trainer.loss())
            elif epoch > 1:
                report(epoch - 1, before)
        loss = trainer.loss()
        if whole:
            report(config.training.epochs, loss)
        else:
            loss = history.losses[-1] if history.epochs[-1] == config.training.epochs else loss
        prediction = trainer.predictions()
    return Run(
        config=config,
        history=history,
        weights=[weights.copy() for weights in trainer.network.weights],
        first_weights=first_weights,
        first_prediction=first_prediction,
        prediction=prediction,
        first_loss=first_loss,
        loss=loss,
        narrated=narrated,
    )


def _diverged(trainer: Trainer, epoch: int) -> NumberError:
    """Say where a run left the finite numbers, and how far its weights had gone."""
    sizes = np.abs(trainer.network.theta)
    known = sizes[np.isfinite(sizes)]
    far = f"the largest weight is {known.max():.3g}" if len(known) == len(sizes) else "weights are infinite"
    return NumberError(
        f"epoch {epoch}: the loss left the finite range by update {trainer.t}; {far}",
        hint="try a smaller learning rate, or smaller inputs",
    )
