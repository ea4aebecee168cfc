"""The terminal: Rich tables that read like the slides, a neuron a row, the result at the right.

Cells are broken into lines here, before an operator and never within a number, and are handed
to Rich as they are to stand. No text goes through Rich's markup. What few documents have is imported where
it is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from perceptron_cli.document import (
    Bars,
    Block,
    Derivation,
    Document,
    Drawing,
    Equations,
    Excerpt,
    Figure,
    Grid,
    MatrixEquation,
    Note,
    Part,
    Plot,
    Section,
    Shades,
    Table,
    Tree,
)
from perceptron_cli.notation import Ascii, Notation, Unicode
from perceptron_cli.render.cells import QUIET, Cells, cells_of
from perceptron_cli.render.columns import LONG_NAME, RESULT, ROOMY, SYMBOL, Columns, shared_columns
from perceptron_cli.render.drawing_text import drawing_lines, with_room
from perceptron_cli.render.tables import Tables, content_width
from perceptron_cli.render.text import (
    ascii_only,
    bar_lines,
    clean,
    grid_table,
    headed,
    is_named,
    parts_first,
    prose,
    sentence,
    shade_lines,
    sparkline,
)
from perceptron_cli.render.wrap import wrap_formula, wrap_words
from perceptron_cli.words import counted

if TYPE_CHECKING:
    from perceptron_cli.render import Layout

TITLE, HEADING, SECTION = "bold", "bold magenta", "bold cyan"
FORMULA, OUTCOME = "italic", "bold"


def _is_given(block: Equations) -> bool:
    """Whether all numbers of a block are given, so that none has a working."""
    return all(one.body is None and one.hand is None for row in block.rows for one in row)


def render(document: Document, layout: Layout) -> str:
    """Return a document as text for a screen of the layout's width."""
    return _Screen(document, layout).text()


