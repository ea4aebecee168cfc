"""A perceptron and its points, with numbers of one kind: exact fractions, or floats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from perceptron_cli.errors import InputError
from perceptron_cli.records import record
from perceptron_cli.rules import RULES, Rule
from perceptron_cli.spec.config import Config, Given

ARITHMETICS = ("exact", "float")

# Every number is a Fraction, made of the decimal that was written, or a float.
Number = Any


@record
class Neuron:
    """One neuron with a unit step, and what it is to learn.

    Its output is `high` where the net input w.x reaches `theta` (or is above it, if `strict`),
    else `low`. A weight row starts with w_0, whose input is 1; with `learn_bias` the rule moves
    it, which is the same as learning theta. `points` are x without that 1.
    """

    name: str
    points: tuple[tuple[Number, ...], ...]
    desired: tuple[Number, ...]
    weights: tuple[Number, ...]
    theta: Number
    rate: Number
    strict: bool
    low: Number
    high: Number
    learn_bias: bool
    epochs: int
    rule: Rule = RULES["perceptron"]
    theta_input: Number | None = None  # -1 where theta is the weight of an input of its own, and learnt
    batch: bool = False  # whether an epoch's changes are made at its end

    @property
    def is_free(self) -> bool:
        """Whether the threshold is learnt, as a bias or as itself."""
        return self.learn_bias or self.theta_input is not None

    @property
    def has_bias(self) -> bool:
        """Whether w_0 plays a part: it is learnt, or not 0."""
        return self.learn_bias or self.weights[0] != 0

    def contradiction(self) -> tuple[int, int] | None:
        """Return the places (from 0) of two samples at one point with different targets, if there are any.

        No network can give both: a network is a function of its inputs.
        """
        first: dict[tuple[Number, ...], int] = {}
        for place, (point, desired) in enumerate(zip(self.points, self.desired, strict=True)):
            earlier = first.setdefault(point, place)
            if self.desired[earlier] != desired:
                return earlier, place
        return None

    def net(self, weights: Sequence[Number], x: Sequence[Number]) -> Number:
        """Return w_0 + w_1 x_1 + ... + w_n x_n, added from left to right."""
        value = weights[0]
        for w, one in zip(weights[1:], x, strict=True):
            value = value + w * one
        return value

    def output(self, net: Number, theta: Number | None = None) -> Number:
        """Return the step of a net input, at `theta` where it is not the first one.

        A net input that has the threshold in it already is compared with 0.
        """
        at = self.theta if theta is None else theta
        if self.theta_input is not None:
            at = 0 * at
        if self.rule.band and -at <= net <= at:
            return 0 * self.high
        fires = net > at if self.strict or self.rule.band else net >= at
        return self.high if fires else self.low


def neuron_of(config: Config, arithmetic: str = "exact", place: int = 0, *, batch: bool = False) -> Neuron:
    """Return a neuron (from 0) that a config describes: unit_step, samples with targets.

    Samples without a target are left out: they are predicted at the end. Raises InputError where the config
    describes something else, or a target that the step cannot give.
    """
    layer = config.layers[0]
    if len(config.layers) > 1 or layer.activation != "unit_step":
        told = "-".join(map(str, config.sizes))
        raise InputError(
            f"{config.name}: expected one layer with unit_step, got a {told} network of {layer.activation}",
            hint="layers: [{activation: unit_step, theta: 0.2, weights: [[0, 0.3, -0.1]]}]",
        )
    number: Callable[[float], Number] = exact if arithmetic == "exact" else float
    low, high = number(layer.options["low"]), number(1.0)
    if layer.weights is None:
        raise InputError(
            f"{config.name}: expected weights for the perceptron, got an initializer",
            hint="weights: [[0, 0, 0]] starts from 0",
        )
    desired = []
    known = [(n, one) for n, one in enumerate(config.samples, start=1) if one.y is not None]
    for n, sample in known:
        target = sample.y[place] if sample.y is not None else Given(0.0)
        y = number(target)
        if y not in (low, high):
            got = target.text
            raise InputError(
                f"sample {n}: expected the target {low} or {high}, got {got}",
                hint="'outputs: [-1, 1]' beside theta makes the step give -1 and 1" if got == "-1" else None,
            )
        desired.append(y)
    training = config.training
    return Neuron(
        config.name,
        tuple(tuple(number(one) for one in sample.x) for _, sample in known),
        tuple(desired),
        tuple(number(one) for one in layer.weights[place]),
        number(layer.options["theta"]),
        number(training.learning_rate),
        bool(layer.options["strict"]),
        low,
        high,
        training.update_biases and "theta_input" not in layer.options,
        training.epochs,
        RULES[training.rule],
        number(layer.options["theta_input"]) if "theta_input" in layer.options else None,
        batch,
    )


def exact(value: float) -> Fraction:
    """Return a number as the decimal that it was written as."""
    return Fraction((value.text if isinstance(value, Given) else "") or repr(float(value)))
