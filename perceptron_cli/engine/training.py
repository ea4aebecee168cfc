"""A whole training run: epochs of steps, the loss of each, and the steps that were asked for in full."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import numpy as np

from perceptron_cli.arrays import Array
from perceptron_cli.engine.divergence import diverged
from perceptron_cli.engine.records import Step
from perceptron_cli.engine.trainer import Trainer
from perceptron_cli.errors import NumberError
from perceptron_cli.spec.records import Config

SNAPSHOT_EVERY = 1000  # updates, or an epoch where that is longer: so many are made again at most
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


class Stop:
    """A wish that a run ends after the step that it is at; a signal's handler sets `asked`."""

    def __init__(self) -> None:
        self.asked = False


@dataclass(frozen=True)
class Run:
    """What a run leaves: weights per layer, (n_l, 1 + n_{l-1}); predictions, (samples, outputs).

    `epochs` are those that it went through and `updates` the steps that it made. `ended` says why it
    did: "epochs" (all were made), "until_loss", "patience", or "stopped" after a step, by a wish.
    `best_loss` is the least that an epoch left, `best_epoch` which.
    """

    config: Config
    history: History
    weights: list[Array]
    first_weights: list[Array]
    first_prediction: Array
    prediction: Array
    first_loss: float
    loss: float
    epochs: int
    updates: int
    updates_per_epoch: int
    ended: str
    best_loss: float
    best_epoch: int
    narrated: dict[int, list[Step]] = field(default_factory=dict)  # by epoch


OnEpoch = Callable[[int, float], object]


def train(
    config: Config,
    *,
    narrate: Collection[int] = (),
    on_epoch: OnEpoch | None = None,
    stop: Stop | None = None,
) -> Run:
    """Train a network for the epochs that its config says and return what that left.

    `narrate` names epochs (from 1) whose steps are kept in full. `on_epoch(epoch, loss)` is
    called as each epoch's loss is known, epoch 0 first. `stop` is looked at after every step.
    Raises NumberError where a number leaves the finite range.
    """
    return _Course(config, narrate, on_epoch, stop or Stop()).run()


class _Course:
    """A run on its way: what it has come to so far, and whether it is over."""

    def __init__(
        self, config: Config, narrate: Collection[int], on_epoch: OnEpoch | None, stop: Stop
    ) -> None:
        self.config = config
        self.narrate = narrate
        self.on_epoch = on_epoch
        self.stop = stop
        self.trainer = Trainer(config)
        self.history = History()
        self.narrated: dict[int, list[Step]] = {}
        self.told = -1  # the last epoch whose loss is known
        self.best = (math.inf, 0)  # the least loss, and its epoch
        self.ended = ""
        self.snapshot = self.trainer.snapshot()

    def run(self) -> Run:
        trainer = self.trainer
        first_weights = [weights.copy() for weights in trainer.network.weights]
        with np.errstate(all="ignore"):
            first_loss, first_prediction = trainer.outcome()
            self._report(0, first_loss)
            self._epochs()
            loss, prediction = trainer.outcome()
            epochs, part = divmod(trainer.t, trainer.updates_per_epoch)
            if not part:
                self._report(epochs, loss)
            if not (math.isfinite(loss) and trainer.is_finite):
                raise self._diverged()
        return Run(
            config=self.config,
            history=self.history,
            weights=[weights.copy() for weights in trainer.network.weights],
            first_weights=first_weights,
            first_prediction=first_prediction,
            prediction=prediction,
            first_loss=first_loss,
            loss=loss,
            epochs=epochs,
            updates=trainer.t,
            updates_per_epoch=trainer.updates_per_epoch,
            ended=self.ended or "epochs",
            best_loss=self.best[0],
            best_epoch=self.best[1],
            narrated=self.narrated,
        )

    def _epochs(self) -> None:
        """Go through the epochs until the last one, or until something ends them."""
        trainer, training = self.trainer, self.config.training
        # With the whole set as its batch, a step's loss is that of the epoch before it: it is told
        # then, and only the last epoch needs a forward pass of its own. Not so where it is waited for.
        waiting = training.patience is not None or training.until_loss is not None
        late = trainer.updates_per_epoch == 1 and not waiting
        for epoch in range(trainer.t // trainer.updates_per_epoch + 1, training.epochs + 1):
            if self.ended or self.stop.asked:
                self.ended = self.ended or "stopped"
                return
            if trainer.t >= self.snapshot.t + SNAPSHOT_EVERY:
                self._take_snapshot()
            before = self._updates(epoch)
            if late:
                self._report(epoch - 1, before)
            elif trainer.t == epoch * trainer.updates_per_epoch and epoch < training.epochs:
                self._report(epoch, trainer.loss())
        if trainer.t < training.epochs * trainer.updates_per_epoch:
            self.ended = "stopped"

    def _updates(self, epoch: int) -> float:
        """Make an epoch's updates, or what is left of them, and return the last one's loss before it."""
        trainer, stop, isfinite = self.trainer, self.stop, math.isfinite
        before = math.nan
        done = trainer.t % trainer.updates_per_epoch
        if epoch in self.narrate:
            records = self.narrated.setdefault(epoch, [])
            for batch in trainer.batches(epoch, done):
                records.append(trainer.record(batch))
                if stop.asked or not isfinite(before := records[-1].before.loss or 0.0):
                    break
        else:
            for batch in trainer.batches(epoch, done):
                before = trainer.step(batch)
                if stop.asked or not isfinite(before):
                    break
        if not isfinite(before):
            raise self._diverged()
        return before

    def _report(self, epoch: int, loss: float) -> None:
        """Note an epoch's loss, once, and see whether it ends the run."""
        if epoch <= self.told:
            return
        if not math.isfinite(loss):
            raise self._diverged()
        self.told = epoch
        self.history.add(epoch, loss)
        if self.on_epoch is not None:
            self.on_epoch(epoch, loss)
        training = self.config.training
        if training.until_loss is not None and loss <= training.until_loss:
            self.ended = "until_loss"
        if loss < self.best[0]:
            self.best = loss, epoch
        elif training.patience is not None and epoch - self.best[1] >= training.patience:
            self.ended = self.ended or "patience"

    def _take_snapshot(self) -> None:
        if not self.trainer.is_finite:
            raise self._diverged()
        self.snapshot = self.trainer.snapshot()

    def _diverged(self) -> NumberError:
        return diverged(self.trainer, self.snapshot, self.trainer.t)
