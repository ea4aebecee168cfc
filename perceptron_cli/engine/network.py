"""A network's parameters: one flat vector, and a matrix per layer that is a view of it."""

from __future__ import annotations

import numpy as np

from perceptron_cli.arrays import Array, Indices
from perceptron_cli.initializers import INITIALIZERS
from perceptron_cli.spec.config import Config, Layer


class Network:
    """`theta` holds every parameter; `weights[l - 1]` is layer l's part, (n_l, 1 + n_{l-1}), bias first."""

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
            shape = (layer.neurons, 1 + layer.inputs)
            views.append(vector[start : start + shape[0] * shape[1]].reshape(shape))
            start += shape[0] * shape[1]
        return views

    def bias_indices(self) -> Indices:
        """Return where in `theta` the biases stand."""
        marks = np.zeros_like(self.theta)
        for view in self.split(marks):
            view[:, 0] = 1.0
        return np.flatnonzero(marks)


def initial_weights(config: Config) -> list[Array]:
    """Return each layer's weights as given, or drawn from the config's seed, layer 1 first."""
    drawn = any(layer.weights is None for layer in config.layers)
    rng = np.random.default_rng(config.training.seed) if drawn else None
    return [_weights(layer, rng) for layer in config.layers]


def _weights(layer: Layer, rng: np.random.Generator | None) -> Array:
    if layer.weights is not None:
        return np.array(layer.weights, dtype=np.float64).reshape(layer.neurons, 1 + layer.inputs)
    if rng is None or layer.init is None:
        raise ValueError("a layer has neither weights nor an initializer")
    matrix = np.zeros((layer.neurons, 1 + layer.inputs))
    if layer.biases is not None:
        matrix[:, 0] = layer.biases
    matrix[:, 1:] = INITIALIZERS[layer.init].draw(rng, layer.neurons, layer.inputs, layer.init_options)
    return matrix
