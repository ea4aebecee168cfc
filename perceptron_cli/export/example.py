"""The numbers that an exported network is checked by: its weights, some samples, and one step on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

import numpy as np

from perceptron_cli.arrays import Array
from perceptron_cli.engine import Trainer, forward, train
from perceptron_cli.engine.batch import inputs_of
from perceptron_cli.engine.network import initial_weights
from perceptron_cli.errors import InputError, NumberError
from perceptron_cli.records import record
from perceptron_cli.spec import require_trainable
from perceptron_cli.spec.config import Config, Given

MOST_SAMPLES = 100  # that stand in a script

Entry = TypeVar("Entry")


@record
class Update:
    """One step: targets (samples, outputs), losses before and after, and per layer (n_l, 1 + n_{l-1}).

    `taken` is the gradient as the optimizer takes it: clipped, where the config says so.
    """

    y: Array
    loss: float
    gradient: list[Array]
    taken: list[Array]
    new_weights: list[Array]
    new_loss: float


@record
class Example:
    """x (samples, inputs), the prediction for it (samples, outputs), and the step where there can be one.

    `weights` are those before the step, per layer (n_l, 1 + n_{l-1}), the bias first.
    """

    config: Config
    weights: list[Array]
    numbers: tuple[int, ...]
    x: Array
    prediction: Array
    update: Update | None


def example_of(config: Config) -> Example:
    """Return a config's first step, or its forward pass alone where it cannot be trained.

    Of a large batch the first samples make the step. Raises NumberError where a number is not finite.
    """
    if not _is_trainable(config):
        return _forward(config)
    trainer = Trainer(config)
    batch = next(iter(trainer.batches(1))).take(slice(0, MOST_SAMPLES))
    with np.errstate(all="ignore"):
        step = trainer.record(batch)
    numbers = (step.before.loss, step.after.loss, *(view.sum() for view in step.new_weights))
    if not np.isfinite([np.nan if one is None else one for one in numbers]).all():
        raise NumberError(
            "the step that the script would check itself by leaves the finite range",
            hint="try a smaller learning rate, or smaller inputs",
        )
    losses = float(step.before.loss or 0), float(step.after.loss or 0)
    taken = step.clipped or step.dL_dw
    update = Update(step.y.T, losses[0], step.dL_dw, taken, step.new_weights, losses[1])
    return Example(config, step.weights, step.numbers, step.x.T, step.before.a[-1].T, update)


def _is_trainable(config: Config) -> bool:
    try:
        require_trainable(config)
    except InputError:
        return False
    return True


def _forward(config: Config) -> Example:
    few = replace(config, samples=config.samples[:MOST_SAMPLES])
    x = inputs_of(few.samples)[:, 1:]
    return Example(
        few, initial_weights(few), tuple(range(1, len(x) + 1)), x, forward(few).a[-1].T, update=None
    )


def trained(config: Config) -> Config:
    """Return a config with the weights that its training leaves."""
    require_trainable(config)
    run = train(config)
    layers = tuple(
        replace(
            layer,
            weights=tuple(tuple(Given(one) for one in row) for row in weights.tolist()),
            biases=None,
            init=None,
        )
        for layer, weights in zip(config.layers, run.weights, strict=True)
    )
    return replace(config, layers=layers)


def entry(table: Mapping[str, Entry], name: str, what: str, target: str) -> Entry:
    """Return what a target writes for a name. Raises InputError where it writes nothing."""
    if name not in table:
        raise InputError(f"--to {target} knows no {what} {name}", hint=f"it knows {', '.join(table)}")
    return table[name]


def undropped(config: Config, example: Example) -> Array:
    """Return the predictions for an example's x, with no numbers dropped; (samples, outputs)."""
    chosen = [config.samples[number - 1] for number in example.numbers]
    found: Array = forward(replace(config, samples=chosen, data=None)).a[-1].T
    return found


def needs_lines(config: Config) -> bool:
    """Whether a network is more than dense layers that learn: another kind, a frozen one, a penalty."""
    return config.penalty is not None or any(not one.is_dense or one.still for one in config.layers)
