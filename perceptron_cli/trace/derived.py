"""The way back, derived from the lines: dL/dq is the sum, over the lines r that use q, of dL/dr dr/dq.

Dense layers have their own textbook form of the same (layers/dense); every other kind is told from here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from perceptron_cli.calculus import partial
from perceptron_cli.expr import Expr, Negative, Number, Product, Quotient, Symbol, product, symbols, total
from perceptron_cli.layers import kind_of
from perceptron_cli.layers.cells import parameter
from perceptron_cli.layers.kind import At, Kind, Stage
from perceptron_cli.layers.layer import Layer
from perceptron_cli.spec.config import Config
from perceptron_cli.symbols import Names, gradient

User = tuple[int, int]  # a stage of a layer, and a number of it (from 0)


class Derived:
    """The lines of one pass over a batch, and what uses what."""

    def __init__(
        self,
        config: Config,
        batch: Sequence[Names],
        *,
        drops: bool = True,
        running: bool = False,
        number: int = 1,
    ) -> None:
        """`batch` has the names of every sample; `drops` and `running` are those of the pass.

        `number` is that of the sample where there is but one, whose names do not say it.
        """
        self.number = number
        self.config = config
        self.batch = tuple(batch)
        self.drops, self.running = drops, running
        self._layers: dict[tuple[int, int | None], LayerLines] = {}

    def inputs(self, names: Names) -> Sequence[float]:
        """Return a sample's x."""
        return self.config.samples[(names.sample or self.number) - 1].x

    def layer(self, l: int, names: Names) -> LayerLines:
        """Return the lines of a layer for one sample."""
        key = l, names.sample
        if key not in self._layers:
            self._layers[key] = LayerLines(self.config.layers[l - 1], l, names, self)
        return self._layers[key]

    def reaching(self, l: int, n: int, names: Names) -> list[Expr]:
        """Return dL/da of number n (from 0) of layer l, 0 for the input: the blackboard's first."""
        q = names.a(l, self.config.place(l, n + 1))
        terms: list[Sequence[Expr]] = []
        for m, layer in enumerate(self.config.layers, start=1):
            if m == l + 1 or layer.settings.get("from") == l:
                terms.extend(self.layer(m, names).terms(q, n if m == l + 1 else None))
        return _bodies(terms)

    def of_stage(self, l: int, stage: int, n: int, names: Names) -> list[Expr]:
        """Return the gradient of one of a layer's inner numbers."""
        lines = self.layer(l, names)
        q = lines.at.inner(lines.stages[stage], n)
        everyone = self.batch if lines.stages[stage].is_shared else (names,)
        terms: list[Sequence[Expr]] = []
        for one in everyone:
            terms.extend(self.layer(l, one).terms(q, None, shared=False))
        terms.extend(lines.terms(q, None, shared=True))  # what all share is told once
        return _bodies(terms)

    def of_parameter(self, l: int, row: int, column: int, names: Names) -> list[Expr]:
        """Return one sample's gradient of a parameter: the sum over its uses."""
        lines = self.layer(l, names)
        q = parameter(lines.layer, l, row, column)
        return _bodies(lines.parameter_terms(q, row, column))


