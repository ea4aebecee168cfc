"""What a data set is once it is read, and how its columns are chosen."""

from __future__ import annotations

from collections.abc import Sequence

from perceptron_cli.arrays import Array, Indices
from perceptron_cli.errors import InputError, Problem, did_you_mean
from perceptron_cli.records import record

# A column's name, or its number from 1.
Column = str | int


@record
class Choice:
    """Which columns are wanted; `x` is all the others and `y` the last one where they are None.

    `header` says whether the first row names the columns, None where it is to be seen from the row.
    `target` is False where y may be missing, and `blind` True where it is not read though it is there:
    what is to be predicted has none, or one that says nothing.
    """

    x: tuple[Column, ...] | None = None
    y: tuple[Column, ...] | None = None
    header: bool | None = None
    target: bool = True
    blind: bool = False


@record
class Target:
    """A column of y as it is written: row n has the word `words[codes[n]]`."""

    name: str
    codes: Indices
    words: tuple[str, ...]


@record
class Table:
    """x as numbers, (rows, columns), y as words, and the line of the file on which each row ends.

    `choice` names the columns that were taken, so that another file's can be taken likewise.
    """

    file: str
    x: Array
    x_names: tuple[str, ...]
    targets: tuple[Target, ...]
    lines: Indices
    choice: Choice

    def line_of(self, target: Target, code: int) -> int:
        """Return the first line that has a word."""
        return int(self.lines[int((target.codes == code).argmax())])


def places(names: Sequence[str], choice: Choice, file: str, line: int | None) -> tuple[list[int], list[int]]:
    """Return where x and y stand among the columns. Raises InputError where a column is not there."""
    problems: list[Problem] = []
    y = choice.y if choice.y is not None else (len(names),)
    wanted = () if choice.x is None else choice.x
    x_places = [_place(names, one, file, line, problems) for one in wanted]
    absent = not choice.target and any(not _has(names, one) for one in y)
    y_places = [] if absent else [_place(names, one, file, line, problems) for one in y]
    if problems:
        raise InputError(problems)
    if choice.x is None:
        x_places = [place for place in range(len(names)) if place not in y_places]
        problems += _twice(names, x_places, file, line)
    if not x_places:
        problems.append(Problem("expected a column beside the target, got none", file=file, line=line))
    both = sorted(set(x_places) & set(y_places))
    if both:
        told = "expected a column of x or the target, got both"
        problems.append(Problem(told, file=file, line=line, key=names[both[0]]))
    if problems:
        raise InputError(problems)
    return x_places, [] if choice.blind else y_places


def _has(names: Sequence[str], column: Column) -> bool:
    return 1 <= column <= len(names) if isinstance(column, int) else column in names


def _place(names: Sequence[str], column: Column, file: str, line: int | None, problems: list[Problem]) -> int:
    if not _has(names, column):
        there = f"1 to {len(names)}" if isinstance(column, int) else ", ".join(names[:12])
        if len(names) > 12 and not isinstance(column, int):
            there += f", ... {len(names) - 12} more"
        near = did_you_mean(column, names) if isinstance(column, str) else None
        told = f"'{column}'" if isinstance(column, str) else f"number {column}"
        problems.append(
            Problem(
                f"expected a column {told}, got none", file=file, line=line, hint=near or f"columns: {there}"
            )
        )
        return -1
    if isinstance(column, int):
        return column - 1
    problems += _twice(names, [names.index(column)], file, line)
    return names.index(column)


def _twice(names: Sequence[str], found: Sequence[int], file: str, line: int | None) -> list[Problem]:
    return [
        Problem(
            "two columns have this name", file=file, line=line, key=name, hint="name the columns by number"
        )
        for name in dict.fromkeys(names[place] for place in found)
        if names.count(name) > 1
    ]
