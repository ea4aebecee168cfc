"""The weight updates, an assignment a line, and what can be observed of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np

from perceptron_cli.arrays import Array
from perceptron_cli.document import Block, Equation, Equations, Formula, Note, Section
from perceptron_cli.engine.step import Step
from perceptron_cli.expr import Symbol
from perceptron_cli.notation import show
from perceptron_cli.optimizers import OPTIMIZERS
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.ledger import Ledger
from perceptron_cli.trace.names import Names


def update_sections(config: Config, ledger: Ledger, step: Step) -> Iterator[Section]:
    """Tell the updates, output layer first, a table for each assignment of the optimizer."""
    for l in range(len(config.layers), 0, -1):
        name = "output layer" if l == len(config.layers) else f"layer {l}"
        yield Section(
            f"Weight updates, {name}", "updates", tuple(_layer_blocks(config, ledger, step, l)), layer=l
        )


def _layer_blocks(config: Config, ledger: Ledger, step: Step, l: int) -> Iterator[Block]:
    layer, training = config.layers[l - 1], config.training
    lines = OPTIMIZERS[training.optimizer].lines
    taken = Names().g if step.clipped else Names().dL_dw
    shown = [
        (i, j)
        for j in range(1, ledger.view.shown(layer.neurons) + 1)
        for i in range(ledger.view.shown(layer.inputs) + 1)
    ]
    moved = [(i, j) for i, j in shown if i or training.update_biases]
    still = [(i, j) for i, j in shown if not i and not training.update_biases]
    columns: list[list[tuple[Equation, ...]]] = []
    for i, j in moved:
        symbols = Names().w(l, i, j), taken(l, i, j)
        for place, line in enumerate(lines(*symbols, step.t, training.options)):
            if place == len(columns):
                columns.append([])
            value = _value_after(config, step, line.symbol, l, i, j)
            columns[place].append((ledger.line(line.symbol, line.body, value, line.stages),))
    general = lines(Names().w(l, "i", "j"), taken(l, "i", "j"), step.t, training.options)
    omitted = layer.neurons * (1 + layer.inputs) - len(shown)
    for rows, line in zip(columns, general, strict=False):
        formulas = (Formula(line.symbol, (line.body,)),)
        yield Equations(tuple(rows), ledger.texts, formulas, omitted, noun="weight")
    if still:
        kept = [
            (
                ledger.line(
                    Names(prime=True).w(l, i, j), Names().w(l, i, j), step.new_weights[l - 1][j - 1, i]
                ),
            )
            for i, j in still
        ]
        yield Note("The biases are not updated (update_biases: false).", "step")
        yield Equations(tuple(kept), ledger.texts)


def _value_after(config: Config, step: Step, symbol: Symbol, l: int, i: int, j: int) -> float:
    """Return the engine's value of what an assignment sets."""
    place = (j - 1, i)
    if symbol.head == "w":
        return float(step.new_weights[l - 1][place])
    if symbol.head in step.new_state:
        return float(step.new_state[symbol.head][l - 1][place])
    # m_hat and v_hat are not kept: the engine divides m and v on the way to the step.
    head, option = {"m_hat": ("m", "beta1"), "v_hat": ("v", "beta2")}[symbol.head]
    return float(step.new_state[head][l - 1][place]) / (1 - config.training.options[option] ** step.t)


# observations ---------------------------------------------------------------------------------


def update_observations(config: Config, ledger: Ledger, step: Step) -> Section:
    """Say which weights grew, the largest and smallest step, and how the gradient shrinks."""
    notes = [_directions(config, step), *_extremes(config, ledger, step), _gradient_by_layer(ledger, step)]
    return Section("Observations", "updates", tuple(Note(note) for note in notes if note))


def _moves(config: Config, step: Step) -> list[Array]:
    """Return new - old of the weights that may move, biases among them where they do."""
    start = 0 if config.training.update_biases else 1
    return [(new - old)[:, start:] for new, old in zip(step.new_weights, step.weights, strict=True)]


