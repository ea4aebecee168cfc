"""A file of answers: YAML, JSON (nnstep's own too) or CSV, each a symbol and its number as it was written.

```yaml
config: lecture          # optional: a name, a path, or a whole config
answers:                 # or the symbols at once, without this key
  z[1]_1: 0.3
  y_hat: 0.7739
  w[1]_11': 0.1006
```
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from perceptron_cli import spec
from perceptron_cli.answers.arrays import (
    LAYOUTS,
    Array,
    Cell,
    layout_of,
    meaning_of,
    symbols_of,
    wanted,
)
from perceptron_cli.answers.names import canonical, nearest
from perceptron_cli.answers.numerals import Answer, answer
from perceptron_cli.errors import InputError, Problem
from perceptron_cli.record import record
from perceptron_cli.spec.check import check
from perceptron_cli.spec.config import Config
from perceptron_cli.spec.nodes import Node, compose
from perceptron_cli.spec.overrides import apply
from perceptron_cli.spec.reader import clip, told
from perceptron_cli.spec.source import read_file
from perceptron_cli.trace.step.lines import Lines

SUFFIXES = (".yaml", ".yml", ".json", ".csv")
BLANKS = ("", "~", "null", "Null", "NULL", "?", "-")
HEADER = ["symbol", "value"]  # of a CSV file
ABOUT = ("config", "answers", "name", "step", "level", "seed")  # keys that are no symbols


@record
class Entry:
    """A symbol and a number as they stand in a file, and where."""

    name: str
    text: str
    line: int
    column: int

    @property
    def is_blank(self) -> bool:
        """Whether there is but room for an answer."""
        return self.text in BLANKS or not self.text.strip("_ .")


@record
class Sheet:
    """A file of answers: its entries, blank ones too, and the config that it brings along, if it does."""

    file: str
    folder: str
    entries: tuple[Entry, ...]
    config: Node | None = None
    arrays: tuple[Array, ...] = ()

    @property
    def blanks(self) -> int:
        """How many entries are left blank."""
        return sum(one.is_blank for one in self.entries)

    def loaded(self, config: str | None, changes: Sequence[tuple[str, str]] = ()) -> Config:
        """Return the config to check against: the one asked for, else the file's own, else the lecture's."""
        own = self.config
        if config is not None or own is None:
            return spec.load(config or "lecture", changes)
        if own.kind == "mapping":
            return check(apply(own, changes), self.file, self.folder, spec.OWN_DATA)
        beside = Path(self.folder) / str(own.value)
        return spec.load(str(beside) if beside.is_file() else str(own.value), changes)

    def layout(self, config: Config, lines: Lines, asked: str | None = None) -> str | None:
        """Return how the sheet's matrices of weights stand, one of LAYOUTS: as `asked`, else as fits.

        None where there is no such matrix.
        """
        pairs = ((array, meaning_of(array.name, config)) for array in self.arrays)
        known = [(array, meaning) for array, meaning in pairs if meaning is not None]
        if not any(meaning.letter == "w" and 1 not in array.shape for array, meaning in known):
            return None
        return asked or layout_of(known, config, lines.values)

    def _in_arrays(self, config: Config, layout: str | None) -> Iterator[Entry]:
        """Yield the numbers of the arrays by the step's names. Raises InputError where one fits nowhere."""
        chosen = layout or LAYOUTS[0]
        for array in self.arrays:
            place = Entry(array.name, "", array.line, array.column)
            meaning = meaning_of(array.name, config)
            if meaning is None and len(array.numbers) == 1:  # a list of one is that one
                (cell,) = array.numbers
                yield Entry(array.name, cell.text, cell.line, cell.column)
                continue
            if meaning is None:
                hint = "arrays are x, y, z[1], a[1], w[1], b[1], dL/dw[1], ..., or Z1, A1, W1, b1, dW1, ..."
                raise InputError(self._problem(place, "this step has no such vector or matrix", hint))
            told = symbols_of(array, meaning, config, chosen)
            if told is None:
                shape = " by ".join(map(str, array.shape))
                message = f"expected {', or '.join(wanted(meaning, config))}; got {shape}"
                raise InputError(self._problem(place, message))
            yield from (Entry(name, cell.text, cell.line, cell.column) for name, cell in told)

    def answers(self, config: Config, lines: Lines, layout: str | None = None) -> dict[str, Answer]:
        """Return the answers by the step's names; `layout` is what the method of that name gave.

        Raises InputError for names that the step does not have, for what is no number, and for two
        answers to one symbol.
        """
        found: dict[str, Answer] = {}
        problems = []
        for entry in (*self.entries, *self._in_arrays(config, layout)):
            name, number = canonical(entry.name, config), answer(entry.text)
            if name not in lines.equations:
                near = nearest(name, lines.equations)
                meant = f"did you mean {' or '.join(near)}?" if near else _known(lines)
                problems.append(self._problem(entry, "this step has no such symbol", meant))
            elif entry.is_blank:
                continue
            elif number is None:
                hint = "decimals have a point" if "," in entry.text else None
                problems.append(
                    self._problem(entry, f"expected a number or a fraction, got '{clip(entry.text)}'", hint)
                )
            elif name in found and found[name].value != number.value:
                problems.append(self._problem(entry, f"{name} has another answer already"))
            else:
                found[name] = number
        if problems:
            raise InputError(problems[:20])
        if not found:
            blank = f": all {self.blanks} are blank" if self.blanks else ""
            hint = "write one 'symbol: value' on each line"
            raise InputError(Problem(f"expected answers, got none{blank}", file=self.file, hint=hint))
        return found

    def _problem(self, entry: Entry, message: str, hint: str | None = None) -> Problem:
        return Problem(
            message, file=self.file, line=entry.line, column=entry.column, key=clip(entry.name), hint=hint
        )


