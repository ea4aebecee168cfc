"""What a mistake is: a name, a sentence, and the trees that it makes of a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from perceptron_cli.expr import Expr, Symbol, replace, symbols
from perceptron_cli.records import record
from perceptron_cli.spec.config import Config, Layer


@record
class Line:
    """A line of a step as a mistake sees it: the symbol, one of its right trees, the network."""

    config: Config
    symbol: Symbol
    body: Expr

    @property
    def head(self) -> str:
        """The head of its symbol: z, a, dL/dw, ..."""
        return self.symbol.head

    @property
    def layer(self) -> Layer:
        """The number of its layer (from 1), None where it belongs to none."""
        return self.config.layers[(self.symbol.layer or 1) - 1]

    @property
    def activation(self) -> str:
        """The name of its layer's activation."""
        return self.layer.activation

    @property
    def is_output(self) -> bool:
        """Whether it belongs to the output layer."""
        return self.symbol.layer == len(self.config.layers)

    @property
    def is_between_dense(self) -> bool:
        """Whether its layer and its neighbours are dense, so that weights go from neuron to neuron."""
        l = self.symbol.layer or 1
        return all(layer.is_dense for layer in self.config.layers[max(l - 2, 0) : l + 1])

    @property
    def is_update(self) -> bool:
        """Whether it gives a weight after the update, of a training step or of a neuron's turn."""
        return self.symbol.prime and (self.head == "w" or (self.is_turn and self.head.endswith(":w")))

    @property
    def is_turn(self) -> bool:
        """Whether it belongs to a learning rule's table, where symbols begin with the update: t3:net."""
        return self.config.is_neuron

    @property
    def is_loss(self) -> bool:
        """A sample's loss, or an output's part of it."""
        return self.head == "L" and not any(one.sample for one in symbols(self.body) if one.head == "L")

    @property
    def outputs(self) -> int:
        """The number of outputs of the network."""
        return self.config.sizes[-1]

    def with_head(self, head: str) -> list[Symbol]:
        """The symbols of its tree that have this head."""
        return [one for one in symbols(self.body) if one.head == head]


@record
class Mistake:
    """A name, what went wrong in a sentence or two, and `changes`: the trees that it may make of a line.

    `more` is the command that teaches more, with `{symbol}` for the line. `again` says that it is a way of
    working, made in every line of its kind: made twice it is one mistake. `of_dense` says that it has to do
    with weights w_ij from neuron to neuron.
    """

    name: str
    sentence: str
    changes: Callable[[Line], Iterator[Expr]]
    more: str = "nnstep why '{symbol}'"
    again: bool = True
    of_dense: bool = False

    def trees(self, line: Line) -> Iterator[Expr]:
        """Yield the trees that it may make of a line; none where it does not fit the layers about it."""
        if not self.of_dense or line.is_between_dense:
            yield from self.changes(line)


def put(body: Expr, instead: Mapping[str, Expr]) -> Expr:
    """Return the tree with symbols, by name, put in the place of others."""
    return replace(body, lambda node: instead.get(node.name) if isinstance(node, Symbol) else None)


def like(symbol: Symbol, head: str | None = None, *indices: int, prime: bool | None = None) -> Symbol:
    """The symbol with another head, other indices, or after the update."""
    return Symbol(
        head or symbol.head,
        symbol.layer,
        indices or symbol.indices,
        symbol.sample,
        symbol.prime if prime is None else prime,
    )


def first(symbol: Symbol) -> int:
    """Return the first index of a symbol."""
    return int(symbol.indices[0])


def second(symbol: Symbol) -> int:
    """Return the second index of a symbol."""
    return int(symbol.indices[1])
