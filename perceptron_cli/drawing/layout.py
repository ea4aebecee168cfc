"""The places of circles, edges and labels; in pixels or in cells, as `Metrics` says.

Every neuron has its slot in its column, and all slots are `spacing` apart. A label stands on its
own edge, and all labels of a gap in one column of it, at the fraction f of the way. There the edge
from slot p to slot q is at the height (1 - f)*spacing*p + f*spacing*q, plus what is the same for
all. With n sources f = n/(n + 1) puts the labels of each target's edges in a stack of their own,
and the next label is always spacing/(n + 1) away; with fewer targets than sources, m of them,
f = 1/(m + 1) does so for each source. So a spacing of min(n, m) + 1 labels keeps all apart.
"""

from __future__ import annotations

from collections.abc import Iterator

from perceptron_cli.document import Column, Drawing, Edge, Neuron
from perceptron_cli.drawing.lettering import Lettering, is_marked
from perceptron_cli.records import record

Lines = tuple[str, ...]
Point = tuple[float, float]

WIDE = frozenset("mwMW→⋮+=%")  # of one and a half letters in most fonts


@record
class Metrics:
    """The sizes of what is drawn: a letter (no less than the widest fonts need) and a wide one, a line.

    `pad` stands at both sides of a label, `ring` between a circle and its text, `gap` at least
    between two columns and `between` between a neuron and the next one's name. What is not `round`
    is as high as its text. Two stacks of labels are `apart` labels farther from each other than labels.
    """

    letter: float
    wide: float
    line: float
    pad: float
    ring: float
    gap: float
    between: float
    round: bool = True
    apart: float = 0.0

    def width(self, lines: Lines) -> float:
        """Return how wide a text is, in pixels or cells."""
        return max(map(self._line_width, lines), default=0)

    def _line_width(self, line: str) -> float:
        return sum(self.wide if one in WIDE else self.letter for one in line)


@record
class Box:
    """Lines of text around a middle, and the room that they take."""

    lines: Lines
    x: float
    y: float
    width: float
    height: float


@record
class Circle:
    """A neuron: its box (a circle's is square), its name over it and the bias under it."""

    neuron: Neuron
    box: Box
    name: Box
    bias: Box | None
    marked: bool


@record
class Line:
    """An edge: where it leaves one circle and reaches the other, and its label."""

    edge: Edge
    ends: tuple[Point, Point]
    label: Box
    marked: bool


@record
class Picture:
    """All of a drawing in its place, in a frame from (0, 0) to (width, height)."""

    width: float
    height: float
    circles: tuple[Circle, ...]
    lines: tuple[Line, ...]
    others: tuple[Box, ...]  # headings, and the counts of what is left out

    def boxes(self) -> list[Box]:
        """Return every label and every circle."""
        found = [line.label for line in self.lines] + list(self.others)
        for circle in self.circles:
            found += [circle.box, circle.name, *([circle.bias] if circle.bias else [])]
        return found


def layout(drawing: Drawing, metrics: Metrics, lettering: Lettering) -> Picture:
    """Return a drawing's places."""
    return _Layout(drawing, metrics, lettering).picture()


