"""The losses of a run, an epoch each, and what else was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

MOST_POINTS = 10_000  # of the loss history; a longer run keeps every second, fourth, ... epoch

# What may be measured of an epoch beside its loss, by its name.
MEASURES = ("accuracy", "validation_loss", "validation_accuracy")
NOTHING: Mapping[str, float] = {}


class History:
    """The loss after each epoch, thinned so that its size does not grow with the run.

    `measures` has a number for each epoch in `epochs`, by the name of what was measured.
    """

    def __init__(self) -> None:
        self.stride = 1
        self.epochs: list[int] = []
        self.losses: list[float] = []
        self.measures: dict[str, list[float]] = {}

    def add(self, epoch: int, loss: float, measures: Mapping[str, float] = NOTHING) -> None:
        """Note an epoch's loss and measures, the same ones each time; epoch 0 is before training."""
        if epoch % self.stride:
            return
        if len(self.epochs) == MOST_POINTS:
            self.stride *= 2
            self.epochs, self.losses = self.epochs[::2], self.losses[::2]
            self.measures = {name: values[::2] for name, values in self.measures.items()}
            if epoch % self.stride:
                return
        self.epochs.append(epoch)
        self.losses.append(loss)
        if measures:
            for name, value in measures.items():
                self.measures.setdefault(name, []).append(value)

    def extend(self, epoch: int, losses: Sequence[float]) -> None:
        """Note the losses of epochs in a row, from one on, of which nothing else is measured."""
        first = -epoch % self.stride
        rest = losses[first :: self.stride]
        if len(self.epochs) + len(rest) <= MOST_POINTS:
            self.epochs.extend(range(epoch + first, epoch + len(losses), self.stride))
            self.losses.extend(rest)
            return
        for place, loss in enumerate(losses):
            self.add(epoch + place, loss)

    def copy(self) -> History:
        """Return a history that does not grow with this one."""
        other = History()
        other.stride, other.epochs, other.losses = self.stride, list(self.epochs), list(self.losses)
        other.measures = {name: list(values) for name, values in self.measures.items()}
        return other
