"""How trees and numbers are written: for machines, on a screen, in LaTeX.

Brackets are decided here and nowhere else, by precedence; a negative number that is put in
stands in brackets unless it comes first. Rounding is for showing only.
"""

import math
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Final

from perceptron_cli.expr import (
    STATE_HEADS,
    Call,
    Dots,
    Expr,
    Gate,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Result,
    Sum,
    Symbol,
    join_indices,
)

ROUNDINGS: Final = {"half-up": ROUND_HALF_UP, "half-even": ROUND_HALF_EVEN}
MOST_DECIMALS: Final = 15

_SUM, _PRODUCT, _POWER, _ATOM = range(4)


class Notation:
    """Plain arithmetic that a program can read back: `w[1]_01 + w[1]_11*x_1`."""

    times = "*"
    equals = " = "
    minus = "-"
    dots = "..."
    names: Mapping[str, str] = {}

    def __init__(
        self, *, layer: int | None = None, sample: int | None = None, outputs: tuple[int, int] | None = None
    ) -> None:
        """`layer` and `sample` are what the title says already; `outputs` is (output layer, its neurons).

        The outputs are then called y_hat. The machine's form ignores all three.
        """
        self.layer = layer
        self.sample = sample
        self.outputs = outputs

    # what a notation draws in its own way -------------------------------------------------

    def symbol(self, symbol: Symbol) -> str:
        """Write a symbol's name."""
        return symbol.name

    def number(self, text: str) -> str:
        """Write a number that is shown as `text`."""
        return text

    def call(self, function: str, arguments: list[str]) -> str:
        return f"{function}({', '.join(arguments)})"

    def quotient(self, node: Quotient, first: bool) -> str:
        return f"{self._walk(node.top, _PRODUCT, first)}/{self._walk(node.bottom, _POWER, False)}"

    def power(self, base: str, exponent: str) -> str:
        return f"{base}^{exponent}"

    def gate(self, node: Gate, need: int, first: bool) -> str:
        return self._walk(node.as_arithmetic(), need, first)

    def brackets(self, text: str) -> str:
        return f"({text})"

    def more(self, count: int) -> str:
        return f"{self.dots} {count} more"

    # the walk ------------------------------------------------------------------------------

    def write(self, expr: Expr, numbers: Mapping[str, str] | None = None, *, terms: int | None = None) -> str:
        """Write a tree: as symbols, or with `numbers` (texts by name) put in.

        A sum of more than `terms` terms shows the first of them and counts the rest.
        """
        self._numbers = numbers
        self._terms = terms
        return self._walk(expr, _SUM, True)

    def _walk(self, node: Expr, need: int, first: bool) -> str:
        """Write a node that must bind at least as tightly as `need`; `first` says that nothing precedes it."""
        if isinstance(node, Gate):
            return self.gate(node, need, first)
        level = self._level(node)
        if level < need:
            return self.brackets(self._walk(node, _SUM, True))
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
                rest = (self._walk(factor, _POWER, False) for factor in factors[1:])
                return self.times.join([self._walk(factors[0], _PRODUCT, first), *rest])
            case Quotient():
                return self.quotient(node, first)
            case Power(base=base, exponent=exponent):
                return self.power(self._walk(base, _ATOM, False), self._exponent(exponent))
            case Negative(body=body):
                text = self.minus + self._walk(body, _PRODUCT, False)
                return text if first else self.brackets(text)
            case Call(function=function, arguments=arguments):
                shown = [self._walk(argument, _SUM, True) for argument in self._cut(arguments)]
                if len(shown) < len(arguments):
                    shown.append(self.more(len(arguments) - len(shown)))
                return self.call(function, shown)
            case Dots():
                return self.dots
        raise TypeError(f"{type(node).__name__} cannot be written")

    def _level(self, node: Expr) -> int:
        if isinstance(node, Sum):
            return _SUM
        if isinstance(node, Product | Quotient | Negative):
            return _PRODUCT
        if isinstance(node, Power) or (isinstance(node, Symbol) and self._reads_as_quotient(node)):
            return _POWER
        return _ATOM

    def _reads_as_quotient(self, symbol: Symbol) -> bool:
        """Whether a name is drawn with a bar of its own, so that a power of it needs brackets."""
        return False

    def _signed(self, text: str, need: int, first: bool) -> str:
        written = self.number(text)
        if text.startswith("-") and (not first or need > _PRODUCT):
            return self.brackets(written)
        return written

    def _exponent(self, exponent: Expr) -> str:
        return self._walk(exponent, _ATOM, False)

    def _cut(self, parts: tuple[Expr, ...]) -> tuple[Expr, ...]:
        return parts if self._terms is None or len(parts) <= self._terms else parts[: self._terms]

    def _sum(self, node: Sum, first: bool) -> str:
        kept = self._cut(node.terms)
        pieces: list[str] = []
        for index, term in enumerate(kept):
            sign, body = self._sign(term)
            text = self._walk(body, _PRODUCT, first and index == 0 and not sign)
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


