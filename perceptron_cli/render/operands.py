"""A matrix equation taken apart: its text with a mark in the place of each operand, and the operands.

The notation's own walk decides brackets and signs; here it only meets marks instead of names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from perceptron_cli.document import Matrix, MatrixEquation
from perceptron_cli.expr import Expr, Symbol
from perceptron_cli.notation import Notation
from perceptron_cli.records import record

FIRST_MARK = 0xE000  # of the characters that Unicode leaves to whoever wants them


@record
class Operand:
    """A matrix or a number of an equation: what it is called, and its cells as they are shown."""

    name: str
    cells: tuple[tuple[str, ...], ...]
    shape: tuple[int, int] | None  # None: a number

    def transposed(self, name: str) -> Operand:
        """Return the operand with rows and columns exchanged."""
        rows, columns = self.shape or (1, 1)
        return replace(self, name=name, cells=tuple(zip(*self.cells, strict=True)), shape=(columns, rows))

    def on_ones(self, name: str) -> Operand:
        """Return the operand with a row of ones on top, for the biases."""
        rows, columns = self.shape or (1, 1)
        ones = ("1",) * len(self.cells[0])
        return replace(self, name=name, cells=(ones, *self.cells), shape=(rows + 1, columns))

    @property
    def dots(self) -> tuple[bool, bool]:
        """Whether rows and columns are left out."""
        if self.shape is None:
            return False, False
        return len(self.cells) < self.shape[0], len(self.cells[0]) < self.shape[1]


@record
class Marked:
    """An equation's text, with the mark `chr(FIRST_MARK + place)` for each of the operands."""

    text: str
    operands: tuple[Operand, ...]

    def put(self, texts: list[str]) -> str:
        """Return the text with one in the place of each operand."""
        return self.text.translate({FIRST_MARK + place: text for place, text in enumerate(texts)})

    def pieces(self) -> Iterator[str | Operand]:
        """Yield the operands and what stands between them, from left to right."""
        plain = ""
        for character in self.text:
            place = ord(character) - FIRST_MARK
            if not 0 <= place < len(self.operands):
                plain += character
                continue
            if plain:
                yield plain
            yield self.operands[place]
            plain = ""
        if plain:
            yield plain


def marked(equation: MatrixEquation, notation: type[Notation], **settings: Any) -> Marked:
    """Take an equation apart; `settings` are those of the notation."""
    plain = notation(**settings)
    found: list[Operand] = []

    def mark(operand: Operand) -> str:
        found.append(operand)
        return chr(FIRST_MARK + len(found) - 1)

    class Marking(notation):  # type: ignore[misc, valid-type]
        def symbol(self, symbol: Symbol) -> str:
            return mark(_operand(symbol, equation, plain))

        def transpose(self, text: str) -> str:
            operand = found[ord(text) - FIRST_MARK]
            name = plain.brackets(operand.name) if "/" in operand.name else operand.name
            return mark(operand.transposed(plain.transpose(name)))

        def _reads_as_quotient(self, symbol: Symbol) -> bool:
            return False  # a mark needs no brackets

        def call(self, function: str, arguments: list[str]) -> str:
            if function != "stack":
                called: str = super().call(function, arguments)
                return called
            operand = found[ord(arguments[0]) - FIRST_MARK]
            return mark(operand.on_ones(plain.call("stack", [operand.name])))

    writer = Marking(**settings)
    left = writer.write(equation.symbol)
    return Marked(f"{left} = {writer.write(equation.body)}", tuple(found))


def _operand(symbol: Symbol, equation: MatrixEquation, plain: Notation) -> Operand:
    name = plain.write(symbol)
    matrix = equation.matrices.get(symbol.name)
    if matrix is None:
        return Operand(name, ((_cell(symbol, equation.numbers, plain),),), None)
    return Operand(name, _cells(matrix, equation.numbers, plain), matrix.shape)


def _cells(matrix: Matrix, numbers: Mapping[str, str] | None, plain: Notation) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(_cell(cell, numbers, plain) for cell in row) for row in matrix.cells)


def _cell(cell: Expr, numbers: Mapping[str, str] | None, plain: Notation) -> str:
    return plain.write(cell, numbers if isinstance(cell, Symbol) else None)
