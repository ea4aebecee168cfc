"""What a step begins with: the inputs, the targets, the weights, the rate, and the optimizer's state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from perceptron_cli.arrays import Array
from perceptron_cli.document import Block, Equation, Equations, Family, Formula, Grid, Note, Run, Section
from perceptron_cli.engine.step import Step
from perceptron_cli.engine.trainer import updates_per_epoch
from perceptron_cli.expr import Symbol
from perceptron_cli.layers.cells import blocks, parameter, present
from perceptron_cli.losses import unweighed
from perceptron_cli.optimizers import OPTIMIZERS
from perceptron_cli.schedules import SCHEDULES
from perceptron_cli.spec.config import Config, Given, Layer
from perceptron_cli.symbols import Names
from perceptron_cli.trace.cells import shown
from perceptron_cli.trace.ledger import Ledger
from perceptron_cli.trace.step.wide import Make, matrix_runs, rows_of


def given_section(
    config: Config, ledger: Ledger, numbers: Sequence[int], weights: Sequence[Array], step: Step | None
) -> Section:
    """List the inputs, the targets, the weights, the rate, and what the optimizer carries."""
    blocks = list(_samples(config, ledger, numbers))
    first = step is None or step.t == 1
    for l, matrix in enumerate(weights, start=1):
        if config.layers[l - 1].is_dense:
            blocks.append(weights_listed(config, ledger, l, matrix, first))
        else:
            blocks.extend(parameters_listed(config, ledger, l, matrix, first))
    if config.penalty is not None:
        factors = {"l2": config.penalty.l2, "l1": config.penalty.l1}
        known = [ledger.given(Symbol(name), one, one.text) for name, one in factors.items() if one]
        blocks.append(_listed(ledger, [known], 0, "number"))
    if step is not None:
        blocks.extend(_training(config, ledger, step))
    return Section("Given", "given", tuple(blocks))


def _samples(config: Config, ledger: Ledger, numbers: Sequence[int]) -> Iterator[Block]:
    """Yield the inputs and targets; those of several samples are a table."""
    told = [list(_sample(config, ledger, number, len(numbers) > 1)) for number in numbers]
    if len(told) < 2:
        yield from (block for blocks in told for block in blocks)
        return
    rows = [[one for block in blocks for row in block.rows for one in row] for blocks in told]
    heads = [Symbol(one.symbol.head, None, one.symbol.indices) for one in max(rows, key=len)]
    grid = Grid(("Samples",), "sample", tuple(heads), tuple(map(str, numbers)))
    omitted = sum(block.omitted for blocks in told for block in blocks)
    yield replace(_listed(ledger, rows, omitted, "number"), grid=grid)


def _sample(config: Config, ledger: Ledger, number: int, several: bool) -> Iterator[Equations]:
    names, sample = Names(number if several else None), config.samples[number - 1]
    for letter, given, noun in ((names.x, sample.x, "input"), (names.y, sample.y or (), "target")):
        if noun == "input" and len(config.layers[0].below) > 1 and not several:
            yield from _pictures(config, ledger, names, given)
            continue
        few = range(1, ledger.view.shown(len(given)) + 1)
        places = [config.place(0 if noun == "input" else len(config.layers), i) for i in few]
        row = [
            ledger.given(letter(at), given[i - 1], given[i - 1].text)
            for i, at in zip(few, places, strict=True)
        ]
        if row:
            yield _listed(ledger, [row], len(given) - len(few), noun)
    if config.loss != unweighed(config.loss or ""):
        weight = sample.weight or Given(1.0, "1")
        yield _listed(
            ledger, [[ledger.given(Symbol("c", None, (), names.sample), weight, weight.text)]], 0, "weight"
        )


def _pictures(config: Config, ledger: Ledger, names: Names, given: Sequence[Given]) -> Iterator[Equations]:
    """Yield inputs that are pictures, or time steps, as rows of numbers, a table a channel."""
    *channels, height, width = config.layers[0].below
    for channel in range(ledger.view.shown(channels[0]) if channels else 1):
        rows = []
        for r in range(ledger.view.shown(height)):
            numbers = [(channel * height + r) * width + c + 1 for c in range(ledger.view.shown(width))]
            row = [(names.x(config.place(0, n)), given[n - 1]) for n in numbers]
            rows.append([ledger.given(symbol, one, one.text or None) for symbol, one in row])
        omitted = height * width - sum(map(len, rows))
        yield _listed(ledger, rows, omitted, "input")


def _listed(ledger: Ledger, rows: list[list[Equation]], omitted: int, noun: str) -> Equations:
    return Equations(tuple(tuple(row) for row in rows), ledger.texts, (), omitted, noun)


def weights_listed(config: Config, ledger: Ledger, l: int, matrix: Array, as_written: bool) -> Equations:
    """List a layer's weights as they were written, or as numbers where they were drawn or trained."""
    layer, start = config.layers[l - 1], present(config.layers[l - 1])[0]

    def text(row: int, column: int) -> str | None:
        if as_written and layer.weights is not None:
            return layer.weights[row][column].text
        return layer.biases[row].text if as_written and not column and layer.biases is not None else None

    def make(row: int) -> tuple[Equation, ...]:
        return tuple(
            ledger.given(Names().w(l, column, row + 1), float(matrix[row, column]), text(row, column))
            for column in columns
        )

    columns = range(start, ledger.view.shown(layer.inputs) + 1)
    neurons = ledger.view.shown(layer.neurons)
    rows = _matrix(ledger, make, matrix, columns, neurons)
    if isinstance(rows, Family):  # it enters nothing in the ledger
        ledger.written[l] = text
    omitted = matrix.size - start * layer.neurons - neurons * len(columns)
    inputs = [Names().a(l - 1, i) for i in range(1, len(columns) + start)]
    caption = (f"Layer {l}: weights ", Names().w(l, "i", "j"))
    labels = tuple(str(j) for j in range(1, neurons + 1))
    grid = Grid(caption, "neuron j", (*(["bias"] * (not start)), *inputs), labels)
    return Equations(rows, ledger.texts, (), omitted, "weight", grid)


