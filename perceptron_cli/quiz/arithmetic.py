"""What somebody types for a number: a decimal, a fraction, or a small expression, read and never run.

```
sum     = product {("+" | "-") product}
product = signed {("*" | "/") signed}
signed  = ["+" | "-"] signed | power
power   = atom ["^" signed]
atom    = number | "(" sum ")" | function "(" sum ")"
```
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from perceptron_cli.answers import Answer, answer
from perceptron_cli.expr.walks import FUNCTIONS

KNOWN = ("exp", "ln", "sqrt", "tanh", "sigmoid")
MOST_CHARACTERS = 200
MOST_DEPTH = 40

_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_TOKEN = re.compile(rf"\s*(?:({_NUMBER})|([a-z]+)|([-+*/^()]))", re.ASCII)
_SIGNS = str.maketrans({"\u2212": "-", "\u2013": "-", "\u00d7": "*", "\u00b7": "*", "\u00f7": "/"})


class _Unread(ValueError):
    """The text is no arithmetic; the message says why."""


def typed(text: str) -> Answer | str:
    """Return the number that a text says, or, as a text, why it says none.

    A decimal is as precise as it is written; what is worked out has no digits of its own to round to.
    """
    if len(text) > MOST_CHARACTERS:
        return f"expected at most {MOST_CHARACTERS} characters, got {len(text)}"
    plain = answer(text)
    if plain is not None and "/" not in text:
        return plain
    try:
        value = _Reader(text.translate(_SIGNS)).value()
    except _Unread as problem:
        return str(problem)
    except ZeroDivisionError:
        return "it divides by 0"
    except (OverflowError, ValueError):
        return "it has no value"
    if not math.isfinite(value):
        return "it has no value"
    return Answer(value, f"{value!r}", None)


class _Reader:
    """One text, read from left to right."""

    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.place = 0
        self.depth = 0

    def value(self) -> float:
        found = self.sum()
        if self.next:
            raise _Unread(f"expected a sign, got '{self.next}'")
        return found

    @property
    def next(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def took(self, *tokens: str) -> str:
        """Step over the next token if it is one of these."""
        found = self.next
        if not found or found not in tokens:
            return ""
        self.place += 1
        return found

    def sum(self) -> float:
        value = self.product()
        while sign := self.took("+", "-"):
            other = self.product()
            value = value + other if sign == "+" else value - other
        return value

    def product(self) -> float:
        value = self.signed()
        while sign := self.took("*", "/"):
            other = self.signed()
            value = value * other if sign == "*" else value / other
        return value

    def signed(self) -> float:
        if sign := self.took("+", "-"):
            value = self.deeper(self.signed)
            return -value if sign == "-" else value
        return self.power()

    def power(self) -> float:
        base = self.atom()
        return math.pow(base, self.deeper(self.signed)) if self.took("^") else base

    def atom(self) -> float:
        token = self.next
        if token in KNOWN:
            self.place += 1
            if self.next != "(":
                raise _Unread(f"expected '(' after {token}")
            return FUNCTIONS[token](self.atom())
        if self.took("("):
            value = self.deeper(self.sum)
            if not self.took(")"):
                raise _Unread(f"expected ')', got '{self.next}'" if self.next else "expected ')' at the end")
            return value
        if not token[:1].isdigit() and token[:1] != ".":
            raise _Unread(_instead(token))
        self.place += 1
        return float(token)

    def deeper(self, read: Callable[[], float]) -> float:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise _Unread(f"expected at most {MOST_DEPTH} brackets and signs inside each other")
        value = read()
        self.depth -= 1
        return value


def _instead(token: str) -> str:
    if token.isalpha():
        hint = "; ln is the natural logarithm" if token.startswith("log") else ""
        return f"unknown name '{token}': a number may use {' '.join(KNOWN)}{hint}"
    return f"expected a number, got '{token}'" if token else "expected a number at the end"


def _tokens(text: str) -> list[str]:
    found, place, text = [], 0, text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            rest = text[place:].lstrip()[:1]
            hint = "; decimals have a point" if rest == "," else ""
            raise _Unread(f"expected a number, got '{rest}'{hint}")
        found.append(match[match.lastindex or 0])
        place = match.end()
    return found
