"""A neuron's numbers as texts."""

from __future__ import annotations

from collections.abc import Sequence

from perceptron_cli.neuron.neuron import Number
from perceptron_cli.notation import show
from perceptron_cli.trace.view import View

LONGEST = 8  # characters of an exact number in a table; a longer one is rounded to be shown


def text_of(number: Number, view: View | None = None) -> str:
    """Write a number: an exact one as its decimal (or fraction), a float as it is or as it is shown."""
    if isinstance(number, float):
        return repr(number) if view is None else show(number, view.decimals)
    digits = number.denominator
    for prime in (2, 5):
        while digits % prime == 0:
            digits //= prime
    if digits != 1:
        return str(number)
    from decimal import Context

    many = Context(prec=len(str(number.numerator)) + len(str(number.denominator)) * 4)
    text = f"{many.divide(number.numerator, number.denominator).normalize(many):f}"
    return show(float(number), view.decimals) if view is not None and len(text) > LONGEST else text


def vector(point: Sequence[Number]) -> str:
    """Write a point: (0.5, 1)."""
    return f"({', '.join(text_of(one) for one in point)})"
