"""What stands in a layer's keys: each says what it expects, and what it makes of a value."""

from __future__ import annotations

from perceptron_cli.parameters import Parameter
from perceptron_cli.records import record


@record
class Whole:
    """A whole number."""

    low: int = 1
    high: int = 100_000
    default: int | None = None


@record
class Sizes:
    """A whole number for every axis, or a list with one per axis: 3, or [3, 2]."""

    default: int | str | None = None
    low: int = 1
    words: tuple[str, ...] = ()  # that may stand instead


@record
class Real:
    """A number within bounds."""

    allowed: Parameter


@record
class Flag:
    """true or false."""

    default: bool = False


@record
class Grid:
    """Numbers in the shape of what stands below, as lists in lists."""


@record
class Numbers:
    """A list of numbers, which need not be given."""


@record
class Word:
    """One of these words."""

    default: str
    words: tuple[str, ...]


Key = Numbers | Word | Whole | Sizes | Real | Flag | Grid
