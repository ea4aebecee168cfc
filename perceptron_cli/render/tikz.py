"""A network's drawing for LaTeX, by TikZ: the same places as the SVG's, its names as mathematics."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from perceptron_cli.document import Drawing
from perceptron_cli.drawing import Box
from perceptron_cli.expr import Symbol
from perceptron_cli.notation import Latex
from perceptron_cli.render.drawing_svg import placed

PIXEL = 0.0212  # centimetres
STYLE = r"\definecolor{marked}{HTML}{B0006D}"


def drawing_tikz(drawing: Drawing, marks: Collection[str] = (), *, size: int = 9) -> Iterator[str]:
    """Yield the lines of a picture; `marks` are the names of what stands out, `size` is the letters'."""
    picture = placed(drawing)
    notation = Latex(outputs=(len(drawing.columns) - 1, drawing.columns[-1].count))
    biases = {
        (edge.symbol.layer, edge.symbol.indices[1]): edge
        for edge in drawing.edges
        if not edge.symbol.indices[0]
    }
    yield rf"\begin{{tikzpicture}}[x={PIXEL}cm, y=-{PIXEL}cm, font=\fontsize{{{size}}}{{{size}}}\selectfont]"
    for line in picture.lines:
        (x1, y1), (x2, y2) = line.ends
        style = "marked, very thick" if line.edge.symbol.name in marks else "gray"
        yield rf"\draw[{style}] ({x1:.1f},{y1:.1f}) -- ({x2:.1f},{y2:.1f});"
    for line in picture.lines:
        yield _node(line.label, line.edge.number.text, "fill=white, inner sep=1pt")
    for circle in picture.circles:
        symbol, box = circle.neuron.symbol, circle.box
        style = "marked, very thick" if symbol.name in marks else "black"
        radius = box.width / 2 * PIXEL
        yield rf"\draw[{style}, fill=white] ({box.x:.1f},{box.y:.1f}) circle[radius={radius:.3f}cm];"
        yield _node(box, circle.neuron.number.text, "")
        yield _node(
            circle.name, f"${notation.symbol(Symbol(symbol.head, symbol.layer, symbol.indices))}$", ""
        )
        bias = biases.get((symbol.layer, symbol.indices[0]))
        if circle.bias and bias is not None:
            yield _node(circle.bias, f"$w_{{0{symbol.indices[0]}}}$ {bias.number.text}", "")
    yield r"\end{tikzpicture}"


def _node(box: Box, text: str, style: str) -> str:
    return rf"\node[{style}] at ({box.x:.1f},{box.y:.1f}) {{{text}}};"
