"""An ONNX file: the forward pass in float64, for onnxruntime and whatever else reads ONNX.

A layer is MatMul and Add, then its activation. onnxruntime has no LeakyRelu in float64: that is
composed of what it has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from perceptron_cli import __version__
from perceptron_cli.activation import group_of, temperature, ungrouped
from perceptron_cli.activations import ACTIVATIONS as KNOWN
from perceptron_cli.activations import SELU
from perceptron_cli.arrays import Array, Options
from perceptron_cli.engine.network import initial_weights
from perceptron_cli.errors import InputError
from perceptron_cli.export.carried import PROPERTY
from perceptron_cli.export.example import entry
from perceptron_cli.export.onnx_graph import Graph
from perceptron_cli.export.onnx_trees import of_tree
from perceptron_cli.expr import Symbol
from perceptron_cli.spec.config import Config, Layer

if TYPE_CHECKING:
    from onnx import ModelProto

TARGET = "onnx"
OPSET = 17  # onnxruntime 1.12 and later
IR_VERSION = 8


def _leaky_relu(graph: Graph, z: str, options: Options) -> str:
    return graph.node("Max", z, graph.node("Mul", z, options["slope"]))  # the slope is from 0 to 1


def _softplus(graph: Graph, z: str, options: Options) -> str:
    far = graph.node("Exp", graph.node("Neg", graph.node("Abs", z)))
    return graph.node("Add", graph.node("Max", z, 0.0), graph.node("Log", graph.node("Add", far, 1.0)))


def _softsign(graph: Graph, z: str, options: Options) -> str:
    return graph.node("Div", z, graph.node("Add", graph.node("Abs", z), 1.0))


def _elu(graph: Graph, z: str, options: Options) -> str:
    below = graph.node("Sub", graph.node("Exp", graph.node("Min", z, 0.0)), 1.0)
    a = graph.node("Add", graph.node("Max", z, 0.0), graph.node("Mul", below, options["alpha"]))
    return graph.node("Mul", a, options["scale"]) if "scale" in options else a


def _unit_step(graph: Graph, z: str, options: Options) -> str:
    fires = graph.node("Greater" if options.get("strict") else "GreaterOrEqual", z, options["theta"])
    return graph.node("Where", fires, 1.0, options.get("low", 0.0))


# Each adds what makes a from z and returns its name.
ACTIVATIONS: dict[str, Callable[[Graph, str, Options], str]] = {
    "sigmoid": lambda graph, z, options: graph.node("Sigmoid", z),
    "tanh": lambda graph, z, options: graph.node("Tanh", z),
    "relu": lambda graph, z, options: graph.node("Relu", z),
    "leaky_relu": _leaky_relu,
    "softplus": _softplus,
    "softsign": _softsign,
    "elu": _elu,
    "selu": lambda graph, z, options: _elu(graph, z, SELU),
    "linear": lambda graph, z, options: graph.node("Identity", z),
    "softmax": lambda graph, z, options: graph.node("Softmax", z, axis=1),
    "log_softmax": lambda graph, z, options: graph.node("LogSoftmax", z, axis=1),
    "unit_step": _unit_step,
}


def write(config: Config, text: str) -> bytes:
    """Return the file's bytes, which have the config's text. Raises InputError where ONNX is missing."""
    try:
        import onnx
    except ImportError:
        raise InputError("--to onnx needs the package onnx", hint="pip install 'nnstep[onnx]'") from None
    model = _model(config)
    onnx.helper.set_model_props(model, {PROPERTY: text})
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString(deterministic=True)
    return data


def _model(config: Config) -> ModelProto:
    from onnx import TensorProto, helper

    graph = Graph()
    outs = ["x"]
    for l, (layer, weights) in enumerate(zip(config.layers, initial_weights(config), strict=True), start=1):
        outs.append(_layer(graph, outs, l, layer, weights))
    a = outs[-1]
    graph.node("Identity", a, output="prediction")
    inputs, outputs = config.sizes[0], config.sizes[-1]
    return helper.make_model(
        helper.make_graph(
            graph.nodes,
            "nnstep",
            [helper.make_tensor_value_info("x", TensorProto.DOUBLE, ["samples", inputs])],
            [helper.make_tensor_value_info("prediction", TensorProto.DOUBLE, ["samples", outputs])],
            graph.constants,
            doc_string=config.name,
        ),
        producer_name="nnstep",
        producer_version=__version__,
        ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid("", OPSET)],
    )


def _layer(graph: Graph, outs: Sequence[str], l: int, layer: Layer, weights: Array) -> str:
    """Add a layer and return the name of its activation; weights have the bias first."""
    a = outs[-1]
    if layer.is_dense:
        w = graph.constant(weights[:, 1:].T, f"w{l}")
        b = graph.constant(weights[:, 0], f"b{l}")
        z = graph.node("Add", graph.node("MatMul", a, w), b, output=f"z{l}")
    else:
        from perceptron_cli.export.onnx_kinds import of_kind

        z = of_kind(graph, outs, layer, weights)
    return _activated(graph, layer, z)


def _activated(graph: Graph, layer: Layer, z: str) -> str:
    if size := group_of(layer.activation):
        own = replace(layer, activation=ungrouped(layer.activation))
        grouped = graph.node("Reshape", z, graph.whole([-1, size]))
        return graph.node("Reshape", _activated(graph, own, grouped), graph.whole([-1, layer.neurons]))
    if (by := temperature(layer.activation)) != 1:
        return graph.node("Softmax", graph.node("Div", z, by), axis=1)
    known = KNOWN[layer.activation]
    if known.tree is not None:
        found = of_tree(graph, known.tree(Symbol("z"), layer.options), {"z": z})
        return found if isinstance(found, str) else graph.constant(found)
    return entry(ACTIVATIONS, layer.activation, "activation", TARGET)(graph, z, layer.options)
