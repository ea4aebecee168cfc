"""A network's drawing as SVG: edges first, labels on top of them, then the circles.

The sign of a gradient is told by colour and by dashes, its size by the width of the edge; what is
marked is thicker and has a frame, and the rest stands back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from itertools import chain

from perceptron_cli.document import Drawing
from perceptron_cli.drawing import Box, Circle, Lettering, Line, Metrics, Picture, layout
from perceptron_cli.drawing.legend import caption_of, heading_of, keys, reading, strength
from perceptron_cli.expr import Symbol
from perceptron_cli.render.text import clean

# No common font has a digit wider than 0.65 of its size.
PIXELS = Metrics(letter=7.8, wide=12, line=16, pad=16, ring=6, gap=96, between=14, apart=0.5)
SIDE, TOP, KEY, FONT, WIDEST = 24, 40, 20, 12, 5
POSITIVE, NEGATIVE, MARKED = "#0072B2", "#D55E00", "#B0006D"
DASH = "9 5"

STYLE = """
.edge { stroke: #777; fill: none; } .plus { stroke: #0072B2; fill: none; }
.minus { stroke: #D55E00; fill: none; stroke-dasharray: 9 5; }
.zero { stroke: #999; fill: none; stroke-dasharray: 1 4; }
.hot { stroke: #B0006D; } .back { opacity: 0.35; } .framed { stroke: #B0006D; stroke-width: 1.5; }
.input, .hidden, .output { stroke: #333; stroke-width: 1.5; } .ringed { stroke: #B0006D; stroke-width: 4; }
.input { fill: #f0f0f0; } .hidden { fill: #e6f0f8; } .output { fill: #fdf0dc; }
.name, .strong { font-weight: bold; } .quiet { fill: #555; }
@media (prefers-color-scheme: dark) {
.edge { stroke: #999; } .plus { stroke: #56B4E9; } .minus { stroke: #E69F00; }
.hot, .framed, .ringed { stroke: #ff7ac6; }
.input, .hidden, .output { stroke: #ccc; } .ringed { stroke: #ff7ac6; }
.input { fill: #333; } .hidden { fill: #1d3a52; }
.output { fill: #4a3517; } .quiet { fill: #bbb; } }
"""


def size_of(drawing: Drawing) -> tuple[float, float]:
    """Return the width and the height of the drawing with its heading and its legend."""
    picture = placed(drawing)
    texts = (heading_of(drawing), caption_of(drawing), *(text for _, text in keys(drawing)))
    width = max(picture.width, *(PIXELS.width((text,)) + 40 for text in texts))
    return width + 2 * SIDE, TOP + picture.height + KEY * (len(keys(drawing)) + 1) + SIDE


def drawing_svg(drawing: Drawing, *, named: bool = False) -> Iterator[str]:
    """Yield the elements of a drawing, from (0, 0) on; on a page they are `named` by their symbols."""
    picture = placed(drawing)

    def group(symbol: Symbol, kind: str, lines: Iterable[str]) -> Iterator[str]:
        told = f'<g class="{kind}" data-symbol="{escape(symbol.name)}">'
        return chain([told], lines, ["</g>"]) if named else iter(lines)

    yield f"<desc>{_text(reading(drawing))}</desc>"
    yield f'<text class="title" x="{SIDE}" y="26">{_text(heading_of(drawing))}</text>'
    left = (size_of(drawing)[0] - picture.width) / 2
    yield f'<g transform="translate({left:.1f} {TOP})">'
    faded = any(line.marked for line in picture.lines) or any(one.marked for one in picture.circles)
    for line in sorted(picture.lines, key=lambda one: one.marked):
        yield from group(line.edge.symbol, "line-of", [_edge(drawing, line, faded)])
    for line in picture.lines:
        label = _label(line.label, "strong" if line.marked else "weight", line.marked)
        yield from group(line.edge.symbol, "label-of", label)
    for circle in picture.circles:
        symbol = circle.neuron.symbol
        yield from group(symbol, "neuron-of", _circle(circle, len(drawing.columns) - 1))
        if circle.bias:
            bias = Symbol("w", symbol.layer, (0, *symbol.indices))
            yield from group(bias, "label-of", _label(circle.bias, "quiet"))
    for box in picture.others:
        yield from _lines(box, "quiet")
    yield "</g>"
    yield from _legend(drawing, TOP + picture.height)


def placed(drawing: Drawing) -> Picture:
    """Return where all of a drawing stands, in pixels."""
    return layout(drawing, PIXELS, Lettering())


def _text(text: str) -> str:
    return escape(clean(text))


def _lines(box: Box, style: str) -> Iterator[str]:
    for row, text in enumerate(box.lines):
        y = box.y + (row - (len(box.lines) - 1) / 2) * PIXELS.line + FONT / 3
        if text:
            place = f'x="{box.x:.1f}" y="{y:.1f}" text-anchor="middle"'
            yield f'<text class="{style}" {place}>{_text(text)}</text>'


def _edge(drawing: Drawing, line: Line, faded: bool) -> str:
    path = " L".join(f"{x:.1f} {y:.1f}" for x, y in line.ends)
    kind, width = "edge", 1.3
    if drawing.shows == "gradients":
        sign, share = strength(drawing, line.edge)
        kind, width = {1: "plus", -1: "minus", 0: "zero"}[sign], 1 + WIDEST * share
    if line.marked:
        kind, width = (f"{kind} hot", 4) if kind == "edge" else (kind, max(width, 2.5))
    elif faded:
        kind += " back"
    told = f"<title>{_text(line.edge.symbol.name)}: {_text(' '.join(line.label.lines))}</title>"
    return f'<path class="{kind}" stroke-width="{width:.1f}" d="M{path}">{told}</path>'


def _label(box: Box, style: str, marked: bool = False) -> Iterator[str]:
    """Yield a text on the page's own colour, since edges pass below it."""
    yield (
        f'<rect class="page{" framed" if marked else ""}" x="{box.x - box.width / 2:.1f}" '
        f'y="{box.y - box.height / 2 + 1:.1f}" width="{box.width:.1f}" height="{box.height - 2:.1f}" '
        f'rx="3" fill="#fff"/>'
    )
    yield from _lines(box, style)


def _circle(circle: Circle, last: int) -> Iterator[str]:
    layer = circle.neuron.symbol.layer or 0
    kind = "input" if not layer else "output" if layer == last else "hidden"
    told = f"{circle.neuron.symbol.name}: {' '.join(circle.box.lines)}"
    yield (
        f'<circle class="{kind}{" ringed" if circle.marked else ""}" cx="{circle.box.x:.1f}" '
        f'cy="{circle.box.y:.1f}" r="{circle.box.width / 2:.1f}"><title>{_text(told)}</title></circle>'
    )
    yield from _lines(circle.box, "value")
    yield from _lines(circle.name, "name")


def _legend(drawing: Drawing, top: float) -> Iterator[str]:
    yield f'<text x="{SIDE}" y="{top + KEY}">{_text(caption_of(drawing))}</text>'
    for row, (kind, text) in enumerate(keys(drawing), start=2):
        y = top + KEY * row
        if kind:
            yield f'<path class="{kind}" stroke-width="3" d="M{SIDE} {y - 4}h30"/>'
        yield f'<text x="{SIDE + (38 if kind else 0)}" y="{y}">{_text(text)}</text>'
