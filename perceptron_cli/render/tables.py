"""Tables for a screen: with a sign a row, in columns where they fit, as vectors, or as names and values."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from rich import box
from rich.cells import cell_len
from rich.table import Table as RichTable
from rich.text import Text

from perceptron_cli.document import Table
from perceptron_cli.render.cells import QUIET
from perceptron_cli.render.text import ascii_only, clean
from perceptron_cli.render.wrap import fill
from perceptron_cli.words import counted

if TYPE_CHECKING:
    from rich.console import Console

    from perceptron_cli.render import Layout

SIGN_STYLES = {"right": "green", "wrong": "bold red", "follows": "yellow"}
SIGNS = {"right": "✓", "wrong": "✗", "follows": "→"}
_NUMBERED = re.compile(r"(\w+)_\d+('?)")


class Tables:
    """Prints tables on a console, the widest way that fits."""

    def __init__(
        self, console: Console, layout: Layout, put: Callable[[Text], None], line: Callable[..., None]
    ) -> None:
        """`put(text)` prints a line as it is, `line(text, style, indent)` a paragraph."""
        self.console = console
        self.layout = layout
        self.put = put
        self.line = line

    def table(self, table: Table) -> None:
        """Print a table: with lines, close together, with vectors, or else row by row."""
        if table.title:
            self.line(table.title)
        if table.signs and self.layout.unicode:
            table = signed(table)
        for one in (table, vectors(table)):
            count, content = len(one.columns), content_width(one)
            if count < 3 or content + self._frame(count) <= self.layout.width:
                self.columns(one)
                break
            if content + count <= self.layout.width:
                self.columns(one, close=True)
                break
        else:
            self.records(one)
        if table.omitted:
            dots = "…" if self.layout.unicode else "..."
            self.line(f"{dots} {counted(table.omitted, f'more {table.noun}')}", QUIET, "  ")

    def records(self, table: Table) -> None:
        """Print a row as pairs of name and value, where the screen is too narrow for its columns."""
        for row in table.rows:
            pairs = [
                f"{name} {'= ' if cell.startswith('(') else ''}{self.shown(cell)}".lstrip()
                for name, cell in zip(table.columns, row, strict=True)
                if cell
            ]
            for place, line in enumerate(fill(pairs, self.layout.width - 2, "  ", between="  ")):
                words = (line if place else f"- {line}").split(" ")
                for piece in fill(words, self.layout.width, "    "):
                    self.put(Text(piece))

    def columns(self, table: Table, close: bool = False) -> None:
        """Print a table; a `close` one has no lines, and a space between its columns."""
        between = 1 if close else 2
        fits = content_width(table) + between * (len(table.columns) - 1) <= self.layout.width
        if fits and not self.layout.boxes and not self.layout.color:
            self.aligned(table, " " * between)
            return
        boxes = self.layout.boxes and not close
        grid = RichTable(
            box=self._box() if boxes else None,
            show_edge=boxes,
            pad_edge=boxes,
            padding=(0, 1, 0, 0) if close else (0, 1),
            border_style=QUIET,
            header_style=QUIET,
        )
        for place, column in enumerate(table.columns):
            grid.add_column(
                Text(column), justify="right" if place in table.right else "left", overflow="fold"
            )
        for place, row in enumerate(table.rows):
            style = SIGN_STYLES[table.signs[place]] if table.signs else ""
            grid.add_row(*(Text(self.shown(cell)) for cell in row), style=style)
        self.console.print(grid)

    def aligned(self, table: Table, between: str, indent: str = "") -> None:
        """Print columns of plain text: a hundredth of the time that Rich's table takes."""
        rows = [[self.shown(cell) for cell in row] for row in (table.columns, *table.rows)]
        widths = [max(map(cell_len, cells)) for cells in zip(*rows, strict=True)]
        for row in rows:
            spaces = [" " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)]
            cells = [
                space + cell if place in table.right else cell + space
                for place, (cell, space) in enumerate(zip(row, spaces, strict=True))
            ]
            style = QUIET if row is rows[0] and self.layout.color else ""
            self.put(Text(indent + between.join(cells), style))

    def _box(self) -> box.Box | None:
        if not self.layout.boxes:
            return None
        return box.SQUARE if self.layout.unicode else box.ASCII

    def _frame(self, columns: int) -> int:
        """Return the cells that lines and padding take."""
        return 3 * columns + 1 if self.layout.boxes else 2 * columns

    def shown(self, text: str) -> str:
        """Return a text as the screen can show it."""
        return clean(text) if self.layout.unicode else ascii_only(text)


def content_width(table: Table) -> int:
    """Return how wide a table's columns are together, in cells, no cell broken."""
    return sum(max(map(cell_len, cells)) for cells in zip(table.columns, *table.rows, strict=True))


def signed(table: Table) -> Table:
    """Return a table whose first column is the sign of each row."""
    rows = tuple((SIGNS[sign], *row) for sign, row in zip(table.signs, table.rows, strict=True))
    right = frozenset(place + 1 for place in table.right)
    return replace(table, columns=("", *table.columns), rows=rows, right=right)


def vectors(table: Table) -> Table:
    """Return a table with neighbours such as x_1, x_2, x_3 as one column x, its cells (1, 0, 1)."""
    found = groupby(enumerate(table.columns), key=lambda one: _vector(one[1]))
    told = [(name, list(members)) for name, members in found]
    groups = [
        (name if len(members) > 1 else members[0][1], [place for place, _ in members])
        for name, members in told
    ]
    if len(groups) == len(table.columns):
        return table
    rows = tuple(tuple(_cell([row[place] for place in places]) for _, places in groups) for row in table.rows)
    right = frozenset(new for new, (_, places) in enumerate(groups) if places[0] in table.right)
    return replace(table, columns=tuple(name for name, _ in groups), rows=rows, right=right)


def _vector(column: str) -> str:
    """Return the name of the vector that a column belongs to: x for x_1, w' for w_1'."""
    found = _NUMBERED.fullmatch(column)
    return found[1] + found[2] if found else column


def _cell(cells: list[str]) -> str:
    return cells[0] if len(cells) == 1 else f"({', '.join(cells)})"
