"""A class set as one workbook: a sheet a student, whose blanks turn green, yellow or red."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from perceptron_cli.exercises import Exercise, NeuronExercise, asked
from perceptron_cli.render.workbook import Workbook
from perceptron_cli.trace.neuron.lines import neuron_lines
from perceptron_cli.trace.step.lines import Lines

HEADS = ("symbol", "answer", "")
WIDTHS = (18, 16, 40)
LOOSE = 24  # half units of the last digit that rounding on the way may add up to


def class_workbook(
    exercises: Sequence[Exercise] | Sequence[NeuronExercise], level: str, decimals: int = 4
) -> bytes:
    """Return the sheets, and a hidden, protected sheet a student with the right numbers as live formulas."""
    book = Workbook("Exercises", decimals)
    for one in exercises:
        told = one.lines if isinstance(one, Exercise) else neuron_lines(one.config)
        book.cells, book.values = {}, {}
        _student(book, f"Exercise {one.number}", f"Key {one.number}", told, level, decimals)
    return book.content("exercise")


def _student(book: Workbook, name: str, key: str, told: Lines, level: str, decimals: int) -> None:
    names = {one.symbol.name for one in asked(told, level)}
    sheet, hidden = book.sheet(name, HEADS, WIDTHS), book.sheet(key, ("symbol", "right"), (18, 22))
    row = 1
    sheet.write_string(row, 0, "What is given", book.formats["title"])
    for equation in told.equations.values():
        if equation.body is not None:
            continue
        row += 1
        sheet.write_string(row, 0, equation.symbol.name)
        book.number(sheet, name, row, 1, equation)
    row += 2
    sheet.write_string(row, 0, "Your answers", book.formats["title"])
    for place, equation in enumerate(
        (one for one in told.equations.values() if one.body is not None), start=1
    ):
        hidden.write_string(place, 0, equation.symbol.name)
        book.number(hidden, key, place, 1, equation)
        if equation.symbol.name in names:
            row += 1
            sheet.write_string(row, 0, equation.symbol.name)
            sheet.write_blank(row, 1, None, book.formats["blank"])
            _coloured(book, sheet, row, f"'{key}'!$B${place + 1}", decimals)
    book.flush()
    sheet.protect("", {"select_locked_cells": True})
    hidden.protect("nnstep")
    hidden.hide()


def _coloured(book: Workbook, sheet: Any, row: int, right: str, decimals: int) -> None:
    """Colour a blank by its number: right, right but for rounding on the way, or wrong."""
    here, half = f"$B${row + 1}", 0.5 * 10.0**-decimals
    unit = f"MAX(ABS({right})*0.0005,{half * 1.0001!r})"
    off = f"ABS({here}-{right})"
    tests = {
        "right": f"AND(ISNUMBER({here}),{off}<={half * 1.0001!r})",
        "rounding": f"AND(ISNUMBER({here}),{off}<={LOOSE / 8:g}*{unit})",
        "wrong": f'{here}<>""',
    }
    for kind, test in tests.items():
        settings = {"type": "formula", "criteria": f"={test}", "format": book.formats[kind]}
        sheet.conditional_format(row, 1, row, 1, {**settings, "stop_if_true": True})
    told = "".join(f'IF({test},"{kind}",' for kind, test in tests.items())
    sheet.write_formula(row, 2, f'={told}""{")" * len(tests)}', book.formats["words"], "")
