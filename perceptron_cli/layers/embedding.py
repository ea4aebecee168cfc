"""Embedding: a table with a row of numbers for each token, and positions added to such rows.

Sources: Bengio et al. (2003); Vaswani et al. (2017), section 3.5.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import cos, sin
from typing import Any

from perceptron_cli.arrays import Indices
from perceptron_cli.expr import Expr, Number
from perceptron_cli.layers.flatten import one_to_one
from perceptron_cli.layers.keys import Key, Whole
from perceptron_cli.layers.kind import At, Block, Bound, Kind, Memory, Misfit, Plan
from perceptron_cli.layers.layer import Layer, Shape


class _Rows(Block):
    """The numbers of each token, E_tj: tokens are counted from 0, as classes are."""

    def indices(self, row: int, column: int) -> tuple[int, ...]:
        return (row, column + 1)

    def cell(self, indices: Sequence[int]) -> tuple[int, int]:
        row, column = indices if len(indices) == 2 else (-1, 0)
        if not (0 <= row < self.dims[0] and 1 <= column <= self.dims[1]):
            raise IndexError(indices)
        return row, column - 1


class Embedding(Kind):
    """Each token becomes its row of the table."""

    summary = "each token's row of a table"
    keys: Mapping[str, Key] = {"rows": Whole(), "units": Whole()}
    parameters = ("weights",)
    takes_tokens = True
    told = "Each token, counted from 0, takes its row of the table."
    told_back = "A token is a name and no quantity: nothing comes back to it."

    def implied(self, shapes: Mapping[str, Shape]) -> Mapping[str, Any]:
        """The rows and the numbers of each are those of the table."""
        if "weights" not in shapes:
            return {}
        if len(shapes["weights"]) != 2:
            raise Misfit("expected a row of numbers for each token", key="weights")
        return dict(zip(("rows", "units"), shapes["weights"], strict=True))

    def plan(self, settings: Mapping[str, Any], below: Shape, layers: Sequence[Layer]) -> Plan:
        """A row of numbers for each token."""
        if layers or len(below) > 1:
            raise Misfit("expected a list of tokens below it, as the first layer", "x: [2, 0, 1]")
        rows, units = settings["rows"], settings["units"]
        table = _Rows("weights", "E", (rows, units), 0)
        return Plan((below[0], units), {**settings, "steps": True}, (table,), (rows, units), ())

    def tree(self, layer: Layer, at: At, stage: int, n: int) -> Expr:
        """The number of the token that stands there."""
        t, j = divmod(n, layer.settings["units"])
        return at.parameter(self.blocks(layer)[0], int(at.x[t]), j)

    def users(self, layer: Layer, at: At, row: int, column: int) -> Sequence[int]:
        """A row is used where its token stands."""
        units = layer.settings["units"]
        return [t * units + column for t, token in enumerate(at.x) if int(token) == row]

    def bind(self, memory: Memory) -> Bound:
        import numpy as np

        units = memory.layer.settings["units"]
        out = memory.out.reshape(-1, units, memory.samples)
        d_out = memory.d_out.reshape(-1, units, memory.samples)

        def tokens() -> Indices:
            found: Indices = memory.below.astype(np.int64)
            return found

        def forward() -> None:
            out[:] = memory.weights[tokens()].transpose(0, 2, 1)

        def backward() -> None:
            memory.gradient.fill(0.0)
            np.add.at(memory.gradient, tokens(), d_out.transpose(0, 2, 1))
            memory.d_below.fill(0.0)

        return Bound(forward, backward)


class PositionalEncoding(Kind):
    """Sines and cosines of the position, added to each time step's numbers."""

    summary = "sine and cosine of the position, added to each time step"
    told = (
        "To number j of position t (from 0) is added sin(t/10000^((j - 1)/d)) where j is odd, and the cosine "
        "of the same angle to the next one."
    )
    told_back = "What is added is fixed: what comes back goes on as it is."

    def plan(self, settings: Mapping[str, Any], below: Shape, layers: Sequence[Layer]) -> Plan:
        """A row of numbers for each token."""
        if len(below) != 2:
            raise Misfit(f"expected time steps below it, got {' x '.join(map(str, below))}")
        return Plan(below, {**settings, "steps": True})

    def windows(self, layer: Layer) -> Indices:
        return one_to_one(layer)

    def encoding(self, layer: Layer, n: int) -> float:
        """Return what is added to number n."""
        t, j = divmod(n, layer.below[1])
        angle = t / 10000 ** ((j - j % 2) / layer.below[1])
        return cos(angle) if j % 2 else sin(angle)

    def tree(self, layer: Layer, at: At, stage: int, n: int) -> Expr:
        return at.below(n) + Number(self.encoding(layer, n))

    def bind(self, memory: Memory) -> Bound:
        from functools import partial

        import numpy as np

        layer = memory.layer
        added = np.array([self.encoding(layer, n) for n in range(layer.inputs)])[:, None]
        return Bound(
            partial(np.add, memory.below, added, memory.out),
            partial(np.copyto, memory.d_below, memory.d_out),
        )


ENTRIES = {"embedding": Embedding(), "positional_encoding": PositionalEncoding()}
