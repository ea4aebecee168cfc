"""One training step from what is given to its verification, and a forward pass alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from perceptron_cli.arrays import Array
from perceptron_cli.document import Block, Equation, Equations, Part, Section
from perceptron_cli.engine.records import Forward, Step
from perceptron_cli.expr import Symbol
from perceptron_cli.optimizers import OPTIMIZERS
from perceptron_cli.spec.records import Config, Given, Sample
from perceptron_cli.trace.gradients import Gradients, reduced_sections
from perceptron_cli.trace.ledger import Ledger
from perceptron_cli.trace.names import Names, all_weights
from perceptron_cli.trace.passes import (
    batch_loss,
    forward_sections,
    improvement_lines,
    loss_section,
)
from perceptron_cli.trace.shorten import untold
from perceptron_cli.trace.updates import outcome, update_observations, update_sections

PHASES = ("forward", "loss", "gradients", "updates", "verification")


# what is given --------------------------------------------------------------------------------


def given_section(
    config: Config, ledger: Ledger, numbers: Sequence[int], weights: Sequence[Array], step: Step | None
) -> Section:
    """List the inputs, the targets, the weights, the rate, and what the optimizer carries."""
    several = len(numbers) > 1
    blocks: list[Block] = []
    view = ledger.view
    shown = range(1, view.shown(config.inputs) + 1)
    for number in numbers:
        names, sample = Names(number if several else None), config.samples[number - 1]
        if len(shown) < config.inputs:
            ledger.know((names.x(i) for i in range(1, config.inputs + 1)), sample.x)
        row = [ledger.given(names.x(i), sample.x[i - 1], sample.x[i - 1].text) for i in shown]
        blocks.append(_listed(ledger, [row], config.inputs - len(shown), "inputs"))
        if sample.y is not None:
            blocks.append(_targets(ledger, names, sample))
    first = step is None or step.t == 1
    for l, matrix in enumerate(weights, start=1):
        blocks.append(_weights(config, ledger, l, matrix, first))
    if step is not None:
        blocks.extend(_training(config, ledger, step))
    return Section("Given", "given", tuple(blocks))


def _listed(ledger: Ledger, rows: list[list[Equation]], omitted: int, noun: str) -> Equations:
    return Equations(tuple(tuple(row) for row in rows), ledger.texts, (), omitted, noun)


def _targets(ledger: Ledger, names: Names, sample: Sample) -> Equations:
    y = sample.y or ()
    shown = range(1, ledger.view.shown(len(y)) + 1)
    if len(shown) < len(y):
        ledger.know((names.y(k) for k in range(1, len(y) + 1)), y)
    row = [ledger.given(names.y(k), y[k - 1], y[k - 1].text) for k in shown]
    return _listed(ledger, [row], len(y) - len(shown), "targets")


def _weights(config: Config, ledger: Ledger, l: int, matrix: Array, as_written: bool) -> Equations:
    """List a layer's weights as they were written, or as numbers where they were drawn or trained."""
    layer = config.layers[l - 1]
    rows = []
    for j in range(1, ledger.view.shown(layer.neurons) + 1):
        row = []
        for i in range(ledger.view.shown(layer.inputs) + 1):
            text = None
            if as_written and layer.weights is not None:
                text = layer.weights[j - 1][i].text
            elif as_written and not i and layer.biases is not None:
                text = layer.biases[j - 1].text
            row.append(ledger.given(Names().w(l, i, j), float(matrix[j - 1, i]), text))
        rows.append(row)
    omitted = matrix.size - sum(len(row) for row in rows)
    if omitted:
        ledger.know_later(partial(all_weights, Names(), l, matrix), matrix)
    return _listed(ledger, rows, omitted, "weights")