def _matrix(
    ledger: Ledger, make: Make, matrix: Array, columns: Sequence[int], neurons: int
) -> Sequence[tuple[Equation, ...]]:
    """Return given numbers of a dense layer, a row per neuron."""

    def runs() -> Iterator[Run]:
        return matrix_runs(ledger, make(0)[0], lambda symbol: matrix, columns)

    return rows_of(ledger, make, neurons, neurons * len(columns), runs, [matrix])


def parameters_listed(
    config: Config, ledger: Ledger, l: int, matrix: Array, as_written: bool
) -> Iterator[Equations]:
    """List the parameters of a layer that is not dense, block by block, a row per filter or feature."""
    layer = config.layers[l - 1]
    for block in blocks(layer):
        if block.start not in present(layer):
            continue
        rows = []
        columns = range(block.start, block.start + ledger.view.shown(block.width))
        for row in range(ledger.view.shown(layer.size[0])):
            cells = []
            for column in columns:
                text = None
                if as_written and layer.weights is not None:
                    text = layer.weights[row][column].text
                elif as_written and block.is_bias and layer.biases is not None:
                    text = layer.biases[row].text
                symbol = parameter(layer, l, row, column)
                cells.append(ledger.given(symbol, float(matrix[row, column]), text))
            rows.append(cells)
        omitted = layer.size[0] * block.width - sum(map(len, rows))
        if block.width == 1:  # one a feature: they stand in a line
            rows = [[cell for row in rows for cell in row]]
        yield _listed(ledger, rows, omitted, "number")


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
            columns = layer.columns(biases=training.update_biases)
            told = {r: [c for _, c in own] for r, own in groupby(shown(layer, ledger.view, columns), _row)}
            if not told:
                continue

            def make(
                r: int, head: str = head, l: int = l, layer: Layer = layer, told: dict[int, list[int]] = told
            ) -> tuple[Equation, ...]:
                made = [(parameter(layer, l, r, c), float(step.state[head][l - 1][r, c])) for c in told[r]]
                return tuple(ledger.given(Symbol(head, l, w.indices, of=w.head), value) for w, value in made)

            omitted = matrix.size - sum(map(len, told.values()))
            if layer.is_dense:
                rows = _matrix(ledger, make, matrix, told[0], len(told))
            else:
                rows = tuple(map(make, told))
            yield Equations(rows, ledger.texts, (), omitted, "number")


def _row(cell: tuple[int, int]) -> int:
    return cell[0]


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
