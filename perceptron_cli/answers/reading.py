"""A file of answers: YAML, JSON (nnstep's own too), CSV, NumPy's arrays or a page of working.

```yaml
config: lecture          # optional: a name, a path, or a whole config
answers:                 # or the symbols at once, without this key
  z[1]_1: 0.3
  y_hat: 0.7739
  w[1]_11': 0.1006
```
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import partial
from pathlib import Path

from perceptron_cli import spec
from perceptron_cli.answers import archives, workbooks
from perceptron_cli.answers.arrays import LAYOUTS, layout_of, meaning_of, symbols_of, wanted
from perceptron_cli.answers.entries import MARK, Array, Cell, Entry
from perceptron_cli.answers.naming import Naming
from perceptron_cli.answers.numerals import Answer, answer
from perceptron_cli.answers.tables import read_table
from perceptron_cli.answers.trees import bundled_name, entries, of_json, of_nnstep
from perceptron_cli.answers.working import Chain, chains_of
from perceptron_cli.dialects.vocabulary import Meaning
from perceptron_cli.errors import InputError, Problem
from perceptron_cli.records import record
from perceptron_cli.spec.check import check
from perceptron_cli.spec.config import Config
from perceptron_cli.spec.names import read_names
from perceptron_cli.spec.nodes import Node, compose
from perceptron_cli.spec.overrides import apply
from perceptron_cli.spec.reader import Reader, clip
from perceptron_cli.spec.source import read_file
from perceptron_cli.trace.step.lines import Lines

LEFT = "left:"  # begins the name of what stood in a gradient's place before the step
PAGES = (".md", ".markdown", ".tex")  # of working; so may be text without markup
SUFFIXES = (".yaml", ".yml", ".json", ".csv", *archives.SUFFIXES, *workbooks.SUFFIXES, *PAGES, ".txt")


@record
class Read:
    """A sheet's answers by the step's names, and what is to be said of how they were read."""

    answers: Mapping[str, Answer]
    notes: tuple[str, ...] = ()
    names: str | None = None  # the dialect of the names, None where it is nnstep's
    chains: Mapping[int, str] = field(default_factory=dict)  # an equation's place, and its symbol


@record
class Sheet:
    """A file of answers: its entries, blank ones too, and the config that it brings along, if it does.

    `names` are the sheet's own names for symbols.
    """

    file: str
    folder: str
    entries: tuple[Entry, ...]
    config: Node | None = None
    arrays: tuple[Array, ...] = ()
    names: Node | None = None
    chains: tuple[Chain, ...] = ()  # the equations of a page of working
    page: tuple[str, ...] = ()  # its lines
    recorded: bool = False  # by `record`: it may have more than the step tells
    left: tuple[Array, ...] = ()  # gradients that stood there before the step

    @property
    def blanks(self) -> int:
        """How many entries are left blank."""
        return sum(one.is_blank for one in self.entries)

    def left_values(self, config: Config) -> dict[str, float]:
        """Return the gradients that stood there before the step, by their symbols."""
        found: dict[str, float] = {}
        for array in self.left:
            meaning = meaning_of(array.name, config)
            told = symbols_of(array, meaning, config, LAYOUTS[0]) if meaning is not None else None
            found |= {name: float(cell.text) for name, cell in told or ()}
        return found

    def loaded(self, config: str | None, changes: Sequence[tuple[str, str]] = ()) -> Config:
        """Return the config to check against: the one asked for, else the file's own, else the lecture's."""
        own = self.config
        if config is not None or own is None:
            return spec.load(config or "lecture", changes)
        if own.kind == "mapping":
            return check(apply(own, changes), self.file, self.folder, spec.OWN_DATA)
        beside = Path(self.folder) / str(own.value)
        return spec.load(str(beside) if beside.is_file() else str(own.value), changes)

    def read(self, config: Config, lines: Lines, names: str | None = None, layout: str | None = None) -> Read:
        """Return the answers by the step's names; `names` and `layout` decide what else is found.

        Raises InputError for names that the step does not have, for what is no number, and for two
        answers to one symbol.
        """
        return _Reading(self, config, lines, names, layout).read()


class _Reading:
    """The reading of one sheet against one step."""

    def __init__(
        self, sheet: Sheet, config: Config, lines: Lines, names: str | None, layout: str | None
    ) -> None:
        self.sheet, self.config, self.lines = sheet, config, lines
        self.places = [(one, meaning_of(one.name, config, sheet.arrays)) for one in sheet.arrays]
        written = {one.name: one.text for one in sheet.entries if not self._is_array(one.name)}
        written |= {chain.names[-1]: _text_of(chain) for chain in sheet.chains if chain.names}
        self.naming = Naming(config, lines, written, names, self._own_names())
        self.asked = layout
        self.problems: list[Problem] = []
        self.negated: list[str] = []

    def read(self) -> Read:
        layout = self._layout()
        found: dict[str, Answer] = {}
        entries = self.sheet.entries
        if self.sheet.recorded and self.config.penalty is not None:  # a library's loss is that of the data
            entries = tuple(replace(one, name="D") if one.name == "L" else one for one in entries)
        for entry in (*entries, *self._in_arrays(layout or LAYOUTS[0])):
            self._enter(entry, found)
        chains = self._in_working(found)
        if self.problems:
            raise InputError(self.problems[:20])
        if not found:
            blanks = self.sheet.blanks
            blank = f": all {blanks} are blank" if blanks else ""
            hint = "write one 'symbol: value' on each line"
            raise InputError(Problem(f"expected answers, got none{blank}", file=self.sheet.file, hint=hint))
        named = (chain.names[-1] for chain in self.sheet.chains if chain.names)
        said = self.naming.said([*(one.name for one in self.sheet.entries), *named])
        notes = [said, *self.negated[:1], _READ.get(layout or "")]
        dialect = self.naming.dialect.name
        told = tuple(one for one in notes if one)
        return Read(found, told, None if dialect == "nnstep" else dialect, chains)

    def _in_working(self, found: dict[str, Answer]) -> dict[int, str]:
        """Enter what the equations of a page come to; a name that means no number of the step is passed over.

        The second time that a name gets another number it is the one after the update.
        """
        symbols: dict[int, str] = {}
        for place, chain in enumerate(self.sheet.chains):
            read = (self.naming.read(name) or self._of_one(name) for name in chain.names)
            meaning = next((meanings[0] for meanings in read if len(meanings) == 1), None)
            number = answer(_text_of(chain))
            if meaning is None or number is None:
                continue
            symbol = meaning.symbol
            number = number.negated() if meaning.sign < 0 else number
            if symbol in found and found[symbol].value != number.value:
                symbol = f"{symbol}'"
            if symbol in self.lines.equations and symbol not in found:
                found[symbol] = number
                symbols[place] = symbol
            elif symbol in found:
                symbols[place] = symbol
        return symbols

    def _own_names(self) -> dict[str, str]:
        if self.sheet.names is None:
            return {}
        reader = Reader(self.sheet.file)
        found = read_names(reader, self.sheet.names, self.config.sizes)
        if reader.problems:
            raise InputError(reader.problems)
        return found

    def _layout(self) -> str | None:
        """Return how the matrices of weights stand; None where there is none."""
        known = [(array, meaning) for array, meaning in self.places if meaning is not None]
        open_ = [(array, meaning) for array, meaning in known if meaning.layout is None]
        if not any(meaning.letter == "w" and 1 not in array.shape for array, meaning in open_):
            return None
        return self.asked or layout_of(known, self.config, self.lines.values)

    def _in_arrays(self, layout: str) -> Iterator[Entry]:
        """Yield the numbers of the arrays by the step's names; one that fits nowhere is a problem."""
        for array, meaning in self.places:
            if meaning is None and len(array.numbers) == 1:  # a list of one is that one
                (cell,) = array.numbers
                yield Entry(array.name, cell.text, cell.line, cell.column)
                continue
            place = Entry(array.name, "", array.line, array.column)
            if meaning is None:
                hint = "arrays are x, y, z[1], a[1], w[1], b[1], dL/dw[1], ..., or Z1, A1, W1, b1, dW1, ..."
                self._problem(place, "this step has no such vector or matrix", hint)
                continue
            told = symbols_of(array, meaning, self.config, layout)
            if told is None:
                shape = " by ".join(map(str, array.shape))
                self._problem(place, f"expected {', or '.join(wanted(meaning, self.config))}; got {shape}")
                continue
            if self.sheet.recorded:
                told = self._of_library(told)
            yield from (Entry(name, cell.text, cell.line, cell.column) for name, cell in told)

    def _of_library(self, told: Sequence[tuple[str, Cell]]) -> list[tuple[str, Cell]]:
        """Return the numbers that the step has; a library's gradient is that of the data alone."""
        if self.config.penalty is not None:
            told = [(_data_gradient(name), cell) for name, cell in told]
        return [one for one in told if one[0] in self.lines.equations]

    def _enter(self, entry: Entry, found: dict[str, Answer]) -> None:
        """Enter the answer of one entry, or note what is wrong with it."""
        meaning = self._meaning(entry)
        if meaning is None or entry.is_blank:
            return
        number = answer(entry.text)
        if number is None:
            hint = "numbers have a decimal point" if "," in entry.text else None
            self._problem(entry, f"expected a number or a fraction, got '{clip(entry.text)}'", hint)
            return
        if meaning.sign < 0:
            number = number.negated()
            self.negated.append(f"{entry.name} is read as -{meaning.symbol}.")
        if meaning.symbol in found and found[meaning.symbol].value != number.value:
            self._problem(entry, f"{meaning.symbol} has another answer already")
        else:
            found[meaning.symbol] = number

    def _meaning(self, entry: Entry) -> Meaning | None:
        first, last = self.naming.read, self._of_one
        if self._is_array(entry.name):
            first, last = last, first
        meanings = first(entry.name) or last(entry.name)
        if len(meanings) == 1:
            return meanings[0]
        if meanings:
            either = " or ".join("-" * (one.sign < 0) + one.symbol for one in meanings)
            self._problem(entry, f"this could be {either}", "write the symbol, or name it under 'names:'")
        else:
            near = self.naming.nearest(entry.name)
            self._problem(entry, "this step has no such symbol", _meant(near, self.lines))
        return None

    def _is_array(self, name: str) -> bool:
        """Whether a name with one number is that of a vector, beside others on the sheet."""
        return bool(self.sheet.arrays) and bool(self._of_one(name))

    def _of_one(self, name: str) -> list[Meaning]:
        """Return what the name of a vector means where the vector has but one number."""
        meaning = meaning_of(name, self.config, self.sheet.arrays)
        if meaning is None or meaning.letter == "w" or len(self.lines.samples) > 1:
            return []
        bias = meaning.letter == "b"
        symbol = meaning.symbol("01" if bias else "1", None)
        size = {"x": self.config.inputs, "y": self.config.sizes[-1]}.get(meaning.letter)
        alone = (size or self.config.sizes[meaning.layer]) == 1
        return [Meaning(symbol)] if alone and symbol in self.lines.equations else []

    def _problem(self, entry: Entry, message: str, hint: str | None = None) -> None:
        self.problems.append(
            Problem(
                message,
                file=self.sheet.file,
                line=entry.line,
                column=entry.column,
                key=clip(entry.name),
                hint=hint,
            )
        )


