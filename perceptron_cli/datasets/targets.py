"""What a target column means: numbers, or classes by their names."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from perceptron_cli.arrays import Array, Indices
from perceptron_cli.datasets.table import Table, Target
from perceptron_cli.errors import InputError, Problem, did_you_mean

MOST_TOLD = 20


def number(word: str) -> float | None:
    """Return a word as a finite number, None where it is none."""
    if "_" in word:
        return None
    try:
        value = float(word)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def numbers(table: Table, target: Target) -> Array:
    """Return a target's numbers, one per row. Raises InputError where a word is none."""
    import numpy as np

    found = [number(word) for word in target.words]
    _require(found, table, target, lambda word: (f"expected a number, got '{word}'", None))
    values: Array = np.array(found, dtype=np.float64)[target.codes]
    return values


def labels(table: Table, target: Target, classes: Sequence[str]) -> Indices:
    """Return each row's class as its place in `classes`. Raises InputError for an unknown class.

    "1.0" is the class "1": numbers are compared as numbers.
    """
    import numpy as np

    known = {name: place for place, name in enumerate(classes)}
    by_number = {number(name): place for place, name in enumerate(classes) if number(name) is not None}
    found = [known.get(word, by_number.get(number(word) if by_number else None)) for word in target.words]
    all_of_them = f"classes: {', '.join(classes)}"
    _require(
        found,
        table,
        target,
        lambda word: (f"unknown class '{word}'", did_you_mean(word, classes) or all_of_them),
    )
    places: Indices = np.array(found, dtype=np.intp)[target.codes]
    return places


def _require(
    found: Sequence[float | None], table: Table, target: Target, told: Callable[[str], tuple[str, str | None]]
) -> None:
    """Raise InputError where a word is nothing; `told` says of it what is wrong, and a hint."""
    wrong = [code for code, value in enumerate(found) if value is None]
    problems = []
    for code in wrong[:MOST_TOLD]:
        message, hint = told(target.words[code])
        line = table.line_of(target, code)
        problems.append(Problem(message, file=table.file, line=line, key=target.name, hint=hint))
    if problems:
        raise InputError(problems)


def classes_of(words: Sequence[str], count: int) -> tuple[str, ...]:
    """Return the classes that words name: numbers in their order, else the alphabet's.

    Whole numbers from 0 to below `count` are the classes' indices, though some may be missing.
    """
    found = [number(word) for word in words]
    values = {value: word for word, value in zip(words, found, strict=True) if value is not None}
    if len(words) > len([value for value in found if value is not None]):
        return tuple(sorted(words))
    if all(value.is_integer() and 0 <= value < count for value in values):
        return tuple(str(k) for k in range(count))
    return tuple(values[value] for value in sorted(values))


def one_hot(places: Indices, outputs: int) -> Array:
    """Return y, (rows, outputs): a 1 at each row's class; with one output the class itself, 0 or 1."""
    import numpy as np

    if outputs == 1:
        return places[:, None].astype(np.float64)
    y = np.zeros((len(places), outputs))
    y[np.arange(len(places)), places] = 1.0
    return y


def columns(parts: Sequence[Array]) -> Array:
    """Return columns side by side, (rows, columns)."""
    import numpy as np

    return np.stack(parts, axis=1)
