""".npz: NumPy's arrays by name; a two-dimensional one is several columns."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from perceptron_cli.datasets.collect import require_finite
from perceptron_cli.datasets.source import Source
from perceptron_cli.datasets.table import Choice, Column, Table, Target
from perceptron_cli.errors import InputError, Problem, did_you_mean

MOST_NUMBERS = 200_000_000  # of one array: 1.6 GB as float64


def read_archive(source: Source, choice: Choice) -> Table:
    """Return the table of an archive; x is the array `x` and y the array `y` unless others are named.

    Raises InputError where one is not there, is no array of numbers, or has another number of rows.
    """
    import numpy as np

    file = source.name
    with _opened(source) as arrays:
        names = _named(choice.y, "y", file)
        _require_rows(arrays, [*_named(choice.x, "x", file), *(() if choice.blind else names)], file)
        parts = [_array(arrays, name, file) for name in _named(choice.x, "x", file)]
        absent = not choice.target and any(name not in arrays for name in names)
        columns = [] if absent or choice.blind else [_array(arrays, name, file) for name in names]
    x_names = _columns({name: one.shape for name, one in parts})
    x = np.concatenate([_numbers(name, one, file) for name, one in parts], axis=1)
    if not x.size:
        raise InputError(Problem("expected rows of data, got none", file=file))
    lines = np.arange(1, len(x) + 1)
    require_finite(x, x_names, file, lines)
    targets = tuple(target for name, one in columns for target in _targets(name, one, file))
    taken = replace(choice, x=tuple(name for name, _ in parts), y=tuple(names))
    return Table(file, x, tuple(x_names), targets, lines, taken)


def names_of_archive(source: Source, choice: Choice) -> list[str]:
    """Return the names of the columns of x, and then of y, one for each."""
    file = source.name
    with _opened(source) as arrays:
        shapes = {name: _shape(arrays, name, file) for name in _named(choice.x, "x", file)}
    return [*_columns(shapes), *_named(choice.y, "y", file)]


def _named(columns: tuple[Column, ...] | None, default: str, file: str) -> Sequence[str]:
    if columns is None:
        return [default]
    for column in columns:
        if isinstance(column, int):
            raise InputError(
                Problem(f"expected an array's name, got the number {column}", file=file, hint="x: [x]")
            )
    return [str(column) for column in columns]


def _opened(source: Source) -> Any:
    import numpy as np

    problem = Problem("expected an archive of arrays, as numpy.savez writes one", file=source.name)
    try:
        with open(source.path or "", "rb") as stream:
            if not zipfile.is_zipfile(stream):  # one array alone, as numpy.save writes it, say
                raise InputError(problem)
        return np.load(source.path or "", allow_pickle=False)
    except (ValueError, EOFError, zipfile.BadZipFile):
        raise InputError(problem) from None


def _array(arrays: Any, name: str, file: str) -> tuple[str, Any]:
    _shape(arrays, name, file)
    try:
        found = arrays[name]
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(Problem(f"cannot be read: {error}", file=file, key=name)) from None
    return name, found


def _require_rows(arrays: Any, names: Sequence[str], file: str) -> None:
    """Raise InputError where arrays have different numbers of rows, as their headers say."""
    counts = {name: _shape(arrays, name, file)[0] for name in names if name in arrays}
    if len(set(counts.values())) > 1:
        told = ", ".join(f"{name} has {count}" for name, count in counts.items())
        raise InputError(
            Problem(f"expected arrays with the same number of rows, got others: {told}", file=file)
        )


def _shape(arrays: Any, name: str, file: str) -> tuple[int, ...]:
    """Return an array's shape by its header alone, and refuse what would be no columns once unpacked.

    Raises InputError where there is none of that name, for objects, for more than two axes, and for
    more than MOST_NUMBERS numbers.
    """
    import math

    from numpy.lib import format as npy

    if name not in arrays:
        hint = did_you_mean(name, arrays.files) or f"arrays: {', '.join(arrays.files)}"
        raise InputError(Problem(f"expected an array '{name}', got none", file=file, hint=hint))
    try:
        with arrays.zip.open(f"{name}.npy" if f"{name}.npy" in arrays.zip.namelist() else name) as stream:
            version = npy.read_magic(stream)
            read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, _, kind = read(stream)
    except (ValueError, EOFError, KeyError, OSError, zipfile.BadZipFile) as error:
        raise InputError(Problem(f"cannot be read: {error}", file=file, key=name)) from None
    told = " by ".join(map(str, shape)) or "one number"
    if len(shape) not in (1, 2) or kind.kind not in "biufU":
        raise InputError(Problem(f"expected columns of numbers, got {told} of {kind}", file=file, key=name))
    if math.prod(shape) > MOST_NUMBERS:
        most = f"expected at most {MOST_NUMBERS:,} numbers, got {told}"
        raise InputError(Problem(most, file=file, key=name))
    return tuple(shape)


def _columns(shapes: Mapping[str, tuple[int, ...]]) -> list[str]:
    return [
        name if len(shape) < 2 else f"{name}_{number}"
        for name, shape in shapes.items()
        for number in range(1, (shape[1] if len(shape) > 1 else 1) + 1)
    ]


def _numbers(name: str, one: Any, file: str) -> Any:
    if one.ndim not in (1, 2) or one.dtype.kind not in "biuf":
        shape = " by ".join(map(str, one.shape)) or "one number"
        raise InputError(
            Problem(f"expected columns of numbers, got {shape} of {one.dtype}", file=file, key=name)
        )
    found = one.astype(float)
    return found if one.ndim == 2 else found[:, None]


def _targets(name: str, one: Any, file: str) -> list[Target]:
    import numpy as np

    if one.ndim not in (1, 2) or one.dtype.kind not in "biufU":
        raise InputError(
            Problem(f"expected a column, got {one.ndim} axes of {one.dtype}", file=file, key=name)
        )
    several = one if one.ndim == 2 else one[:, None]
    found = []
    for number, column in enumerate(several.T, start=1):
        words, codes = np.unique(column, return_inverse=True)
        texts = tuple(str(word) for word in words.tolist())
        found.append(Target(name if one.ndim == 1 else f"{name}_{number}", codes.reshape(-1), texts))
    return found
