"""The parameters of a layer as cells of its matrix: each one's symbol, and a symbol's row and column."""

from __future__ import annotations

from contextlib import suppress

from perceptron_cli.expr import Symbol
from perceptron_cli.layers import kind_of
from perceptron_cli.layers.kind import Block
from perceptron_cli.layers.layer import Layer
from perceptron_cli.symbols import Names


def blocks(layer: Layer) -> tuple[Block, ...]:
    """Return a layer's parameters as its config has them."""
    return kind_of(layer.kind).blocks(layer)


def block_of(layer: Layer, column: int) -> Block:
    """Return the block that a column of a layer's matrix belongs to."""
    own = blocks(layer)
    return next(block for block in reversed(own) if column >= block.start)


def parameter(layer: Layer, l: int, row: int, column: int, *, prime: bool = False) -> Symbol:
    """Return the symbol of a parameter, by its row and column from 0."""
    if layer.is_dense:
        return Names(prime=prime).w(l, column, row + 1)
    block = block_of(layer, column)
    return Symbol(block.head, l, block.indices(row, column), None, prime)


def present(layer: Layer) -> list[int]:
    """Return the columns that a layer has: all, but the biases where it has none."""
    start = 0 if layer.has_bias else 1
    return list(range(start, layer.size[1])) if layer.size[0] else []


def cell(layer: Layer, symbol: Symbol) -> tuple[int, int]:
    """Return the row and column of a parameter, from 0. Raises IndexError where there is none."""
    head = symbol.head.removeprefix("dL/d").removeprefix("dD/d")
    head = symbol.of if symbol.is_state else head
    indices = [index for index in symbol.indices if isinstance(index, int)]
    if len(indices) != len(symbol.indices):
        raise IndexError(symbol.name)
    if layer.is_dense:
        if head != "w" or len(indices) != 2 or indices[0] < 0 or indices[1] < 1:
            raise IndexError(symbol.name)
        return indices[1] - 1, indices[0]
    for block in blocks(layer):
        if block.head == head:
            with suppress(IndexError):
                return block.cell(indices)
    raise IndexError(symbol.name)
