"""MathML, which every current browser draws by itself: no script, no font from elsewhere.

A number that is put in for a symbol carries the symbol's name and its value in full, so that a page can mark
it, and put another one in its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, ClassVar

from perceptron_cli.expr import (
    Convolve,
    Correlate,
    Derivative,
    Expr,
    Gate,
    Hadamard,
    MatMul,
    Quotient,
    Result,
    Sum,
    Symbol,
    ends,
    joined_indices,
)
from perceptron_cli.notation.base import MACHINE, PRODUCT, SUM, Notation, plain


def operator(sign: str) -> str:
    """Return an operator as an element."""
    return f"<mo>{escape(sign)}</mo>"


class MathML(Notation):
    """MathML Core: the elements that go inside a `<math>`."""

    times = operator("×")
    equals = operator("=")
    minus = operator("−")
    dots = operator("⋯")
    signs: ClassVar[Mapping[type, str]] = {
        Hadamard: operator("⊙"),
        MatMul: operator("\u2062"),  # an invisible product
        Correlate: operator("⋆"),
        Convolve: operator("∗"),
    }
    names: ClassVar = {
        "eta": "<mi>η</mi>",
        "eta_0": "<msub><mi>η</mi><mn>0</mn></msub>",
        "theta": "<mi>θ</mi>",
        "pi": "<mi>π</mi>",
        "beta1": "<msub><mi>β</mi><mn>1</mn></msub>",
        "beta2": "<msub><mi>β</mi><mn>2</mn></msub>",
        "epsilon": "<mi>ε</mi>",
        "momentum": "<mi>μ</mi>",
        "dampening": "<mi>κ</mi>",
        "decay": "<mi>ρ</mi>",
        "weight_decay": "<mi>λ</mi>",
        "m_hat": "<mover><mi>m</mi><mo>^</mo></mover>",
        "v_hat": "<mover><mi>v</mi><mo>^</mo></mover>",
        "y_hat": "<mover><mi>y</mi><mo>^</mo></mover>",
        "norm": "<mrow><mo>‖</mo><mi>∂L</mi><mo>/</mo><mi>∂w</mi><mo>‖</mo></mrow>",
        "gamma": "<mi>γ</mi>",
        "beta": "<mi>β</mi>",
        "mu": "<mi>μ</mi>",
        "var": "<msup><mi>σ</mi><mn>2</mn></msup>",
        "x_hat": "<mover><mi>x</mi><mo>^</mo></mover>",
        "alpha": "<mi>α</mi>",
        "l2": "<msub><mi>λ</mi><mn>2</mn></msub>",
        "l1": "<msub><mi>λ</mi><mn>1</mn></msub>",
        "momentum_decay": "<mi>ψ</mi>",
        "improvement": "<mi>ΔL</mi>",
        "improvement_percent": "<mrow><mi>ΔL</mi><mo>/</mo><mi>L</mi></mrow>",
    }
    _calls: ClassVar = {"sigmoid": "σ"}

    def __init__(self, *, values: Mapping[str, float | None] | None = None, **settings: Any) -> None:
        """`values` are the numbers in full, by name; the other settings are those of every notation."""
        super().__init__(**settings)
        self.values = values or {}

    # symbols ------------------------------------------------------------------------------------

    def symbol(self, symbol: Symbol) -> str:
        """Write a symbol with its layer in brackets above and its indices below."""
        return f'<mrow data-name="{escape(symbol.name)}">{self._symbol(symbol)}</mrow>'

    def _symbol(self, symbol: Symbol) -> str:
        head = symbol.head
        named = self.naming(symbol) if self.naming else None
        if named is not None:
            return self._scripts(f"<mtext>{escape(named)}</mtext>", "", self._above(symbol, layer=False))
        if symbol.is_state:
            letter = symbol.of if symbol.indices else "W"
            inside = self._quantity(letter, Symbol(letter, symbol.layer, symbol.indices, symbol.sample))
            prime = "<mo>′</mo>" if symbol.prime else ""
            return self._scripts(self._letter(head), "", prime) + self.brackets(inside)
        if head.startswith(("dL/", "dD/")):
            loss = self._scripts(f"<mi>{head[1]}</mi>", "", self._above(symbol, layer=False))
            return _fraction(loss, self._quantity(head[4:], symbol))
        if head == "da/dz":
            a = Symbol("a", symbol.layer, ends(symbol)[0], symbol.sample)
            z = Symbol("z", symbol.layer, ends(symbol)[1], symbol.sample)
            return _fraction(self._quantity("a", a), self._quantity("z", z))
        if "/" in head:  # a Jacobian: dz/da
            above, below = head.split("/")
            return _fraction(f"<mi>{above[1:]}</mi>", f"<mi>{below[1:]}</mi>")
        return self._quantity(head, symbol)

    def _quantity(self, letter: str, symbol: Symbol) -> str:
        index = escape(joined_indices(symbol)) if symbol.indices else ""
        if letter == "a" and self.outputs and symbol.layer == self.outputs[0]:
            index = "" if self.outputs[1] == 1 else index
            return self._scripts(self.names["y_hat"], index, self._above(symbol, layer=False))
        if letter == "a" and symbol.layer == 0:
            return self._scripts("<mi>x</mi>", index, self._above(symbol, layer=False))
        return self._scripts(self._letter(letter), index, self._above(symbol))

    def _letter(self, letter: str) -> str:
        turn, colon, rest = letter.rpartition(":")
        if colon:  # of a learning rule: t3:net
            return f"<mrow><mtext>{escape(turn)}:</mtext>{self._letter(rest)}</mrow>"
        if letter in self.names:
            return self.names[letter]
        above, low, below = letter.partition("_")
        if low:
            return f"<msub><mi>{escape(above)}</mi><mi>{escape(below)}</mi></msub>"
        return f"<mi>{escape(letter)}</mi>"

    def _above(self, symbol: Symbol, *, layer: bool = True) -> str:
        prime = "<mo>′</mo>" if symbol.prime and "/" not in symbol.head else ""
        at = ""
        if layer and symbol.layer is not None and not symbol.is_state:
            at = f"<mtext>[{symbol.layer}]</mtext>"
        sample = ""
        if symbol.sample is not None and symbol.sample != self.sample:
            sample = f"<mtext>({symbol.sample})</mtext>"
        return prime + at + sample

    @staticmethod
    def _scripts(base: str, below: str, above: str) -> str:
        sub, sup = f"<mn>{below}</mn>", f"<mrow>{above}</mrow>"
        if below and above:
            return f"<msubsup>{base}{sub}{sup}</msubsup>"
        if below:
            return f"<msub>{base}{sub}</msub>"
        return f"<msup>{base}{sup}</msup>" if above else base

    def _reads_as_quotient(self, symbol: Symbol) -> bool:
        return self._numbers is None and "/" in symbol.head

    # numbers ------------------------------------------------------------------------------------

    def number(self, text: str) -> str:
        """Write a number as it is shown, so that it can be searched and copied."""
        return f"<mn>{escape(text)}</mn>" if text[-1:].isdigit() else f"<mtext>{escape(text)}</mtext>"

    def _walk(self, node: Expr, need: int, first: bool) -> str:
        inside = not first or need > PRODUCT  # where a negative number stands in brackets
        if isinstance(node, Symbol) and self._numbers is not None:
            return self.shown(node.name, self._numbers[node.name], inside=inside)
        if isinstance(node, Result):
            return _number(f'data-formula="{escape(MACHINE.write(node.body))}"', node.text, inside)
        return super()._walk(node, need, first)

    def shown(self, name: str, text: str, *, inside: bool = False) -> str:
        """Write a symbol's number; `inside` a formula a negative one stands in brackets."""
        value = self.values.get(name)
        full = f' data-value="{value!r}"' if value is not None else ""
        return _number(f'data-symbol="{escape(name)}"{full}', text, inside)

    # the walk's own marks -------------------------------------------------------------------------

    def _sign(self, term: Expr) -> tuple[bool, Expr]:
        """Split no sign off a result: a page may put a number of another sign in its place."""
        return super()._sign(term) if not isinstance(term, Result) else (False, term)

    def pieces(
        self, expr: Expr, numbers: Mapping[str, str] | None = None, *, terms: int | None = None
    ) -> list[str]:
        """Write a tree in pieces, between which a line may be broken: before a sign of the outermost sum."""
        if not isinstance(expr, Sum):
            return [self.write(expr, numbers, terms=terms)]
        self._numbers, self._terms = numbers, terms
        first, *rest = self._terms_of(expr, True)
        return [first, *(one.replace("<mo>", '<mo form="infix">', 1) for one in rest)]

    def _sum(self, node: Sum, first: bool) -> str:
        return f"<mrow>{''.join(self._terms_of(node, first))}</mrow>"

    def _terms_of(self, node: Sum, first: bool) -> list[str]:
        kept = self._cut(node.terms)
        pieces: list[str] = []
        for index, term in enumerate(kept):
            sign, body = self._sign(term)
            text = self._walk(body, PRODUCT, first and index == 0 and not sign)
            plus = operator("+") if index else ""
            pieces.append(f"{self.minus if sign else plus}{text}")
        if len(kept) < len(node.terms):
            pieces.append(operator("+") + self.more(len(node.terms) - len(kept)))
        return pieces

    def call(self, function: str, arguments: list[str]) -> str:
        """Write a function with its arguments."""
        inside = operator(",").join(arguments)
        if function == "stack":
            rows = "".join(f"<mtr><mtd>{one}</mtd></mtr>" for one in ("<mn>1</mn>", inside))
            return f"<mrow><mo>[</mo><mtable>{rows}</mtable><mo>]</mo></mrow>"
        if function == "sqrt":
            return f"<msqrt>{inside}</msqrt>"
        if function == "abs":
            return f"<mrow><mo>|</mo>{inside}<mo>|</mo></mrow>"
        return f"<mrow><mi>{self._calls.get(function, function)}</mi>{self.brackets(inside)}</mrow>"

    def quotient(self, node: Quotient, first: bool) -> str:
        """Write a fraction."""
        top, bottom = self._walk(node.top, SUM, True), self._walk(node.bottom, SUM, True)
        return f"<mfrac><mrow>{top}</mrow><mrow>{bottom}</mrow></mfrac>"

    def power(self, base: str, exponent: str) -> str:
        """Write a power."""
        return f"<msup><mrow>{base}</mrow><mrow>{exponent}</mrow></msup>"

    def _exponent(self, exponent: Expr) -> str:
        return self._walk(exponent, SUM, True)

    def transpose(self, text: str) -> str:
        """Write a transposed matrix."""
        return f"<msup><mrow>{text}</mrow><mi>T</mi></msup>"

    def derivative(self, node: Derivative) -> str:
        """Write a derivative that is still to be taken."""
        by = self.symbol(node.by)
        if isinstance(node.body, Symbol):
            return _fraction(self.symbol(node.body), by)
        body = self._walk(node.body, SUM, True)
        return f"{_fraction('', by)}<mrow><mo>[</mo>{body}<mo>]</mo></mrow>"

    def brackets(self, text: str) -> str:
        """Put a formula in brackets."""
        return f"<mrow><mo>(</mo>{text}<mo>)</mo></mrow>"

    def gate(self, node: Gate, need: int, first: bool) -> str:
        """Write a choice by the sign of z."""
        left, right = self.sides(node)
        sign = "≥" if node.closed else ">"
        right = "<mn>0</mn>" if right == "0" else right
        above, below = plain(node.above), plain(node.below)
        text = (
            f"<mn>{above}</mn><mtext> if </mtext>{left}{operator(sign)}{right}"
            f"<mtext>, otherwise </mtext><mn>{below}</mn>"
        )
        return f"<mrow>{text}</mrow>" if need == SUM else self.brackets(text)

    def more(self, count: int) -> str:
        """Say how many terms are left out."""
        return f"<mtext>… {count} more</mtext>"


def _fraction(above: str, below: str) -> str:
    d = "<mo>∂</mo>"
    return f"<mfrac><mrow>{d}{above}</mrow><mrow>{d}{below}</mrow></mfrac>"


def _number(attributes: str, text: str, inside: bool) -> str:
    shown = f"({text})" if inside and text.startswith("-") else text
    return f"<mn {attributes}{' data-inside' if inside else ''}>{escape(shown)}</mn>"
