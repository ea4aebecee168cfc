"""A matrix equation as lines of characters: each operand under its name, with its shape below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len

from perceptron_cli.document import MatrixEquation
from perceptron_cli.notation import Notation
from perceptron_cli.render.operands import Marked, Operand, marked

if TYPE_CHECKING:
    from perceptron_cli.render import Layout

Lines = list[str]

INDENT = "  "


def matrix_lines(equation: MatrixEquation, notation: Notation, layout: Layout) -> Iterator[str]:
    """Yield an equation's lines, at most as wide as the layout."""
    settings = {"layer": notation.layer, "sample": notation.sample, "outputs": notation.outputs}
    found = marked(equation, type(notation), **settings)
    if layout.brief:  # the result alone
        found = Marked(found.text[0], found.operands)
        (box,) = (_box(piece, layout) for piece in found.pieces())
        yield from (INDENT + line for line in box)
        return
    groups = _groups([_box(piece, layout) for piece in found.pieces()], layout.width - 2 * len(INDENT))
    for number, group in enumerate(groups):
        indent = INDENT * (1 + bool(number))
        yield from (f"{indent}{line}".rstrip() for line in _beside(group))


def _groups(boxes: Sequence[Lines], room: int) -> Iterator[list[Lines]]:
    """Put boxes beside each other, as many as there is room for; an operator begins the next line."""
    group: list[Lines] = []
    used = 0
    for place, box in enumerate(boxes):
        width = cell_len(box[0])
        needed = width
        if _is_text(box) and place + 1 < len(boxes):
            needed += cell_len(boxes[place + 1][0])  # what stands before an operand stays with it
        if group and used + needed > room:
            yield group
            group, used = [], 0
        group.append(box)
        used += width
    yield group


def _is_text(box: Lines) -> bool:
    return len(box) == 1


def _beside(boxes: Sequence[Lines]) -> Iterator[str]:
    """Yield the lines of boxes set side by side, their middles on one line."""
    height = max(map(len, boxes))
    padded = []
    for box in boxes:
        above = (height - len(box)) // 2
        width = cell_len(box[0])
        padded.append([" " * width] * above + box + [" " * width] * (height - len(box) - above))
    for line in zip(*padded, strict=True):
        yield "".join(line)


def _box(piece: str | Operand, layout: Layout) -> Lines:
    """Return an operand's lines, all of one width: its name, its rows in brackets, its shape."""
    if isinstance(piece, str):
        return [piece]
    if piece.shape is None:
        return _centred([piece.name, piece.cells[0][0], ""])
    rows = _rows(piece, layout)
    times = "×" if layout.unicode else "x"
    shape = f"{piece.shape[0]}{times}{piece.shape[1]}"
    return _centred([piece.name, *_bracketed(rows, layout.unicode), shape])


def _rows(operand: Operand, layout: Layout) -> list[str]:
    """Return the rows as text, flush right; columns that do not fit are left out."""
    count = len(operand.cells[0])
    while True:
        lines = _aligned(operand, count, layout.unicode)
        if count == 1 or cell_len(lines[0]) + 3 * len(INDENT) <= layout.width:
            return lines
        count -= 1


def _aligned(operand: Operand, count: int, unicode: bool) -> list[str]:
    more_rows, more_columns = operand.dots
    across, down = ("…", "⋮") if unicode else ("...", ":")
    rows = [list(row[:count]) for row in operand.cells]
    if more_columns or count < len(operand.cells[0]):
        rows = [[*row, across] for row in rows]
    if more_rows:
        rows.append([down] * len(rows[0]))
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    return [
        INDENT.join(" " * (width - cell_len(cell)) + cell for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]


def _bracketed(rows: list[str], unicode: bool) -> Iterator[str]:
    for place, row in enumerate(rows):
        left, right = "[", "]"
        if unicode and len(rows) > 1:
            piece = 0 if place == 0 else 2 if place == len(rows) - 1 else 1
            left, right = "⎡⎢⎣"[piece], "⎤⎥⎦"[piece]
        yield f"{left}{row}{right}"


def _centred(lines: Sequence[str]) -> Lines:
    width = max(map(cell_len, lines))
    padded = []
    for line in lines:
        left = (width - cell_len(line)) // 2
        padded.append(" " * left + line + " " * (width - cell_len(line) - left))
    return padded
