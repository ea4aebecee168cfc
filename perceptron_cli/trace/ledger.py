"""The numbers of one step: each symbol's value and the text that it is shown as.

Two arithmetics. `float` takes the engine's values and rounds only what is shown. `hand` works
every line out again from the rounded numbers before it, as on paper, in exact decimals.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace as replace_fields
from typing import TYPE_CHECKING, TypeVar

from perceptron_cli.arrays import Array
from perceptron_cli.document import Equation
from perceptron_cli.errors import NumberError
from perceptron_cli.expr import Expr, Result, Symbol, evaluate, replace
from perceptron_cli.notation import percent, show
from perceptron_cli.trace.lookup import Lookup
from perceptron_cli.trace.view import UNDEFINED, View, decimals_of_terms

if TYPE_CHECKING:
    from decimal import Decimal

    from perceptron_cli.trace.paper import Paper

T = TypeVar("T")


class Ledger:
    """Values and texts by symbol name, and the equations that are entered in it, one by one."""

    def __init__(
        self, view: View, lookup: Lookup | None = None, carried: Mapping[str, Decimal] | None = None
    ) -> None:
        """`lookup` knows the values that no line shows but some line is made from.

        `carried` holds numbers that hand arithmetic brings along from the step before.
        """
        self.view = view
        self.lookup = lookup
        self.texts: dict[str, str] = _Lazy(self._text_of)
        self.paper = _paper(view, carried or {})
        self.on_paper = view.arithmetic == "hand"
        self.engine: dict[str, float | None] = _Lazy(self._fetch)  # unrounded, as it computed them
        self.values = {} if self.on_paper else self.engine  # as this arithmetic has them
        self.sheets: dict[str, list[list[str]]] = {}  # texts of whole layers, by what their names begin with
        self.written: dict[int, Callable[[int, int], str | None]] = {}  # a layer's weights in the config

    def _fetch(self, name: str) -> float | None:
        symbol = self.lookup.named(name) if self.lookup else None
        if self.lookup is None or symbol is None:
            raise KeyError(name)
        return self.lookup(symbol)

    def _text_of(self, name: str) -> str:
        value = self.engine[name]
        if self.written and self.lookup and name.startswith("w[") and not name.endswith("'"):
            w = self.lookup.named(name)
            if w is not None and w.layer in self.written:
                i, j = map(int, w.indices)
                return self.written[w.layer](j - 1, i) or show(value or 0.0, self.view.decimals)
        return UNDEFINED if value is None else show(value, self.view.decimals)

    def given(self, symbol: Symbol, value: float, text: str | None = None) -> Equation:
        """Enter a number that is given, shown as it was written, if it was."""
        shown = text or show(value, self.view.decimals)
        self.engine[symbol.name] = float(value)
        hand = self.paper.given(symbol, shown) if self.paper else None
        if hand is not None and self.on_paper:
            value, shown = hand.value or 0.0, hand.text
        if hand is not None and (self.on_paper or hand.text == shown):
            hand = None
        self.values[symbol.name], self.texts[symbol.name] = float(value), shown
        return Equation(symbol, None, float(value), shown, hand=hand)

    def line(
        self,
        symbol: Symbol,
        body: Expr | Sequence[Expr],
        value: float,
        stages: Sequence[Expr] = (),
        *,
        missing: str | None = None,
        percentage: bool = False,
    ) -> Equation:
        """Enter a result: the symbol, its tree, and the engine's value.

        Of several trees the first that has this value is the line: where the blackboard's formula
        has none (ln 0), a safe one follows. A value that does not exist needs `missing` to say why.
        Raises NumberError where a value has left the finite range.
        """
        equation = self._equation(symbol, body, float(value), stages, missing, percentage)
        self.engine[symbol.name] = float(value) if math.isfinite(value) else None
        self.values[symbol.name], self.texts[symbol.name] = equation.value, equation.text
        return equation

    def alternative(self, symbol: Symbol, body: Expr, stages: Sequence[Expr], missing: str) -> Equation:
        """Return a second way to a symbol, by its own arithmetic; it is shown and not carried on."""
        value = self._evaluate(body)
        kept = self.paper.values.get(symbol.name) if self.paper else None
        equation = self._equation(symbol, body, math.nan if value is None else value, stages, missing, False)
        if self.paper:
            self.paper.values[symbol.name] = kept
        return replace_fields(equation, alternative=True)

    def _equation(
        self,
        symbol: Symbol,
        body: Expr | Sequence[Expr],
        value: float,
        stages: Sequence[Expr],
        missing: str | None,
        percentage: bool,
    ) -> Equation:
        if not math.isfinite(value) and missing is None:
            raise NumberError(
                f"{symbol.name}: the value left the finite range of float64",
                hint="smaller weights or inputs keep the numbers in range",
            )
        trees = [body] if isinstance(body, Expr) else list(body)
        tree = trees[0]
        if math.isfinite(value) and len(trees) > 1:
            tree = next((one for one in trees if self._holds(one, value)), trees[-1])
        lines = tuple(stages) if tree is trees[0] else ()
        shown = tuple(self._worked(stage) for stage in lines)
        text = self._text(value, shown, percentage)
        hand = self.paper.line(symbol, tree, lines, text, percentage) if self.paper else None
        if hand is not None and self.on_paper:
            shown = tuple(self.paper.worked(stage) for stage in lines) if self.paper else shown
            missing = missing if hand.value is None else None
            missing = missing or ("no value on paper" if hand.value is None else None)
            value, text, hand = math.nan if hand.value is None else hand.value, hand.text, None
        known = value if math.isfinite(value) else None
        note = missing if known is None else None
        return Equation(symbol, tree, known, text, shown, note, hand=hand)

    def _text(self, value: float, stages: Sequence[Expr], percentage: bool) -> str:
        if not math.isfinite(value):
            return UNDEFINED
        return (
            percent(value)
            if percentage
            else show(value, self.view.decimals, at_least=decimals_of_terms(stages))
        )

    def _holds(self, tree: Expr, value: float) -> bool:
        found = self._evaluate(tree)
        return found is not None and math.isclose(found, value, rel_tol=1e-12, abs_tol=1e-14)

    def value_of(self, tree: Expr) -> float:
        """Return the value of a tree from the unrounded numbers, nan where it has none."""
        found = self._evaluate(tree)
        return math.nan if found is None else found

    def _evaluate(self, tree: Expr) -> float | None:
        try:
            found = float(evaluate(tree, self.engine))
        except (ArithmeticError, ValueError, TypeError):
            return None
        return found if math.isfinite(found) else None

    def _worked(self, stage: Expr) -> Expr:
        """Put the text of each part that is worked out by then into a later line of the working."""

        def work(node: Expr) -> Expr | None:
            if not isinstance(node, Result):
                return None
            value = self._evaluate(node.body)
            return Result(node.body, UNDEFINED if value is None else show(value, self.view.decimals))

        return replace(stage, work)

    def layer(self, l: int, *, prime: bool = False) -> Array:
        """Return a layer's weights, before the update or after it."""
        if self.lookup is None:
            raise ValueError("a ledger without a step has no layer")
        return self.lookup.matrix(Symbol("w", l, (1, 1), None, prime))

    def carried(self) -> dict[str, Decimal]:
        """Return what hand arithmetic brings along to the next step: the new weights and state."""
        if self.paper is None:
            return {}
        return {
            name.removesuffix("'"): value
            for name, value in self.paper.values.items()
            if name.endswith("'") and value is not None and ("w[" in name)
        }

    def data(self, symbols: Iterable[Iterable[Symbol]]) -> list[list[float | None]]:
        """Return values as rows of numbers."""
        return [[self.values[symbol.name] for symbol in row] for row in symbols]


def _paper(view: View, carried: Mapping[str, Decimal]) -> Paper | None:
    if view.arithmetic == "float":
        return None
    from perceptron_cli.trace.paper import Paper  # loads the decimal module

    return Paper(view, carried)


class _Lazy(dict[str, T]):
    """A dict that asks for what it has not, once."""

    def __init__(self, fetch: Callable[[str], T]) -> None:
        super().__init__()
        self._fetch = fetch

    def __missing__(self, name: str) -> T:
        return self.setdefault(name, self._fetch(name))
