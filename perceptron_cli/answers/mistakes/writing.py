"""Slips of the pen: a sign or a decimal point that was lost when a right number was written down."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from perceptron_cli.answers.mistakes.line import Line, Mistake
from perceptron_cli.expr import Expr, Negative, Number


def _minus_lost(line: Line) -> Iterator[Expr]:
    """Of a loss a mistake has a name of its own: it is never below 0."""
    if not line.is_loss:
        yield line.body.body if isinstance(line.body, Negative) else -line.body


def _decimal_point(line: Line) -> Iterator[Expr]:
    for factor in (10, 100):
        yield Number(factor) * line.body
        yield line.body / factor


SHIFTED = Mistake(
    "decimal point",
    "The digits are right, but the decimal point stands in the wrong place.",
    _decimal_point,
    again=False,
)
WRITING = (
    Mistake(
        "minus lost",
        "The number has the wrong sign: a minus was lost, or one too many was written.",
        _minus_lost,
        again=False,
    ),
    SHIFTED,
)


def swapped(text: str) -> Iterator[str]:
    """Yield a number with two digits beside each other swapped."""
    for place, (one, other) in enumerate(pairwise(text)):
        if one.isdigit() and other.isdigit() and one != other:
            yield text[:place] + other + one + text[place + 2 :]


def _none(line: Line) -> Iterator[Expr]:
    yield from ()  # digits are no matter of a tree: the written number itself tells


SWAPPED = Mistake(
    "digits swapped",
    "Two digits beside each other were swapped when the number was written down.",
    _none,
    again=False,
)
ROUNDED = Mistake(
    "rounded too early",
    "Numbers were rounded to fewer decimals on the way. Carry on more decimals than you show.",
    _none,
)
