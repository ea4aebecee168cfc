"""Arithmetic as on paper: every result is rounded to what is shown and carried on, in exact decimals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Context, Decimal, localcontext
from typing import Any

from perceptron_cli.document import Hand
from perceptron_cli.expr import Expr, Number, Result, Symbol, evaluate, replace, symbols
from perceptron_cli.notation import ROUNDINGS, round_shown, show_exact
from perceptron_cli.trace.view import UNDEFINED, View, decimals_of_terms

MOST_UNITS = 10**9  # beyond it the two have nothing to do with each other


class Paper:
    """Arithmetic as on paper: decimals, each result rounded to what is shown and carried on."""

    def __init__(self, view: View, carried: Mapping[str, Decimal]) -> None:
        self.view = view
        self.values: dict[str, Decimal | None] = {}
        self.carried = carried
        self.context = Context(prec=40, Emax=308, Emin=-320)  # the range of float64

    def given(self, symbol: Symbol, text: str) -> Hand:
        value = self.carried.get(symbol.name)
        written = text
        if value is None:
            value = Decimal(text)
        else:
            written = _plain(value)
        self.values[symbol.name] = value
        return Hand(float(value), written, _units(written, text))

    def line(
        self,
        symbol: Symbol,
        body: Expr,
        stages: Sequence[Expr],
        float_text: str,
        percentage: bool,
    ) -> Hand:
        """Work a line out again; where there are later lines, from the last of them."""
        exact = self._evaluate(stages[-1] if stages else body)
        decimals = decimals_of_terms([self.worked(stage) for stage in stages])
        value = None
        if exact is not None:
            value = self._round_percentage(exact) if percentage else self._round(exact, decimals)
        self.values[symbol.name] = value
        if exact is None or value is None:
            return Hand(None, UNDEFINED, None)
        text = f"{value:.2f}" if percentage else self._show(value, exact)
        return Hand(float(value), text, _units(text, float_text))

    def worked(self, stage: Expr) -> Expr:
        """Put the rounded number of each part that is worked out by then into a later line."""

        def work(node: Expr) -> Expr | None:
            if not isinstance(node, Result):
                return None
            exact = self._evaluate(node.body)
            return Result(node.body, UNDEFINED if exact is None else self._show(self._round(exact), exact))

        return replace(stage, work)

    def _round(self, value: Decimal, at_least: int = 0) -> Decimal:
        return round_shown(value, self.view.decimals, self.view.rounding, at_least=at_least)

    def _round_percentage(self, value: Decimal) -> Decimal:
        if value.adjusted() > 20:
            return self._round(value)
        return value.quantize(Decimal("0.01"), ROUNDINGS[self.view.rounding])

    def _show(self, rounded: Decimal, exact: Decimal) -> str:
        return show_exact(rounded, exact)

    def _evaluate(self, tree: Expr) -> Decimal | None:
        """Return a tree's value, None where it has none or is made from one that has none."""
        if any(self.values[symbol.name] is None for symbol in symbols(tree)):
            return None
        how: Any = {"number": as_decimal, "functions": decimal_functions(), "result": self._round}
        with localcontext(self.context):
            try:
                found = evaluate(tree, self.values, **how)
            except (ArithmeticError, ValueError):
                return None
            return found if isinstance(found, Decimal) and found.is_finite() else None


PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459")


def as_decimal(node: Number) -> Decimal:
    """Return a constant of a formula as it is written."""
    return Decimal(node.text if node.text is not None else repr(node.value))


def decimal_functions() -> Mapping[str, Any]:
    """Return what a formula may call, for decimals: every digit is the same on every machine."""

    def tanh(z: Decimal) -> Decimal:
        e = (-2 * abs(z)).exp()
        return ((1 - e) / (1 + e)).copy_sign(z)

    def sigmoid(z: Decimal) -> Decimal:
        e = (-abs(z)).exp()
        return 1 / (1 + e) if z >= 0 else e / (1 + e)

    def cos(z: Decimal) -> Decimal:
        term = total = Decimal(1)
        place = 0
        while total + term != total or place < 2:
            place += 2
            term = -term * z * z / (place * (place - 1))
            total += term
        return total

    def erf(z: Decimal) -> Decimal:
        """2/sqrt(pi) e^-z^2 times the sum of 2^n z^(2n+1)/(1 3 5 ... (2n+1)): all terms have one sign."""
        if abs(z) > 12:
            return Decimal(1).copy_sign(z)
        term = total = z
        place = 1
        while total + term != total:
            place += 2
            term = term * 2 * z * z / place
            total += term
        return 2 / PI.sqrt() * (-z * z).exp() * total

    return {
        "erf": erf,
        "exp": lambda z: z.exp(),
        "cos": cos,
        "ln": lambda z: z.ln(),
        "sqrt": lambda z: z.sqrt(),
        "tanh": tanh,
        "sigmoid": sigmoid,
        "max": max,
        "min": min,
        "abs": abs,
        "step": lambda z: Decimal(z >= 0),
    }


def _plain(value: Decimal) -> str:
    return show_exact(value, value)


def _units(hand: str, unrounded: str) -> int | None:
    """Return how many units of the last shown digit lie between two shown numbers."""
    if UNDEFINED in (hand, unrounded):
        return None
    first, second = Decimal(hand), Decimal(unrounded)
    last = min(int(first.as_tuple().exponent), int(second.as_tuple().exponent))
    units = (first - second).scaleb(-last)
    return int(units) if abs(units) < MOST_UNITS else None
