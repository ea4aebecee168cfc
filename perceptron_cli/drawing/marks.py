"""What of a drawing a symbol means: a weight its edge, a number of a neuron the neuron and its edges."""

from __future__ import annotations

from perceptron_cli.expr import STATE_HEADS, Symbol, symbol_of

WEIGHTS = frozenset({"w", "dL/dw", *STATE_HEADS})
INCOMING = frozenset({"z", "a", "dL/dz", "da/dz"})  # of a neuron that is computed from its edges


def marked(name: str, sizes: tuple[int, ...]) -> frozenset[str]:
    """Return the names of the neurons (without a sample) and weights that a symbol's name means.

    `sizes` has the neurons per layer, the input first. Nothing is returned for what is not in the picture.
    """
    symbol = symbol_of(name)
    if symbol is None or not symbol.indices or not all(isinstance(one, int) for one in symbol.indices):
        return frozenset()
    layer = {"x": 0, "y": len(sizes) - 1}.get(symbol.head, symbol.layer)
    indices = [int(one) for one in symbol.indices]
    if layer is None or not 0 <= layer < len(sizes):
        return frozenset()
    if symbol.head in WEIGHTS:
        if len(indices) != 2:
            return frozenset()
        i, j = indices
        there = layer and 0 <= i <= sizes[layer - 1] and 1 <= j <= sizes[layer]
        return frozenset({Symbol("w", layer, (i, j)).name}) if there else frozenset()
    if symbol.head not in {*INCOMING, "x", "y", "dL/da"} or not 1 <= indices[-1] <= sizes[layer]:
        return frozenset()
    found = {neuron_name(layer, indices[-1])}
    if symbol.head in INCOMING and layer:
        found |= {Symbol("w", layer, (i, indices[-1])).name for i in range(sizes[layer - 1] + 1)}
    return frozenset(found)


def neuron_name(layer: int, index: int) -> str:
    """Return what a neuron is called in a drawing: its activation, an input its x."""
    return Symbol("a", layer, (index,)).name if layer else Symbol("x", None, (index,)).name