def _directions(config: Config, step: Step) -> str:
    moves = np.concatenate([move.ravel() for move in _moves(config, step)])
    counts = {
        "grew": int((moves > 0).sum()),
        "shrank": int((moves < 0).sum()),
        "stayed": int((moves == 0).sum()),
    }
    training = config.training
    whole = moves.size
    plain = training.optimizer == "gradient_descent" and not training.options["weight_decay"]
    noun = "weight" if config.training.update_biases else "weight but the biases"
    for word, count in counts.items():
        if count == whole:
            why = {"grew": ": no gradient is positive", "shrank": ": no gradient is negative", "stayed": ""}
            return f"Every {noun} {word}{why[word] if plain else ''}."
    told = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    return f"Of {whole} weights {told}{': each moved against the sign of its gradient' if plain else ''}."


def _extremes(config: Config, ledger: Ledger, step: Step) -> Iterator[str]:
    start = 0 if config.training.update_biases else 1
    found: list[tuple[float, float, str]] = []
    for l, move in enumerate(_moves(config, step), start=1):
        sizes = np.where(move == 0, np.nan, np.abs(move))
        if np.isnan(sizes).all():
            continue
        for pick in (np.nanargmax, np.nanargmin):
            row, column = np.unravel_index(int(pick(sizes)), sizes.shape)
            name = Names().w(l, int(column) + start, int(row) + 1).name
            found.append((float(sizes[row, column]), float(move[row, column]), name))
    if found:
        decimals = ledger.view.decimals
        (_, large, at), (_, small, least) = max(found), min(found)
        yield f"Largest step: {at} by {_signed(large, decimals)}."
        yield f"Smallest step that is not 0: {least} by {_signed(small, decimals)}."


def _signed(value: float, decimals: int) -> str:
    return ("+" if value > 0 else "") + show(value, decimals)


def _gradient_by_layer(ledger: Ledger, step: Step) -> str:
    sizes = [float(np.abs(gradient).mean()) for gradient in step.dL_dw]
    if len(sizes) < 2 or not all(map(math.isfinite, sizes)):
        return ""
    told = ", ".join(
        f"{show(size, ledger.view.decimals)} in layer {l}"
        for l, size in reversed(list(enumerate(sizes, start=1)))
    )
    if all(low < high for low, high in pairwise(sizes)):
        verdict = "it shrinks layer by layer on the way back (the vanishing gradient)"
    elif all(low > high for low, high in pairwise(sizes)):
        verdict = "it grows layer by layer on the way back"
    else:
        verdict = "it neither shrinks nor grows throughout"
    return f"The mean size of the gradient is {told}: {verdict}."


def outcome(config: Config, ledger: Ledger, step: Step, losses: Mapping[str, float]) -> Section:
    """Say whether the step helped, and whether the gradients had foretold as much."""
    before, after = losses["before"], losses["after"]
    decimals = ledger.view.decimals
    slopes = (gradient[:, 0 if config.training.update_biases else 1 :] for gradient in step.dL_dw)
    foretold = -sum(
        float((slope * move).sum()) for slope, move in zip(slopes, _moves(config, step), strict=True)
    )
    notes = []
    if after < before:
        notes.append(
            f"The loss fell from {show(before, decimals)} to {show(after, decimals)}: the step helped."
        )
    elif after > before:
        notes.append(
            f"The loss rose from {show(before, decimals)} to {show(after, decimals)}: "
            "the step went too far; try a smaller learning rate."
        )
    else:
        notes.append(f"The loss stayed at {show(before, decimals)}.")
    if math.isfinite(foretold):
        notes.append(
            f"The gradients predict, to first order, that the loss falls by {show(foretold, decimals)}; "
            f"it falls by {show(before - after, decimals)}."
        )
    if len(step.numbers) == 1 and config.sizes[-1] == 1:
        old, new = float(step.before.a[-1][0, 0]), float(step.after.a[-1][0, 0])
        y = float(step.y[0, 0])
        nearer = "closer to" if abs(new - y) < abs(old - y) else "no closer to"
        notes.append(
            f"The prediction went from {show(old, decimals)} to {show(new, decimals)}, "
            f"{nearer} the target {show(y, decimals)}."
        )
    return Section("Observations", "verification", tuple(Note(note) for note in notes))
