"""An equation as the cells of a row."""

from __future__ import annotations

from rich.cells import cell_len

from perceptron_cli.document import Equation, Equations
from perceptron_cli.notation import Notation
from perceptron_cli.render import Layout
from perceptron_cli.render.text import longest
from perceptron_cli.render.wrap import working_lines, wrap_words

QUIET = "dim"


class Cells:
    """An equation as it is to stand: its symbol, the lines of its working, and its result."""

    __slots__ = ("hand", "notes", "result", "steps", "symbol")

    def __init__(
        self, symbol: str, steps: list[str], result: str, notes: list[str], hand: tuple[str, str] | None
    ) -> None:
        self.symbol = symbol
        self.steps = steps
        self.result = result
        self.notes = notes
        self.hand = hand

    def width(self) -> int:
        """The cells that it takes on one line."""
        working = " = ".join(self.steps)
        return cell_len(self.symbol) + cell_len(working) + cell_len(self.result) + 5

    def widest(self, room: int) -> int:
        """The cells that the working takes when it is broken to fit a room."""
        return max((cell_len(line) for line in working_lines(self.steps, room)), default=0)

    def working(self, room: int) -> list[tuple[str, bool]]:
        """Return the lines of the working, then those of its notes, which are marked as such."""
        lines = [(line, False) for line in working_lines(self.steps, room)] or [("", False)]
        notes = (piece for note in self.notes for piece in wrap_words(f"({note})", room))
        return [*lines, *((piece, True) for piece in notes)]


def cells_of(equation: Equation, block: Equations, notation: Notation, layout: Layout) -> Cells:
    """Write an equation: its symbol, the steps of its working, its result and what is said of it."""
    steps: list[str] = []
    if equation.body is not None and not layout.brief:
        for expr in (equation.body, *equation.stages):
            text = notation.write(expr, block.numbers, terms=layout.terms(longest(expr)))
            if text not in steps[-1:]:
                steps.append(text)
    if steps == [equation.text]:
        steps = [notation.write(equation.body)] if equation.body is not None else []
    result = equation.text
    if equation.symbol.head == "improvement_percent" and equation.value is not None:
        result += " %"
    notes = [equation.note] if equation.note else []
    if equation.alternative:
        notes.append("the long way")
    hand = None
    if equation.hand is not None:
        off = "" if equation.hand.units is None else f"{equation.hand.units:+d}".replace("+0", "0")
        hand = (equation.hand.text, off)
    return Cells(notation.symbol(equation.symbol), steps, result, notes, hand)
