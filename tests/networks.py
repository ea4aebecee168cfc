"""Networks for tests: built from plain numbers, or drawn whole by Hypothesis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.clipping import CLIPPINGS
from perceptron_cli.losses import LOSSES
from perceptron_cli.optimizers import OPTIMIZERS
from perceptron_cli.spec.config import Config, Given, Layer, Sample, Training

# the losses whose targets are probabilities over classes
DISTRIBUTIONS = ("categorical_cross_entropy", "kl_divergence", "negative_log_likelihood")
TRAINABLE = [name for name, entry in ACTIVATIONS.items() if entry.differentiable]


def row(numbers: Sequence[float]) -> tuple[Given, ...]:
    return tuple(Given(number) for number in numbers)


def defaults(table: dict[str, Any], name: str) -> dict[str, float]:
    return {key: parameter.default for key, parameter in table[name].parameters.items()}


def layer(activation: str, weights: Sequence[Sequence[float]], **options: float) -> Layer:
    """A layer with given weights, a row per neuron, bias first."""
    return Layer(
        activation,
        neurons=len(weights),
        inputs=len(weights[0]) - 1,
        options=defaults(ACTIVATIONS, activation) | options,
        weights=tuple(row(one) for one in weights),
    )


def config(
    layers: Sequence[Layer],
    loss: str | None,
    samples: Sequence[tuple[Sequence[float], Sequence[float] | None]],
    **training: Any,
) -> Config:
    optimizer = training.pop("optimizer", "gradient_descent")
    options = defaults(OPTIMIZERS, optimizer) | training.pop("options", {})
    rate = training.pop("learning_rate", 0.1)
    return Config(
        "test",
        tuple(layers),
        loss,
        tuple(Sample(row(x), None if y is None else row(y)) for x, y in samples),
        Training(learning_rate=Given(rate), optimizer=optimizer, options=options, **training),
    )


def random_config(
    sizes: Sequence[int],
    activations: Sequence[str],
    loss: str,
    *,
    samples: int = 1,
    seed: int = 0,
    **training: Any,
) -> Config:
    """A network with random weights, inputs and targets that its loss takes."""
    rng = np.random.default_rng(seed)
    layers = [
        layer(activation, rng.normal(size=(n, 1 + below)).round(3).tolist())
        for activation, below, n in zip(activations, sizes, sizes[1:], strict=False)
    ]
    examples = [
        (rng.normal(size=sizes[0]).round(3).tolist(), target(loss, sizes[-1], rng)) for _ in range(samples)
    ]
    return config(layers, loss, examples, **training)


def target(loss: str, outputs: int, rng: np.random.Generator) -> list[float]:
    """A target that a loss takes: a label, a class, a number."""
    if loss == "binary_cross_entropy":
        return rng.integers(0, 2, outputs).astype(float).tolist()
    if loss.endswith("hinge"):
        return rng.choice([-1.0, 1.0], outputs).tolist()
    if loss in DISTRIBUTIONS:
        return np.eye(outputs)[rng.integers(outputs)].tolist()
    return rng.normal(size=outputs).round(3).tolist()


def losses_for(activation: str) -> list[str]:
    return [
        name for name, loss in LOSSES.items() if loss.activations is None or activation in loss.activations
    ]


@st.composite
def networks(draw: st.DrawFn, *, optimizers: bool = True) -> Config:
    """Draw a whole network: depth, widths, activations, loss, samples, optimizer and its settings."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=2, max_size=5))
    output = draw(st.sampled_from(TRAINABLE))
    activations = [*(draw(st.sampled_from(TRAINABLE)) for _ in sizes[2:]), output]
    loss = draw(st.sampled_from(losses_for(output)))
    for place, activation in enumerate(activations, start=1):
        if activation.endswith("softmax") or (place == len(activations) and loss in DISTRIBUTIONS):
            sizes[place] = max(2, sizes[place])  # one number alone is no distribution
    samples = draw(st.integers(1, 4))
    name = draw(st.sampled_from(list(OPTIMIZERS))) if optimizers else "gradient_descent"
    more: dict[str, Any] = {}
    if optimizers:
        more["options"] = {"weight_decay": draw(st.sampled_from([0.0, 0.05]))}
        more["clip"] = draw(st.sampled_from(list(CLIPPINGS)))
        limit = draw(st.sampled_from([0.01, 0.5, 2.0]))
        more["clip_options"] = {"limit": limit} if CLIPPINGS[more["clip"]].parameters else {}
    return random_config(
        sizes,
        activations,
        loss,
        samples=samples,
        seed=draw(st.integers(0, 10_000)),
        optimizer=name,
        learning_rate=draw(st.sampled_from([0.001, 0.1, 0.5])),
        reduction=draw(st.sampled_from(["mean", "sum"])),
        update_biases=draw(st.booleans()),
        batch_size=draw(st.sampled_from([None, 1, 2])),
        **more,
    )


# Every setting of training, each with another value than its default.
CHANGED: dict[str, Any] = {
    "learning_rate": Given(0.25),
    "epochs": 51,
    "batch_size": 2,
    "reduction": "sum",
    "update_biases": False,
    "optimizer": "adam",
    "options": defaults(OPTIMIZERS, "adam") | {"beta1": 0.5},
    "shuffle": False,
    "seed": 1,
    "patience": 3,
    "until_loss": Given(0.125),
    "keep_best": True,
    "epoch_loss": "during",
    "schedule": "step",
    "schedule_options": {"factor": 0.25, "every": 2},
    "clip": "value",
    "clip_options": {"limit": 0.5},
    "rule": "delta",
    "truncate": 2,
}