class _Screen(Notation):
    """What the two notations for the screen share: a name is left out where the title says it."""

    prime = "'"
    hat = "y_hat"
    d = "d"

    def _reads_as_quotient(self, symbol: Symbol) -> bool:
        return self._numbers is None and "/" in symbol.head

    def index(self, text: str) -> str:
        return f"_{text}"

    def of_sample(self, text: str, sample: int) -> str:
        return f"s{sample}:{text}"

    def symbol(self, symbol: Symbol) -> str:
        text = self._name(symbol.head, symbol)
        if symbol.sample is not None and symbol.sample != self.sample:
            text = self.of_sample(text, symbol.sample)
        return text + (self.prime if symbol.prime else "")

    def _name(self, head: str, symbol: Symbol) -> str:
        if head in STATE_HEADS:
            return f"{self.names.get(head, head)}({self._quantity('w', symbol)})"
        if head.startswith("dL/"):
            return f"{self.d}L/{self.d}{self._quantity(head[4:], symbol)}"
        if head == "da/dz":
            k, j = symbol.indices[0], symbol.indices[-1]
            a = Symbol("a", symbol.layer, (k,))
            return f"{self.d}{self._quantity('a', a)}/{self.d}{self._quantity('z', Symbol('z', symbol.layer, (j,)))}"
        return self._quantity(head, symbol)

    def _quantity(self, letter: str, symbol: Symbol) -> str:
        layer, indices = symbol.layer, symbol.indices
        if letter == "a" and self.outputs and layer == self.outputs[0]:
            return self.hat + ("" if self.outputs[1] == 1 else self.index(join_indices(indices)))
        if letter == "a" and layer == 0:
            letter, layer = "x", None
        at = "" if layer is None or layer == self.layer else f"[{layer}]"
        return f"{self.names.get(letter, letter)}{at}{self.index(join_indices(indices)) if indices else ''}"

    def gate(self, node: Gate, need: int, first: bool) -> str:
        text = f"{_plain(node.above)} if {self._walk(node.z, _SUM, True)} > 0 else {_plain(node.below)}"
        return text if need == _SUM else self.brackets(text)


class Ascii(_Screen):
    """The screen's notation in plain ASCII: the machine's arithmetic with shorter names."""

    times = "*"


