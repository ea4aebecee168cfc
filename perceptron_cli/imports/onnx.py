"""ONNX: a chain of its operators, with sums of two branches, read node by node; nothing of it is run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from perceptron_cli.errors import InputError
from perceptron_cli.export.carried import PROPERTY
from perceptron_cli.imports import own
from perceptron_cli.imports.limits import damaged, require_few, require_package, require_small
from perceptron_cli.imports.stack import Stack

ACTIVATIONS = {
    "Sigmoid": "sigmoid", "Tanh": "tanh", "Relu": "relu", "Softplus": "softplus", "Softsign": "softsign",
    "Selu": "selu", "Softmax": "softmax", "LogSoftmax": "log_softmax", "Gelu": "gelu",
}  # fmt: skip
IDLE = frozenset({"Identity", "Dropout", "Cast"})


class Graph:
    """A graph's nodes in order: which constants they take, and which layer each result came from."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.constants: dict[str, Any] = {}
        self.made: dict[str, int] = {}  # the number of layers that stood when a name was made
        self.last = ""
        self.sums: dict[str, tuple[str, str]] = {}  # a product with a matrix that waits for its biases

    def constant(self, tensor: Any, name: str) -> None:
        """Take a constant. Raises InputError where its numbers are elsewhere, or too many."""
        from onnx import TensorProto, numpy_helper

        if tensor.data_location == TensorProto.EXTERNAL:
            raise self.stack.fail(
                name, "expected the numbers in the file itself, and they are in another one"
            )
        count = 1
        for one in tensor.dims:
            count *= max(int(one), 0)
        require_few(count, name, self.stack.file)
        self.constants[name] = numpy_helper.to_array(tensor)

    def node(self, node: Any) -> None:
        """Read a node. Raises InputError for one that nnstep has no layer for."""
        place = node.name or f"{node.op_type} ({', '.join(node.output)})"
        if node.op_type == "Constant":
            for one in node.attribute:
                if one.name == "value":
                    self.constant(one.t, node.output[0])
            return
        unknown = [one for one in node.input if one and one not in self.constants and one not in self.made]
        if unknown:
            message = (
                f"it takes {unknown[0]}, which no node before it makes: the graph is cyclic or not in order"
            )
            raise self.stack.fail(place, message)
        given = [one for one in node.input if one in self.made]
        if node.op_type == "Identity" and not given:
            self.constants[node.output[0]] = self.constants[node.input[0]]
            return
        attributes = {one.name: _value(one) for one in node.attribute}
        if node.op_type == "Add" and len(given) == 2:
            other = given[0] if given[1] == self.last else given[1]
            if self.last not in given:
                raise self.stack.fail(place, "expected a sum of the last layer and an earlier one")
            self.stack.add(place, "residual", **{"from": self.made[other]})
        elif given != [self.last]:
            raise self.stack.fail(place, "expected each node to take what the one before it gives")
        else:
            rest = [self.constants.get(one) for one in node.input if one not in self.made]
            self._layer(place, node.op_type, rest, attributes)
        self.last = node.output[0]
        self.made[self.last] = len(self.stack.layers)

    def _layer(self, place: str, kind: str, rest: list[Any], attributes: Mapping[str, Any]) -> None:
        stack = self.stack
        if kind in ACTIVATIONS:
            if attributes.get("axis", -1) not in (-1, 1):
                raise stack.fail(place, f"expected {kind} over the last axis, got axis={attributes['axis']}")
            tanh = kind == "Gelu" and attributes.get("approximate") == b"tanh"
            stack.activate(place, "gelu_tanh" if tanh else ACTIVATIONS[kind])
        elif kind in NODES:
            NODES[kind](self, place, rest, attributes)
        elif kind not in IDLE:
            known = sorted([*ACTIVATIONS, *NODES, *IDLE, "Add"])
            raise stack.fail(place, f"nnstep has no layer for {kind}", f"it has {', '.join(known)}")


Node = Callable[[Graph, str, list[Any], Mapping[str, Any]], None]


def _value(attribute: Any) -> Any:
    from onnx import helper

    return helper.get_attribute_value(attribute)


