"""The formats of data sets, by the file's ending, and what is refused before it is read."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from typing import TextIO

from perceptron_cli.data.archive import names_of_archive, read_archive
from perceptron_cli.data.lines import names_of_lines, read_lines
from perceptron_cli.data.table import Choice, Table
from perceptron_cli.data.text import names_of_text, read_text
from perceptron_cli.errors import InputError, Problem
from perceptron_cli.record import record

SHARE = 4  # of the machine's memory a data set may fill one part: arrays, batches and results need the rest
UNKNOWN_MEMORY = 8 * 2**30  # where the system does not say how much it has


@record
class Format:
    """`read(path, file, choice)` returns the table, `names(path, file, choice)` the columns' names."""

    read: Callable[[str, str, Choice], Table]
    names: Callable[[str, str, Choice], Sequence[str]]


def _text_of(work: Callable[..., object], path: str, file: str, choice: Choice) -> object:
    with open(path, newline="", encoding="utf-8-sig") as stream:
        return work(stream, file, choice)


def _of_text(read: Callable[[TextIO, str, Choice], Table], names: Callable[..., Sequence[str]]) -> Format:
    return Format(partial(_text_of, read), partial(_text_of, names))  # type: ignore[arg-type]


_CSV = _of_text(partial(read_text, delimiter=","), partial(names_of_text, delimiter=","))
_TSV = _of_text(partial(read_text, delimiter="\t"), partial(names_of_text, delimiter="\t"))
_LINES = _of_text(read_lines, names_of_lines)

FORMATS: dict[str, Format] = {
    ".csv": _CSV,
    ".tsv": _TSV,
    ".tab": _TSV,
    ".jsonl": _LINES,
    ".ndjson": _LINES,
    ".npz": Format(read_archive, names_of_archive),
}


def read(path: str, file: str, choice: Choice) -> Table:
    """Return the table of a file, which messages call `file`.

    Raises InputError where it cannot be read, or is larger than this machine can bear.
    """
    return _checked(path, file).read(path, file, choice)


def names_of(path: str, file: str, choice: Choice) -> Sequence[str]:
    """Return the columns' names; those of a text without reading more than its first row."""
    return _checked(path, file).names(path, file, choice)


def _checked(path: str, file: str) -> Format:
    if os.path.isdir(path):
        raise InputError(Problem("expected a file, got a folder", file=file))
    ending = os.path.splitext(path)[1].lower()
    if ending not in FORMATS:
        raise InputError(
            Problem(
                f"expected a data set, got a file that ends in '{ending}'",
                file=file,
                hint=f"known: {', '.join(FORMATS)}",
            )
        )
    try:
        with open(path, "rb"):
            size = _size(path)
    except OSError as error:
        raise InputError(Problem(f"cannot be read: {error.strerror}", file=file)) from None
    most = memory() // SHARE
    if size > most:
        raise InputError(
            Problem(
                f"expected at most {_bytes(most)}, a quarter of this machine's memory, got {_bytes(size)}",
                file=file,
                hint="train on a part of it: 'head -n 1000000 big.csv > part.csv'",
            )
        )
    return FORMATS[ending]


def _size(path: str) -> int:
    """Return a file's bytes, of an archive unpacked."""
    if path.lower().endswith(".npz"):
        try:
            with zipfile.ZipFile(path) as archive:
                return sum(one.file_size for one in archive.infolist())
        except zipfile.BadZipFile:
            pass  # the reader says what it is not
    return os.stat(path).st_size


def memory() -> int:
    """Return how much memory this machine has, in bytes."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return UNKNOWN_MEMORY


def _bytes(count: int) -> str:
    for unit, size in (("GB", 2**30), ("MB", 2**20), ("kB", 2**10)):
        if count >= size:
            return f"{count / size:,.1f} {unit}"
    return f"{count} bytes"
