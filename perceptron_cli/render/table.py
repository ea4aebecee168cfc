"""The terminal: Rich tables that read like the slides, a neuron a row, the result at the right.

Cells are broken into lines here, before an operator and never within a number, and are handed
to Rich as they are to stand. No text goes through Rich's markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from typing import TYPE_CHECKING

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from perceptron_cli.document import (
    Bars,
    Block,
    Derivation,
    Document,
    Drawing,
    Equations,
    Figure,
    MatrixEquation,
    Note,
    Part,
    Plot,
    Section,
    Table,
    Tree,
)
from perceptron_cli.notation import Ascii, Notation, Unicode
from perceptron_cli.render.cells import QUIET, Cells, cells_of
from perceptron_cli.render.derivation import NUMBERS, derivation_lines
from perceptron_cli.render.drawing_text import drawing_lines, with_room
from perceptron_cli.render.matrix import matrix_lines
from perceptron_cli.render.plot import text_plot
from perceptron_cli.render.text import ascii_only, bar_lines, clean, headed, parts_first, sparkline
from perceptron_cli.render.tree_text import tree_texts
from perceptron_cli.render.wrap import fill, wrap_formula, wrap_words
from perceptron_cli.words import counted

if TYPE_CHECKING:
    from perceptron_cli.render import Layout

TITLE, HEADING, SECTION = "bold", "bold magenta", "bold cyan"
FORMULA, SYMBOL, RESULT = "italic", "cyan", "bold green"
UNROUNDED, ON_PAPER, OFF_BY = "unrounded", "on paper", "off by"
NARROWEST = 14  # cells for the working; with less room there are no columns


def render(document: Document, layout: Layout) -> str:
    """Return a document as text for a screen of the layout's width."""
    return _Screen(document, layout).text()


