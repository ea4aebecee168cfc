"""How much of a step is asked for: three levels, each with all that the one before asks."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from perceptron_cli.document import Equation, Equations, Part, Section
from perceptron_cli.expr import Symbol
from perceptron_cli.trace.step.lines import Lines

# level: the phases of a step whose results it asks for
LEVELS = {
    "activations": ("forward", "loss"),
    "gradients": ("forward", "loss", "gradients"),
    "everything": ("forward", "loss", "gradients", "updates"),
}


def sections_of(part: Part, level: str) -> Iterator[Section]:
    """Yield the sections of a step that a level asks for; every turn of a learning rule is asked."""
    of_rule = all(section.phase == "updates" for section in part.sections)
    yield from (section for section in part.sections if of_rule or section.phase in LEVELS[level])


def asked(step: Lines, level: str) -> tuple[Equation, ...]:
    """Return the lines of a step whose results a level asks for, in the order in which it is told.

    What nothing is made from is left out, as the factors of a long way beside its shortcut; a second
    way to a result is no second question.
    """
    blocks = (block for section in sections_of(step.part, level) for block in section.blocks)
    rows = (row for block in blocks if isinstance(block, Equations) for row in block.rows)
    used = {name for names in step.uses.values() for name in names}
    told = tuple(one for row in rows for one in row if _is_asked(one, used))
    if level == "activations":  # of a learning rule the net input and the output, no weights
        return tuple(one for one in told if not one.symbol.prime)
    return told


def _is_asked(equation: Equation, used: Collection[str]) -> bool:
    if equation.body is None or equation.alternative or is_carried(equation):
        return False
    return equation.symbol.prime or equation.symbol.name in used


def is_carried(equation: Equation) -> bool:
    """Whether a number is only taken over from the turn before."""
    return isinstance(equation.body, Symbol) and equation.body.prime
