"""A derivation as lines of characters: its formulas one below the other, the reason beside or below each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.cells import cell_len

from perceptron_cli.document import Derivation
from perceptron_cli.expr import Derivative, each
from perceptron_cli.notation import Notation
from perceptron_cli.render.text import longest
from perceptron_cli.render.wrap import wrap_formula, wrap_words

if TYPE_CHECKING:
    from perceptron_cli.render import Layout

FORMULA, NUMBERS, REASON = "formula", "numbers", "reason"
INDENT = "  "


def derivation_lines(
    derivation: Derivation, notation: Notation, layout: Layout
) -> Iterator[tuple[str, str, str]]:
    """Yield (kind, text, reason): a formula with its reason where both fit, numbers, or a reason alone."""
    left = notation.write(derivation.left)
    margin = " " * (len(INDENT) + cell_len(left) + 1)
    room = layout.width - cell_len(margin) - 2
    if room < layout.width // 2:
        margin, room = INDENT * 2, layout.width - 2 * len(INDENT) - 2
        yield FORMULA, f"{INDENT}{left}", ""
        left = ""
    formulas = [
        f"= {notation.write(line.body, terms=layout.terms(longest(line.body)))}" for line in derivation.lines
    ]
    column = cell_len(margin) + max(map(cell_len, formulas)) + 2
    beside = all(column + cell_len(line.reason) <= layout.width for line in derivation.lines)
    for place, (formula, line) in enumerate(zip(formulas, derivation.lines, strict=True)):
        start = f"{INDENT}{left} " if place == 0 and left else margin
        for piece in wrap_formula(formula, room):
            padded = f"{start}{piece}"
            yield FORMULA, padded + " " * (column - cell_len(padded)) * beside, line.reason if beside else ""
            start = margin
        if derivation.numbers is not None and not layout.brief:
            for piece in wrap_formula(_numbers(derivation, place, notation, layout), room):
                yield NUMBERS, margin + piece, ""
        if not beside:
            for piece in wrap_words(line.reason, room - 2):
                yield REASON, "", f"{margin}  {piece}"
    for symbol, body in derivation.where:
        for place, piece in enumerate(
            wrap_formula(f"where {notation.write(symbol)} = {notation.write(body)}", layout.width - 4)
        ):
            yield REASON, "", f"{INDENT * (1 + bool(place))}{piece}"


def _numbers(derivation: Derivation, place: int, notation: Notation, layout: Layout) -> str:
    """Return a line with its numbers in; one that is yet to be differentiated has its value alone."""
    line = derivation.lines[place]
    if any(isinstance(node, Derivative) for node in each(line.body)):
        return f"= {line.text}"
    told = notation.write(line.body, derivation.numbers, terms=layout.terms(longest(line.body)))
    return f"= {line.text}" if told == line.text else f"= {told} = {line.text}"
