"""A convolution on scikit-learn's digits, brought to 28 x 28: how well it does, and how fast beside PyTorch.

    python benchmarks/digits.py [EPOCHS]

Eight filters of 3 x 3, pooling by 2, ten outputs; batches of 32, Adam. A quarter of the digits is held out.
The two libraries take turns, an epoch each, and the figure is the median of the ratios.
"""

from __future__ import annotations

import statistics
import sys
import time

import numpy as np

from perceptron_cli import engine, spec
from perceptron_cli.spec.config import Config
from perceptron_cli.spec.samples import Samples

FILTERS, SIZE, BATCH, RATE = 8, 28, 32, 0.003


def pictures() -> tuple[np.ndarray, np.ndarray]:
    """Return the digits as 28 x 28 pictures from 0 to 1, and their classes."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    wide = np.kron(digits.images / 16, np.ones((3, 3)))
    return np.pad(wide, ((0, 0), (2, 2), (2, 2))).reshape(len(wide), -1), digits.target


def network(x: np.ndarray, labels: np.ndarray, epochs: int) -> Config:
    """Return the config that trains on these pictures."""
    made = spec.load(
        {
            "network": {
                "inputs": [SIZE, SIZE],
                "layers": [
                    {"kind": "conv2d", "filters": FILTERS, "kernel_size": 3, "activation": "relu"},
                    {"kind": "max_pool", "size": 2},
                    {"kind": "flatten"},
                    {"neurons": 10, "activation": "softmax"},
                ],
            },
            "loss": "cross_entropy",
            "sample": {"x": [[0.0] * SIZE] * SIZE, "y": 0},
            "training": {"epochs": epochs, "batch_size": BATCH, "optimizer": "adam", "learning_rate": RATE},
        }
    )
    from dataclasses import replace

    return replace(made, samples=Samples(x, np.eye(10)[labels], labels))


class Ours:
    """nnstep's engine, an epoch at a time."""

    def __init__(self, config: Config) -> None:
        self.trainer, self.epoch = engine.Trainer(config), 0

    def run(self) -> None:
        self.epoch += 1
        for batch in self.trainer.batches(self.epoch):
            self.trainer.step(batch)

    def right(self, x: np.ndarray, labels: np.ndarray) -> float:
        found = engine.outputs(self.trainer.config, self.trainer.network.weights, x)
        return float((found.argmax(axis=1) == labels).mean())


class Theirs:
    """PyTorch in eager mode, with the same start and in float64."""

    def __init__(self, config: Config, x: np.ndarray, labels: np.ndarray) -> None:
        import torch
        from torch import nn

        torch.set_default_dtype(torch.float64)
        inside = (SIZE - 2) // 2
        self.model = nn.Sequential(
            nn.Conv2d(1, FILTERS, 3),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(FILTERS * inside**2, 10),
        )
        kernel, _, _, dense = engine.Network(config).weights
        with torch.no_grad():
            for layer, matrix in ((self.model[0], kernel), (self.model[4], dense)):
                layer.weight.copy_(torch.tensor(matrix[:, 1:]).reshape(layer.weight.shape))
                layer.bias.copy_(torch.tensor(matrix[:, 0]))
        self.torch, self.loss = torch, nn.CrossEntropyLoss()
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=RATE)
        self.x = torch.tensor(x).reshape(-1, 1, SIZE, SIZE)
        self.y = torch.tensor(labels)

    def run(self) -> None:
        order = self.torch.randperm(len(self.x))
        for start in range(0, len(order), BATCH):
            some = order[start : start + BATCH]
            self.optimizer.zero_grad()
            self.loss(self.model(self.x[some]), self.y[some]).backward()
            self.optimizer.step()


def main(epochs: int) -> int:
    """Train both, and print how many of the held-out digits are right and the ratio of the times."""
    x, labels = pictures()
    order = np.random.default_rng(0).permutation(len(x))
    cut = len(x) * 3 // 4
    train, rest = order[:cut], order[cut:]
    config = network(x[train], labels[train], epochs)
    ours, theirs = Ours(config), Theirs(config, x[train], labels[train])
    times: list[tuple[float, float]] = []
    for _ in range(epochs):
        spent = []
        for one in (ours, theirs):
            start = time.perf_counter()
            one.run()
            spent.append(time.perf_counter() - start)
        times.append((spent[0], spent[1]))
    right = ours.right(x[rest], labels[rest])
    ratio = statistics.median(other / own for own, other in times)
    print(f"{len(rest)} digits held out, {100 * right:.1f} % right after {epochs} epochs")
    spent_here = statistics.median(own for own, _ in times) * 1000
    print(f"an epoch of {cut}: {spent_here:.0f} ms, PyTorch {ratio:.2f} times")
    return 0 if right >= 0.95 else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 8))
