"""The numbers that stand for each line of an answered step.

They are three: the right one, the one that the answers show, and the unrounded one that whoever answered
may have carried on. Of a wrong number the unrounded one is known only where a mistake tells it; else, and
in what follows, it is any number that rounds to the answer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from perceptron_cli.answers.interval import Interval, bounds
from perceptron_cli.answers.numerals import Answer, usual_decimals
from perceptron_cli.answers.verdict import Verdict
from perceptron_cli.expr import AS_DECIMALS, Expr, Sum, evaluate, symbols
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.step.lines import Lines


class _Numbers(dict[str, float]):
    """Values by name; one that is not known yet is worked out from its line. nan where there is none."""

    def __init__(self, trees: Mapping[str, Sequence[Expr]], known: Mapping[str, float]) -> None:
        super().__init__(known)
        self.trees = trees

    def __missing__(self, name: str) -> float:
        return self.setdefault(name, value_of(self.trees[name][0], self))


def value_of(body: Expr, values: Mapping[str, float], decimals: int = 15) -> float:
    """Return a tree's value, nan where it has none; what is worked out on the way has so many decimals."""
    try:
        return float(
            evaluate(body, values, functions=AS_DECIMALS, result=lambda value: round(value, decimals))
        )
    except (ArithmeticError, ValueError, TypeError, KeyError):
        return math.nan


def near(one: float, other: float, half: float) -> bool:
    """Whether two numbers are the same to within half a unit, and the last bits of a float64."""
    return abs(one - other) <= half * (1 + 1e-9) + 1e-11 * abs(other) + 1e-15


def truncates(value: float, shown: float, half: float) -> bool:
    """Whether cutting off the digits of `value`, not rounding, gives `shown`."""
    rest = abs(value) - abs(shown)
    return half > 0 and value * shown >= 0 and 0 < rest < 2 * half * (1 - 1e-9)


def within(between: Interval | None, answer: float, half: float, most: float = math.inf) -> bool:
    """Whether an answer lies between bounds that are at most so far apart."""
    if between is None or between.high - between.low > most:
        return False
    return between.low - half <= answer <= between.high + half


class Sheet:
    """The answers to one step, and what is known of each line up to where they are walked through."""

    def __init__(self, config: Config, lines: Lines, answers: Mapping[str, Answer]) -> None:
        self.config, self.lines, self.answers = config, lines, answers
        equations = lines.equations
        self.trees = {
            name: [one.body for one in (equation, lines.alternatives.get(name)) if one and one.body]
            for name, equation in equations.items()
        }
        self.stages = {name: one.stages for name, one in equations.items()}
        self.place = {name: place for place, name in enumerate(equations)}
        given = {name: one.value or 0.0 for name, one in equations.items() if one.body is None}
        self.right = {name: math.nan if value is None else value for name, value in lines.values.items()}
        inexact = [one for name, one in answers.items() if not near(one.value, self.right[name], 0.0)]
        self.usual = usual_decimals(inexact)  # 0.3 may be all there is of a number
        self.rounds = self._rounds()
        self.exact = _Numbers(self.trees, given)
        self.shown = _Numbers(self.trees, given | {name: one.value for name, one in answers.items()})
        self.between = {name: self._around(value, 0.0) for name, value in given.items()}
        self.roots: dict[str, tuple[str, ...]] = {}  # of each line: the wrong ones that it follows from
        self.unsure: set[str] = set()  # the lines of which only the rounded number is known

    @property
    def unit(self) -> float:
        return 0.5 * 10.0**-self.usual

    def _around(self, value: float, half: float) -> Interval:
        return Interval(value - half, value + half, self.unit)

    def _rounds(self) -> bool:
        """Whether answers are rounded up, not only cut off: then products may be rounded on the way too."""
        up = cut = 0
        for name, one in self.answers.items():
            right, half = self.right[name], self._half(name)
            up += near(one.value, right, half) and abs(one.value) > abs(right) + 1e-11 * abs(right)
            cut += truncates(right, one.value, half) and not near(one.value, right, half)
        return 2 * up > cut

    # what is carried on ------------------------------------------------------------------------

    def _carry(self, name: str) -> None:
        """Take an unanswered line as worked out rightly from the numbers before it."""
        body = self.trees[name][0]
        self.roots.setdefault(name, self._roots_of(body))
        self._pass_on(name)
        value = self.exact[name]
        between = bounds(body, self.between, self.unit)
        if between is None or not math.isfinite(value):
            between = self._around(self.shown[name], self.unit)
        elif isinstance(body, Sum):  # its terms are rounded; it is itself, too
            between = Interval(between.low - self.unit, between.high + self.unit, self.unit)
        self.between[name] = self._with(between, value, self.shown[name])

    def _with(self, between: Interval, *values: float) -> Interval:
        known = [value for value in values if math.isfinite(value)]
        return Interval(min([between.low, *known]), max([between.high, *known]), self.unit)

    def _enter(self, verdict: Verdict) -> None:
        """Put down what is carried on from a line that has its verdict."""
        name, answer, half = verdict.name, verdict.answer.value, self._half(verdict.name)
        is_fault = verdict.kind in ("mistake", "unexplained")
        self.roots[name] = (name,) if is_fault else verdict.because
        if verdict.kind == "right":
            self._enter_right(name, answer, half)
        elif verdict.kind == "unexplained" or not (is_fault or near(self.exact[name], answer, 100 * half)):
            self._take_as_shown(name)
        known = [self.exact[name]]
        if self.trees[name] and not is_fault:
            known.append(value_of(self.trees[name][0], self.shown))
            self._pass_on(name)
        around = self._around(answer, half if name in self.unsure else 0.0)
        self.between[name] = self._with(around, *known)

    def _take_as_shown(self, name: str) -> None:
        """Take an answer as it is written; what it was before it was rounded nothing tells."""
        self.exact[name] = self.answers[name].value
        if self.trees[name]:
            self.unsure.add(name)

    def _enter_right(self, name: str, answer: float, half: float) -> None:
        """A right number may still come from a wrong one that hardly moves it; then that is carried on."""
        if near(self.exact[name], answer, half):
            self.roots[name] = self._roots_of(self.trees[name][0]) if self.trees[name] else ()
        else:
            self.exact[name] = self.right[name]

    def _pass_on(self, name: str) -> None:
        """What is made from a number that is not known to its last digit is not either."""
        if self._is_unsure(name):
            self.unsure.add(name)

    def _is_unsure(self, name: str) -> bool:
        """Whether a line is made from numbers of which only the rounded ones are known."""
        return any(one.name in self.unsure for one in symbols(self.trees[name][0]))

    def _half(self, name: str) -> float:
        return self.answers[name].half(self.usual)

    def _roots_of(self, body: Expr) -> tuple[str, ...]:
        found = [root for one in symbols(body) for root in self.roots.get(one.name, ())]
        return tuple(sorted(set(found), key=self.place.__getitem__))

    def _carry_anew(self, changed: set[str]) -> None:
        """Work out again the unanswered lines that are made from changed ones, where they were already."""
        for name, trees in self.trees.items():
            made = any(one.name in changed for body in trees[:1] for one in symbols(body))
            if made and name not in self.answers and name not in changed:
                changed.add(name)
                for values in (self.exact, self.shown, self.roots):
                    values.pop(name, None)
                if self.between.pop(name, None):
                    self._carry(name)
