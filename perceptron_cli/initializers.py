"""How a layer's weights are drawn: one entry an initializer; biases start at 0 unless given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from math import sqrt
from typing import TYPE_CHECKING

from perceptron_cli.arrays import Array, Options
from perceptron_cli.parameters import Parameter
from perceptron_cli.records import record

if TYPE_CHECKING:
    import numpy as np


@record
class Initializer:
    """`draw(rng, neurons, inputs, options)` returns weights of shape (neurons, inputs)."""

    summary: str
    draw: Callable[[np.random.Generator, int, int, Options], Array]
    source: str = ""
    parameters: dict[str, Parameter] = field(default_factory=dict)


def _fill(rng: np.random.Generator, neurons: int, inputs: int, options: Options) -> Array:
    from numpy import full

    return full((neurons, inputs), options.get("value", 0.0))


def _uniform(bound: Callable[[int, int], float]) -> Callable[..., Array]:
    def draw(rng: np.random.Generator, neurons: int, inputs: int, options: Options) -> Array:
        limit = bound(inputs, neurons)
        return rng.uniform(-limit, limit, (neurons, inputs))

    return draw


def _normal(deviation: Callable[[int, int], float]) -> Callable[..., Array]:
    def draw(rng: np.random.Generator, neurons: int, inputs: int, options: Options) -> Array:
        return rng.normal(0.0, deviation(inputs, neurons), (neurons, inputs))

    return draw


INITIALIZERS: dict[str, Initializer] = {
    "zeros": Initializer("every weight 0", _fill),
    "constant": Initializer("every weight the same", _fill, parameters={"value": Parameter(0.5)}),
    "uniform": Initializer(
        "evenly between low and high",
        lambda rng, neurons, inputs, options: rng.uniform(options["low"], options["high"], (neurons, inputs)),
        parameters={"low": Parameter(-0.5), "high": Parameter(0.5)},
    ),
    "normal": Initializer(
        "normally, with a mean and a standard deviation",
        lambda rng, neurons, inputs, options: rng.normal(options["mean"], options["std"], (neurons, inputs)),
        parameters={"mean": Parameter(0.0), "std": Parameter(0.1, 0)},
    ),
    "xavier_uniform": Initializer(
        "evenly within sqrt(6/(inputs + neurons)), for sigmoid and tanh",
        _uniform(lambda inputs, neurons: sqrt(6 / (inputs + neurons))),
        "Glorot and Bengio (2010), equation 16",
    ),
    "xavier_normal": Initializer(
        "normally, deviation sqrt(2/(inputs + neurons)), for sigmoid and tanh",
        _normal(lambda inputs, neurons: sqrt(2 / (inputs + neurons))),
        "Glorot and Bengio (2010), equation 12",
    ),
    "he_uniform": Initializer(
        "evenly within sqrt(6/inputs), for ReLU",
        _uniform(lambda inputs, neurons: sqrt(6 / inputs)),
        "He et al. (2015), equation 10",
    ),
    "he_normal": Initializer(
        "normally, deviation sqrt(2/inputs), for ReLU",
        _normal(lambda inputs, neurons: sqrt(2 / inputs)),
        "He et al. (2015), equation 10",
    ),
}
