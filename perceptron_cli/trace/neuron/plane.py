"""The points of two inputs in their plane, with the line that the weights draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from perceptron_cli.document import Plot, Series
from perceptron_cli.neuron import Contradiction, Learnt, Neuron, Row
from perceptron_cli.neuron.neuron import Number

Point = tuple[float, float]


def plane_after(neuron: Neuron, row: Row, number: int) -> Plot:
    """Return the plot after an update: the line before it too where it moved, and the sample's point."""
    start = plane(neuron, row.new_weights, row.new_theta, f"net input = theta, after update {number}")
    more = [Series("the sample", "cross", ((float(row.x[0]), float(row.x[1])),))]
    if row.moved:
        before = _line(row.weights, row.theta, start.x, start.y)
        more.append(Series(f"before update {number}", "line", before))
    return replace(start, title=f"After update {number}", series=(*start.series, *more))


def planes(runs: Sequence[Learnt], most: int = 60) -> tuple[Plot, ...]:
    """Return the plane after each update that moved the line, the first `most` of them."""
    (run,) = runs
    rows = [row for epoch in run.epochs for row in epoch.rows]
    moved = [(number, row) for number, row in enumerate(rows, start=1) if row.moved]
    return tuple(plane_after(run.neuron, row, number) for number, row in moved[:most])


def plane_of(run: Learnt, proof: object) -> Plot:
    """Return the plot at the end: a mark per class, the line, and what contradicts it."""
    name = "net input = theta, with the last weights"
    return plane(run.neuron, run.weights, run.theta, name, proof)


def plane(neuron: Neuron, weights: Sequence[Number], theta: Number, name: str, proof: object = None) -> Plot:
    """Return the plot of a neuron's points with the line of some weights and a threshold."""
    points: list[Point] = [(float(x[0]), float(x[1])) for x in neuron.points]
    spans = [_span([point[axis] for point in points]) for axis in (0, 1)]
    by_class = {
        value: tuple(point for point, one in zip(points, neuron.desired, strict=True) if one == value)
        for value in (neuron.high, neuron.low)
    }
    series = [
        Series(f"class {float(neuron.high):g}", "dot", by_class[neuron.high]),
        Series(f"class {float(neuron.low):g}", "ring", by_class[neuron.low]),
        Series(name, "line", _line(weights, theta, spans[0], spans[1])),
    ]
    if isinstance(proof, Contradiction):
        for side, value in ((proof.fires, neuron.high), (proof.rests, neuron.low)):
            if len(side) == 2:
                ends = tuple(points[place] for place, _ in side)
                name = f"between points of class {float(value):g}: the two lines meet"
                series.append(Series(name, "line", ends))
    return Plot("The points and the line", tuple(series), spans[0], spans[1], ("x_1", "x_2"))


def _span(values: list[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = 0.25 * (high - low) or 1.0
    return low - room, high + room


def _line(weights: Sequence[Number], theta: Number, x: Point, y: Point) -> tuple[Point, ...]:
    """Return the ends of w_0 + w_1 x_1 + w_2 x_2 = theta; none where both weights are 0."""
    w0, w1, w2 = (float(one) for one in weights)
    theta = float(theta)
    if w2:
        return tuple((one, (theta - w0 - w1 * one) / w2) for one in x)
    return tuple(((theta - w0) / w1, one) for one in y) if w1 else ()
