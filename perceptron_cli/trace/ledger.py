"""The numbers of one step: each symbol's value and the text that it is shown as.

Two arithmetics. `float` takes the engine's values and rounds only what is shown. `hand` works
every line out again from the rounded numbers before it, as on paper, in exact decimals.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as replace_fields
from typing import TYPE_CHECKING, Any, TypeVar

from perceptron_cli.arrays import Array
from perceptron_cli.document import Equation, Hand
from perceptron_cli.errors import NumberError
from perceptron_cli.expr import Expr, Number, Result, Sum, Symbol, evaluate, replace
from perceptron_cli.notation import decimals_of, percent, show

if TYPE_CHECKING:
    from decimal import Decimal

T = TypeVar("T")

ARITHMETICS = ("float", "hand", "both")
UNDEFINED = "undefined"


@dataclass(frozen=True)
class View:
    """How numbers are shown; `limit` is the longest list that is shown whole, None for no limit."""

    decimals: int = 4
    arithmetic: str = "float"
    rounding: str = "half-up"
    limit: int | None = 8
    few: int = 3  # how many of a longer list are shown

    def shown(self, count: int) -> int:
        """Return how many of `count` things are shown."""
        return count if self.limit is None or count <= self.limit else self.few


class Ledger:
    """Values and texts by symbol name, and the equations that are entered in it, one by one."""

    def __init__(self, view: View, carried: Mapping[str, Decimal] | None = None) -> None:
        """`carried` holds numbers that hand arithmetic brings along from the step before."""
        self.view = view
        self.texts: dict[str, str] = _Lazy(self._text_of)
        self.paper = None if view.arithmetic == "float" else _Paper(view, carried or {})
        self._later: list[tuple[Callable[[], Iterable[Symbol]], Array]] = []
        self.on_paper = view.arithmetic == "hand"
        self.engine: dict[str, float | None] = _Lazy(self._fetch)  # unrounded, as it computed them
        self.values = {} if self.on_paper else self.engine  # as this arithmetic has them

    def know(self, symbols: Iterable[Symbol], values: Iterable[float]) -> None:
        """Note values that no line shows but some line is made from."""
        for symbol, value in zip(symbols, values, strict=True):
            self.engine.setdefault(symbol.name, float(value))

    def know_later(self, symbols: Callable[[], Iterable[Symbol]], values: Array) -> None:
        """Note where values are that may be asked for: too many to name each for the few that are shown."""
        self._later.append((symbols, values))

    def _fetch(self, name: str) -> float | None:
        while self._later:
            symbols, values = self._later.pop()
            self.know(symbols(), values.ravel().tolist())
        return dict.__getitem__(self.engine, name)

    def _text_of(self, name: str) -> str:
        value = self.engine[name]
        return UNDEFINED if value is None else show(value, self.view.decimals)

    def given(self, symbol: Symbol, value: float, text: str | None = None) -> Equation:
        """Enter a number that is given, shown as it was written."""
        shown = text if text is not None else show(value, self.view.decimals)
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
        return percent(value) if percentage else show(value, self.view.decimals, at_least=_decimals(stages))

    def _holds(self, tree: Expr, value: float) -> bool:
        found = self._evaluate(tree)
        return found is not None and math.isclose(found, value, rel_tol=1e-12, abs_tol=1e-14)

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


class _Lazy(dict[str, T]):
    """A dict that asks for what it has not."""

    def __init__(self, fetch: Callable[[str], T]) -> None:
        super().__init__()
        self._fetch = fetch

    def __missing__(self, name: str) -> T:
        return self._fetch(name)


def _decimals(stages: Sequence[Expr]) -> int:
    """A sum that was worked out term by term keeps the decimals of its terms (lecture, step 6)."""
    if not stages or not isinstance(stages[-1], Sum):
        return 0
    terms = stages[-1].terms
    if not all(isinstance(term, Result) for term in terms):
        return 0
    return max((decimals_of(term.text) for term in terms if isinstance(term, Result)), default=0)


class _Paper:
    """Arithmetic as on paper: decimals, each result rounded to what is shown and carried on."""

    def __init__(self, view: View, carried: Mapping[str, Decimal]) -> None:
        from decimal import Context

        self.view = view
        self.values: dict[str, Decimal | None] = {}
        self.carried = carried
        self.context = Context(prec=40, Emax=10**6, Emin=-(10**6))

    def given(self, symbol: Symbol, text: str) -> Hand:
        from decimal import Decimal

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
        decimals = _decimals([self.worked(stage) for stage in stages])
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
        from perceptron_cli.notation import round_shown

        return round_shown(value, self.view.decimals, self.view.rounding, at_least=at_least)

    def _round_percentage(self, value: Decimal) -> Decimal:
        from decimal import Decimal

        from perceptron_cli.notation import ROUNDINGS

        return value.quantize(Decimal("0.01"), ROUNDINGS[self.view.rounding])

    def _show(self, rounded: Decimal, exact: Decimal) -> str:
        from perceptron_cli.notation import show_exact

        return show_exact(rounded, exact)

    def _evaluate(self, tree: Expr) -> Decimal | None:
        from decimal import Decimal, localcontext

        with localcontext(self.context):
            try:
                found: Any = evaluate(
                    tree, self.values, number=_decimal, functions=_decimal_functions(), result=self._round
                )
            except (ArithmeticError, ValueError, TypeError):
                return None
            return found if isinstance(found, Decimal) and found.is_finite() else None


def _decimal(node: Number) -> Decimal:
    from decimal import Decimal

    return Decimal(node.text if node.text is not None else repr(node.value))


def _decimal_functions() -> Mapping[str, Any]:
    from decimal import Decimal

    def tanh(z: Decimal) -> Decimal:
        e = (-2 * abs(z)).exp()
        return ((1 - e) / (1 + e)).copy_sign(z)

    def sigmoid(z: Decimal) -> Decimal:
        e = (-abs(z)).exp()
        return 1 / (1 + e) if z >= 0 else e / (1 + e)

    return {
        "exp": lambda z: z.exp(),
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
    from perceptron_cli.notation import show_exact

    return show_exact(value, value)


def _units(hand: str, unrounded: str) -> int | None:
    """Return how many units of the last shown digit lie between two shown numbers."""
    from decimal import Decimal

    if UNDEFINED in (hand, unrounded):
        return None
    first, second = Decimal(hand), Decimal(unrounded)
    last = min(int(first.as_tuple().exponent), int(second.as_tuple().exponent))
    return int((first - second).scaleb(-last))
