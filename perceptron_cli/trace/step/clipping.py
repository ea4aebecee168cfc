"""What a gradient is clipped to: the numbers that decide it, and each weight's, output layer first."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from perceptron_cli.clipping import CLIPPINGS
from perceptron_cli.document import Block, Equations, Formula, Note, Section
from perceptron_cli.engine.step import Step
from perceptron_cli.expr import Dots, Expr, Symbol
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.ledger import Ledger
from perceptron_cli.trace.names import MOST_TERMS, Names


def clipping_sections(config: Config, ledger: Ledger, step: Step) -> Iterator[Section]:
    """Tell the clipping of a step's gradient: whether it is cut, and what each weight's becomes."""
    entry = CLIPPINGS[config.training.clip]
    blocks: list[Block] = list(_numbers(config, ledger, step))
    blocks.append(Note(entry.cut if _is_cut(config, step) else entry.kept, "step"))
    yield Section("Gradient clipping", "gradients", tuple(blocks))
    for l in range(len(config.layers), 0, -1):
        yield Section(
            f"Layer {l} clipped gradients", "gradients", (_of_layer(config, ledger, step, l),), layer=l
        )


def _learnt(config: Config) -> list[Expr]:
    """Return the gradient of everything that learns, output layer first."""
    first = 0 if config.training.update_biases else 1
    return [
        Names().dL_dw(l, i, j)
        for l in range(len(config.layers), 0, -1)
        for j in range(1, config.sizes[l] + 1)
        for i in range(first, config.sizes[l - 1] + 1)
    ]


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
    first = 0 if config.training.update_biases else 1
    pairs = zip(step.dL_dw, step.clipped, strict=True)
    return any(not np.array_equal(was[:, first:], now[:, first:]) for was, now in pairs)


def _of_layer(config: Config, ledger: Ledger, step: Step, l: int) -> Equations:
    entry, layer, view = CLIPPINGS[config.training.clip], config.layers[l - 1], ledger.view
    first = 0 if config.training.update_biases else 1
    rows = [
        (
            ledger.line(
                Names().g(l, i, j), entry.formula(Names().dL_dw(l, i, j)), step.clipped[l - 1][j - 1, i]
            ),
        )
        for j in range(1, view.shown(layer.neurons) + 1)
        for i in range(first, view.shown(layer.inputs) + 1)
    ]
    formula = Formula(Names().g(l, "i", "j"), (entry.formula(Names().dL_dw(l, "i", "j")),))
    omitted = layer.neurons * (layer.inputs + 1 - first) - len(rows)
    return Equations(tuple(rows), ledger.texts, (formula,), omitted, noun="weight")
