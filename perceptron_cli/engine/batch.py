"""Samples as arrays, and the tiles that a large batch is walked in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from perceptron_cli.arrays import Array, Indices
from perceptron_cli.spec.config import Sample
from perceptron_cli.spec.samples import Samples

# A tile of so many samples stays in the processor's cache; the tiles' gradients are added in
# order, so that a run gives the same bits every time.
TILE = 256


@dataclass(slots=True)  # not frozen: one is made for every step, and freezing costs a tenth of a small one
class Batch:
    """Samples of one update: x (samples, 1 + inputs) with its 1, y (outputs, samples), their numbers."""

    x: Array
    y: Array
    numbers: Indices

    @classmethod
    def of(cls, samples: Sequence[Sample], outputs: int) -> Batch:
        """Return samples as arrays: x has a row per sample, y (outputs, samples) a column."""
        return cls(inputs_of(samples), targets_of(samples, outputs), np.arange(1, len(samples) + 1))

    def __len__(self) -> int:
        return len(self.x)

    def take(self, which: slice | Indices) -> Batch:
        """Return some of the samples."""
        return Batch(self.x[which], self.y[:, which], self.numbers[which])

    def tiles(self) -> Sequence[tuple[Array, Array]]:
        """Return (x, y) of so many samples as are worked on at once."""
        if len(self.x) <= TILE:
            return ((self.x, self.y),)
        starts = range(0, len(self.x), TILE)
        return [(self.x[start : start + TILE], self.y[:, start : start + TILE]) for start in starts]


def inputs_of(samples: Sequence[Sample]) -> Array:
    """Return x with a 1 in front, a row per sample."""
    if isinstance(samples, Samples):
        x = samples.x
    else:
        x = np.array([sample.x for sample in samples], dtype=np.float64)
    return np.concatenate([np.ones((len(x), 1)), x], axis=1)


def targets_of(samples: Sequence[Sample], outputs: int) -> Array:
    """Return y, a column per sample; one without a target has nan. A last row has their weights, if any."""
    if isinstance(samples, Samples):
        shape = (outputs, len(samples))
        return np.full(shape, np.nan) if samples.y is None else np.ascontiguousarray(samples.y.T)
    missing = (np.nan,) * outputs
    rows = [missing if sample.y is None else sample.y for sample in samples]
    y = np.array(rows, dtype=np.float64).T
    if any(sample.weight is not None for sample in samples):
        y = np.vstack([y, [1.0 if one.weight is None else one.weight for one in samples]])
    return np.ascontiguousarray(y)
