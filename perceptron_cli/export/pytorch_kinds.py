"""Layers of other kinds than dense in PyTorch: their modules, and their numbers in its shapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from perceptron_cli.arrays import Array
from perceptron_cli.errors import InputError
from perceptron_cli.export import pytorch_steps as steps
from perceptron_cli.export.example import Update
from perceptron_cli.export.source import listed, row, rows
from perceptron_cli.layers.layer import Layer, count
from perceptron_cli.spec.config import Config

# Modules that PyTorch does not have so.
MODULES = {
    "prelu": '''
class PReLU(nn.PReLU):
    """With a bias of 0 that is not used, so that every layer has both."""

    def __init__(self, slopes):
        super().__init__(slopes)
        self.bias = nn.Parameter(torch.zeros(slopes), requires_grad=False)

''',
    "dense_shared_bias": '''
class SharedBias(nn.Module):
    """A linear layer with one bias for all its neurons."""

    def __init__(self, inputs, neurons):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(neurons, inputs))
        self.bias = nn.Parameter(torch.empty(1))

    def forward(self, x):
        return functional.linear(x, self.weight) + self.bias

''',
}


def modules(layers: Sequence[Layer]) -> str:
    """Return the classes that a script needs for its layers."""
    found = [text for kind, text in MODULES.items() if any(layer.kind == kind for layer in layers)]
    classes = dict(one for layer in layers if (one := steps.class_of(layer)) is not None)
    return "".join([*found, *classes.values()])


def constructed(layer: Layer) -> str:
    """Return the module of a layer with parameters."""
    settings = layer.settings
    if layer.kind in steps.KINDS:
        return steps.constructed(layer) or ""
    if layer.kind == "prelu":
        return f"PReLU({layer.size[0]})"
    if layer.kind == "dense_shared_bias":
        return f"SharedBias({layer.inputs}, {layer.neurons})"
    if layer.kind in ("conv1d", "conv2d"):
        axes = len(settings["kernel_size"])
        channels = (layer.size[1] - 1) // count(settings["kernel_size"])
        more = f"stride={settings['stride']}, dilation={settings['dilation']}"
        if not isinstance(settings["padding"], str):
            more += f", padding={settings['padding']}"
        return f"nn.Conv{axes}d({channels}, {settings['filters']}, {settings['kernel_size']}, {more})"
    if layer.kind == "batch_norm":
        axes = 2 if len(layer.below) == 3 else 1
        more = f"eps={float(settings['epsilon'])!r}, momentum={float(settings['momentum'])!r}"
        return f"nn.BatchNorm{axes}d({layer.size[0]}, {more})"
    shape = list(layer.below[-1:] if len(layer.below) == 2 else layer.below)
    return f"nn.LayerNorm({shape}, eps={float(settings['epsilon'])!r})"


def forward_of(layer: Layer, l: int) -> str:
    """Return what a layer makes of x, of (samples, numbers), before its activation."""
    below = ", ".join(map(str, layer.below or (layer.inputs,)))
    shaped = f"x.reshape(-1, {below})"
    if layer.kind in steps.KINDS:
        return steps.forward_of(layer, l, shaped)
    return _FORWARD[layer.kind](layer, l, shaped) if layer.kind in _FORWARD else "x"


def _convolved(layer: Layer, l: int, shaped: str) -> str:
    settings = layer.settings
    if len(settings["kernel_size"]) == 1:
        shaped = f"{shaped}.transpose(1, 2)" if len(layer.below) == 2 else f"x.reshape(-1, 1, {layer.inputs})"
    elif len(layer.below) == 2:
        shaped = f"x.reshape(-1, 1, {layer.below[0]}, {layer.below[1]})"
    if settings["padding"] == "same":
        shaped = f"functional.pad({shaped}, {_pads(layer)})"
    made = f"self.layer{l}({shaped})"
    turned = f"{made}.transpose(1, 2)" if len(settings["kernel_size"]) == 1 else made
    return f"{turned}.flatten(1)"


def _pads(layer: Layer) -> list[int]:
    """Return what is padded with zeros, the last axis first, as PyTorch takes it."""
    from perceptron_cli.layers import kind_of

    kind: Any = kind_of(layer.kind)
    return [one for pair in reversed(kind.paddings(layer)) for one in pair]


def _pooled(layer: Layer, l: int, shaped: str) -> str:
    size, stride = layer.settings["size"], layer.settings["stride"]
    name = "max" if layer.kind == "max_pool" else "avg"
    if len(size) == 1:
        return (
            f"functional.{name}_pool1d({shaped}.transpose(1, 2), {size}, {stride}).transpose(1, 2).flatten(1)"
        )
    if len(layer.below) == 2:
        shaped = f"x.reshape(-1, 1, {layer.below[0]}, {layer.below[1]})"
    return f"functional.{name}_pool2d({shaped}, {size}, {stride}).flatten(1)"


def _normed(layer: Layer, l: int, shaped: str) -> str:
    if layer.kind == "batch_norm" and len(layer.below) == 2:
        return f"self.layer{l}({shaped}.transpose(1, 2)).transpose(1, 2).flatten(1)"
    return f"self.layer{l}({shaped}).flatten(1)"


def _leaky(layer: Layer, l: int, shaped: str) -> str:
    if len(layer.below) == 2 and layer.size[0] > 1:
        return f"self.layer{l}({shaped}.transpose(1, 2)).transpose(1, 2).flatten(1)"
    return f"self.layer{l}({shaped}).flatten(1)"


def _dropped(layer: Layer, l: int, shaped: str) -> str:
    mask = layer.settings.get("mask")
    if mask is None:
        raise InputError(
            "--to pytorch: PyTorch draws another mask than nnstep, so that the step would differ",
            hint="give the mask: 'mask: [1, 0, 1]'",
        )
    kept = f"torch.tensor({[float(one) for one in mask]}) / {1 - float(layer.settings['rate'])!r}"
    return f"(x * {kept} if self.drops else x)"


_FORWARD: dict[str, Callable[[Layer, int, str], str]] = {
    "conv1d": _convolved,
    "conv2d": _convolved,
    "max_pool": _pooled,
    "average_pool": _pooled,
    "global_average_pool": lambda layer, l, shaped: (
        f"{shaped}.mean(dim={1 if layer.settings['over_time'] else (-2, -1)}).reshape(-1, {layer.neurons})"
    ),
    "dense_shared_bias": lambda layer, l, shaped: f"self.layer{l}(x)",
    "prelu": _leaky,
    "batch_norm": _normed,
    "layer_norm": _normed,
    "dropout": _dropped,
    "scale": lambda layer, l, shaped: f"x * {float(layer.settings['factor'])!r}",
    "residual": lambda layer, l, shaped: f"x + x{layer.settings['from']}",
}


# numbers ----------------------------------------------------------------------------------------


def numbers(config: Config, matrices: Sequence[Array]) -> dict[str, str]:
    """Return the weights and biases of every layer that has some, in PyTorch's shapes."""
    pairs = [_native(layer, one) for layer, one in zip(config.layers, matrices, strict=True) if layer.size[0]]
    return {
        "weights": listed([f"torch.tensor({_written(weights)})" for weights, _ in pairs]),
        "biases": listed([f"torch.tensor({_written(biases)})" for _, biases in pairs]),
    }