def _data_gradient(name: str) -> str:
    return f"dD/d{name[4:]}" if name.startswith("dL/dw") else name


def _text_of(chain: Chain) -> str:
    entry = chain.entry("")
    return entry.text if entry is not None else ""


_READ = {
    "rows": "Matrices of weights were read with a row per neuron.",
    "columns": "Matrices of weights were read with a column per neuron, as for x @ W.",
}


def _meant(near: Sequence[str], lines: Lines) -> str:
    if near:
        return f"did you mean {' or '.join(near)}?"
    first = [name for name, one in lines.equations.items() if one.body is not None][:3]
    return f"symbols are {', '.join(first)}, ...: 'nnstep names' lists all of them"


# files ----------------------------------------------------------------------------------------


def read_sheet(source: str | os.PathLike[str]) -> Sheet:
    """Return the answers of a file, or of stdin ("-"). Raises InputError for what cannot be read."""
    path = Path(source)
    if path.suffix.lower() in archives.SUFFIXES and path.is_file():
        return sheet_of(str(source), str(path.parent), archives.read_arrays(path))
    if path.suffix.lower() in workbooks.SUFFIXES and path.is_file():
        return sheet_of(str(source), str(path.parent), workbooks.read_workbook(path))
    text, name, folder = read_file(source, _START)
    ending = path.suffix.lower()
    if ending in PAGES or (ending in (".txt", "") and is_working(text)):
        return _of_page(text, name, folder)
    if _is_csv(text, name):
        return sheet_of(name, folder, read_table(text.removeprefix("\ufeff"), name))
    printed = of_json(text, name)
    if printed is not None:
        keys, told = printed
        return sheet_of(name, folder, iter(told), bundled_name(keys))
    try:
        root = compose(text, name)
    except InputError:
        if ending == ".txt" and chains_of(text):  # lines of names and numbers, in any form
            return _of_page(text, name, folder)
        raise
    if root is None:
        raise InputError(Problem("the answer file is empty", file=name))
    if ending == ".txt" and root.kind == "scalar":
        return _of_page(text, name, folder)
    return _from_tree(root, name, folder)


