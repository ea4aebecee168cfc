"""A network's drawing as lines of characters: edges in Braille dots (or ASCII), numbers on top.

`picture_lines(drawing, 80)` draws it; another `highlight` marks other neurons and weights of it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from textwrap import wrap

from perceptron_cli.document import Drawing, Section
from perceptron_cli.drawing import Box, Lettering, Line, Metrics, Picture, layout
from perceptron_cli.render.plot import BITS

CELLS = Metrics(letter=1, wide=1, line=1, pad=1, ring=0, gap=6, between=0, round=False)
ROOMY = replace(CELLS, pad=3, gap=12)


def picture_lines(
    drawing: Drawing, width: int, *, unicode: bool = True, highlight: Collection[str] | None = None
) -> list[str] | None:
    """Return the lines of a drawing, None where `width` characters are not enough for it.

    It takes more room where there is some; a new weight stands beside the old one, or below it.
    """
    if highlight is not None:
        drawing = replace(drawing, highlight=frozenset(highlight))
    for metrics, stacked in ((ROOMY, False), (CELLS, False), (ROOMY, True), (CELLS, True)):
        picture = layout(drawing, metrics, Lettering(unicode, stacked, ("(", ")"), ("[", "]")))
        if math.ceil(picture.width) <= width:
            return _drawn(drawing, picture, unicode, width)
    return None


def drawing_lines(drawing: Drawing, width: int, *, unicode: bool) -> list[str]:
    """Return the lines of a drawing; where it does not fit, its layers, each on its own."""
    lines = picture_lines(drawing, width, unicode=unicode)
    return lines if lines is not None else [*_layers(drawing, width, unicode)]


def _layers(drawing: Drawing, width: int, unicode: bool) -> Iterator[str]:
    yield from wrap(f"The picture is wider than {width} columns; -o FILE.svg draws it.", width)
    lettering = Lettering(unicode)
    for l, column in enumerate(drawing.columns):
        numbers = [
            f"{lettering.name(drawing, one, l)[0]}={one.number.text}"
            + (f"{lettering.arrow}{one.new.text}" if one.new else "")
            for one in column.neurons
        ]
        if column.count > len(numbers):
            numbers.insert(-1, lettering.dots)
        heading = " ".join(lettering.heading(l, column)).strip()
        yield from wrap("  ".join([f"{heading}:", *numbers]), width, subsequent_indent="  ")
    yield from _legend(drawing, unicode, width)


def _drawn(drawing: Drawing, picture: Picture, unicode: bool, width: int) -> list[str]:
    columns, rows = math.ceil(picture.width) + 1, math.ceil(picture.height) + 1
    grid = _dots(picture, columns, rows) if unicode else _signs(picture, columns, rows)
    for box in picture.boxes():
        _write(grid, box)
    lines = ["".join(row).rstrip() for row in grid]
    while lines and not lines[-1]:
        lines.pop()
    return [*lines, *_legend(drawing, unicode, width)]


def _write(grid: list[list[str]], box: Box) -> None:
    """Put a box's text over what is there."""
    top = _cell(box.y - len(box.lines) / 2)
    for row, text in enumerate(box.lines, start=top):
        left = _cell(box.x - len(text) / 2)
        grid[row][left : left + len(text)] = text


def _cell(place: float) -> int:
    """Return the nearest cell; what is a whole cell apart stays so, whatever its last bits."""
    return math.floor(place + 0.5 + 1e-6)


def _dots(picture: Picture, columns: int, rows: int) -> list[list[str]]:
    """Draw the edges with dots, 2 x 4 in a character; one that stands back has every second left out."""
    bits = [[0] * columns for _ in range(rows)]
    for line in picture.lines:
        for x, y in _places(line, 2, 4):
            if _shown(picture, line, x):
                bits[y // 4][x // 2] |= BITS[x % 2][y % 4]
    return [[chr(0x2800 + one) if one else " " for one in row] for row in bits]


def _signs(picture: Picture, columns: int, rows: int) -> list[list[str]]:
    grid = [[" "] * columns for _ in range(rows)]
    for line in sorted(picture.lines, key=lambda one: one.marked):
        sign = "#" if line.marked else "-" if _negative(line) else "."
        for x, y in _places(line, 1, 1):
            grid[y][x] = sign
    return grid


def _negative(line: Line) -> bool:
    return bool(line.edge.gradient and (line.edge.gradient.value or 0.0) < 0)


def _shown(picture: Picture, line: Line, x: int) -> bool:
    """Whether a line has a dot there: edges that are not marked, and negative gradients, have gaps."""
    apart = _negative(line) or (not line.marked and any(one.marked for one in picture.lines))
    return not apart or x % 4 < 2


def _places(line: Line, across: int, down: int) -> Iterator[tuple[int, int]]:
    """Yield the dots of a line, so many in a character."""
    (x0, y0), (x1, y1) = line.ends
    steps = 2 * math.ceil(max(across * abs(x1 - x0), down * abs(y1 - y0), 1))
    for step in range(steps):
        share = (step + 0.5) / steps
        yield math.floor(across * (x0 + share * (x1 - x0))), math.floor(down * (y0 + share * (y1 - y0)))


def _legend(drawing: Drawing, unicode: bool, width: int) -> Iterator[str]:
    if drawing.caption:
        yield from wrap(drawing.caption.replace("->", "→") if unicode else drawing.caption, width)
    if drawing.shows == "gradients":
        signs = ("⠒⠒⠒", "⠂⠂⠂") if unicode else ("...", "---")
        yield from wrap(f"on the edges: the gradients; {signs[0]} positive, {signs[1]} negative", width)


def with_room(sections: Iterable[Section], width: int, *, unicode: bool) -> Iterator[Section]:
    """Yield the sections, but for one of optional drawings alone that do not fit."""
    for section in sections:
        drawings = [one for one in section.blocks if isinstance(one, Drawing) and one.optional]
        fit = (picture_lines(one, width, unicode=unicode) for one in drawings)
        if not drawings or len(drawings) < len(section.blocks) or any(fit):
            yield section
