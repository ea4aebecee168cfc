"""The paths from the loss to a number: on each the factors of the chain rule are multiplied, and all add up.

Through dense layers a path goes from an output down through one neuron of each. There are as many as
the product of the layers' widths, so they are never listed: sums are carried from rank to rank of
neurons, and of the paths to a neuron only the largest are kept.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.arrays import Array
from perceptron_cli.expr import Expr, Number, Symbol
from perceptron_cli.losses import LOSSES
from perceptron_cli.records import record
from perceptron_cli.spec.config import Config
from perceptron_cli.symbols import Names
from perceptron_cli.trace.questions.line_paths import line_paths
from perceptron_cli.trace.questions.path import Path, Paths, added, largest
from perceptron_cli.trace.step.lines import Lines


@record
class _Edges:
    """The factors between two ranks: a matrix (above, below), or one between each number and its own."""

    values: Array
    symbol: Callable[[int, int], Symbol]  # by the places of the two, from 1

    @property
    def own(self) -> bool:
        return self.values.ndim == 1


@record
class _Rank:
    """What has come together below a rank of numbers, (numbers,) and (numbers, paths kept)."""

    nodes: tuple[int, ...]  # from 1
    count: int  # of paths below each
    sums: Array
    kept: Array
    routes: Array  # the places that a kept path goes through, from here down: (numbers, paths, ranks)


def paths(config: Config, lines: Lines, target: Symbol, most: int = 8) -> Paths | None:
    """Return the paths from the loss to a gradient, `most` of them shown; None for what is no gradient."""
    if not target.head.startswith("dL/d") or target.prime:
        return None
    if not config.is_dense:
        return line_paths(lines, target, most) if target.name in lines.equations else None
    several = len(lines.samples) > 1
    reduced = several and target.sample is None
    if reduced and target.head != "dL/dw":
        return None
    numbers = lines.samples if reduced else (target.sample or lines.samples[0],)
    share = len(numbers) if reduced and config.training.reduction == "mean" else None
    found = [
        _OfSample(config, lines, Names(number if several else None), lines.samples.index(number), share)
        for number in numbers
    ]
    with np.errstate(all="ignore"):
        ways = [one.paths(target, most) for one in found]
    count, total = sum(one.count for one in ways), added(one.sum for one in ways)
    return largest([path for one in ways for path in one.shown], count, total, most)


@record
class _OfSample:
    """The paths of one sample; `column` is its place in the step's arrays."""

    config: Config
    lines: Lines
    names: Names
    column: int
    share: int | None

    def paths(self, target: Symbol, most: int) -> Paths:
        l, head = target.layer or 0, target.head
        place = int(target.indices[-1])
        last: Expr | None = None
        if head == "dL/dw":
            i = int(target.indices[0])
            last = self.names.a(l - 1, i) if i else Number(1)
        rank = _start(place)
        at_output = head == "dL/da" and l == len(self.config.layers)
        way = [] if at_output else list(self._edges(l, at_a=head == "dL/da"))
        for edges in way:
            rank = _climbed(rank, edges, most)
        start, symbol = self._start_factors(at_a=at_output)
        factor = self._value(last) / (self.share or 1)
        sums = float((start[_places(rank)] * rank.sums).sum()) * factor
        products = start[_places(rank)][:, None] * rank.kept * factor
        order = np.argsort(-np.abs(products), axis=None, kind="stable")[:most]
        count = rank.count * len(rank.nodes)
        if count <= len(order):
            order = np.sort(order)
        shown = [
            self._path(way, symbol, rank.routes.reshape(products.size, -1)[one], last, products.flat[one])
            for one in order
        ]
        return Paths(count, tuple(shown), None, sums if math.isfinite(sums) else None)

    def _value(self, factor: Expr | None) -> float:
        if not isinstance(factor, Symbol):
            return 1.0
        value = self.lines.values[factor.name]
        return math.nan if value is None else value

    def _path(
        self,
        way: Sequence[_Edges],
        start: Callable[[int], Symbol],
        route: Array,
        last: Expr | None,
        value: float,
    ) -> Path:
        """Write the factors of a route, which names a place for each rank, the highest first."""
        at = [int(one) for one in route]
        steps = zip(reversed(way), at, at[1:], strict=False)
        factors: list[Expr] = [start(at[0]), *(edges.symbol(above, below) for edges, above, below in steps)]
        if last is not None:
            factors.append(last)
        return Path(tuple(factors), self.share, float(value) if math.isfinite(value) else None)

    # the network, from a number up to the loss ---------------------------------------------------

    def _start_factors(self, *, at_a: bool) -> tuple[Array, Callable[[int], Symbol]]:
        """The loss's slope by each output: by its z where there is a shortcut to that, else by its a."""
        top = len(self.config.layers)
        make = self.names.dL_dz if self._shortcut() and not at_a else self.names.dL_da
        values = [self._value(make(top, j)) for j in self._neurons(top)]
        return np.array(values), lambda j: make(top, j)

    def _shortcut(self) -> bool:
        return LOSSES[self.config.loss or ""].shortcut(self.config.layers[-1].activation) is not None

    def _edges(self, l: int, *, at_a: bool) -> Iterator[_Edges]:
        """Yield the factors from rank to rank, up from z[l] (or from a[l]) to the highest."""
        top = len(self.config.layers)
        for m in range(l, top + 1):
            if not (m == l and at_a) and not (m == top and self._shortcut()):
                yield self._slopes(m)
            if m < top:
                yield self._weights(m + 1)

    def _neurons(self, l: int) -> range:
        return range(1, self.config.sizes[l] + 1)

    def _weights(self, l: int) -> _Edges:
        matrix = np.asarray(self.lines.part.data["layers"][l - 1]["weights"])
        return _Edges(matrix[:, 1:], lambda above, below: self.names.w(l, below, above))

    def _slopes(self, l: int) -> _Edges:
        js = self._neurons(l)
        if not ACTIVATIONS[self.config.layers[l - 1].activation].coupled:
            values = [self._value(self.names.da_dz(l, j)) for j in js]
            return _Edges(np.array(values), lambda above, below: self.names.da_dz(l, below))
        matrix = [[self._value(self.names.da_dz(l, j, k)) for j in js] for k in js]
        return _Edges(np.array(matrix), lambda above, below: self.names.da_dz(l, below, above))


