"""A recurrent layer unrolled: its state at each time step, and by what it goes on to the next one."""

from __future__ import annotations

from collections.abc import Iterator

from perceptron_cli.document import Column, Drawing, Edge, Neuron, Quantity
from perceptron_cli.expr import Symbol
from perceptron_cli.layers import kind_of
from perceptron_cli.spec.config import Config
from perceptron_cli.symbols import Names
from perceptron_cli.trace.ledger import Ledger

MOST_STEPS, MOST_UNITS = 8, 5


def unrolled(config: Config, ledger: Ledger, sample: int | None) -> Iterator[Drawing]:
    """Yield a drawing of each recurrent layer that has room: a column a time step."""
    for l, layer in enumerate(config.layers, start=1):
        carried = kind_of(layer.kind).carried
        if carried is None:
            continue
        steps, units = layer.settings["over"], layer.settings["units"]
        if not (2 <= steps <= MOST_STEPS and units <= MOST_UNITS):
            continue
        head, gate, told = carried
        names = Names(sample)

        def quantity(symbol: Symbol) -> Quantity:
            return Quantity(ledger.values[symbol.name], ledger.texts[symbol.name])

        def state(letter: str, t: int, j: int, l: int = l, sample: int | None = names.sample) -> Symbol:
            return Symbol(letter, l, (t, j), sample, of="")

        columns = tuple(
            Column(
                "",
                units,
                tuple(
                    Neuron(state(head, t, j), quantity(state(head, t, j)), None, j)
                    for j in range(1, units + 1)
                ),
                f"step {t}",
            )
            for t in range(1, steps + 1)
        )
        edges = []
        for t in range(2, steps + 1):
            for j in range(1, units + 1):
                for i in range(1, units + 1):
                    if gate and i != j:  # a gate keeps each unit's own
                        continue
                    by = state(gate, t, j) if gate else Symbol("u", l, (i, j))
                    edges.append(Edge(by, quantity(by), None, None, (t - 1, i, j)))
        yield Drawing(f"Layer {l}, unrolled: {told}", columns, tuple(edges))
