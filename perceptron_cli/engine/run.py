"""A whole training run: epochs of steps, the loss of each, and the steps that were asked for in full."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import field

import numpy as np

from perceptron_cli.arrays import Array
from perceptron_cli.engine.checkpoint import Progress
from perceptron_cli.engine.classes import tally
from perceptron_cli.engine.cost import warm_up
from perceptron_cli.engine.divergence import diverged
from perceptron_cli.engine.history import NOTHING, History
from perceptron_cli.engine.step import Step
from perceptron_cli.engine.stop import Stop
from perceptron_cli.engine.trainer import Trainer, updates_per_epoch
from perceptron_cli.errors import NumberError
from perceptron_cli.records import record
from perceptron_cli.spec.config import Config

SNAPSHOT_EVERY = 1000  # updates, or an epoch where that is longer: so many are made again at most
FEWEST_UPDATES = 50  # after which straight code may pay
MOST_SAMPLES = 32  # in a batch for which straight code may be faster than NumPy


@record
class Run:
    """What a run leaves: weights per layer, (n_l, 1 + n_{l-1}); predictions, (samples, outputs).

    `epochs` are those that it went through and `updates` the steps that it made. `ended` says why it
    did: "epochs" (all were made), "until_loss", "patience", or "stopped" after a step, by a wish.
    `last` has the loss where it ended, and beside it what was measured, by name. `best_loss` is the least
    that an epoch left on what is held out, else in training, and `best_epoch` which; the weights, and
    what is of them, are that epoch's where it is `kept`: as the config says, if such a loss was finite.
    `outcome()` gives the whole set's loss and predictions, (samples, outputs), with these weights, and
    makes that pass if none did.
    """

    config: Config
    history: History
    weights: list[Array]
    first_weights: list[Array]
    first_prediction: Array
    first_loss: float
    last: Mapping[str, float]
    epochs: int
    updates: int
    updates_per_epoch: int
    ended: str
    best_loss: float
    best_epoch: int
    kept: bool
    outcome: Callable[[], tuple[float, Array]]
    narrated: dict[int, list[Step]] = field(default_factory=dict)  # by epoch

    @property
    def loss(self) -> float:
        """The loss of the whole set. Raises NumberError where it left the finite range."""
        return self.outcome()[0]

    @property
    def prediction(self) -> Array:
        """The outputs for every sample. Raises NumberError where their loss left the finite range."""
        return self.outcome()[1]


def trainer_of(config: Config, updates: int) -> Trainer:
    """Return what makes so many updates: of a tiny network straight code makes them after the first."""
    per_epoch, size = updates_per_epoch(config), config.training.batch_size or len(config.samples)
    # a data set's right classes are counted in the outputs, which straight code does not keep
    is_counted = per_epoch == 1 and config.data is not None
    if updates >= FEWEST_UPDATES and config.is_dense and size <= MOST_SAMPLES and not is_counted:
        first = warm_up(config, min(size, len(config.samples)))
        if first is not None and updates >= max(first, FEWEST_UPDATES):
            from perceptron_cli.engine.tiny import Tiny  # most commands make few updates

            return Tiny(config, max(first, FEWEST_UPDATES))
    return Trainer(config)


OnEpoch = Callable[[int, float, Mapping[str, float]], object]


@record
class Keeping:
    """What takes a run's progress at its end, and after every so many epochs (None: at its end alone)."""

    take: Callable[[Progress], object]
    every: int | None = None


def train(
    config: Config,
    *,
    narrate: Collection[int] = (),
    on_epoch: OnEpoch | None = None,
    stop: Stop | None = None,
    keeping: Keeping | None = None,
    resume: Progress | None = None,
) -> Run:
    """Train a network for the epochs that its config says and return what that left.

    `narrate` names epochs (from 1) whose steps are kept in full. `on_epoch(epoch, loss, measures)`
    is called as each epoch's loss is known, epoch 0 first; `measures` has what else is, by its name in
    `history.MEASURES`: the accuracy on a data set of classes, and both for what was held out. `stop`
    is looked at after every step. `keeping` takes the progress that a later run can `resume`, to the
    bit as if there had been one.
    Raises NumberError where a number leaves the finite range.
    """
    course = _Course(config, narrate, on_epoch, stop or Stop(), keeping)
    return course.run(resume)


