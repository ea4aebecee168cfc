"""What stands in a drawing: in its circles, under them, on its edges, over its columns."""

from __future__ import annotations

from perceptron_cli.document import Column, Drawing, Edge, Neuron
from perceptron_cli.drawing.marks import neuron_name
from perceptron_cli.expr import Symbol
from perceptron_cli.notation import Ascii, Notation, Unicode
from perceptron_cli.records import record

Lines = tuple[str, ...]


@record
class Lettering:
    """How a drawing's texts are written; `stacked` puts a new weight under the old one.

    `circle` and `marks` are the brackets of a circle and of what is marked, where neither is drawn.
    """

    unicode: bool = True
    stacked: bool = False
    circle: tuple[str, str] = ("", "")
    marks: tuple[str, str] = ("", "")

    @property
    def arrow(self) -> str:
        return "→" if self.unicode else "->"

    @property
    def dots(self) -> str:
        return "…" if self.unicode else "..."

    def edge(self, drawing: Drawing, edge: Edge) -> Lines:
        """Return the lines of an edge's label."""
        lines = self._numbers(drawing, edge)
        if not is_marked(drawing, edge):
            return lines
        return tuple(f"{self.marks[0]}{line}{self.marks[1]}" for line in lines)

    def bias(self, drawing: Drawing, edge: Edge) -> Lines:
        """Return the lines under a circle: the bias by its name; a new one, or its gradient, below it."""
        notation = self._notation(drawing, edge.symbol.layer)
        if drawing.shows == "gradients" and edge.gradient:
            gradient = Symbol("dL/dw", edge.symbol.layer, edge.symbol.indices)
            return (notation.symbol(gradient), edge.gradient.text)
        written = notation.symbol(edge.symbol)
        first = f"{written} {edge.number.text}"
        return (
            (first, f"{self.arrow} {edge.new.text}") if edge.new and drawing.shows == "update" else (first,)
        )

    def circle_lines(self, drawing: Drawing, neuron: Neuron) -> Lines:
        """Return what stands in a circle: the activation, and a new one below it."""
        left, right = self.marks if is_marked(drawing, neuron) and self.marks[0] else self.circle
        first = f"{left}{neuron.number.text}{right}"
        return (first, f"{self.arrow} {neuron.new.text}") if neuron.new else (first,)

    def name(self, drawing: Drawing, neuron: Neuron, layer: int) -> Lines:
        """Return what stands over a circle."""
        outputs = (len(drawing.columns) - 1, drawing.columns[-1].count)
        symbol = Symbol(neuron.symbol.head, neuron.symbol.layer, neuron.symbol.indices, of=neuron.symbol.of)
        told = symbol.layer if drawing.columns[layer].heading else layer
        return (self._notation(drawing, told, outputs).symbol(symbol),)

    def heading(self, layer: int, column: Column) -> Lines:
        """Return what stands over a column; the count where not all of it is shown."""
        if column.heading:
            return (column.heading, "")
        count = str(column.count) if len(column.neurons) < column.count else ""
        return (f"layer {layer}" if layer else "input", f"{count} {column.activation}".strip())

    def left_out(self, count: int) -> Lines:
        return ("⋮" if self.unicode else ":", f"{count} more")

    def _numbers(self, drawing: Drawing, edge: Edge) -> Lines:
        if drawing.shows == "gradients" and edge.gradient:
            return (edge.gradient.text,)
        if drawing.shows != "update" or edge.new is None:
            return (edge.number.text,)
        if self.stacked:
            return (edge.number.text, f"{self.arrow} {edge.new.text}")
        return (f"{edge.number.text} {self.arrow} {edge.new.text}",)

    def _notation(
        self, drawing: Drawing, layer: int | None, outputs: tuple[int, int] | None = None
    ) -> Notation:
        return (Unicode if self.unicode else Ascii)(layer=layer, outputs=outputs, naming=drawing.naming)


def is_marked(drawing: Drawing, shape: Neuron | Edge) -> bool:
    """Whether a circle or an edge is marked."""
    symbol = shape.symbol
    if isinstance(shape, Edge):
        return symbol.name in drawing.highlight
    return neuron_name(symbol.layer or 0, shape.place) in drawing.highlight
