"""Answers in a spreadsheet: names with a number beside them, or with a block of numbers below."""

from __future__ import annotations

import importlib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from perceptron_cli.answers.entries import Array, Entry
from perceptron_cli.answers.numerals import answer
from perceptron_cli.answers.tables import Row, of_rows
from perceptron_cli.errors import InputError, Problem

SUFFIXES = (".xlsx",)
MOST_CELLS = 200_000


def read_workbook(path: Path) -> Iterator[Entry | Array]:
    """Yield the entries and arrays of a workbook, sheet by sheet; formulas count as they were last computed.

    Raises InputError where it cannot be read, or the extra 'xlsx' is not installed.
    """
    try:
        openpyxl: Any = importlib.import_module("openpyxl")
    except ImportError:
        hint = "pip install 'nnstep[xlsx]', or save the sheet as CSV"
        raise InputError("a workbook is read by openpyxl, which is not installed", hint=hint) from None
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, EOFError) as error:
        raise InputError(Problem(f"expected a workbook: {error}", file=str(path))) from None
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            continue  # a key, which is no answer
        yield from of_rows(list(_rows(sheet, str(path))), str(path), commas=False)


def _rows(sheet: Any, file: str) -> Iterator[Row]:
    count, given = 0, False
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        cells = [_text(cell) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        count += len(cells)
        if count > MOST_CELLS:
            raise InputError(Problem(f"expected at most {MOST_CELLS:,} cells, got more", file=file))
        kept = [cell for cell in cells if cell] if cells and not cells[0] else cells
        if len(kept) == 1 and " " in kept[0]:
            given = "given" in kept[0].lower()
            continue  # a heading
        if given:
            continue  # what stands under it was not worked out
        while len(kept) > 2 and answer(kept[1]) and not answer(kept[-1]):
            kept.pop()  # what stands beside a number: right, wrong, a remark
        if kept:
            yield number, kept


def _text(cell: object) -> str:
    if cell is None or isinstance(cell, bool):
        return ""
    if isinstance(cell, float):
        return repr(round(cell, 14))
    return str(cell).strip()