class _Course:
    """A run on its way: what it has come to so far, and whether it is over."""

    def __init__(
        self,
        config: Config,
        narrate: Collection[int],
        on_epoch: OnEpoch | None,
        stop: Stop,
        keeping: Keeping | None,
    ) -> None:
        self.config = config
        self.narrate = narrate
        self.on_epoch = on_epoch
        self.stop = stop
        self.keeping = keeping
        self.trainer = trainer_of(config, config.training.epochs * updates_per_epoch(config))
        held_out = self.trainer.held_out
        self.during = config.training.epoch_loss == "during"
        self.right = None if self.during else tally(config, self.trainer.data.y[: config.sizes[-1]])
        self.right_held_out = tally(config, held_out.y) if held_out is not None else None
        self.measured = self.right is not None or held_out is not None
        self.history = History()
        self.narrated: dict[int, list[Step]] = {}
        self.told, self.loss = -1, math.nan  # the last epoch whose loss is known, and that
        self.measures: Mapping[str, float] | None = None  # of that epoch, unless another run told it
        self.best = (math.inf, 0)  # the least loss, and its epoch
        self.best_theta: Array | None = None  # that epoch's weights, where they are kept
        self.ended = ""
        self.outcome: tuple[float, Array] | None = None  # of the pass with the last weights, if one was made
        self.snapshot = self.trainer.snapshot()

    def run(self, resume: Progress | None) -> Run:
        trainer = self.trainer
        first_weights = [weights.copy() for weights in trainer.network.weights]
        with np.errstate(all="ignore"):
            first_loss, first_prediction = self._pass()
            if resume is None:
                self._report(0, first_loss)
            else:
                self._go_on_from(resume)
            self._epochs()
            epochs, part = divmod(trainer.t, trainer.updates_per_epoch)
            if self.during:
                loss = trainer.running_loss if part else self.loss
            else:
                self.outcome = self._pass()
                loss = self.outcome[0]
            if not part:
                self._report(epochs, loss)
            if not (math.isfinite(loss) and trainer.is_finite):
                raise self._diverged()
            if self.keeping is not None:
                self.keeping.take(self._progress())
            known = None if part else self.measures
            last = {"loss": loss, **(self._measures() if known is None else known)}
            if self.best_theta is not None:
                trainer.network.theta[:] = self.best_theta
                self.outcome = None
        return Run(
            config=self.config,
            history=self.history,
            weights=[weights.copy() for weights in trainer.network.weights],
            first_weights=first_weights,
            first_prediction=first_prediction,
            first_loss=first_loss,
            last=last,
            epochs=epochs,
            updates=trainer.t,
            updates_per_epoch=trainer.updates_per_epoch,
            ended=self.ended or "epochs",
            best_loss=self.best[0],
            best_epoch=self.best[1],
            kept=self.best_theta is not None,
            outcome=self._outcome,
            narrated=self.narrated,
        )

    def _epochs(self) -> None:
        """Go through the epochs until the last one, or until something ends them."""
        trainer, training = self.trainer, self.config.training
        # With the whole set as its batch, a step's loss is that of the epoch before it: it is told
        # then, and only the last epoch needs a forward pass of its own. Not so where it is waited for,
        # or has samples that were held out beside it.
        waiting = training.patience is not None or training.until_loss is not None or training.keep_best
        whole = trainer.updates_per_epoch == 1 and trainer.held_out is None
        late = whole and not waiting and not self.during
        first = trainer.t // trainer.updates_per_epoch + 1
        every = self.keeping.every if self.keeping is not None else None
        many = (
            whole
            and not waiting
            and self.right is None
            and (late or (self.during and self.config.penalty is None))
        )
        epoch = first
        while epoch <= training.epochs:
            if self.ended or self.stop.asked:
                self.ended = self.ended or "stopped"
                return
            if trainer.t >= self.snapshot.t + SNAPSHOT_EVERY:
                self._take_snapshot()
            if every and self.keeping is not None and epoch > first and not (epoch - 1) % every:
                self._take_snapshot()  # what is lost must replace no checkpoint
                self.keeping.take(self._progress())
            if many and trainer.is_straight and epoch not in self.narrate:
                epoch = self._streak(epoch, self._quiet(epoch, every), late)
                continue
            before = self._updates(epoch, late)
            if late:
                self._report(epoch - 1, before)
            elif trainer.t == epoch * trainer.updates_per_epoch:
                if self.during:
                    self._report(epoch, trainer.running_loss)
                elif epoch < training.epochs:
                    self._report(epoch, self._loss())
            epoch += 1
        if trainer.t < training.epochs * trainer.updates_per_epoch:
            self.ended = "stopped"

    def _quiet(self, epoch: int, every: int | None) -> int:
        """Return the first epoch after this one at which something else than updates is due."""
        due = [self.config.training.epochs + 1, epoch + self.snapshot.t + SNAPSHOT_EVERY - self.trainer.t]
        due += [one for one in self.narrate if one > epoch]
        if every:
            due.append(epoch + every - (epoch - 1) % every)
        return min(due)

    def _streak(self, epoch: int, end: int, late: bool) -> int:
        """Make the updates of epochs, each with the whole set, up to `end`; return the next epoch."""
        told = epoch - 1 if late else epoch  # the epoch whose loss comes next
        found: list[float] = []
        tell = self.on_epoch
        note = found.append if tell is None else self._telling(tell, found, told)
        self.trainer.streak(end - epoch, note, self.stop)
        if not math.isfinite(sum(found)) and not all(map(math.isfinite, found)):
            raise self._diverged()
        epoch += len(found)
        if found and told <= self.told:  # by the run that this one goes on from
            del found[0]
            told += 1
        if found:
            self.history.extend(told, found)
            self.told, self.loss, self.measures = told + len(found) - 1, found[-1], NOTHING
            if (least := min(found)) < self.best[0]:
                self.best = least, told + found.index(least)
        return epoch

    def _telling(self, tell: OnEpoch, found: list[float], epoch: int) -> Callable[[float], None]:
        """Return what notes the losses of epochs in a row, and tells those that are not told yet."""
        note, silent, low, high = found.append, self.told, -math.inf, math.inf

        def noting(loss: float) -> None:
            nonlocal epoch, high
            note(loss)
            if not low < loss < high:
                high = low  # what comes after a loss that is lost is not told
            elif epoch > silent:
                tell(epoch, loss, NOTHING)
            epoch += 1

        return noting

    def _updates(self, epoch: int, late: bool) -> float:
        """Make an epoch's updates, or what is left of them, and return the last one's loss before it."""
        trainer, stop, isfinite = self.trainer, self.stop, math.isfinite
        before = 0.0  # where a wish to stop came before the first
        right = self.right if late else None
        look = right.look if right is not None else None
        done = trainer.t % trainer.updates_per_epoch
        if epoch in self.narrate:
            records = self.narrated.setdefault(epoch, [])
            for batch in trainer.batches(epoch, done):
                records.append(trainer.record(batch))
                if right is not None:
                    right.count(records[-1].before.a[-1])
                if stop.asked or not isfinite(before := records[-1].before.loss or 0.0):
                    break
        else:
            for before in trainer.updates(epoch, done, look, stop):
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
        measures, watched = NOTHING, loss
        if self.measured:
            measures = self._measures()
            watched = measures.get("validation_loss", loss)
        self.told, self.loss, self.measures = epoch, loss, measures
        self.history.add(epoch, loss, measures)
        if self.on_epoch is not None:
            self.on_epoch(epoch, loss, measures)
        if watched < self.best[0]:
            self.best = watched, epoch
            if self.config.training.keep_best:
                self.best_theta = self.trainer.network.theta.copy()
        self._judge()

    # what is measured -----------------------------------------------------------------------------

    def _outcome(self) -> tuple[float, Array]:
        """Return what the weights that are left make of the whole set; one pass does."""
        if self.outcome is None:
            with np.errstate(all="ignore"):
                found = self.trainer.outcome()
                if not math.isfinite(found[0]):
                    raise self._diverged()
            self.outcome = found
        return self.outcome

    def _pass(self) -> tuple[float, Array]:
        loss, prediction = self.trainer.outcome()
        if self.right is not None:
            self.right.count(prediction.T)
        return loss, prediction

    def _loss(self) -> float:
        return self.trainer.loss(self.right.look if self.right is not None else None)

    def _measures(self) -> dict[str, float]:
        """Return what is measured beside the loss of the pass over all samples that was made last."""
        right, held_out = self.right, self.right_held_out
        measures = {"accuracy": right.accuracy} if right is not None else {}
        validation = self.trainer.validation_loss(held_out.look if held_out is not None else None)
        if validation is not None:
            measures["validation_loss"] = validation
        if held_out is not None:
            measures["validation_accuracy"] = held_out.accuracy
        return measures

    def _judge(self) -> None:
        """See whether the last loss ends the run."""
        training = self.config.training
        if training.until_loss is not None and self.loss <= training.until_loss:
            self.ended = "until_loss"
        elif training.patience is not None and self.told - self.best[1] >= training.patience:
            self.ended = "patience"

    # going on from where another run was ----------------------------------------------------------

    def _progress(self) -> Progress:
        snapshot, history = self.trainer.snapshot(), self.history.copy()
        return Progress(snapshot, history, self.told, self.loss, self.best, self.best_theta)

    def _go_on_from(self, progress: Progress) -> None:
        self.trainer.restore(progress.snapshot)
        self.snapshot = progress.snapshot
        self.history = progress.history.copy()
        self.told, self.loss, self.best = progress.told, progress.loss, progress.best
        self.best_theta = progress.best_theta
        epochs, part = divmod(self.trainer.t, self.trainer.updates_per_epoch)
        if not part and epochs > self.told:
            self._report(epochs, self._loss())
        self._judge()

    def _take_snapshot(self) -> None:
        if not self.trainer.is_finite:
            raise self._diverged()
        self.snapshot = self.trainer.snapshot()

    def _diverged(self) -> NumberError:
        return diverged(self.trainer, self.snapshot, self.trainer.t)
