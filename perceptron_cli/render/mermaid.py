"""A network's drawing as a Mermaid flowchart, which the common forges draw in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import TYPE_CHECKING

from perceptron_cli.document import Document, Drawing, Edge
from perceptron_cli.drawing import Lettering
from perceptron_cli.drawing.layout import left_out
from perceptron_cli.drawing.legend import strength
from perceptron_cli.drawing.lettering import is_marked
from perceptron_cli.render.dot import node_name
from perceptron_cli.render.drawing_svg import DASH, MARKED, NEGATIVE, POSITIVE, WIDEST
from perceptron_cli.render.text import clean, drawing_of
from perceptron_cli.render.tree_graph import mermaid_tree, tree_of

if TYPE_CHECKING:
    from perceptron_cli.render import Layout


def render(document: Document, layout: Layout) -> str:
    """Return the document's tree or first drawing as a flowchart. Raises InputError where it has none."""
    tree = tree_of(document)
    if tree is not None:
        return mermaid_tree(document, tree, layout)
    return "\n".join(_lines(drawing_of(document), Lettering(layout.unicode))) + "\n"


def _lines(drawing: Drawing, lettering: Lettering) -> Iterator[str]:
    yield "flowchart LR"
    if drawing.caption:
        yield f"  %% {clean(drawing.caption)}"
    biases = {
        (edge.symbol.layer, edge.symbol.indices[1]): lettering.bias(drawing, edge)
        for edge in drawing.edges
        if edge.symbol.indices[0] == 0
    }
    for l, column in enumerate(drawing.columns):
        yield f"  subgraph layer{l}[{_quoted(lettering.heading(l, column))}]"
        for neuron in column.neurons:
            index = neuron.place
            lines = [*lettering.name(drawing, neuron, l), *lettering.circle_lines(drawing, neuron)]
            lines += biases.get((l, index), ()) if l else ()
            yield f"    {node_name(l, index)}(({_quoted(lines)}))"
        for after, count in left_out(column):
            yield f"    more{l}_{after}[{_quoted(lettering.left_out(count))}]"
        yield "  end"
    edges = [edge for edge in drawing.edges if edge.symbol.indices[0] != 0]
    for edge in edges:
        l, (i, j) = edge.symbol.layer or 0, edge.symbol.indices
        label = _quoted(lettering.edge(drawing, edge))
        yield f"  {node_name(l - 1, i)} -->|{label}| {node_name(l, j)}"
    yield from _styles(drawing, edges)


def _styles(drawing: Drawing, edges: list[Edge]) -> Iterator[str]:
    """Yield the lines that make edges wide or dashed, and mark what is marked."""
    for place, edge in enumerate(edges):
        settings: dict[str, str] = {}
        if drawing.shows == "gradients":
            sign, share = strength(drawing, edge)
            settings = {"stroke": NEGATIVE if sign < 0 else POSITIVE}
            settings["stroke-width"] = f"{1 + WIDEST * share:.1f}px"
            settings |= {"stroke-dasharray": DASH} if sign < 0 else {}
        if is_marked(drawing, edge):
            settings |= {"stroke": MARKED, "stroke-width": "4px"}
        if settings:
            yield f"  linkStyle {place} {','.join(f'{key}:{value}' for key, value in settings.items())}"
    for l, column in enumerate(drawing.columns):
        for neuron in column.neurons:
            if is_marked(drawing, neuron):
                yield f"  style {node_name(l, neuron.place)} stroke:{MARKED},stroke-width:4px"


def _quoted(lines: Iterable[str]) -> str:
    """Write lines as one label; what Mermaid may take for its own is written by its number."""
    return '"' + "<br/>".join(_text(line) for line in lines if line) + '"'


def _text(line: str) -> str:
    marks = {"&amp;": "#amp;", "&lt;": "#lt;", "&gt;": "#gt;", "&quot;": "#quot;", "&#x27;": "#39;"}
    written = escape(clean(line).replace("#", "&#35;")) if "#" in line else escape(clean(line))
    for one, other in marks.items():
        written = written.replace(one, other)
    return written
