"""The same networks in PyTorch, written with its own functions."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from perceptron_cli import engine
from perceptron_cli.layers.cells import blocks
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
            case "dense_over_time":
                made = F.linear(shaped, w[:, 1:], w[:, 0])
            case "positional_encoding":
                steps, d = layer.below
                angles = torch.arange(steps)[:, None] / 10000 ** (torch.arange(0, d, 2) / d)
                added = torch.zeros(steps, d)
                added[:, 0::2], added[:, 1::2] = angles.sin(), angles.cos()[:, : d // 2]
                made = shaped + added
            case "rnn" | "lstm" | "gru":
                made = self._recurrent(layer, shaped, w)
            case "attention":
                made = self._attention(layer, shaped, w)
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

    def _recurrent(self, layer: Layer, x: Tensor, w: Tensor) -> Tensor:
        """PyTorch's own module with these weights; the paper's GRU, which it does not have, by hand."""
        settings, units = layer.settings, layer.settings["units"]
        part = {block.key: w[:, block.start : block.start + block.width] for block in blocks(layer)}
        h = torch.tensor([float(one) for one in settings["initial_state"] or [0] * units]).repeat(len(x), 1)
        order = {"rnn": [""], "lstm": list("ifgo"), "gru": list("rzn")}[layer.kind]

        def of(gate: str, letter: str) -> Tensor:
            return part[f"weights.{gate}.{letter}" if gate else f"weights.{letter}"]

        def bias(gate: str, letters: str = "bc") -> Tensor:
            names = [f"weights.{gate}.{one}" if gate else f"weights.{one}" for one in letters]
            return sum((part[one][:, 0] for one in names if one in part), start=torch.zeros(units))

        if layer.kind == "rnn" and settings["activation"] not in ("tanh", "relu"):
            outs = []
            for t in range(x.shape[1]):
                h = ACTIVATION[settings["activation"]](
                    F.linear(x[:, t], of("", "w"), bias("")) + F.linear(h, of("", "u"))
                )
                outs.append(h)
            made = torch.stack(outs, 1)
        elif layer.kind == "gru" and not settings["reset_after"]:
            outs = []
            for t in range(x.shape[1]):
                z, r = (
                    torch.sigmoid(F.linear(x[:, t], of(g, "w"), bias(g)) + F.linear(h, of(g, "u")))
                    for g in "zr"
                )
                n = torch.tanh(F.linear(x[:, t], of("n", "w"), bias("n")) + F.linear(r * h, of("n", "u")))
                h = (1 - z) * n + z * h
                outs.append(h)
            made = torch.stack(outs, 1)
        else:
            module: Any = getattr(torch.nn, layer.kind.upper())(x.shape[2], units, batch_first=True)
            given = {
                "weight_ih_l0": torch.cat([of(gate, "w") for gate in order]),
                "weight_hh_l0": torch.cat([of(gate, "u") for gate in order]),
                "bias_ih_l0": torch.cat([bias(gate, "b") for gate in order]),
                "bias_hh_l0": torch.cat([bias(gate, "c") for gate in order]),
            }
            first: Any = h[None]
            if layer.kind == "lstm":
                cell = [float(one) for one in settings["initial_cell"] or [0] * units]
                first = (h[None], torch.tensor(cell).repeat(1, len(x), 1))
            made, _ = torch.func.functional_call(module, given, (x, first))
        return made if settings["steps"] else made[:, -1]

    def _attention(self, layer: Layer, x: Tensor, w: Tensor) -> Tensor:
        """nn.MultiheadAttention where the widths fit it, else its formula."""
        settings, (steps, units) = layer.settings, layer.shape
        part = {
            block.key.removeprefix("weights."): w[:, block.start : block.start + block.width]
            for block in blocks(layer)
        }
        bias = {
            letter: part[f"{letter}_bias"][:, 0] if settings["biases"] else None
            for letter in "qkvo"[:4]
            if letter in part
        }
        unseen = torch.zeros(steps, steps, dtype=torch.bool)
        if settings["causal"]:
            unseen |= torch.ones(steps, steps, dtype=torch.bool).triu(1)
        if settings["key_mask"] is not None:
            unseen |= torch.tensor([not one for one in settings["key_mask"]])[None, :]
        if settings["output"] and x.shape[2] == units:
            module = torch.nn.MultiheadAttention(units, settings["heads"], bias=True, batch_first=True)
            none = torch.zeros(units)
            given = {
                "in_proj_weight": torch.cat([part[one] for one in "qkv"]),
                "in_proj_bias": torch.cat([none if bias[one] is None else bias[one] for one in "qkv"]),
                "out_proj.weight": part["o"],
                "out_proj.bias": none if bias["o"] is None else bias["o"],
            }
            made, _ = torch.func.functional_call(
                module, given, (x, x, x), {"attn_mask": unseen, "need_weights": False}
            )
            return made
        q, k, v = (
            F.linear(x, part[one], bias[one]).reshape(len(x), steps, settings["heads"], -1).transpose(1, 2)
            for one in "qkv"
        )
        made = F.scaled_dot_product_attention(q, k, v, attn_mask=~unseen).transpose(1, 2)
        made = made.reshape(len(x), steps, units)
        return F.linear(made, part["o"], bias["o"]) if settings["output"] else made

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
