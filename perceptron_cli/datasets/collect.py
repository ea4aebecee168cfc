"""Rows of cells -> a table: numbers for x, words for y, and a problem with its place for all else."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from perceptron_cli.datasets.table import Choice, Column, Table, Target, places
from perceptron_cli.errors import InputError, Problem
from perceptron_cli.words import counted

MOST_PROBLEMS = 20

# The line on which a row ends, and its cells.
Rows = Iterator[tuple[int, Sequence[Any]]]


def collect(rows: Rows, names: Sequence[str], choice: Choice, file: str, line: int | None) -> Table:
    """Return the table of the rows; `line` is where the columns' names stand.

    Raises InputError for a row that is too short or too long and for a cell that is no number.
    """
    import numpy as np

    x_places, y_places = places(names, choice, file, line)
    gathered = _Gathered(file, names, x_places, y_places)
    gathered.take(rows)
    gathered.stop_if_wrong()
    if not gathered.lines:
        raise InputError(Problem("expected rows of data, got none", file=file))
    x = np.frombuffer(gathered.values, dtype=np.float64).reshape(-1, len(x_places))
    lines = np.frombuffer(gathered.lines, dtype=np.int64).astype(np.intp, copy=False)
    x_names = tuple(names[place] for place in x_places)
    require_finite(x, x_names, file, lines)
    targets = tuple(
        Target(names[place], np.frombuffer(codes, dtype=np.int64).astype(np.intp, copy=False), tuple(words))
        for place, codes, words in zip(y_places, gathered.codes, gathered.words, strict=True)
    )
    columns: Sequence[Column] = names if line is not None else range(1, len(names) + 1)
    taken = replace(
        choice,
        x=choice.x or tuple(columns[place] for place in x_places),
        y=choice.y if choice.y is not None else tuple(columns[place] for place in y_places),
    )
    return Table(file, x, x_names, targets, lines, taken)


def require_finite(x: Any, names: Sequence[str], file: str, lines: Any) -> None:
    """Raise InputError where a number is infinite or none."""
    import numpy as np

    fine = np.isfinite(x)
    if fine.all():
        return
    wrong = np.argwhere(~fine)[:MOST_PROBLEMS].tolist()
    raise InputError(
        [
            Problem(
                f"expected a finite number, got {x[row, column]}",
                file=file,
                line=int(lines[row]),
                key=names[column],
            )
            for row, column in wrong
        ]
    )


class _Gathered:
    """What the rows have come to so far."""

    def __init__(self, file: str, names: Sequence[str], x: Sequence[int], y: Sequence[int]) -> None:
        self.file, self.names, self.x, self.y = file, names, x, y
        self.values, self.lines = array("d"), array("q")
        self.codes = [array("q") for _ in y]
        self.words: list[dict[str, int]] = [{} for _ in y]
        self.problems: list[Problem] = []

    def take(self, rows: Rows) -> None:
        """Go through the rows, which may be a million."""
        width, x, values, lines = len(self.names), self.x, self.values, self.lines
        targets = list(zip(self.y, self.codes, self.words, strict=True))
        for line, cells in rows:
            if len(cells) != width:
                self._ragged(line, len(cells))
                continue
            taken = [cells[place] for place in x]
            try:
                values.extend(map(float, taken))
                if taken and isinstance(taken[0], str) and "_" in "".join(taken):
                    self._no_number(line, cells)
            except (ValueError, TypeError, OverflowError):
                self._no_number(line, cells)
            lines.append(line)
            for place, codes, words in targets:
                word = cells[place]
                if not isinstance(word, str):
                    word = json.dumps(word)
                word = word.strip()
                if not word or word == "null":
                    self._problem(line, self.names[place], "expected a target, got nothing")
                codes.append(words.setdefault(word, len(words)))

    def _ragged(self, line: int, count: int) -> None:
        self._problem(line, None, f"expected {counted(len(self.names), 'column')}, got {count}")

    def _no_number(self, line: int, cells: Sequence[Any]) -> None:
        for place in self.x:
            if not _is_number(cells[place]):
                self._problem(line, self.names[place], f"expected a number, got {_told(cells[place])}")

    def _problem(self, line: int, key: str | None, message: str) -> None:
        self.problems.append(Problem(message, file=self.file, line=line, key=key))
        if len(self.problems) >= MOST_PROBLEMS:
            self.problems.append(Problem("... the rest was not read", file=self.file, line=line))
            self.stop_if_wrong()

    def stop_if_wrong(self) -> None:
        if self.problems:
            raise InputError(self.problems)


def _is_number(cell: Any) -> bool:
    """Whether a cell is a number as people write it: Python alone takes 1_000 for one."""
    try:
        float(cell)
    except (ValueError, TypeError, OverflowError):
        return False
    return not (isinstance(cell, str) and "_" in cell)


def _told(cell: Any) -> str:
    if isinstance(cell, str) and "_" in cell and _is_number(cell.replace("_", "")):
        return f"'{cell}' (write it without underscores)"
    if isinstance(cell, str):
        short = cell if len(cell) <= 40 else f"{cell[:37]}..."
        return f"'{short}'" if cell.strip() else "nothing"
    return "nothing" if cell is None else json.dumps(cell)[:40]