class _Screen:
    def __init__(self, document: Document, layout: Layout) -> None:
        self.document = document
        self.layout = layout
        self.out = StringIO()
        self.console = Console(
            file=self.out,
            width=layout.width,
            height=100,
            force_terminal=layout.color,
            color_system="standard" if layout.color else None,
            no_color=not layout.color,
            markup=False,
            emoji=False,
            highlight=False,
            legacy_windows=False,
        )

    def text(self) -> str:
        document = self.document
        self.line(document.title, TITLE)
        for convention in document.conventions:
            self.line(convention, QUIET)
        if not parts_first(document):
            self.sections(document.sections)
        for part in document.parts:
            self.part(part)
        if parts_first(document):
            self.sections(document.sections)
        lines = (line.rstrip() for line in self.out.getvalue().split("\n"))
        return "\n".join(lines).strip("\n") + "\n"

    # lines ------------------------------------------------------------------------------------

    def line(self, text: str, style: str = "", indent: str = "") -> None:
        """Print a paragraph, broken between words."""
        for piece in wrap_words(self.shown(text), self.layout.width - len(indent)):
            self.console.print(Text(indent + piece, style), soft_wrap=True)
            indent = " " * len(indent)

    def shown(self, text: str) -> str:
        return clean(text) if self.layout.unicode else ascii_only(text)

    def part(self, part: Part) -> None:
        if len(self.document.parts) > 1 or not parts_first(self.document):
            self.console.print()
            self.line(part.title, HEADING)
        for heading, section in headed(part):
            if heading:
                self.console.print()
                self.line(heading, HEADING)
            self.section(section)

    def sections(self, sections: Sequence[Section]) -> None:
        room = self.layout.width, self.layout.unicode
        for section in with_room(sections, room[0], unicode=room[1]):
            self.section(section)

    def section(self, section: Section) -> None:
        self.console.print()
        self.line(section.title, SECTION)
        style = Unicode if self.layout.unicode else Ascii
        notation = style(layer=section.layer, sample=section.sample, outputs=self.document.outputs)
        for before, block in zip((None, *section.blocks), section.blocks, strict=False):
            if isinstance(before, MatrixEquation):
                self.console.print()
            self.block(block, notation)

    def block(self, block: Block, notation: Notation) -> None:
        match block:
            case Equations():
                self.equations(block, notation)
            case Derivation():
                self.derivation(block, notation)
            case MatrixEquation():
                self.matrix(block, notation)
            case Table():
                self.table(block)
            case Note(kind="observation"):
                self.line(block.text, indent="- ")
            case Note():
                self.line(block.text)
            case Figure():
                self.figure(block)
            case Plot():
                self.plot(block)
            case Bars():
                self.bars(block)
            case Drawing():
                self.drawing(block)
            case Tree():
                for line in tree_texts(block, notation, self.layout):
                    self.console.print(line, soft_wrap=True)

    # equations --------------------------------------------------------------------------------

    def equations(self, block: Equations, notation: Notation) -> None:
        rows = [[cells_of(one, block, notation, self.layout) for one in row] for row in block.rows]
        given = all(one.body is None for row in block.rows for one in row)
        if not self.layout.brief:
            for formula in block.formulas:
                bodies = [notation.write(body) for body in formula.bodies]
                self.formula(" = ".join([notation.symbol(formula.symbol), *bodies]))
        if given and not any(one.hand for row in block.rows for one in row):
            self.given(rows)
        elif rows:
            self.grid(rows, block)
        if block.omitted:
            dots = "…" if self.layout.unicode else "..."
            self.line(f"{dots} {counted(block.omitted, f'more {block.noun}')}", QUIET, "  ")

    def derivation(self, block: Derivation, notation: Notation) -> None:
        styles = {NUMBERS: RESULT}
        for kind, text, reason in derivation_lines(block, notation, self.layout):
            line = Text(text, styles.get(kind, ""))
            line.append(self.shown(reason), QUIET)
            self.console.print(line, soft_wrap=True)

    def matrix(self, block: MatrixEquation, notation: Notation) -> None:
        for line in matrix_lines(block, notation, self.layout):
            self.console.print(Text(line), soft_wrap=True)

    def formula(self, text: str) -> None:
        """Print a general formula, broken before an operator."""
        indent = "  "
        for piece in wrap_formula(text, self.layout.width - 4):
            self.console.print(Text(indent + piece, FORMULA), soft_wrap=True)
            indent = "    "

    def given(self, rows: list[list[Cells]]) -> None:
        """Print given numbers as they are, as many beside each other as there is room for."""
        for row in rows:
            line = Text("  ")
            for cells in row:
                if line.cell_len > 2 and line.cell_len + cells.width() > self.layout.width - 2:
                    self.console.print(line, soft_wrap=True)
                    line = Text("    ")
                line.append(cells.symbol, SYMBOL)
                line.append(f" = {cells.result}   ")
            self.console.print(line, soft_wrap=True)

    def grid(self, rows: list[list[Cells]], block: Equations) -> None:
        """Print rows: a neuron's equations side by side where there is room, else one below the other."""
        several = max(map(len, rows))
        both = any(cells.hand for row in rows for cells in row)
        side_by_side = several > 1 and not both and self._fits(rows, several)
        lines = rows if side_by_side else [[cells] for row in rows for cells in row]
        across = several if side_by_side else 1
        grid = Grid(
            box=self._box(),
            show_header=both,
            show_edge=self.layout.boxes,
            pad_edge=self.layout.boxes,
            padding=(0, 1),
            border_style=QUIET,
            header_style=QUIET,
        )
        for _ in range(across):
            grid.add_column("", style=SYMBOL, no_wrap=True)
            grid.add_column("", no_wrap=True)
            grid.add_column(UNROUNDED if both else "", style=RESULT, no_wrap=True)
            if both:
                grid.add_column(ON_PAPER, no_wrap=True)
                grid.add_column(OFF_BY, justify="right", no_wrap=True)
        room = self._room(lines, across, both)
        if room < NARROWEST or any(cells.widest(room) > room for line in lines for cells in line):
            self.paragraphs([cells for line in lines for cells in line])
            return
        for line in lines:
            found: list[Text] = []
            for cells in line:
                apart = "" if self.layout.boxes or not found else "  "
                found.extend(cells.texts(room, both, apart))
            grid.add_row(*found)
        inset = (0, 0, 0, 0 if self.layout.boxes else 2)
        self.console.print(Padding(grid, inset, expand=False), crop=False, overflow="ignore", no_wrap=True)

    def _box(self) -> box.Box | None:
        if not self.layout.boxes:
            return None
        return box.ROUNDED if self.layout.unicode else box.ASCII

    def _frame(self, columns: int) -> int:
        """Return the cells that lines and padding take."""
        return 3 * columns + 1 if self.layout.boxes else 2 * columns

    def _fits(self, rows: list[list[Cells]], across: int) -> bool:
        widths = [0] * across
        for row in rows:
            if len(row) < across or any(cells.notes for cells in row):
                return False
            for place, cells in enumerate(row):
                widths[place] = max(widths[place], cells.width())
        return sum(widths) + self._frame(3 * across) + 2 * across <= self.layout.width

    def _room(self, lines: list[list[Cells]], across: int, both: bool) -> int:
        """Return how wide the working may be."""
        if across > 1:
            return self.layout.width
        symbol = max(cell_len(cells.symbol) for (cells,) in lines)
        result = max(cell_len(cells.result) + 2 for (cells,) in lines)
        taken = symbol + result + self._frame(5 if both else 3)
        if both:
            taken += max(0, len(UNROUNDED) - result) + len(OFF_BY)
            taken += max(len(ON_PAPER), *(cell_len(cells.hand[0]) for (cells,) in lines if cells.hand))
        return self.layout.width - taken

    def paragraphs(self, lines: list[Cells]) -> None:
        """Print equations one below the other, where the screen is too narrow for columns."""
        for cells in lines:
            text = " = ".join([cells.symbol, *cells.steps, cells.result])
            for place, piece in enumerate(wrap_formula(text, self.layout.width - 6)):
                self.console.print(Text(("    " if place else "") + piece), soft_wrap=True)
            if cells.hand:
                self.line(f"(on paper {cells.hand[0]}, off by {cells.hand[1]})", QUIET, "    ")
            for note in cells.notes:
                self.line(f"({note})", QUIET, "    ")

    # tables and figures -----------------------------------------------------------------------

    def table(self, table: Table) -> None:
        if table.title:
            self.line(table.title)
        count, content = len(table.columns), self._content_width(table)
        if count < 3 or content + self._frame(count) <= self.layout.width:
            self.columns(table)
        elif content + count <= self.layout.width:
            self.columns(table, close=True)
        else:
            self.records(table)
        if table.omitted:
            dots = "…" if self.layout.unicode else "..."
            self.line(f"{dots} {counted(table.omitted, f'more {table.noun}')}", QUIET, "  ")

    def _content_width(self, table: Table) -> int:
        """Return how wide a table's columns are together, no cell broken."""
        return sum(max(map(cell_len, cells)) for cells in zip(table.columns, *table.rows, strict=True))

    def records(self, table: Table) -> None:
        """Print a row as pairs of name and value, where the screen is too narrow for its columns."""
        for row in table.rows:
            pairs = [
                f"{name} {self.shown(cell)}" for name, cell in zip(table.columns, row, strict=True) if cell
            ]
            for place, line in enumerate(fill(pairs, self.layout.width - 2, "  ", between="  ")):
                words = (line if place else f"- {line}").split(" ")
                for piece in fill(words, self.layout.width, "    "):
                    self.console.print(Text(piece), soft_wrap=True)

    def columns(self, table: Table, close: bool = False) -> None:
        """Print a table; a `close` one has no lines, and a space between its columns."""
        between = 1 if close else 2
        fits = self._content_width(table) + between * (len(table.columns) - 1) <= self.layout.width
        if fits and not self.layout.boxes and not self.layout.color:
            self.aligned(table, " " * between)
            return
        boxes = self.layout.boxes and not close
        grid = Grid(
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
        for row in table.rows:
            grid.add_row(*(Text(self.shown(cell)) for cell in row))
        self.console.print(grid)

    def aligned(self, table: Table, between: str) -> None:
        """Print columns of plain text: a hundredth of the time that Rich's table takes."""
        rows = [[self.shown(cell) for cell in row] for row in (table.columns, *table.rows)]
        widths = [max(map(cell_len, cells)) for cells in zip(*rows, strict=True)]
        for row in rows:
            spaces = [" " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)]
            cells = [
                space + cell if place in table.right else cell + space
                for place, (cell, space) in enumerate(zip(row, spaces, strict=True))
            ]
            self.out.write(between.join(cells) + "\n")

    def plot(self, plot: Plot) -> None:
        self.line(plot.title)
        for line in text_plot(plot, self.layout.width, unicode=self.layout.unicode):
            self.console.print(Text(self.shown(line)), soft_wrap=True)

    def bars(self, bars: Bars) -> None:
        self.line(bars.title)
        for line in bar_lines(bars, self.layout.width, unicode=self.layout.unicode):
            self.console.print(Text(self.shown(line)), soft_wrap=True)

    def drawing(self, drawing: Drawing) -> None:
        if drawing.title:
            self.line(drawing.title)
        for line in drawing_lines(drawing, self.layout.width, unicode=self.layout.unicode):
            self.console.print(Text(self.shown(line)), soft_wrap=True)

    def figure(self, figure: Figure) -> None:
        levels = "▁▂▃▄▅▆▇█" if self.layout.unicode else "_.-=*#"
        room = self.layout.width - cell_len(figure.title) - cell_len(figure.label) - 4
        drawn = sparkline(figure.values, max(8, min(room, 60)), levels)
        line = Text(f"{figure.title}  ")
        line.append(drawn, RESULT)
        line.append(f"  {figure.label}")
        self.console.print(line)
