"""The documents of `forward`, `backprop` and `train`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from perceptron_cli import engine
from perceptron_cli.arrays import Array
from perceptron_cli.document import Document, Figure, Part, Section, Table
from perceptron_cli.engine.network import Network
from perceptron_cli.losses import LOSSES
from perceptron_cli.notation import show
from perceptron_cli.optimizers import OPTIMIZERS
from perceptron_cli.spec.records import Config
from perceptron_cli.trace.ledger import Ledger, View
from perceptron_cli.trace.names import Names
from perceptron_cli.trace.shorten import shortened
from perceptron_cli.trace.step import forward_part, step_part

if TYPE_CHECKING:
    from decimal import Decimal


def forward(config: Config, view: View | None = None) -> Document:
    """Tell the forward pass over a config's samples.

    Raises NumberError where a number leaves the finite range.
    """
    view = view or View()
    passed = engine.forward(config)
    part = forward_part(config, Ledger(_whole(view)), passed, Network(config).weights)
    part = _fitted(part, config, view)
    return _document("forward", config, view, (part,), trained=False)


def backprop(
    config: Config, view: View | None = None, *, steps: int = 1, only: str | None = None
) -> Document:
    """Tell training steps in full: update 1 to `steps` of what `train` would do.

    `only` keeps the sections of one phase, and what is given.
    Raises NumberError where a number leaves the finite range.
    """
    view = view or View()
    parts = []
    trainer = engine.Trainer(config)
    carried: Mapping[str, Decimal] = {}
    with np.errstate(all="ignore"):
        for record in _records(trainer, steps):
            ledger = Ledger(_whole(view), carried)
            part = _fitted(step_part(config, ledger, record), config, view)
            parts.append(_only(part, only))
            carried = ledger.carried()
    return _document("backprop", config, view, tuple(parts), trained=True)


def _records(trainer: engine.Trainer, steps: int):  # type: ignore[no-untyped-def]
    """Yield the first `steps` updates of a training run."""
    epoch = 0
    while trainer.t < steps:
        epoch += 1
        for batch in trainer.batches(epoch):
            yield trainer.record(batch)
            if trainer.t == steps:
                return


def _whole(view: View) -> View:
    """Return a view that leaves nothing out where hand arithmetic needs every number."""
    return view if view.arithmetic == "float" else replace(view, limit=None)


def _fitted(part: Part, config: Config, view: View) -> Part:
    return part if view.arithmetic == "float" or view.limit is None else shortened(part, config, view)


def _only(part: Part, phase: str | None) -> Part:
    if phase is None:
        return part
    kept = tuple(section for section in part.sections if section.phase in (phase, "given"))
    return replace(part, sections=kept)


def train(
    config: Config,
    view: View | None = None,
    *,
    narrate: Collection[int] = (),
    on_epoch: Callable[[int, float], object] | None = None,
) -> Document:
    """Train, and tell the epochs, the final weights, the predictions, and some epochs in full.

    Raises NumberError where the loss leaves the finite range.
    """
    view = view or View()
    run = engine.train(config, narrate=narrate, on_epoch=on_epoch)
    parts = []
    for epoch, records in sorted(run.narrated.items()):
        for record in records:
            part = _fitted(step_part(config, Ledger(_whole(view)), record), config, view)
            parts.append(replace(part, title=f"Epoch {epoch}, {part.title.lower()}", about={"epoch": epoch}))
    sections = (
        _epochs(run, view),
        Section("Final weights", "result", _final_weights(run, view)),
        Section("Predictions", "result", (_predictions(run, view),)),
    )
    layers = [
        {"layer": l, "activation": layer.activation, "weights": weights}
        for l, (layer, weights) in enumerate(zip(config.layers, run.weights, strict=True), start=1)
    ]
    data: dict[str, Any] = {
        "history": {"epoch": run.history.epochs, "loss": run.history.losses},
        "history_stride": run.history.stride,
        "layers": layers,
        "prediction": run.prediction,
        "loss": run.loss,
    }
    return replace(
        _document("train", config, view, tuple(parts), trained=True),
        title=f"{_title(config)}, {config.training.epochs} epochs",
        sections=sections,
        parts_key="narrated",
        data=data,
    )


MOST_ROWS = 12  # of the table of epochs


def _epochs(run: engine.Run, view: View) -> Section:
    """Show the loss falling, as a line and as a table that is thinned to what fits."""
    epochs, losses = run.history.epochs, run.history.losses
    picked = sorted({round(place) for place in np.linspace(0, len(epochs) - 1, min(MOST_ROWS, len(epochs)))})
    rows = []
    for place, before in zip(picked, [None, *picked[:-1]], strict=True):
        change = "" if before is None else show(losses[place] - losses[before], view.decimals)
        rows.append((str(epochs[place]), show(losses[place], view.decimals), change))
    table = Table("Epochs", ("epoch", "loss", "change"), tuple(rows), right=frozenset({0, 1, 2}))
    label = f"{show(run.first_loss, view.decimals)} -> {show(run.loss, view.decimals)}"
    thinned = losses[:: max(1, len(losses) // 400)]
    figure = Figure("Loss", "sparkline", (*thinned, losses[-1]), label)
    return Section("Training", "result", (figure, table))


def _final_weights(run: engine.Run, view: View) -> tuple[Table, ...]:
    tables = []
    for l, (old, new) in enumerate(zip(run.first_weights, run.weights, strict=True), start=1):
        neurons, inputs = view.shown(len(new)), view.shown(new.shape[1] - 1)
        rows = tuple(
            (
                Names().w(l, i, j).name,
                show(old[j - 1, i], view.decimals),
                show(new[j - 1, i], view.decimals),
                show(new[j - 1, i] - old[j - 1, i], view.decimals),
            )
            for j in range(1, neurons + 1)
            for i in range(inputs + 1)
        )
        columns = ("weight", "before", "after", "change")
        tables.append(
            Table(f"Layer {l}", columns, rows, frozenset({1, 2, 3}), new.size - len(rows), "weights")
        )
    return tuple(tables)


def _predictions(run: engine.Run, view: View) -> Table:
    samples = run.config.samples
    inputs, outputs = view.shown(run.config.inputs), view.shown(run.config.sizes[-1])
    rows: list[tuple[str, ...]] = []
    for sample, before, after in zip(samples, run.first_prediction, run.prediction, strict=True):
        if len(rows) == view.shown(len(samples)):
            break
        x = ", ".join(one.text for one in sample.x[:inputs])
        y = ", ".join(one.text for one in (sample.y or ())[:outputs])
        told = (_told(values[:outputs], view) for values in (before, after))
        rows.append((str(len(rows) + 1), x, y, *told))
    columns = ("sample", "x", "y", "before", "after")
    return Table("", columns, tuple(rows), frozenset({0}), len(samples) - len(rows), "samples")


def _told(values: Array, view: View) -> str:
    return ", ".join(show(float(value), view.decimals) for value in values)


# what every document begins with --------------------------------------------------------------


def _title(config: Config) -> str:
    sizes = "-".join(map(str, config.sizes))
    return f"{config.name}: a {sizes} network"


def _document(
    command: str, config: Config, view: View, parts: tuple[Part, ...], *, trained: bool
) -> Document:
    about: dict[str, Any] = {
        "network": {
            "name": config.name,
            "sizes": list(config.sizes),
            "activations": [layer.activation for layer in config.layers],
            "loss": config.loss,
        }
    }
    if trained:
        about["learning_rate"] = float(config.training.learning_rate)
    return Document(
        command,
        _title(config),
        about,
        tuple(_conventions(config, view, trained)),
        parts=parts,
        outputs=(len(config.layers), config.sizes[-1]),
    )


def _conventions(config: Config, view: View, trained: bool) -> list[str]:
    """Say what is in force: activations, loss with its factor, rate, reduction, biases, arithmetic."""
    training = config.training
    told = [f"Activations: {', '.join(layer.activation for layer in config.layers)}."]
    if config.loss is not None:
        natural = " Natural logarithms." if "entropy" in config.loss else ""
        told.append(f"Loss: {config.loss}, {LOSSES[config.loss].summary}.{natural}")
    if trained:
        biases = "biases are updated" if training.update_biases else "biases are not updated"
        told.append(
            f"Learning rate {training.learning_rate.text}, {training.optimizer}: "
            f"{OPTIMIZERS[training.optimizer].summary}; {biases}."
        )
    if len(config.samples) > 1:
        size = training.batch_size or len(config.samples)
        batch = f", {size} in a batch" if trained and size < len(config.samples) else ""
        told.append(
            f"{len(config.samples)} samples{batch}; losses and gradients are reduced by their "
            f"{training.reduction}."
        )
    told.append(_arithmetic(view))
    return told


def _arithmetic(view: View) -> str:
    places = f"{view.decimals} decimals"
    rounding = f"every result rounded to what is shown, ties {view.rounding}, and carried on"
    return {
        "float": f"Numbers are float64, rounded only to be shown, to {places}.",
        "hand": f"Arithmetic by hand, to {places}: {rounding}.",
        "both": f"Unrounded beside arithmetic by hand, to {places}: {rounding}.",
    }[view.arithmetic]
