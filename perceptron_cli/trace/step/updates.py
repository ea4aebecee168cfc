"""The weight updates, an assignment a line, and what can be observed of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np

from perceptron_cli.arrays import Array
from perceptron_cli.document import Block, Equation, Equations, Formula, Note, Run, Section
from perceptron_cli.engine.step import Step
from perceptron_cli.expr import STATE_HEADS, Number, Symbol
from perceptron_cli.layers.cells import block_of, parameter, present
from perceptron_cli.notation import show
from perceptron_cli.optimizers import OPTIMIZERS
from perceptron_cli.spec.config import Config, Given
from perceptron_cli.symbols import Names, clipped, gradient
from perceptron_cli.trace.cells import shown
from perceptron_cli.trace.ledger import Ledger
from perceptron_cli.trace.step.wide import Rows, matrix_runs, rows_of


def update_sections(config: Config, ledger: Ledger, step: Step) -> Iterator[Section]:
    """Tell the updates, output layer first, a table for each assignment of the optimizer."""
    for l in range(len(config.layers), 0, -1):
        layer = config.layers[l - 1]
        if not layer.size[0]:
            continue
        name = "output layer" if l == len(config.layers) else f"layer {l}"
        yield Section(
            f"Weight updates, {name}", "updates", tuple(_layer_blocks(config, ledger, step, l)), layer=l
        )


def running_sections(config: Config, ledger: Ledger, step: Step) -> Iterator[Section]:
    """Tell how the running statistics of batch normalization follow the batch's."""
    for l, layer in enumerate(config.layers, start=1):
        if layer.kind != "batch_norm":
            continue
        momentum = layer.settings["momentum"]
        share = Number(float(momentum), momentum.text or None if isinstance(momentum, Given) else None)
        few = layer.inputs // layer.size[0] * len(step.numbers)
        rows = []
        for row in range(ledger.view.shown(layer.size[0])):
            for column, head in ((2, "mu"), (3, "var")):
                old, seen = parameter(layer, l, row, column), Symbol(head, l, (row + 1,))
                unbiased = seen * few / (few - 1) if head == "var" and few > 1 else seen
                body = (1 - share) * old + share * unbiased
                value = float(step.new_weights[l - 1][row, column])
                rows.append((ledger.line(old.after(), body, value),))
        note = Note(
            "For predictions later: the running mean and variance follow those of the batch. "
            "The variance that they keep is that of n - 1.",
            "step",
        )
        omitted = 2 * layer.size[0] - len(rows)
        table = Equations(tuple(rows), ledger.texts, (), omitted, noun="number")
        yield Section(f"Running statistics, layer {l}", "updates", (note, table), layer=l)


def _layer_blocks(config: Config, ledger: Ledger, step: Step, l: int) -> Iterator[Block]:
    layer, training = config.layers[l - 1], config.training
    lines = OPTIMIZERS[training.optimizer].lines
    taken = clipped if step.clipped else gradient
    frozen = not layer.columns()
    everything = [one for one in present(layer) if layer.is_dense or block_of(layer, one).learnt]
    told = shown(layer, ledger.view, everything if frozen else layer.columns())
    learnt = frozenset(layer.columns(biases=training.update_biases))
    moved = [(row, column) for row, column in told if column in learnt]
    still = [(row, column) for row, column in told if column not in learnt]
    if moved:
        w = parameter(layer, l, *moved[0])
        kinds = range(len(lines(w, taken(w), step.t, training.options)))
    columns = [_assigned(config, ledger, step, l, moved, place) for place in (kinds if moved else ())]
    formulas: list[tuple[Formula, ...]] = [()] * len(columns)
    if layer.is_dense:
        w = Names().w(l, "i", "j")
        general = lines(w, taken(w), step.t, training.options)
        formulas = [(Formula(line.symbol, (line.body,)),) for line in general]
    omitted = layer.size[0] * len(everything if frozen else layer.columns()) - len(told)
    for rows, formula in zip(columns, formulas, strict=False):
        yield Equations(rows, ledger.texts, formula, omitted, noun="weight")
    if still:
        kept = []
        for row, column in still:
            w = parameter(layer, l, row, column)
            kept.append((ledger.line(w.after(), w, step.new_weights[l - 1][row, column]),))
        why = "The biases are not updated (update_biases: false)."
        yield Note("The layer is frozen (frozen: true): it stays as it is." if frozen else why, "step")
        yield Equations(tuple(kept), ledger.texts, (), omitted if frozen else 0, noun="weight")


