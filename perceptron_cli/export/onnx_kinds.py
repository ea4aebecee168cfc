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
from perceptron_cli.export.onnx_trees import of_tree
from perceptron_cli.layers import kind_of
from perceptron_cli.layers.layer import Layer
from perceptron_cli.layers.recurrent import Formula


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
        case "flatten" | "dropout" | "activation":
            return a
        case "rnn" | "lstm" | "gru":
            return _recurrent(graph, a, layer, weights)
        case "attention":
            return _attended(graph, a, layer, weights)
        case "dense_over_time":
            steps = graph.node("Reshape", a, graph.whole([-1, *layer.below]))
            product = graph.node("MatMul", steps, graph.constant(weights[:, 1:].T))
            return _flat(graph, graph.node("Add", product, weights[:, 0]), layer)
        case "embedding":
            tokens = graph.node("Cast", a, to=7)  # whole numbers
            return _flat(graph, graph.node("Gather", graph.constant(weights), tokens, axis=0), layer)
        case "positional_encoding":
            own: Any = kind_of(layer.kind)
            return graph.node("Add", a, np.array([own.encoding(layer, n) for n in range(layer.inputs)]))
    raise InputError(f"--to onnx knows no layer {layer.kind}")


def _flat(graph: Graph, a: str, layer: Layer) -> str:
    return graph.node("Reshape", a, graph.whole([-1, layer.neurons]))


def _recurrent(graph: Graph, a: str, layer: Layer, weights: Array) -> str:
    """Unroll a cell: its lines, one time step after the other."""
    kind: Any = kind_of(layer.kind)
    settings = layer.settings
    units, features = settings["units"], settings["features"]
    columns = {block.key: weights[:, block.start : block.start + block.width] for block in kind.blocks(layer)}
    none = graph.node("Mul", graph.node("Gather", a, graph.whole([0]), axis=1), 0.0)  # (samples, 1)
    state = {
        letter: graph.node("Add", none, np.array(settings.get(key) or [0.0] * units, dtype=float))
        for key, letter in kind.initial.items()
    }
    given = []
    for t in range(settings["over"]):
        x = graph.node("Gather", a, graph.whole(range(t * features, (t + 1) * features)), axis=1)
        values = {f"{letter}'": name for letter, name in state.items()}
        for line in kind.lines(settings):
            if isinstance(line, Formula):
                found = of_tree(graph, line.tree, values)
                values[line.head] = found if isinstance(found, str) else graph.constant(found)
                continue
            start = f"weights.{line.gate}." if line.gate else "weights."
            terms: list[str | Array] = []
            for part in line.parts:
                used = columns[start + part]
                source = x if part == "w" else values.get(line.state, "")
                terms.append(
                    used[:, 0] if part in "bc" else graph.node("MatMul", source, graph.constant(used.T))
                )
            while len(terms) > 1:
                terms[:2] = [graph.node("Add", terms[0], terms[1])]
            values[line.head] = str(terms[0])
        state = {letter: values[letter] for letter in state}
        given.append(values["h"])
    return graph.node("Concat", *given, axis=1) if settings["steps"] else given[-1]


def _attended(graph: Graph, a: str, layer: Layer, weights: Array) -> str:
    """Queries, keys and values of (samples, heads, steps, size), and what they come to."""
    kind: Any = kind_of(layer.kind)
    steps, units = layer.shape
    heads = layer.settings["heads"]
    part = {
        block.key.removeprefix("weights."): weights[:, block.start : block.start + block.width]
        for block in kind.blocks(layer)
    }

    def affine(letter: str, source: str) -> str:
        product = graph.node("MatMul", source, graph.constant(part[letter].T))
        bias = part.get(f"{letter}_bias")
        return product if bias is None else graph.node("Add", product, bias[:, 0])

    x = graph.node("Reshape", a, graph.whole([-1, *layer.below]))
    split = [-1, steps, heads, units // heads]
    turns = {"q": [0, 2, 1, 3], "k": [0, 2, 3, 1], "v": [0, 2, 1, 3]}
    q, k, v = (
        graph.node("Transpose", graph.node("Reshape", affine(one, x), graph.whole(split)), perm=turn)
        for one, turn in turns.items()
    )
    scores = graph.node("Div", graph.node("MatMul", q, k), float(np.sqrt(units // heads)))
    # a masked score is far below all others: minus infinity itself would be no number in a difference
    unseen = [[0.0 if kind.sees(layer, i, j) else -1e300 for j in range(steps)] for i in range(steps)]
    alpha = graph.node("Softmax", graph.node("Add", scores, np.array(unseen)), axis=3)
    found = graph.node("Transpose", graph.node("MatMul", alpha, v), perm=[0, 2, 1, 3])
    found = graph.node("Reshape", found, graph.whole([-1, steps, units]))
    return _flat(graph, affine("o", found) if "o" in part else found, layer)


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
