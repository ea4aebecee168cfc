"""Lines that fit: formulas are broken before an operator, sentences between words, numbers never."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from rich.cells import cell_len


def working_lines(steps: list[str], room: int) -> list[str]:
    """Break a working: each `= ...` on the line before it where that has room."""
    lines: list[str] = []
    for step in steps:
        piece = f"= {step}"
        if lines and cell_len(lines[-1]) + 1 + cell_len(piece) <= room:
            lines[-1] += f" {piece}"
        else:
            lines.extend(wrap_formula(piece, room))
    return lines


def wrap_formula(text: str, width: int) -> list[str]:
    """Break a formula before an operator: a + or - outside of brackets if that will do, else any.

    A number or a name is never broken.
    """
    pieces = [part for piece in _terms(text) for part in _fitting(piece, width - 2)]
    return [part for line in fill(pieces, width, "  ") for part in _broken(line, width)]


def _fitting(piece: str, width: int) -> list[str]:
    """Split what is too wide before its operators, those inside the fewest brackets first."""
    if cell_len(piece) <= width:
        return [piece]
    depth, depths = 0, {}
    for place, character in enumerate(piece):
        depth += (character == "(") - (character == ")")
        if _OPERATOR.match(piece, place):
            depths[place] = depth
    if not depths:
        return [piece]
    cuts = [-1, *(place for place, one in depths.items() if one == min(depths.values())), len(piece)]
    parts = [piece[start + 1 : end] for start, end in itertools.pairwise(cuts)]
    return [part for one in parts for part in _fitting(one, width)]


def _broken(line: str, width: int) -> list[str]:
    """Break a line that is still too wide before a sign without spaces, though not within dL/dw."""
    if cell_len(line) <= width:
        return [line]
    return fill(re.split(_BARE_SIGN, line), width, "  ", between="")


_OPERATOR = re.compile(r" (?=[-+×=*/] )")
_BARE_SIGN = re.compile(r"(?<=\S)(?=\*\S)|(?<=\))(?=/)|(?<=\S)(?=/\()")


def _terms(text: str) -> list[str]:
    """Split a formula before each = and each + and - that stands outside of all brackets."""
    pieces, depth, start = [], 0, 0
    for place, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if not depth and character == " " and text[place + 1 : place + 3] in ("+ ", "- ", "= "):
            pieces.append(text[start:place])
            start = place + 1
    return [*pieces, text[start:]]


def wrap_words(text: str, width: int) -> list[str]:
    """Break a sentence between words."""
    return fill(text.split(" "), width, "")


def fill(pieces: Sequence[str], width: int, indent: str, between: str = " ") -> list[str]:
    """Put pieces on lines, as many as there is room for; none is broken."""
    lines = [pieces[0]]
    for piece in pieces[1:]:
        if cell_len(lines[-1]) + len(between) + cell_len(piece) <= width:
            lines[-1] += between + piece
        else:
            lines.append(indent + piece)
    return lines