def _assigned(
    config: Config, ledger: Ledger, step: Step, l: int, moved: Sequence[tuple[int, int]], place: int
) -> Rows:
    """Return one assignment of the optimizer's, for each weight that moves."""
    layer, training = config.layers[l - 1], config.training
    lines = OPTIMIZERS[training.optimizer].lines
    taken = clipped if step.clipped else gradient
    first = parameter(layer, l, *moved[0])
    after = _array_after(config, step, lines(first, taken(first), step.t, training.options)[place].symbol, l)

    def make(n: int) -> tuple[Equation, ...]:
        row, column = moved[n]
        w = parameter(layer, l, row, column)
        line = lines(w, taken(w), step.t, training.options)[place]
        return (ledger.line(line.symbol, line.body, after[row, column], line.stages),)

    def array_of(symbol: Symbol) -> Array:
        if symbol.head == "dL/dw":
            return step.dL_dw[l - 1]
        if symbol.head == "g":
            return step.clipped[l - 1]
        if symbol.head == "w" and not symbol.prime:
            return step.weights[l - 1]
        if symbol.head in step.state and not symbol.prime:
            return step.state[symbol.head][l - 1]
        return _array_after(config, step, symbol, l)

    def runs() -> Iterator[Run]:
        return matrix_runs(ledger, make(0)[0], array_of, layer.columns(biases=training.update_biases))

    terms = 3 * len(moved) if layer.is_dense else 0
    return rows_of(ledger, make, len(moved), terms, runs, [step.new_weights[l - 1]])


def _array_after(config: Config, step: Step, symbol: Symbol, l: int) -> Array:
    """Return the engine's values of what an assignment sets, of a whole layer."""
    if symbol.head not in STATE_HEADS:
        return step.new_weights[l - 1]
    if symbol.head in step.new_state:
        return step.new_state[symbol.head][l - 1]
    # m_hat and v_hat are not kept: the engine divides m and v on the way to the step.
    head, option = {"m_hat": ("m", "beta1"), "v_hat": ("v", "beta2")}[symbol.head]
    found: Array = step.new_state[head][l - 1] / (1 - config.training.options[option] ** step.t)
    return found


# observations ---------------------------------------------------------------------------------


def update_observations(config: Config, ledger: Ledger, step: Step) -> Section:
    """Say which weights grew, the largest and smallest step, and how the gradient shrinks."""
    notes = [_directions(config, step), *_extremes(config, ledger, step), _gradient_by_layer(ledger, step)]
    return Section("Observations", "updates", tuple(Note(note) for note in notes if note))


def _moves(config: Config, step: Step) -> list[Array]:
    """Return new - old of the weights that may move, biases among them where they do."""
    biases = config.training.update_biases
    pairs = zip(config.layers, step.new_weights, step.weights, strict=True)
    return [(new - old)[:, layer.columns(biases=biases)] for layer, new, old in pairs]


def _directions(config: Config, step: Step) -> str:
    moves = np.concatenate([move.ravel() for move in _moves(config, step)])
    if not moves.size:
        return "Nothing is learnt here: no layer has a parameter that moves."
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
    found: list[tuple[float, float, str]] = []
    for l, move in enumerate(_moves(config, step), start=1):
        sizes = np.where(move == 0, np.nan, np.abs(move))
        if np.isnan(sizes).all():
            continue
        layer = config.layers[l - 1]
        columns = layer.columns(biases=config.training.update_biases)
        for pick in (np.nanargmax, np.nanargmin):
            row, column = np.unravel_index(int(pick(sizes)), sizes.shape)
            name = parameter(layer, l, int(row), columns[int(column)]).name
            found.append((float(sizes[row, column]), float(move[row, column]), name))
    if found:
        decimals = ledger.view.decimals
        (_, large, at), (_, small, least) = max(found), min(found)
        yield f"Largest step: {at} by {_signed(large, decimals)}."
        yield f"Smallest step that is not 0: {least} by {_signed(small, decimals)}."


def _signed(value: float, decimals: int) -> str:
    return ("+" if value > 0 else "") + show(value, decimals)


def _gradient_by_layer(ledger: Ledger, step: Step) -> str:
    means = {l: float(np.abs(one).mean()) for l, one in enumerate(step.dL_dw, start=1) if one.size}
    sizes = list(means.values())
    if len(sizes) < 2 or not all(map(math.isfinite, sizes)):
        return ""
    told = ", ".join(
        f"{show(size, ledger.view.decimals)} in layer {l}" for l, size in reversed(list(means.items()))
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
    biases = config.training.update_biases
    slopes = (
        one[:, layer.columns(biases=biases)] for layer, one in zip(config.layers, step.dL_dw, strict=True)
    )
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
