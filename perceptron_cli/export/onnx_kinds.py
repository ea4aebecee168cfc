"""Layers of other kinds than dense in ONNX.

onnxruntime has no Conv in float64. So windows are gathered, and one product of matrices does them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from perceptron_cli.arrays import Array
from perceptron_cli.errors import InputError
from perceptron_cli.export.onnx_graph import Graph
from perceptron_cli.layers import kind_of
from perceptron_cli.layers.layer import Layer


def of_kind(graph: Graph, outs: Sequence[str], layer: Layer, weights: Array) -> str:
    """Add what a layer makes of what is below, before its activation; `outs` are all layers so far."""
    a, settings = outs[-1], layer.settings
    match layer.kind:
        case "conv1d" | "conv2d":
            return _convolved(graph, a, layer, weights)
        case "max_pool":
            return graph.node("ReduceMax", _windows(graph, a, layer), axes=[2], keepdims=0)
        case "average_pool" | "global_average_pool":
            return graph.node("ReduceMean", _windows(graph, a, layer), axes=[2], keepdims=0)
        case "dense_shared_bias":
            w = weights[0, 1:].reshape(layer.neurons, layer.inputs)
            return graph.node("Add", graph.node("MatMul", a, graph.constant(w.T)), float(weights[0, 0]))
        case "prelu":
            kind: Any = kind_of(layer.kind)
            low = graph.node("Mul", graph.node("Min", a, 0.0), weights[kind.rows(layer), 1])
            return graph.node("Add", graph.node("Max", a, 0.0), low)
        case "scale":
            return graph.node("Mul", a, float(settings["factor"]))
        case "residual":
            return graph.node("Add", a, outs[settings["from"]])
        case "batch_norm":
            return _by_statistics(graph, a, layer, weights)
        case "layer_norm":
            return _normalised(graph, a, layer, weights)
        case _:  # flatten, dropout and an activation alone: what is below
            return a


def _windows(graph: Graph, a: str, layer: Layer) -> str:
    """Gather windows: (samples, given, most); what lies in the padding is 0."""
    found: Any = kind_of(layer.kind).windows(layer)
    places = np.where(found < 0, layer.inputs, found)
    if (found < 0).any():
        zero = graph.node("Mul", graph.node("Gather", a, graph.whole([0]), axis=1), 0.0)
        a = graph.node("Concat", a, zero, axis=1)
    return graph.node("Gather", a, graph.whole(places), axis=1)


def _convolved(graph: Graph, a: str, layer: Layer, weights: Array) -> str:
    """Each number is its window times its filter's kernel, added up, plus the bias."""
    filters, inside = len(weights), layer.neurons // len(weights)
    own = np.repeat(np.arange(filters), inside)
    if layer.kind == "conv1d":
        own = np.tile(np.arange(filters), inside)
    products = graph.node("Mul", _windows(graph, a, layer), weights[own, 1:])
    added = graph.node("ReduceSum", products, graph.whole([2]), keepdims=0)
    return graph.node("Add", added, weights[own, 0])


def _by_statistics(graph: Graph, a: str, layer: Layer, weights: Array) -> str:
    """Batch normalization with its running mean and variance."""
    if "running_mean" not in layer.settings["given"]:
        raise InputError(
            "--to onnx: batch_norm needs its running statistics, and the config has none",
            hint="'nnstep train --save FILE' writes them",
        )
    kind: Any = kind_of(layer.kind)
    rows = np.array(kind.features(layer))
    beta, gamma, mean, var = (weights[rows, column] for column in range(4))
    scale = gamma / np.sqrt(var + float(layer.settings["epsilon"]))
    return graph.node("Add", graph.node("Mul", a, scale), beta - mean * scale)


def _normalised(graph: Graph, a: str, layer: Layer, weights: Array) -> str:
    kind: Any = kind_of(layer.kind)
    rows, groups = np.array(kind.features(layer)), kind.groups(layer)
    grouped = graph.node("Gather", a, graph.whole(groups), axis=1)
    centred = graph.node("Sub", grouped, graph.node("ReduceMean", grouped, axes=[2], keepdims=1))
    var = graph.node("ReduceMean", graph.node("Mul", centred, centred), axes=[2], keepdims=1)
    root = graph.node("Sqrt", graph.node("Add", var, float(layer.settings["epsilon"])))
    flat = graph.node("Reshape", graph.node("Div", centred, root), graph.whole([-1, layer.inputs]))
    return graph.node("Add", graph.node("Mul", flat, weights[rows, 1]), weights[rows, 0])
