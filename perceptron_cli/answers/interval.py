"""Numbers that are known between two bounds: where a result may lie that was rounded on the way."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from perceptron_cli.expr import Expr, evaluate
from perceptron_cli.records import record


@record
class Interval:
    """A number between `low` and `high`; `half` is what rounding adds to each product and function."""

    low: float
    high: float
    half: float

    @property
    def _is_whole(self) -> bool:
        """Whether multiplying by it needs no rounding."""
        return self.low == self.high and self.low in (-1, 0, 1)

    def _is_short(self, value: float) -> bool:
        unit = 2 * self.half
        return unit > 0 and math.isfinite(value) and abs(value - round(value / unit) * unit) <= 1e-9 * unit

    def _rounded(self, *ends: float, half: float | None = None) -> Interval:
        by = self.half if half is None else half
        if min(ends) == max(ends) and self._is_short(ends[0]):
            by = 0.0  # what has no more digits than are kept is not rounded
        return Interval(min(ends) - by, max(ends) + by, self.half)

    def __add__(self, other: Interval) -> Interval:
        return Interval(self.low + other.low, self.high + other.high, self.half)

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low, self.half)

    def __mul__(self, other: Interval) -> Interval:
        ends = [a * b if a and b else 0.0 for a in (self.low, self.high) for b in (other.low, other.high)]
        return self._rounded(*ends, half=0.0 if self._is_whole or other._is_whole else None)

    def __truediv__(self, other: Interval) -> Interval:
        if other.low <= 0 <= other.high:
            return Interval(-math.inf, math.inf, self.half)
        ends = [a / b for a in (self.low, self.high) for b in (other.low, other.high)]
        return self._rounded(*ends)

    def __pow__(self, other: Interval) -> Interval:
        ends = [a**other.low for a in (self.low, self.high)]
        return self._rounded(*ends, *([0.0] if self.low < 0 < self.high else []))

    def __gt__(self, number: float) -> bool:
        return self.low + self.high > 2 * number


def _between(function: Callable[[float], float]) -> Callable[[Interval], Interval]:
    """A function that only rises, of an interval."""

    def end(value: float, beyond: float) -> float:
        try:
            return function(value)
        except (ValueError, OverflowError):  # ln of what may be 0, exp of what may be anything
            return beyond

    return lambda one: one._rounded(end(one.low, -math.inf), end(one.high, math.inf))


def _sigmoid(z: float) -> float:
    return 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))


def _absolute(one: Interval) -> Interval:
    low = 0.0 if one.low <= 0 <= one.high else min(abs(one.low), abs(one.high))
    return Interval(low, max(abs(one.low), abs(one.high)), one.half)


def _root(one: Interval) -> Interval:
    """No root is below 0, however it was rounded: what Adam adds to it stays above."""
    found = one._rounded(math.sqrt(max(0.0, one.low)), math.sqrt(max(0.0, one.high)))
    return Interval(max(0.0, found.low), found.high, one.half)


FUNCTIONS: Mapping[str, Callable[..., Interval]] = {
    "exp": _between(math.exp),
    "ln": _between(math.log),
    "sqrt": _root,
    "tanh": _between(math.tanh),
    "erf": _between(math.erf),
    "cos": lambda one: one._rounded(math.cos(one.high), math.cos(one.low)),  # from 0 to pi it falls
    "sigmoid": _between(_sigmoid),
    "step": lambda one: Interval(float(one.low >= 0), float(one.high >= 0), one.half),
    "abs": _absolute,
    "max": lambda *all: Interval(max(one.low for one in all), max(one.high for one in all), all[0].half),
    "min": lambda *all: Interval(min(one.low for one in all), min(one.high for one in all), all[0].half),
}


def bounds(body: Expr, values: Mapping[str, Interval], half: float) -> Interval | None:
    """Return where a tree's value lies, each part rounded by up to `half`; None where it has none."""
    try:
        found = evaluate(
            body, values, number=lambda node: Interval(node.value, node.value, half), functions=FUNCTIONS
        )
    except (ArithmeticError, ValueError, TypeError, KeyError):
        return None
    return found if isinstance(found, Interval) and found.low <= found.high else None
