"""The document of `train`: the epochs, the final weights, the predictions, some epochs in full."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from perceptron_cli import engine
from perceptron_cli.arrays import Array
from perceptron_cli.document import Document, Section, Table
from perceptron_cli.layers.cells import parameter, present
from perceptron_cli.notation import show
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.cells import shown
from perceptron_cli.trace.header import document, loss_outcome, title_of
from perceptron_cli.trace.run.epochs import best_data, epochs_section, waits_for_best
from perceptron_cli.trace.run.plots import pictures
from perceptron_cli.trace.run.scores import score_data, score_section
from perceptron_cli.trace.step.document import told as told_step
from perceptron_cli.trace.step.drawing import trained_section
from perceptron_cli.trace.view import View
from perceptron_cli.words import counted


def train(
    config: Config,
    view: View | None = None,
    *,
    narrate: Collection[int] = (),
    on_epoch: engine.OnEpoch | None = None,
    stop: engine.Stop | None = None,
    keeping: engine.Keeping | None = None,
    resume: engine.Progress | None = None,
    network: bool = False,
) -> Document:
    """Train, and tell the epochs, the final weights, the predictions, and some epochs in full.

    A run that `stop` ends is told as far as it came; `keeping` and `resume` as in `engine.train`.
    With `network` that is drawn, before and after.
    Raises NumberError where a number leaves the finite range.
    """
    view = view or View()
    run = engine.train(config, narrate=narrate, on_epoch=on_epoch, stop=stop, keeping=keeping, resume=resume)
    parts = []
    for epoch, records in sorted(run.narrated.items()):
        for record in records:
            part, _ = told_step(config, record, view)
            parts.append(replace(part, title=f"Epoch {epoch}, {part.title.lower()}", about={"epoch": epoch}))
    parts_scored = _scored(run)
    sections: tuple[Section, ...] = (
        epochs_section(run, view),
        *([score_section(config, parts_scored, view)] if parts_scored else []),
        Section(_whose(run), "result", _final_weights(run, view)),
        Section("Predictions", "result", (_predictions(run, view),)),
    )
    drawn = tuple(pictures(run))
    if drawn:
        sections += (Section("Curves", "result", drawn),)
    if network:
        sections = (*sections, trained_section(config, view, run.first_weights, run.weights))
    layers = [
        {"layer": l, "activation": layer.activation, "weights": weights}
        for l, (layer, weights) in enumerate(zip(config.layers, run.weights, strict=True), start=1)
    ]
    data: dict[str, Any] = {
        "history": _history(run),
        "history_stride": run.history.stride,
        "ended": {"reason": run.ended, "epoch": run.epochs, "update": run.updates},
        **({"best": best_data(run)} if waits_for_best(run) else {}),
        "layers": layers,
        "prediction": run.prediction,
        "loss": run.loss,
        **({"scores": score_data(config, parts_scored)} if parts_scored else {}),
    }
    return replace(
        document("train", config, view, tuple(parts), trained=True),
        title=f"{title_of(config)}, {counted(run.epochs, 'epoch')}",
        sections=sections,
        parts_key="narrated",
        data=data,
        outcome=loss_outcome(
            (run.first_loss, show(run.first_loss, view.decimals)),
            (run.loss, show(run.loss, view.decimals)),
            counted(run.epochs, "epoch"),
        ),
    )


def _history(run: engine.Run) -> dict[str, Any]:
    return {"epoch": run.history.epochs, "loss": run.history.losses, **run.history.measures}


def _scored(run: engine.Run) -> dict[str, engine.Scores]:
    """Return the scores on a data set, on what was held out of it apart."""
    if run.config.data is None:
        return {}
    parts = {"training": engine.scores(run.config, run.weights)}
    held_out = run.config.data.held_out
    return parts | ({"held out": engine.scores(run.config, run.weights, held_out)} if len(held_out) else {})


def _whose(run: engine.Run) -> str:
    return f"Weights of epoch {run.best_epoch}" if run.kept else "Final weights"


def _final_weights(run: engine.Run, view: View) -> tuple[Table, ...]:
    tables = []
    for l, (old, new) in enumerate(zip(run.first_weights, run.weights, strict=True), start=1):
        layer = run.config.layers[l - 1]
        if not new.size:
            continue
        rows = tuple(
            (
                parameter(layer, l, row, column).name,
                show(old[row, column], view.decimals),
                show(new[row, column], view.decimals),
                show(new[row, column] - old[row, column], view.decimals),
            )
            for row, column in shown(layer, view, present(layer))
        )
        columns = ("weight", "before", "after", "change")
        tables.append(
            Table(f"Layer {l}", columns, rows, frozenset({1, 2, 3}), new.size - len(rows), "weight")
        )
    return tuple(tables)


def _predictions(run: engine.Run, view: View) -> Table:
    samples = run.config.samples
    inputs, outputs = view.shown(run.config.inputs), view.shown(run.config.sizes[-1])
    classes = run.config.data.classes if run.config.data is not None else ()
    rows: list[tuple[str, ...]] = []
    for sample, before, after in zip(samples, run.first_prediction, run.prediction, strict=True):
        if len(rows) == view.shown(len(samples)):
            break
        x = ", ".join(one.text or show(one, view.decimals) for one in sample.x[:inputs])
        y = ", ".join(one.text for one in (sample.y or ())[:outputs])
        if sample.label is not None and classes:
            y = classes[sample.label]
        told = (_told(values[:outputs], view) for values in (before, after))
        rows.append((str(len(rows) + 1), x, y, *told))
    columns = ("sample", "x", "y", "before", "after")
    return Table("", columns, tuple(rows), frozenset({0}), len(samples) - len(rows), "sample")


def _told(values: Array, view: View) -> str:
    return ", ".join(show(float(value), view.decimals) for value in values)
