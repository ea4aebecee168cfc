"""A plot as lines of characters: lines in Braille dots (or ASCII), marks on top, axes with their ends."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from textwrap import wrap

from perceptron_cli.document import Plot, Series
from perceptron_cli.render.text import end_of_axis

MARKS = {"dot": "●", "ring": "○", "cross": "×"}
ASCII_MARKS = {"dot": "*", "ring": "o", "cross": "x"}
LINES = (".", "-", "+")  # of an ASCII plot, by the line's place
WIDEST, HEIGHT = 60, 15

# the bits of a Braille character, by column and row of its 2 x 4 dots
BITS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))


def text_plot(plot: Plot, width: int, *, unicode: bool) -> Iterator[str]:
    """Yield the lines of a plot that is at most `width` characters wide."""
    ends = [end_of_axis(end) for end in (plot.y[1], plot.y[0])]
    margin = max(map(len, ends)) + 1
    columns = max(10, min(WIDEST, width - margin - 1))
    grid = _braille(plot, columns) if unicode else _ascii(plot, columns)
    for series in plot.series:
        if not series.is_drawn:
            _mark(grid, plot, series, (MARKS if unicode else ASCII_MARKS)[series.style])
    side, bottom, corner = ("│", "─", "└") if unicode else ("|", "-", "+")
    for row, line in enumerate(grid):
        label = ends[0] if row == 0 else ends[1] if row == HEIGHT - 1 else ""
        yield f"{label:>{margin}}{side}{''.join(line)}".rstrip()
    yield " " * margin + corner + bottom * columns
    left, right = (end_of_axis(end) for end in plot.x)
    middle = plot.labels[0].center(max(0, columns - len(left) - len(right)))
    yield " " * (margin + 1) + left + middle + right
    yield from _legend(plot, width, unicode=unicode)


def _legend(plot: Plot, width: int, *, unicode: bool) -> Iterator[str]:
    lines = [one for one in plot.series if one.is_drawn]
    for series in plot.series:
        if not series.points:
            continue
        sign = (MARKS if unicode else ASCII_MARKS).get(series.style)
        if sign is None:
            number = lines.index(series)
            sign = ("⠒⠒⠒", "⠂⠂⠂")[min(number, 1)] if unicode else LINES[number % len(LINES)] * 3
        yield from (f"  {line}" for line in wrap(f"{sign} {series.name}", width - 2))


def _place(plot: Plot, point: tuple[float, float], columns: int, rows: int) -> tuple[int, int] | None:
    """Return the column and row of a point, counted from the top left; None where it lies outside."""
    (left, right), (low, high) = plot.x, plot.y
    x, y = (point[0] - left) / (right - left), (point[1] - low) / (high - low)
    if not (0 <= x <= 1 and 0 <= y <= 1):
        return None
    return round(x * (columns - 1)), round((1 - y) * (rows - 1))


def _dots(plot: Plot, series: Series, columns: int, rows: int) -> Iterator[tuple[int, int]]:
    """Yield the places of a line: its points, and as many between two of them as leave no gap."""
    ends = [pair for stroke in series.strokes() for pair in pairwise(stroke)]
    steps = 2 * max(columns, rows) if len(ends) < 10 else 20
    for (x0, y0), (x1, y1) in ends:
        for step in range(steps + 1):
            share = step / steps
            place = _place(plot, (x0 + share * (x1 - x0), y0 + share * (y1 - y0)), columns, rows)
            if place is not None:
                yield place


def _braille(plot: Plot, columns: int) -> list[list[str]]:
    bits = [[0] * columns for _ in range(HEIGHT)]
    lines = [series for series in plot.series if series.is_drawn]
    for number, series in enumerate(lines):
        for x, y in _dots(plot, series, 2 * columns, 4 * HEIGHT):
            if not number or (x + y) % 4 < 2:  # the first line is drawn through, the next ones dotted
                bits[y // 4][x // 2] |= BITS[x % 2][y % 4]
    return [[chr(0x2800 + one) if one else " " for one in row] for row in bits]


def _ascii(plot: Plot, columns: int) -> list[list[str]]:
    grid = [[" "] * columns for _ in range(HEIGHT)]
    lines = [series for series in plot.series if series.is_drawn]
    for number, series in enumerate(lines):
        for x, y in _dots(plot, series, columns, HEIGHT):
            grid[y][x] = LINES[number % len(LINES)]
    return grid


def _mark(grid: list[list[str]], plot: Plot, series: Series, sign: str) -> None:
    for point in series.points:
        place = _place(plot, point, len(grid[0]), HEIGHT)
        if place is not None:
            grid[place[1]][place[0]] = sign
