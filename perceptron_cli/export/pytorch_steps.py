"""Layers over time steps in PyTorch, written out: each has a `weight` and a `bias` like the others.

A recurrent layer's weights stand side by side, of each gate those from the input and those from the state.
"""

from __future__ import annotations

import re

from perceptron_cli.arrays import Array
from perceptron_cli.layers.layer import Layer

_START = '''
class {name}(nn.Module):
    """{told}"""

    def __init__(self, rows, columns, biases):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(rows, columns))
        self.bias = nn.Parameter(torch.empty(rows, biases))

    def forward(self, x, h{more}):
        units, features = len(self.weight), x.shape[2]
        h = h.expand(len(x), units)
{start}        weights = self.weight.split({sizes}, dim=1)
        biases = self.bias.T
        states = []
        for t in range(x.shape[1]):
{cut}{step}
            states.append(h)
        return torch.stack(states, dim=1)

'''

_LSTM = """\
            i, f, g, o = (
                functional.linear(x[:, t], weights[2 * k], biases[k])
                + functional.linear(h, weights[2 * k + 1])
                for k in range(4)
            )
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)"""

_GATES = """\
            z, r = (
                torch.sigmoid(
                    functional.linear(x[:, t], weights[2 * k], biases[k])
                    + functional.linear(h, weights[2 * k + 1])
                )
                for k in range(2)
            )
"""

_GRU = (
    _GATES
    + """\
            n = functional.linear(x[:, t], weights[4], biases[2]) + functional.linear(r * h, weights[5])
            n = torch.tanh(n)
            h = (1 - z) * n + z * h"""
)

_GRU_AFTER = (
    _GATES
    + """\
            s = functional.linear(h, weights[4], biases[2])
            n = torch.tanh(functional.linear(x[:, t], weights[5], biases[3]) + r * s)
            h = (1 - z) * n + z * h"""
)

_RNN = """\
            z = functional.linear(x[:, t], weights[0], biases[0]) + functional.linear(h, weights[1])
            h = {activation}"""

_ACTIVATIONS = {
    "tanh": "torch.tanh(z)",
    "relu": "torch.relu(z)",
    "sigmoid": "torch.sigmoid(z)",
    "linear": "z",
}

_ATTENTION = '''
class Attention(nn.Module):
    """Scaled dot products; the weights of q, k, v and o stand side by side."""

    def __init__(self, rows, columns, biases):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(rows, columns))
        self.bias = nn.Parameter(torch.empty(rows, biases))

    def forward(self, x, heads, seen):
        units, features = len(self.weight), x.shape[2]
        weights = self.weight.split([features] * 3 + [units] * (self.weight.shape[1] > 3 * features), dim=1)
        biases = self.bias.T if self.bias.shape[1] > 1 else [None] * 4
        q, k, v = (
            functional.linear(x, weights[one], biases[one]).unflatten(2, (heads, -1)).transpose(1, 2)
            for one in range(3)
        )
        found = functional.scaled_dot_product_attention(q, k, v, attn_mask=seen)
        found = found.transpose(1, 2).flatten(2)
        return functional.linear(found, weights[3], biases[3]) if len(weights) > 3 else found

'''

_EMBEDDING = '''
class Embedding(nn.Embedding):
    """With a bias of 0 that is not used, so that every layer has both."""

    def __init__(self, rows, units):
        super().__init__(rows, units)
        self.bias = nn.Parameter(torch.zeros(1), requires_grad=False)

'''


def has_unused_bias(layer: Layer) -> bool:
    """Whether a layer has a bias that nothing uses."""
    return layer.kind in ("embedding", "attention") or layer.settings.get("biases") == "none"


def _cut(layer: Layer) -> str:
    """Return the lines that let no gradient come back over the end of a piece."""
    steps = layer.settings.get("truncate")
    if not steps:
        return ""
    own = "h, c = h.detach(), c.detach()" if layer.kind == "lstm" else "h = h.detach()"
    return f"            if t and t % {steps} == 0:\n                {own}\n"


def _recurrent(layer: Layer) -> tuple[str, str]:
    """Return the name of a layer's class, and its text, with as many biases as the layer has."""
    name, text = _with_one_bias(layer)
    biases = layer.settings["biases"]
    if biases == "one":
        return name, text
    other = f"{name}{biases.capitalize()}Biases" if biases == "two" else f"{name}NoBias"
    text = text.replace(f"class {name}(", f"class {other}(")
    if biases == "none":
        return other, text.replace("biases = self.bias.T", "biases = [None] * 4")
    if layer.kind == "gru" and layer.settings["reset_after"]:  # the last two are apart in any case
        text = text.replace("biases[3]", "biases[5]").replace("biases[2]", "biases[4]")
    else:
        text = re.sub(r"(functional\.linear\((?:h|r \* h), weights\[(\w.*?)\])\)", r"\1, biases[\2])", text)
        text = text.replace("weights[4], biases[2]", "weights[4], biases[4]")
    text = text.replace("biases[k]", "biases[2 * k]")
    return other, re.sub(r"(\(h, weights\[2 \* k \+ 1\])\)", r"\1, biases[2 * k + 1])", text)


