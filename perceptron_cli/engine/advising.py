"""What to try where a run grows worse: what its config has that does so, the likeliest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from perceptron_cli.arrays import Array
from perceptron_cli.engine.batch import inputs_of, targets_of
from perceptron_cli.engine.trainer import forward
from perceptron_cli.spec.config import Config

LARGE = 10.0  # an input, or a target: what is normalized is hardly ever beyond it
GROWN = 100.0  # so many times as large as the inputs no neuron starts whose layer is drawn to fit
FEW = 256  # samples, for what the first weights make of them
MOST = 2  # pieces of advice: a hint is read where it is short


def advice(config: Config, *, trained: bool = True) -> str:
    """Return what to try; before the first update no learning rate can be to blame."""
    looks = (*LOOKS, *STEPS) if trained else LOOKS
    found = [told for look in looks if (told := look(config))]
    return f"try {', or '.join(found[:MOST] or ['smaller numbers'])}"


def _inputs(config: Config) -> str:
    """The gradient of a weight is a multiple of its input: far inputs make steep slopes."""
    largest, data = _largest_input(config), config.data
    if largest <= LARGE:
        return ""
    if data is None:
        return f"inputs that are nearer to 1 (the largest is {largest:.3g})"
    name = "standard" if data.normalize == "none" else "minmax"
    return f"normalized inputs (--set data.normalize={name}; the largest is {largest:.3g})"


def _targets(config: Config) -> str:
    largest = _largest(targets_of(config.samples, config.sizes[-1]))
    return f"targets in a larger unit (the largest is {largest:.3g})" if largest > LARGE else ""


def _first_weights(config: Config) -> str:
    z = max(map(_largest, forward(replace(config, samples=config.samples[:FEW])).z))
    if z <= GROWN * max(1.0, _largest_input(config)):
        return ""
    return f"smaller first weights (a neuron starts at z = {z:.3g})"


def _rate(config: Config) -> str:
    rate = float(config.training.learning_rate)
    return f"a smaller learning rate (--lr {rate / 10:g} for {rate:g})"


def _clipping(config: Config) -> str:
    return "a clipped gradient (--clip-norm 1)" if config.training.clip == "none" else ""


LOOKS: Sequence[Callable[[Config], str]] = (_inputs, _targets, _first_weights)
STEPS = (_rate, _clipping)


def _largest_input(config: Config) -> float:
    return _largest(inputs_of(config.samples))


def _largest(values: Array) -> float:
    return float(np.abs(values).max())
