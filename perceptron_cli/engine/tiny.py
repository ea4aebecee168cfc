"""A tiny network being trained: after the first updates straight code makes them, in NumPy's place."""

from __future__ import annotations

from itertools import islice
from operator import length_hint
from typing import Any, NamedTuple

import numpy as np

from perceptron_cli.engine.batch import Batch
from perceptron_cli.engine.cost import warm_up
from perceptron_cli.engine.straight import Steps, steps
from perceptron_cli.engine.trainer import Keep, Losses, Trainer
from perceptron_cli.schedules import SCHEDULES
from perceptron_cli.spec.config import Config

# Where straight code has no value (ln 0, a quotient by 0), NumPy makes the step, with its inf and nan.
NO_VALUE = (ArithmeticError, ValueError)


class Made(NamedTuple):
    """What an update would leave: weights and state in a row, the sum of the losses before it, and R."""

    numbers: list[float]
    total: float
    penalty: float


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
        numbers: list[float] = np.concatenate([*self._vectors, [self.seen]]).tolist()
        return numbers

    def _put(self, numbers: list[float]) -> None:
        """Take over what straight code left: the weights, the state, and the last batch's sum of losses."""
        parts = np.split(np.array(numbers[:-1]), len(self._vectors))
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
        running = code(numbers, batches, self.t, float(self._rates.eta))
        try:
            told = next(running)
        except NO_VALUE:
            return None
        running.close()
        return Made(numbers, *(told if isinstance(told, tuple) else (told, 0.0)))

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
        return self.data_loss + made.penalty

    def _loss_of(self, samples: Batch, keep: Keep | None = None, drops: str = "") -> float:
        loss = super()._loss_of(samples, keep, drops)
        made = self._made(samples) if self.is_whole and samples is self.data else None
        if made is None:
            return loss
        self.data_loss = made.total * self._scale_of(len(samples))
        return self.data_loss + made.penalty

    # many updates -----------------------------------------------------------------------------

    def losses(self, updates: int) -> Losses:
        """Make so many updates with the whole set; yield the loss before each."""
        end, code = self.t + updates, self._code(self.batch_size)
        while self.t < end:
            if self._schedule is not None:
                self._set_rate(self._schedule, self.t + 1)
            scale, numbers, failed = self._scale_of(self.batch_size), self._numbers(), not self.is_straight
            left = iter(range(self.t + 1, end + 1))
            if code is not None and not failed:
                running = code(numbers, left, self.t, float(self._rates.eta))
                try:
                    if self._penalty is not None:
                        yield from (total * scale + penalty for total, penalty in running)
                    else:
                        yield from running if scale == 1 else map(scale.__mul__, running)
                except NO_VALUE:
                    failed = True
                finally:
                    running.close()
                    self._put(numbers)
                    self.seen = numbers[-1]
                    self.t = end - length_hint(left) - failed
            if failed:
                self.seen = 0.0
                yield super().step(self.data)
        if self._schedule is not None and self.t:
            self._set_rate(self._schedule, self.t)

    def updates(self, epoch: int, done: int = 0, keep: Keep | None = None) -> Losses:
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
        while (done := self.t - first) < self.updates_per_epoch:
            if done < full:
                yield from self._streak(code, rows[done * size : full * size])
            for batch in islice(self.batches(epoch, self.t - first), 1):
                yield self.step(batch)  # the last one, of fewer samples, or one without a value

    def _streak(self, code: Steps, rows: list[list[float]]) -> Losses:
        size = self.batch_size
        batches: list[Any] = rows if size == 1 else list(zip(*[iter(rows)] * size, strict=True))
        left, numbers, start, failed = iter(batches), self._numbers(), self.t, False
        running, seen = code(numbers, left, self.t, float(self._rates.eta)), self.seen
        try:
            for total in running:
                seen += total
                yield total
        except NO_VALUE:
            failed = True
        finally:
            running.close()
            self._put(numbers)
            self.seen = seen
            self.t = start + len(batches) - length_hint(left) - failed


def _rows(batch: Batch) -> list[list[float]]:
    """Return each sample's x and y, and its weight where it has one."""
    rows: list[list[float]] = np.concatenate([batch.x[:, 1:], batch.y.T], axis=1).tolist()
    return rows
