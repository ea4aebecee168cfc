"""A network's parameters: one flat vector, and a matrix per layer that is a view of it."""

from __future__ import annotations

import numpy as np

from perceptron_cli.arrays import Array, Indices
from perceptron_cli.initializers import INITIALIZERS
from perceptron_cli.spec.config import Config, Layer


class Network:
    """`theta` holds every parameter; `weights[l - 1]` is layer l's matrix, of its `size`, bias first."""

    def __init__(self, config: Config) -> None:
        self.layers = config.layers
        self.sizes = config.sizes
        self.theta: Array = np.concatenate([matrix.ravel() for matrix in initial_weights(config)])
        self.weights = self.split(self.theta)

    def split(self, vector: Array) -> list[Array]:
        """Return the layers' matrices as views of a vector that is laid out like `theta`."""
        views: list[Array] = []
        start = 0
        for layer in self.layers:
            shape = layer.size
            views.append(vector[start : start + shape[0] * shape[1]].reshape(shape))
            start += shape[0] * shape[1]
        return views

    def still(self, *, biases: bool) -> Indices | None:
        """Return where in `theta` stands what is not learnt, None where all is; biases may be so."""
        if biases and not any(layer.still for layer in self.layers):
            return None
        marks = np.ones_like(self.theta)
        for layer, view in zip(self.layers, self.split(marks), strict=True):
            view[:, layer.columns(biases=biases)] = 0.0
        return np.flatnonzero(marks)


def initial_weights(config: Config) -> list[Array]:
    """Return each layer's weights as given, or drawn from the config's seed, layer 1 first."""
    drawn = any(layer.weights is None for layer in config.layers)
    rng = np.random.default_rng(config.training.seed) if drawn else None
    return [_weights(layer, rng) for layer in config.layers]


def _weights(layer: Layer, rng: np.random.Generator | None) -> Array:
    if layer.weights is not None:
        return np.array(layer.weights, dtype=np.float64).reshape(layer.size)
    if rng is None or layer.init is None:
        raise ValueError("a layer has neither weights nor an initializer")
    rows, columns = layer.size
    matrix = np.zeros((rows, columns))
    drawn = [column for column in range(columns) if column not in layer.bias_columns]
    matrix[:, drawn] = INITIALIZERS[layer.init].draw(rng, rows, len(drawn), layer.init_options)
    if layer.biases is not None:
        matrix[:, 0] = layer.biases
    return matrix
