"""Arithmetic that somebody wrote - `0.1*0.5 + 0.3`, `1/(1 + e^(-z))` - as a tree; nothing is run.

```
sum     = product {("+" | "-") product}
product = signed {("*" | "/") signed | power}      a power without a sign before it: 2(3 + 4), 0.5 x
signed  = ["+" | "-"] signed | power
power   = atom ["^" signed]
atom    = number | name | "(" sum ")" | function power | function "(" sum {"," sum} ")"
```
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Container, Mapping
from typing import NamedTuple

from perceptron_cli.expr.nodes import Call, Expr, Negative, Number, Power, Quotient, Symbol, product, total

MOST_DEPTH = 40
MOST_TOKENS = 4_000

_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+(?![\w.]))?"
_NAME = r"[A-Za-z](?:\w|\[\d+\])*'*"
_TOKEN = re.compile(rf"\s*(?:(?P<number>{_NUMBER})|(?P<name>{_NAME})|(?P<sign>[-+*/^(),]))", re.ASCII)
_SIGNS = str.maketrans(
    {"\u2212": "-", "\u2013": "-", "×": "*", "·": "*", "∙": "*", "⋅": "*", "÷": "/", "[": "(", "]": ")"}
)


class Unread(ValueError):
    """The text is no arithmetic; the message says why."""


class Grammar(NamedTuple):
    """What a text may hold: functions by the names that they have in it, and whether other names and
    products without a sign are read."""

    functions: Mapping[str, str]
    names: bool = False
    implicit: bool = False


class Parsed(NamedTuple):
    """A tree, and where in the text it ends."""

    tree: Expr
    end: int


def parse(text: str, grammar: Grammar) -> Expr:
    """Return the tree of a whole text. Raises Unread where it is no arithmetic."""
    parser = _Parser(text.translate(_SIGNS), grammar)
    found = parser.sum()
    if parser.next:
        raise Unread(f"expected a sign, got '{parser.next}'")
    return found


def parse_prefix(text: str, grammar: Grammar) -> Parsed | None:
    """Return the longest arithmetic that a text begins with, None where it begins with none."""
    parser = _Parser(text.translate(_SIGNS), grammar, whole=False)
    try:
        tree = parser.sum()
    except Unread:
        return None
    return Parsed(tree, parser.ends[parser.place - 1])


class _Parser:
    """One text, read from left to right."""

    def __init__(self, text: str, grammar: Grammar, *, whole: bool = True) -> None:
        self.grammar = grammar
        self.whole = whole
        self.tokens: list[str] = []
        self.kinds: list[str] = []
        self.ends: list[int] = []
        self._tokenize(text)
        self.place = 0
        self.depth = 0

    def _tokenize(self, text: str) -> None:
        place, text = 0, text.rstrip()
        while place < len(text) and len(self.tokens) < MOST_TOKENS:
            match = _TOKEN.match(text, place)
            if match is None or (match["sign"] == "," and not (self.grammar.implicit or self.grammar.names)):
                if not self.whole:
                    return
                rest = text[place:].lstrip()[:1]
                hint = "; decimals have a point" if rest == "," else ""
                raise Unread(f"expected a number, got '{rest}'{hint}")
            self.kinds.append(match.lastgroup or "")
            self.tokens.append(match[match.lastindex or 0])
            place = match.end()
            self.ends.append(place)

    @property
    def next(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    @property
    def kind(self) -> str:
        return self.kinds[self.place] if self.place < len(self.kinds) else ""

    def took(self, *tokens: str) -> str:
        """Step over the next token if it is one of these."""
        found = self.next
        if not found or found not in tokens:
            return ""
        self.place += 1
        return found

    def sum(self) -> Expr:
        terms = [self.product()]
        while self.next in ("+", "-"):
            sign, other = self._operand(self.product)
            if other is None:
                break
            terms.append(Negative(other) if sign == "-" else other)
        return total(terms) if len(terms) > 1 else terms[0]

    def product(self) -> Expr:
        value = self.signed()
        while True:
            sign, other = "*", None
            if self.next in ("*", "/"):
                sign, other = self._operand(self.signed)
            elif self.grammar.implicit and self._begins_factor():
                other = self._attempt(self.power)
            if other is None:
                return value
            value = product([value, other]) if sign == "*" else Quotient(value, other)

    def _operand(self, read: Callable[[], Expr]) -> tuple[str, Expr | None]:
        """Step over a sign and read what follows it; back before the sign where a longer text goes on so."""
        place, sign = self.place, self.next
        self.place += 1
        other = self._attempt(read)
        if other is None:
            self.place = place
        return sign, other

    def _attempt(self, read: Callable[[], Expr]) -> Expr | None:
        """Read on; of a longer text None, and a step back, where it is no arithmetic that follows."""
        place, depth = self.place, self.depth
        try:
            return read()
        except Unread:
            if self.whole or depth:
                raise
            self.place, self.depth = place, depth
            return None

    def _begins_factor(self) -> bool:
        """Whether a factor follows without a sign: a bracket, a function, a name; not a second number."""
        if self.next == "(":
            return True
        known = self.grammar.names or self.next in self.grammar.functions or self.next == "e"
        return self.kind == "name" and known

    def signed(self) -> Expr:
        if sign := self.took("+", "-"):
            value = self.deeper(self.signed)
            return Negative(value) if sign == "-" else value
        return self.power()

    def power(self) -> Expr:
        base = self.atom()
        if not self.took("^"):
            return base
        exponent = self.deeper(self.signed)
        is_e = isinstance(base, Symbol) and base.name == "e"
        return Call("exp", exponent) if is_e else Power(base, exponent)

    def atom(self) -> Expr:
        token, kind = self.next, self.kind
        if kind == "name" and token in self.grammar.functions:
            return self._function(token)
        if kind == "name" and token == "e" and self.grammar.implicit:
            self.place += 1
            return Symbol("e") if self.next == "^" else Number(math.e, "e")
        if kind == "name" and self.grammar.names:
            self.place += 1
            return Symbol(token)
        if self.took("("):
            value = self.deeper(self.sum)
            self._close()
            return value
        if kind != "number":
            raise Unread(instead(token, self.grammar.functions))
        self.place += 1
        return Number(float(token), token)

    def _function(self, token: str) -> Expr:
        self.place += 1
        function = self.grammar.functions[token]
        if self.grammar.implicit and self.took("^"):  # ln^2 x is nothing that is read
            raise Unread(f"expected '(' after {token}")
        if self.next != "(":
            if not self.grammar.implicit:
                raise Unread(f"expected '(' after {token}")
            return _called(function, [self.deeper(self.signed)])
        self.place += 1
        arguments = [self.deeper(self.sum)]
        while self.took(","):
            arguments.append(self.deeper(self.sum))
        self._close()
        return _called(function, arguments)

    def _close(self) -> None:
        if not self.took(")"):
            raise Unread(f"expected ')', got '{self.next}'" if self.next else "expected ')' at the end")

    def deeper(self, read: Callable[[], Expr]) -> Expr:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise Unread(f"expected at most {MOST_DEPTH} brackets and signs inside each other")
        value = read()
        self.depth -= 1
        return value


def _called(function: str, arguments: list[Expr]) -> Expr:
    if function == "relu":
        return Call("max", 0, *arguments)
    return Call(function, *arguments)


def instead(token: str, functions: Container[str] | Mapping[str, str]) -> str:
    """Say what was expected where a token stands that is no number."""
    if token[:1].isalpha():
        hint = "; ln is the natural logarithm" if token.startswith("log") else ""
        known = " ".join(functions) if isinstance(functions, Mapping) else ""
        return f"unknown name '{token}': a number may use {known}{hint}"
    return f"expected a number, got '{token}'" if token else "expected a number at the end"
