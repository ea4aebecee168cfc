"""What else somebody may come to in a line: the formulas and the numbers that named mistakes give."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from perceptron_cli.answers.mistakes import MISTAKES, Line
from perceptron_cli.expr import Expr, symbols
from perceptron_cli.notation import MACHINE
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.step.lines import Lines

MOST_CHANGES = 20  # that one mistake makes of a line


def alternatives(config: Config, told: Lines, name: str) -> Iterator[tuple[str, Expr]]:
    """Yield the mistakes that have a name with the trees that they make of a line, each tree once."""
    equation = told.equations[name]
    if equation.body is None:
        return
    seen = {MACHINE.write(equation.body)}
    for mistake in MISTAKES.values():
        changes = mistake.trees(Line(config, equation.symbol, equation.body))
        for body in _known(islice(changes, MOST_CHANGES), told):
            formula = MACHINE.write(body)
            if formula not in seen:
                seen.add(formula)
                yield mistake.name, body


def _known(bodies: Iterable[Expr], told: Lines) -> Iterator[Expr]:
    """Yield the trees whose numbers the step has."""
    yield from (body for body in bodies if all(one.name in told.equations for one in symbols(body)))
