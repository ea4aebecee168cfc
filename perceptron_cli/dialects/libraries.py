"""The names of arrays in programs: a number is an element, counted from 0."""

from __future__ import annotations

from collections.abc import Iterator

from perceptron_cli.dialects.dialect import Dialect, Sizes
from perceptron_cli.expr import Symbol

Index = int | str


def _at(*indices: Index) -> str:
    """An element: [0,1]; letters stay."""
    return f"[{','.join(str(one - 1) if isinstance(one, int) else one for one in indices)}]"


def _arrays(symbol: Symbol, sizes: Sizes) -> str | None:
    layer, indices = symbol.layer, symbol.indices
    match symbol.head:
        case "x" | "y":
            return f"{symbol.head.upper()}{_at(*indices)}"
        case "z" | "a" if layer:
            return f"{symbol.head.upper()}{layer}{_at(*indices)}"
        case "a":
            return f"X{_at(*indices)}"
        case "w" if indices[0] == 0:
            return f"b{layer}{_at(indices[1])}"
        case "w":
            return f"W{layer}{_at(*indices[::-1])}"
        case "L" if not indices:
            return "J"
        case "eta":
            return "alpha"
    return None


ARRAYS = Dialect(
    "arrays",
    "An array a layer, a row per neuron, counted from 0: Z1[0], W1[1,0], dW1[1,0].",
    "deeplearning.ai, Neural Networks and Deep Learning, week 3; Stanford's cs231n",
    _arrays,
    loss="J",
    gradient="d{q}",
)


def _module(symbol: Symbol, sizes: Sizes) -> int:
    """The number of a layer's Linear in nn.Sequential: an activation stands between each two."""
    return 2 * ((symbol.layer or 1) - 1)


def _pytorch(symbol: Symbol, sizes: Sizes) -> str | None:
    indices = symbol.indices
    match symbol.head:
        case "x" | "y":
            return f"{symbol.head}{_at(*indices)}"
        case "z":
            return f"{_module(symbol, sizes)}.output{_at(*indices)}"
        case "a" if symbol.layer:
            return f"{_module(symbol, sizes) + 1}.output{_at(*indices)}"
        case "a":
            return f"x{_at(*indices)}"
        case "w" if indices[0] == 0:
            return f"{_module(symbol, sizes)}.bias{_at(indices[1])}"
        case "w":
            return f"{_module(symbol, sizes)}.weight{_at(*indices[::-1])}"
        case "L" if not indices:
            return "loss"
        case "eta":
            return "lr"
    return None


PYTORCH = Dialect(
    "pytorch",
    "nn.Sequential's modules, a row per neuron, counted from 0: 0.weight[1,0], 2.bias[0].",
    "PyTorch's state_dict of nn.Sequential(nn.Linear, activation, ...)",
    _pytorch,
    loss="loss",
    gradient="{q}.grad",
)


def _dense(symbol: Symbol) -> str:
    number = (symbol.layer or 1) - 1
    return f"dense_{number}" if number else "dense"


def _keras(symbol: Symbol, sizes: Sizes) -> str | None:
    indices = symbol.indices
    match symbol.head:
        case "x" | "y":
            return f"{symbol.head}{_at(*indices)}"
        case "z":
            return f"{_dense(symbol)}/z{_at(*indices)}"
        case "a" if symbol.layer:
            return f"{_dense(symbol)}/output{_at(*indices)}"
        case "a":
            return f"x{_at(*indices)}"
        case "w" if indices[0] == 0:
            return f"{_dense(symbol)}/bias{_at(indices[1])}"
        case "w":
            return f"{_dense(symbol)}/kernel{_at(*indices)}"
        case "L" if not indices:
            return "loss"
        case "eta":
            return "learning_rate"
    return None


def _keras_spellings(symbol: Symbol, sizes: Sizes) -> Iterator[str]:
    """With the :0 of TensorFlow's variables."""
    name = _keras(symbol, sizes)
    if name is not None and ("/kernel[" in name or "/bias[" in name):
        yield name.replace("[", ":0[")


KERAS = Dialect(
    "keras",
    "A layer's kernel has a row per input, counted from 0: dense/kernel[0,1], dense_1/bias[0].",
    "Keras, the paths of a Sequential model's variables",
    _keras,
    loss="loss",
    gradient="{q}.grad",
    spellings=_keras_spellings,
)
