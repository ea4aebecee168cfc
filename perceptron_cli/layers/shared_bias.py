"""A dense layer with one bias for all its neurons, as some books have it; its gradient is the sum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perceptron_cli.expr import Expr, total
from perceptron_cli.layers.keys import Key, Whole
from perceptron_cli.layers.kind import At, Block, Bound, Kind, Memory, Misfit, Plan
from perceptron_cli.layers.layer import Layer, Shape, count


class _OneBias(Block):
    """The bias: w_0."""

    def indices(self, row: int, column: int) -> tuple[int, ...]:
        return (0,)

    def cell(self, indices: Sequence[int]) -> tuple[int, int]:
        if tuple(indices) != (0,):
            raise IndexError(indices)
        return 0, 0


class _Weights(Block):
    """The weights from i to j, w_ij, one neuron after the other in one row."""

    def indices(self, row: int, column: int) -> tuple[int, ...]:
        j, i = divmod(column - 1, self.dims[-1])
        return (i + 1, j + 1)

    def cell(self, indices: Sequence[int]) -> tuple[int, int]:
        i, j = indices if len(indices) == 2 else (0, 0)
        if not (1 <= i <= self.dims[-1] and 1 <= j <= self.dims[-2]):
            raise IndexError(indices)
        return 0, 1 + (j - 1) * self.dims[-1] + i - 1


class DenseSharedBias(Kind):
    """z_j = w_0 + sum_i w_ij a_i; its parameters are one row, the bias first."""

    summary = "dense, with one bias for all its neurons (`shared_bias: true`)"
    keys: Mapping[str, Key] = {"neurons": Whole()}
    has_activation = True
    is_linear = True
    parameters = ("weights", "biases")
    told = "Each neuron adds up all that is below, and the bias that they all share."

    def implied(self, shapes: Mapping[str, Shape]) -> Mapping[str, Any]:
        return {"neurons": shapes["weights"][-2]} if len(shapes.get("weights", ())) > 1 else {}

    def plan(self, settings: Mapping[str, Any], below: Shape, layers: Sequence[Layer]) -> Plan:
        """A neuron per row of the weights; one row holds all parameters."""
        if len(below) > 1:
            told = f"expected a list of numbers below a dense layer, got {' x '.join(map(str, below))}"
            raise Misfit(told, "put '- kind: flatten' before it")
        neurons, inputs = settings["neurons"], count(below)
        blocks = _OneBias("biases", "w", (1,), 0, 0.0), _Weights("weights", "w", (1, neurons, inputs), 1)
        return Plan((neurons,), settings, blocks, (inputs, neurons))

    def tree(self, layer: Layer, at: At, stage: int, n: int) -> Expr:
        """The weighted sum of one neuron."""
        bias, weights = self.blocks(layer)
        first = 1 + n * layer.inputs
        weighed = [at.parameter(weights, 0, first + i) * at.below(i) for i in range(layer.inputs)]
        return total([at.parameter(bias, 0), *weighed])

    def users(self, layer: Layer, at: At, row: int, column: int) -> Sequence[int]:
        """The bias is used for every neuron, a weight for its own."""
        return [(column - 1) // layer.inputs] if column else range(layer.neurons)

    def bind(self, memory: Memory) -> Bound:
        """As a dense layer, with one bias."""
        import numpy as np

        layer, weights, gradient = memory.layer, memory.weights, memory.gradient
        shape = layer.neurons, layer.inputs
        w, d_w = weights[0, 1:].reshape(shape), gradient[0, 1:].reshape(shape)  # views, and no copies

        def forward() -> None:
            np.dot(w, memory.below, memory.out)
            np.add(memory.out, weights[0, 0], memory.out)

        def backward() -> None:
            d_w[:] = memory.d_out @ memory.below.T
            gradient[0, 0] = memory.d_out.sum()
            np.dot(w.T, memory.d_out, memory.d_below)

        return Bound(forward, backward)


ENTRIES = {"dense_shared_bias": DenseSharedBias()}