def _matmul(graph: Graph, place: str, rest: list[Any], attributes: Mapping[str, Any]) -> None:
    if rest[0] is None or rest[0].ndim != 2:
        raise graph.stack.fail(place, "expected a product with a matrix of weights")
    graph.stack.dense(place, rest[0].T, None)


def _gemm(graph: Graph, place: str, rest: list[Any], attributes: Mapping[str, Any]) -> None:
    if attributes.get("transA") or attributes.get("alpha", 1.0) != 1 or attributes.get("beta", 1.0) != 1:
        raise graph.stack.fail(place, "nnstep has no Gemm with transA, alpha or beta")
    weight = rest[0] if attributes.get("transB") else rest[0].T
    bias = np.broadcast_to(rest[1].reshape(-1), len(weight)) if len(rest) > 1 else None
    graph.stack.dense(place, weight, bias)


def _plus(graph: Graph, place: str, rest: list[Any], attributes: Mapping[str, Any]) -> None:
    below = graph.stack.layers[-1] if graph.stack.layers else {}
    waiting = below.get("bias") is False and "activation" not in below
    if not waiting or below.get("kind", "dense") not in ("dense", "dense_over_time") or rest[0] is None:
        raise graph.stack.fail(place, "expected biases after a product with weights")
    del below["bias"]
    below["biases"] = graph.stack.listed(place, np.broadcast_to(rest[0].reshape(-1), len(below["weights"])))


def _times(graph: Graph, place: str, rest: list[Any], attributes: Mapping[str, Any]) -> None:
    if rest[0] is None or rest[0].size != 1:
        raise graph.stack.fail(place, "expected a product with one number")
    graph.stack.add(place, "scale", factor=float(rest[0]))


def _windows(graph: Graph, place: str, attributes: Mapping[str, Any], axes: int) -> dict[str, Any]:
    """Return stride, padding and dilation. Raises InputError for what nnstep has not."""
    fail = graph.stack.fail
    if attributes.get("ceil_mode") or attributes.get("storage_order"):
        raise fail(place, "nnstep has no ceil_mode and storage_order")
    pads, auto = list(attributes.get("pads", [0])), attributes.get("auto_pad", b"NOTSET").decode()
    if auto not in ("NOTSET", "SAME_UPPER", "VALID") or len(set(pads)) > 1:
        raise fail(place, "nnstep pads all sides alike, or as SAME_UPPER does")
    return {
        "stride": list(attributes.get("strides", [1] * axes)),
        "dilation": list(attributes.get("dilations", [1] * axes)),
        "padding": "same" if auto == "SAME_UPPER" else int(pads[0]),
    }


def _conv(graph: Graph, place: str, rest: list[Any], attributes: Mapping[str, Any]) -> None:
    kernel = rest[0]
    axes = kernel.ndim - 2
    if attributes.get("group", 1) != 1 or axes != 2:
        raise graph.stack.fail(place, "nnstep reads convolutions over pictures, in one group")
    own_: dict[str, Any] = {"biases": rest[1]} if len(rest) > 1 else {"bias": False}
    graph.stack.add(
        place, "conv2d", filters=len(kernel), kernel_size=list(kernel.shape[2:]), kernel=kernel,
        **_windows(graph, place, attributes, axes), **own_,
    )  # fmt: skip


def _pool(kind: str) -> Node:
    def write(graph: Graph, place: str, rest: list[Any], attributes: Mapping[str, Any]) -> None:
        size = list(attributes["kernel_shape"])
        found = _windows(graph, place, attributes, len(size))
        if found["padding"] or set(found["dilation"]) != {1} or len(size) != 2:
            raise graph.stack.fail(place, "nnstep pools over pictures, without padding and dilation")
        graph.stack.add(place, kind, size=size, stride=found["stride"])

    return write


def _whole_pool(graph: Graph, place: str, rest: list[Any], attributes: Mapping[str, Any]) -> None:
    graph.stack.add(place, "global_average_pool")


def _flatten(graph: Graph, place: str, rest: list[Any], attributes: Mapping[str, Any]) -> None:
    if attributes.get("axis", 1) != 1:
        raise graph.stack.fail(place, "nnstep flattens all axes of a sample")
    below = [one.get("kind", "dense") for one in graph.stack.layers]
    if len(graph.stack.inputs or ()) > 1 and "flatten" not in below and "global_average_pool" not in below:
        graph.stack.add(place, "flatten")


