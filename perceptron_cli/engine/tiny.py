"""A tiny network being trained: after the first updates straight code makes them, in NumPy's place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from perceptron_cli.engine.batch import Batch
from perceptron_cli.engine.cost import warm_up
from perceptron_cli.engine.stop import Stop
from perceptron_cli.engine.straight import Steps, steps
from perceptron_cli.engine.trainer import NEVER, Keep, Trainer
from perceptron_cli.schedules import SCHEDULES
from perceptron_cli.spec.config import Config

Note = Callable[[float], object]


class Made(NamedTuple):
    """What an update would leave: weights, state and the rest in a row; and the batch's loss before it."""

    numbers: list[float]
    loss: float

    @property
    def total(self) -> float:
        """The sum of the samples' losses."""
        return self.numbers[-2]


class Tiny(Trainer):
    """A trainer whose updates after the first few are made by straight code.

    Which way an update is made depends on the network and on its number alone, so that a run, one that was
    stopped and goes on, and a narrated one come to the same bits.
    """

    def __init__(self, config: Config, first: int) -> None:
        """NumPy makes the first updates."""
        super().__init__(config)
        self.first = first
        self.is_whole = self.updates_per_epoch == 1
        self._vectors = [self.network.theta, *self.state.values()]
        self._rows = _rows(self.data)
        self._steps: dict[int, Steps | None] = {}
        self._code(self.batch_size)

    def _code(self, samples: int) -> Steps | None:
        """Return the code for batches of so many samples, None where NumPy is faster."""
        if samples not in self._steps:
            rows = self._rows if self.is_whole else ()
            does = warm_up(self.config, samples) is not None
            self._steps[samples] = steps(self.config, samples, rows, self._rate) if does else None
        return self._steps[samples]

    def _rate(self, epoch: int) -> float:
        training = self.config.training
        schedule = SCHEDULES[training.schedule]
        return schedule.rate(float(training.learning_rate), epoch, training.epochs, training.schedule_options)

    def _numbers(self) -> list[float]:
        numbers: list[float] = np.concatenate(self._vectors).tolist()
        return [*numbers, self.seen, self.t]

    def _put(self, numbers: list[float]) -> None:
        """Take over the weights and the state that straight code left."""
        parts = np.split(np.array(numbers[:-2]), len(self._vectors))
        for vector, part in zip(self._vectors, parts, strict=True):
            vector[:] = part

    @property
    def is_straight(self) -> bool:  # type: ignore[override]
        """Whether straight code makes the next update, where it has a value."""
        return self.t >= self.first

    # one update -------------------------------------------------------------------------------

    def _made(self, batch: Batch) -> Made | None:
        """Return what straight code makes of an update, None where it has no value; change nothing."""
        code = self._code(len(batch.x)) if self.is_straight else None
        if code is None:
            return None
        rows, numbers = _rows(batch), self._numbers()
        batches: tuple[Any, ...] = (
            (self.t + 1,) if self.is_whole else tuple(rows) if len(rows) == 1 else (rows,)
        )
        found: list[float] = []
        is_made = code(numbers, batches, self.t, float(self._rates.eta), found.append, NEVER)
        return Made(numbers, found[0]) if is_made else None

    def step(self, batch: Batch, keep: Keep | None = None) -> float:
        """Make one update and return the batch's loss before it; NumPy fills what `keep` looks at."""
        made = self._made(batch)
        if made is None:
            return super().step(batch, keep)
        seen = self.seen
        if keep is not None:
            super().step(batch, keep)
        else:
            self._reduce_by(len(batch.x))
            self.t += 1
        self._put(made.numbers)
        self.seen = seen + made.total
        self.data_loss = made.total * self._scale
        return made.loss

    def _loss_of(self, samples: Batch, keep: Keep | None = None, drops: str = "") -> float:
        loss = super()._loss_of(samples, keep, drops)
        made = self._made(samples) if self.is_whole and samples is self.data else None
        if made is None:
            return loss
        self.data_loss = made.total * self._scale_of(len(samples))
        return made.loss

    # many updates -----------------------------------------------------------------------------

    def _run(self, code: Steps, batches: Iterable[Any], note: Note, stop: Stop) -> float | None:
        """Make updates, and return the last one's sum of losses; None where an update has no value."""
        numbers = self._numbers()
        try:
            all_made = code(numbers, batches, self.t, float(self._rates.eta), note, stop)
        finally:
            self._put(numbers)
            self.t = int(numbers[-1])
        return numbers[-2] if all_made else None

    def streak(self, updates: int, note: Note, stop: Stop = NEVER) -> None:
        """Make so many updates with the whole set; `note` gets the loss before each."""
        end, code = self.t + updates, self._code(self.batch_size)
        if code is None or not self.is_straight:
            super().streak(updates, note, stop)
            return
        while self.t < end and not stop.asked:
            total = self._run(code, range(self.t + 1, end + 1), note, stop)
            if total is not None:
                self.seen = total
            elif self.t < end:
                note(*self.updates(self.t + 1))
        if self._schedule is not None and self.t:
            self._set_rate(self._schedule, self.t)

    def updates(
        self, epoch: int, done: int = 0, keep: Keep | None = None, stop: Stop = NEVER
    ) -> Iterator[float]:
        """Make an epoch's updates after the first `done`; yield the sum of the losses before each."""
        code, size = self._code(self.batch_size), self.batch_size
        full = len(self.data) // size
        if self.is_whole or keep is not None or code is None:
            yield from super().updates(epoch, done, keep)
            return
        for batch in self.batches(epoch, done):
            if self.is_straight:
                break
            yield self.step(batch)
        order = self._order(epoch)
        rows = self._rows if order is None else [self._rows[place] for place in order.tolist()]
        first = (epoch - 1) * self.updates_per_epoch
        while (done := self.t - first) < self.updates_per_epoch and not stop.asked:
            if done < full:
                found: list[float] = []
                own = rows[done * size : full * size]
                batches = own if size == 1 else zip(*[iter(own)] * size, strict=True)
                self._run(code, batches, found.append, stop)
                for total in found:
                    self.seen += total
                yield from found
            if self.t - first < self.updates_per_epoch and not stop.asked:
                # the last one, of fewer samples, or one without a value
                yield self.step(next(self.batches(epoch, self.t - first)))


def _rows(batch: Batch) -> list[list[float]]:
    """Return each sample's x and y, and its weight where it has one."""
    rows: list[list[float]] = np.concatenate([batch.x[:, 1:], batch.y.T], axis=1).tolist()
    return rows
