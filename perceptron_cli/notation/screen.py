"""The screen's two notations: as on the slides, and in plain ASCII."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from perceptron_cli.expr import (
    Convolve,
    Correlate,
    Derivative,
    Gate,
    Hadamard,
    MatMul,
    Symbol,
    ends,
    joined_indices,
)
from perceptron_cli.notation.base import SUM, Notation, plain


class _Screen(Notation):
    """What the two notations for the screen share: a name is left out where the title says it."""

    prime = "'"
    turned = "^T"
    hat = "y_hat"
    d = "d"
    at_least = ">="

    def _reads_as_quotient(self, symbol: Symbol) -> bool:
        return self._numbers is None and "/" in symbol.head

    def index(self, text: str) -> str:
        return f"_{text}"

    def of_sample(self, text: str, sample: int) -> str:
        return f"s{sample}:{text}"

    def symbol(self, symbol: Symbol) -> str:
        named = self.naming(symbol) if self.naming else None
        text = self._name(symbol.head, symbol) if named is None else self.foreign(named)
        if symbol.sample is not None and symbol.sample != self.sample:
            text = self.of_sample(text, symbol.sample)
        return text + (self.prime if symbol.prime and named is None else "")

    def foreign(self, name: str) -> str:
        """Write a name of another book or of a program."""
        return name

    def _name(self, head: str, symbol: Symbol) -> str:
        if symbol.is_state:
            weight = Symbol(symbol.of if symbol.indices else "W", symbol.layer, symbol.indices)
            return f"{self.names.get(head, head)}({self.symbol(weight)})"
        if head.startswith(("dL/", "dD/")):
            return f"{self.d}{head[1]}/{self.d}{self._quantity(head[4:], symbol)}"
        if head == "da/dz":
            a = Symbol("a", symbol.layer, ends(symbol)[0])
            z = Symbol("z", symbol.layer, ends(symbol)[1])
            return f"{self.d}{self._quantity('a', a)}/{self.d}{self._quantity('z', z)}"
        if "/" in head:  # a Jacobian: dz/da
            return "/".join(self.d + one[1:] for one in head.split("/"))
        return self._quantity(head, symbol)

    def _quantity(self, letter: str, symbol: Symbol) -> str:
        layer, indices = symbol.layer, symbol.indices
        if letter == "a" and self.outputs and layer == self.outputs[0]:
            alone = self.outputs[1] == 1 or not indices
            return self.hat + ("" if alone else self.index(joined_indices(symbol)))
        if letter == "a" and layer == 0:
            letter, layer = "x", None
        at = "" if layer is None or layer == self.layer else f"[{layer}]"
        return f"{self.names.get(letter, letter)}{at}{self.index(joined_indices(symbol)) if indices else ''}"

    def transpose(self, text: str) -> str:
        return text + self.turned

    def derivative(self, node: Derivative) -> str:
        if isinstance(node.body, Symbol):
            return f"{self.d}{self.symbol(node.body)}/{self.d}{self.symbol(node.by)}"
        return f"{self.d}/{self.d}{self.symbol(node.by)}[{self._walk(node.body, SUM, True)}]"

    def call(self, function: str, arguments: list[str]) -> str:
        if function == "stack":
            return f"[1; {arguments[0]}]"
        return super().call(function, arguments)

    def gate(self, node: Gate, need: int, first: bool) -> str:
        sign = self.at_least if node.closed else ">"
        left, right = self.sides(node)
        text = f"{plain(node.above)} if {left} {sign} {right}, otherwise {plain(node.below)}"
        return text if need == SUM else self.brackets(text)


class Ascii(_Screen):
    """The screen's notation in plain ASCII: the machine's arithmetic with shorter names."""

    times = "*"
    signs: ClassVar[Mapping[type, str]] = {
        Hadamard: " .* ",
        MatMul: " ",
        Correlate: " corr ",
        Convolve: " conv ",
    }


class Unicode(_Screen):
    """The screen's notation as on the slides: subscripts, Greek letters, the layer in square brackets."""

    times = " × "
    signs: ClassVar[Mapping[type, str]] = {Hadamard: " ⊙ ", MatMul: " ", Correlate: " ⋆ ", Convolve: " ∗ "}
    turned = "ᵀ"
    dots = "…"
    prime = "′"
    hat = "ŷ"
    d = "∂"
    at_least = "≥"
    names: ClassVar = {
        "eta": "η",
        "eta_0": "η₀",
        "pi": "π",
        "beta1": "β₁",
        "beta2": "β₂",
        "epsilon": "ε",
        "momentum": "μ",
        "dampening": "κ",
        "decay": "ρ",
        "weight_decay": "λ",
        "m_hat": "m̂",
        "v_hat": "v̂",
        "norm": "‖∂L/∂w‖",
        "gamma": "γ",
        "beta": "β",
        "mu": "μ",
        "var": "σ²",
        "x_hat": "x̂",
        "alpha": "α",
        "l2": "λ₂",
        "l1": "λ₁",
        "momentum_decay": "ψ",
        "improvement": "ΔL",
        "improvement_percent": "ΔL/L",
    }
    _subscripts = str.maketrans("0123456789ijkn", "₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₙ")
    _superscripts = str.maketrans("0123456789()-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾⁻")

    def foreign(self, name: str) -> str:
        """Write a name of another book with subscripts and Greek letters."""
        from perceptron_cli.notation.foreign import as_unicode

        return as_unicode(name)

    def index(self, text: str) -> str:
        """Write an index as a subscript."""
        return text.translate(self._subscripts)

    def of_sample(self, text: str, sample: int) -> str:
        """Write a symbol's sample as a superscript."""
        return text + f"({sample})".translate(self._superscripts)

    def call(self, function: str, arguments: list[str]) -> str:
        """Write a function; |z| and the Greek names as on the slides."""
        if function == "abs":
            return f"|{arguments[0]}|"
        return super().call(_UNICODE_CALLS.get(function, function), arguments)

    def power(self, base: str, exponent: str) -> str:
        """Write a whole exponent as a superscript."""
        bare = exponent.removeprefix("(").removesuffix(")")
        if not bare.removeprefix("-").isdigit():
            return f"{base}^{exponent}"
        return base + bare.translate(self._superscripts)


_UNICODE_CALLS = {"sigmoid": "σ", "sqrt": "√"}
