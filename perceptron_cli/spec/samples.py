"""The samples of a data set: arrays, of which a sample is made when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

from perceptron_cli.arrays import Array, Indices
from perceptron_cli.spec.config import Given, Sample


class Samples(Sequence[Sample]):
    """Samples as `x` (samples, inputs) and `y` (samples, outputs), None where there is no target.

    `labels` holds each one's class, where the targets are classes. `computed` says that x is not as
    it was written.
    """

    def __init__(
        self, x: Array, y: Array | None = None, labels: Indices | None = None, *, computed: bool = False
    ) -> None:
        self.x, self.y, self.labels, self.computed = x, y, labels, computed

    def __len__(self) -> int:
        return len(self.x)

    @overload
    def __getitem__(self, place: int) -> Sample: ...
    @overload
    def __getitem__(self, place: slice) -> Samples: ...
    def __getitem__(self, place: int | slice) -> Sample | Samples:
        if isinstance(place, slice):
            return self.take(place)
        x = tuple(Given(value, "" if self.computed else _text(value)) for value in self.x[place].tolist())
        if self.y is None:
            return Sample(x)
        y = tuple(Given(value, _text(value)) for value in self.y[place].tolist())
        return Sample(x, y, None if self.labels is None else int(self.labels[place]))

    def take(self, which: slice | Indices) -> Samples:
        """Return some of the samples."""
        return Samples(
            self.x[which],
            None if self.y is None else self.y[which],
            None if self.labels is None else self.labels[which],
            computed=self.computed,
        )

    def smoothed(self, by: float) -> Samples:
        """Return the samples with (1 - by) y + by/classes for y."""
        if self.y is None:
            return self
        y = self.y + by * (1 / max(self.y.shape[1], 2) - self.y)
        return Samples(self.x, y, self.labels, computed=self.computed)

    def scaled(self, shift: Array, scale: Array) -> Samples:
        """Return the samples with (x - shift)/scale for x."""
        return Samples((self.x - shift) / scale, self.y, self.labels, computed=True)


def _text(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
