"""Answers in a table: CSV with a name and a value in a row, or a name with a block of numbers below it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence

from perceptron_cli.answers.entries import Array, Cell, Entry
from perceptron_cli.answers.numerals import answer
from perceptron_cli.errors import InputError, Problem
from perceptron_cli.expr import symbol_of

HEADERS = (["symbol", "value"], ["name", "value"], ["symbol", "answer"])
_DECIMAL_COMMA = re.compile(r"[-+]?\d*,\d+(?:[eE][-+]?\d+)?")

Row = tuple[int, list[str]]


def read_table(text: str, file: str) -> Iterator[Entry | Array]:
    """Yield the entries and arrays of a CSV text. Raises InputError for rows that have no name.

    Cells are parted by commas, semicolons or tabs; where it is not commas, numbers may have a decimal
    comma, as European spreadsheets write them.
    """
    delimiter = delimiter_of(text)
    yield from of_rows(rows_of(text, delimiter), file, commas=delimiter == ",")


def of_rows(rows: Sequence[Row], file: str, *, commas: bool) -> Iterator[Entry | Array]:
    """Yield the entries and arrays of a table's rows; `commas` says that a name may be parted by one."""
    rows = [row for row in rows if [cell.lower() for cell in row[1]] not in HEADERS]
    place = 0
    while place < len(rows):
        line, cells = rows[place]
        below = _below_heads(rows, place)
        if below:
            yield from _of_heads(cells, below)
            place += 1 + len(below)
            continue
        alone = not any(cells[1:])
        block = _block_below(rows, place) if alone else []
        if block:
            yield _array(cells[0], block, line, file)
        elif commas and not _is_vector(cells):
            name, value = (",".join(cells[:-1]), cells[-1]) if len(cells) > 1 else (cells[0], "")
            yield Entry(name, value, line, 1)
        elif len(cells) > 2:
            yield _array(cells[0], [(line, cells[1:])], line, file)
        else:
            yield Entry(cells[0], cells[1] if len(cells) > 1 else "", line, 1)
        place += 1 + len(block)


def delimiter_of(text: str) -> str:
    """Return what parts the cells: a semicolon or a tab where lines have one, else a comma."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    for delimiter in (";", "\t"):
        if lines and sum(delimiter in line for line in lines) * 2 > len(lines):
            return delimiter
    return ","


def rows_of(text: str, delimiter: str) -> list[Row]:
    """Return the rows that have something, each with the number of its line."""
    found = []
    for number, row in enumerate(csv.reader(text.splitlines(), delimiter=delimiter), start=1):
        cells = [cell.strip() for cell in row]
        while len(cells) > 2 and not cells[-1]:
            cells.pop()
        if not any(cells) or cells[0].startswith("#"):
            continue
        if delimiter != ",":
            cells = [
                cells[0] if not _DECIMAL_COMMA.fullmatch(cells[0]) else _pointed(cells[0]),
                *map(_pointed, cells[1:]),
            ]
        found.append((number, cells))
    return found


def _pointed(cell: str) -> str:
    return cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell) else cell


def _block_below(rows: Sequence[Row], place: int) -> list[Row]:
    """Return the rows of numbers alone that follow a name."""
    found = []
    for row in rows[place + 1 :]:
        if not all(answer(cell) is not None for cell in row[1]):
            break
        found.append(row)
    return found


def _below_heads(rows: Sequence[Row], place: int) -> list[Row]:
    """Return the rows of numbers below a row of names, each with a name of its own in front or not."""
    heads = rows[place][1]
    if len(heads) < 2 or any(not cell or answer(cell) is not None for cell in heads):
        return []
    found = []
    for row in rows[place + 1 :]:
        numbers = [answer(cell) is not None for cell in row[1]]
        if len(numbers) != len(heads) or not all(numbers[1:]):
            break
        found.append(row)
    return found if len(heads) > 2 or (found and answer(found[0][1][0]) is not None) else []


def _of_heads(heads: Sequence[str], below: Sequence[Row]) -> Iterator[Entry]:
    """Yield the numbers of a table: z_h1 stands in the column z and the row h1, z1 in the only row."""
    for line, cells in below:
        if answer(cells[0]) is not None:
            yield from (Entry(name, cell, line, 1) for name, cell in zip(heads, cells, strict=True))
            return
        for name, cell in zip(heads[1:], cells[1:], strict=True):
            yield Entry(f"{name}_{cells[0]}", cell, line, 1)


def _is_vector(cells: Sequence[str]) -> bool:
    """Whether a row with commas is a name and several numbers; `w[2]_10,3,0.5` is one symbol and a number."""
    return (
        len(cells) > 2 and symbol_of(",".join(cells[:-1])) is None and all(answer(one) for one in cells[1:])
    )


def _array(name: str, rows: Sequence[Row], line: int, file: str) -> Array:
    width = len(rows[0][1])
    for number, cells in rows:
        if len(cells) != width:
            message = f"expected rows of {width} numbers, got one of {len(cells)}"
            raise InputError(Problem(message, file=file, line=number, column=1, key=name))
    told = tuple(tuple(Cell(cell, number, 1) for cell in cells) for number, cells in rows)
    return Array(name, told, line, 1)
