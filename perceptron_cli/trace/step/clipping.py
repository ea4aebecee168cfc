"""What a gradient is clipped to: the numbers that decide it, and each weight's, output layer first."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from perceptron_cli.clipping import CLIPPINGS
from perceptron_cli.document import Block, Equations, Formula, Note, Section
from perceptron_cli.engine.step import Step
from perceptron_cli.expr import Dots, Expr, Symbol
from perceptron_cli.layers.cells import parameter
from perceptron_cli.spec.config import Config
from perceptron_cli.symbols import MOST_TERMS, Names, clipped, gradient
from perceptron_cli.trace.cells import learnt, shown
from perceptron_cli.trace.ledger import Ledger


def clipping_sections(config: Config, ledger: Ledger, step: Step) -> Iterator[Section]:
    """Tell the clipping of a step's gradient: whether it is cut, and what each weight's becomes."""
    entry = CLIPPINGS[config.training.clip]
    blocks: list[Block] = list(_numbers(config, ledger, step))
    blocks.append(Note(entry.cut if _is_cut(config, step) else entry.kept, "step"))
    yield Section("Gradient clipping", "gradients", tuple(blocks))
    for l in range(len(config.layers), 0, -1):
        if not config.layers[l - 1].columns(biases=config.training.update_biases):
            continue
        yield Section(
            f"Layer {l} clipped gradients", "gradients", (_of_layer(config, ledger, step, l),), layer=l
        )


def _learnt(config: Config) -> list[Expr]:
    """Return the gradient of everything that learns, output layer first."""
    cells = learnt(config.layers, biases=config.training.update_biases)
    return [gradient(parameter(config.layers[l - 1], l, row, column)) for l, row, column in cells]


def _numbers(config: Config, ledger: Ledger, step: Step) -> Iterator[Block]:
    """Yield a block for each number that the gradients share."""
    entry, gradients = CLIPPINGS[config.training.clip], _learnt(config)
    few = gradients
    if len(gradients) > MOST_TERMS:
        few = [*gradients[:2], Dots(), gradients[-1]]
    general = entry.numbers(few)
    for name, bodies in entry.numbers(gradients).items():
        line = ledger.line(Symbol(name), bodies, step.clip[name])
        yield Equations(((line,),), ledger.texts, (Formula(Symbol(name), general[name][:1]),))


def _is_cut(config: Config, step: Step) -> bool:
    for layer, was, now in zip(config.layers, step.dL_dw, step.clipped, strict=True):
        columns = layer.columns(biases=config.training.update_biases)
        if not np.array_equal(was[:, columns], now[:, columns]):
            return True
    return False


def _of_layer(config: Config, ledger: Ledger, step: Step, l: int) -> Equations:
    entry, layer, view = CLIPPINGS[config.training.clip], config.layers[l - 1], ledger.view
    columns = layer.columns(biases=config.training.update_biases)
    rows = []
    for row, column in shown(layer, view, columns):
        w = parameter(layer, l, row, column)
        body = entry.formula(gradient(w))
        rows.append((ledger.line(clipped(w), body, step.clipped[l - 1][row, column]),))
    formula = Formula(Names().g(l, "i", "j"), (entry.formula(Names().dL_dw(l, "i", "j")),))
    omitted = layer.size[0] * len(columns) - len(rows)
    return Equations(tuple(rows), ledger.texts, (formula,), omitted, noun="weight")
