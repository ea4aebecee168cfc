"""The formats of data sets, by the file's ending."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TextIO

from perceptron_cli.datasets.archive import names_of_archive, read_archive
from perceptron_cli.datasets.lines import names_of_lines, read_lines
from perceptron_cli.datasets.source import Source
from perceptron_cli.datasets.table import Choice, Table
from perceptron_cli.datasets.text import names_of_text, read_text
from perceptron_cli.errors import InputError, Problem
from perceptron_cli.records import record


@record
class Format:
    """`read(source, choice)` returns the table, `names(source, choice)` the columns' names."""

    read: Callable[[Source, Choice], Table]
    names: Callable[[Source, Choice], Sequence[str]]


def _text_of(work: Callable[..., object], source: Source, choice: Choice) -> object:
    with source.open() as stream:
        return work(stream, source.name, choice)


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


def read(source: Source, choice: Choice) -> Table:
    """Return the table of a data set.

    Raises InputError where it cannot be read, or is larger than this machine can bear.
    """
    return _format(source).read(source, choice)


def names_of(source: Source, choice: Choice) -> Sequence[str]:
    """Return the columns' names; those of a text without reading more than its first row."""
    return _format(source).names(source, choice)


def _format(source: Source) -> Format:
    source.require_readable()
    if source.ending not in FORMATS:
        raise InputError(
            Problem(
                f"expected a data set, got a file that ends in '{source.ending}'",
                file=source.name,
                hint=f"known: {', '.join(FORMATS)}, and - for CSV from stdin",
            )
        )
    return FORMATS[source.ending]
