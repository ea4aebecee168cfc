"""CSV and TSV: cells between commas or tabs, quoted where they hold one, with a header or without."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import chain
from typing import TextIO

from perceptron_cli.datasets.collect import Rows, collect
from perceptron_cli.datasets.table import Choice, Table
from perceptron_cli.errors import InputError, Problem

Row = tuple[int, list[str]]


def read_text(stream: TextIO, file: str, choice: Choice, delimiter: str) -> Table:
    """Return the table of a text. Raises InputError for what is no table of numbers."""
    names, line, rows = _opened(stream, file, choice, delimiter)
    try:
        return collect(rows, names, choice, file, line)
    except InputError as error:
        raise _hinted(error, names, delimiter) from None


def names_of_text(stream: TextIO, file: str, choice: Choice, delimiter: str) -> list[str]:
    """Return the columns' names, from the first row alone."""
    return _opened(stream, file, choice, delimiter)[0]


def _opened(stream: TextIO, file: str, choice: Choice, delimiter: str) -> tuple[list[str], int | None, Rows]:
    rows = _rows(stream, file, delimiter)
    first = next(rows, None)
    if first is None:
        raise InputError(Problem("expected rows of data, got an empty file", file=file))
    line, cells = first
    header = not any(map(_is_number, cells)) if choice.header is None else choice.header
    if header:
        return [cell.strip() for cell in cells], line, rows
    return [f"column {number}" for number in range(1, len(cells) + 1)], None, chain([first], rows)


def _rows(stream: TextIO, file: str, delimiter: str) -> Iterator[Row]:
    """Yield each row that is not blank, with the line on which it ends."""
    reader = csv.reader(stream, delimiter=delimiter, strict=True, skipinitialspace=True)
    try:
        for cells in reader:
            if len(cells) > 1 or (cells and cells[0].strip()):
                yield reader.line_num, cells
    except csv.Error as error:
        raise InputError(Problem(f"expected a table: {error}", file=file, line=reader.line_num)) from None
    except UnicodeDecodeError:
        raise InputError(
            Problem(
                "expected text in UTF-8", file=file, line=reader.line_num + 1, hint="save the file as UTF-8"
            )
        ) from None


def _is_number(cell: str) -> bool:
    if "_" in cell:
        return False
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _hinted(error: InputError, names: list[str], delimiter: str) -> InputError:
    """Say what separates the columns, where there is only one."""
    if len(names) == 1 and any(mark in names[0] for mark in ";\t,|" if mark != delimiter):
        told = "tabs" if delimiter == "\t" else "commas"
        for problem in error.problems:
            problem.hint = f"the columns must be separated by {told}"
    return error
