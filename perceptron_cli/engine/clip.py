"""The gradient as an optimizer takes it where it is clipped first."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from perceptron_cli.arrays import Array, Indices
from perceptron_cli.clipping import CLIPPINGS
from perceptron_cli.optimizers import Rates, Update
from perceptron_cli.spec.config import Training


class Clipped:
    """`gradient` is reduced and clipped; what does not learn has a 0 there. `numbers` are those it took."""

    def __init__(self, whole: Array, rates: Rates, training: Training, still: Indices | None) -> None:
        """`whole` is the sum over the batch, `still` the places of what does not learn."""
        self.gradient = np.zeros_like(whole)
        self.numbers: Mapping[str, float] = {}
        self._whole, self._scale, self._still = whole, rates.scale, still
        self._clip = CLIPPINGS[training.clip].bind(self.gradient, training.clip_options)

    def before(self, update: Update) -> Update:
        """Return the update with the clipping in front of it."""

        def clipped_update(t: int) -> None:
            np.multiply(self._whole, self._scale, self.gradient)
            if self._still is not None:
                self.gradient[self._still] = 0.0
            self.numbers = self._clip()
            update(t)

        return clipped_update
