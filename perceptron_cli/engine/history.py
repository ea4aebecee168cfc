"""The losses of a run, an epoch each."""

from __future__ import annotations

MOST_POINTS = 10_000  # of the loss history; a longer run keeps every second, fourth, ... epoch


class History:
    """The loss after each epoch, thinned so that its size does not grow with the run.

    `validation` has the loss on what was held out, for each epoch in `epochs`, where anything was.
    """

    def __init__(self) -> None:
        self.stride = 1
        self.epochs: list[int] = []
        self.losses: list[float] = []
        self.validation: list[float] = []

    def add(self, epoch: int, loss: float, validation: float | None = None) -> None:
        """Note an epoch's loss; epoch 0 is before training."""
        if epoch % self.stride:
            return
        if len(self.epochs) == MOST_POINTS:
            self.stride *= 2
            self.epochs, self.losses = self.epochs[::2], self.losses[::2]
            self.validation = self.validation[::2]
            if epoch % self.stride:
                return
        self.epochs.append(epoch)
        self.losses.append(loss)
        if validation is not None:
            self.validation.append(validation)

    def copy(self) -> History:
        """Return a history that does not grow with this one."""
        other = History()
        other.stride, other.epochs, other.losses = self.stride, list(self.epochs), list(self.losses)
        other.validation = list(self.validation)
        return other
