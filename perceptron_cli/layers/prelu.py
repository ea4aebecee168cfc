"""PReLU: a ReLU whose slope for a negative z is learnt. Source: He, Zhang, Ren and Sun (2015)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perceptron_cli.arrays import Indices
from perceptron_cli.expr import Call, Expr, Gate, Symbol
from perceptron_cli.layers.flatten import one_to_one
from perceptron_cli.layers.keys import Flag, Key
from perceptron_cli.layers.kind import At, Block, Bound, Kind, Memory, Plan
from perceptron_cli.layers.layer import Layer, Shape, count


class PReLU(Kind):
    """max(0, z) + alpha min(0, z), with one alpha for all numbers or one a channel."""

    summary = "a ReLU whose slope for negative numbers is learnt"
    keys: Mapping[str, Key] = {"shared": Flag(default=True)}
    parameters = ("slope",)
    told = "A positive number stays; a negative one is multiplied by alpha, which is learnt."
    told_back = "What comes back to a negative number is multiplied by alpha."

    def plan(self, settings: Mapping[str, Any], below: Shape, layers: Sequence[Layer]) -> Plan:
        """One slope, or one for each channel."""
        rows = 1 if settings["shared"] else below[0] if len(below) == 3 else below[-1]
        # column 0 would be the bias, which is left out where biases are not updated
        return Plan(below, {**settings, "bias": False}, (Block("slope", "alpha", (rows,), 1, 0.25),))

    def implied(self, shapes: Mapping[str, Shape]) -> Mapping[str, Any]:
        return {"shared": False} if count(shapes.get("slope", ())) > 1 else {}

    def windows(self, layer: Layer) -> Indices:
        return one_to_one(layer)

    def rows(self, layer: Layer) -> list[int]:
        """Return the row of each number's alpha."""
        rows, below = layer.size[0], layer.below
        inside = layer.inputs // below[0] if len(below) == 3 else 1
        return [n // inside % rows for n in range(layer.inputs)]

    def users(self, layer: Layer, at: At, row: int, column: int) -> Sequence[int]:
        """A slope is used for the numbers of its channel."""
        return [n for n, own in enumerate(self.rows(layer)) if own == row]

    def tree(self, layer: Layer, at: At, stage: int, n: int) -> Expr:
        """max(0, x) + alpha min(0, x)."""
        x, alpha = at.below(n), at.parameter(self.blocks(layer)[0], self.rows(layer)[n])
        return Call("max", 0, x) + alpha * Call("min", 0, x)

    def factor(self, layer: Layer, at: At, stage: int, n: int, by: Symbol) -> Expr:
        x, alpha = at.below(n), at.parameter(self.blocks(layer)[0], self.rows(layer)[n])
        if by.name == alpha.name:
            return Call("min", 0, x)
        return Gate(x, 1, 0) + alpha * Gate(x, 0, 1)

    def bind(self, memory: Memory) -> Bound:
        import numpy as np

        rows, weights, gradient = np.array(self.rows(memory.layer)), memory.weights, memory.gradient
        own = np.eye(len(weights))[rows].T  # a row a slope: which numbers it is for
        below, out, d_below, d_out = memory.below, memory.out, memory.d_below, memory.d_out
        low = np.empty_like(out)

        def forward() -> None:
            np.minimum(below, 0.0, out=low)
            np.maximum(below, 0.0, out=out)
            np.add(out, weights[rows, 1:] * low, out=out)

        def backward() -> None:
            np.minimum(below, 0.0, out=low)
            gradient[:, 1] = own @ (d_out * low).sum(axis=1)
            np.multiply(d_out, np.where(below > 0, 1.0, weights[rows, 1:]), out=d_below)

        return Bound(forward, backward)


ENTRIES = {"prelu": PReLU()}
