"""A PyTorch module as a network of nnstep: what its forward pass calls, traced and read in order."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from perceptron_cli.imports import torch_weights
from perceptron_cli.imports.limits import require_package
from perceptron_cli.imports.stack import WITH_ACTIVATION, Stack, Value

Write = Callable[["Tracing", str, Any], None]

# modules and functions without parameters, by nnstep's name and the options that theirs become
ACTIVATIONS: dict[str, tuple[str, dict[str, str]]] = {
    "Sigmoid": ("sigmoid", {}), "Tanh": ("tanh", {}), "ReLU": ("relu", {}), "Identity": ("linear", {}),
    "LeakyReLU": ("leaky_relu", {"slope": "negative_slope"}), "Softplus": ("softplus", {}),
    "Softsign": ("softsign", {}), "ELU": ("elu", {"alpha": "alpha"}), "SELU": ("selu", {}),
    "SiLU": ("silu", {}),
    "Softmax": ("softmax", {}), "LogSoftmax": ("log_softmax", {}), "Hardsigmoid": ("hard_sigmoid", {}),
}  # fmt: skip
FUNCTIONS = {
    "sigmoid": "sigmoid", "tanh": "tanh", "relu": "relu", "softplus": "softplus", "softsign": "softsign",
    "selu": "selu", "silu": "silu", "softmax": "softmax", "log_softmax": "log_softmax", "gelu": "gelu",
    "hardsigmoid": "hard_sigmoid", "elu": "elu", "leaky_relu": "leaky_relu",
}  # fmt: skip
IDLE = frozenset({"contiguous", "detach", "clone", "squeeze", "double", "float"})
FLAT = frozenset({"flatten", "view", "reshape"})


class Tracing:
    """A module's calls in order: the layer that each result comes from, and how its numbers are turned."""

    def __init__(self, stack: Stack, shape: tuple[int, ...]) -> None:
        self.stack = stack
        self.turned = False  # whether PyTorch has (channels, steps) where nnstep has (steps, channels)
        self.last_state = (
            False  # whether a recurrent layer's last state has been taken, of the pair that it gives
        )
        self.shape = shape  # of what PyTorch has here, without the samples

    def layer(self, place: str, module: Any) -> None:
        """Add what a module is. Raises InputError for one that nnstep has not."""
        name = type(module).__name__
        if name in ACTIVATIONS:
            own, options = ACTIVATIONS[name]
            found = {key: float(getattr(module, theirs)) for key, theirs in options.items()}
            if name in ("Softmax", "LogSoftmax"):
                self._require_last_axis(place, module.dim)
            if name == "Softplus" and (module.beta != 1):
                raise self.stack.fail(place, "nnstep has softplus with beta 1 alone")
            self.stack.activate(place, own, **found)
        elif name == "GELU":
            self.stack.activate(place, "gelu" if module.approximate == "none" else "gelu_tanh")
        elif name in MODULES:
            MODULES[name](self, place, module)
        else:
            raise self.stack.fail(place, f"nnstep has no layer for {name}", f"it has {', '.join(known())}")

    def _require_last_axis(self, place: str, dim: int | None) -> None:
        if dim is not None and dim not in (-1, len(self.shape)):
            raise self.stack.fail(place, f"expected a softmax over the last axis, got dim={dim}")

    def flatten(self, place: str) -> None:
        """Add a flattening where there is something to flatten."""
        if len(self.shape) > 1:
            if self.turned:
                message = "after a Conv1d nnstep flattens step by step, PyTorch channel by channel"
                hint = "put a pooling over all steps or a recurrent layer between"
                raise self.stack.fail(place, message, hint)
            self.stack.add(place, "flatten")


def known() -> list[str]:
    """Return the modules that nnstep has layers for."""
    return [*ACTIVATIONS, "GELU", *MODULES]


def _linear(tracing: Tracing, place: str, module: Any) -> None:
    bias = None if module.bias is None else torch_weights.array(module.bias)
    tracing.stack.dense(place, torch_weights.array(module.weight), bias)


def _pair(value: Any, axes: int) -> list[int]:
    return [int(value)] * axes if isinstance(value, int) else [int(one) for one in value]


def _convolution(tracing: Tracing, place: str, module: Any) -> None:
    stack, axes = tracing.stack, module.weight.ndim - 2
    if module.groups != 1 or module.padding_mode != "zeros":
        raise stack.fail(place, "nnstep has convolutions of one group, with zeros around")
    padding = module.padding
    if not isinstance(padding, str):
        sides = set(_pair(padding, axes))
        if len(sides) > 1:
            raise stack.fail(place, f"nnstep pads all sides alike, and this has {padding}")
        padding = sides.pop()
    bias = None if module.bias is None else torch_weights.array(module.bias)
    stride, dilation = _pair(module.stride, axes), _pair(module.dilation, axes)
    torch_weights.convolution(
        stack, place, torch_weights.array(module.weight), bias,
        stride=stride, padding=padding, dilation=dilation,
    )  # fmt: skip
    tracing.turned = axes == 1


