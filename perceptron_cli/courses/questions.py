"""Questions: a line of a step each, its right number and tolerance, and the numbers of named mistakes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import escape

from perceptron_cli.answers import MISTAKES, Answer, answer, diagnose
from perceptron_cli.answers.alternatives import alternatives
from perceptron_cli.answers.interval import Interval, bounds
from perceptron_cli.courses.drawing import unanswered
from perceptron_cli.document import Document, Equation, Equations, Section
from perceptron_cli.exercises import Exercise, NeuronExercise, asked
from perceptron_cli.expr import symbols
from perceptron_cli.notation import Latex, decimals_of, show
from perceptron_cli.records import record
from perceptron_cli.render import Layout, render
from perceptron_cli.render.mathematics import block_lines
from perceptron_cli.render.text import prose, sentence
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.header import document as header
from perceptron_cli.trace.neuron.given import given_section
from perceptron_cli.trace.neuron.lines import neuron_lines
from perceptron_cli.trace.step.lines import Lines, finite_value
from perceptron_cli.trace.view import View

MOST_WRONG = 8  # numbers of mistakes that a question knows
MOST_OF_ONE = 2  # of them, of one mistake
LOOSE = 24  # half units of the last digit that rounding on the way may add up to


@record
class Wrong:
    """The number that a mistake gives, how far an answer may be from it, and what went wrong."""

    value: float
    tolerance: float
    mistake: str

    @property
    def sentence(self) -> str:
        """The mistake's name, and what it is."""
        return f"{self.mistake}: {MISTAKES[self.mistake].sentence}"


@record
class Question:
    """A line of a step: what is asked, in the symbols of LaTeX, and how it is worked out."""

    name: str
    latex: str
    value: float
    tolerance: float  # that rounding on the way needs
    wrong: tuple[Wrong, ...]
    working: tuple[str, ...]  # lines of an `aligned`
    section: str


@record
class Task:
    """One student's network, or neuron: what is given, its drawing as SVG, and the questions."""

    number: int
    title: str
    given: tuple[str, ...]  # HTML
    drawing: str
    questions: tuple[Question, ...]
    config: str


def tasks(
    exercises: Sequence[Exercise] | Sequence[NeuronExercise], level: str, decimals: int = 4
) -> Iterator[Task]:
    """Yield the questions of networks, as a level of `exercises.LEVELS` asks, or of rules: their cells."""
    for one in exercises:
        if isinstance(one, NeuronExercise):
            told = neuron_lines(one.config)
            yield _task(one.number, one.text, one.config, told, level, [], "", decimals)
        else:
            given = [section for section in one.lines.part.sections if section.phase == "given"]
            picture = _picture(one.config, decimals)
            yield _task(one.number, one.text, one.config, one.lines, level, given, picture, decimals)


def _picture(config: Config, decimals: int) -> str:
    """Return a network's drawing without what is asked for, as SVG."""
    drawn = unanswered(config, decimals)
    section = Section(drawn.title, "given", (drawn,))
    return str(render(Document("exercise", drawn.title, {}, sections=(section,), parts_key=""), "svg"))


def _task(
    number: int, text: str, config: Config, told: Lines, level: str, given: Sequence[Section], picture: str,
    decimals: int,
) -> Task:  # fmt: skip
    writer = _Writer(config, told, decimals)
    shown = [*writer.conventions(), *(line for section in given for line in writer.given(section))]
    if config.is_neuron:  # its rule says all
        shown = [f"<p>{_html(line)}</p>" for line in _table(given_section(config))]
    questions = tuple(writer.question(one) for one in asked(told, level))
    sizes = "-".join(map(str, config.sizes))
    what = f"a neuron, rule {config.training.rule}" if config.is_neuron else f"a {sizes} network"
    return Task(number, f"Exercise {number}: {what}", tuple(shown), picture, questions, text)


def _table(section: Section) -> Iterator[str]:
    """Yield what is given to a neuron as sentences."""
    document = Document("exercise", "", {}, sections=(section,), parts_key="")
    text = str(render(document, "plain", Layout(unicode=True)))
    yield from (line.strip() for line in text.splitlines() if line.strip())


def _html(text: str) -> str:
    return prose(text, lambda words: escape(words, quote=False))