class LayerLines:
    """One layer's lines for one sample."""

    def __init__(self, layer: Layer, l: int, names: Names, whole: Derived) -> None:
        self.layer, self.l, self.names = layer, l, names
        self.kind: Kind = kind_of(layer.kind)
        self.at = At(
            self.kind,
            layer,
            l,
            names,
            whole.batch,
            drops=whole.drops,
            running=whole.running,
            x=whole.inputs(names),
        )
        self.stages = self.kind.stages(layer)

    def told_stages(self) -> Iterator[tuple[int, Stage]]:
        """Yield the stages before the last that have numbers in this pass."""
        for place, stage in enumerate(self.stages[:-1]):
            if stage.is_given and not self.at.drops:
                continue
            if stage.is_shared and self.at.running:
                continue
            yield place, stage

    def symbol(self, stage: int, n: int) -> Symbol:
        """Return the symbol of a number of a stage."""
        one = self.stages[stage]
        if stage < len(self.stages) - 1:
            return self.at.inner(one, n)
        place = self.layer.place(n + 1)
        return self.names.z(self.l, place) if one.head == "z" else self.names.a(self.l, place)

    def tree(self, stage: int, n: int) -> Expr:
        """Return its tree."""
        return self.kind.tree(self.layer, self.at, stage, n)

    def terms(self, q: Symbol, below: int | None, *, shared: bool | None = None) -> Iterator[Sequence[Expr]]:
        """Yield dL/dr dr/dq for each line r of this layer that uses q; `below` is its number, if known.

        `shared` asks for the lines that all samples share, or for the others alone.
        """
        if below is not None and self.at.windows:
            users: Sequence[User] = [(len(self.stages) - 1, n) for n in self._readers.get(below, ())]
        else:
            users = self._users.get(q.name, ())
        for stage, n in users:
            if shared is not None and self.stages[stage].is_shared is not shared:
                continue
            yield self._term(stage, n, q)

    def parameter_terms(self, q: Symbol, row: int, column: int) -> Iterator[Sequence[Expr]]:
        """Yield the terms of a parameter's gradient."""
        places = self.kind.users(self.layer, self.at, row, column)
        last = len(self.stages) - 1
        users = self._users.get(q.name, ()) if places is None else [(last, n) for n in places]
        for stage, n in users:
            yield self._term(stage, n, q)

    def _term(self, stage: int, n: int, q: Symbol) -> Sequence[Expr]:
        slope = gradient(self.symbol(stage, n))
        factor = self.kind.factor(self.layer, self.at, stage, n, q)
        if factor is None:
            factor = partial(self.tree(stage, n), q)
        factors = [factor] if isinstance(factor, Expr) else factor
        return [times(slope, one) for one in factors]

    @cached_property
    def _readers(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for n, window in enumerate(self.at.windows):
            for below in window:
                if below >= 0:
                    found.setdefault(below, []).append(n)
        return found

    @cached_property
    def _users(self) -> dict[str, list[User]]:
        """The lines that use each symbol, in their order, read from the trees."""
        found: dict[str, list[User]] = {}
        kept = [place for place, _ in self.told_stages()]
        for stage in (*kept, len(self.stages) - 1):
            if self.stages[stage].is_given:
                continue
            for n in range(self.stages[stage].count):
                for used in symbols(self.tree(stage, n)):
                    found.setdefault(used.name, []).append((stage, n))
        # the nearest first: a normalised value before the mean that it is made from
        return {name: sorted(users, key=lambda one: (-one[0], one[1])) for name, users in found.items()}


def times(slope: Expr, factor: Expr) -> Expr:
    """Return dL/dr times dr/dq without a 1, and with a fraction as a fraction."""
    if isinstance(factor, Negative):
        return Negative(times(slope, factor.body))
    if isinstance(factor, Number) and factor.value == 1:
        return slope
    if isinstance(factor, Number) and factor.value == 0:
        return Number(0)
    if isinstance(factor, Quotient):
        return Quotient(times(slope, factor.top), factor.bottom)
    if isinstance(factor, Product):
        return Product([slope, *factor.factors])
    return product([slope, factor])


def _bodies(terms: Sequence[Sequence[Expr]] | Iterator[Sequence[Expr]]) -> list[Expr]:
    """Return the sum of terms, a body for each of the ways to write them."""
    kept = list(terms)
    ways = max((len(one) for one in kept), default=1)
    found = []
    for way in range(ways):
        parts = [one[min(way, len(one) - 1)] for one in kept]
        parts = [one for one in parts if not (isinstance(one, Number) and one.value == 0)]
        found.append(total(parts) if parts else Number(0))
    return found
