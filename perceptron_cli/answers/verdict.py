"""What is said of one answered line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from perceptron_cli.answers.numerals import Answer
from perceptron_cli.answers.working.slips import Slip
from perceptron_cli.expr import Expr, Symbol
from perceptron_cli.records import record

# each kind of verdict and the points that it is worth: what follows from a mistake is not punished again
POINTS: Mapping[str, float] = {
    "right": 1.0,
    "rounding": 1.0,
    "follows": 1.0,
    "truncated": 0.5,
    "mistake": 0.0,
    "slip": 0.0,
    "repeated": 1.0,
    "unexplained": 0.0,
}


@record
class Verdict:
    """An answered line: what it should be, and what kind of right or wrong it is, a key of `POINTS`.

    `mistakes` are names of MISTAKES, several where they give the same number; `made_in` is the
    unanswered line where it was made, if not in this one. `because` are the earlier wrong lines that
    it follows from, or the line where a repeated mistake was made first. `expected` is the right
    working of the answers' own earlier numbers.
    """

    symbol: Symbol
    answer: Answer
    value: float | None
    kind: str
    mistakes: tuple[str, ...] = ()
    made_in: str | None = None
    because: tuple[str, ...] = ()
    expected: float | None = None
    slip: Slip | None = None  # in its working
    done: Expr | None = None  # the tree that gives the answer, where a mistake has one
    change: str | None = None  # one small change that gives the answer, in a sentence
    worth: float | None = None  # points, where they are not those of POINTS

    @property
    def name(self) -> str:
        """The symbol of the answered line."""
        return self.symbol.name

    @property
    def points(self) -> float:
        """What it is worth, by `POINTS`: 1 for right and for right working, 0 for wrong."""
        return POINTS[self.kind] if self.worth is None else self.worth

    @property
    def is_right(self) -> bool:
        """Whether nothing is wrong, rounding by hand apart."""
        return self.kind in ("right", "rounding")


def first_wrong(verdicts: Iterable[Verdict]) -> Verdict | None:
    """Return the first line that is wrong, None where all are right."""
    return next((one for one in verdicts if not one.is_right), None)