def _with_one_bias(layer: Layer) -> tuple[str, str]:
    settings = layer.settings
    if layer.kind == "lstm":
        cell = "        c = c.expand(len(x), units)\n"
        return "LSTM", _START.format(
            name="LSTM", told="i, f, g and o.", more=", c", start=cell,
            sizes="[features, units] * 4", step=_LSTM, cut=_cut(layer),
        )  # fmt: skip
    if layer.kind == "gru":
        after = settings["reset_after"]
        name = "GRUResetAfter" if after else "GRU"
        sizes = "[features, units] * 2 + [units, features]" if after else "[features, units] * 3"
        step = _GRU_AFTER if after else _GRU
        return name, _START.format(
            name=name, told="z, r and n.", more="", start="", sizes=sizes, step=step, cut=_cut(layer)
        )
    name = f"RNN{settings['activation'].capitalize()}"
    step = _RNN.format(activation=_ACTIVATIONS[settings["activation"]])
    return name, _START.format(
        name=name, told="One state.", more="", start="", sizes="[features, units]", step=step, cut=_cut(layer)
    )


def class_of(layer: Layer) -> tuple[str, str] | None:
    """Return the name and the text of the class that a layer needs, None where it needs none."""
    if layer.kind in ("rnn", "lstm", "gru"):
        return _recurrent(layer)
    if layer.kind == "attention":
        return "Attention", _ATTENTION
    return ("Embedding", _EMBEDDING) if layer.kind == "embedding" else None


def constructed(layer: Layer) -> str | None:
    """Return the call that makes a layer, None where it is not over time."""
    rows, columns = layer.size
    if layer.kind == "dense_over_time":
        return f"nn.Linear({layer.below[1]}, {rows})"
    if layer.kind == "embedding":
        return f"Embedding({rows}, {columns})"
    found = class_of(layer)
    if found is None:
        return None
    biases = len(layer.bias_columns)
    return f"{found[0]}({rows}, {columns - biases}, {max(biases, 1)})"


def forward_of(layer: Layer, l: int, shaped: str) -> str:
    """Return what a layer over time makes of x."""
    settings = layer.settings
    if layer.kind == "dense_over_time":
        return f"self.layer{l}({shaped}).flatten(1)"
    if layer.kind == "embedding":
        return f"self.layer{l}(x.long()).flatten(1)"
    if layer.kind == "positional_encoding":
        from perceptron_cli.layers.embedding import PositionalEncoding

        added = [PositionalEncoding().encoding(layer, n) for n in range(layer.inputs)]
        return f"x + torch.tensor({added})"
    if layer.kind == "attention":
        return f"self.layer{l}({shaped}, {settings['heads']}, {_seen(layer)}).flatten(1)"
    shaped = f"x.reshape(-1, {settings['over']}, {settings['features']})"
    states = [settings["initial_state"], *([settings["initial_cell"]] if layer.kind == "lstm" else [])]
    given = ", ".join(
        f"torch.tensor({[float(one) for one in state or [0.0] * settings['units']]})" for state in states
    )
    found = f"self.layer{l}({shaped}, {given})"
    return f"{found}.flatten(1)" if settings["steps"] else f"{found}[:, -1]"


def _seen(layer: Layer) -> str:
    """Return which keys each query sees."""
    from perceptron_cli.layers.attention import Attention

    steps = range(layer.shape[0])
    seen = [[Attention().sees(layer, i, j) for j in steps] for i in steps]
    return "None" if all(map(all, seen)) else f"torch.tensor({seen})"


def native(layer: Layer, matrix: Array) -> tuple[Array, Array]:
    """Return a layer's weights and its biases in PyTorch's shapes."""
    import numpy as np

    if layer.kind == "dense_over_time":
        return matrix[:, 1:], matrix[:, 0]
    if layer.kind == "embedding":
        return matrix, np.zeros(1)
    biases = list(layer.bias_columns)
    rest = [column for column in range(matrix.shape[1]) if column not in biases]
    return matrix[:, rest], matrix[:, biases] if biases else np.zeros((len(matrix), 1))


KINDS = frozenset({"rnn", "lstm", "gru", "attention", "embedding", "positional_encoding", "dense_over_time"})
