"""Where a run left the finite numbers: the first one that did, its layer and its update.

A run looks at its losses alone. When one is no number, the updates since a snapshot are made
again, with every number looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from perceptron_cli.arrays import Array
from perceptron_cli.engine.advising import advice
from perceptron_cli.engine.trainer import Snapshot, Trainer
from perceptron_cli.engine.workspace import Workspace
from perceptron_cli.errors import NumberError
from perceptron_cli.expr import Symbol
from perceptron_cli.records import record


@record
class Lost:
    """A number that left the finite range."""

    symbol: Symbol
    value: float


def diverged(trainer: Trainer, start: Snapshot, last: int) -> NumberError:
    """Return the error that names the first number lost after `start`, up to update `last`.

    The trainer is left where that happened.
    """
    trainer.restore(start)
    lost = None
    while lost is None and trainer.t < last:
        epoch, done = divmod(trainer.t, trainer.updates_per_epoch)
        for batch in trainer.batches(epoch + 1, done):
            largest = float(np.abs(trainer.network.theta).max())
            passes = _Passes(trainer, batch.numbers.tolist())
            trainer.step(batch, passes.look)
            lost = passes.lost or _after_update(trainer)
            if lost is not None or trainer.t == last:
                break
    update, epoch = trainer.t, (trainer.t - 1) // trainer.updates_per_epoch + 1
    place = f"update {update}, epoch {epoch}"
    if lost is None:
        largest = float(np.abs(trainer.network.theta).max())
        passes = _Passes(trainer, trainer.data.numbers.tolist())
        trainer.loss(passes.look_ahead)
        lost, place = passes.lost, f"after {place}" if update else "before the first update"
    return _error(trainer, lost, place, largest)


def _error(trainer: Trainer, lost: Lost | None, place: str, largest: float) -> NumberError:
    if lost is None:
        what = "the loss left the finite range"
    else:
        place += f", layer {lost.symbol.layer or len(trainer.network.layers)}"  # a loss is the output's
        what = f"{lost.symbol.name} left the finite range and came to {lost.value}"
    message = f"{place}: {what}; the largest weight before it is {largest:.3g}"
    return NumberError(message, hint=advice(trainer.config, trained=trainer.t > 0))


class _Passes:
    """Looks through what the passes of one update leave in each tile's workspace."""

    def __init__(self, trainer: Trainer, numbers: Sequence[int]) -> None:
        self.numbers = numbers  # of the batch's samples
        self.several = len(trainer.data) > 1
        self.seen = 0
        self.lost: Lost | None = None

    def look_ahead(self, workspace: Workspace, y: Array) -> None:
        """Look at a forward pass and its loss."""
        self._look(self._forward(workspace), y)
        if self.lost is None and not np.isfinite(loss := workspace.loss_sum(y)):
            self.lost = Lost(Symbol("L"), loss)

    def look(self, workspace: Workspace, y: Array) -> None:
        """Look at both passes, in the order in which they were made."""
        self.look_ahead(workspace, y)
        self.seen -= y.shape[1]
        self._look(self._backward(workspace), y)

    def _look(self, arrays: Iterator[tuple[str, int, Array]], y: Array) -> None:
        for head, l, array in arrays:
            place = _first_lost(array)
            if place is not None and self.lost is None:
                sample = self.numbers[self.seen + place[1]] if self.several else None
                self.lost = Lost(Symbol(head, l, (place[0] + 1,), sample), float(array[place]))
        self.seen += y.shape[1]

    def _forward(self, workspace: Workspace) -> Iterator[tuple[str, int, Array]]:
        for l, (z, a) in enumerate(zip(workspace.z, workspace.a, strict=True), start=1):
            yield "z", l, z
            yield "a", l, a

    def _backward(self, workspace: Workspace) -> Iterator[tuple[str, int, Array]]:
        for l in range(len(workspace.dz), 0, -1):
            yield "dL/dz", l, workspace.dz[l - 1]


def _after_update(trainer: Trainer) -> Lost | None:
    """Look at the gradient, the optimizer's state and the weights, output layer first."""
    vectors = {"dL/dw": trainer.gradient, **trainer.state, "w": trainer.network.theta}
    for head, vector in vectors.items():
        layers = list(enumerate(trainer.network.split(vector), start=1))
        for l, matrix in reversed(layers):
            place = _first_lost(matrix)
            if place is not None:
                prime = head != "dL/dw"
                symbol = Symbol(head, l, (place[1], place[0] + 1), prime=prime)
                return Lost(symbol, float(matrix[place]))
    return None


def _first_lost(array: Array) -> tuple[int, int] | None:
    rows, columns = np.nonzero(~np.isfinite(array))
    return (int(rows[0]), int(columns[0])) if len(rows) else None
