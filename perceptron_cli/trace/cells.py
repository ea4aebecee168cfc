"""Which parameters of a layer are told, and in which order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from perceptron_cli.layers.cells import block_of
from perceptron_cli.layers.layer import Layer
from perceptron_cli.trace.view import View


def shown(layer: Layer, view: View, columns: Sequence[int] | None = None) -> list[tuple[int, int]]:
    """Return the rows and columns that are shown, row after row; of these columns alone."""
    rows, whole = layer.size
    few = range(view.shown(whole - 1) + 1)
    chosen = frozenset(few if columns is None else columns)
    kept = [column for column in few if column in chosen]
    if not layer.is_dense:
        kept = [column for column in kept if block_of(layer, column).learnt or columns is None]
    return [(row, column) for row in range(view.shown(rows)) for column in kept]


def learnt(layers: Sequence[Layer], *, biases: bool) -> Iterator[tuple[int, int, int]]:
    """Yield (l, row, column) of every parameter that is learnt, output layer first."""
    for l in range(len(layers), 0, -1):
        layer = layers[l - 1]
        columns = layer.columns(biases=biases)
        for row in range(layer.size[0]):
            for column in columns:
                yield l, row, column
