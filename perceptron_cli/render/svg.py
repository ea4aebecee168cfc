"""A document's plots and drawings as one SVG: without scripts, with text to search, light or dark.

Two colours that the colour-blind tell apart (Okabe and Ito, 2008), and a dash or a shape beside each.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from perceptron_cli.document import Bars, Document, Drawing, Plot, Series, Shades
from perceptron_cli.render.drawing_svg import STYLE as NETWORK
from perceptron_cli.render.drawing_svg import drawing_svg, size_of
from perceptron_cli.render.strokes import joined
from perceptron_cli.render.text import clean, end_of_axis, plots_of

if TYPE_CHECKING:
    from perceptron_cli.render import Layout

WIDTH, HEIGHT, MARGIN, LEGEND, BAR = 480, 300, 52, 18, 24
CELL, ROW = 58, 30  # of a grid of numbers
STROKES = (("#0072B2", ""), ("#D55E00", ' stroke-dasharray="7 4"'), ("#009E73", ' stroke-dasharray="2 3"'))
MARKS = {"dot": "#0072B2", "ring": "#D55E00", "cross": "#CC79A7"}

STYLE = """
text { font: 12px "DejaVu Sans", Verdana, Arial, sans-serif; fill: #222; }
.title { font-weight: bold; } .frame { stroke: #888; fill: none; } .zero { stroke: #bbb; }
@media (prefers-color-scheme: dark) { text { fill: #eee; } .page { fill: #1b1b1b; } .zero { stroke: #555; } }
"""
GREYS = """.on-dark { fill: #fff; } .on-light { fill: #222; }
"""


def render(document: Document, layout: Layout) -> str:
    """Return the document's plots, one below the other. Raises InputError where it has none."""
    plots = plots_of(document)
    sizes = [
        size_of(plot) if isinstance(plot, Drawing) else (width_of(plot), height_of(plot)) for plot in plots
    ]
    width, total = (math.ceil(one) for one in (max(w for w, _ in sizes), sum(h for _, h in sizes)))
    style = STYLE + NETWORK if any(isinstance(plot, Drawing) for plot in plots) else STYLE
    style += GREYS if any(isinstance(plot, Shades) for plot in plots) else ""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {total}" '
        f'width="{width}" height="{total}" role="img">',
        f"<title>{_text(document.title)}</title>",
        f"<style>{style}</style>",
        f'<rect class="page" width="{width}" height="{total}" fill="#fff"/>',
    ]
    for number, plot in enumerate(plots):
        lines.append(f'<g transform="translate(0 {sum(h for _, h in sizes[:number]):g})">')
        lines.extend(_drawn(plot))
        lines.append("</g>")
    return "\n".join([*lines, "</svg>"]) + "\n"


def _drawn(block: Plot | Bars | Shades | Drawing) -> Iterator[str]:
    match block:
        case Plot():
            return plot_svg(block)
        case Bars():
            return bars_svg(block)
        case Shades():
            return shades_svg(block)
        case Drawing():
            return drawing_svg(block)


def _text(text: str) -> str:
    return escape(clean(text))


def bars_svg(block: Bars) -> Iterator[str]:
    """Yield the elements of bars, from (0, 0) on."""
    told = f"{block.title} (the scale is logarithmic)" if block.logarithmic else block.title
    yield f'<text class="title" x="{MARGIN}" y="24">{_text(told)}</text>'
    left, room = MARGIN + 70, WIDTH - 2 * MARGIN - 140
    for row, (bar, share) in enumerate(zip(block.bars, block.shares(), strict=True)):
        y = MARGIN + BAR * row
        yield f'<text x="{left - 8}" y="{y + 13}" text-anchor="end">{_text(bar.label)}</text>'
        width = share * room
        yield f'<rect x="{left}" y="{y}" width="{width:.1f}" height="{BAR - 6}" fill="{STROKES[0][0]}"/>'
        yield f'<text x="{left + width + 6:.1f}" y="{y + 13}">{_text(bar.text)}</text>'


def shades_svg(block: Shades, *, named: bool = False) -> Iterator[str]:
    """Yield the elements of a grid with grey levels, from (0, 0) on; on a page they are `named`."""
    left = _names_of(block)
    yield f'<text class="title" x="{left}" y="24">{_text(block.title)}</text>'
    for place, name in enumerate(block.columns):
        x = left + CELL * place + CELL / 2
        yield f'<text x="{x:g}" y="{MARGIN - 8}" text-anchor="middle">{_text(name)}</text>'
    for row, (name, cells, levels) in enumerate(zip(block.rows, block.cells, block.levels(), strict=True)):
        y = MARGIN + ROW * row
        yield f'<text x="{left - 8}" y="{y + 20}" text-anchor="end">{_text(name)}</text>'
        for place, (one, level) in enumerate(zip(cells, levels, strict=True)):
            x, grey = left + CELL * place, round(255 - 205 * level)
            ink = "on-dark" if grey < 140 else "on-light"
            box = f'x="{x}" y="{y}" width="{CELL}" height="{ROW}" stroke="#888"'
            place_of = f'x="{x + CELL / 2:g}" y="{y + 20}" text-anchor="middle"'
            drawn = f'<rect {box} fill="rgb({grey},{grey},{grey})"/>'
            drawn += f'<text class="value {ink}" {place_of}>{_text(one.text)}</text>'
            yield f'<g class="shade-of" data-symbol="{escape(one.name)}">{drawn}</g>' if named else drawn


def width_of(plot: Plot | Bars | Shades) -> int:
    """Return the width of a plot; that of a grid is as large as its columns need."""
    if not isinstance(plot, Shades):
        return WIDTH
    return max(_names_of(plot) + CELL * len(plot.columns), MARGIN + 8 * len(plot.title)) + MARGIN


def _names_of(block: Shades) -> int:
    """Return where the cells of a grid begin: after the names of its rows."""
    return max(MARGIN, 24 + 8 * max(map(len, block.rows)))


def height_of(plot: Plot | Bars | Shades) -> int:
    """Return the height of a plot with its legend."""
    if isinstance(plot, Shades):
        return MARGIN + ROW * len(plot.rows) + MARGIN // 2
    if isinstance(plot, Bars):
        return MARGIN + BAR * len(plot.bars) + MARGIN // 2
    return HEIGHT + LEGEND * len([one for one in plot.series if one.points])


def plot_svg(plot: Plot, clip: str = "c") -> Iterator[str]:
    """Yield the elements of a plot, from (0, 0) on; `clip` is the id that its frame has on a page."""
    right, bottom = WIDTH - MARGIN, HEIGHT - MARGIN
    yield f'<text class="title" x="{MARGIN}" y="24">{_text(plot.title)}</text>'
    for x0, y0, x1, y1 in _axes(plot):
        yield f'<line class="zero" x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}"/>'
    frame = f'x="{MARGIN}" y="{MARGIN}" width="{right - MARGIN}" height="{bottom - MARGIN}"'
    yield f'<clipPath id="{clip}"><rect {frame}/></clipPath><rect class="frame" {frame}/>'
    for (x, y), anchor, text in (
        ((MARGIN, bottom + 16), "start", end_of_axis(plot.x[0])),
        ((right, bottom + 16), "end", end_of_axis(plot.x[1])),
        (((MARGIN + right) / 2, bottom + 16), "middle", plot.labels[0]),
        ((MARGIN - 4, bottom), "end", end_of_axis(plot.y[0])),
        ((MARGIN - 4, MARGIN + 10), "end", end_of_axis(plot.y[1])),
    ):
        yield f'<text x="{x}" y="{y}" text-anchor="{anchor}">{_text(text)}</text>'
    turned = f'transform="translate({MARGIN - 12} {(MARGIN + bottom) / 2}) rotate(-90)"'
    yield f'<text {turned} text-anchor="middle">{_text(plot.labels[1])}</text>'
    lines = [one for one in plot.series if one.is_drawn]
    shown = [one for one in plot.series if one.points]
    for row, series in enumerate(shown):
        number = lines.index(series) if series in lines else 0
        yield from _series(plot, series, f'clip-path="url(#{clip})" {_stroke(number)}')
        y = HEIGHT - 12 + LEGEND * row
        if series.is_drawn:
            yield f'<path d="M{MARGIN} {y - 4}h24" {_stroke(number)}/>'
        else:
            yield _mark(series.style, MARGIN + 12, y - 4)
        yield f'<text x="{MARGIN + 32}" y="{y}">{_text(series.name)}</text>'


def _at(plot: Plot, point: tuple[float, float]) -> tuple[float, float]:
    (left, right), (low, high) = plot.x, plot.y
    x = MARGIN + (point[0] - left) / (right - left) * (WIDTH - 2 * MARGIN)
    return x, HEIGHT - MARGIN - (point[1] - low) / (high - low) * (HEIGHT - 2 * MARGIN)


def _axes(plot: Plot) -> Iterator[tuple[float, float, float, float]]:
    """Yield the lines x = 0 and y = 0 where they cross the plot."""
    if plot.y[0] < 0 < plot.y[1]:
        yield (*_at(plot, (plot.x[0], 0)), *_at(plot, (plot.x[1], 0)))
    if plot.x[0] < 0 < plot.x[1]:
        yield (*_at(plot, (0, plot.y[0])), *_at(plot, (0, plot.y[1])))


def _stroke(number: int) -> str:
    color, dash = STROKES[number % len(STROKES)]
    return f'fill="none" stroke="{color}" stroke-width="2"{dash}'


def _series(plot: Plot, series: Series, stroke: str) -> Iterator[str]:
    if series.is_drawn:
        path = " ".join(
            f"{'M' if not n else 'L'}{x:.1f} {y:.1f}"
            for points in joined(series.strokes())
            for n, (x, y) in enumerate(_at(plot, point) for point in points)
        )
        yield f'<path d="{path}" {stroke}/>'
        return
    places = [_at(plot, point) for point in series.points]
    for place, point in zip(places, series.points, strict=True):
        yield f"<g><title>{point[0]:.6g}, {point[1]:.6g}</title>{_mark(series.style, *place)}</g>"


def _mark(style: str, x: float, y: float) -> str:
    color = MARKS[style]
    if style == "cross":
        arms = f"M{x - 5:.1f} {y - 5:.1f}l10 10m0 -10l-10 10"
        return f'<path d="{arms}" stroke="{color}" stroke-width="2.5"/>'
    fill = color if style == "dot" else "none"
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{fill}" stroke="{color}" stroke-width="2.5"/>'
