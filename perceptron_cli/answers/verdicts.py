"""What kind of right or wrong each answered number is, in order of dependence.

A line is worked out from any mixture of the numbers that the answers show and those that may have been
carried on: exact up to some point and rounded from there on, or each time anew.
"""

from __future__ import annotations

import math
from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeAlias

from perceptron_cli.answers.interval import Interval, bounds
from perceptron_cli.answers.mistakes import MISTAKES, ROUNDED, SHIFTED, SWAPPED, Line, Mistake, swapped
from perceptron_cli.answers.mistakes.one_change import Change, at_hand, one_change
from perceptron_cli.answers.numerals import Answer, usual_decimals
from perceptron_cli.answers.sheet import Sheet, near, truncates, value_of, within
from perceptron_cli.answers.verdict import Verdict
from perceptron_cli.expr import Call, Expr, each, symbols
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.step.lines import Lines

MOST_CHANGES = 120  # that one mistake may make of a line
MOST_HIDDEN = 40  # unanswered lines behind an answer that are searched for a mistake
FAR = 20_000  # half units of the last digit; bounds that far apart hold nearly every number
LOOSE = 24  # half units of the last digit that rounding on the way may leave open in a mistake
MOST_AT_HAND = 60  # numbers before a line that one of it may have been taken for
VARIANTS = 3  # of a mistake made in every unanswered line

Sound: TypeAlias = tuple[str, tuple[str, ...]]  # a kind, and the wrong lines that it follows from


def diagnose(config: Config, lines: Lines, answers: Mapping[str, Answer]) -> list[Verdict]:
    """Return the verdict of every answered line of a step, in order of dependence.

    `answers` has numbers by the names of `lines`; what is not answered is taken as worked out rightly.
    """
    right = _all_right(lines, answers)
    if right is not None:
        return right
    return _Diagnosis(config, lines, answers).verdicts()


def _all_right(lines: Lines, answers: Mapping[str, Answer]) -> list[Verdict] | None:
    """Return the verdicts where every answer is right, which asks for no line's working; else None."""
    values = {name: lines.values[name] for name in answers}
    known = {name: math.nan if value is None else value for name, value in values.items()}
    pairs = [(one, known[name]) for name, one in answers.items()]
    inexact = [(one, value) for one, value in pairs if not near(one.value, value, 0.0)]
    usual = usual_decimals([one for one, _ in inexact])
    if not all(near(one.value, value, one.half(usual)) for one, value in inexact):
        return None
    return [
        Verdict(lines.symbol(name), answers[name], known[name], "right", expected=known[name])
        for name in lines.equations
        if name in answers
    ]


