"""The symbols of a dense network's numbers, in the order in which they lie in its vectors."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from perceptron_cli.expr import Symbol
from perceptron_cli.spec.config import Config


def data(config: Config, samples: int) -> list[list[Symbol]]:
    """Return the symbols of each sample's numbers: x, y, and its weight where samples have one."""
    heads = [("x", config.inputs), ("y", config.sizes[-1])]
    weighed = any(one.weight is not None for one in config.samples)
    return [
        [Symbol(head, None, (k,), s) for head, n in heads for k in range(1, n + 1)]
        + [Symbol("c", None, (), s)] * weighed
        for s in range(1, samples + 1)
    ]


@lru_cache(4096)
def w(l: int, i: int, j: int) -> Symbol:
    """Return the weight from i to neuron j of layer l; i = 0 is the bias."""
    return Symbol("w", l, (i, j))


def state(weight: Symbol, head: str) -> Symbol:
    """Return what an optimizer keeps of a weight."""
    return Symbol(head, weight.layer, weight.indices)


def weights(config: Config) -> Iterator[Symbol]:
    """Yield every weight, layer 1 first."""
    for l, layer in enumerate(config.layers, start=1):
        yield from (w(l, i, j) for j in range(1, layer.neurons + 1) for i in range(layer.size[1]))


def learnt(config: Config, *, biases: bool) -> Iterator[Symbol]:
    """Yield the weights that are learnt; biases may be so."""
    for l, layer in enumerate(config.layers, start=1):
        for j in range(1, layer.neurons + 1):
            yield from (w(l, i, j) for i in layer.columns(biases=biases))