def _training(config: Config, ledger: Ledger, step: Step) -> Iterator[Equations]:
    training = config.training
    entry = OPTIMIZERS[training.optimizer]
    rates = [ledger.given(Symbol("eta"), training.learning_rate, training.learning_rate.text)]
    for name in entry.parameters:
        value = training.options[name]
        rates.append(ledger.given(Symbol(name), value, value.text if isinstance(value, Given) else None))
    if entry.state:
        rates.append(ledger.given(Symbol("t"), step.t, str(step.t)))
    yield _listed(ledger, [rates], 0, "numbers")
    for head in entry.state:
        if training.optimizer in ("momentum", "nesterov") and step.t == 1:
            continue  # the first v is the gradient; there is none before it
        for l, layer in enumerate(config.layers, start=1):
            matrix = step.state[head][l - 1]
            rows = [
                [
                    ledger.given(Symbol(head, l, (i, j)), float(matrix[j - 1, i]))
                    for i in range(0 if training.update_biases else 1, ledger.view.shown(layer.inputs) + 1)
                ]
                for j in range(1, ledger.view.shown(layer.neurons) + 1)
            ]
            yield _listed(ledger, rows, matrix.size - sum(map(len, rows)), "numbers")


# a part ---------------------------------------------------------------------------------------


def forward_part(config: Config, ledger: Ledger, passed: Forward, weights: Sequence[Array]) -> Part:
    """Tell a forward pass over the config's samples."""
    numbers = range(1, len(config.samples) + 1)
    sections = [given_section(config, ledger, numbers, weights, None)]
    told = _told(ledger, numbers)
    for column in told:
        names = Names(numbers[column] if len(numbers) > 1 else None)
        sections.extend(forward_sections(config, ledger, names, passed, column))
        if passed.losses is not None and config.samples[column].y is not None:
            sections.append(loss_section(config, ledger, names, passed, column))
    all_known = all(sample.y is not None for sample in config.samples)
    if passed.losses is not None and all_known and len(numbers) > 1:
        sections.append(_batch_loss_section(config, ledger, numbers, passed, told, prime=False))
    sections.extend(untold(len(numbers) - len(told)))
    data = {
        "layers": layers_data(config, ledger, numbers, passed, weights, None),
        "prediction": passed.a[-1].T,
        "loss": ledger.values.get("L"),
    }
    return Part(1, "Forward pass", tuple(sections), data)


def step_part(config: Config, ledger: Ledger, step: Step) -> Part:
    """Tell a training step: forward, loss, gradients, updates, verification."""
    numbers, told = step.numbers, _told(ledger, step.numbers)
    sections = [given_section(config, ledger, numbers, step.weights, step)]
    several = len(numbers) > 1
    for column in told:
        names = Names(numbers[column] if several else None)
        sections.extend(forward_sections(config, ledger, names, step.before, column))
        sections.append(loss_section(config, ledger, names, step.before, column))
    if several:
        sections.append(_batch_loss_section(config, ledger, numbers, step.before, told, prime=False))
    for column in told:
        names = Names(numbers[column] if several else None)
        sections.extend(Gradients(config, ledger, names, step, column).sections())
    if several:
        _know_gradients(config, ledger, step, told)
        sections.extend(reduced_sections(config, ledger, step))
    sections.extend(update_sections(config, ledger, step))
    sections.append(update_observations(config, ledger, step))
    for column in told:
        names = Names(numbers[column] if several else None, prime=True)
        sections.extend(forward_sections(config, ledger, names, step.after, column))
        sections.append(loss_section(config, ledger, names, step.after, column))
    if several:
        sections.append(_batch_loss_section(config, ledger, numbers, step.after, told, prime=True))
    before, after = step.before.loss or 0.0, step.after.loss or 0.0
    gains = improvement_lines(ledger, before, after)
    block = Equations(tuple((gain,) for gain in gains), ledger.texts)
    sections.append(Section("Improvement", "verification", (block,)))
    losses = {"before": before, "after": after}
    sections.append(outcome(config, ledger, step, losses))
    sections.extend(untold(len(numbers) - len(told)))
    return Part(step.t, f"Training step {step.t}", tuple(sections), step_data(config, ledger, step))


def _told(ledger: Ledger, numbers: Sequence[int]) -> range:
    return range(ledger.view.shown(len(numbers)))