class _Diagnosis(Sheet):
    """The answers to one step, walked through once."""

    def __init__(self, config: Config, lines: Lines, answers: Mapping[str, Answer]) -> None:
        super().__init__(config, lines, answers)
        self.done: dict[str, Expr] = {}  # the changed trees that gave answers

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

    # one line ---------------------------------------------------------------------------------

    def _judge(self, name: str) -> Verdict:
        answer, right = self.answers[name], self.lines.values[name]
        symbol = self.lines.symbol(name)
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
        if mistakes:
            done = self.done.get(name)
            return Verdict(symbol, answer, right, "mistake", mistakes, made_in, expected=expected, done=done)
        change = self._one_change(name)
        if change is None:
            return Verdict(symbol, answer, right, "unexplained", expected=expected)
        return Verdict(
            symbol, answer, right, "unexplained", expected=expected, done=change.body, change=change.sentence
        )

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
        if not within(between, answer, half) or self._is_step(body):
            return False
        if self._hidden(name) or within(between, answer, half, FAR * self.unit):
            return True
        shown = {one.name: self._around(self.shown[one.name], 0.0) for one in symbols(body)}
        closely = within(bounds(body, shown, self.unit), answer, half, FAR * self.unit)
        return closely or not self._in_line(name, strictly=True)

    def _is_step(self, body: Expr) -> bool:
        """Whether a tree is a step of decimals, which are at the threshold or are not: nothing is rounded."""
        return any(isinstance(one, Call) and one.function == "step" for one in each(body))

    def _rightly(self, body: Expr) -> dict[str, Interval]:
        """The right numbers that a tree is made from, rounded, whatever was answered."""
        names = (one.name for one in symbols(body))
        return {
            name: self._around(self.right[name], self.unit if self.trees[name] else 0.0) for name in names
        }

    def _truncated(self, name: str) -> Sound | None:
        answer, half = self.answers[name].value, self._half(name)
        if truncates(self.right[name], answer, half):
            return "truncated", ()
        for body in self.trees[name]:
            if any(truncates(value, answer, half) for value in self._mixtures(body)):
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
        written = self._in_writing(name)
        found = self._in_line(name, strictly=True)
        if written and not found:
            self._take_as_shown(name)
            return written, None
        found = found or self._in_line(name, strictly=False)
        if found:
            self._enter_wrong(name, [value for values in found.values() for value in values])
            return (*found, *written), None
        hidden = self._hidden(name)
        mistakes, made_in = self._behind(name, hidden) if hidden else ((), None)
        return (mistakes, made_in) if mistakes else (self._too_early(name), None)

    def _in_writing(self, name: str) -> tuple[str, ...]:
        """Whether the right number has two digits in each other's place."""
        answer = self.answers[name]
        decimals = answer.decimals if answer.decimals is not None else self.usual
        if decimals < 1:
            return ()
        values = [self.right[name], *(value_of(body, self.shown) for body in self.trees[name])]
        texts = {f"{value:.{decimals}f}" for value in values if math.isfinite(value)}
        swaps = (float(other) for text in texts for other in swapped(text))
        if any(near(answer.value, one, 0.0) for one in swaps):
            return (SWAPPED.name,)
        return (SHIFTED.name,) if self._is_shifted(name) else ()

    def _is_shifted(self, name: str) -> bool:
        """Whether the number may come of the right working, rounded on the way, but for its decimal point."""
        answer, half = self.answers[name].value, self._half(name)
        known = _Bounds(self.between, self)
        for body in self.trees[name]:
            between = bounds(body, known, self.unit)
            for factor in (10.0, 0.1, 100.0, 0.01):
                if within(between, answer / factor, max(half / factor, self.unit), most=8 * self.unit):
                    return abs(answer) > 20 * half
        return False

    def _too_early(self, name: str) -> tuple[str, ...]:
        """Whether the number comes from numbers with fewer decimals than the sheet shows."""
        answer, half = self.answers[name].value, self._half(name)
        for body in self.trees[name]:
            used = [one.name for one in symbols(body) if self.trees.get(one.name)]
            for decimals in range(1, self.usual):
                rounded = {one: round(self.shown[one], decimals) for one in used}
                if used and near(value_of(body, ChainMap(rounded, self.shown)), answer, half):
                    return (ROUNDED.name,)
        return ()

    def _one_change(self, name: str) -> Change | None:
        """Return the one small change of the line that gives the answer, where chance is no explanation."""
        place = self.place[name]
        before = [one for one in self.lines.equations if self.place[one] < place]
        known = {one: self.shown[one] for one in before[-MOST_AT_HAND:]}
        return one_change(
            self.trees[name][0],
            at_hand(known, list(known)),
            lambda one: self.lines.equations[one].symbol,
            lambda body: value_of(body, self.shown),
            self.answers[name].value,
            self._half(name),
        )

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
                if gives(body, answer, half) and self._did(name, body)
            ]
            for mistake in MISTAKES.values()
        }
        return {mistake: values for mistake, values in found.items() if values}

    def _did(self, name: str, body: Expr) -> bool:
        """Keep the first tree that gives an answer, to be shown."""
        self.done.setdefault(name, body)
        return True

    def _changes(self, mistake: Mistake, name: str) -> Iterator[Expr]:
        symbol = self.lines.equations[name].symbol
        for body in self.trees[name]:
            yield from islice(mistake.trees(Line(self.config, symbol, body)), MOST_CHANGES)

    def _gives(self, body: Expr, answer: float, half: float) -> bool:
        if near(answer, value_of(body, self.right), half):
            return True
        return any(near(answer, value, half) for value in self._mixtures(body))

    def _may_give(self, body: Expr, answer: float, half: float) -> bool:
        """The same with rounding on the way, where that leaves the number known well enough."""
        most = LOOSE * half
        return within(bounds(body, _Bounds(self.between, self), self.unit), answer, half, most=most)

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

    def __init__(self, known: Mapping[str, Interval], sheet: Sheet) -> None:
        super().__init__(known)
        self.sheet = sheet

    def __missing__(self, name: str) -> Interval:
        if name not in self.sheet.place:
            raise KeyError(name)
        value = self.sheet.shown[name]
        return Interval(value - self.sheet.unit, value + self.sheet.unit, self.sheet.unit)