class _Screen:
    def __init__(self, document: Document, layout: Layout) -> None:
        self.document = document
        self.layout = layout
        self.out = StringIO()
        self.made: dict[int, list[list[Cells]]] = {}
        self.shared: Columns | None = None
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
        self.tables = Tables(self.console, layout, self.put, self.line)

    def text(self) -> str:
        document = self.document
        self.line(document.title, TITLE)
        self.conventions()
        if not parts_first(document):
            self.sections(document.sections)
        for part in document.parts:
            self.part(part)
        if parts_first(document):
            self.sections(document.sections)
        if document.outcome:
            self.outcome(document.outcome)
        lines = (line.rstrip() for line in self.out.getvalue().split("\n"))
        return "\n".join(lines).strip("\n") + "\n"

    def conventions(self) -> None:
        """Print what is in force: in a terminal as one quiet paragraph, in a pipe a line each."""
        style = Unicode if self.layout.unicode else Ascii
        notation = style(outputs=self.document.outputs, naming=self.document.naming)
        told = [sentence(one, notation, self.prose) for one in self.document.conventions]
        for line in [" ".join(told)] if self.layout.boxes else told:
            self.written(line, QUIET)

    def outcome(self, text: str) -> None:
        """Print what came out, as the last thing that the eye meets."""
        self.put()
        if not self.layout.boxes:
            self.line(text, OUTCOME)
            return
        heavy = "┏┓┗┛━┃" if self.layout.unicode else "++++=|"
        lines = list(wrap_words(self.shown(text), self.layout.width - 4))
        wide = max(map(cell_len, lines))
        edge = heavy[4] * (wide + 2)
        inside = (f"{heavy[5]} {line}{' ' * (wide - cell_len(line))} {heavy[5]}" for line in lines)
        for line in (heavy[0] + edge + heavy[1], *inside, heavy[2] + edge + heavy[3]):
            self.put(Text(line, OUTCOME))

    # lines ------------------------------------------------------------------------------------

    def put(self, text: Text | str = "") -> None:
        """Print a line as it is; without colour there is nothing that Rich could add to it."""
        if self.layout.color:
            self.console.print(text, soft_wrap=True)
        else:
            self.out.write(f"{text.plain if isinstance(text, Text) else text}\n")

    def line(self, text: str, style: str = "", indent: str = "") -> None:
        """Print a paragraph, broken between words; what is no text of this screen is shown by its code."""
        self.written(self.shown(text), style, indent)

    def written(self, text: str, style: str = "", indent: str = "") -> None:
        """Print a paragraph that may be shown as it is."""
        for piece in wrap_words(text, self.layout.width - len(indent)):
            self.put(Text(indent + piece, style))
            indent = " " * len(indent)

    def shown(self, text: str) -> str:
        return clean(text) if self.layout.unicode else ascii_only(text)

    def prose(self, text: str) -> str:
        return prose(text) if self.layout.unicode else self.shown(text)

    def part(self, part: Part) -> None:
        if len(self.document.parts) > 1 or not parts_first(self.document):
            self.put()
            self.line(part.title, HEADING)
        self.share(part.sections)
        for heading, section in headed(part):
            if heading:
                self.put()
                self.line(heading, HEADING)
            self.section(section)

    def sections(self, sections: Sequence[Section]) -> None:
        room = self.layout.width, self.layout.unicode
        self.share(sections)
        for section in with_room(sections, room[0], unicode=room[1]):
            self.section(section)

    def section(self, section: Section) -> None:
        self.put()
        notation = self.notation(section)
        general = self.beside(section, notation)
        self.head(section.title, general)
        for before, block in zip((None, *section.blocks), section.blocks, strict=False):
            if isinstance(before, MatrixEquation):
                self.put()
            self.block(block, notation, told=general is not None and block is section.blocks[0])

    def notation(self, section: Section) -> Notation:
        style = Unicode if self.layout.unicode else Ascii
        return style(
            layer=section.layer,
            sample=section.sample,
            outputs=self.document.outputs,
            naming=self.document.naming,
        )

    def head(self, title: str, general: str | None) -> None:
        """Print a section's title, in boxes as a rule with the general formula at its end."""
        title = self.prose(title)
        room = self.layout.width - cell_len(title) - 5
        if not self.layout.boxes or room < 0:
            self.written(title, SECTION)
            return
        dash = "─" if self.layout.unicode else "-"
        line = Text.assemble((f"{dash}{dash} ", QUIET), (title, SECTION))
        if general is None:
            line.append(f" {dash * (room + 1)}", QUIET)
        else:
            line.append(f" {dash * (room - cell_len(general) - 1)} ", QUIET)
            line.append(general, FORMULA)
        self.put(line)

    def beside(self, section: Section, notation: Notation) -> str | None:
        """Return the first block's general formula where it is one, and fits beside the title."""
        first = section.blocks[0] if section.blocks else None
        if not self.layout.boxes or self.layout.brief or not isinstance(first, Equations):
            return None
        if len(first.formulas) != 1:
            return None
        general = next(iter(self.general(first, notation)), "")
        room = self.layout.width - cell_len(self.prose(section.title)) - 5
        return general if general and cell_len(general) + 4 <= room else None

    def block(self, block: Block, notation: Notation, *, told: bool = False) -> None:
        """Print a block; `told` says that its general formula stands beside the title."""
        match block:
            case Equations():
                self.equations(block, notation, told=told)
            case Derivation():
                self.derivation(block, notation)
            case MatrixEquation():
                self.matrix(block, notation)
            case Table():
                self.tables.table(block)
            case Note(kind="observation"):
                self.line(self.prose(block.text), indent="- ")
            case Note():
                self.line(self.prose(block.text))
            case Figure():
                self.figure(block)
            case Plot():
                self.plot(block)
            case Shades():
                self.shades(block)
            case Bars():
                self.bars(block)
            case Excerpt():
                from perceptron_cli.render.excerpt import excerpt_lines

                for piece in excerpt_lines(block, self.layout.width - 2):
                    self.put(Text(f"  {self.shown(piece)}", FORMULA))
            case Drawing():
                self.drawing(block)
            case Tree():
                from perceptron_cli.render.tree_text import tree_texts

                for line in tree_texts(block, notation, self.layout):
                    self.put(line)

    # equations --------------------------------------------------------------------------------

    def equations(self, block: Equations, notation: Notation, *, told: bool) -> None:
        if not (self.layout.brief or told):
            for formula in self.general(block, notation):
                self.formula(formula)
        rows = self.cells(block, notation)
        if block.grid is not None and self.given_table(block, block.grid, notation):
            pass
        elif _is_given(block) or (self.layout.brief and not any(one.hand for row in rows for one in row)):
            self.given(rows)
        elif rows:
            self.grid([cells for row in rows for cells in row])
        if block.omitted:
            dots = "…" if self.layout.unicode else "..."
            self.line(f"{dots} {counted(block.omitted, f'more {block.noun}')}", QUIET, "  ")

    def general(self, block: Equations, notation: Notation) -> list[str]:
        """Return the general formulas that stand over a block."""
        return [
            " = ".join([notation.symbol(one.symbol), *(notation.write(body) for body in one.bodies)])
            for one in block.formulas
            if is_named(one, self.document.naming)
        ]

    def cells(self, block: Equations, notation: Notation) -> list[list[Cells]]:
        """Return a block's rows as cells, which are made once."""
        if id(block) not in self.made:
            self.made[id(block)] = [
                [cells_of(one, block, notation, self.layout) for one in row] for row in block.rows
            ]
        return self.made[id(block)]

    def share(self, sections: Sequence[Section]) -> None:
        """Let the equations of a page stand in the same columns."""
        lines = [
            cells
            for section in sections
            for block in section.blocks
            if isinstance(block, Equations) and not _is_given(block)
            for row in self.cells(block, self.notation(section))
            for cells in row
            if cell_len(cells.symbol) <= LONG_NAME
        ]
        self.shared = shared_columns(lines, self.layout.width, least=ROOMY)

    def derivation(self, block: Derivation, notation: Notation) -> None:
        from perceptron_cli.render.derivation import NUMBERS, derivation_lines

        styles = {NUMBERS: RESULT}
        for kind, text, reason in derivation_lines(block, notation, self.layout):
            line = Text(text, styles.get(kind, ""))
            line.append(self.prose(reason), QUIET)
            self.put(line)

    def matrix(self, block: MatrixEquation, notation: Notation) -> None:
        from perceptron_cli.render.matrix import matrix_lines

        for line in matrix_lines(block, notation, self.layout):
            self.put(Text(line))

    def formula(self, text: str) -> None:
        """Print a general formula, broken before an operator."""
        indent = "  "
        for piece in wrap_formula(text, self.layout.width - 4):
            self.put(Text(indent + piece, FORMULA))
            indent = "    "

    def given(self, rows: list[list[Cells]]) -> None:
        """Print given numbers as they are, as many beside each other as there is room for."""
        for row in rows:
            line = Text("  ")
            for cells in row:
                if line.cell_len > 2 and line.cell_len + cells.width() > self.layout.width - 2:
                    self.put(line)
                    line = Text("    ")
                line.append(cells.symbol, SYMBOL)
                line.append(f" = {cells.result}   ")
            self.put(line)

    def grid(self, lines: list[Cells]) -> None:
        """Print equations in the page's columns, in columns of their own, or as paragraphs."""
        own = shared_columns(lines, self.layout.width)
        columns = next((one for one in (self.shared, own) if one is not None and one.takes(lines)), None)
        if columns is None:
            self.paragraphs(lines)
            return
        for line in columns.rows(lines):
            self.put(line)

    def given_table(self, block: Equations, grid: Grid, notation: Notation) -> bool:
        """Print given numbers as a table; returns whether it fits."""
        plain = type(notation)(outputs=self.document.outputs, naming=self.document.naming)
        caption = sentence(grid.caption, plain, self.shown)
        table = grid_table(block, grid, plain.symbol, caption)
        if content_width(table) + 2 * len(table.columns) > self.layout.width:
            return False
        self.put(Text(caption))
        self.tables.aligned(replace(table, title=""), "  ", "  ")
        return True

    def paragraphs(self, lines: list[Cells]) -> None:
        """Print equations one below the other, where the screen is too narrow for columns."""
        for cells in lines:
            text = " = ".join([cells.symbol, *cells.steps, cells.result])
            for place, piece in enumerate(wrap_formula(text, self.layout.width - 6)):
                self.put(Text(("    " if place else "") + piece))
            if cells.hand:
                self.line(f"(on paper {cells.hand[0]}, off by {cells.hand[1]})", QUIET, "    ")
            for note in cells.notes:
                self.line(f"({note})", QUIET, "    ")

    # tables and figures -----------------------------------------------------------------------

    def plot(self, plot: Plot) -> None:
        from perceptron_cli.render.plot import text_plot

        self.line(plot.title)
        for line in text_plot(plot, self.layout.width, unicode=self.layout.unicode):
            self.put(Text(self.shown(line)))

    def shades(self, shades: Shades) -> None:
        self.line(shades.title)
        for line in shade_lines(shades, unicode=self.layout.unicode):
            self.put(Text(self.shown(line)))

    def bars(self, bars: Bars) -> None:
        self.line(bars.title)
        for line in bar_lines(bars, self.layout.width, unicode=self.layout.unicode):
            self.put(Text(self.shown(line)))

    def drawing(self, drawing: Drawing) -> None:
        if drawing.title:
            self.line(drawing.title)
        for line in drawing_lines(drawing, self.layout.width, unicode=self.layout.unicode):
            self.put(Text(self.shown(line)))

    def figure(self, figure: Figure) -> None:
        levels = "▁▂▃▄▅▆▇█" if self.layout.unicode else "_.-=*#"
        room = self.layout.width - cell_len(figure.title) - cell_len(figure.label) - 4
        drawn = sparkline(figure.values, max(8, min(room, 60)), levels)
        line = Text(f"{figure.title}  ")
        line.append(drawn, RESULT)
        line.append(f"  {figure.label}")
        self.put(line)
