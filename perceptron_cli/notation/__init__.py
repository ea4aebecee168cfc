"""How trees and numbers are written: for machines, on a screen, in LaTeX."""

from typing import TYPE_CHECKING, Any

from perceptron_cli.notation.base import MACHINE, Notation
from perceptron_cli.notation.numbers import (
    ROUNDINGS,
    decimals_of,
    percent,
    round_shown,
    show,
    show_exact,
)
from perceptron_cli.notation.screen import Ascii, Unicode

if TYPE_CHECKING:
    from perceptron_cli.notation.latex import Latex

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


def __getattr__(name: str) -> Any:
    if name != "Latex":  # what is shown on a screen needs none
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from perceptron_cli.notation.latex import Latex

    return Latex
