"""A document's plots and drawings as a PNG, drawn by Matplotlib: the extra `plot`."""

from __future__ import annotations

from importlib.util import find_spec
from io import BytesIO
from math import nan
from typing import TYPE_CHECKING, Any

from perceptron_cli.document import Bars, Document, Drawing, Plot, Series, Shades
from perceptron_cli.errors import InputError
from perceptron_cli.render.drawing_png import draw_network
from perceptron_cli.render.drawing_svg import size_of
from perceptron_cli.render.strokes import joined
from perceptron_cli.render.svg import MARKS, STROKES
from perceptron_cli.render.text import clean, plots_of

if TYPE_CHECKING:
    from perceptron_cli.render import Layout

STYLES = ("-", "--", ":")
SHAPES = {"dot": "o", "ring": "o", "cross": "x"}


def render(document: Document, layout: Layout) -> bytes:
    """Return the document's plots and drawings, one below the other.

    Raises InputError where it has none, or Matplotlib is not installed.
    """
    return saved(document, "png", {"Title": clean(document.title), "Software": None})


def require_matplotlib(format: str) -> None:
    """Raise InputError where Matplotlib is not installed."""
    if find_spec("matplotlib") is None:
        hint = "pip install 'nnstep[plot]', or write an .svg, which needs nothing more"
        raise InputError(f"{format.upper()} is drawn by Matplotlib, which is not installed", hint=hint)


def saved(document: Document, format: str, metadata: dict[str, Any]) -> bytes:
    """Return a document's pictures in a format of Matplotlib's; the same document gives the same bytes."""
    plots = plots_of(document)
    require_matplotlib(format)
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    sizes = [_inches(plot) for plot in plots]
    size = max(width for width, _ in sizes), sum(height for _, height in sizes)
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    parts = figure.subfigures(len(plots), 1, squeeze=False, height_ratios=[height for _, height in sizes])
    for part, plot in zip(parts.flat, plots, strict=True):
        match plot:
            case Plot():
                _draw(part.add_subplot(), plot)
            case Bars():
                _draw_bars(part.add_subplot(), plot)
            case Shades():
                _draw_shades(part.add_subplot(), plot)
            case Drawing():
                draw_network(part.add_axes((0, 0, 1, 1)), plot)
    data = BytesIO()
    figure.savefig(data, format=format, dpi=150, metadata=metadata)
    return data.getvalue()


def _inches(plot: Plot | Bars | Shades | Drawing) -> tuple[float, float]:
    if not isinstance(plot, Drawing):
        return 6.4, 4.6
    width, height = size_of(plot)
    return width / 96, height / 96


def _draw_bars(axes: Any, block: Bars) -> None:
    drawn = axes.barh([bar.label for bar in block.bars], block.shares(), color=STROKES[0][0])
    axes.bar_label(drawn, [bar.text for bar in block.bars], padding=4)
    told = f"{block.title} (the scale is logarithmic)" if block.logarithmic else block.title
    axes.set(title=told, xticks=[], xlim=(0, 1.2))
    axes.invert_yaxis()


def _draw_shades(axes: Any, block: Shades) -> None:
    levels = block.levels()
    axes.imshow(levels, cmap="Greys", vmin=0, vmax=1.25)
    for row, cells in enumerate(block.cells):
        for place, one in enumerate(cells):
            ink = "white" if levels[row][place] > 0.6 else "black"
            axes.text(place, row, one.text, ha="center", va="center", color=ink)
    axes.set(title=block.title)
    axes.set_xticks(range(len(block.columns)), block.columns)
    axes.set_yticks(range(len(block.rows)), block.rows)


def _draw(axes: Any, plot: Plot) -> None:
    lines = [one for one in plot.series if one.is_drawn]
    for series in plot.series:
        if not series.points:
            continue
        if series.is_drawn:
            number = lines.index(series) % len(STYLES)
            x, y = _with_gaps(series)
            axes.plot(x, y, STYLES[number], color=STROKES[number][0], label=series.name)
        else:
            x, y = (list(values) for values in zip(*series.points, strict=True))
            color, fill = MARKS[series.style], "full" if series.style == "dot" else "none"
            axes.plot(x, y, SHAPES[series.style], color=color, fillstyle=fill, label=series.name)
    axes.set(title=plot.title, xlim=plot.x, ylim=plot.y, xlabel=plot.labels[0], ylabel=plot.labels[1])
    axes.axhline(0, color="0.7", linewidth=0.8, zorder=0)
    axes.axvline(0, color="0.7", linewidth=0.8, zorder=0)
    axes.legend(fontsize="small", loc="upper left", bbox_to_anchor=(0, -0.14))  # below, over no point


def _with_gaps(series: Series) -> tuple[list[float], list[float]]:
    """Return the points of all strokes, with a gap (not a number) after each."""
    x: list[float] = []
    y: list[float] = []
    for stroke in joined(series.strokes()):
        x.extend([*(point[0] for point in stroke), nan])
        y.extend([*(point[1] for point in stroke), nan])
    return x, y
