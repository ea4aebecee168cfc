"""The same networks in PyTorch, written with its own functions."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from perceptron_cli import engine
from perceptron_cli.spec.config import Config, Layer

torch.set_default_dtype(torch.float64)

ACTIVATION = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "softplus": F.softplus,
    "elu": F.elu,
    "linear": lambda z: z,
    "leaky_relu": lambda z: F.leaky_relu(z, 0.01),
    "softmax": lambda z: torch.softmax(z, dim=1),
}


class Reference:
    """A config's network, its parameters as matrices like the engine's."""

    def __init__(self, config: Config) -> None:
        self.config = config
        weights = engine.Network(config).weights
        self.weights = [torch.tensor(one.copy(), requires_grad=True) for one in weights]
        self.masks: dict[int, Tensor] = {}

    def __call__(self, x: Tensor) -> Tensor:
        outs = [x]
        for l, layer in enumerate(self.config.layers, start=1):
            outs.append(self._layer(l, layer, outs).reshape(len(x), -1))
        return outs[-1]

    def _layer(self, l: int, layer: Layer, outs: list[Tensor]) -> Tensor:
        a, w = outs[-1], self.weights[l - 1]
        shaped = a.reshape(len(a), *layer.below) if layer.below else a
        settings = layer.settings
        match layer.kind:
            case "dense":
                made = F.linear(a, w[:, 1:], None if 0 in layer.still else w[:, 0])
            case "dense_shared_bias":
                made = F.linear(a, w[0, 1:].reshape(layer.neurons, -1)) + w[0, 0]
            case "prelu":
                rows = w[:, 1].contiguous()
                over_time = len(layer.below) == 2 and len(rows) > 1
                turned = shaped.transpose(1, 2) if over_time else shaped
                found = F.prelu(turned, rows)
                made = found.transpose(1, 2) if over_time else found
            case "conv2d" | "conv1d":
                made = self._convolution(layer, shaped, w)
            case "max_pool" | "average_pool":
                made = self._pooling(layer, shaped)
            case "global_average_pool":
                made = shaped.mean(dim=1 if settings["over_time"] else (-2, -1))
            case "scale":
                made = a * float(settings["factor"])
            case "residual":
                made = a + outs[settings["from"]]
            case "dropout":
                made = a * self.masks[l] / (1 - float(settings["rate"]))
            case "batch_norm":
                turned = shaped if len(layer.below) != 2 else shaped.transpose(1, 2)
                gamma, beta = (
                    w[:, 1].contiguous(),
                    w[:, 0].contiguous(),
                )  # of strided ones its gradient is wrong
                found = F.batch_norm(turned, None, None, gamma, beta, True, 0.1, float(settings["epsilon"]))
                made = found if len(layer.below) != 2 else found.transpose(1, 2)
            case "layer_norm":
                size = list(layer.below[-1:]) if len(layer.below) == 2 else list(layer.below)
                gamma, beta = w[:, 1].reshape(size), w[:, 0].reshape(size)
                made = F.layer_norm(shaped, size, gamma, beta, float(settings["epsilon"]))
            case _:
                made = a
        return ACTIVATION[layer.activation](made)

    def _convolution(self, layer: Layer, shaped: Tensor, w: Tensor) -> Tensor:
        settings = layer.settings
        size, padding = settings["kernel_size"], settings["padding"]
        filters = len(w)
        kernel = w[:, 1:].reshape(filters, -1, *size)
        flat = len(size) == 1
        if flat:
            shaped = (shaped if shaped.dim() == 3 else shaped.unsqueeze(2)).transpose(1, 2)
        elif shaped.dim() == 3:
            shaped = shaped.unsqueeze(1)
        if settings["flip"]:
            kernel = kernel.flip(tuple(range(2, kernel.dim())))
        pads: list[int] = []
        for length, one, step, gap in zip(
            shaped.shape[2:], size, settings["stride"], settings["dilation"], strict=True
        ):
            whole = max((-(-length // step) - 1) * step + gap * (one - 1) + 1 - length, 0)
            own = (whole // 2, whole - whole // 2) if padding == "same" else (0, 0)
            pads = [*(own if isinstance(padding, str) else (padding, padding)), *pads]
        shaped = F.pad(shaped, pads)
        convolve: Any = F.conv1d if flat else F.conv2d
        made = convolve(shaped, kernel, w[:, 0], settings["stride"], 0, settings["dilation"])
        return made.transpose(1, 2) if flat else made

    def _pooling(self, layer: Layer, shaped: Tensor) -> Tensor:
        size, stride = layer.settings["size"], layer.settings["stride"]
        name = "max" if layer.kind == "max_pool" else "avg"
        if len(size) == 1:
            return getattr(F, f"{name}_pool1d")(shaped.transpose(1, 2), size, stride).transpose(1, 2)
        if shaped.dim() == 3:
            shaped = shaped.unsqueeze(1)
        return getattr(F, f"{name}_pool2d")(shaped, size, stride)


def loss_of(config: Config, outputs: Tensor, y: Tensor) -> Tensor:
    """The batch's loss as nnstep reduces it."""
    if config.loss == "half_squared_error":
        parts = 0.5 * (outputs - y) ** 2
    elif config.loss == "binary_cross_entropy":
        parts = F.binary_cross_entropy(outputs, y, reduction="none")
    else:
        parts = -y * torch.log(outputs)
    whole = parts.sum()
    return whole / len(y) if config.training.reduction == "mean" else whole
