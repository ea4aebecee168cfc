"""A network's drawing on Matplotlib's axes, at the places that the SVG has."""

from __future__ import annotations

from typing import Any

from perceptron_cli.document import Drawing
from perceptron_cli.drawing import Box, Circle, Line
from perceptron_cli.drawing.legend import caption_of, heading_of, keys, strength
from perceptron_cli.render.drawing_svg import (
    DASH,
    FONT,
    KEY,
    MARKED,
    NEGATIVE,
    PIXELS,
    POSITIVE,
    SIDE,
    TOP,
    WIDEST,
    placed,
    size_of,
)
from perceptron_cli.render.text import clean

POINTS = 0.75  # of a pixel, of which 96 are an inch
FILLS = {"input": "#f0f0f0", "hidden": "#e6f0f8", "output": "#fdf0dc"}


def draw_network(axes: Any, drawing: Drawing) -> None:
    """Draw on axes that fill a figure of the drawing's size."""
    width, height = size_of(drawing)
    picture = placed(drawing)
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    left = (width - picture.width) / 2
    for line in picture.lines:
        _edge(axes, drawing, line, left)
    for line in picture.lines:
        frame = MARKED if line.marked else "white"
        around = {"facecolor": "white", "edgecolor": frame, "pad": 1.5}
        _text(axes, line.label, left, bbox=around, weight="bold" if line.marked else "normal")
    for circle in picture.circles:
        _circle(axes, circle, left, len(drawing.columns) - 1)
    for box in picture.others:
        _text(axes, box, left, color="#555555")
    _legend(axes, drawing, TOP + picture.height)


def _text(axes: Any, box: Box, left: float, **settings: Any) -> None:
    for row, text in enumerate(box.lines):
        y = TOP + box.y + (row - (len(box.lines) - 1) / 2) * PIXELS.line
        if text:
            _write(axes, left + box.x, y, text, ha="center", **settings)


def _write(axes: Any, x: float, y: float, text: str, **settings: Any) -> None:
    axes.text(x, y, clean(text), fontsize=FONT * POINTS, va="center", parse_math=False, **settings)


def _edge(axes: Any, drawing: Drawing, line: Line, left: float) -> None:
    color, width, style = "#777777", 1.3, "-"
    if drawing.shows == "gradients":
        sign, share = strength(drawing, line.edge)
        color, width = (NEGATIVE if sign < 0 else POSITIVE), 1 + WIDEST * share
        style = _dashes(width) if sign < 0 else "-"
    if line.marked:
        color, width = (MARKED, 4.0) if drawing.shows != "gradients" else (color, max(width, 2.5))
    x, y = zip(*line.ends, strict=True)
    across, down = [left + one for one in x], [TOP + one for one in y]
    axes.plot(across, down, linestyle=style, color=color, linewidth=width * POINTS)


def _dashes(width: float) -> Any:
    """Return the SVG's dashes, which Matplotlib counts in line widths."""
    return 0, tuple(float(one) / width for one in DASH.split())


def _circle(axes: Any, circle: Circle, left: float, last: int) -> None:
    from matplotlib.patches import Circle as Patch

    layer = circle.neuron.symbol.layer or 0
    kind = "input" if not layer else "output" if layer == last else "hidden"
    edge, width = (MARKED, 4.0) if circle.marked else ("#333333", 1.5)
    place = left + circle.box.x, TOP + circle.box.y
    axes.add_patch(
        Patch(
            place,
            circle.box.width / 2,
            facecolor=FILLS[kind],
            edgecolor=edge,
            linewidth=width * POINTS,
            zorder=3,
        )
    )
    _text(axes, circle.box, left, zorder=4)
    _text(axes, circle.name, left, weight="bold", zorder=4)
    if circle.bias:
        around = {"facecolor": "white", "edgecolor": "white", "pad": 0.5}
        _text(axes, circle.bias, left, color="#555555", bbox=around, zorder=2.5)


def _legend(axes: Any, drawing: Drawing, top: float) -> None:
    _write(axes, SIDE, 22, heading_of(drawing), weight="bold")
    _write(axes, SIDE, top + KEY, caption_of(drawing))
    colors = {"plus": (POSITIVE, "-"), "minus": (NEGATIVE, _dashes(3))}
    for row, (kind, text) in enumerate(keys(drawing), start=2):
        y = top + KEY * row
        if kind:
            color, style = colors[kind]
            axes.plot([SIDE, SIDE + 30], [y, y], linestyle=style, color=color, linewidth=3 * POINTS)
        _write(axes, SIDE + (38 if kind else 0), y, text)
