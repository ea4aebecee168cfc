"""The network on one line: each layer's neurons, those that a line is about marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.text import Text

from perceptron_cli.drawing.marks import WEIGHTS, neuron_name
from perceptron_cli.expr import Symbol
from perceptron_cli.records import record

MOST = 8  # neurons of a layer that are drawn
FEW = 3  # of a wider one
ABOUT, FROM = "bold green", "cyan"


@record
class Marks:
    """What a line is about, and what it is made from: neurons (layer, number), layer 0 the input.

    `edges` are weights (layer, input, neuron); `outputs` says that it is about the loss.
    """

    about: frozenset[tuple[int, int]] = frozenset()
    made_from: frozenset[tuple[int, int]] = frozenset()
    edges: frozenset[tuple[int, int, int]] = frozenset()


def marks(symbol: Symbol, uses: Sequence[Symbol], layers: int) -> Marks:
    """Return what a line of a network with so many layers is about."""
    edges = {edge for one in (symbol, *uses) for edge in _edges(one)}
    about = set(_neurons(symbol, layers)) or {(layer, j) for layer, _, j in _edges(symbol)}
    made_from = {place for one in uses for place in _neurons(one, layers)}
    return Marks(frozenset(about), frozenset(made_from - about), frozenset(edges))


def _neurons(symbol: Symbol, layers: int) -> Iterator[tuple[int, int]]:
    numbers = [one for one in symbol.indices if isinstance(one, int)]
    head = symbol.head.rpartition(":")[2]  # of a learning rule: t3:net
    if head == "x":
        yield 0, numbers[0]
    elif (head != symbol.head and head in ("net", "e", "d")) or symbol.head in ("y", "L"):
        yield layers, numbers[0] if numbers else 1
    elif symbol.layer is not None and not _is_weight(symbol) and numbers:
        yield symbol.layer, numbers[-1]


def _edges(symbol: Symbol) -> Iterator[tuple[int, int, int]]:
    if symbol.layer is not None and _is_weight(symbol):
        i, j = (one for one in symbol.indices if isinstance(one, int))
        yield symbol.layer, i, j


def _is_weight(symbol: Symbol) -> bool:
    return symbol.head in WEIGHTS


def names_of(found: Marks) -> frozenset[str]:
    """Return what a line is about by the names that a drawing has for them."""
    neurons = (neuron_name(layer, j) for layer, j in found.about)
    return frozenset([*neurons, *(Symbol("w", layer, (i, j)).name for layer, i, j in found.edges)])


def strip(sizes: Sequence[int], found: Marks, width: int, *, unicode: bool) -> Text:
    """Draw the layers beside each other, from the input; where all do not fit, those around the line."""
    here = max((layer for layer, _ in found.about), default=0)
    for drawn in (True, False):
        pieces = [_layer(l, sizes, found, drawn, unicode) for l in range(len(sizes))]
        if sum(cell_len(piece.plain) for piece in pieces) <= width:
            return Text.assemble(*pieces)
    first = last = here
    room = width - cell_len(pieces[here].plain) - 8
    while True:  # grow to both sides
        grown = [l for l in (first - 1, last + 1) if 0 <= l < len(pieces)]
        fits = [l for l in grown if cell_len(pieces[l].plain) <= room]
        if not fits:
            break
        room -= cell_len(pieces[fits[0]].plain)
        first, last = min(first, fits[0]), max(last, fits[0])
    dots = "… " if unicode else ".. "
    before, after = dots * (first > 0), f" {dots}" * (last < len(pieces) - 1)
    return Text.assemble(before, *pieces[first : last + 1], after)


def _layer(l: int, sizes: Sequence[int], found: Marks, drawn: bool, unicode: bool) -> Text:
    """Return a layer with the line that leads to it: its name and its neurons, or how many there are."""
    piece = Text()
    if l:
        marked = any(layer == l for layer, _, _ in found.edges)
        line = ("━━" if marked else "──") if unicode else ("==" if marked else "--")
        piece.append(f" {line} ", FROM if marked else "dim")
    name = "x" if not l else ("ŷ" if unicode else "y_hat") if l == len(sizes) - 1 else str(l)
    piece.append(f"{name} ", "dim")
    if not drawn:
        inside = any(layer == l for layer, _ in found.about)
        piece.append(f"({sizes[l]})", ABOUT if inside else "")
        return piece
    shown = range(1, (sizes[l] if sizes[l] <= MOST else FEW) + 1)
    about = [j for layer, j in sorted(found.about) if layer == l and j not in shown]
    for j in [*shown, *about]:
        glyph, style = _neuron((l, j), found, unicode)
        piece.append(glyph, style)
    if sizes[l] > MOST:
        piece.append(f" ({sizes[l]})", "dim")
    return piece


def _neuron(place: tuple[int, int], found: Marks, unicode: bool) -> tuple[str, str]:
    if place in found.about:
        return ("●" if unicode else "@"), ABOUT
    if place in found.made_from:
        return ("◉" if unicode else "*"), FROM
    return ("○" if unicode else "o"), "dim"
