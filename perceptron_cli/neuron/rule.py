"""A neuron that learns by one of the rules, sample by sample, in exact numbers or in floats."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from perceptron_cli.neuron.neuron import Neuron, Number
from perceptron_cli.records import record

MOST_KEPT = 10_000  # epochs; a longer run has gone in a circle long before
SETTLED = 1e-6  # how little a squared error changes in an epoch that is the last


@record
class Row:
    """One sample's turn; theta is learnt where the threshold is the weight of an input of its own."""

    x: tuple[Number, ...]
    desired: Number
    net: Number
    output: Number
    error: Number
    weights: tuple[Number, ...]
    new_weights: tuple[Number, ...]
    theta: Number
    new_theta: Number

    @property
    def moved(self) -> bool:
        """Whether the turn changed a weight or the threshold."""
        return self.weights != self.new_weights or self.theta != self.new_theta


@record
class Epoch:
    """One pass over the samples."""

    number: int
    rows: tuple[Row, ...]

    @property
    def errors(self) -> int:
        """The number of rows whose output is wrong."""
        return sum(1 for row in self.rows if row.output != row.desired)

    @property
    def squared(self) -> Number:
        """The sum of the squared errors of its rows."""
        return sum(row.error * row.error for row in self.rows)


@record
class Learnt:
    """A run of a rule.

    `returns` is (earlier, later) where the weights after the later epoch are those after the
    earlier one (0: the first weights): the rule then goes in a circle and never converges.
    `kept` are the best weights and their threshold, where the rule keeps them.
    """

    neuron: Neuron
    epochs: tuple[Epoch, ...]
    converged: bool
    returns: tuple[int, int] | None = None
    kept: tuple[tuple[Number, ...], Number] | None = None

    @property
    def weights(self) -> tuple[Any, ...]:
        """The weights that the run ends with, w_0 first."""
        return self.kept[0] if self.kept is not None else self.epochs[-1].rows[-1].new_weights

    @property
    def theta(self) -> Number:
        """The threshold that the run ends with."""
        return self.kept[1] if self.kept is not None else self.epochs[-1].rows[-1].new_theta

    def right(self) -> int:
        """Return how many samples the last weights have right."""
        return right_with(self.neuron, self.weights, self.theta)


def right_with(neuron: Neuron, weights: tuple[Number, ...], theta: Number) -> int:
    """Return how many samples some weights have right."""
    pairs = zip(neuron.points, neuron.desired, strict=True)
    return sum(neuron.output(neuron.net(weights, x), theta) == desired for x, desired in pairs)


def learn(neuron: Neuron, exactly: int | None = None) -> Learnt:
    """Run the neuron's rule until it stops, or for the neuron's epochs; or for `exactly` so many.

    A rule that goes by errors stops early where the weights come back: from there on it repeats itself.
    """
    if exactly is not None:
        return _learn_on(neuron, exactly)
    rule = neuron.rule
    weights, theta = neuron.weights, neuron.theta
    epochs: list[Epoch] = []
    seen = {(weights, theta): 0}
    best = (right_with(neuron, weights, theta), weights, theta)
    most = 1 if rule.stops == "one pass" else min(neuron.epochs, MOST_KEPT)
    for number in range(1, most + 1):
        rows = _pass(neuron, weights, theta)
        weights, theta = rows[-1].new_weights, rows[-1].new_theta
        epochs.append(Epoch(number, rows))
        if rule.keeps_best:
            states = [(right_with(neuron, row.new_weights, row.new_theta), row) for row in rows]
            for right, row in states:
                if right > best[0]:
                    best = right, row.new_weights, row.new_theta
        if _is_done(neuron, epochs):
            return Learnt(neuron, tuple(epochs), converged=True)
        if rule.stops in ("no error", "no change") and (weights, theta) in seen:
            kept = best[1:] if rule.keeps_best else None
            return Learnt(neuron, tuple(epochs), False, (seen[weights, theta], number), kept)
        seen[weights, theta] = number
    whole = tuple(epochs)
    if rule.stops == "one pass":
        return Learnt(neuron, whole, converged=right_with(neuron, weights, theta) == len(neuron.points))
    return Learnt(neuron, whole, rule.stops == "settled", None, best[1:] if rule.keeps_best else None)


def _learn_on(neuron: Neuron, count: int) -> Learnt:
    """Run so many epochs, whether the rule has ended or not."""
    weights, theta = neuron.weights, neuron.theta
    epochs: list[Epoch] = []
    for number in range(1, count + 1):
        rows = _pass(neuron, weights, theta)
        weights, theta = rows[-1].new_weights, rows[-1].new_theta
        epochs.append(Epoch(number, rows))
    return Learnt(neuron, tuple(epochs), _is_done(neuron, epochs))


def _is_done(neuron: Neuron, epochs: list[Epoch]) -> bool:
    last = epochs[-1]
    match neuron.rule.stops:
        case "no error":
            return last.errors == 0
        case "no change":
            return not any(row.moved for row in last.rows)
        case "settled":
            return len(epochs) > 1 and abs(float(last.squared - epochs[-2].squared)) < SETTLED
    return False


def _pass(neuron: Neuron, weights: tuple[Number, ...], theta: Number) -> tuple[Row, ...]:
    """Return the rows of an epoch; of a batch all are computed with the weights that it began with."""
    rows = []
    first = weights, theta
    for x, desired in zip(neuron.points, neuron.desired, strict=True):
        used = first if neuron.batch else (weights, theta)
        row = turn(neuron, *used, x, desired)
        moved = tuple(new - old for new, old in zip(row.new_weights, row.weights, strict=True))
        weights = tuple(w + one for w, one in zip(weights, moved, strict=True))
        theta = theta + (row.new_theta - row.theta)
        rows.append(row)
    if neuron.batch:
        rows[-1] = replace(rows[-1], new_weights=weights, new_theta=theta)
    return tuple(rows)


def turn(
    neuron: Neuron, weights: tuple[Number, ...], theta: Number, x: tuple[Number, ...], desired: Number
) -> Row:
    """Return one sample's turn from these weights and this threshold."""
    rule, net = neuron.rule, neuron.net(weights, x)
    if neuron.theta_input is not None:
        net = net + theta * neuron.theta_input
    output = neuron.output(net, theta)
    error = rule.error(desired, net, output)
    step = rule.factor(neuron.rate, desired, net, output)
    bias = weights[0] + step if neuron.learn_bias else weights[0]
    moved = tuple(w + step * one for w, one in zip(weights[1:], x, strict=True))
    new_theta = theta if neuron.theta_input is None else theta + step * neuron.theta_input
    return Row(x, desired, net, output, error, weights, (bias, *moved), theta, new_theta)
