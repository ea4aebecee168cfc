"""What stands in a file of answers, before any of it means something: names, numbers, vectors, matrices."""

from __future__ import annotations

from perceptron_cli.records import record

MARK = "nnstep_record"  # the name by which a sheet says that it was recorded, and of which step
BLANKS = ("", "~", "null", "Null", "NULL", "?", "-")


@record
class Entry:
    """A name and a number as they stand in a file, and where."""

    name: str
    text: str
    line: int
    column: int

    @property
    def is_blank(self) -> bool:
        """Whether there is but room for an answer."""
        return self.text in BLANKS or not self.text.strip("_ .")


@record
class Cell:
    """A number of an array as it stands in a file, and where."""

    text: str
    line: int
    column: int


@record
class Array:
    """A vector (one row) or a matrix by its name in a file, and where it stands there."""

    name: str
    rows: tuple[tuple[Cell, ...], ...]
    line: int
    column: int

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns); a vector has one row."""
        return len(self.rows), len(self.rows[0])

    @property
    def numbers(self) -> tuple[Cell, ...]:
        """Its numbers, row by row."""
        return tuple(cell for row in self.rows for cell in row)
