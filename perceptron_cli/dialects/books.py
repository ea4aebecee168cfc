"""The names of books and of lectures."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from perceptron_cli.dialects.dialect import Dialect, Sizes
from perceptron_cli.expr import Symbol, join_indices

Index = int | str


def _number(sizes: Sizes, layer: int, j: Index) -> Index:
    """The number of a neuron when those of all layers are counted through; a letter stays."""
    return j if isinstance(j, str) else sum(sizes[1:layer]) + j


def _weight_number(sizes: Sizes, layer: int, i: Index, j: Index) -> int | None:
    """The number of a weight when those of all layers are counted through, neuron by neuron."""
    if isinstance(i, str) or isinstance(j, str):
        return None
    before = sum(inputs * neurons for inputs, neurons in list(pairwise(sizes))[: layer - 1])
    return before + (j - 1) * sizes[layer - 1] + i


# nnstep ---------------------------------------------------------------------------------------


def _nnstep(symbol: Symbol, sizes: Sizes) -> str:
    return Symbol(symbol.head, symbol.layer, symbol.indices).name


def _nnstep_spellings(symbol: Symbol, sizes: Sizes) -> Iterator[str]:
    """b for a bias, and no layer where there is but one."""
    layers = (symbol.layer, None) if len(sizes) == 2 else (symbol.layer,)
    for layer in layers:
        if symbol.layer and (layer is None or symbol.head == "w"):
            yield Symbol(symbol.head, layer, symbol.indices).name
        if symbol.head == "w" and symbol.indices[0] == 0:
            yield Symbol("b", layer, symbol.indices[1:]).name


NNSTEP = Dialect(
    "nnstep",
    "Layer in brackets, then the indices; a weight's input first: w[1]_12 goes from input 1 to neuron 2.",
    "the lecture's letters",
    _nnstep,
    spellings=_nnstep_spellings,
)


# weights counted through ------------------------------------------------------------------------


def _place(symbol: Symbol, sizes: Sizes) -> str:
    """h1, h2, ... for hidden neurons, o1, ... for outputs."""
    (j,) = symbol.indices[-1:]
    layer = symbol.layer or 0
    return f"o{j}" if layer == len(sizes) - 1 else f"h{_number(sizes, layer, j)}"


def _mazur(symbol: Symbol, sizes: Sizes) -> str | None:
    match symbol.head:
        case "x":
            return f"i{symbol.indices[0]}"
        case "y":
            return f"target_o{symbol.indices[0]}"
        case "z":
            return f"net_{_place(symbol, sizes)}"
        case "a":
            return f"out_{_place(symbol, sizes)}" if symbol.layer else f"i{symbol.indices[0]}"
        case "w" if symbol.indices[0] == 0:
            return f"b_{_place(symbol, sizes)}"
        case "w":
            number = _weight_number(sizes, symbol.layer or 0, *symbol.indices)
            return None if number is None else f"w{number}"
        case "L":
            return f"E_o{symbol.indices[0]}" if symbol.indices else "E_total"
        case "eta":
            return "eta"
    return None


def _mazur_spellings(symbol: Symbol, sizes: Sizes) -> Iterator[str]:
    if symbol.head == "a" and symbol.layer:
        yield _place(symbol, sizes)
    if symbol.head == "L" and not symbol.indices:
        yield "E"
    if symbol.head == "w" and tuple(symbol.indices) == (0, 1):
        yield f"b{symbol.layer}"  # one bias a layer


MAZUR = Dialect(
    "mazur",
    "Weights counted through (w1, w2, ...); net and out of hidden neurons h and outputs o; E_total.",
    "Matt Mazur, A Step by Step Backpropagation Example (2015)",
    _mazur,
    loss="E_total",
    after="{q}+",
    delta=lambda symbol, sizes: f"delta_{_place(symbol, sizes)}",
    spellings=_mazur_spellings,
)


def _numbered(symbol: Symbol, sizes: Sizes) -> str | None:
    match symbol.head:
        case "x" | "y":
            return f"{symbol.head}{symbol.indices[0]}"
        case "z" | "a" if symbol.layer:
            return f"{symbol.head}{_number(sizes, symbol.layer, symbol.indices[0])}"
        case "a":
            return f"x{symbol.indices[0]}"
        case "w" if symbol.indices[0] == 0:
            return f"b{_number(sizes, symbol.layer or 0, symbol.indices[1])}"
        case "w":
            number = _weight_number(sizes, symbol.layer or 0, *symbol.indices)
            return None if number is None else f"w{number}"
        case "L":
            return f"L{symbol.indices[0]}" if symbol.indices else "L"
        case "eta":
            return "eta"
    return None


def _numbered_spellings(symbol: Symbol, sizes: Sizes) -> Iterator[str]:
    if symbol.head == "L" and not symbol.indices:
        yield from ("E", "J", "C", "Loss")
    if symbol.layer and symbol.head in ("z", "a", "w"):
        place = _place(symbol, sizes)
        alone = symbol.layer == len(sizes) - 1 and sizes[-1] == 1  # the only output needs no number
        if symbol.head == "a":
            yield from (place, f"a_{place}", *(("o", "out", "output", "a_o", "a_out") if alone else ()))
        elif symbol.head == "z":
            yield from (f"z_{place}", f"in_{place}", f"net_{place}")
            yield from ("z", "z_o", "z_out", "net_o", "net") if alone else ()
        elif symbol.indices[0] == 0:
            yield from (f"b_{place}", *(("b_o", "b_out") if alone else ()))


NUMBERED = Dialect(
    "numbered",
    "Neurons and weights counted through all layers: z1, a1 (or h1, o1), w1, b1.",
    "common in course notes",
    _numbered,
    delta=lambda symbol, sizes: f"delta{_number(sizes, symbol.layer or 0, symbol.indices[0])}",
    spellings=_numbered_spellings,
)


# layers above, neurons below ----------------------------------------------------------------------


def _nielsen(symbol: Symbol, sizes: Sizes) -> str | None:
    """Layers are counted from 1, the inputs; a weight's neuron comes before its input."""
    layer = (symbol.layer or 0) + 1
    match symbol.head:
        case "x":
            return f"a^1_{symbol.indices[0]}"
        case "y":
            return f"y_{symbol.indices[0]}"
        case "z" | "a":
            return f"{symbol.head}^{layer}_{symbol.indices[0]}"
        case "w" if symbol.indices[0] == 0:
            return f"b^{layer}_{symbol.indices[1]}"
        case "w":
            return f"w^{layer}_{join_indices(symbol.indices[::-1])}"
        case "L":
            return f"C_{symbol.indices[0]}" if symbol.indices else "C"
        case "eta":
            return "eta"
    return None


