"""Sheets checked against a network: one, or a folder of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from perceptron_cli import spec
from perceptron_cli.answers.numerals import USUAL, Answer
from perceptron_cli.answers.reading import NoAnswers, Read, Sheet, no_answers, sheets_in
from perceptron_cli.answers.report import Marked
from perceptron_cli.answers.verdicts import diagnose
from perceptron_cli.answers.working import foreign_operand, slips_of
from perceptron_cli.errors import NnstepError, NumberError
from perceptron_cli.record import record
from perceptron_cli.spec.config import Config, Layer
from perceptron_cli.trace.step.lines import Lines, lines
from perceptron_cli.trace.view import View


@record
class Grader:
    """How sheets are checked: the config (None for the sheet's own) and its changes, the update that is
    answered, and the dialect and the layout where they are not to be found from the sheet."""

    config: str | None = None
    changes: Sequence[tuple[str, str]] = ()
    step: int = 1
    names: str | None = None
    layout: str | None = None

    def marked(self, sheet: Sheet) -> Marked:
        """Return a sheet with its verdicts. Raises InputError for what cannot be read."""
        loaded = sheet.loaded(self.config, self.changes)
        spec.require_trainable(loaded)
        told = lines(loaded, self.step, View(input_gradients=True))
        read = sheet.read(loaded, told, self.names, self.layout)
        verdicts = diagnose(loaded, told, read.answers)
        notes = (*read.notes, *_turned(loaded, self.step, told, read.answers))
        marked = Marked(sheet.file, loaded, told, verdicts, sheet.blanks, notes, read.names)
        return _with_working(marked, sheet, read) if sheet.chains else marked


def _with_working(marked: Marked, sheet: Sheet, read: Read) -> Marked:
    """Return a checked page with the slips of its arithmetic, and with the operands that do not belong."""
    slips = slips_of(sheet.chains, marked.lines.values.values())
    of_symbol = {read.chains[place]: slip for place, slip in slips.items() if place in read.chains}
    verdicts = [
        replace(one, kind="slip", slip=of_symbol[one.name], mistakes=()) if one.name in of_symbol else one
        for one in marked.verdicts
    ]
    written = {name: number.value for name, number in read.answers.items()}
    operands: dict[str, str] = {}
    for place, name in read.chains.items():
        kind = next((one.kind for one in verdicts if one.name == name), "right")
        told = foreign_operand(sheet.chains[place], name, marked.lines, written)
        if kind in ("mistake", "unexplained") and told is not None:
            operands.setdefault(name, told)
    others = tuple(slip for place, slip in slips.items() if place not in read.chains)
    return replace(marked, verdicts=verdicts, operands=operands, slips=others, page=sheet.page)


def _turned(config: Config, step: int, told: Lines, answers: Mapping[str, Answer]) -> Iterator[str]:
    """Say so where the answers come out with the square weights of the config read the other way round."""
    right = _count_right(told, answers)
    layers = list(enumerate(config.layers, start=1))
    square = [l for l, layer in layers if layer.weights and 1 < layer.inputs == layer.neurons]
    if right == len(answers) or not square:
        return
    turned = tuple(_transposed(layer) if l in square else layer for l, layer in layers)
    try:
        other = lines(replace(config, layers=turned), step, View(input_gradients=True))
    except NumberError:
        return
    results = {name: one for name, one in answers.items() if told.equations[name].body is not None}
    if results and _count_right(other, results) == len(results) > _count_right(told, results):
        where = f"layer {square[0]}" if len(square) == 1 else f"layers {' and '.join(map(str, square))}"
        yield (
            f"Your numbers come out if the weights of {where} are read by columns: 'layout: columns' in the "
            "config does that."
        )


def _transposed(layer: Layer) -> Layer:
    """Return a layer with its weights the other way round, the biases in their place."""
    rows = layer.weights or ()
    turned = zip(*(row[1:] for row in rows), strict=True)
    return replace(layer, weights=tuple((row[0], *column) for row, column in zip(rows, turned, strict=True)))


def _count_right(told: Lines, answers: Mapping[str, Answer]) -> int:
    values = told.values
    return sum(
        (right := values[name]) is not None and abs(one.value - right) <= 1.01 * one.half(USUAL)
        for name, one in answers.items()
    )


def read_class(folder: str, grader: Grader) -> dict[str, Marked | NnstepError]:
    """Return each sheet of a folder, checked, by file name; one that cannot be read is its error.

    Configs among the files are left out. Raises InputError where the folder has no sheets.
    """
    found: dict[str, Marked | NnstepError] = {}
    for name, read in sheets_in(folder):
        try:
            found[name] = grader.marked(read())
        except NoAnswers:
            continue
        except NnstepError as error:
            found[name] = error
    if not found:
        raise no_answers(folder)
    return found
