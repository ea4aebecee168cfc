"""A network as a drawing: its numbers before an update, after it, or its gradients."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from perceptron_cli import engine
from perceptron_cli.arrays import Array
from perceptron_cli.document import Column, Document, Drawing, Edge, Neuron, Quantity, Section, Shades
from perceptron_cli.drawing import marked
from perceptron_cli.engine.network import Network
from perceptron_cli.errors import InputError, NumberError
from perceptron_cli.expr import Symbol, symbol_of
from perceptron_cli.notation import show
from perceptron_cli.spec.config import Config, Given
from perceptron_cli.symbols import Names
from perceptron_cli.trace.header import document, naming
from perceptron_cli.trace.ledger import Ledger
from perceptron_cli.trace.lookup import Lookup
from perceptron_cli.trace.step.given import weights_listed
from perceptron_cli.trace.step.lines import recorded
from perceptron_cli.trace.view import View

MOST = 6  # neurons of a layer that are drawn one by one; of more the first FEW and the last
FEW = 3

Spot = tuple[int, int]  # layer and number of a neuron


def draw(
    config: Config,
    view: View | None = None,
    *,
    shows: str = "weights",
    highlight: Sequence[str] = (),
    step: int | None = None,
) -> Document:
    """Return a network's drawing; `shows` is "weights", "update" or "gradients".

    The last two are of update `step`, None for the first; the weights are those that it left, None for
    the given ones. Raises InputError where a symbol to highlight is none of the picture, NumberError
    where a number leaves the finite range.
    """
    view = view or View()
    marks = frozenset(name for symbol in highlight for name in marks_of(config, symbol))
    told = document("draw", config, view, (), trained=shows != "weights")
    if step is not None:
        title = f"{told.title}, {'after ' if shows == 'weights' else ''}update {step}"
        told = replace(told, title=title, data={"step": step})
    if shows == "weights":
        drawn = _of_forward(config if step is None else _after(config, view, step), view, marks)
    else:
        record = recorded(config, step or 1)
        ledger = Ledger(view, Lookup.of(config, record))
        _enter(config, ledger, record.weights, as_written=record.t == 1)
        drawn = drawing(config, ledger, shows, marks)
    grids = _shades(config, view, step) if shows == "weights" and not config.is_dense else []
    section = Section(drawn.title, "result", (replace(drawn, title=""), *grids))
    return replace(told, conventions=(), sections=(section,), parts_key="")


def _shades(config: Config, view: View, step: int | None) -> list[Drawing | Shades]:
    """Return recurrent layers unrolled, pictures, and the weights of attention; dense networks have none."""
    from perceptron_cli.trace.step.shades import shades
    from perceptron_cli.trace.step.unrolled import unrolled

    ledger = _ledger(config if step is None else _after(config, view, step), view)
    sample = _drawn_sample(ledger)[1]
    return [*unrolled(config, ledger, sample), *shades(config, ledger, sample)]


def _after(config: Config, view: View, step: int) -> Config:
    """Return the config with the weights that an update left."""
    weights = recorded(config, step).new_weights
    if not all(np.isfinite(matrix).all() for matrix in weights):
        raise NumberError(f"update {step}: a weight left the finite range of float64")
    return _with_weights(config, view, weights)


def trained_section(
    config: Config, view: View, first_weights: Sequence[Array], weights: Sequence[Array]
) -> Section:
    """Return the network before a training run and after it, with the weights that the run left."""
    given = all(map(np.array_equal, first_weights, Network(config).weights))  # not so where a run goes on
    before = _of_forward(config if given else _with_weights(config, view, first_weights), view)
    after = _of_forward(_with_weights(config, view, weights), view)
    blocks = (
        replace(before, title="Before training", optional=True),
        replace(after, title="After training", optional=True),
    )
    return Section(TITLES["weights"], "result", blocks)


def _with_weights(config: Config, view: View, weights: Sequence[Array]) -> Config:
    layers = []
    for layer, matrix in zip(config.layers, weights, strict=True):
        rows = [tuple(Given(one, show(one, view.decimals)) for one in row) for row in matrix.tolist()]
        layers.append(replace(layer, weights=tuple(rows)))
    return replace(config, layers=tuple(layers))


def _of_forward(config: Config, view: View, marks: frozenset[str] = frozenset()) -> Drawing:
    return drawing(config, _ledger(config, view), "weights", marks)


def _ledger(config: Config, view: View) -> Ledger:
    """Return the numbers of a forward pass."""
    passed, weights = engine.forward(config), Network(config).weights
    ledger = Ledger(view, Lookup(config, range(1, len(config.samples) + 1), passed, weights))
    _enter(config, ledger, weights)
    return ledger


def _enter(config: Config, ledger: Ledger, weights: Sequence[Array], *, as_written: bool = True) -> None:
    """Enter what is given: the weights, as they were written where they still are, and the sample drawn."""
    number, sample = _drawn_sample(ledger)
    for i, x in enumerate(config.samples[number - 1].x, start=1):
        ledger.given(
            Names(sample).x(config.place(0, i)), x, x.text or None
        )  # a number of a data set has no text
    for l, matrix in enumerate(weights, start=1):
        if config.layers[l - 1].is_dense:
            weights_listed(config, ledger, l, matrix, as_written)


def _drawn_sample(ledger: Ledger) -> tuple[int, int | None]:
    """Return the number of the sample that is drawn, the batch's first, and how its symbols name it."""
    numbers = [*ledger.lookup.columns] if ledger.lookup else [1]
    return min(numbers), min(numbers) if len(numbers) > 1 else None


