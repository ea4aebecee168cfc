"""The points of two inputs in their plane, with the line that the weights draw."""

from __future__ import annotations

from perceptron_cli.document import Plot, Series
from perceptron_cli.perceptron import Contradiction, Learnt

Point = tuple[float, float]


def plane(run: Learnt, proof: object) -> Plot:
    """Return the plot: a mark per class, the line at the end, and what contradicts it."""
    neuron = run.neuron
    points: list[Point] = [(float(x[0]), float(x[1])) for x in neuron.points]
    spans = [_span([point[axis] for point in points]) for axis in (0, 1)]
    by_class = {
        value: tuple(point for point, one in zip(points, neuron.desired, strict=True) if one == value)
        for value in (neuron.high, neuron.low)
    }
    series = [
        Series(f"class {float(neuron.high):g}", "dot", by_class[neuron.high]),
        Series(f"class {float(neuron.low):g}", "ring", by_class[neuron.low]),
        Series("net input = theta, with the last weights", "line", _line(run, spans[0], spans[1])),
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


def _line(run: Learnt, x: tuple[float, float], y: tuple[float, float]) -> tuple[Point, ...]:
    """Return the ends of w_0 + w_1 x_1 + w_2 x_2 = theta; none where both weights are 0."""
    w0, w1, w2 = (float(one) for one in run.weights)
    theta = float(run.theta)
    if w2:
        return tuple((one, (theta - w0 - w1 * one) / w2) for one in x)
    return tuple(((theta - w0) / w1, one) for one in y) if w1 else ()