def _reshape(graph: Graph, place: str, rest: list[Any], attributes: Mapping[str, Any]) -> None:
    if rest[0] is None or rest[0].size != 2:
        raise graph.stack.fail(place, "nnstep has no Reshape but one that flattens")
    _flatten(graph, place, rest, {})


def _batch_norm(graph: Graph, place: str, rest: list[Any], attributes: Mapping[str, Any]) -> None:
    gamma, beta, mean, var = rest
    graph.stack.add(
        place, "batch_norm", epsilon=round(float(attributes.get("epsilon", 1e-5)), 12),
        momentum=round(1 - float(attributes.get("momentum", 0.9)), 6), gamma=gamma, beta=beta,
        running_mean=mean, running_var=var,
    )  # fmt: skip


def _layer_norm(graph: Graph, place: str, rest: list[Any], attributes: Mapping[str, Any]) -> None:
    gamma = rest[0]
    beta = rest[1] if len(rest) > 1 else np.zeros_like(gamma)
    epsilon = round(float(attributes.get("epsilon", 1e-5)), 12)
    graph.stack.add(place, "layer_norm", epsilon=epsilon, gamma=gamma.ravel(), beta=beta.ravel())


def _leaky(name: str, option: str, default: float) -> Node:
    def write(graph: Graph, place: str, rest: list[Any], attributes: Mapping[str, Any]) -> None:
        value = float(str(np.float32(attributes.get("alpha", default))))
        graph.stack.activate(place, name, **{option: value})

    return write


def _prelu(graph: Graph, place: str, rest: list[Any], attributes: Mapping[str, Any]) -> None:
    slope = rest[0].ravel()
    graph.stack.add(place, "prelu", slope=slope, shared=slope.size == 1)


NODES: dict[str, Node] = {
    "MatMul": _matmul, "Gemm": _gemm, "Add": _plus, "Mul": _times, "Conv": _conv,
    "MaxPool": _pool("max_pool"), "AveragePool": _pool("average_pool"), "GlobalAveragePool": _whole_pool,
    "Flatten": _flatten, "Reshape": _reshape, "BatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm, "LeakyRelu": _leaky("leaky_relu", "slope", 0.01),
    "Elu": _leaky("elu", "alpha", 1.0), "PRelu": _prelu,
}  # fmt: skip


def read(path: Path, shape: tuple[int, ...] | None = None) -> Stack:
    """Return the network of a graph. Raises InputError for a file that is none, and for a cyclic graph."""
    require_small(path)
    onnx = require_package("onnx", "onnx")
    from google.protobuf.message import DecodeError

    with damaged(path, "ONNX", DecodeError, AttributeError, UnicodeDecodeError):
        model = onnx.load(str(path), load_external_data=False)
        for one in model.metadata_props:
            if one.key == PROPERTY:
                return own.of_text(one.value, path)
        if not model.graph.node:
            raise InputError(f"{path}: expected ONNX with a graph, got none")
        return _of_graph(Stack(path.stem, str(path), shape), model.graph)


def _of_graph(stack: Stack, graph: Any) -> Stack:
    found = Graph(stack)
    for tensor in graph.initializer:
        found.constant(tensor, tensor.name)
    inputs = [one for one in graph.input if one.name not in found.constants]
    if len(inputs) != 1 or len(graph.output) != 1:
        raise stack.fail(
            "graph", f"expected one input and one output, got {len(inputs)} and {len(graph.output)}"
        )
    if stack.inputs is None:
        dims = [one.dim_value for one in inputs[0].type.tensor_type.shape.dim][1:]
        if dims and all(dims):
            stack.inputs = tuple(dims)
    found.last = inputs[0].name
    found.made[found.last] = 0
    for node in graph.node:
        found.node(node)
    if found.last != graph.output[0].name:
        raise stack.fail("graph", f"expected the output {graph.output[0].name} from the last node")
    if not stack.layers:
        raise stack.fail("graph", "expected layers with weights, got none")
    return stack
