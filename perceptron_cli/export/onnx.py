"""An ONNX file: the forward pass in float64, for onnxruntime and whatever else reads ONNX.

A layer is MatMul and Add, then its activation. onnxruntime has no LeakyRelu in float64: that is
composed of what it has.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from perceptron_cli import __version__
from perceptron_cli.activations import SELU
from perceptron_cli.arrays import Array, Options
from perceptron_cli.engine.network import initial_weights
from perceptron_cli.errors import InputError
from perceptron_cli.export.example import entry
from perceptron_cli.spec.config import Config, Layer

if TYPE_CHECKING:
    from onnx import ModelProto

TARGET = "onnx"
OPSET = 17  # onnxruntime 1.12 and later
IR_VERSION = 8


class Graph:
    """The nodes so far, and the constants that they name."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def node(self, operator: str, *inputs: str | float | Array, output: str = "", **attributes: Any) -> str:
        """Add a node; a number or an array among its inputs becomes a constant. Returns its output."""
        from onnx import helper

        output = output or f"{operator}_{len(self.nodes)}"
        names = [one if isinstance(one, str) else self.constant(one) for one in inputs]
        self.nodes.append(helper.make_node(operator, names, [output], **attributes))
        return output

    def constant(self, value: float | Array, name: str = "") -> str:
        """Add a constant in float64 and return its name."""
        import numpy as np
        from onnx import numpy_helper

        name = name or f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.array(value, dtype=np.float64), name))
        return name


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
    "unit_step": _unit_step,
}


def write(config: Config) -> bytes:
    """Return the file's bytes. Raises InputError where ONNX is not installed."""
    try:
        import onnx
    except ImportError:
        raise InputError("--to onnx needs the package onnx", hint="pip install 'nnstep[onnx]'") from None
    model = _model(config)
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString(deterministic=True)
    return data


def _model(config: Config) -> ModelProto:
    from onnx import TensorProto, helper

    graph = Graph()
    a = "x"
    for l, (layer, weights) in enumerate(zip(config.layers, initial_weights(config), strict=True), start=1):
        a = _layer(graph, a, l, layer, weights)
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


def _layer(graph: Graph, a: str, l: int, layer: Layer, weights: Array) -> str:
    """Add a layer and return the name of its activation; weights are (n_l, 1 + n_{l-1}), bias first."""
    w = graph.constant(weights[:, 1:].T, f"w{l}")
    b = graph.constant(weights[:, 0], f"b{l}")
    z = graph.node("Add", graph.node("MatMul", a, w), b, output=f"z{l}")
    return entry(ACTIVATIONS, layer.activation, "activation", TARGET)(graph, z, layer.options)
