"""The learning rules of a single neuron: what each adds to the weights for one sample, and when it stops."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from perceptron_cli.records import record

# Numbers are exact fractions, or floats.
Number = Any
Output = Callable[[Number, Number, Number, Number], Number]  # of net, theta, the high and the low output

STOPS = ("no error", "no change", "one pass", "settled")


@record
class Rule:
    """One rule: w' = w + `factor` x for every sample, x_0 = 1 for the bias.

    `factor` is made of the learning rate, the target, the net input and the output. `stops` is one of STOPS:
    after an epoch without an error, after one that changes nothing, after one pass, or once the squared
    error of an epoch hardly changes. A rule with a `band` gives the output 0 where -theta <= net <= theta.
    One that `keeps_best` ends with the weights that had the most samples right.
    """

    name: str
    formula: str
    summary: str
    source: str
    factor: Callable[[Number, Number, Number, Number], Number]
    error: Callable[[Number, Number, Number], Number] = lambda desired, net, output: desired - output
    stops: str = "no error"
    band: bool = False
    keeps_best: bool = False


_ALL = (
    Rule(
        "perceptron",
        "w' = w + eta (desired - output) x",
        "the weights move where the output is wrong",
        "Rosenblatt (1958); Novikoff (1962) for its end",
        lambda rate, desired, net, output: rate * (desired - output),
    ),
    Rule(
        "fausett",
        "w' = w + eta t x where the output is not t",
        "for targets -1 and 1, with an undecided band: the output is 0 for -theta <= net <= theta",
        "Fausett, Fundamentals of Neural Networks (1994), section 2.3",
        lambda rate, desired, net, output: rate * desired if output != desired else 0 * rate,
        stops="no change",
        band=True,
    ),
    Rule(
        "hebb",
        "w' = w + eta x t",
        "every sample moves the weights once, whatever the output is",
        "Hebb (1949), as in Fausett (1994), section 2.2",
        lambda rate, desired, net, output: rate * desired,
        stops="one pass",
    ),
    Rule(
        "delta",
        "w' = w + eta (desired - net) x",
        "the error is that of the net input, and its square falls: gradient descent on a linear neuron",
        "Widrow and Hoff (1960)",
        lambda rate, desired, net, output: rate * (desired - net),
        error=lambda desired, net, output: desired - net,
        stops="settled",
    ),
    Rule(
        "pocket",
        "w' = w + eta (desired - output) x",
        "the perceptron rule, and the best weights on the way are kept",
        "Gallant (1990)",
        lambda rate, desired, net, output: rate * (desired - output),
        keeps_best=True,
    ),
)
RULES: Mapping[str, Rule] = {one.name: one for one in _ALL}
