"""What a step begins with: the inputs, the targets, the weights, the rate, and the optimizer's state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from perceptron_cli.arrays import Array
from perceptron_cli.document import Block, Equation, Equations, Formula, Note, Section
from perceptron_cli.engine.step import Step
from perceptron_cli.engine.trainer import updates_per_epoch
from perceptron_cli.expr import Symbol
from perceptron_cli.optimizers import OPTIMIZERS
from perceptron_cli.schedules import SCHEDULES
from perceptron_cli.spec.config import Config, Given, Sample
from perceptron_cli.trace.ledger import Ledger
from perceptron_cli.trace.names import Names


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
        row = [ledger.given(names.x(i), sample.x[i - 1], sample.x[i - 1].text) for i in shown]
        blocks.append(_listed(ledger, [row], config.inputs - len(shown), "inputs"))
        if sample.y is not None:
            blocks.append(_targets(ledger, names, sample))
    first = step is None or step.t == 1
    for l, matrix in enumerate(weights, start=1):
        blocks.append(weights_listed(config, ledger, l, matrix, first))
    if step is not None:
        blocks.extend(_training(config, ledger, step))
    return Section("Given", "given", tuple(blocks))


def _listed(ledger: Ledger, rows: list[list[Equation]], omitted: int, noun: str) -> Equations:
    return Equations(tuple(tuple(row) for row in rows), ledger.texts, (), omitted, noun)


def _targets(ledger: Ledger, names: Names, sample: Sample) -> Equations:
    y = sample.y or ()
    shown = range(1, ledger.view.shown(len(y)) + 1)
    row = [ledger.given(names.y(k), y[k - 1], y[k - 1].text) for k in shown]
    return _listed(ledger, [row], len(y) - len(shown), "targets")


def weights_listed(config: Config, ledger: Ledger, l: int, matrix: Array, as_written: bool) -> Equations:
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
    return _listed(ledger, rows, omitted, "weight")


def _training(config: Config, ledger: Ledger, step: Step) -> Iterator[Block]:
    training = config.training
    entry = OPTIMIZERS[training.optimizer]
    rates = [] if training.schedule != "constant" else [_rate(ledger, "eta", training.learning_rate)]
    for name in entry.parameters:
        value = training.options[name]
        if name == "weight_decay" and not value:
            continue  # then no line has it
        rates.append(ledger.given(Symbol(name), value, value.text if isinstance(value, Given) else None))
    for name, value in training.clip_options.items():
        rates.append(ledger.given(Symbol(name), value, value.text if isinstance(value, Given) else None))
    if entry.state:
        rates.append(ledger.given(Symbol("t"), step.t, str(step.t)))
    if rates:
        yield _listed(ledger, [rates], 0, "number")
    if training.schedule != "constant":
        yield from _scheduled(config, ledger, step)
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
            yield _listed(ledger, rows, matrix.size - sum(map(len, rows)), "number")


def _rate(ledger: Ledger, name: str, value: Given) -> Equation:
    return ledger.given(Symbol(name), value, value.text)


def _scheduled(config: Config, ledger: Ledger, step: Step) -> Iterator[Block]:
    """Tell the epoch's learning rate by its schedule."""
    training, schedule = config.training, SCHEDULES[config.training.schedule]
    epoch = (step.t - 1) // updates_per_epoch(config) + 1
    numbers = schedule.numbers(epoch, training.epochs, training.schedule_options)
    known = [_rate(ledger, "eta_0", training.learning_rate)]
    for name, value in numbers.items():
        text = value.text if isinstance(value, Given) else f"{value:.0f}" if value.is_integer() else None
        known.append(ledger.given(Symbol(name), value, text))
    yield _listed(ledger, [known], 0, "number")
    yield Note(f"The learning rate is {schedule.summary}. {schedule.note}".rstrip(), "step")
    eta = ledger.line(Symbol("eta"), schedule.formula, step.eta)
    yield Equations(((eta,),), ledger.texts, (Formula(Symbol("eta"), (schedule.formula,)),))