def _written(array: Array) -> str:
    return row(array, "    ") if array.ndim == 1 else rows(array, "    ")


def _native(layer: Layer, matrix: Array) -> tuple[Array, Array]:
    if layer.kind in ("conv1d", "conv2d"):
        kernel = matrix[:, 1:].reshape(len(matrix), -1, *layer.settings["kernel_size"])
        turned = tuple(slice(None, None, -1) if axis > 1 else slice(None) for axis in range(kernel.ndim))
        return (kernel[turned] if layer.settings["flip"] else kernel), matrix[:, 0]
    if layer.kind in steps.KINDS:
        return steps.native(layer, matrix)
    if layer.is_dense:
        return matrix[:, 1:], matrix[:, 0]
    if layer.kind == "dense_shared_bias":
        return matrix[0, 1:].reshape(layer.neurons, layer.inputs), matrix[:, 0]
    if layer.kind == "layer_norm" and len(layer.below) == 3:
        return matrix[:, 1].reshape(layer.below), matrix[:, 0].reshape(layer.below)
    return matrix[:, 1], matrix[:, 0]


def numbers_of_step(config: Config, update: Update) -> dict[str, str]:
    """Return nnstep's numbers of a step by their names in a template."""
    gradient, new = numbers(config, update.gradient), numbers(config, update.new_weights)
    return {
        "y": rows(update.y),
        "loss": repr(update.loss),
        "new_loss": repr(update.new_loss),
        "gradients": gradient["weights"],
        "bias_gradients": gradient["biases"],
        "new_weights": new["weights"],
        "new_biases": new["biases"],
    }


# what does not learn, and what large weights cost ---------------------------------------------------


def frozen(config: Config) -> list[str]:
    """Return the lines that keep from learning what is frozen, or a bias that a layer has not."""
    lines = []
    for l, layer in enumerate(config.layers, start=1):
        if not layer.size[0] or layer.kind == "batch_norm":
            continue
        if not layer.columns():
            lines.append(f"network.layer{l}.requires_grad_(False)  # frozen")
        elif 0 in layer.still:
            lines.append(f"network.layer{l}.bias.requires_grad_(False)  # bias: false")
    return lines


def unused(config: Config) -> bool:
    """Whether a layer has a bias that nothing uses."""
    return any(steps.has_unused_bias(layer) for layer in config.layers)


def penalty(config: Config) -> str:
    """Return the function of what large weights add to the loss, nothing where they add nothing."""
    own = config.penalty
    if own is None:
        return ""
    terms = []
    if own.l2:
        terms.append(f"{float(own.l2)!r} / 2 * sum((one**2).sum() for one in weights)")
    if own.l1:
        terms.append(f"{float(own.l1)!r} * sum(one.abs().sum() for one in weights)")
    chosen = "network.parameters()" if own.biases else "(layer.weight for layer in network.children())"
    share = " / samples" if own.reduction == "mean" else ""
    total = " + ".join(terms)
    return (
        '\ndef penalty(network, samples):\n    """Return what large weights add to the loss."""\n'
        f"    weights = [one for one in {chosen} if one.requires_grad]\n"
        f"    return {f'({total})' if share else total}{share}\n\n"
    )
