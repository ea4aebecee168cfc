"""The perceptron learning rule: w <- w + eta (desired - output) x, until an epoch has no error."""

from __future__ import annotations

from typing import Any

from perceptron_cli.perceptron.neuron import Neuron, Number
from perceptron_cli.record import record

MOST_KEPT = 10_000  # epochs; a longer run has gone in a circle long before


@record
class Row:
    """One sample's turn."""

    x: tuple[Number, ...]
    desired: Number
    net: Number
    output: Number
    error: Number
    weights: tuple[Number, ...]
    new_weights: tuple[Number, ...]


@record
class Epoch:
    """One pass over the samples."""

    number: int
    rows: tuple[Row, ...]

    @property
    def errors(self) -> int:
        """The number of rows whose output is wrong."""
        return sum(1 for row in self.rows if row.error)


@record
class Learnt:
    """A run of the rule.

    `returns` is (earlier, later) where the weights after the later epoch are those after the
    earlier one (0: the first weights): the rule then goes in a circle and never converges.
    """

    neuron: Neuron
    epochs: tuple[Epoch, ...]
    converged: bool
    returns: tuple[int, int] | None = None

    @property
    def weights(self) -> tuple[Any, ...]:
        """The weights after the last row, w_0 first."""
        return self.epochs[-1].rows[-1].new_weights


def learn(neuron: Neuron) -> Learnt:
    """Run the rule until an epoch has no error, or for the neuron's epochs.

    It stops early where the weights come back: from there on it repeats itself.
    Source: Rosenblatt (1958); with w_0 and x_0 = 1, Novikoff (1962).
    """
    weights, epochs = neuron.weights, []
    seen = {weights: 0}
    for number in range(1, min(neuron.epochs, MOST_KEPT) + 1):
        rows = []
        for x, desired in zip(neuron.points, neuron.desired, strict=True):
            row = _turn(neuron, weights, x, desired)
            rows.append(row)
            weights = row.new_weights
        epochs.append(Epoch(number, tuple(rows)))
        if not epochs[-1].errors:
            return Learnt(neuron, tuple(epochs), converged=True)
        if weights in seen:
            return Learnt(neuron, tuple(epochs), converged=False, returns=(seen[weights], number))
        seen[weights] = number
    return Learnt(neuron, tuple(epochs), converged=False)


def _turn(neuron: Neuron, weights: tuple[Number, ...], x: tuple[Number, ...], desired: Number) -> Row:
    net = neuron.net(weights, x)
    output = neuron.output(net)
    error = desired - output
    step = neuron.rate * error
    bias = weights[0] + step if neuron.learn_bias else weights[0]
    moved = tuple(w + step * one for w, one in zip(weights[1:], x, strict=True))
    return Row(x, desired, net, output, error, weights, (bias, *moved))
