"""The epochs of a run as a curve and a table of the losses, what else was measured, and why it ended."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from perceptron_cli import engine
from perceptron_cli.document import Block, Figure, Note, Section, Table
from perceptron_cli.notation import show
from perceptron_cli.trace.run.scores import measure, percent
from perceptron_cli.trace.view import View
from perceptron_cli.words import counted

MOST_ROWS = 12  # of the table of epochs
MOST_POINTS = 400  # of a curve

# What is measured beside the loss: the column that it is told in, and how.
MEASURES: dict[str, tuple[str, Callable[[float, View], str]]] = {
    "accuracy": ("accuracy", percent),
    "validation_loss": ("held-out loss", measure),
    "validation_accuracy": ("held-out accuracy", percent),
}


def epochs_section(run: engine.Run, view: View) -> Section:
    """Show the loss falling, as a line and as a table that is thinned to what fits, and why it ended."""
    epochs, losses = [str(epoch) for epoch in run.history.epochs], list(run.history.losses)
    measures = {name: list(values) for name, values in run.history.measures.items()}
    part = run.updates % run.updates_per_epoch
    if part or run.history.epochs[-1] != run.epochs:  # a thinned history may end before the run does
        epochs.append("now" if part else str(run.epochs))
        losses.append(run.last["loss"])
        for name, values in measures.items():
            values.append(run.last[name])
    held_out = measures.get("validation_loss", [])
    blocks: list[Block] = [_curve("Loss", losses, view)]
    if held_out and all(map(math.isfinite, held_out)):
        blocks.append(_curve("Held out", held_out, view))
    best = str(run.best_epoch) if waits_for_best(run) else ""
    blocks.append(_table(epochs, losses, measures, best, view))
    told = (_whose(run, view), _end(run, view), _kept(run, view), _worse(run))
    notes = (Note(text) for text in told if text)
    return Section("Training", "result", (*blocks, *notes))


def waits_for_best(run: engine.Run) -> bool:
    """Whether the best epoch matters to how a run ends, or to what it leaves."""
    return run.config.training.keep_best or run.config.training.patience is not None


def best_data(run: engine.Run) -> dict[str, Any]:
    """Return the best epoch for JSON."""
    of = "validation_loss" if "validation_loss" in run.last else "loss"
    return {"epoch": run.best_epoch, "loss": run.best_loss, "of": of, "kept": run.kept}


def _curve(title: str, losses: Sequence[float], view: View) -> Figure:
    label = f"{show(losses[0], view.decimals)} -> {show(losses[-1], view.decimals)}"
    return Figure(title, "sparkline", (*losses[:: max(1, len(losses) // MOST_POINTS)], losses[-1]), label)


def _table(
    epochs: Sequence[str], losses: Sequence[float], measures: dict[str, list[float]], best: str, view: View
) -> Table:
    """Show as many epochs as fit, and the best one where it is waited for."""
    places = np.linspace(0, len(epochs) - 1, min(MOST_ROWS, len(epochs)))
    chosen = {round(place) for place in places} | ({epochs.index(best)} if best in epochs else set())
    picked = sorted(chosen)
    shown = [losses[place] for place in picked]
    changes = (show(after - before, view.decimals) for before, after in pairwise(shown))
    columns = {
        "epoch": [epochs[place] for place in picked],
        "loss": [show(loss, view.decimals) for loss in shown],
        "change": ["", *changes],
    }
    for name, (title, told) in MEASURES.items():
        if name in measures:
            columns[title] = [told(measures[name][place], view) for place in picked]
    rows = tuple(zip(*columns.values(), strict=True))
    return Table("Epochs", tuple(columns), rows, right=frozenset(range(len(columns))))


def _whose(run: engine.Run, view: View) -> str:
    """Say what an epoch's loss is of where it is not the whole set's."""
    if run.config.training.epoch_loss == "after":
        return ""
    return (
        "From epoch 1 on, an epoch's loss is that of its batches, each with the weights that it found, as "
        "Keras and scikit-learn tell it. "
        f"The whole set's with the weights that are left is {show(run.loss, view.decimals)}."
    )


def _end(run: engine.Run, view: View) -> str:
    """Say why a run ended before its last epoch; nothing where it did not."""
    training, loss = run.config.training, show(run.last["loss"], view.decimals)
    if run.ended == "until_loss" and training.until_loss is not None:
        return f"Ended after epoch {run.epochs}: the loss, {loss}, is at most {training.until_loss.text}."
    if run.ended == "patience":
        best = f"{measure(run.best_loss, view)} after epoch {run.best_epoch}"
        smaller = f"smaller {_watched(run)} than {best}"
        brought = smaller if math.isfinite(run.best_loss) else f"finite {_watched(run)}"
        waited = counted(training.patience or 0, "epoch")
        return f"Ended after epoch {run.epochs}: {waited} brought no {brought}."
    if run.ended == "stopped":
        part = f", in epoch {run.epochs + 1}," if run.updates % run.updates_per_epoch else ""
        stopped = f"Stopped after update {run.updates}{part} of {training.epochs * run.updates_per_epoch}"
        return f"{stopped}." if training.keep_best else f"{stopped}: the weights are those that it left."
    return ""


def _kept(run: engine.Run, view: View) -> str:
    """Say whose weights a run leaves; nothing where they are the last ones."""
    if not run.config.training.keep_best:
        return ""
    if not run.kept:
        return f"No epoch ended with a finite {_watched(run)}: the weights are the last ones."
    best = f"whose {_watched(run)} is the least, {measure(run.best_loss, view)}"
    return f"The weights are those of epoch {run.best_epoch}, {best}."


def _worse(run: engine.Run) -> str:
    """Say what to try where training made the loss larger; nothing where it did not."""
    if run.last["loss"] <= run.first_loss:
        return ""
    return f"The loss is larger than before training: {engine.advice(run.config)}."


def _watched(run: engine.Run) -> str:
    return "held-out loss" if "validation_loss" in run.last else "loss"