class _Layout:
    def __init__(self, drawing: Drawing, metrics: Metrics, lettering: Lettering) -> None:
        self.drawing, self.metrics, self.lettering = drawing, metrics, lettering
        self.columns = drawing.columns
        self.slots = [_slots(column) for column in self.columns]
        self.biases = {(edge.column, edge.ends[1]): edge for edge in drawing.edges if edge.ends[0] == 0}
        self.weights = [edge for edge in drawing.edges if edge.ends[0] != 0]
        self.labels = {(edge.column, edge.ends): lettering.edge(drawing, edge) for edge in self.weights}
        self.radius = self._radius()
        self.spacing = self._spacing()
        self.fractions = [self._fraction(l) for l in range(1, len(self.columns))]
        self.halves = [self._half(l) for l in range(len(self.columns))]
        self.x = self._across()
        above, below = self._extents()
        self.top = 2 * metrics.line + metrics.between + above
        self.rows = max(slots[max(slots)] for slots in self.slots)
        self.height = self.top + self.rows * self.spacing + below

    def picture(self) -> Picture:
        last = len(self.columns) - 1
        half = max(self.halves[last], self._heading_width(last) / 2)
        return Picture(
            self.x[last] + half,
            self.height,
            tuple(self._circles()),
            tuple(self._line(edge) for edge in self.weights),
            (*self._headings(), *self._left_out()),
        )

    # sizes ------------------------------------------------------------------------------------

    def _radius(self) -> tuple[float, float]:
        """Return half the width and half the height of a circle, the same for all."""
        texts = [
            self.lettering.circle_lines(self.drawing, one)
            for column in self.columns
            for one in column.neurons
        ]
        half = max(map(self.metrics.width, texts)) / 2 + self.metrics.ring
        high = max(map(len, texts)) * self.metrics.line / 2
        return (half, half) if self.metrics.round else (half, high)

    def _extents(self) -> tuple[float, float]:
        """Return how far a neuron reaches over and under its middle."""
        biases = max((len(self.lettering.bias(self.drawing, one)) for one in self.biases.values()), default=0)
        return self.radius[1] + self.metrics.line, self.radius[1] + biases * self.metrics.line

    def _label_height(self) -> float:
        return max(map(len, self.labels.values()), default=1) * self.metrics.line

    def _spacing(self) -> float:
        counts = [max(slots.values()) + 1 for slots in self.slots]
        fewer = max(map(min, counts, counts[1:]), default=0)
        stacks = (fewer + 1 + self.metrics.apart) * self._label_height()
        return max(sum(self._extents()) + self.metrics.between, stacks)

    def _fraction(self, l: int) -> float:
        """Return where on their way to layer l the labels stand: near the end that keeps them apart."""
        n, m = (max(self.slots[place].values()) + 1 for place in (l - 1, l))
        fewer = min(n, m)
        near = (fewer + self.metrics.apart) / (fewer + 1 + self.metrics.apart) if fewer > 1 else 0.5
        return near if n <= m else 1 - near

    def _half(self, l: int) -> float:
        """Return half of what a column is wide: its circles, their names, biases and counts."""
        neurons = self.columns[l].neurons
        texts = [self.lettering.name(self.drawing, one, l) for one in neurons]
        texts += [
            self.lettering.bias(self.drawing, edge) for (layer, _), edge in self.biases.items() if layer == l
        ]
        texts += [self.lettering.left_out(count) for _, count in left_out(self.columns[l])]
        return max(self.radius[0], max(map(self.metrics.width, texts)) / 2)

    def _heading_width(self, l: int) -> float:
        return self.metrics.width(self.lettering.heading(l, self.columns[l]))

    def _across(self) -> list[float]:
        """Return the middles of the columns."""
        found = [max(self.halves[0], self._heading_width(0) / 2)]
        for l in range(1, len(self.columns)):
            texts = [self.labels[edge.column, edge.ends] for edge in self.weights if edge.column == l]
            room = max(map(self.metrics.width, texts), default=0) / 2 + self.metrics.pad - self.radius[0]
            f = self.fractions[l - 1]
            way = max((self.halves[l - 1] + room) / f, (self.halves[l] + room) / (1 - f))
            step = max(2 * self.radius[0] + way, self.halves[l - 1] + self.halves[l] + self.metrics.gap)
            headings = (self._heading_width(l - 1) + self._heading_width(l)) / 2 + self.metrics.pad
            found.append(found[-1] + max(step, headings))
        return found

    # places -----------------------------------------------------------------------------------

    def _y(self, l: int, slot: float) -> float:
        """Return the height of a slot; a column stands in the middle of the picture."""
        return self.top + (slot + (self.rows - max(self.slots[l].values())) / 2) * self.spacing

    def _box(self, lines: Lines, x: float, y: float) -> Box:
        return Box(lines, x, y, self.metrics.width(lines), len(lines) * self.metrics.line)

    def _circles(self) -> Iterator[Circle]:
        wide, high = self.radius
        for l, column in enumerate(self.columns):
            for neuron in column.neurons:
                index = neuron.place
                x, y = self.x[l], self._y(l, self.slots[l][index])
                box = Box(self.lettering.circle_lines(self.drawing, neuron), x, y, 2 * wide, 2 * high)
                name = self._box(
                    self.lettering.name(self.drawing, neuron, l), x, y - high - self.metrics.line / 2
                )
                edge = self.biases.get((l, index))
                bias = self._bias(edge, x, y + high) if edge else None
                yield Circle(neuron, box, name, bias, is_marked(self.drawing, neuron))

    def _bias(self, edge: Edge, x: float, top: float) -> Box:
        lines = self.lettering.bias(self.drawing, edge)
        return self._box(lines, x, top + len(lines) * self.metrics.line / 2)

    def _line(self, edge: Edge) -> Line:
        l, (i, j) = edge.column, edge.ends
        y0, y1 = self._y(l - 1, self.slots[l - 1][i]), self._y(l, self.slots[l][j])
        x0, x1 = self.x[l - 1] + self.radius[0], self.x[l] - self.radius[0]
        f = self.fractions[l - 1]
        label = self._box(self.labels[edge.column, edge.ends], x0 + f * (x1 - x0), y0 + f * (y1 - y0))
        return Line(edge, ((x0, y0), (x1, y1)), label, is_marked(self.drawing, edge))

    def _headings(self) -> Iterator[Box]:
        for l, column in enumerate(self.columns):
            yield self._box(self.lettering.heading(l, column), self.x[l], self.metrics.line)

    def _left_out(self) -> Iterator[Box]:
        for l, column in enumerate(self.columns):
            for after, count in left_out(column):
                y = self._y(l, self.slots[l][after] + 1)
                yield self._box(self.lettering.left_out(count), self.x[l], y)


def left_out(column: Column) -> Iterator[tuple[int, int]]:
    """Yield after which neuron some are left out, and how many."""
    shown = [neuron.place for neuron in column.neurons]
    for before, after in zip(shown, [*shown[1:], column.count + 1], strict=True):
        if after > before + 1:
            yield before, after - before - 1


def _slots(column: Column) -> dict[int, int]:
    """Return the slot of each neuron by its number; what is left out takes one."""
    gaps = dict(left_out(column))
    found: dict[int, int] = {}
    slot = 0
    for neuron in column.neurons:
        index = neuron.place
        found[index] = slot
        slot += 2 if index in gaps else 1
    return found
