"""A learning rule's table: a row a turn, whose weights are what the row before left."""

from __future__ import annotations

from perceptron_cli.document import Equation
from perceptron_cli.notation.spreadsheet import column
from perceptron_cli.render.workbook import Workbook
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.header import title_of
from perceptron_cli.trace.neuron.lines import neuron_lines

SHEET = "Table"


def rule_workbook(config: Config) -> bytes:
    """Return the table of a config's rule, with the samples, the first weights and the rate to be changed."""
    told = neuron_lines(config)
    book = Workbook(title_of(config), 10)
    given = book.sheet("Given", ("symbol", "value"), (12, 14))
    heads: list[str] = []
    rows: dict[int, list[tuple[str, Equation]]] = {}
    for name, equation in told.equations.items():
        turn, colon, letter = name.partition(":")
        if not colon:
            given.write_string(1, 0, name)
            book.number(given, "Given", 1, 1, equation)
            continue
        rows.setdefault(int(turn[1:]), []).append((letter, equation))
        if letter not in heads:
            heads.append(letter)
    sheet = book.sheet(SHEET, ("update", *heads), (8, *(12 for _ in heads)))
    for number, cells in sorted(rows.items()):
        sheet.write_number(number, 0, number)
        for letter, equation in cells:
            at = heads.index(letter) + 1
            book.waiting.append((sheet, number, at, equation, None))
            book.cells[equation.symbol.name] = f"'{SHEET}'!{column(at)}{number + 1}"
    book.empty = False
    return book.content("perceptron")
