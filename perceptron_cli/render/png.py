"""A document's plots as a PNG, drawn by Matplotlib: the extra `plot`."""

from __future__ import annotations

from io import BytesIO
from math import nan
from typing import TYPE_CHECKING, Any

from perceptron_cli.document import Bars, Document, Plot, Series
from perceptron_cli.errors import InputError
from perceptron_cli.render.svg import MARKS, STROKES
from perceptron_cli.render.text import clean, plots_of

if TYPE_CHECKING:
    from perceptron_cli.render import Layout

STYLES = ("-", "--", ":")
SHAPES = {"dot": "o", "ring": "o", "cross": "x"}


def render(document: Document, layout: Layout) -> bytes:
    """Return the document's plots, one below the other.

    Raises InputError where it has none, or Matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        hint = "pip install 'nnstep[plot]', or write an .svg, which needs nothing more"
        raise InputError("PNG is drawn by Matplotlib, which is not installed", hint=hint) from None
    plots = plots_of(document)
    figure = Figure(figsize=(6.4, 4.6 * len(plots)), layout="constrained")
    FigureCanvasAgg(figure)
    for place, plot in enumerate(plots, start=1):
        axes = figure.add_subplot(len(plots), 1, place)
        if isinstance(plot, Plot):
            _draw(axes, plot)
        else:
            _draw_bars(axes, plot)
    data = BytesIO()
    figure.savefig(data, format="png", dpi=150, metadata={"Title": clean(document.title), "Software": None})
    return data.getvalue()


def _draw_bars(axes: Any, block: Bars) -> None:
    drawn = axes.barh([bar.label for bar in block.bars], block.shares(), color=STROKES[0][0])
    axes.bar_label(drawn, [bar.text for bar in block.bars], padding=4)
    told = f"{block.title} (the scale is logarithmic)" if block.logarithmic else block.title
    axes.set(title=told, xticks=[], xlim=(0, 1.2))
    axes.invert_yaxis()


def _draw(axes: Any, plot: Plot) -> None:
    lines = [one for one in plot.series if one.is_drawn]
    for series in plot.series:
        if not series.points:
            continue
        if series.is_drawn:
            number = lines.index(series) % len(STYLES)
            x, y = _joined(series)
            axes.plot(x, y, STYLES[number], color=STROKES[number][0], label=series.name)
        else:
            x, y = (list(values) for values in zip(*series.points, strict=True))
            color, fill = MARKS[series.style], "full" if series.style == "dot" else "none"
            axes.plot(x, y, SHAPES[series.style], color=color, fillstyle=fill, label=series.name)
    axes.set(title=plot.title, xlim=plot.x, ylim=plot.y, xlabel=plot.labels[0], ylabel=plot.labels[1])
    axes.axhline(0, color="0.7", linewidth=0.8, zorder=0)
    axes.axvline(0, color="0.7", linewidth=0.8, zorder=0)
    axes.legend(fontsize="small", loc="upper left", bbox_to_anchor=(0, -0.14))  # below, over no point


def _joined(series: Series) -> tuple[list[float], list[float]]:
    """Return the points of all strokes, with a gap (not a number) after each."""
    x: list[float] = []
    y: list[float] = []
    for stroke in series.strokes():
        x.extend([*(point[0] for point in stroke), nan])
        y.extend([*(point[1] for point in stroke), nan])
    return x, y
