"""What kind of right or wrong each answered number is, in order of dependence.

Three numbers stand for every line: the right one, the one that the answers show, and the unrounded one
that whoever answered may have carried on. A line is worked out from any mixture of the last two: exact
up to some point and rounded from there on, or each time anew. Of a wrong number the unrounded one is known
only where a mistake tells it; else, and in what follows, it is any number that rounds to the answer.
"""

from __future__ import annotations

import math
from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeAlias

from perceptron_cli.answers.interval import Interval, bounds
from perceptron_cli.answers.mistakes import MISTAKES, Line, Mistake
from perceptron_cli.answers.numerals import Answer, usual_decimals
from perceptron_cli.expr import Expr, Sum, Symbol, evaluate, symbols
from perceptron_cli.record import record
from perceptron_cli.spec.records import Config
from perceptron_cli.trace.lines import Lines

# each kind of verdict and the points that it is worth: what follows from a mistake is not punished again
POINTS: Mapping[str, float] = {
    "right": 1.0,
    "rounding": 1.0,
    "follows": 1.0,
    "truncated": 0.5,
    "mistake": 0.0,
    "unexplained": 0.0,
}
MOST_CHANGES = 120  # that one mistake may make of a line
MOST_HIDDEN = 40  # unanswered lines behind an answer that are searched for a mistake
FAR = 20_000  # half units of the last digit; bounds that far apart hold nearly every number
VARIANTS = 3  # of a mistake made in every unanswered line


Sound: TypeAlias = tuple[str, tuple[str, ...]]  # a kind, and the wrong lines that it follows from


@record
class Verdict:
    """An answered line: what it should be, and what kind of right or wrong it is, a key of `POINTS`.

    `mistakes` are names of MISTAKES, several where they give the same number; `made_in` is the
    unanswered line where it was made, if not in this one. `because` are the earlier wrong lines that
    it follows from. `expected` is the right working of the answers' own earlier numbers.
    """

    symbol: Symbol
    answer: Answer
    value: float | None
    kind: str
    mistakes: tuple[str, ...] = ()
    made_in: str | None = None
    because: tuple[str, ...] = ()
    expected: float | None = None

    @property
    def name(self) -> str:
        return self.symbol.name

    @property
    def points(self) -> float:
        return POINTS[self.kind]

    @property
    def is_right(self) -> bool:
        """Whether nothing is wrong, rounding by hand apart."""
        return self.kind in ("right", "rounding")


def diagnose(config: Config, lines: Lines, answers: Mapping[str, Answer]) -> list[Verdict]:
    """Return the verdict of every answered line of a step, in order of dependence.

    `answers` has numbers by the names of `lines`; what is not answered is taken as worked out rightly.
    """
    return _Sheet(config, lines, answers).verdicts()


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
        return float(evaluate(body, values, result=lambda value: round(value, decimals)))
    except (ArithmeticError, ValueError, TypeError, KeyError):
        return math.nan


def near(one: float, other: float, half: float) -> bool:
    """Whether two numbers are the same to within half a unit, and the last bits of a float64."""
    return abs(one - other) <= half * (1 + 1e-9) + 1e-11 * abs(other) + 1e-15


def _truncates(value: float, shown: float, half: float) -> bool:
    """Whether cutting off the digits of `value`, not rounding, gives `shown`."""
    rest = abs(value) - abs(shown)
    return half > 0 and value * shown >= 0 and 0 < rest < 2 * half * (1 - 1e-9)


def _within(between: Interval | None, answer: float, half: float, most: float = math.inf) -> bool:
    """Whether an answer lies between bounds that are at most so far apart."""
    if between is None or between.high - between.low > most:
        return False
    return between.low - half <= answer <= between.high + half


