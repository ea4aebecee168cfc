"""The mistakes that have a name: each its sentence, and the changed trees that it makes of a line.

A mistake is a changed tree. What it comes to, alone or carried on from other numbers, is the tree's value.
"""

from perceptron_cli.answers.mistakes.backward import BACKWARD
from perceptron_cli.answers.mistakes.forward import FORWARD
from perceptron_cli.answers.mistakes.kinds import KINDS
from perceptron_cli.answers.mistakes.library import LIBRARY
from perceptron_cli.answers.mistakes.line import Line, Mistake
from perceptron_cli.answers.mistakes.loss import LOSS
from perceptron_cli.answers.mistakes.places import PLACES
from perceptron_cli.answers.mistakes.rule import RULE
from perceptron_cli.answers.mistakes.steps import STEPS
from perceptron_cli.answers.mistakes.update import UPDATE
from perceptron_cli.answers.mistakes.writing import ROUNDED, SHIFTED, SWAPPED, WRITING, swapped

_ALL = (
    *FORWARD,
    *KINDS,
    *STEPS,
    *PLACES,
    *LOSS,
    *BACKWARD,
    *UPDATE,
    *LIBRARY,
    *RULE,
    *WRITING,
    SWAPPED,
    ROUNDED,
)
MISTAKES: dict[str, Mistake] = {one.name: one for one in _ALL}

__all__ = ["MISTAKES", "ROUNDED", "SHIFTED", "SWAPPED", "Line", "Mistake", "swapped"]