def _pooling(kind: str) -> Write:
    def write(tracing: Tracing, place: str, module: Any) -> None:
        axes = 1 if type(module).__name__.endswith("1d") else 2
        extra = [
            name
            for name, plain in (("padding", 0), ("dilation", 1), ("ceil_mode", False))
            if getattr(module, name, plain) not in (plain, (plain,) * axes)
        ]
        if extra:
            raise tracing.stack.fail(place, f"nnstep pools without {', '.join(extra)}")
        size, stride = _pair(module.kernel_size, axes), _pair(module.stride or module.kernel_size, axes)
        tracing.stack.add(place, kind, size=size, stride=stride)

    return write


def _whole_pool(tracing: Tracing, place: str, module: Any) -> None:
    if set(_pair(module.output_size, 1)) != {1}:
        raise tracing.stack.fail(place, "nnstep pools over a whole channel, to one number each")
    tracing.stack.add(place, "global_average_pool")
    tracing.turned = False


def _batch_norm(tracing: Tracing, place: str, module: Any) -> None:
    if module.running_mean is None or module.momentum is None:
        raise tracing.stack.fail(place, "nnstep keeps running statistics with a momentum")
    own = {name: torch_weights.array(one) for name, one in module.state_dict().items()}
    torch_weights.batch_norm(
        tracing.stack, place, own, epsilon=float(module.eps), momentum=float(module.momentum)
    )


def _layer_norm(tracing: Tracing, place: str, module: Any) -> None:
    if module.weight is None:
        raise tracing.stack.fail(place, "nnstep's layer_norm has gamma and beta")
    gamma = torch_weights.array(module.weight)
    beta = np.zeros_like(gamma) if module.bias is None else torch_weights.array(module.bias)
    tracing.stack.add(place, "layer_norm", epsilon=float(module.eps), gamma=gamma.ravel(), beta=beta.ravel())


def _dropout(tracing: Tracing, place: str, module: Any) -> None:
    if module.p > 0:
        tracing.stack.add(place, "dropout", rate=float(module.p))


def _flatten(tracing: Tracing, place: str, module: Any) -> None:
    if module.start_dim != 1 or module.end_dim != -1:
        raise tracing.stack.fail(place, "nnstep flattens all axes of a sample")
    tracing.flatten(place)


def _prelu(tracing: Tracing, place: str, module: Any) -> None:
    torch_weights.prelu(tracing.stack, place, torch_weights.array(module.weight))


def _embedding(tracing: Tracing, place: str, module: Any) -> None:
    if module.max_norm is not None or module.padding_idx is not None:
        raise tracing.stack.fail(place, "nnstep has embeddings without max_norm and padding_idx")
    torch_weights.embedding(tracing.stack, place, torch_weights.array(module.weight))


def _recurrent(tracing: Tracing, place: str, module: Any) -> None:
    stack = tracing.stack
    if not module.batch_first:
        raise stack.fail(place, "expected a recurrent layer with batch_first=True")
    own = {name: torch_weights.array(one) for name, one in module.state_dict().items()}
    more = {"activation": module.nonlinearity} if type(module).__name__ == "RNN" else {}
    torch_weights.recurrent(stack, place, own, return_sequences=True, **more)


MODULES: dict[str, Write] = {
    "Linear": _linear, "Conv1d": _convolution, "Conv2d": _convolution,
    "MaxPool1d": _pooling("max_pool"), "MaxPool2d": _pooling("max_pool"),
    "AvgPool1d": _pooling("average_pool"), "AvgPool2d": _pooling("average_pool"),
    "AdaptiveAvgPool1d": _whole_pool, "AdaptiveAvgPool2d": _whole_pool,
    "BatchNorm1d": _batch_norm, "BatchNorm2d": _batch_norm, "LayerNorm": _layer_norm,
    "Dropout": _dropout, "Flatten": _flatten, "PReLU": _prelu, "Embedding": _embedding,
    "RNN": _recurrent, "LSTM": _recurrent, "GRU": _recurrent,
}  # fmt: skip


def stacked(model: Any, x: Any, name: str) -> Stack:
    """Return a module's network; `x` (samples, ...) is what it takes.

    Raises InputError for what nnstep has not.
    """
    torch = require_package("torch", "torch")
    from torch import fx
    from torch.fx.passes.shape_prop import ShapeProp

    shape = tuple(x.shape[1:])
    stack = Stack(name)
    modes = [(one, one.training) for one in model.modules()]
    try:
        graph = fx.symbolic_trace(Whole(model))
        graph.graph.eliminate_dead_code()
        model.eval()  # so that looking at the shapes draws nothing and keeps no statistics
        with torch.no_grad():
            ShapeProp(graph).propagate(x)
    except Exception as error:  # whatever the module's own code does
        raise stack.fail(
            name, f"its forward pass cannot be traced: {' '.join(str(error).split())[:200]}"
        ) from None
    finally:
        for one, training in modes:
            one.training = training
    stack.inputs = shape
    _walk(graph, Tracing(stack, shape))
    return stack


