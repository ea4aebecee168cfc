"""A tree of numbers as lines of characters: branches before them, or the level where those have no room."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from perceptron_cli.document import Equation, Tree
from perceptron_cli.notation import Notation
from perceptron_cli.render.text import longest
from perceptron_cli.render.tree import Row, rows_of
from perceptron_cli.render.wrap import fill, wrap_formula, wrap_words

if TYPE_CHECKING:
    from perceptron_cli.render import Layout

QUIET = "dim"
NARROWEST = 30  # cells for a line; with less room its level is told by a number
BRANCHES = {True: ("├ ", "└ ", "│ ", "  "), False: ("|-", "`-", "| ", "  ")}  # by whether there is Unicode


def tree_texts(tree: Tree, notation: Notation, layout: Layout) -> Iterator[Text]:
    """Yield a tree's lines for a screen."""
    rows = rows_of(tree)
    for row, (first, further) in zip(rows, _guides(rows, layout.unicode), strict=True):
        if layout.width - cell_len(first) < NARROWEST:
            first, further = f"{row.level}: ", "    "
        for place, piece in enumerate(_pieces(row, tree, notation, layout, cell_len(first))):
            line = Text(further if place else first, QUIET)
            line.append(piece, QUIET if not row.equations else "")
            yield line


def _guides(rows: list[Row], unicode: bool) -> list[tuple[str, str]]:
    """Return what stands before each row: before its first line, and before further ones."""
    fork, end, bar, gap = BRANCHES[unicode]
    found: list[tuple[str, str]] = []
    later: set[int] = set()  # the levels at which something still follows under the same number
    for place in reversed(range(len(rows))):
        level = rows[place].level
        under = place + 1 < len(rows) and rows[place + 1].level > level
        before = "".join(bar if one in later else gap for one in range(1, level))
        own = "" if not level else fork if level in later else end
        turned = "" if not level else bar if level in later else gap
        found.append((before + own, before + turned + (bar if under else gap)))
        later = {one for one in later if one < level} | {level}
    return found[::-1]


def _pieces(row: Row, tree: Tree, notation: Notation, layout: Layout, indent: int) -> list[str]:
    room = layout.width - indent - 4
    if not row.equations:
        return [f"{'…' if layout.unicode else '...'} {row.left_out}"]
    texts = [f"{notation.symbol(one.symbol)} = {one.text}" for one in row.equations]
    if row.equations[0].body is None:
        return fill(texts, room, "", between="   ")
    (equation,) = row.equations
    if row.again:
        return fill([texts[0], "(above)"], room, "  ")
    steps = [] if layout.brief else _steps(equation, tree, notation, layout)
    lines = [notation.symbol(equation.symbol)]
    for step in dict.fromkeys([*steps, equation.text]):
        if cell_len(lines[-1]) + cell_len(step) + 3 <= room:
            lines[-1] += f" = {step}"
        else:
            lines.extend(f"  {line}" for line in wrap_formula(f"= {step}", room - 2))
    return [*lines, *wrap_words(f"({equation.note})", room)] if equation.note else lines


def _steps(equation: Equation, tree: Tree, notation: Notation, layout: Layout) -> list[str]:
    """Return a line's formula, and the formula with its numbers."""
    if equation.body is None:
        return []
    terms = layout.terms(longest(equation.body))
    return [notation.write(equation.body, numbers, terms=terms) for numbers in (None, tree.numbers)]
