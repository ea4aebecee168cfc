"""What the slides say of one perceptron, each point shown on this neuron and these points."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from perceptron_cli import engine
from perceptron_cli.document import Note, Section
from perceptron_cli.neuron import Contradiction, Learnt
from perceptron_cli.spec.config import Config, Given, Layer, Sample, Training
from perceptron_cli.words import counted

HIDDEN, EPOCHS = 4, 1000  # of the network that is trained beside it
MOST_SAMPLES = 500


def limits_section(config: Config, run: Learnt, proof: object) -> Section:
    """Tell the four points of the slide "Need for multi-layer perceptron"."""
    points = (
        _separable(proof),
        _convergence(run),
        _no_gradient(run),
        *_hidden_layer(config, run),
    )
    notes = tuple(Note(f"{number}. {text}") for number, text in enumerate(points, start=1))
    return Section("What one perceptron can and cannot do", "result", notes)


def _separable(proof: object) -> str:
    told = "It can only separate classes that a line separates: "
    if isinstance(proof, Contradiction):
        return told + "these are not."
    return told + "these are."


def _convergence(run: Learnt) -> str:
    told = "For other classes the rule does not converge: "
    if run.converged:
        return told + f"here it does, in {counted(len(run.epochs), 'epoch')}."
    wrong = min(epoch.errors for epoch in run.epochs)
    return told + f"in {counted(len(run.epochs), 'epoch')} it never had fewer than {wrong} wrong."


def _no_gradient(run: Learnt) -> str:
    """Show the step's difference quotient at this neuron's net inputs, and at theta."""
    neuron, h = run.neuron, 1e-6
    slopes = [
        (neuron.output(float(row.net) + h) - neuron.output(float(row.net) - h)) / (2 * h)
        for row in run.epochs[-1].rows
    ]
    flat = sum(1 for slope in slopes if slope == 0)
    jump = float(neuron.high - neuron.low) / (2 * h)
    return (
        "Gradient descent cannot train it: the step's derivative is 0 everywhere, and there is none at "
        f"theta. At {flat} of the {len(slopes)} net inputs of the last epoch the difference quotient is 0; "
        f"at theta it is {jump:.3g} for h = {h:g}, and grows without bound as h shrinks."
    )


def _hidden_layer(config: Config, run: Learnt) -> Iterator[str]:
    """Train a network with a hidden layer on the same points, and count what each gets right."""
    samples = len(config.samples)
    mine = sum(
        1
        for x, desired in zip(run.neuron.points, run.neuron.desired, strict=True)
        if run.neuron.output(run.neuron.net(run.weights, x)) == desired
    )
    told = f"It has no hidden layer: the perceptron has {mine} of {samples} right"
    if samples > MOST_SAMPLES:
        yield f"{told}."
        return
    right = _right_with_hidden_layer(config, float(run.neuron.high))
    twice = len({sample.x for sample in config.samples}) < len({(one.x, one.y) for one in config.samples})
    both = " (a point with two labels no network gets right)" if twice else ""
    yield (
        f"{told}, a {config.inputs}-{HIDDEN}-1 network {right} of {samples}{both}, "
        f"after {EPOCHS} epochs of Adam on the same points."
    )


def _right_with_hidden_layer(config: Config, high: float) -> int:
    drawn = {"init": "xavier_uniform"}
    layers = (
        Layer("tanh", HIDDEN, config.inputs, **drawn),  # type: ignore[arg-type]
        Layer("sigmoid", 1, HIDDEN, **drawn),  # type: ignore[arg-type]
    )
    labels = [float(sample.y is not None and sample.y[0] == high) for sample in config.samples]
    samples = tuple(
        Sample(sample.x, (Given(label),)) for sample, label in zip(config.samples, labels, strict=True)
    )
    options = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weight_decay": 0.0}
    training = Training(learning_rate=Given(0.05), epochs=EPOCHS, optimizer="adam", options=options)
    run = engine.train(Config("hidden", layers, "binary_cross_entropy", samples, training))
    return int(((run.prediction[:, 0] > 0.5) == np.array(labels, dtype=bool)).sum())
