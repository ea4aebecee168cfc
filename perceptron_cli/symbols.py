"""The symbols of a network: inputs, weights, sums, activations, losses and their gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from perceptron_cli.expr import Dots, Expr, Symbol
from perceptron_cli.records import record

Index: TypeAlias = int | str
Place: TypeAlias = "Index | tuple[Index, ...]"  # of a number in its layer: 3, or (2, 1, 3) in a picture

MOST_TERMS = 4  # of a general formula, before its middle is left out


@record
class Names:
    """Symbols that belong to one sample (None where there is but one), before or after the update."""

    sample: int | None = None
    prime: bool = False

    def x(self, i: Place) -> Symbol:
        """An input."""
        return Symbol("x", None, at(i), self.sample)

    def y(self, k: Place) -> Symbol:
        """A target."""
        return Symbol("y", None, at(k), self.sample)

    def w(self, l: int, i: Index, j: Index) -> Symbol:
        """A weight from i to neuron j of layer l; i = 0 is the bias."""
        return Symbol("w", l, (i, j), None, self.prime)

    def z(self, l: int, j: Place) -> Symbol:
        """The weighted sum of a neuron."""
        return Symbol("z", l, at(j), self.sample, self.prime)

    def a(self, l: int, j: Place) -> Symbol:
        """The activation of a neuron; that of layer 0 is the input."""
        return Symbol("a", l, at(j), self.sample, self.prime) if l else self.x(j)

    def loss(self, k: Place | None = None) -> Symbol:
        """The loss, or the part of output k."""
        return Symbol("L", None, () if k is None else at(k), self.sample, self.prime)

    def data_loss(self) -> Symbol:
        """D, the loss of the data, where large weights add R to it."""
        return Symbol("D", None, (), None, self.prime)

    def penalty(self) -> Symbol:
        """R, what large weights add to the loss."""
        return Symbol("R", None, (), None, self.prime)

    def dL_da(self, l: int, j: Place) -> Symbol:
        """The gradient at a neuron's activation."""
        return Symbol("dL/da", l, at(j), self.sample)

    def da_dz(self, l: int, j: Place, k: Index | None = None) -> Symbol:
        """The slope of a neuron's activation; with k, of a_k by z_j."""
        indices = at(j) if k is None else (k, *at(j))
        if isinstance(j, tuple) and len(j) == 2 and k is not None:  # of one time step: t, then k and j
            indices = (j[0], k, j[1])
        return Symbol("da/dz", l, indices, self.sample, of="w" if k is not None or len(indices) == 1 else "a")

    def dL_dz(self, l: int, j: Place) -> Symbol:
        """The gradient at a neuron's weighted sum."""
        return Symbol("dL/dz", l, at(j), self.sample)

    def dL_dw(self, l: int, i: Index, j: Index) -> Symbol:
        """A weight's gradient."""
        return Symbol("dL/dw", l, (i, j), self.sample)

    def g(self, l: int, i: Index, j: Index) -> Symbol:
        """The gradient as the optimizer takes it, where it is clipped first."""
        return Symbol("g", l, (i, j))


def at(place: Place) -> tuple[Index, ...]:
    """Return a place as a symbol's indices."""
    return place if isinstance(place, tuple) else (place,)


def gradient(symbol: Symbol, sample: int | None = None) -> Symbol:
    """dL/dq of any number q; of a parameter, a sample's own."""
    own = symbol.sample if symbol.sample is not None else sample
    return Symbol(f"dL/d{symbol.head}", symbol.layer, symbol.indices, own)


def data_gradient(symbol: Symbol) -> Symbol:
    """dD/dw of a parameter: its gradient without the penalty's pull."""
    return Symbol(f"dD/d{symbol.head}", symbol.layer, symbol.indices)


def clipped(symbol: Symbol) -> Symbol:
    """A parameter's gradient as the optimizer takes it, where it is clipped first."""
    return Symbol("g", symbol.layer, symbol.indices, of=symbol.head)


def shortened(count: int, term: Callable[[int], Expr]) -> Iterator[Expr]:
    """Yield the terms 1 to count of a general formula, the middle of a long one left out."""
    if count <= MOST_TERMS:
        yield from (term(i) for i in range(1, count + 1))
    else:
        yield from (term(1), term(2), Dots(), term(count))
