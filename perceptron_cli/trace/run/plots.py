"""The pictures of a run: its losses, its accuracy, and for two inputs where the decision changes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from perceptron_cli import engine
from perceptron_cli.arrays import Array
from perceptron_cli.document import Plot, Series
from perceptron_cli.spec.config import Config

Point = tuple[float, float]

MOST_POINTS = 400  # of a curve, and of the samples in the plane
CELLS = 60  # of the plane, each way
MARKS = ("ring", "dot", "cross")  # a class each


def pictures(run: engine.Run) -> Iterator[Plot]:
    """Yield the curves of two epochs or more, and the plane of the decisions, where it is one."""
    if len(run.history.epochs) > 1 and run.history.epochs[-1] > 0:
        yield _losses(run.history)
        if "accuracy" in run.history.measures:
            yield _accuracies(run.history)
    if run.config.inputs == 2 and _decides(run.config):
        yield _plane(run)


def _losses(history: engine.History) -> Plot:
    held_out = history.measures.get("validation_loss", [])
    curves = {"loss after each epoch": history.losses, "loss on what is held out": held_out}
    series = _series(history, curves)
    values = [y for one in series for _, y in one.points]
    low, high = min(0.0, *values), max(values)
    return _plot("The loss", history, series, (low, high if high > low else low + 1.0), "L")


def _accuracies(history: engine.History) -> Plot:
    held_out = history.measures.get("validation_accuracy", [])
    curves = {"accuracy after each epoch": history.measures["accuracy"], "on what is held out": held_out}
    return _plot("The accuracy", history, _series(history, curves), (0.0, 1.0), "accuracy")


def _series(history: engine.History, curves: Mapping[str, Sequence[float]]) -> tuple[Series, ...]:
    """Return a line for each curve that there is, through at most so many points."""
    places = sorted({round(one) for one in np.linspace(0, len(history.epochs) - 1, MOST_POINTS)})
    return tuple(
        Series(name, "line", tuple((float(history.epochs[place]), values[place]) for place in places))
        for name, values in curves.items()
        if values and all(map(math.isfinite, values))
    )


def _plot(title: str, history: engine.History, series: tuple[Series, ...], ends: Point, label: str) -> Plot:
    return Plot(title, series, (0.0, float(history.epochs[-1])), ends, ("epoch", label))


# the plane of two inputs ----------------------------------------------------------------------


def _decides(config: Config) -> bool:
    """Whether the output says one of two or three classes."""
    output, count = config.layers[-1].activation, config.sizes[-1]
    return (output == "sigmoid" and count == 1) or (output.startswith("softmax") and 2 <= count <= len(MARKS))


def _plane(run: engine.Run) -> Plot:
    config = run.config
    every = -(-len(config.samples) // MOST_POINTS)
    shown = config.samples[::every]
    points = [(float(one.x[0]), float(one.x[1])) for one in shown]
    x, y = _span([point[0] for point in points]), _span([point[1] for point in points])
    classes = [_class_of(one.y or ()) for one in shown]
    called = config.data.classes if config.data else ()
    names = range(2 if config.sizes[-1] == 1 else config.sizes[-1])
    series = [
        Series(
            called[k] if k < len(called) else f"class {k}",
            MARKS[k],
            tuple(p for p, one in zip(points, classes, strict=True) if one == k),
        )
        for k in names
    ]
    for when, weights in (("after", run.weights), ("before", run.first_weights)):
        name = f"where the decision changes, {when} training"
        series.append(Series(name, "pieces", tuple(_boundary(config, weights, x, y))))
    return Plot("The decision", tuple(series), x, y, _axes(config))


def _axes(config: Config) -> tuple[str, str]:
    """Return the names of the two inputs."""
    first, second = config.data.x if config.data and len(config.data.x) == 2 else ("x_1", "x_2")
    return first, second


def _class_of(y: Sequence[float]) -> int:
    return int(y[0] >= 0.5) if len(y) == 1 else int(np.argmax(y))


def _span(values: Sequence[float]) -> Point:
    low, high = min(values), max(values)
    room = 0.15 * (high - low) or 1.0
    return low - room, high + room


def _boundary(config: Config, weights: Sequence[Array], x: Point, y: Point) -> Iterator[Point]:
    """Yield the ends of short pieces, two by two, on which the likeliest class changes."""
    across, up = np.linspace(*x, CELLS + 1), np.linspace(*y, CELLS + 1)
    grid = np.stack(np.meshgrid(across, up), axis=-1)
    outputs = engine.outputs(config, weights, grid.reshape(-1, 2)).reshape(CELLS + 1, CELLS + 1, -1)
    for lead in _leads(outputs):
        above = lead > 0
        mixed = np.zeros((CELLS, CELLS), dtype=np.int64)
        for corner in (above[:-1, :-1], above[1:, :-1], above[:-1, 1:], above[1:, 1:]):
            mixed += corner
        for row, column in np.argwhere((mixed > 0) & (mixed < 4)):
            corners = [(row, column), (row, column + 1), (row + 1, column + 1), (row + 1, column)]
            nodes = [(float(across[c]), float(up[r]), float(lead[r, c])) for r, c in corners]
            for triangle in (nodes[:3], [nodes[0], *nodes[2:]]):
                yield from _crossing(triangle)


def _leads(outputs: Array) -> Iterator[Array]:
    """Yield by how much each class is ahead of the others; of two, one says it all."""
    count = outputs.shape[-1]
    if count == 1:
        yield outputs[..., 0] - 0.5
        return
    for k in range(count if count > 2 else 1):
        yield outputs[..., k] - np.delete(outputs, k, axis=-1).max(axis=-1)


def _crossing(triangle: Sequence[tuple[float, float, float]]) -> Iterator[Point]:
    """Yield where 0 crosses two sides of a triangle, between whose corners values are linear."""
    for one, other in zip(triangle, [*triangle[1:], triangle[0]], strict=True):
        # from the same end in both triangles of a side, so that the points are the same to the bit
        (x0, y0, v0), (x1, y1, v1) = sorted((one, other))
        if (v0 > 0) != (v1 > 0):
            share = v0 / (v0 - v1)
            yield x0 + share * (x1 - x0), y0 + share * (y1 - y0)
