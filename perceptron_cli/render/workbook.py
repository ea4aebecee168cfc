"""Sheets of live formulas: a line a row, with its symbol, its formula in words, and the shown number."""

from __future__ import annotations

import math
import re
from importlib import import_module
from importlib.util import find_spec
from io import BytesIO
from typing import Any

from perceptron_cli.document import Equation, Equations, Section, Tree
from perceptron_cli.errors import InputError
from perceptron_cli.notation import MACHINE
from perceptron_cli.notation.spreadsheet import LONGEST, column, spreadsheet
from perceptron_cli.render.text import clean

HEADS = ("symbol", "formula", "value", "shown")
WIDTHS = (16, 60, 22, 12)
MOST_ROWS = 1_048_576  # that Excel and LibreOffice take
VALUE = 2  # the column of the numbers
SHOWN = "=IF({0}=0,0,ROUND({0},MAX({1},{2}-INT(LOG10(ABS({0}))))))"


def require_writer(format: str) -> None:
    """Raise InputError where XlsxWriter is not installed."""
    if find_spec("xlsxwriter") is None:
        hint = "pip install 'nnstep[xlsx]', or write .csv or .json, which need nothing more"
        raise InputError(f"{format.upper()} is written by XlsxWriter, which is not installed", hint=hint)


