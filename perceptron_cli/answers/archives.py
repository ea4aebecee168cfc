"""Answers in NumPy's files: the arrays of an `.npz` by name, or one `.npy` named as its file is."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from perceptron_cli.answers.entries import MARK, Array, Cell, Entry
from perceptron_cli.errors import InputError, Problem

SUFFIXES = (".npz", ".npy")
MOST_NUMBERS = 2_000_000
DIGITS = {2: 3, 4: 6, 8: 13}  # that a float of so many bytes holds, but for the last bits of arithmetic
RECORDED = 12  # digits of the largest number of a recorded array: two libraries add up in another order


def read_arrays(path: Path) -> Iterator[Entry | Array]:
    """Yield a file's arrays; a number alone is an entry. Nothing in the file is run.

    Raises InputError where it is no file of NumPy's, or has anything but vectors and matrices of numbers.
    """
    import numpy as np

    file = str(path)
    try:
        _require_small(path, file)
        loaded: Any = np.load(path, allow_pickle=False)
        arrays = (
            {path.stem: loaded}
            if isinstance(loaded, np.ndarray)
            else {name: loaded[name] for name in loaded.files}
        )
    except (ValueError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise InputError(Problem(f"expected NumPy's arrays of numbers: {error}", file=file)) from None
    recorded = MARK in arrays
    for name, array in arrays.items():
        yield from _of(name, array, file, recorded=recorded)


def _require_small(path: Path, file: str) -> None:
    """Raise InputError where the headers of an archive say that it is too large; nothing is unpacked."""
    if not zipfile.is_zipfile(path):
        size = path.stat().st_size
    else:
        with zipfile.ZipFile(path) as archive:
            size = sum(one.file_size for one in archive.infolist())
    if size > 8 * MOST_NUMBERS:
        raise InputError(Problem(f"expected at most {MOST_NUMBERS:,} numbers, got more", file=file))


def _of(name: str, array: Any, file: str, *, recorded: bool = False) -> Iterator[Entry | Array]:
    if array.dtype.kind not in "fiub" or array.ndim > 2 or not array.size:
        shape = " by ".join(map(str, array.shape)) or "a scalar"
        raise InputError(
            Problem(
                f"expected a vector or a matrix of numbers, got {shape} of {array.dtype}", file=file, key=name
            )
        )
    digits = DIGITS.get(array.dtype.itemsize, 13) if array.dtype.kind == "f" else 0
    rows = array.reshape(-1, array.shape[-1] if array.ndim else 1)
    if recorded and digits:
        texts = [[decimal(one, float(abs(rows).max()), digits) for one in row] for row in rows]
    else:
        texts = [[_text(one, digits) for one in row] for row in rows]
    if array.ndim == 0:
        yield Entry(name, texts[0][0], 1, 1)
        return
    yield Array(name, tuple(tuple(Cell(one, 1, 1) for one in row) for row in texts), 1, 1)


def decimal(number: Any, largest: float, digits: int) -> str:
    """Return a number with as many decimals as say the largest one beside it with so many digits."""
    from math import floor, isfinite, log10

    if not isfinite(number) or not isfinite(largest):
        return str(float(number))
    places = min(digits, RECORDED) - 1 - (floor(log10(largest)) if largest > 0 else 0)
    return f"{float(number):.{max(places, 0)}f}"


def _text(number: Any, digits: int) -> str:
    return f"{float(number):#.{digits}g}" if digits else str(int(number))
