"""What a derivation is: its chains, the place that their letters belong to, and where it applies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field

from perceptron_cli.arrays import Options
from perceptron_cli.expr import Expr, Symbol
from perceptron_cli.records import record

Index = int | str


@record
class Place:
    """Where a derivation's letters stand: a layer of `neurons` neurons with `inputs` below it."""

    layer: int | None = None
    sample: int | None = None
    neuron: int | None = None  # None: one stands for all, without an index
    neurons: int = 3
    inputs: int = 2
    loss: str | None = None  # None: every loss of the topic
    activation: str | None = None
    options: Options = field(default_factory=dict)

    def _symbol(self, head: str, index: Index | None) -> Symbol:
        index = self.neuron if index is None else index
        layer = self.layer if head != "y" else None
        return Symbol(head, layer, () if index is None else (index,), self.sample)

    def z(self, j: Index | None = None) -> Symbol:
        """The weighted sum of the neuron."""
        return self._symbol("z", j)

    def a(self, j: Index | None = None) -> Symbol:
        """The activation of the neuron."""
        return self._symbol("a", j)

    def y(self, k: Index | None = None) -> Symbol:
        """The target of the neuron."""
        return self._symbol("y", k)

    def dL_da(self, j: Index | None = None) -> Symbol:
        """The gradient at the activation."""
        return self._symbol("dL/da", j)

    def dL_dz(self, j: Index | None = None) -> Symbol:
        """The gradient at the weighted sum."""
        return self._symbol("dL/dz", j)

    def da_dz(self, j: Index | None = None, k: Index | None = None) -> Symbol:
        """da_j/dz_j, or da_k/dz_j where neurons are coupled."""
        if k is None:
            return self._symbol("da/dz", j)
        return Symbol("da/dz", self.layer, (k, j or 1), self.sample)

    def x(self, i: Index) -> Symbol:
        """What comes into the layer: a of the layer below, or the input."""
        if self.layer is None or self.layer == 1:
            return Symbol("x", None, (i,), self.sample)
        return Symbol("a", self.layer - 1, (i,), self.sample)

    def w(self, i: Index, j: Index | None = None) -> Symbol:
        """The weight from input i to the neuron; i = 0 is the bias."""
        j = self.neuron if j is None else j
        return Symbol("w", self.layer, (i,) if j is None else (i, j))

    def dL_dw(self, i: Index) -> Symbol:
        """The gradient of that weight."""
        return Symbol("dL/dw", self.layer, (i,) if self.neuron is None else (i, self.neuron), self.sample)

    def dL_dx(self, i: Index) -> Symbol:
        """The gradient at input i."""
        return Symbol("dL/da", None if self.layer is None else self.layer - 1, (i,), self.sample)


@record
class Chain:
    """`left` = the first line = the next ...; `where` says what letters on the way stand for."""

    title: str
    left: Expr
    lines: tuple[tuple[Expr, str], ...]
    where: tuple[tuple[Symbol, Expr], ...] = ()
    when: tuple[Symbol, float] | None = None  # the chain holds for this value of a symbol alone
    sign: tuple[Symbol, int] | None = None  # or for a symbol above (1) or below (-1) 0


@record
class Topic:
    """A derivation; `fits(activation, loss)` says whether a layer takes it, `output` the last one alone."""

    title: str
    chains: Callable[[Place], tuple[Chain, ...]]
    fits: Callable[[str, str | None], bool] = lambda activation, loss: True
    output: bool = False
    y_hat: bool = False  # the activation is the prediction
    notes: tuple[str, ...] = ()
    source: str = ""