class Unicode(_Screen):
    """The screen's notation as on the slides: subscripts, Greek letters, the layer in square brackets."""

    times = " × "
    dots = "…"
    prime = "′"
    hat = "ŷ"
    d = "∂"
    names = {
        "eta": "η",
        "beta1": "β₁",
        "beta2": "β₂",
        "epsilon": "ε",
        "momentum": "μ",
        "dampening": "κ",
        "decay": "ρ",
        "weight_decay": "λ",
        "m_hat": "m̂",
        "v_hat": "v̂",
        "improvement": "ΔL",
        "improvement_percent": "ΔL/L",
    }
    _subscripts = str.maketrans("0123456789ijkn", "₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₙ")
    _superscripts = str.maketrans("0123456789()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾")

    def index(self, text: str) -> str:
        return text.translate(self._subscripts)

    def of_sample(self, text: str, sample: int) -> str:
        return text + f"({sample})".translate(self._superscripts)

    def call(self, function: str, arguments: list[str]) -> str:
        if function == "abs":
            return f"|{arguments[0]}|"
        return f"{_UNICODE_CALLS.get(function, function)}({', '.join(arguments)})"

    def power(self, base: str, exponent: str) -> str:
        return base + exponent.translate(self._superscripts) if exponent.isdigit() else f"{base}^{exponent}"


_UNICODE_CALLS = {"sigmoid": "σ", "sqrt": "√"}


class Latex(Notation):
    """LaTeX mathematics, with macros that pdflatex and the forges' renderers all know."""

    times = r" \times "
    dots = r"\cdots"
    names = {
        "eta": r"\eta",
        "beta1": r"\beta_1",
        "beta2": r"\beta_2",
        "epsilon": r"\epsilon",
        "momentum": r"\mu",
        "dampening": r"\kappa",
        "decay": r"\rho",
        "weight_decay": r"\lambda",
        "m_hat": r"\hat{m}",
        "v_hat": r"\hat{v}",
        "improvement": r"\Delta L",
        "improvement_percent": r"\Delta L / L",
    }
    _calls = {
        "sigmoid": r"\sigma",
        "ln": r"\ln",
        "exp": r"\exp",
        "tanh": r"\tanh",
        "max": r"\max",
        "min": r"\min",
    }

    def symbol(self, symbol: Symbol) -> str:
        head = symbol.head
        if head in STATE_HEADS:
            bare = Symbol("w", symbol.layer, symbol.indices, symbol.sample)
            return f"{self.names.get(head, head)}{self._marks(symbol, index='')}({self._quantity('w', bare)})"
        if head.startswith("dL/"):
            return rf"\frac{{\partial L{self._marks(symbol, index='', layer=False)}}}{{\partial {self._quantity(head[4:], symbol)}}}"
        if head == "da/dz":
            a = Symbol("a", symbol.layer, (symbol.indices[0],), symbol.sample)
            z = Symbol("z", symbol.layer, (symbol.indices[-1],), symbol.sample)
            return rf"\frac{{\partial {self._quantity('a', a)}}}{{\partial {self._quantity('z', z)}}}"
        return self._quantity(head, symbol)

    def _reads_as_quotient(self, symbol: Symbol) -> bool:
        return self._numbers is None and "/" in symbol.head

    def _quantity(self, letter: str, symbol: Symbol) -> str:
        index = f"_{{{join_indices(symbol.indices)}}}" if symbol.indices else ""
        if letter == "a" and self.outputs and symbol.layer == self.outputs[0]:
            return (
                r"\hat{y}"
                + ("" if self.outputs[1] == 1 else index)
                + self._marks(symbol, index="", layer=False)
            )
        if letter == "a" and symbol.layer == 0:
            return "x" + index + self._marks(symbol, index="", layer=False)
        return self.names.get(letter, letter) + self._marks(symbol, index=index)

    def _marks(self, symbol: Symbol, *, index: str, layer: bool = True) -> str:
        at = (
            f"[{symbol.layer}]"
            if layer and symbol.layer is not None and symbol.head not in STATE_HEADS
            else ""
        )
        sample = f"({symbol.sample})" if symbol.sample is not None and symbol.sample != self.sample else ""
        prime = r"\prime" if symbol.prime and not symbol.head.startswith("dL/") else ""
        above = prime + at + sample
        return index + (f"^{{{above}}}" if above else "")

    def number(self, text: str) -> str:
        mantissa, e, exponent = text.lower().partition("e")
        return rf"{mantissa} \times 10^{{{int(exponent)}}}" if e else text

    def call(self, function: str, arguments: list[str]) -> str:
        inside = ", ".join(arguments)
        if function == "sqrt":
            return rf"\sqrt{{{inside}}}"
        if function == "abs":
            return rf"\lvert {inside} \rvert"
        name = self._calls.get(function, rf"\mathrm{{{function}}}")
        return name + self.brackets(inside)

    def quotient(self, node: Quotient, first: bool) -> str:
        return rf"\frac{{{self._walk(node.top, _SUM, True)}}}{{{self._walk(node.bottom, _SUM, True)}}}"

    def power(self, base: str, exponent: str) -> str:
        return f"{base}^{{{exponent}}}"

    def _exponent(self, exponent: Expr) -> str:
        return self._walk(exponent, _SUM, True)

    def brackets(self, text: str) -> str:
        return rf"\left({text}\right)"

    def gate(self, node: Gate, need: int, first: bool) -> str:
        z = self._walk(node.z, _SUM, True)
        text = rf"{_plain(node.above)} \text{{ if }} {z} > 0 \text{{ else }} {_plain(node.below)}"
        return text if need == _SUM else self.brackets(text)

    def more(self, count: int) -> str:
        return rf"\cdots\ \text{{{count} more}}"