def _batch_loss_section(
    config: Config, ledger: Ledger, numbers: Sequence[int], passed: Forward, told: range, *, prime: bool
) -> Section:
    if passed.losses is None or passed.loss is None:
        raise ValueError("a batch's loss is told where there is a target")
    if len(told) < len(numbers):
        ledger.know((Names(s, prime).loss() for s in numbers), passed.losses)
    line = batch_loss(ledger, config, numbers, passed.loss, prime)
    word = "mean" if config.training.reduction == "mean" else "sum"
    title = f"Verification, loss of the batch ({word})" if prime else f"Loss of the batch ({word})"
    block = Equations(((line,),), ledger.texts)
    return Section(title, "verification" if prime else "loss", (block,))


def _know_gradients(config: Config, ledger: Ledger, step: Step, told: range) -> None:
    """Note the gradients of samples that are not told: the batch's is made from them as well."""
    for column in range(len(told), len(step.numbers)):
        names = Names(step.numbers[column])
        for l in range(1, len(config.layers) + 1):
            below = (step.x if l == 1 else step.before.a[l - 2])[:, column]
            outer = np.outer(step.dz[l - 1][:, column], np.concatenate([[1.0], below]))
            for j in range(1, ledger.view.shown(config.sizes[l]) + 1):
                shown = range(ledger.view.shown(config.sizes[l - 1]) + 1)
                ledger.know((names.dL_dw(l, i, j) for i in shown), outer[j - 1, : len(shown)])


# the arrays behind it -------------------------------------------------------------------------


def step_data(config: Config, ledger: Ledger, step: Step) -> dict[str, Any]:
    """Return a step's arrays for JSON: a row per sample, and a row per neuron for weights."""
    before, after = step.before, step.after
    read = ledger.values.__getitem__
    data: dict[str, Any] = {
        "layers": layers_data(config, ledger, step.numbers, before, step.weights, step),
        "prediction": before.a[-1].T,
        "loss": read("L"),
        "new_prediction": after.a[-1].T,
        "new_loss": read("L'"),
        "improvement": read("improvement"),
        "improvement_percent": read("improvement_percent"),
    }
    if ledger.on_paper:
        several = len(step.numbers) > 1
        for key, prime in (("prediction", False), ("new_prediction", True)):
            data[key] = ledger.data(
                [
                    Names(s if several else None, prime).a(len(config.layers), k)
                    for k in _upto(config.sizes[-1])
                ]
                for s in step.numbers
            )
    if len(step.numbers) > 1:
        data["samples"] = list(step.numbers)
    return data


def _upto(count: int) -> range:
    return range(1, count + 1)


def layers_data(
    config: Config,
    ledger: Ledger,
    numbers: Sequence[int],
    passed: Forward,
    weights: Sequence[Array],
    step: Step | None,
) -> list[dict[str, Any]]:
    """Return what each layer computed; by hand arithmetic, what each came to on paper."""
    rows = []
    for l, layer in enumerate(config.layers, start=1):
        row: dict[str, Any] = {"layer": l, "activation": layer.activation}
        arrays: dict[str, Any] = {"z": passed.z[l - 1].T, "a": passed.a[l - 1].T}
        if step is not None:
            arrays |= {"dL_da": step.da[l - 1].T, "dL_dz": step.dz[l - 1].T, "dL_dw": step.dL_dw[l - 1]}
        arrays["weights"] = weights[l - 1]
        if step is not None:
            arrays["new_weights"] = step.new_weights[l - 1]
        if ledger.on_paper:
            arrays = {key: _on_paper(config, ledger, numbers, l, key) for key in arrays}
        rows.append(row | arrays)
    return rows


def _on_paper(
    config: Config, ledger: Ledger, numbers: Sequence[int], l: int, key: str
) -> list[list[float | None]]:
    neurons, inputs = config.sizes[l], config.sizes[l - 1]
    several = len(numbers) > 1
    if key in ("z", "a", "dL_da", "dL_dz"):
        return ledger.data(
            [getattr(Names(s if several else None), key)(l, j) for j in _upto(neurons)] for s in numbers
        )
    names = Names(prime=key == "new_weights")
    make = names.dL_dw if key == "dL_dw" else names.w
    return ledger.data([make(l, i, j) for i in range(inputs + 1)] for j in _upto(neurons))