class Workbook:
    """A workbook on its way; `cells` has the place of every symbol by its name, with its sheet."""

    def __init__(self, title: str, decimals: int = 4) -> None:
        require_writer("xlsx")
        xlsxwriter: Any = import_module("xlsxwriter")
        self.decimals = decimals
        self.stream = BytesIO()
        self.book = xlsxwriter.Workbook(self.stream, {"in_memory": True, "strings_to_formulas": False})
        self.book.set_properties({"title": clean(title), "comments": "made by nnstep"})
        self.book.set_calc_mode("auto")
        self.formats = {
            "head": self.book.add_format({"bold": True, "bottom": 1}),
            "title": self.book.add_format({"bold": True, "font_size": 12}),
            "given": self.book.add_format({"bg_color": "#FFF2CC", "locked": False}),
            "computed": self.book.add_format({}),
            "changed": self.book.add_format({"bg_color": "#E2F0D9"}),
            "words": self.book.add_format({"font_color": "#555555"}),
            "blank": self.book.add_format({"bg_color": "#FFFFFF", "border": 1, "locked": False}),
            "right": self.book.add_format({"bg_color": "#A9D18E"}),
            "rounding": self.book.add_format({"bg_color": "#FFE699"}),
            "wrong": self.book.add_format({"bg_color": "#F4B183"}),
        }
        self.sheets: dict[str, Any] = {}
        self.rows: dict[str, int] = {}
        self.cells: dict[str, str] = {}
        self.values: dict[str, float | None] = {}
        self.names: set[str] = set()
        self.empty = True
        self.waiting: list[tuple[Any, int, int, Equation, str | None]] = []

    # sheets ---------------------------------------------------------------------------------------

    def sheet(self, name: str, heads: tuple[str, ...] = HEADS, widths: tuple[int, ...] = WIDTHS) -> Any:
        """Return a sheet, which is made when it is first asked for, ready to be printed."""
        if name not in self.sheets:
            sheet = self.book.add_worksheet(name[:31])
            for column, (head, width) in enumerate(zip(heads, widths, strict=True)):
                sheet.set_column(column, column, width)
                sheet.write_string(0, column, head, self.formats["head"])
            sheet.freeze_panes(1, 0)
            sheet.repeat_rows(0)
            sheet.fit_to_pages(1, 0)
            sheet.set_landscape()
            self.sheets[name], self.rows[name] = sheet, 1
        return self.sheets[name]

    def section(self, name: str, section: Section) -> None:
        """Write a section's lines, each in a row of its own."""
        blocks = [block for block in section.blocks if isinstance(block, Equations | Tree)]
        if not blocks:
            return
        sheet = self.sheet(name)
        sheet.write_string(self.rows[name], 0, clean(section.title), self.formats["title"])
        self.rows[name] += 1
        for block in blocks:
            rows = block.rows if isinstance(block, Equations) else (block.equations[::-1],)
            for row in rows:
                for equation in row:
                    self.line(name, equation)

    def line(self, name: str, equation: Equation) -> None:
        """Write a line."""
        row, symbol = self.rows[name], equation.symbol.name
        if row >= MOST_ROWS:
            raise InputError(
                f"a sheet of a workbook has at most {MOST_ROWS:,} rows, and '{name}' takes more",
                hint="fewer samples (--sample 1), or --format json, which has no end",
            )
        self.rows[name] += 1
        sheet = self.sheets[name]
        sheet.write_string(row, 0, symbol)
        place = self.number(sheet, name, row, VALUE, equation)
        if equation.body is not None:
            sheet.write_string(row, 1, MACHINE.write(equation.body), self.formats["words"])
        sheet.write_formula(row, 3, self._shown(place), self.formats["words"], _number(equation.text))
        self.name(symbol, f"='{name}'!$C${row + 1}")

    def number(self, sheet: Any, name: str, row: int, place: int, equation: Equation) -> str:
        """Enter a line's cell, and return it; its formula is written by `flush`, when all cells are known.

        A given number that the step before left refers to that.
        """
        self.empty = False
        symbol = equation.symbol.name
        here = f"{column(place)}{row + 1}"
        before = self._before(equation) if equation.body is None else None
        self.waiting.append((sheet, row, place, equation, before))
        if not equation.alternative:
            self.cells[symbol] = f"'{name}'!{here}"
            self.values[symbol] = equation.value
        return here

    def _before(self, equation: Equation) -> str | None:
        """Return the cell of an earlier step that has a given number: what it left, or the same one."""
        symbol = equation.symbol.name
        after = self.cells.get(f"{symbol}'")
        if after is None and self.values.get(symbol, math.nan) == equation.value:
            return self.cells[symbol]
        return after

    def flush(self) -> None:
        """Write the numbers of a step: live formulas with their values, and what is given."""
        for sheet, row, place, equation, before in self.waiting:
            formula = self.formula(equation, before)
            kind = "changed" if equation.symbol.prime else "computed" if formula else "given"
            if formula:
                shown = equation.value if equation.value is not None else "#NUM!"
                sheet.write_formula(row, place, f"={formula}", self.formats[kind], shown)
            else:
                sheet.write_number(row, place, equation.value or 0.0, self.formats[kind])
        self.waiting.clear()

    def formula(self, equation: Equation, before: str | None = None) -> str | None:
        """Return a line's formula over its cells; None for a number that is given, or lacks its cells.

        Nor is there one where it is longer than Excel takes.
        """
        if equation.body is None:
            return before
        try:
            text = spreadsheet(equation.body, self.cells)
        except KeyError:
            return None  # of a wide network what is left out has no cell
        return text if len(text) < LONGEST else None

    def name(self, symbol: str, place: str) -> None:
        """Define a name for a cell: w1_11 for w[1]_11, w1_11_new after the update."""
        name = re.sub(r"[^A-Za-z0-9_]", "", symbol.replace("'", "_new").replace(":", "_"))
        if re.fullmatch(r"[A-Za-z]{1,3}\d+|[RrCc]\d*", name):
            name = f"{name}_"
        if name not in self.names:
            self.names.add(name)
            self.book.define_name(name, place)

    def _shown(self, place: str) -> str:
        significant = min(3, max(self.decimals, 1))
        return SHOWN.format(place, self.decimals, significant - 1)

    def content(self, command: str) -> bytes:
        """Return the whole file. Raises InputError where it has no number."""
        if self.empty:
            raise InputError(f"{command}: there is nothing to calculate here", hint="take another format")
        self.flush()
        self.book.close()
        return self.stream.getvalue()


def _number(text: str) -> float | str:
    """Return the number that a text shows, or the text."""
    try:
        return float(text)
    except ValueError:
        return text
