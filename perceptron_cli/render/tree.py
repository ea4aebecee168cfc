"""A tree of numbers as rows: each under the one that is made from it, given numbers beside each other."""

from __future__ import annotations

from dataclasses import replace

from perceptron_cli.document import Equation, Tree
from perceptron_cli.records import record
from perceptron_cli.words import counted


@record
class Row:
    """A made number, or given ones beside each other, or (without any) how many are left out."""

    level: int
    equations: tuple[Equation, ...] = ()
    again: bool = False
    omitted: int = 0

    @property
    def left_out(self) -> str:
        return counted(self.omitted, "more number")


def rows_of(tree: Tree) -> list[Row]:
    """Return a tree's rows in order; what is left out under a number stands last under it."""
    rows: list[Row] = []
    cut: list[Row] = []  # what is yet to be told, of the numbers that the next one may stand under
    for origin in tree.origins:
        while cut and cut[-1].level > origin.level:
            rows.append(cut.pop())
        given, before = origin.equation.body is None, rows[-1] if rows else None
        beside = before is not None and before.level == origin.level and bool(before.equations)
        if given and before is not None and beside and before.equations[0].body is None:
            rows[-1] = replace(before, equations=(*before.equations, origin.equation))
        else:
            rows.append(Row(origin.level, (origin.equation,), origin.again))
        if origin.omitted:
            cut.append(Row(origin.level + 1, omitted=origin.omitted))
    return [*rows, *reversed(cut)]
