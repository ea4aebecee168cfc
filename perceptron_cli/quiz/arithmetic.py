"""What somebody types for a number: a decimal, a fraction, or a small expression, read and never run."""

from __future__ import annotations

import math

from perceptron_cli.answers import Answer, answer
from perceptron_cli.expr import evaluate
from perceptron_cli.expr.parse import Grammar, Unread, parse

KNOWN = ("exp", "ln", "sqrt", "tanh", "sigmoid")
MOST_CHARACTERS = 200
GRAMMAR = Grammar({name: name for name in KNOWN})


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
        value = evaluate(parse(text, GRAMMAR), {})
    except Unread as problem:
        return str(problem)
    except ZeroDivisionError:
        return "it divides by 0" if "/" in text else "it has no value"
    except (ArithmeticError, ValueError, TypeError):
        return "it has no value"
    if isinstance(value, complex) or not math.isfinite(value):
        return "it has no value"
    return Answer(value, f"{value!r}", None)