class _Sheet:
    """The answers to one step, walked through once."""

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
            cut += _truncates(right, one.value, half) and not near(one.value, right, half)
        return 2 * up > cut

    # the walk ---------------------------------------------------------------------------------

    def verdicts(self) -> list[Verdict]:
        found: list[Verdict] = []
        for name in self.lines.equations:
            if len(found) == len(self.answers):
                break  # what comes after the last answer is nothing to judge
            if name in self.answers:
                verdict = self._judge(name)
                found.append(verdict)
                self._enter(verdict)
            elif self.trees[name]:
                self._carry(name)
        return found

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

    # one line ---------------------------------------------------------------------------------

    def _judge(self, name: str) -> Verdict:
        answer, right = self.answers[name], self.lines.values[name]
        symbol = self.lines.equations[name].symbol
        if right is not None and near(answer.value, right, self._half(name)):
            return Verdict(symbol, answer, right, "right", expected=right)
        if not self.trees[name] or right is None:
            return Verdict(symbol, answer, right, "unexplained")
        expected = value_of(self.trees[name][0], self.shown)
        sound = self._sound(name)
        if sound:
            kind, because = sound
            return Verdict(symbol, answer, right, kind, because=because, expected=expected)
        mistakes, made_in = self._named(name)
        kind = "mistake" if mistakes else "unexplained"
        return Verdict(symbol, answer, right, kind, mistakes, made_in, expected=expected)

    def _sound(self, name: str) -> Sound | None:
        """Return the verdict where the line's working is right: "rounding", "follows" or "truncated"."""
        if self.rounds or self._hidden(name) or self._is_unsure(name):
            return self._worked(name) or self._loosely(name) or self._truncated(name)
        return self._worked(name) or self._truncated(name) or self._loosely(name)

    def _worked(self, name: str) -> Sound | None:
        """Whether the line gives this number from the numbers before it, exact or as they are shown."""
        answer, half = self.answers[name].value, self._half(name)
        for body in (*self.trees[name], *self.stages[name]):
            if any(near(answer, value, half) for value in self._mixtures(body)):
                return self._followed(body)
        return None

    def _followed(self, body: Expr) -> Sound:
        roots = self._roots_of(body)
        return ("follows", roots) if roots else ("rounding", ())

    def _loosely(self, name: str) -> Sound | None:
        """Whether it may come from numbers that were rounded wherever they can be."""
        for body in self.trees[name]:
            if self._may_come_to(name, body, self.between):
                return self._followed(body)
            if self._roots_of(body) and self._may_come_to(name, body, self._rightly(body)):
                return "rounding", ()
        return None

    def _may_come_to(self, name: str, body: Expr, values: Mapping[str, Interval]) -> bool:
        """Whether an answer lies between the bounds of a tree, and that explains it.

        Bounds that are far apart hold nearly every number: a root that may be 0 was divided by. Where
        all before it is answered, and a mistake gives the number to the digit, it is rather that.
        """
        answer, half = self.answers[name].value, self._half(name)
        between = bounds(body, values, self.unit)
        if not _within(between, answer, half):
            return False
        if self._hidden(name) or _within(between, answer, half, FAR * self.unit):
            return True
        shown = {one.name: self._around(self.shown[one.name], 0.0) for one in symbols(body)}
        closely = _within(bounds(body, shown, self.unit), answer, half, FAR * self.unit)
        return closely or not self._in_line(name, strictly=True)

    def _rightly(self, body: Expr) -> dict[str, Interval]:
        """The right numbers that a tree is made from, rounded, whatever was answered."""
        names = (one.name for one in symbols(body))
        return {
            name: self._around(self.right[name], self.unit if self.trees[name] else 0.0) for name in names
        }

    def _truncated(self, name: str) -> Sound | None:
        answer, half = self.answers[name].value, self._half(name)
        if _truncates(self.right[name], answer, half):
            return "truncated", ()
        for body in self.trees[name]:
            if any(_truncates(value, answer, half) for value in self._mixtures(body)):
                return "truncated", self._roots_of(body)
        return None

    def _mixtures(self, body: Expr) -> Iterator[float]:
        """The values of a tree: of its first numbers the exact ones, of the others those that are shown."""
        known = self.place
        names = sorted({one.name for one in symbols(body) if one.name in known}, key=self.place.__getitem__)
        exact, shown = ({name: one[name] for name in names} for one in (self.exact, self.shown))
        differing = [name for name in names if exact[name] != shown[name]]
        for count in range(len(differing) + 1):
            yield value_of(body, exact | {name: shown[name] for name in differing[count:]}, self.usual)

    # mistakes ---------------------------------------------------------------------------------

    def _named(self, name: str) -> tuple[tuple[str, ...], str | None]:
        """Return the mistakes that give this number, and the unanswered line where they were made."""
        found = self._in_line(name, strictly=True) or self._in_line(name, strictly=False)
        if found:
            self._enter_wrong(name, [value for values in found.values() for value in values])
            return tuple(found), None
        hidden = self._hidden(name)
        return self._behind(name, hidden) if hidden else ((), None)

    def _enter_wrong(self, name: str, values: Sequence[float]) -> None:
        """Put down what a mistake came to before it was rounded, if all that may have been made agree."""
        answer, half = self.answers[name].value, self._half(name)
        self.exact[name] = values[0]
        if not near(values[0], answer, 20 * half):
            self._take_as_shown(name)
        elif not all(near(one, values[0], 0.0) for one in values):
            self.unsure.add(name)

    def _in_line(self, name: str, *, strictly: bool) -> dict[str, list[float]]:
        """Return the mistakes made in the line itself, each with the unrounded numbers of its changes."""
        answer, half = self.answers[name].value, self._half(name)
        gives = self._gives if strictly else self._may_give
        found = {
            mistake.name: [
                value_of(body, self.exact)
                for body in self._changes(mistake, name)
                if gives(body, answer, half)
            ]
            for mistake in MISTAKES.values()
        }
        return {mistake: values for mistake, values in found.items() if values}

    def _changes(self, mistake: Mistake, name: str) -> Iterator[Expr]:
        symbol = self.lines.equations[name].symbol
        for body in self.trees[name]:
            yield from islice(mistake.changes(Line(self.config, symbol, body)), MOST_CHANGES)

    def _gives(self, body: Expr, answer: float, half: float) -> bool:
        if near(answer, value_of(body, self.right), half):
            return True
        return any(near(answer, value, half) for value in self._mixtures(body))

    def _may_give(self, body: Expr, answer: float, half: float) -> bool:
        """The same with rounding on the way, where that leaves the number known well enough."""
        return _within(bounds(body, _Bounds(self.between, self), self.unit), answer, half, most=8 * half)

    # mistakes in lines that are not answered -----------------------------------------------------

    def _hidden(self, name: str) -> list[str]:
        """The unanswered lines that a line is made from through unanswered ones alone, nearest last."""
        found: set[str] = set()
        open_ = [name]
        while open_:
            for body in self.trees[open_.pop()]:
                for one in symbols(body):
                    hidden = one.name not in self.answers and one.name not in found
                    if hidden and self.trees.get(one.name):
                        found.add(one.name)
                        open_.append(one.name)
        return sorted(found, key=self.place.__getitem__)[-MOST_HIDDEN:]

    def _behind(self, name: str, hidden: Sequence[str]) -> tuple[tuple[str, ...], str | None]:
        """Search the unanswered lines, the nearest first, then all of them at once."""
        answer, half = self.answers[name].value, self._half(name)
        found: dict[str, tuple[str, dict[str, float]]] = {}
        for mistake in MISTAKES.values():
            for where, instead in self._plans(mistake, name, hidden):
                numbers = self._reached(name, hidden, instead, answer, half)
                if numbers is not None:
                    found[mistake.name] = where, numbers
                    break
        if not found:
            return (), None
        where, numbers = next(iter(found.values()))
        for one, value in numbers.items():
            self.exact[one] = value
            if one not in self.answers:
                self.shown[one] = value
                self.roots[one] = (name,)
                self.between[one] = self._around(value, self.unit)
        self._carry_anew(set(numbers))
        return tuple(found), where

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

    def _plans(
        self, mistake: Mistake, name: str, hidden: Sequence[str]
    ) -> Iterator[tuple[str, dict[str, Expr]]]:
        """The changed trees to try: one line's, then the same mistake in every line."""
        for one in reversed(hidden):
            for body in self._changes(mistake, one):
                yield one, {one: body}
        for variant in range(VARIANTS):
            instead = {}
            for one in (*hidden, name):
                changed = next(islice(self._changes(mistake, one), variant, None), None)
                if changed is not None:
                    instead[one] = changed
            if len(instead) > 1:
                yield next(iter(instead)), instead

    def _reached(
        self, name: str, hidden: Sequence[str], instead: Mapping[str, Expr], answer: float, half: float
    ) -> dict[str, float] | None:
        """Return the numbers on the way where changed trees give the answer, None where they do not."""
        for base in (self.exact, self.shown):
            numbers: dict[str, float] = {}
            values = ChainMap(numbers, base)
            for one in hidden:
                body = instead.get(one)
                if body is not None or any(used.name in numbers for used in symbols(self.trees[one][0])):
                    numbers[one] = value_of(body or self.trees[one][0], values)
            last = [instead[name]] if name in instead else self.trees[name]
            for body in last:
                value = value_of(body, values)
                if near(value, answer, half):
                    return numbers | {name: value}
        return None


class _Bounds(dict[str, Interval]):
    """Bounds by name, also of what stands only later in the step: an updated weight."""

    def __init__(self, known: Mapping[str, Interval], sheet: _Sheet) -> None:
        super().__init__(known)
        self.sheet = sheet

    def __missing__(self, name: str) -> Interval:
        if name not in self.sheet.place:
            raise KeyError(name)
        value = self.sheet.shown[name]
        return Interval(value - self.sheet.unit, value + self.sheet.unit, self.sheet.unit)


def first_wrong(verdicts: Iterable[Verdict]) -> Verdict | None:
    """Return the first line that is wrong, None where all are right."""
    return next((one for one in verdicts if not one.is_right), None)
