"""Pictures and the weights of attention as grids of numbers with grey levels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from perceptron_cli.document import Shade, Shades
from perceptron_cli.expr import Symbol
from perceptron_cli.layers import kind_of
from perceptron_cli.layers.kind import At
from perceptron_cli.spec.config import Config
from perceptron_cli.symbols import Names
from perceptron_cli.trace.ledger import Ledger

MOST_MAPS, MOST_ROWS = 4, 16


def shades(config: Config, ledger: Ledger, sample: int | None) -> Iterator[Shades]:
    """Yield the input as a picture, each layer's feature maps, and where attention looks."""
    names = Names(sample)
    for l in range(len(config.layers) + 1):
        layer = config.layers[max(l - 1, 0)]
        shape = layer.shape if l else layer.below
        if l:
            at = At(kind_of(layer.kind), layer, l, names)
            for title, rows, columns, cells in kind_of(layer.kind).shades(layer, at):
                yield _grid(ledger, title, rows, columns, cells)
        over_time = any(one.settings.get("steps") or one.settings.get("over") for one in config.layers)
        if len(shape) == 3 or (len(shape) == 2 and not over_time):
            yield from _maps(config, ledger, names, l, shape)


def _maps(config: Config, ledger: Ledger, names: Names, l: int, shape: Sequence[int]) -> Iterator[Shades]:
    *channels, rows, columns = shape
    if rows > MOST_ROWS or columns > MOST_ROWS:
        return
    for channel in range(min(channels[0], MOST_MAPS) if channels else 1):
        start = channel * rows * columns
        numbers = [names.a(l, config.place(l, start + n + 1)) for n in range(rows * columns)]
        cells = [numbers[row * columns : (row + 1) * columns] for row in range(rows)]
        which = f", channel {channel + 1}" if channels and channels[0] > 1 else ""
        title = f"{f'Layer {l}' if l else 'The input'}{which}"
        heads = [list(map(str, range(1, length + 1))) for length in (rows, columns)]
        yield _grid(ledger, title, heads[0], heads[1], cells)


def _grid(
    ledger: Ledger,
    title: str,
    rows: Sequence[str],
    columns: Sequence[str],
    cells: Sequence[Sequence[Symbol]],
) -> Shades:
    told = tuple(
        tuple(Shade(ledger.values[one.name] or 0.0, ledger.texts[one.name], one.name) for one in row)
        for row in cells
    )
    return Shades(title, tuple(rows), tuple(columns), told)
