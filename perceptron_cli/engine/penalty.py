"""What large weights add to the loss, and their pull on the gradient."""

from __future__ import annotations

import numpy as np

from perceptron_cli.arrays import Array
from perceptron_cli.engine.network import Network
from perceptron_cli.optimizers import Rates
from perceptron_cli.spec.config import Penalty


def penalty_of(network: Network, penalty: Penalty, samples: int) -> float:
    """Return R of a network's weights over a batch of so many samples."""
    return Penalized(network, np.zeros_like(network.theta), None, penalty).loss(samples)


class Penalized:
    """`gradient` is the reduced one of the data, plus l2 w + l1 sign(w) where the penalty counts a weight."""

    def __init__(self, network: Network, whole: Array, rates: Rates | None, penalty: Penalty) -> None:
        """`whole` is the sum over the batch's samples."""
        self.gradient = np.zeros_like(whole)
        self._whole, self._rates, self._theta, self._penalty = whole, rates, network.theta, penalty
        self._counts = np.ones_like(whole)
        still = network.still(biases=penalty.biases)
        if still is not None:
            self._counts[still] = 0.0

    def share(self, samples: int) -> float:
        """The factor of the penalty over a batch."""
        return 1 / samples if self._penalty.reduction == "mean" else 1.0

    def loss(self, samples: int) -> float:
        """R, with the weights as they are."""
        w = self._theta * self._counts
        l2, l1 = float(self._penalty.l2), float(self._penalty.l1)
        return (l2 / 2 * float(w @ w) + l1 * float(np.abs(w).sum())) * self.share(samples)

    def pull(self, samples: int) -> Array:
        """dR/dw, with the weights as they are."""
        w = self._theta * self._counts
        found: Array = (float(self._penalty.l2) * w + float(self._penalty.l1) * np.sign(w)) * self.share(
            samples
        )
        return found

    def reduce(self, samples: int) -> None:
        """Fill `gradient`."""
        scale = self._rates.scale if self._rates else 1.0
        np.multiply(self._whole, scale, self.gradient)
        self.gradient += self.pull(samples)
