"""Trees to text: the walk that decides brackets, once for all notations, and the machine's own.

A negative number that is put in stands in brackets unless it comes first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from perceptron_cli.expr import (
    Call,
    Convolve,
    Correlate,
    Derivative,
    Dots,
    Expr,
    Gate,
    Hadamard,
    MatMul,
    Naming,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Result,
    Sum,
    Symbol,
    Transpose,
)

SUM, PRODUCT, POWER, ATOM = range(4)  # how tightly a node binds


class Notation:
    """Plain arithmetic that a program can read back: `w[1]_01 + w[1]_11*x_1`."""

    times = "*"
    equals = " = "
    minus = "-"
    dots = "..."
    signs: ClassVar[Mapping[type, str]] = {
        Hadamard: "*",
        MatMul: " @ ",
        Correlate: " corr ",
        Convolve: " conv ",
    }
    names: ClassVar[Mapping[str, str]] = {}

    def __init__(
        self,
        *,
        layer: int | None = None,
        sample: int | None = None,
        outputs: tuple[int, int] | None = None,
        naming: Naming | None = None,
    ) -> None:
        """`layer` and `sample` are what the title says already; `outputs` is (output layer, its neurons).

        The outputs are then called y_hat. The machine's form ignores all three. `naming` has names of
        other books and of programs, which go before the notation's own.
        """
        self.layer = layer
        self.sample = sample
        self.outputs = outputs
        self.naming = naming

    # what a notation draws in its own way -------------------------------------------------

    def symbol(self, symbol: Symbol) -> str:
        """Write a symbol's name."""
        named = self.naming(symbol) if self.naming else None
        if named is None:
            return symbol.name
        return named if symbol.sample is None else f"s{symbol.sample}:{named}"

    def number(self, text: str) -> str:
        """Write a number that is shown as `text`."""
        return text

    def call(self, function: str, arguments: list[str]) -> str:
        """Write a function with its arguments, which are written already."""
        return f"{function}({', '.join(arguments)})"

    def quotient(self, node: Quotient, first: bool) -> str:
        """Write a quotient; nothing precedes the `first`."""
        return f"{self._walk(node.top, PRODUCT, first)}/{self._walk(node.bottom, POWER, False)}"

    def power(self, base: str, exponent: str) -> str:
        """Write a power, whose parts are written already."""
        return f"{base}^{exponent}"

    def transpose(self, text: str) -> str:
        """Write a transposed matrix."""
        return f"T({text})"

    def derivative(self, node: Derivative) -> str:
        """Write a derivative that is still to be taken."""
        return f"d({self._walk(node.body, SUM, True)})/d({self._walk(node.by, SUM, True)})"

    def sides(self, node: Gate) -> tuple[str, str]:
        """Write the two sides that a choice compares: z and 0, or a and b where z is a - b."""
        match node.z:
            case Sum(terms=(left, Negative(body=right))):
                return self._walk(left, SUM, True), self._walk(right, SUM, True)
        return self._walk(node.z, SUM, True), "0"

    def gate(self, node: Gate, need: int, first: bool) -> str:
        """Write a choice by the sign of z, as a factor that must bind as tightly as `need`."""
        return self._walk(node.as_arithmetic(), need, first)

    def brackets(self, text: str) -> str:
        """Put a text in brackets."""
        return f"({text})"

    def more(self, count: int) -> str:
        """Say how many terms are left out."""
        return f"{self.dots} {count} more"

    # the walk ------------------------------------------------------------------------------

    def write(self, expr: Expr, numbers: Mapping[str, str] | None = None, *, terms: int | None = None) -> str:
        """Write a tree: as symbols, or with `numbers` (texts by name) put in.

        A sum of more than `terms` terms shows the first of them and counts the rest.
        """
        self._numbers = numbers
        self._terms = terms
        return self._walk(expr, SUM, True)

    def _walk(self, node: Expr, need: int, first: bool) -> str:
        """Write a node that must bind at least as tightly as `need`; nothing precedes the `first`."""
        if isinstance(node, Gate):
            return self.gate(node, need, first)
        level = self._level(node)
        if level < need:
            return self.brackets(self._walk(node, SUM, True))
        match node:
            case Symbol():
                if self._numbers is None:
                    return self.symbol(node)
                return self._signed(self._numbers[node.name], need, first)
            case Number():
                return self._signed(constant(node), need, first)
            case Result(text=text):
                return self._signed(text, need, first)
            case Sum():
                return self._sum(node, first)
            case Product(factors=factors):
                sign = self.signs.get(type(node), self.times)
                rest = (self._walk(factor, POWER, False) for factor in factors[1:])
                return sign.join([self._walk(factors[0], PRODUCT, first), *rest])
            case Transpose(body=body):
                return self.transpose(self._walk(body, ATOM, True))
            case Derivative():
                return self.derivative(node)
            case Quotient():
                return self.quotient(node, first)
            case Power(base=base, exponent=exponent):
                return self.power(self._walk(base, ATOM, False), self._exponent(exponent))
            case Negative(body=body):
                text = self.minus + self._walk(body, PRODUCT, False)
                return text if first else self.brackets(text)
            case Call(function=function, arguments=arguments):
                shown = [self._walk(argument, SUM, True) for argument in self._cut(arguments)]
                if len(shown) < len(arguments):
                    shown.append(self.more(len(arguments) - len(shown)))
                return self.call(function, shown)
            case Dots():
                return self.dots
        raise TypeError(f"{type(node).__name__} cannot be written")

    def _level(self, node: Expr) -> int:
        if isinstance(node, Sum):
            return SUM
        if isinstance(node, Product | Quotient | Negative):
            return PRODUCT
        if isinstance(node, Power | Transpose | Derivative):
            return POWER
        if isinstance(node, Symbol) and self._reads_as_quotient(node):
            return POWER
        return ATOM

    def _reads_as_quotient(self, symbol: Symbol) -> bool:
        """Whether a name is drawn with a bar of its own, so that a power of it needs brackets."""
        return False

    def _signed(self, text: str, need: int, first: bool) -> str:
        written = self.number(text)
        if text.startswith("-") and (not first or need > PRODUCT):
            return self.brackets(written)
        return written

    def _exponent(self, exponent: Expr) -> str:
        return self._walk(exponent, ATOM, False)

    def _cut(self, parts: tuple[Expr, ...]) -> tuple[Expr, ...]:
        return parts if self._terms is None or len(parts) <= self._terms else parts[: self._terms]

    def _sum(self, node: Sum, first: bool) -> str:
        kept = self._cut(node.terms)
        pieces: list[str] = []
        for index, term in enumerate(kept):
            sign, body = self._sign(term)
            text = self._walk(body, PRODUCT, first and index == 0 and not sign)
            if index:
                pieces.append(f" {self.minus if sign else '+'} {text}")
            else:
                pieces.append(f"{self.minus if sign else ''}{text}")
        if len(kept) < len(node.terms):
            pieces.append(f" + {self.more(len(node.terms) - len(kept))}")
        return "".join(pieces)

    def _sign(self, term: Expr) -> tuple[bool, Expr]:
        """Split a term's sign off: that of a `Negative`, and that of a number already worked out."""
        if isinstance(term, Negative):
            return True, term.body
        if isinstance(term, Result) and term.text.startswith("-"):
            return True, Result(term.body, term.text[1:])
        return False, term


MACHINE = Notation()


def constant(node: Number) -> str:
    """A constant of a formula as text: 1, 0.01, 1e-08."""
    return node.text if node.text is not None else plain(node.value)


def plain(value: float) -> str:
    """Return a number as text that reads back to the bit."""
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))
