"""How trees and numbers are written: for machines, on a screen, in LaTeX."""

from perceptron_cli.notation.base import MACHINE, Notation
from perceptron_cli.notation.latex import Latex
from perceptron_cli.notation.numbers import (
    ROUNDINGS,
    decimals_of,
    percent,
    round_shown,
    show,
    show_exact,
)
from perceptron_cli.notation.screen import Ascii, Unicode

__all__ = [
    "MACHINE",
    "ROUNDINGS",
    "Ascii",
    "Latex",
    "Notation",
    "Unicode",
    "decimals_of",
    "percent",
    "round_shown",
    "show",
    "show_exact",
]
