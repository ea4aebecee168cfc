"""The six workloads: networks, samples and epochs that every library trains from the same numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from perceptron_cli.spec.config import Config, Given, Layer, Sample, Training

RATE = 0.1


@dataclass(frozen=True)
class Work:
    """What there is to train: x (samples, inputs), y (samples, outputs), weights without their biases.

    Layers are sigmoid; the last one is softmax, with categorical cross-entropy, where `softmax`, else
    sigmoid with binary cross-entropy. Batches are taken in order, with plain gradient descent.
    """

    name: str
    title: str
    x: np.ndarray
    y: np.ndarray
    weights: list[np.ndarray]
    biases: list[np.ndarray]
    batch: int
    epochs: int
    softmax: bool = False

    @property
    def steps(self) -> int:
        """The number of updates in a run."""
        return self.epochs * -(-len(self.x) // self.batch)

    def batches(self) -> list[slice]:
        """Return which rows each step of an epoch takes."""
        return [slice(start, start + self.batch) for start in range(0, len(self.x), self.batch)]

    def is_told(self, epoch: int) -> bool:
        """Whether a history needs a pass of its own after an epoch, from 0.

        With the whole set as its batch an epoch's loss is the next step's, but for the last one's.
        """
        return self.batch < len(self.x) or epoch == self.epochs - 1

    def config(self, history: bool) -> Config:
        """The same as a config of nnstep's; without `history` an epoch's loss is its batches'."""
        names = ["sigmoid"] * (len(self.weights) - 1) + ["softmax" if self.softmax else "sigmoid"]
        layers = tuple(
            Layer(
                name,
                len(w),
                w.shape[1],
                weights=tuple(tuple(map(Given, row)) for row in np.column_stack([b, w]).tolist()),
            )
            for name, w, b in zip(names, self.weights, self.biases, strict=True)
        )
        samples = tuple(
            Sample(tuple(x), tuple(y)) for x, y in zip(self.x.tolist(), self.y.tolist(), strict=True)
        )
        loss = "categorical_cross_entropy" if self.softmax else "binary_cross_entropy"
        batch = None if self.batch >= len(samples) else self.batch
        training = Training(
            Given(RATE), self.epochs, batch, shuffle=False, epoch_loss="after" if history else "during"
        )
        return Config(self.name, layers, loss, samples, training)


def lecture() -> Work:
    """The lecture's network, one sample."""
    w = [[[0.1], [0.1]], [[0.2, 0.1], [0.3, 0.2], [0.1, 0.3]], [[0.4, 0.2, 0.6]]]
    b = [[0.1, 0.2], [0.3, 0.1, 0.2], [0.5]]
    weights, biases = [np.array(one) for one in w], [np.array(one) for one in b]
    x, y = np.array([[2.0]]), np.array([[1.0]])
    return Work("W1", "1-2-3-1, one sample", x, y, weights, biases, 1, 10_000)


def xor() -> Work:
    """XOR, all four samples at once."""
    weights, biases = drawn(np.random.default_rng(7), (2, 8, 1))
    x, y = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0.0], [1], [1], [0]])
    return Work("W2", "2-8-1, batch of 4", x, y, weights, biases, 4, 10_000)


def numbers(
    name: str, title: str, sizes: tuple[int, ...], samples: int, batch: int, epochs: int
) -> Callable[[], Work]:
    """Return what makes a network on normal x with y = sin(sum of x) > 0."""

    def make() -> Work:
        rng = np.random.default_rng(7)
        x = rng.standard_normal((samples, sizes[0]))
        y = (np.sin(x.sum(axis=1, keepdims=True)) > 0).astype(float)
        weights, biases = drawn(rng, sizes)
        return Work(name, title, x, y, weights, biases, batch, epochs)

    return make


def digits() -> Work:
    """As large as MNIST's pictures, ten classes."""
    rng = np.random.default_rng(7)
    x, y = rng.random((10_000, 784)), np.eye(10)[rng.integers(0, 10, 10_000)]
    weights, biases = drawn(rng, (784, 128, 10))
    return Work("W5", "784-128-10 softmax, batches of 64", x, y, weights, biases, 64, 2, softmax=True)


def drawn(rng: np.random.Generator, sizes: tuple[int, ...]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Draw each layer's weights, then its biases."""
    weights, biases = [], []
    for below, n in pairwise(sizes):
        weights.append(rng.standard_normal((n, below)) / np.sqrt(below))
        biases.append(rng.standard_normal(n) * 0.1)
    return weights, biases


WORKLOADS: dict[str, Callable[[], Work]] = {
    "W1": lecture,
    "W2": xor,
    "W3": numbers("W3", "2-8-1, a sample at a time", (2, 8, 1), 1_000, 1, 10),
    "W4": numbers("W4", "10-64-64-1, batches of 32", (10, 64, 64, 1), 10_000, 32, 5),
    "W5": digits,
    "W6": numbers("W6", "100-256-256-1, all 10,000 at once", (100, 256, 256, 1), 10_000, 10_000, 5),
}
