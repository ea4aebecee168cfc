"""Tables made over before they are drawn: with a sign a row, and with columns put together as vectors."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import groupby

from perceptron_cli.document import Table

SIGNS = {"right": "✓", "wrong": "✗", "follows": "→"}
_NUMBERED = re.compile(r"(\w+)_\d+('?)")


def signed(table: Table) -> Table:
    """Return a table whose first column is the sign of each row."""
    rows = tuple((SIGNS[sign], *row) for sign, row in zip(table.signs, table.rows, strict=True))
    right = frozenset(place + 1 for place in table.right)
    return replace(table, columns=("", *table.columns), rows=rows, right=right)


def vectors(table: Table) -> Table:
    """Return a table with neighbours such as x_1, x_2, x_3 as one column x, its cells (1, 0, 1)."""
    groups = [
        (name, [place for place, _ in members])
        for name, members in groupby(enumerate(table.columns), key=lambda one: _vector(one[1]))
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
