"""How numbers are shown, and how many of them."""

from __future__ import annotations

from collections.abc import Sequence

from perceptron_cli.expr import Expr, Result, Sum
from perceptron_cli.notation import decimals_of
from perceptron_cli.records import record

ARITHMETICS = ("float", "hand", "both")
FORMS = ("scalar", "matrix")
UNDEFINED = "undefined"


@record
class View:
    """How numbers are shown; `limit` is the longest list that is shown whole, None for no limit.

    `input_gradients` also tells dL/da[0]_i, the gradient at each input, which no update needs.
    """

    decimals: int = 4
    arithmetic: str = "float"
    rounding: str = "half-up"
    limit: int | None = 8
    few: int = 3  # how many of a longer list are shown
    form: str = "scalar"  # one of FORMS
    input_gradients: bool = False
    names: str | None = None  # the dialect that symbols are written in

    def shown(self, count: int) -> int:
        """Return how many of `count` things are shown."""
        return count if self.limit is None or count <= self.limit else self.few


def decimals_of_terms(stages: Sequence[Expr]) -> int:
    """A sum that was worked out term by term keeps the decimals of its terms (lecture, step 6)."""
    if not stages or not isinstance(stages[-1], Sum):
        return 0
    terms = stages[-1].terms
    if not all(isinstance(term, Result) for term in terms):
        return 0
    return max((decimals_of(term.text) for term in terms if isinstance(term, Result)), default=0)
