"""Reading printed lines back: every formula is evaluated from the values that it names."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

from perceptron_cli.document import Document, Equation, Equations, Part
from perceptron_cli.expr import evaluate, symbols
from perceptron_cli.notation import MACHINE

FUNCTIONS = {
    "exp": math.exp,
    "ln": math.log,
    "sqrt": math.sqrt,
    "tanh": math.tanh,
    "cos": math.cos,
    "erf": math.erf,
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)) if z > -700 else math.exp(z),
    "max": max,
    "min": min,
    "abs": abs,
    "step": lambda z: float(z >= 0),
}


def equations(part: Part) -> Iterator[Equation]:
    for section in part.sections:
        for block in section.blocks:
            if isinstance(block, Equations):
                for row in block.rows:
                    yield from row


def values(part: Part) -> dict[str, float | None]:
    """The value of every symbol of a step, by name."""
    return {one.symbol.name: one.value for one in equations(part) if not one.alternative}


def texts(part: Part) -> dict[str, str]:
    return {one.symbol.name: one.text for one in equations(part) if not one.alternative}


def calculate(formula: str, numbers: Mapping[str, float | None]) -> float:
    """Evaluate a printed formula, as a program outside would: names replaced, then plain arithmetic."""
    names = sorted(numbers, key=len, reverse=True)
    pattern = r"(?<!\w)(?:" + "|".join(map(re.escape, names)) + r")(?!\w)"
    found: list[float | None] = []

    def put(match: re.Match[str]) -> str:
        found.append(numbers[match.group()])
        return f"v[{len(found) - 1}]"

    source = re.sub(pattern, put, formula) if names else formula
    return float(eval(source.replace("^", "**"), {"__builtins__": {}, **FUNCTIONS}, {"v": found}))


def check_every_equation(document: Document) -> int:
    """Assert that each printed formula gives its printed value, by its text and by its tree."""
    checked = 0
    for part in document.parts:
        known = values(part)
        for equation in equations(part):
            if equation.body is None or equation.value is None:
                continue
            used = {symbol.name: known[symbol.name] for symbol in symbols(equation.body)}
            formula = MACHINE.write(equation.body)
            told = calculate(formula, used)
            where = f"{equation.symbol.name} = {formula}"
            assert math.isclose(told, equation.value, rel_tol=1e-9, abs_tol=1e-12), (
                where,
                told,
                equation.value,
            )
            assert math.isclose(evaluate(equation.body, known), told, rel_tol=1e-12, abs_tol=1e-14), where
            for stage in equation.stages:
                value = evaluate(stage, known)
                assert math.isclose(value, equation.value, rel_tol=1e-9, abs_tol=1e-12), where
            checked += 1
    return checked