def Whole(model: Any) -> Any:
    """Wrap a module, so that one that is a single layer is traced as a call too."""
    from torch import nn

    class Whole(nn.Module):  # type: ignore[misc, unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, x: Any) -> Any:
            return self.model(x)

    return Whole()


def _walk(graph: Any, tracing: Tracing) -> None:
    """Read the calls in order. Each has to take what the one before gave, but for a residual sum."""
    made: dict[Any, int] = {}  # the number of layers that stood when a node was made
    last: Any = None
    modules = dict(graph.named_modules())
    stack = tracing.stack
    for node in graph.graph.nodes:
        if node.op == "placeholder":
            last, made[node] = node, 0
            if len(tracing.shape) == 2 and _first_is_conv1d(graph, modules):
                stack.inputs = (tracing.shape[1], tracing.shape[0])
            continue
        if node.op == "output":
            if node.args[0] is not last:
                raise stack.fail("output", "expected one output, that of the last layer")
            continue
        place = str(node.target).removeprefix("model.") if node.op == "call_module" else node.name
        parts = [one for one in node.args if hasattr(one, "op")]
        if not _is_sum(node, parts) and (len(parts) != 1 or parts[0] is not last):
            raise stack.fail(
                place, "expected each layer to take what the one before it gives, or a sum of two"
            )
        before = len(stack.layers)
        if _is_sum(node, parts):
            other = parts[0] if parts[1] is last else parts[1]
            if last not in parts or other not in made:
                raise stack.fail(place, "expected a sum of the last layer and an earlier one")
            stack.add(place, "residual", **{"from": made[other]})
        elif node.op == "call_module":
            tracing.layer(place, modules[node.target])
        else:
            _function(tracing, place, node)
        last, made[node] = node, len(stack.layers)
        _name(tracing, node.name, before)
        meta = node.meta.get("tensor_meta")
        if hasattr(meta, "shape"):
            tracing.shape = tuple(meta.shape[1:])


def _name(tracing: Tracing, node: str, before: int) -> None:
    """Note what a call gives: the z of a layer that has an activation, else its a."""
    stack = tracing.stack
    l = len(stack.layers)
    if not l:
        return
    layer = stack.layers[-1]
    weighted = layer.get("kind", "dense") in WITH_ACTIVATION
    letter = "z" if l > before and weighted and "activation" not in layer else "a"
    known = [one.name for one in stack.values.values()]
    if l > before or (letter == "a" and (f"a[{l}]" not in known) and (not weighted or "activation" in layer)):
        stack.values[node] = Value(f"{letter}[{l}]", turned=tracing.turned)


def _first_is_conv1d(graph: Any, modules: Mapping[str, Any]) -> bool:
    for node in graph.graph.nodes:
        if node.op == "call_module":
            return type(modules[node.target]).__name__ == "Conv1d"
    return False


def _is_sum(node: Any, parts: list[Any]) -> bool:
    name = getattr(node.target, "__name__", node.target)
    return name in ("add", "iadd", "add_") and len(parts) == 2


def _function(tracing: Tracing, place: str, node: Any) -> None:
    """Read a call of a function or a method."""
    name = getattr(node.target, "__name__", str(node.target)).rstrip("_")
    stack = tracing.stack
    shape = (
        tuple(node.meta["tensor_meta"].shape[1:]) if hasattr(node.meta.get("tensor_meta"), "shape") else ()
    )
    if name == "getitem":
        index = node.args[1]
        recurrent = stack.layers[-1].get("kind") in ("rnn", "lstm", "gru")
        if recurrent and index in (0, -1) and (tracing.last_state or index == 0):
            return  # all states, of a pair with the last one; or the last one of what there is once
        if recurrent and index == 1 and not tracing.last_state:
            stack.layers[-1]["return_sequences"], tracing.last_state = False, True
            return
        if index == (slice(None), -1) or index == (slice(None), -1, slice(None)):
            stack.layers[-1]["return_sequences"] = False
            return
        raise stack.fail(place, f"nnstep cannot take {index} of what is below")
    if name in FUNCTIONS:
        options: dict[str, Any] = {}
        arguments = {**dict(zip(("input", "extra"), node.args, strict=False)), **node.kwargs}
        if name == "leaky_relu":
            options["slope"] = float(arguments.get("negative_slope", arguments.get("extra", 0.01)))
        if name == "elu":
            options["alpha"] = float(arguments.get("alpha", arguments.get("extra", 1.0)))
        own = FUNCTIONS[name]
        if name == "gelu" and node.kwargs.get("approximate") == "tanh":
            own = "gelu_tanh"
        stack.activate(place, own, **options)
    elif name in FLAT and len(shape) == 1:
        tracing.flatten(place)
    elif name in IDLE:
        return
    elif name == "mul" and not any(hasattr(one, "op") for one in node.args[1:]):
        stack.add(place, "scale", factor=float(node.args[1]))
    elif node.target is operator.truediv:
        stack.add(place, "scale", factor=1 / float(node.args[1]))
    else:
        raise stack.fail(place, f"nnstep has no layer for {name}")
