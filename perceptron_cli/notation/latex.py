"""LaTeX mathematics, with the slides' sub- and superscripts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from perceptron_cli.expr import (
    Convolve,
    Correlate,
    Derivative,
    Expr,
    Gate,
    Hadamard,
    MatMul,
    Quotient,
    Symbol,
    ends,
    joined_indices,
)
from perceptron_cli.notation.base import SUM, Notation, plain
from perceptron_cli.notation.foreign import as_latex


class Latex(Notation):
    """LaTeX mathematics, with macros that pdflatex and the forges' renderers all know."""

    times = r" \times "
    signs: ClassVar[Mapping[type, str]] = {
        Hadamard: r" \odot ", MatMul: r" \, ", Correlate: r" \star ", Convolve: r" * ",
    }  # fmt: skip
    dots = r"\cdots"
    names: ClassVar = {
        "eta": r"\eta",
        "eta_0": r"\eta_0",
        "pi": r"\pi",
        "beta1": r"\beta_1",
        "beta2": r"\beta_2",
        "epsilon": r"\epsilon",
        "momentum": r"\mu",
        "dampening": r"\kappa",
        "decay": r"\rho",
        "weight_decay": r"\lambda",
        "m_hat": r"\hat{m}",
        "v_hat": r"\hat{v}",
        "limit": r"\mathrm{limit}",
        "clip": r"\mathrm{clip}",
        "norm": r"\lVert \partial L/\partial w \rVert",
        "gamma": r"\gamma",
        "beta": r"\beta",
        "mu": r"\mu",
        "var": r"\sigma^2",
        "x_hat": r"\hat{x}",
        "alpha": r"\alpha",
        "l2": r"\lambda_2",
        "l1": r"\lambda_1",
        "momentum_decay": r"\psi",
        "running_mean": r"\mu_{\mathrm{run}}",
        "running_var": r"\sigma^2_{\mathrm{run}}",
        "v_max": r"v_{\max}",
        "improvement": r"\Delta L",
        "improvement_percent": r"\Delta L / L",
        "mask": r"\mathrm{mask}",
        "path": r"\mathrm{path}",
        "rest": r"\mathrm{rest}",
    }
    _calls: ClassVar = {
        "sigmoid": r"\sigma",
        "ln": r"\ln",
        "exp": r"\exp",
        "tanh": r"\tanh",
        "cos": r"\cos",
        "max": r"\max",
        "min": r"\min",
    }

    def symbol(self, symbol: Symbol) -> str:
        """Write a symbol with its layer in brackets above and its indices below."""
        head = symbol.head
        named = self.naming(symbol) if self.naming else None
        if named is not None:
            sample = self._marks(Symbol("", None, (), symbol.sample), index="")
            return f"{{{as_latex(named)}}}{sample}" if sample else as_latex(named)
        if symbol.is_state:
            weight = Symbol(symbol.of if symbol.indices else "W", symbol.layer, symbol.indices, symbol.sample)
            return f"{self.names.get(head, head)}{self._marks(symbol, index='')}({self.symbol(weight)})"
        if head.startswith(("dL/", "dD/")):
            above = f"{head[1]}{self._marks(symbol, index='', layer=False)}"
            return rf"\frac{{\partial {above}}}{{\partial {self._quantity(head[4:], symbol)}}}"
        if head == "da/dz":
            a = Symbol("a", symbol.layer, ends(symbol)[0], symbol.sample)
            z = Symbol("z", symbol.layer, ends(symbol)[1], symbol.sample)
            return rf"\frac{{\partial {self._quantity('a', a)}}}{{\partial {self._quantity('z', z)}}}"
        if "/" in head:  # a Jacobian: dz/da
            above, below = head.split("/")
            return rf"\frac{{\partial {above[1:]}}}{{\partial {below[1:]}}}"
        return self._quantity(head, symbol)

    def _reads_as_quotient(self, symbol: Symbol) -> bool:
        return self._numbers is None and "/" in symbol.head

    def _quantity(self, letter: str, symbol: Symbol) -> str:
        index = f"_{{{joined_indices(symbol)}}}" if symbol.indices else ""
        if letter == "a" and self.outputs and symbol.layer == self.outputs[0]:
            return (
                r"\hat{y}"
                + ("" if self.outputs[1] == 1 else index)
                + self._marks(symbol, index="", layer=False)
            )
        if letter == "a" and symbol.layer == 0:
            return "x" + index + self._marks(symbol, index="", layer=False)
        above, low, below = letter.partition("_")
        plain = f"{{{above}_{{{below}}}}}" if low else letter
        return self.names.get(letter, plain) + self._marks(symbol, index=index)

    def _marks(self, symbol: Symbol, *, index: str, layer: bool = True) -> str:
        at = f"[{symbol.layer}]" if layer and symbol.layer is not None and not symbol.is_state else ""
        sample = f"({symbol.sample})" if symbol.sample is not None and symbol.sample != self.sample else ""
        prime = r"\prime" if symbol.prime and "/" not in symbol.head else ""
        above = prime + at + sample
        return index + (f"^{{{above}}}" if above else "")

    def number(self, text: str) -> str:
        """Write a number; one with an exponent as a power of 10."""
        if not text[-1:].isdigit():
            return rf"\text{{{text}}}"
        mantissa, e, exponent = text.lower().partition("e")
        return rf"{mantissa} \times 10^{{{int(exponent)}}}" if e else text

    def transpose(self, text: str) -> str:
        """Write a transposed matrix."""
        inside = self.brackets(text) if text.startswith(r"\frac") else text
        return rf"{{{inside}}}^{{\mathsf{{T}}}}"

    def derivative(self, node: Derivative) -> str:
        """Write a derivative that is still to be taken."""
        by = self.symbol(node.by)
        if isinstance(node.body, Symbol):
            return rf"\frac{{\partial {self.symbol(node.body)}}}{{\partial {by}}}"
        return rf"\frac{{\partial}}{{\partial {by}}}\left[{self._walk(node.body, SUM, True)}\right]"

    def call(self, function: str, arguments: list[str]) -> str:
        """Write a function with its arguments."""
        inside = ", ".join(arguments)
        if function == "stack":
            return rf"\begin{{bmatrix}} 1 \\ {inside} \end{{bmatrix}}"
        if function == "sqrt":
            return rf"\sqrt{{{inside}}}"
        if function == "abs":
            return rf"\lvert {inside} \rvert"
        name = self._calls.get(function, rf"\mathrm{{{function}}}")
        return name + self.brackets(inside)

    def quotient(self, node: Quotient, first: bool) -> str:
        """Write a fraction."""
        return rf"\frac{{{self._walk(node.top, SUM, True)}}}{{{self._walk(node.bottom, SUM, True)}}}"

    def power(self, base: str, exponent: str) -> str:
        """Write a power."""
        return f"{{{base}}}^{{{exponent}}}"  # the base may have a superscript of its own

    def _exponent(self, exponent: Expr) -> str:
        return self._walk(exponent, SUM, True)

    def brackets(self, text: str) -> str:
        """Put a text in brackets of its height."""
        return rf"\left({text}\right)"

    def gate(self, node: Gate, need: int, first: bool) -> str:
        """Write a choice by the sign of z."""
        left, right = self.sides(node)
        sign = r"\ge" if node.closed else ">"
        chosen = rf"{plain(node.above)} \text{{ if }} {left} {sign} {right}"
        text = rf"{chosen} \text{{, otherwise }} {plain(node.below)}"
        return text if need == SUM else self.brackets(text)

    def more(self, count: int) -> str:
        """Say how many terms are left out."""
        return rf"\cdots\ \text{{{count} more}}"
