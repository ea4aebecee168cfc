"""How well a network does: the measures of each part of the data, and which classes it confuses."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from perceptron_cli.document import Section, Table
from perceptron_cli.engine.scoring import Scores
from perceptron_cli.notation import show
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.view import UNDEFINED, View

MOST_CLASSES = 12  # whose confusion is shown whole: ten digits, say


def score_section(config: Config, parts: Mapping[str, Scores], view: View) -> Section:
    """Tell the scores of each part by its name; the confusion table is that of the last."""
    rows = [("samples", *(str(len(one.prediction)) for one in parts.values()))]
    rows.append(("loss", *(measure(one.loss, view) for one in parts.values())))
    for name, told in (("accuracy", _accuracy), ("mean absolute error", _error)):
        cells = [told(one, view) for one in parts.values()]
        if any(cells):
            rows.append((name, *cells))
    right = frozenset(range(1, 1 + len(parts)))
    blocks = [Table("", ("measure", *parts), tuple(rows), right)]
    name, last = list(parts.items())[-1]
    if last.confusion is not None:
        blocks.append(_confusion(config, name, last, view))
    return Section("Scores", "result", tuple(blocks))


def measure(value: float, view: View) -> str:
    """Return a measure as it is shown; on new rows a number may leave the finite range."""
    return show(value, view.decimals) if math.isfinite(value) else UNDEFINED


def percent(share: float, view: View) -> str:
    """Return a share as it is shown."""
    return f"{100 * share:.2f}%"


def _accuracy(scores: Scores, view: View) -> str:
    if scores.accuracy is None or scores.confusion is None:
        return ""
    right = int(scores.confusion.trace())
    return f"{right} of {len(scores.prediction)}, {percent(scores.accuracy, view)}"


def _error(scores: Scores, view: View) -> str:
    return "" if scores.mean_absolute_error is None else measure(scores.mean_absolute_error, view)


def _confusion(config: Config, name: str, scores: Scores, view: View) -> Table:
    """Show a row per class, and in the columns what its samples were taken for."""
    classes = class_names(config)
    shown = range(len(classes) if len(classes) <= MOST_CLASSES else view.shown(len(classes)))
    cells = [] if scores.confusion is None else scores.confusion.tolist()
    rows = tuple((classes[k], *(str(cells[k][p]) for p in shown)) for k in shown)
    columns = ("class", *(f"as {classes[p]}" for p in shown))
    title = f"Confusion, {name}"
    right = frozenset(range(1, len(columns)))
    return Table(title, columns, rows, right, len(classes) - len(shown), "class")


def class_names(config: Config) -> tuple[str, ...]:
    """Return what the classes are called: by the data set, or by their numbers."""
    if config.data is not None and config.data.classes:
        return config.data.classes
    return tuple(str(k) for k in range(max(config.sizes[-1], 2)))


def score_data(config: Config, parts: Mapping[str, Scores]) -> dict[str, Any]:
    """Return the scores for JSON, by part."""
    return {name.replace(" ", "_"): _data(config, one) for name, one in parts.items()}


def _data(config: Config, scores: Scores) -> dict[str, Any]:
    data: dict[str, Any] = {"samples": len(scores.prediction), "loss": scores.loss}
    if scores.confusion is not None:
        data |= {"accuracy": scores.accuracy, "classes": list(class_names(config))}
        return {**data, "confusion": scores.confusion}
    return {**data, "mean_absolute_error": scores.mean_absolute_error}