class _Writer:
    def __init__(self, config: Config, told: Lines, decimals: int) -> None:
        self.config, self.told, self.decimals = config, told, decimals
        self.outputs = None if config.is_neuron else (len(config.layers), config.sizes[-1])
        self.document = Document("exercise", "", {}, outputs=self.outputs)
        self.sections = {
            one.symbol.name: section
            for section in told.part.sections
            for block in section.blocks
            if isinstance(block, Equations)
            for row in block.rows
            for one in row
        }
        unit = 0.5 * 10.0**-decimals
        self.unit = unit
        self.between: dict[str, Interval] = {}
        for name, equation in told.equations.items():
            value = equation.value if equation.value is not None else float("nan")
            exact = Interval(value, value, unit)
            found = None if equation.body is None else bounds(equation.body, self.between, unit)
            self.between[name] = exact if found is None or config.is_neuron else found

    def conventions(self) -> Iterator[str]:
        """Yield what is in force - activations, loss, learning rate - and how to round."""
        document = header("exercise", self.config, View(self.decimals), (), trained=True)
        notation = Latex(outputs=self.outputs)
        for line in document.conventions[:-1]:
            yield f"<p>{sentence(line, notation, _html, inline)}</p>"
        yield f"<p>Round to {self.decimals} decimals, a small number to three significant digits.</p>"

    def given(self, section: Section) -> Iterator[str]:
        """Yield what is given as displayed formulas."""
        for block in section.blocks:
            if isinstance(block, Equations):
                lines = list(block_lines(self.document, section, replace(block, grid=None), Layout()))
                yield f"<p>{display(lines)}</p>"

    def question(self, equation: Equation) -> Question:
        section = self.sections[equation.symbol.name]
        notation = Latex(sample=section.sample, outputs=self.outputs)
        value = equation.value or 0.0
        block = Equations(((equation,),), self.told.numbers)
        lines = tuple(block_lines(self.document, section, block, Layout()))
        tolerance = self._tolerance(equation)
        wrong = tuple(self._wrong(equation, tolerance))
        name = equation.symbol.name
        return Question(name, notation.symbol(equation.symbol), value, tolerance, wrong, lines, section.title)

    def _half(self, value: float) -> float:
        """Half a unit of the last digit that a number is shown with."""
        text = show(value, self.decimals)
        places = decimals_of(text) if "e" not in text else 0
        return 0.5 * 10.0 ** -max(places, self.decimals) if places or value == 0 else self.unit

    def _tolerance(self, equation: Equation) -> float:
        """How far an answer may be that was rounded wherever it can be, within reason."""
        value, between = equation.value or 0.0, self.between[equation.symbol.name]
        half = self._half(value)
        if self.config.is_neuron:
            return half
        spread = max(between.high - value, value - between.low)
        return min(spread + half, LOOSE * half) if spread >= 0 else half

    def _wrong(self, equation: Equation, tolerance: float) -> Iterator[Wrong]:
        """Yield the numbers of mistakes that an answer can be told from, the first mistake of each."""
        value = equation.value or 0.0
        found: Counter[str] = Counter()
        taken = [(value, tolerance)]
        for mistake, body in alternatives(self.config, self.told, equation.symbol.name):
            other = finite_value(body, self.told.values)
            if other is None or found[mistake] == MOST_OF_ONE:
                continue
            half = 1.02 * self._half(other)
            if any(abs(other - known) <= half + room for known, room in taken):
                continue
            if not self._is_named(equation, show(other, self.decimals), mistake):
                continue
            taken.append((other, half))
            yield Wrong(other, half, mistake)
            found[mistake] += 1
            if found.total() == MOST_WRONG:
                return

    def _is_named(self, equation: Equation, text: str, mistake: str) -> bool:
        """Whether `nnstep check` names the mistake where all before the line is right."""
        typed = answer(text)
        if typed is None or equation.body is None:
            return False
        used = [one.name for one in symbols(equation.body)]
        right: dict[str, Answer] = {}
        for name in used:
            known = self.told.equations[name]
            shown = answer(known.text) if known.body is not None else None
            if shown is not None:
                right[name] = shown
        name = equation.symbol.name
        verdicts = {one.name: one for one in diagnose(self.config, self.told, {**right, name: typed})}
        return verdicts[name].kind == "mistake" and mistake in verdicts[name].mistakes


def inline(latex: str) -> str:
    """Return LaTeX for a place in a sentence, in the delimiters that MathJax takes everywhere."""
    return rf"\({escape(latex, quote=False)}\)"


def display(lines: Sequence[str]) -> str:
    """Return lines of LaTeX as one display, in the delimiters that MathJax takes everywhere."""
    inside = escape(" \\\\ ".join(lines), quote=False)
    return rf"\[\begin{{aligned}}{inside}\end{{aligned}}\]"


def number(value: float) -> str:
    """Return a number for a quiz: ten digits, which no tolerance comes near."""
    return f"{value:.10g}"


def room(value: float) -> str:
    """Return a tolerance: four digits, rounded up."""
    return f"{value * 1.002:.4g}"
