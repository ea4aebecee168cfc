"""The quiz as a machine: a state and a typed line give the next state, and nothing else happens."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from perceptron_cli.answers import MISTAKES, Answer, Verdict, diagnose
from perceptron_cli.answers.verdict import POINTS
from perceptron_cli.document import Equation, Equations, Section
from perceptron_cli.exercises import asked
from perceptron_cli.exercises.dice import Dice
from perceptron_cli.expr import Expr, Naming, symbols
from perceptron_cli.notation import Notation
from perceptron_cli.quiz.arithmetic import typed
from perceptron_cli.records import record
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.neuron.given import given_section
from perceptron_cli.trace.step.lines import Lines

ORDERS = ("told", "random")
HINT, SKIP, LEAVE = ("?", "hint"), ("", "skip"), ("q", "quit")
WORTH = (1.0, 0.75, 0.5, 0.0)  # of the points, by the hints taken: formula, numbers, result
WRONG = ("mistake", "unexplained")
PRAISE = {
    "right": "Right.",
    "rounding": "Right but for rounding on the way.",
    "follows": "Right working from your earlier number; that mistake is not counted again.",
    "truncated": "Almost right: the digits were cut off instead of rounded.",
}


@record
class Quiz:
    """What is asked: the symbols in their order; `tries` is how many answers each may have.

    With `alone` each question brings the numbers that it is worked out from.
    """

    config: Config
    lines: Lines
    questions: tuple[str, ...]
    decimals: int = 4
    tries: int = 3
    alone: bool = False
    naming: Naming | None = None  # the names that the questions are written with

    def written(self, name: str) -> str:
        """Return a symbol as the questions write it."""
        return self._notation.symbol(self.lines.equations[name].symbol)

    @property
    def _notation(self) -> Notation:
        return Notation(naming=self.naming)

    @property
    def digest(self) -> str:
        """What another quiz does not have: its numbers, its questions, its rules."""
        given = [(name, one.text) for name, one in self.lines.equations.items() if one.body is None]
        told = repr((given, self.config, self.questions, self.decimals, self.tries))
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def formula(self, name: str) -> str:
        """Return a line in symbols."""
        return f"{self.written(name)} = {self._notation.write(self._body(name))}"

    def numbers(self, name: str) -> str:
        """Return a line with the shown numbers put in."""
        return f"{self.written(name)} = {self._notation.write(self._body(name), self._texts)}"

    def result(self, name: str) -> str:
        return f"{self.written(name)} = {self.lines.equations[name].text}"

    def sources(self, name: str) -> list[str]:
        """Return the worked-out numbers that a line is made from, as they are shown."""
        equations = self.lines.equations
        used = [equations[one.name] for one in symbols(self._body(name)) if one.name in equations]
        return [f"{self.written(one.symbol.name)} = {one.text}" for one in used if one.body is not None]

    def _body(self, name: str) -> Expr:
        body = self.lines.equations[name].body
        if body is None:
            raise KeyError(name)
        return body

    @property
    def _texts(self) -> dict[str, str]:
        blocks = (block for section in self.lines.part.sections for block in section.blocks)
        return dict(next(block.numbers for block in blocks if isinstance(block, Equations)))


@record
class Outcome:
    """A question that is settled; `kind` is a verdict's, or "coarse", "skipped" or "shown"."""

    symbol: str
    kind: str
    answer: Answer | None = None
    mistakes: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    hints: int = 0
    tries: int = 0

    @property
    def points(self) -> float:
        """A mistake that follows from an earlier one costs nothing; hints and second tries do."""
        return POINTS.get(self.kind, 0.0) * WORTH[self.hints] * 0.5 ** max(0, self.tries - 1)


@record
class State:
    """Where a quiz stands: what is settled, and of the open question its hints, its tries, its last answer.

    `said` is what the last line was answered with; `problem` why it was no answer.
    """

    outcomes: tuple[Outcome, ...] = ()
    hints: int = 0
    tries: int = 0
    last: Outcome | None = None
    said: tuple[str, ...] = ()
    problem: str | None = None
    left: bool = False

    def is_done(self, quiz: Quiz) -> bool:
        """Whether no question is left."""
        return self.left or len(self.outcomes) == len(quiz.questions)


def quiz(
    config: Config,
    lines: Lines,
    *,
    level: str = "everything",
    order: str = "told",
    seed: int = 0,
    count: int | None = None,
    decimals: int = 4,
    tries: int = 3,
) -> Quiz:
    """Return the quiz of a step: what a level asks for, the first `count` of it in one of ORDERS."""
    names = [one.symbol.name for one in _answerable(asked(lines, level))]
    if order == "random":
        names = Dice(seed, 0).several(names, len(names))
    return Quiz(config, lines, tuple(names[:count]), decimals, tries, order == "random")