def _known(lines: Lines) -> str:
    first = [name for name, one in lines.equations.items() if one.body is not None][:3]
    return f"symbols are {', '.join(first)}, ...: 'nnstep backprop --json' has all of them"


def read_sheet(source: str | os.PathLike[str]) -> Sheet:
    """Return the answers of a file, or of stdin ("-"). Raises InputError for what cannot be read."""
    text, name, folder = read_file(source, _START)
    if _is_csv(text, name):
        return Sheet(name, folder, tuple(_rows(text)))
    root = compose(text, name)
    if root is None:
        raise InputError(Problem("the answer file is empty", file=name))
    return _from_tree(root, name, folder)


def sheets_in(folder: str) -> dict[str, Sheet | InputError]:
    """Return the sheets of a folder by file name; configs among them are left out.

    One that cannot be read is its error. Raises InputError where there are none at all.
    """
    found: dict[str, Sheet | InputError] = {}
    for path in _files(Path(folder)):
        try:
            found[path.name] = read_sheet(path)
        except ConfigError:
            continue
        except InputError as error:
            found[path.name] = error
    if not found:
        hint = f"answer files end in {', '.join(SUFFIXES)}"
        sheets = Path(folder) / "sheets"
        if sheets.is_dir() and _files(sheets):
            hint = f"those that 'nnstep exercise' made are in {sheets}"
        raise InputError(Problem("the folder has no answer files", file=folder, hint=hint))
    return found


def _files(folder: Path) -> list[Path]:
    """Return the files of a folder that may have answers, by name."""
    return sorted(one for one in folder.iterdir() if one.suffix.lower() in SUFFIXES and one.is_file())


class ConfigError(InputError):
    """The file is a config, and no answers."""


_START = "the answer file comes first: nnstep check ANSWERS CONFIG. It has one 'symbol: value' on each line"


# YAML and JSON --------------------------------------------------------------------------------


def _from_tree(root: Node, file: str, folder: str) -> Sheet:
    config = None
    below = root
    if root.kind == "mapping":
        keys = {key.value: value for key, value in root.value}
        config = keys.get("config")
        if "steps" in keys and "command" in keys:
            told = (one for one in _of_nnstep(keys["steps"]) if isinstance(one, Entry))
            return Sheet(file, folder, tuple(told), config or _bundled(keys))
        if "network" in keys and "answers" not in keys:
            raise ConfigError(Problem("expected answers, got a config", file=file, hint=_START))
        below = keys.get("answers", root)
    read = tuple(_entries(below, file, top=below is root))
    entries = tuple(one for one in read if isinstance(one, Entry))
    return Sheet(file, folder, entries, config, tuple(one for one in read if isinstance(one, Array)))


