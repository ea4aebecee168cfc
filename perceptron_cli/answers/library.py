"""`perceptron_cli.check`: numbers of a program against the right ones."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from perceptron_cli import spec
from perceptron_cli.answers.entries import Array, Cell, Entry
from perceptron_cli.answers.grading import Grader
from perceptron_cli.answers.mistakes import MISTAKES
from perceptron_cli.answers.reading import Sheet, read_sheet
from perceptron_cli.answers.report import Marked, verdict_text
from perceptron_cli.answers.verdict import Verdict, first_wrong
from perceptron_cli.errors import InputError
from perceptron_cli.notation import show
from perceptron_cli.spec.config import Config

NAME = "answers"


class Checked:
    """The verdicts on a sheet, in order of dependence."""

    def __init__(self, marked: Marked) -> None:
        self._marked = marked
        self.verdicts: tuple[Verdict, ...] = tuple(marked.verdicts)
        self.notes: tuple[str, ...] = marked.notes

    @property
    def points(self) -> float:
        """The points of all answers together."""
        return self._marked.points

    @property
    def of(self) -> int:
        """The most points that there are: one for each answer."""
        return len(self.verdicts)

    @property
    def is_right(self) -> bool:
        """Whether every answer is right, or right but for rounding by hand."""
        return self._marked.is_right

    @property
    def first_wrong(self) -> Verdict | None:
        """The first line that is wrong, None where none is."""
        return first_wrong(self.verdicts)

    @property
    def explanation(self) -> str:
        """What is wrong in the first wrong line, in a sentence or two; empty where nothing is."""
        first = self.first_wrong
        if first is None:
            return ""
        told = [MISTAKES[name].sentence for name in first.mistakes]
        told += [one for one in (self._marked.operands.get(first.name), first.change) if one]
        return " ".join([f"{first.name} = {first.answer.text}, and {_right(first)} is right.", *told])

    def data(self) -> dict[str, Any]:
        """Return the verdicts and the score as `nnstep check --json` has them."""
        return self._marked.data()

    def __repr__(self) -> str:
        first = self.first_wrong
        told = f", first wrong: {first.name} ({verdict_text(first)})" if first is not None else ""
        return f"Checked({self.points:g} of {self.of} points{told})"

    def _repr_html_(self) -> str:
        """Return a table, for a notebook."""
        cells = [(one.name, one.answer.text, _right(one), verdict_text(one)) for one in self.verdicts]
        head = "".join(f"<th>{name}</th>" for name in ("symbol", "answer", "right", "verdict"))
        body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in cells)
        return (
            f"<p>{self.points:g} of {self.of} points. {escape(self.explanation)}</p>"
            f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )


def check(
    answers: Mapping[str, Any] | str | os.PathLike[str],
    config: str | Config | None = None,
    *,
    step: int = 1,
    names: str | None = None,
    layout: str | None = None,
) -> Checked:
    """Check numbers against update `step` (from 1) of a network.

    `answers` has numbers and arrays (or nested lists) by name: {"z[1]_1": 0.3} or {"Z1": z1, "dW1": dw1};
    or it is the path of a file that `nnstep check` reads. `config` is a path, a bundled name or a loaded
    config; without one it is the file's own, else the lecture's. `names` and `layout` say in which dialect
    the names are and how matrices stand, where that should not be found out.
    Raises InputError for names that the step does not have, and for what is no number.
    """
    sheet = _of_mapping(answers) if isinstance(answers, Mapping) else read_sheet(answers)
    grader = Grader(None if isinstance(config, Config) else config, step=step, names=names, layout=layout)
    if isinstance(config, Config):
        spec.require_trainable(config)
        grader = Grader("", step=step, names=names, layout=layout, loaded=config)
    return Checked(grader.marked(sheet))


def _of_mapping(answers: Mapping[str, Any]) -> Sheet:
    entries: list[Entry] = []
    arrays: list[Array] = []
    for line, (name, value) in enumerate(answers.items(), start=1):
        rows = _rows(name, value)
        if rows is None:
            entries.append(Entry(str(name), _text(name, value), line, 1))
        else:
            told = tuple(tuple(Cell(_text(name, one), line, 1) for one in row) for row in rows)
            arrays.append(Array(str(name), told, line, 1))
    return Sheet(NAME, ".", tuple(entries), arrays=tuple(arrays))


def _rows(name: str, value: Any) -> list[Sequence[Any]] | None:
    """Return the rows of a vector or a matrix, None for a number alone."""
    if hasattr(value, "tolist") and not getattr(value, "ndim", 0):
        return None
    if isinstance(value, str) or not hasattr(value, "__len__"):
        return None
    nested = [hasattr(one, "__len__") and not isinstance(one, str) for one in value]
    rows = list(value) if all(nested) else [value]
    widths = {len(row) for row in rows}
    deep = any(hasattr(one, "__len__") and not isinstance(one, str) for row in rows for one in row)
    if not rows or len(widths) != 1 or 0 in widths or deep:
        raise InputError(f"{name}: expected a number, a vector or a matrix")
    return rows


def _text(name: str, value: Any) -> str:
    """Return a number as it is written: of a float the fewest digits that say it."""
    if value is None or isinstance(value, str):
        return value or ""
    try:
        return str(value.item() if hasattr(value, "item") and not _is_short(value) else value)
    except (TypeError, ValueError):
        raise InputError(f"{name}: expected a number, got {value!r}") from None


def _is_short(value: Any) -> bool:
    """Whether a float has fewer bits than Python's: its own text has fewer digits."""
    return getattr(value, "itemsize", 8) < 8


def _right(one: Verdict) -> str:
    return "undefined" if one.value is None else show(one.value, 4)