_OF_EXERCISES = re.compile(r"Exercises(?:, with the key)?: a [-\d{}]+ network")  # sheets of several networks


def is_working(text: str) -> bool:
    """Whether a text is a page of working: lines with signs of equality, and hardly any `symbol: value`."""
    lines = [line for line in text.splitlines() if line.strip()]
    equations = sum("=" in line for line in lines)
    pairs = sum(re.match(r"\s*[^=:]+:\s+[-+\d\[{.]", line) is not None for line in lines)
    return equations > pairs and not text.lstrip().startswith(("{", "["))


def _of_page(text: str, file: str, folder: str) -> Sheet:
    chains = tuple(chains_of(text))
    if not chains or _OF_EXERCISES.search(text[:2_000]):
        message = "expected equations such as 'z1 = 0.1*0.5 + 0.2 = 0.25', got none"
        raise NoAnswers(Problem(message, file=file))
    return Sheet(file, folder, (), chains=chains, page=tuple(text.splitlines()))


def sheet_of(
    file: str,
    folder: str,
    read: Iterator[Entry | Array],
    config: Node | None = None,
    names: Node | None = None,
) -> Sheet:
    """Return what was read as a sheet: answers, arrays, and what a recorded step has besides."""
    found = tuple(read)
    told = tuple(one for one in found if isinstance(one, Entry) and one.name != MARK)
    arrays = [one for one in found if isinstance(one, Array)]
    left = tuple(
        replace(one, name=one.name.removeprefix(LEFT)) for one in arrays if one.name.startswith(LEFT)
    )
    own = tuple(one for one in arrays if not one.name.startswith(LEFT))
    recorded = any(isinstance(one, Entry) and one.name == MARK for one in found)
    return Sheet(file, folder, told, config, own, names, recorded=recorded, left=left)