def given(quiz: Quiz) -> tuple[Section, ...]:
    """Return what the questions are worked out from, to be shown before the first one."""
    if quiz.config.is_neuron:
        return (given_section(quiz.config),)
    return tuple(section for section in quiz.lines.part.sections if section.phase == "given")


def _answerable(equations: Iterable[Equation]) -> list[Equation]:
    return [one for one in equations if one.value is not None]


def question(quiz: Quiz, state: State) -> list[str]:
    """Return what is asked now, and what it is worked out from where the question stands alone."""
    place = len(state.outcomes)
    name = quiz.questions[place]
    told = [f"{place + 1} of {len(quiz.questions)}: {quiz.written(name)}"]
    sources = quiz.sources(name) if quiz.alone else []
    return [*told, f"from {', '.join(sources)}"] if sources else told


def reply(quiz: Quiz, state: State, line: str) -> State:
    """Return the state after a typed line: an answer, a hint asked for, a question left, the end."""
    word = line.strip()
    if state.is_done(quiz):
        return state
    if word.lower() in LEAVE:
        return replace(state, left=True, said=(), problem=None)
    if word.lower() in SKIP:
        return _skipped(quiz, state)
    if word.lower() in HINT:
        return _hinted(quiz, state)
    found = typed(word)
    if isinstance(found, str):
        return replace(state, said=(f"Not a number: {found}.",), problem=found)
    return _answered(quiz, state, found)


def replay(quiz: Quiz, lines: Sequence[str]) -> State:
    """Return the state that lines lead to, from the start."""
    state = State()
    for line in lines:
        state = reply(quiz, state, line)
    return state


def _skipped(quiz: Quiz, state: State) -> State:
    """Go on: with the wrong answer that was given last, or with none."""
    name = quiz.questions[len(state.outcomes)]
    left = Outcome(name, "shown" if state.hints == len(WORTH) - 1 else "skipped", hints=state.hints)
    return _settled(state, state.last or left, ())


def _hinted(quiz: Quiz, state: State) -> State:
    name = quiz.questions[len(state.outcomes)]
    told = (quiz.formula, quiz.numbers, quiz.result)
    hints = min(state.hints + 1, len(told))
    return replace(state, hints=hints, said=(told[hints - 1](name),), problem=None)


def _answered(quiz: Quiz, state: State, answer: Answer) -> State:
    name = quiz.questions[len(state.outcomes)]
    tries = state.tries + 1
    verdict = _judged(quiz, state, name, answer)
    if verdict is None:
        said = f"{answer.text} has too few digits: give {quiz.decimals} decimals."
        if quiz.tries > 1:
            return replace(state, said=(said,), problem=None)
        return _settled(state, Outcome(name, "coarse", answer, hints=state.hints, tries=tries), (said,))
    outcome = Outcome(name, verdict.kind, answer, verdict.mistakes, verdict.because, state.hints, tries)
    if verdict.kind not in WRONG:
        return _settled(state, outcome, (PRAISE[verdict.kind],))
    said_all = explained(verdict)
    if tries < quiz.tries:
        return replace(state, tries=tries, last=outcome, said=said_all, problem=None)
    return _settled(state, outcome, (*said_all, quiz.numbers(name), quiz.result(name)))


def _judged(quiz: Quiz, state: State, name: str, answer: Answer) -> Verdict | None:
    """Return the verdict; None where a number is right only because it shows so few digits."""
    known = {one.symbol: one.answer for one in state.outcomes if one.answer is not None}
    least = quiz.decimals - 1
    is_coarse = answer.decimals is not None and answer.decimals < least
    judged = replace(answer, decimals=least) if is_coarse else answer
    verdicts = diagnose(quiz.config, quiz.lines, {**known, name: judged})
    verdict = next(one for one in verdicts if one.name == name)
    if is_coarse and verdict.kind in WRONG:
        targets = [one for one in (verdict.value, verdict.expected) if one is not None]
        if any(abs(answer.value - one) <= answer.half(least) for one in targets):
            return None
    return verdict


def _settled(state: State, outcome: Outcome, said: tuple[str, ...]) -> State:
    return State((*state.outcomes, outcome), said=said)


def explained(verdict: Verdict) -> tuple[str, ...]:
    """Say what kind of wrong an answer is."""
    if verdict.kind != "mistake":
        return ("Wrong, and no known mistake gives this number.",)
    where = f" in {verdict.made_in}" if verdict.made_in else ""
    several = f" One of {len(verdict.mistakes)} mistakes:" if len(verdict.mistakes) > 1 else ""
    told = (f"{name}{where}: {MISTAKES[name].sentence}" for name in verdict.mistakes)
    return (f"Wrong.{several}", *told)
