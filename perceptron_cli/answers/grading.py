"""Sheets checked against a network: one, or a folder of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import TypeAlias

from perceptron_cli import spec
from perceptron_cli.answers.mistakes import MISTAKES
from perceptron_cli.answers.numerals import USUAL, Answer
from perceptron_cli.answers.programs import of_a_program
from perceptron_cli.answers.reading import NoAnswers, Read, Sheet, no_answers, sheets_in
from perceptron_cli.answers.report import Marked
from perceptron_cli.answers.verdict import POINTS, Verdict
from perceptron_cli.answers.verdicts import diagnose
from perceptron_cli.answers.working import foreign_operand, slips_of
from perceptron_cli.errors import InputError, NnstepError, NumberError
from perceptron_cli.records import record
from perceptron_cli.spec.config import Config, Layer
from perceptron_cli.spec.nodes import compose
from perceptron_cli.spec.reader import Reader
from perceptron_cli.spec.source import read_file
from perceptron_cli.trace.step.lines import Lines, lines
from perceptron_cli.trace.view import View

REPEATED = ("once", "each")
Files: TypeAlias = Sequence[tuple[str, Callable[[], Sheet]]]
Watched: TypeAlias = Callable[[Files], Iterable[tuple[str, Callable[[], Sheet]]]]


@record
class Grader:
    """How sheets are checked: the config (None for the sheet's own) and its changes, the update that is
    answered, and the dialect and the layout where they are not to be found from the sheet."""

    config: str | None = None
    changes: Sequence[tuple[str, str]] = ()
    step: int = 1
    names: str | None = None
    layout: str | None = None
    repeated: str = "once"  # how often a mistake that is made again is blamed, one of REPEATED
    points: Mapping[str, float] | None = None  # by verdict, where they are not those of POINTS
    loaded: Config | None = None  # in place of `config`
    known: dict[str, tuple[Config, Lines]] = field(default_factory=dict)  # networks that were met, by name

    def marked(self, sheet: Sheet) -> Marked:
        """Return a sheet with its verdicts. Raises InputError for what cannot be read."""
        loaded, told = self._network(sheet)
        return self.marked_against(sheet, loaded, told)

    def marked_against(self, sheet: Sheet, loaded: Config, told: Lines) -> Marked:
        """Return a sheet with its verdicts beside the lines of a step."""
        read = sheet.read(loaded, told, self.names, self.layout)
        verdicts = diagnose(loaded, told, read.answers)
        verdicts, said = of_a_program(loaded, sheet, told, verdicts)
        if self.repeated == "once":
            verdicts = _blamed_once(verdicts)
        notes = (*said, *read.notes, *_turned(loaded, self.step, told, read.answers))
        marked = Marked(sheet.file, loaded, told, verdicts, sheet.blanks, notes, read.names)
        marked = replace(marked, source=self._source(sheet))
        marked = _with_working(marked, sheet, read) if sheet.chains else marked
        if self.points is None:
            return marked
        worth = {**POINTS, **self.points}
        return replace(marked, verdicts=[replace(one, worth=worth[one.kind]) for one in marked.verdicts])

    def _network(self, sheet: Sheet) -> tuple[Config, Lines]:
        """Return a sheet's network and its lines; those of a whole class are made once."""
        key = self._source(sheet)
        if key is not None and key in self.known:
            return self.known[key]
        loaded = self.loaded or sheet.loaded(self.config, self.changes)
        spec.require_trainable(loaded)
        made = loaded, lines(loaded, self.step, View(input_gradients=True))
        if key is not None:
            self.known[key] = made
        return made

    def _source(self, sheet: Sheet) -> str | None:
        """Return what a command calls the sheet's network, None where the sheet holds it."""
        own = sheet.config
        if self.loaded is not None:
            return None
        if self.config is not None or own is None:
            return self.config or "lecture"
        return str(own.value) if own.kind == "scalar" else None


def _blamed_once(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Return the verdicts with a wrong way of working blamed only in the first line that has it."""
    first: dict[str, str] = {}
    found = []
    for one in verdicts:
        known = [first[name] for name in one.mistakes if name in first]
        if one.kind == "mistake" and known and one.made_in is None:
            again = tuple(name for name in one.mistakes if name in first)
            found.append(replace(one, kind="repeated", mistakes=again, because=(known[0],)))
            continue
        found.append(one)
        for name in one.mistakes if len(one.mistakes) == 1 else ():
            if MISTAKES[name].again:
                first.setdefault(name, one.name)
    return found


def read_points(path: str) -> dict[str, float]:
    """Return the points of each verdict from a YAML file. Raises InputError for anything else in it."""
    text, file, _ = read_file(path, "it has a verdict and its points on each line")
    root = compose(text, file)
    reader = Reader(file)
    keys = reader.mapping(root, "", tuple(POINTS)) if root is not None else {}
    found = {}
    for name, node in (keys or {}).items():
        number = reader.number(node, name)
        if number is not None:
            found[name] = float(number)
    if reader.problems:
        raise InputError(reader.problems)
    return found


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
    square = [
        l for l, layer in layers if layer.is_dense and layer.weights and 1 < layer.inputs == layer.neurons
    ]
    if right == len(answers) or not square:
        return
    wrong = [told.equations[name].symbol for name, one in answers.items() if not _is_right(told, name, one)]
    if not any(one.head in ("z", "a") and one.layer in square for one in wrong):
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
    return sum(_is_right(told, name, one) for name, one in answers.items())


def _is_right(told: Lines, name: str, one: Answer) -> bool:
    right = told.values[name]
    return right is not None and abs(one.value - right) <= 1.01 * one.half(USUAL)


def read_class(
    folder: str, grader: Grader, watched: Watched = iter
) -> Iterator[tuple[str, Marked | NnstepError]]:
    """Yield each sheet of a folder, checked, with its file's name; one that cannot be read is its error.

    Configs among the files are left out. `watched` may look at the files go by, to show how far it is.
    Raises InputError where the folder has no sheets.
    """
    found = 0
    for name, read in watched(sheets_in(folder)):
        try:
            yield name, grader.marked(read())
        except NoAnswers:
            continue
        except NnstepError as error:
            yield name, error
        found += 1
    if not found:
        raise no_answers(folder)
