"""Layers of every kind: one file a kind, with its keys, shapes, parameters, lines and array work.

A kind is imported where a network has one: most have dense layers alone.
"""

from functools import lru_cache
from importlib import import_module
from typing import cast

from perceptron_cli.layers.kind import Kind

# The file of each kind; more than one may live together where they are one idea.
KINDS = {
    "dense": "dense",
    "dense_shared_bias": "shared_bias",
    "activation": "activation",
    "prelu": "prelu",
    "flatten": "flatten",
    "scale": "scale",
    "conv1d": "convolution",
    "conv2d": "convolution",
    "max_pool": "pooling",
    "average_pool": "pooling",
    "global_average_pool": "pooling",
    "dropout": "dropout",
    "batch_norm": "normalization",
    "layer_norm": "normalization",
    "residual": "residual",
    "embedding": "embedding",
    "positional_encoding": "embedding",
    "dense_over_time": "over_time",
    "attention": "attention",
    "rnn": "recurrent",
    "lstm": "recurrent",
    "gru": "recurrent",
}


@lru_cache
def kind_of(name: str) -> Kind:
    """Return a kind of layer by its name."""
    return cast(Kind, import_module(f"perceptron_cli.layers.{KINDS[name]}").ENTRIES[name])


__all__ = ["KINDS", "Kind", "kind_of"]
