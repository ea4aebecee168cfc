"""One dialect: how it writes the quantities of a network, and what is composed from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from perceptron_cli.expr import Symbol
from perceptron_cli.records import record

Sizes: TypeAlias = Sequence[int]  # the inputs, then the neurons of each layer


def _none(symbol: Symbol, sizes: Sizes) -> Iterator[str]:
    yield from ()


@record
class Dialect:
    """A way of naming; `quantity` writes x, y, z, a, w, L and eta, and is None for what it has no name for.

    `gradient` and `after` are templates with the loss and a quantity's name, `{L}` and `{q}`. `delta`
    names dL/dz where the source has a letter of its own for it; `sign` is -1 where that is -dL/dz.
    `spellings` yields further names of a quantity that are read, never written.
    """

    name: str
    summary: str
    source: str
    quantity: Callable[[Symbol, Sizes], str | None]
    loss: str = "L"
    gradient: str = "d{L}/d{q}"
    after: str = "{q}'"
    delta: Callable[[Symbol, Sizes], str | None] | None = None
    sign: int = 1
    spellings: Callable[[Symbol, Sizes], Iterator[str]] = _none

    def write(self, symbol: Symbol, sizes: Sizes) -> str | None:
        """Return a symbol's name, without its sample; None where the dialect has none for it."""
        head = symbol.head
        if head == "da/dz":
            a, z = (Symbol(one, symbol.layer, (index,)) for one, index in _sides(symbol))
            above, below = self.write(a, sizes), self.write(z, sizes)
            return f"d{above}/d{below}" if above and below else None
        if head == "dL/dz" and self.delta is not None and self.sign > 0:
            return self.delta(symbol, sizes)
        if head.startswith("dL/d"):
            quantity = self.quantity(Symbol(head[4:], symbol.layer, symbol.indices), sizes)
            return quantity and _filled(self.gradient, self.loss, quantity)
        quantity = self.quantity(symbol, sizes)
        return _filled(self.after, self.loss, quantity) if quantity and symbol.prime else quantity

    def read(self, symbol: Symbol, sizes: Sizes) -> Iterator[tuple[str, int]]:
        """Yield every name that means a symbol, with -1 where it means its negative."""
        written = self.write(symbol, sizes)
        if written:
            yield written, 1
        if symbol.head == "dL/dz" and self.delta is not None:
            delta = self.delta(symbol, sizes)
            if delta:
                yield delta, self.sign
        gradient = symbol.head.startswith("dL/d")
        bare = Symbol(symbol.head[4:] if gradient else symbol.head, symbol.layer, symbol.indices)
        own = self.quantity(bare, sizes) if symbol.head != "da/dz" else None
        for name in (*([own] if own else ()), *self.spellings(bare, sizes)):
            yield f"dL/d{name}" if gradient else f"{name}'" if symbol.prime else name, 1


def _sides(symbol: Symbol) -> tuple[tuple[str, int | str], tuple[str, int | str]]:
    """The indices of a and of z in da/dz: softmax has one for each."""
    return ("a", symbol.indices[0]), ("z", symbol.indices[-1])


def _filled(template: str, loss: str, quantity: str) -> str:
    return template.replace("{L}", loss).replace("{q}", quantity)
