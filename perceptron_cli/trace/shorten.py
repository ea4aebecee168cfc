"""Leaves out of a whole document what a wide network has too much of.

Unrounded numbers are told lazily: what is not shown is never put into words. By hand every
number is needed, since the next is made from it; so all is told, and shortened here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from perceptron_cli.document import Block, Equation, Equations, Grid, Part, Section
from perceptron_cli.expr import STATE_HEADS, Symbol
from perceptron_cli.layers import kind_of
from perceptron_cli.layers.cells import cell
from perceptron_cli.layers.layer import count, number
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.view import View


def shortened(part: Part, config: Config, view: View) -> Part:
    """Return the part with the first neurons, weights and samples, and the count of the rest."""
    samples = list(dict.fromkeys(one.sample for one in part.sections if one.sample is not None))
    told = samples[: view.shown(len(samples))]
    sections = [
        replace(section, blocks=tuple(_block(block, config, view) for block in section.blocks))
        for section in part.sections
        if section.sample is None or section.sample in told
    ]
    return replace(part, sections=(*sections, *untold(len(samples) - len(told))))


def untold(samples: int) -> list[Section]:
    """Return the section that counts the samples that are not told, if there are any."""
    return [Section(f"... and {samples} more samples", "given", ())] if samples > 0 else []


def _block(block: Block, config: Config, view: View) -> Block:
    if not isinstance(block, Equations):
        return block
    rows = [tuple(one for one in row if _shown(one, config, view)) for row in block.rows]
    kept = tuple(row for row in rows if row)
    several = any(len(row) > 1 for row in block.rows) and all(
        one.body is None for row in block.rows for one in row
    )
    left = sum(map(len, block.rows)) - sum(map(len, kept)) if several else len(block.rows) - len(kept)
    grid = block.grid and _narrower(block.grid, block.rows, len(kept), config, view)
    return replace(block, rows=kept, omitted=left, grid=grid)


def _narrower(
    grid: Grid, rows: Sequence[tuple[Equation, ...]], kept: int, config: Config, view: View
) -> Grid:
    """Return a table without the heads and the labels of what is left out."""
    longest = max(rows, key=len)
    heads = [head for head, one in zip(grid.heads, longest, strict=True) if _shown(one, config, view)]
    return replace(grid, heads=tuple(heads), labels=grid.labels[:kept])


def _shown(equation: Equation, config: Config, view: View) -> bool:
    symbol = equation.symbol
    if symbol.head == "L" and symbol.indices and equation.value:
        return True  # the right class of many
    l = symbol.layer
    if l is not None and not config.is_dense:
        return _of_kind(symbol, l, config, view)
    if symbol.head == "x":
        return number(config.layers[0].below, tuple(map(int, symbol.indices))) <= view.shown(config.inputs)
    return all(
        int(index) <= view.shown(size)
        for index, size in zip(symbol.indices, _sizes(symbol, config), strict=True)
    )


def _of_kind(symbol: Symbol, l: int, config: Config, view: View) -> bool:
    """Whether a number of a layer is among the first."""
    layer = config.layers[l - 1] if l else config.layers[0]
    indices = tuple(map(int, symbol.indices))
    if l:
        try:
            row, column = cell(layer, symbol)
            return row < view.shown(layer.size[0]) and column <= view.shown(layer.size[1] - 1)
        except IndexError:
            pass
    head = symbol.head.removeprefix("dL/d")
    stages = kind_of(layer.kind).stages(layer)[:-1] if l else ()
    shape = next((stage.shape for stage in stages if stage.head == head), layer.shape if l else layer.below)
    if symbol.head == "da/dz" and len(indices) > max(1, len(shape)):
        return all(index <= view.shown(layer.neurons) for index in indices)
    n = number(shape, indices) if indices else 1
    return n <= view.shown(count(shape) if shape else layer.neurons if l else config.inputs)


def _sizes(symbol: Symbol, config: Config) -> tuple[int, ...]:
    """Return how many there are of what each index of a symbol counts."""
    if symbol.head == "x":
        return (config.inputs,)
    if symbol.head in ("y", "L"):
        return (config.sizes[-1],) * len(symbol.indices)
    if symbol.layer is None:
        return ()
    neurons = config.sizes[symbol.layer]
    if symbol.head in ("w", "dL/dw", "dD/dw") or symbol.head in STATE_HEADS:
        return (config.sizes[symbol.layer - 1], neurons)
    return (neurons,) * len(symbol.indices)


def whole(view: View) -> View:
    """Return a view that leaves nothing out where hand arithmetic needs every number."""
    return view if view.arithmetic == "float" else replace(view, limit=None)


def fitted(part: Part, config: Config, view: View) -> Part:
    """Return the part, shortened where hand arithmetic made all of it be told."""
    return part if view.arithmetic == "float" or view.limit is None else shortened(part, config, view)