def _nielsen_spellings(symbol: Symbol, sizes: Sizes) -> Iterator[str]:
    if symbol.head == "x":
        yield f"x_{symbol.indices[0]}"


NIELSEN = Dialect(
    "nielsen",
    "The layer above, counted from 1 for the inputs; a weight's neuron first: w^2_21 goes from input 1 to "
    "neuron 2. delta is dC/dz.",
    "Michael Nielsen, Neural Networks and Deep Learning (2015), chapter 2",
    _nielsen,
    loss="C",
    delta=lambda symbol, sizes: f"delta^{(symbol.layer or 0) + 1}_{symbol.indices[0]}",
    spellings=_nielsen_spellings,
)


def _haykin(symbol: Symbol, sizes: Sizes) -> str | None:
    match symbol.head:
        case "x":
            return f"x_{symbol.indices[0]}"
        case "y":
            return f"d_{symbol.indices[0]}"
        case "z":
            return f"v_{symbol.indices[0]}^({symbol.layer})"
        case "a":
            return f"y_{symbol.indices[0]}^({symbol.layer})" if symbol.layer else f"x_{symbol.indices[0]}"
        case "w" if symbol.indices[0] == 0:
            return f"b_{symbol.indices[1]}^({symbol.layer})"
        case "w":
            return f"w_{join_indices(symbol.indices[::-1])}^({symbol.layer})"
        case "L":
            return f"E_{symbol.indices[0]}" if symbol.indices else "E"
        case "eta":
            return "eta"
    return None


def _haykin_spellings(symbol: Symbol, sizes: Sizes) -> Iterator[str]:
    """Without the layer where there is but one."""
    if len(sizes) == 2:
        name = _haykin(symbol, sizes)
        if name is not None and "^" in name:
            yield name.partition("^")[0]


HAYKIN = Dialect(
    "haykin",
    "v is the weighted sum and y the output of a neuron, d the target; a weight's neuron comes first. delta "
    "is -dE/dv.",
    "Simon Haykin, Neural Networks and Learning Machines (2009), chapter 4; Raul Rojas has the same letters",
    _haykin,
    loss="E",
    after="{q}(new)",
    delta=lambda symbol, sizes: f"delta_{symbol.indices[0]}^({symbol.layer})",
    sign=-1,
    spellings=_haykin_spellings,
)


# a letter a layer -------------------------------------------------------------------------------


def _fausett(symbol: Symbol, sizes: Sizes) -> str | None:
    """v and z for the hidden layer, w and y for the outputs; only for one hidden layer, or none."""
    if len(sizes) > 3:
        return None
    output = symbol.layer == len(sizes) - 1
    unit, weight = ("y", "w") if output else ("z", "v")
    match symbol.head:
        case "x":
            return f"x{symbol.indices[0]}"
        case "y":
            return f"t{symbol.indices[0]}"
        case "z":
            return f"{unit}_in{symbol.indices[0]}"
        case "a":
            return f"{unit}{symbol.indices[0]}" if symbol.layer else f"x{symbol.indices[0]}"
        case "w":
            return f"{weight}{join_indices(symbol.indices)}"
        case "L":
            return f"E{symbol.indices[0]}" if symbol.indices else "E"
        case "eta":
            return "alpha"
    return None


def _fausett_delta(symbol: Symbol, sizes: Sizes) -> str | None:
    return None if len(sizes) > 3 else f"delta_{symbol.indices[0]}"


def _fausett_spellings(symbol: Symbol, sizes: Sizes) -> Iterator[str]:
    name = _fausett(symbol, sizes)
    if symbol.head == "w" and symbol.indices[0] == 0 and len(sizes) <= 3:
        yield f"{'bw' if symbol.layer == len(sizes) - 1 else 'bv'}{symbol.indices[1]}"
    elif symbol.head == "z" and name is not None:
        yield name.replace("_in", "_in_")


FAUSETT = Dialect(
    "fausett",
    "v and z for the hidden layer, w and y for the outputs, _in for a net input; delta is -dE/d(net input).",
    "Laurene Fausett, Fundamentals of Neural Networks (1994), chapter 6; Sivanandam and Deepa have the same",
    _fausett,
    loss="E",
    after="{q}(new)",
    delta=_fausett_delta,
    sign=-1,
    spellings=_fausett_spellings,
)