def _start(place: int) -> _Rank:
    return _Rank((place,), 1, np.ones(1), np.ones((1, 1)), np.full((1, 1, 1), place))


def _places(rank: _Rank) -> Array:
    return np.array(rank.nodes) - 1


def _climbed(rank: _Rank, edges: _Edges, most: int) -> _Rank:
    """Carry the sums and the largest paths one rank up."""
    places = _places(rank)
    if edges.own:
        values = edges.values[places]
        here = np.broadcast_to(np.array(rank.nodes)[:, None, None], (*rank.kept.shape, 1))
        routes = np.concatenate([here, rank.routes], axis=2)
        return _Rank(rank.nodes, rank.count, values * rank.sums, values[:, None] * rank.kept, routes)
    values = edges.values[:, places]
    products = (values[:, :, None] * rank.kept[None]).reshape(len(values), -1)
    order = np.argsort(-np.abs(products), axis=1, kind="stable")[:, :most]
    if rank.count * len(rank.nodes) <= order.shape[1]:
        order = np.sort(order, axis=1)
    below = rank.routes.reshape(products.shape[1], -1)[order]
    nodes = tuple(range(1, len(values) + 1))
    here = np.broadcast_to(np.array(nodes)[:, None, None], (*order.shape, 1))
    kept = np.take_along_axis(products, order, axis=1)
    count = rank.count * len(rank.nodes)
    return _Rank(nodes, count, values @ rank.sums, kept, np.concatenate([here, below], axis=2))
