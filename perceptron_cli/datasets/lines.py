"""JSON Lines: an object a line, its keys the columns; or a list a line, its columns without names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain
from typing import Any, TextIO

from perceptron_cli.datasets.collect import Rows, collect
from perceptron_cli.datasets.table import Choice, Table
from perceptron_cli.errors import InputError, Problem

Parsed = tuple[int, Any]


def read_lines(stream: TextIO, file: str, choice: Choice) -> Table:
    """Return the table of the lines. Raises InputError for a line that is no object like the first."""
    names, line, rows = _opened(stream, file)
    return collect(rows, names, choice, file, line)


def names_of_lines(stream: TextIO, file: str, choice: Choice) -> list[str]:
    """Return the columns' names, from the first line alone."""
    return _opened(stream, file)[0]


def _opened(stream: TextIO, file: str) -> tuple[list[str], int | None, Rows]:
    lines = _lines(stream, file)
    first = next(lines, None)
    if first is None:
        raise InputError(Problem("expected lines of JSON, got an empty file", file=file))
    number, value = first
    if isinstance(value, dict):
        names = list(value)
        return names, number, _objects(chain([first], lines), names, file)
    if isinstance(value, list):
        names = [f"column {place}" for place in range(1, len(value) + 1)]
        return names, None, _lists(chain([first], lines), file)
    raise _no_row(file, number)


def _lines(stream: TextIO, file: str) -> Iterator[Parsed]:
    number = 0
    try:
        for number, line in enumerate(stream, start=1):
            if line.strip():
                yield number, json.loads(line.rstrip())
    except json.JSONDecodeError as error:
        raise InputError(
            Problem(f"expected a line of JSON: {error.msg}", file=file, line=number, column=error.colno)
        ) from None
    except RecursionError:
        raise _no_row(file, number) from None
    except UnicodeDecodeError:
        raise InputError(
            Problem("expected text in UTF-8", file=file, line=number + 1, hint="save the file as UTF-8")
        ) from None


def _objects(lines: Iterator[Parsed], names: list[str], file: str) -> Rows:
    for number, value in lines:
        if not isinstance(value, dict):
            raise _no_row(file, number)
        missing = [name for name in names if name not in value]
        if missing:
            raise InputError(
                Problem("expected a value, got no such key", file=file, line=number, key=missing[0])
            )
        if len(value) > len(names):
            more = next(name for name in value if name not in names)
            raise InputError(
                Problem("unknown key: the first line has none", file=file, line=number, key=more)
            )
        yield number, [value[name] for name in names]


def _lists(lines: Iterator[Parsed], file: str) -> Rows:
    for number, value in lines:
        if not isinstance(value, list):
            raise _no_row(file, number)
        yield number, value


def _no_row(file: str, line: int) -> InputError:
    return InputError(
        Problem("expected an object of columns, or a list of numbers on every line", file=file, line=line)
    )