def _entries(node: Node, file: str, *, top: bool) -> Iterator[Entry | Array]:
    """The entries of a mapping, or of a list of {symbol, value}; a blank one is not answered."""
    if node.kind == "list":
        for one in node.value:
            keys = {key.value: value for key, value in one.value} if one.kind == "mapping" else {}
            if not {"symbol", "value"} <= set(keys):
                raise InputError(_expected(one, file, "a mapping of symbol and value"))
            yield from _entry(keys["symbol"], keys["value"], file)
        return
    if node.kind != "mapping":
        raise InputError(_expected(node, file, "one 'symbol: value' on each line"))
    for key, value in node.value:
        if not (top and key.value in ABOUT):
            yield from _entry(key, value, file)


def _entry(key: Node, value: Node, file: str) -> Iterator[Entry | Array]:
    if value.kind == "list" and value.value:
        yield _array(str(key.value), value, file)
        return
    if value.kind != "scalar":
        raise InputError(_expected(value, file, "a number", key.value))
    yield Entry(str(key.value), value.value.strip(), value.line, value.column)


def _array(name: str, node: Node, file: str) -> Array:
    """Return a list of numbers, or of rows of as many numbers. Raises InputError for another."""
    nested = [one.kind == "list" for one in node.value]
    rows = [one.value for one in node.value] if all(nested) else [node.value]
    for row in rows:
        for one in row:
            if one.kind != "scalar":
                raise InputError(_expected(one, file, "a number", name))
        if not row or len(row) != len(rows[0]):
            told = f"expected rows of {len(rows[0])} numbers, got one of {len(row)}"
            raise InputError(Problem(told, file=file, line=node.line, column=node.column, key=name))
    cells = tuple(tuple(Cell(one.value.strip(), one.line, one.column) for one in row) for row in rows)
    return Array(name, cells, node.line, node.column)


def _expected(node: Node, file: str, what: str, key: str | None = None) -> Problem:
    return Problem(
        f"expected {what}, got {told(node)}", file=file, line=node.line, column=node.column, key=key
    )


def _of_nnstep(steps: Node) -> Iterator[Entry | Array]:
    """The equations of the first step that `nnstep ... --json` printed, second ways to a symbol left out."""
    for step in steps.value[:1] if steps.kind == "list" else ():
        for section in _get(step, "sections"):
            for one in _get(section, "equations"):
                keys = {key.value: value for key, value in one.value}
                value = keys.get("value")
                if value is not None and "formula" in keys and "alternative" not in keys:
                    yield from _entry(keys["symbol"], value, "")


def _get(node: Node, name: str) -> list[Node]:
    found = [value for key, value in node.value if key.value == name] if node.kind == "mapping" else []
    return found[0].value if found and found[0].kind == "list" else []


def _bundled(keys: dict[str, Node]) -> Node | None:
    """The network's name, where it is that of a bundled config."""
    network = keys.get("network")
    pairs = network.value if network is not None and network.kind == "mapping" else []
    return next(
        (value for key, value in pairs if key.value == "name" and value.value in spec.bundled()), None
    )


# CSV ------------------------------------------------------------------------------------------


def _is_csv(text: str, name: str) -> bool:
    """By the name, else by the first line: symbol,value."""
    first = text.lstrip().partition("\n")[0].replace(" ", "").lower()
    return name.lower().endswith(".csv") or first == "symbol,value"


def _rows(text: str) -> Iterator[Entry]:
    """A symbol and a value a row; a comma in a symbol (w[2]_10,3) needs no quotes."""
    for number, row in enumerate(csv.reader(text.splitlines()), start=1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or cells[0].startswith("#") or [cell.lower() for cell in cells] == HEADER:
            continue
        name, value = (",".join(cells[:-1]), cells[-1]) if len(cells) > 1 else (cells[0], "")
        yield Entry(name, value, number, 1)
