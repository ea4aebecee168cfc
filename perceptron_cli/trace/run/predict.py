"""The documents of `predict` and `evaluate`: what a network makes of new rows, and how right it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from perceptron_cli.arrays import Array
from perceptron_cli.document import Document, Section, Table
from perceptron_cli.engine.scoring import predicted_classes, predictions, scores
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.header import document, title_of
from perceptron_cli.trace.run.scores import measure, score_data, score_section
from perceptron_cli.trace.view import UNDEFINED, View


def predict(config: Config, view: View | None = None, *, exact: bool = False) -> Document:
    """Tell the outputs for every sample, and the class that they mean; `exact` tells all, in full."""
    view = view or View()
    prediction = predictions(config)
    classes = _classes(config, prediction)
    columns = _columns(config)
    count = len(prediction) if exact else view.shown(len(prediction))
    rows = []
    for place, values in enumerate(prediction[:count].tolist()):
        told = [repr(value) if exact else measure(value, view) for value in values]
        named = [] if classes is None else [classes[place] or ("" if exact else UNDEFINED)]
        rows.append((*named, *told))
    if not exact:
        rows = [(str(number), *row) for number, row in enumerate(rows, start=1)]
        columns = ("row", *columns)
    right = frozenset(range(len(columns) - prediction.shape[1], len(columns)))
    table = Table("", columns, tuple(rows), right, len(prediction) - count, "row")
    data: dict[str, Any] = {"prediction": prediction}
    if classes is not None:
        data["predicted_class"] = classes
    return replace(
        document("predict", config, view, (), trained=False),
        title=f"{title_of(config)}, predictions",
        sections=(Section("Predictions", "result", (table,)),),
        parts_key="",
        data=data,
    )


def _classes(config: Config, prediction: Array) -> list[str | None] | None:
    """Return each row's class, None for a row that has an output which is no number."""
    names = config.data.classes if config.data is not None else ()
    if not names:
        return None
    unknown = np.asarray(np.isnan(prediction).any(axis=1)).tolist()
    places = predicted_classes(prediction).tolist()
    return [None if is_nan else names[place] for place, is_nan in zip(places, unknown, strict=True)]


def _columns(config: Config) -> tuple[str, ...]:
    """Return what the columns are called: the class's, and a class or a target for each output."""
    outputs = config.sizes[-1]
    data = config.data
    if data is None or not data.classes:
        named = data.y if data is not None and len(data.y) == outputs else ()
        return named or tuple(f"y_{k}" for k in range(1, outputs + 1))
    target = data.y[0] if data.y else "class"
    probabilities = data.classes if outputs > 1 else (data.classes[1],)
    return (target, *(f"output {name}" for name in probabilities))


def evaluate(config: Config, view: View | None = None) -> Document:
    """Tell how right a network is on its samples, and on those that were held out."""
    view = view or View()
    held_out = config.data.held_out if config.data is not None else ()
    parts = {"training" if len(held_out) else "all": scores(config)}
    if len(held_out):
        parts["held out"] = scores(config, samples=held_out)
    return replace(
        document("evaluate", config, view, (), trained=False),
        title=f"{title_of(config)}, evaluated",
        sections=(score_section(config, parts, view),),
        parts_key="",
        data={"scores": score_data(config, parts)},
    )
