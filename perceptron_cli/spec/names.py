"""Somebody's own names for the numbers of a network: `names: {h1: "a[1]_1"}`."""

from __future__ import annotations

from collections.abc import Sequence

from perceptron_cli.expr import Symbol, symbol_of
from perceptron_cli.layers import kind_of
from perceptron_cli.layers.cells import cell
from perceptron_cli.layers.layer import Layer, count, number
from perceptron_cli.spec.nodes import Node
from perceptron_cli.spec.reader import Reader

_OF_NEURONS = frozenset({"z", "a", "dL/da", "dL/dz", "da/dz"})
_OF_WEIGHTS = frozenset({"w", "dL/dw"})


def read_names(
    reader: Reader, node: Node, sizes: Sequence[int] | None, layers: Sequence[Layer] = ()
) -> dict[str, str]:
    """Return the symbol that each name means; what is no symbol of the network is a problem of `reader`.

    `sizes` are the inputs and the neurons of each layer, None where the network has problems of its own.
    """
    found: dict[str, str] = {}
    if node.kind != "mapping":
        reader.problem(node, "names", "expected a mapping of names to symbols", "for example {h1: 'a[1]_1'}")
        return found
    for key, value in node.value:
        path = f"names.{key.value}"
        text = str(value.value) if value.kind == "scalar" else ""
        symbol = symbol_of(text)
        if symbol is None or (sizes is not None and not is_symbol(symbol, sizes, layers)):
            hint = "symbols are x_1, z[1]_1, a[1]_1, w[1]_01, L, dL/dw[1]_11, ...: 'nnstep names' lists them"
            reader.problem(value, path, f"expected a symbol of this network, got '{text}'", hint)
        else:
            found[str(key.value)] = symbol.name
    return found


def is_symbol(symbol: Symbol, sizes: Sequence[int], layers: Sequence[Layer] = ()) -> bool:
    """Whether a network of these sizes has a number of this name; `layers` where not all are dense."""
    if any(not layer.is_dense for layer in layers) and symbol.indices:
        shaped = _of_kinds(symbol, layers)
        if shaped is not None:
            return shaped
    layer, indices = symbol.layer, [int(one) for one in symbol.indices]
    if symbol.head in ("x", "y", "L"):
        counted = {"x": sizes[0], "y": sizes[-1], "L": sizes[-1]}[symbol.head]
        fits = all(1 <= one <= counted for one in indices)
        return layer is None and fits and len(indices) <= 1 and (symbol.head == "L" or bool(indices))
    if layer is None:
        return symbol.head in ("eta", "t") and not indices
    lowest = 0 if symbol.head == "dL/da" else 1
    if not lowest <= layer < len(sizes):
        return False
    if symbol.head in _OF_WEIGHTS and len(indices) == 2:
        return 0 <= indices[0] <= sizes[layer - 1] and 1 <= indices[1] <= sizes[layer]
    return (
        symbol.head in _OF_NEURONS
        and len(indices) in (1, 2)
        and all(1 <= one <= sizes[layer] for one in indices)
    )


def _of_kinds(symbol: Symbol, layers: Sequence[Layer]) -> bool | None:
    """Whether layers of other kinds have a number; None for what is as in a dense network."""
    l = 0 if symbol.head == "x" else symbol.layer
    if l is None or l > len(layers) or (l and layers[l - 1].is_dense):
        return None
    layer, indices = layers[max(l - 1, 0)], tuple(int(one) for one in symbol.indices)
    head = symbol.head.removeprefix("dL/d")
    try:
        if head in ("x", "a", "z", "da/dz"):
            shape = layer.shape if l else layer.below
            return number(shape, indices) <= (layer.neurons if l else layer.inputs)
        stages = kind_of(layer.kind).stages(layer)[:-1]
        shapes = {stage.head: stage.shape for stage in stages}
        if head in shapes:
            return number(shapes[head], indices) <= count(shapes[head])
        row, column = cell(layer, symbol)
    except IndexError:
        return False
    return row < layer.size[0] and column < layer.size[1]
