"""A dense layer for every time step: the same weights for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perceptron_cli.expr import Expr, total
from perceptron_cli.layers.keys import Flag, Key, Whole
from perceptron_cli.layers.kind import At, Bound, FromTo, Kind, Memory, Misfit, Plan
from perceptron_cli.layers.layer import Layer, Shape


class DenseOverTime(Kind):
    """z_tj = w_0j + sum_i w_ij a_ti."""

    summary = "the same dense layer for every time step"
    keys: Mapping[str, Key] = {"neurons": Whole(), "bias": Flag(default=True)}
    parameters = ("weights", "biases")
    has_activation = True
    is_linear = True
    told = "The same weights for every time step."
    told_back = "What comes back to a time step comes from that step alone."

    def implied(self, shapes: Mapping[str, Shape]) -> Mapping[str, Any]:
        """The neurons are the rows of the weights."""
        return {"neurons": shapes["weights"][0]} if len(shapes.get("weights", ())) == 2 else {}

    def plan(self, settings: Mapping[str, Any], below: Shape, layers: Sequence[Layer]) -> Plan:
        """A number per neuron for each time step."""
        if len(below) != 2:
            raise Misfit(f"expected time steps below it, got {' x '.join(map(str, below))}")
        neurons, features = settings["neurons"], below[1]
        blocks = (
            FromTo("biases", "w", (neurons,), 0, 0.0),
            FromTo("weights", "w", (neurons, features), 1),
        )
        return Plan((below[0], neurons), {**settings, "steps": True}, blocks, (features, neurons))

    def tree(self, layer: Layer, at: At, stage: int, n: int) -> Expr:
        """The weighted sum of one neuron at one step."""
        biases, weights = self.blocks(layer)
        (t, j), features = divmod(n, layer.shape[1]), layer.below[1]
        terms: list[Expr] = [at.parameter(biases, j)] if layer.has_bias else []
        terms += [at.parameter(weights, j, 1 + i) * at.below(t * features + i) for i in range(features)]
        return total(terms)

    def users(self, layer: Layer, at: At, row: int, column: int) -> Sequence[int]:
        """A weight of neuron j is used for it at every step."""
        return range(row, layer.neurons, layer.shape[1])

    def bind(self, memory: Memory) -> Bound:
        """All steps in one product of matrices."""
        import numpy as np

        layer, S = memory.layer, memory.samples
        (T, features), neurons = layer.below, layer.shape[1]
        below, d_below = (one.reshape(T, features, S) for one in (memory.below, memory.d_below))
        out, d_out = (one.reshape(T, neurons, S) for one in (memory.out, memory.d_out))
        weights, gradient = memory.weights, memory.gradient

        def forward() -> None:
            np.matmul(weights[:, 1:], below, out=out)
            if layer.has_bias:
                np.add(out, weights[:, :1], out=out)

        def backward() -> None:
            gradient[:, 0] = d_out.sum(axis=(0, 2))
            gradient[:, 1:] = np.einsum("tjs,tis->ji", d_out, below)
            np.matmul(weights[:, 1:].T, d_out, out=d_below)

        return Bound(forward, backward)


ENTRIES = {"dense_over_time": DenseOverTime()}