MACHINE = Notation()


def constant(node: Number) -> str:
    """A constant of a formula as text: 1, 0.01, 1e-08."""
    return node.text if node.text is not None else _plain(node.value)


def _plain(value: float) -> str:
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))


# numbers ------------------------------------------------------------------------------------


def show(value: float, decimals: int, *, at_least: int = 0) -> str:
    """Return a result as text: `decimals` places, fewer where exact, more where it is small.

    A small number keeps three significant digits (as many as `decimals`, if that is fewer) and
    one below 1e-6 or from 1e12 on is written with an exponent.
    """
    if value == 0:
        return "0"
    places = _places(abs(value), decimals, at_least)
    if places is None:
        mantissa, _, exponent = f"{value:.{max(decimals, 3) - 1}e}".partition("e")
        exact = math.isclose(float(f"{mantissa}e{exponent}"), value, rel_tol=1e-13)
        return f"{_strip(mantissa) if exact else mantissa}e{exponent}"
    text = f"{value:.{places}f}"
    if math.isclose(float(text), value, rel_tol=1e-13, abs_tol=0.0):
        text = _strip(text)
    return text


def round_shown(value: Decimal, decimals: int, rounding: str, *, at_least: int = 0) -> Decimal:
    """Round as `show` shows, exactly, ties by the named rule of `ROUNDINGS`."""
    if not value:
        return Decimal(0)
    places = _places(abs(value), decimals, at_least)
    if places is None:
        places = max(decimals, 3) - 1 - value.adjusted()
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUNDINGS[rounding])


def show_exact(rounded: Decimal, value: Decimal) -> str:
    """Return a number that `round_shown` made of `value` as text, without zeros that say nothing."""
    adjusted = rounded.adjusted() if rounded else 0
    if rounded and (adjusted < -6 or adjusted >= 12):
        mantissa, _, exponent = f"{rounded:e}".partition("e")
        return f"{_strip(mantissa) if rounded == value else mantissa}e{int(exponent):+03d}"
    text = f"{rounded:f}"
    return _strip(text) if rounded == value else text


def decimals_of(text: str) -> int:
    """The places after the point that a text shows."""
    return 0 if "e" in text.lower() else len(text.partition(".")[2])


def percent(value: float) -> str:
    """A percentage with two decimals."""
    return f"{value:.2f}"


def _places(magnitude: float | Decimal, decimals: int, at_least: int) -> int | None:
    if not magnitude:
        return 0
    if magnitude < 1e-6 or magnitude >= 1e12:
        return None
    leading = magnitude.adjusted() if isinstance(magnitude, Decimal) else math.floor(math.log10(magnitude))
    significant = min(3, max(decimals, 1))
    return max(decimals, at_least, significant - 1 - leading)


def _strip(text: str) -> str:
    if "." not in text:
        return text
    text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
