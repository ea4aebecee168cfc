"""A network's drawing for Graphviz: `nnstep draw --format dot | dot -Tsvg`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from perceptron_cli.document import Document, Drawing, Edge, Neuron
from perceptron_cli.drawing import Lettering
from perceptron_cli.drawing.layout import left_out
from perceptron_cli.drawing.legend import heading_of, keys, strength
from perceptron_cli.drawing.lettering import is_marked
from perceptron_cli.render.drawing_svg import MARKED, NEGATIVE, POSITIVE, WIDEST
from perceptron_cli.render.text import clean, drawing_of
from perceptron_cli.render.tree_graph import dot_tree, tree_of

if TYPE_CHECKING:
    from perceptron_cli.render import Layout


def render(document: Document, layout: Layout) -> str:
    """Return the document's tree or first drawing as a digraph. Raises InputError where it has none."""
    tree = tree_of(document)
    if tree is not None:
        return dot_tree(document, tree, layout)
    return "\n".join(_lines(drawing_of(document), Lettering(layout.unicode))) + "\n"


def _lines(drawing: Drawing, lettering: Lettering) -> Iterator[str]:
    yield "digraph network {"
    yield "  rankdir=LR; ranksep=1.6; nodesep=0.5; splines=line; ordering=out;"
    label = "\n".join([heading_of(drawing), drawing.caption, *(text for _, text in _keys(drawing))])
    yield f"  label={_quoted(label.strip())}; labelloc=t; fontname=Helvetica;"
    yield "  node [shape=circle, fontname=Helvetica, fontsize=11, margin=0.02];"
    yield "  edge [fontname=Helvetica, fontsize=10, arrowsize=0.5];"
    biases = {
        (edge.symbol.layer, edge.symbol.indices[1]): edge
        for edge in drawing.edges
        if edge.symbol.indices[0] == 0
    }
    for l, column in enumerate(drawing.columns):
        yield f"  subgraph layer{l} {{ rank=same;"
        for neuron in column.neurons:
            bias = biases.get((l, neuron.place)) if l else None
            yield f"    {_node(drawing, lettering, l, neuron, bias)}"
        for after, count in left_out(column):
            told = "\n".join(lettering.left_out(count))
            yield f"    more{l}_{after} [shape=plaintext, label={_quoted(told)}];"
        yield "  }"
    for edge in drawing.edges:
        if edge.symbol.indices[0] != 0:
            yield f"  {_edge(drawing, lettering, edge)}"
    yield "}"


def _keys(drawing: Drawing) -> list[tuple[str, str]]:
    lines = {"plus": "full line: ", "minus": "dashed line: ", "": ""}
    return [(kind, lines[kind] + text) for kind, text in keys(drawing)]


def node_name(layer: int, index: int | str) -> str:
    """Return a name that needs no quotes: n2_1 is neuron 1 of layer 2."""
    return f"n{layer}_{index}"


def _node(drawing: Drawing, lettering: Lettering, l: int, neuron: Neuron, bias: Edge | None) -> str:
    lines = [*lettering.name(drawing, neuron, l), *lettering.circle_lines(drawing, neuron)]
    under = f", xlabel={_quoted(chr(10).join(lettering.bias(drawing, bias)))}" if bias else ""
    mark = f', color="{MARKED}", penwidth=3' if is_marked(drawing, neuron) else ""
    return f"{node_name(l, neuron.place)} [label={_quoted(chr(10).join(lines))}{under}{mark}];"


def _edge(drawing: Drawing, lettering: Lettering, edge: Edge) -> str:
    l, (i, j) = edge.symbol.layer or 0, edge.symbol.indices
    settings = [f"label={_quoted(chr(10).join(lettering.edge(drawing, edge)))}"]
    if drawing.shows == "gradients":
        sign, share = strength(drawing, edge)
        color, style = (NEGATIVE, "dashed") if sign < 0 else (POSITIVE, "solid")
        settings += [f'color="{color}"', f"style={style}", f"penwidth={1 + WIDEST * share:.2f}"]
    if is_marked(drawing, edge):
        settings += [f'color="{MARKED}"', f'fontcolor="{MARKED}"', "penwidth=4"]
    return f"{node_name(l - 1, i)} -> {node_name(l, j)} [{', '.join(settings)}];"


def _quoted(text: str) -> str:
    lines = (clean(line).replace("\\", "\\\\").replace('"', '\\"') for line in text.split("\n"))
    return '"' + "\\n".join(lines) + '"'