def marks_of(config: Config, symbol: str) -> frozenset[str]:
    """Return what of the picture a symbol marks. Raises InputError where it is nothing there."""
    found = marked(symbol, config.sizes)
    if found:
        return found
    hint = "a weight as w[2]_11, a neuron as a[2]_1, an input as x_1"
    raise InputError(f"--highlight: there is no '{symbol}' in the picture", hint=hint)


def drawing(
    config: Config,
    ledger: Ledger,
    shows: str,
    highlight: frozenset[str] = frozenset(),
) -> Drawing:
    """Return the drawing of a ledger's step (or forward pass), of its first sample."""
    told = _Numbers(ledger, shows)
    named = _named(highlight)
    picked = [_picked(l, count, named) for l, count in enumerate(config.sizes)]
    activations = ["", *(one.activation if one.is_dense else one.kind for one in config.layers)]
    columns = tuple(
        Column(activations[l], config.sizes[l], tuple(told.neuron(config, l, j) for j in neurons))
        for l, neurons in enumerate(picked)
    )
    edges = tuple(
        told.edge(l, i, j)
        for l, neurons in enumerate(picked[1:], start=1)
        if config.layers[l - 1].is_dense  # the others have kernels, and no weight from one to another
        for j in neurons
        for i in (0, *picked[l - 1])
        if i or config.layers[l - 1].has_bias
    )
    called = naming(config, ledger.view)
    return Drawing(TITLES[shows], columns, edges, shows, highlight, told.caption(config), naming=called)


TITLES = {
    "weights": "The network",
    "update": "The network and its update",
    "gradients": "The network and its gradients",
}


class _Numbers:
    """The ledger's numbers as a drawing has them."""

    def __init__(self, ledger: Ledger, shows: str) -> None:
        self.ledger, self.shows = ledger, shows
        self.number, self.sample = _drawn_sample(ledger)

    def quantity(self, symbol: Symbol) -> Quantity:
        return Quantity(self.ledger.values[symbol.name], self.ledger.texts[symbol.name])

    def neuron(self, config: Config, l: int, j: int) -> Neuron:
        place = config.place(l, j)
        symbol = Names(self.sample).a(l, place)
        new = self.quantity(symbol.after()) if l and self.shows == "update" else None
        return Neuron(symbol, self.quantity(symbol), new, j if len(place) > 1 else 0)

    def edge(self, l: int, i: int, j: int) -> Edge:
        symbol = Names().w(l, i, j)
        new = gradient = None
        if self.shows == "update" and not self._frozen(i):
            new = self.quantity(symbol.after())
        if self.shows == "gradients":
            gradient = self.quantity(Names().dL_dw(l, i, j))
        return Edge(symbol, self.quantity(symbol), new, gradient)

    def caption(self, config: Config) -> str:
        """Say the target and the loss, and of which sample the activations are."""
        texts, lookup = self.ledger.texts, self.ledger.lookup
        pieces = [f"sample {self.sample}"] if self.sample else []
        y = config.samples[self.number - 1].y
        if y is not None and len(y) <= MOST:
            written = ", ".join(one.text or show(one, self.ledger.view.decimals) for one in y)
            pieces.append(f"y = ({written})" if len(y) > 1 else f"y = {written}")
        if lookup and lookup.before.loss is not None and np.isfinite(lookup.before.loss):
            after = f" -> {texts[Names(prime=True).loss().name]}" if self.shows == "update" else ""
            pieces.append(f"L = {texts[Names().loss().name]}{after}")
        return ", ".join(pieces)

    def _frozen(self, i: int) -> bool:
        """Whether a weight is one that the update leaves alone: a bias, where those are kept."""
        lookup = self.ledger.lookup
        return not i and lookup is not None and not lookup.config.training.update_biases


def _picked(l: int, count: int, named: Collection[Spot]) -> list[int]:
    """Return which neurons of a layer are drawn: few of many, and those that are named."""
    if count <= MOST:
        return [*range(1, count + 1)]
    return sorted({*range(1, FEW + 1), *(j for layer, j in named if layer == l), count})


def _named(highlight: frozenset[str]) -> set[Spot]:
    """Return the neurons that are marked, and both ends of a weight that is marked alone."""
    symbols = [symbol for symbol in map(symbol_of, highlight) if symbol is not None]
    found = {(one.layer or 0, int(one.indices[0])) for one in symbols if one.head != "w"}
    for one in symbols:
        l, ends = one.layer or 0, [int(index) for index in one.indices]
        if one.head == "w" and (l, ends[1]) not in found:
            found |= {(l, ends[1]), *([(l - 1, ends[0])] if ends[0] else [])}
    return found