def _from_tree(root: Node, file: str, folder: str) -> Sheet:
    keys = {key.value: value for key, value in root.value} if root.kind == "mapping" else {}
    config = keys.get("config")
    if "steps" in keys and "command" in keys:
        return sheet_of(file, folder, of_nnstep(keys["steps"]), config or bundled_name(keys))
    if "network" in keys and "answers" not in keys:
        raise NoAnswers(Problem("expected answers, got a config", file=file, hint=_START))
    below = keys.get("answers", root)
    return sheet_of(file, folder, entries(below, file, top=below is root), config, keys.get("names"))


def _is_csv(text: str, name: str) -> bool:
    """By the name, else by the first line: symbol,value."""
    first = text.lstrip("\ufeff \n").partition("\n")[0].replace(" ", "").lower()
    return name.lower().endswith(".csv") or first in ("symbol,value", "symbol;value")


def sheets_in(folder: str) -> list[tuple[str, Callable[[], Sheet]]]:
    """Return the files of a folder that may have answers, each with what reads it.

    Raises InputError where there are none at all. To read a file that has no answers raises NoAnswers.
    """
    found = _files(Path(folder))
    if not found:
        raise no_answers(folder)
    return [(path.name, partial(read_sheet, path)) for path in found]


def no_answers(folder: str) -> InputError:
    """Return the error of a folder without answers."""
    hint = f"answer files end in {', '.join(SUFFIXES)}"
    sheets = Path(folder) / "sheets"
    if sheets.is_dir() and _files(sheets):
        hint = f"those that 'nnstep exercise' made are in {sheets}"
    return InputError(Problem("the folder has no answer files", file=folder, hint=hint))


def files_in(folder: str | os.PathLike[str]) -> list[Path]:
    """Return the files of a folder that may have answers, by name."""
    return _files(Path(folder))


def _files(folder: Path) -> list[Path]:
    return sorted(one for one in folder.iterdir() if one.suffix.lower() in SUFFIXES and one.is_file())


class NoAnswers(InputError):
    """The file is a config or a text, and no answers."""


_START = "the answer file comes first: nnstep check ANSWERS CONFIG. It has one 'symbol: value' on each line"
