"""`nnstep quiz`: asks for a step's results, one by one. The terminal's part of it."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from perceptron_cli.cli.exercise import MOST_SEED, Level
from perceptron_cli.cli.options import REPORT, Config, Output, Overrides, Rate, require_one_stdin, shared
from perceptron_cli.errors import InputError, Problem

if TYPE_CHECKING:
    from perceptron_cli.quiz import Quiz, State

Order = Literal["told", "random"]  # quiz.ORDERS; a test compares them
KEYS = "An answer: -0.0214, -2.14e-2, 3/7, 0.3+0.2*0.5744. ? is a hint, Enter goes on, q leaves."
MOST_TRIES = 9


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: nnstep quiz mazur --level activations --resume mazur.json")(quiz)


@shared(*REPORT, "names")
def quiz(
    config: Config = "lecture",
    lr: Rate = None,
    level: Annotated[Level, typer.Option("--level", help="How much of the step is asked.")] = "everything",
    order: Annotated[
        Order,
        typer.Option("--order", help="told: in the order of the step. random: each question by itself."),
    ] = "told",
    seed: Annotated[
        int, typer.Option("--seed", min=0, max=MOST_SEED, help="The seed of the random order.")
    ] = 0,
    count: Annotated[
        int | None,
        typer.Option("--count", min=1, help="Ask at most this many questions.", show_default=False),
    ] = None,
    tries: Annotated[
        int | None,
        typer.Option(
            "--tries",
            min=1,
            max=MOST_TRIES,
            help="Attempts at each question. The default is 3, and 1 with --answers.",
            show_default=False,
        ),
    ] = None,
    resume: Annotated[
        str | None,
        typer.Option(
            "--resume",
            metavar="FILE",
            help="Save the quiz in this file after each answer, and continue from it.",
            show_default=False,
        ),
    ] = None,
    answers: Annotated[
        str | None,
        typer.Option(
            "--answers",
            metavar="FILE",
            help="Read the answers from a file, one a line, without a terminal.",
            show_default=False,
        ),
    ] = None,
    overrides: Overrides = None,
    *,
    output: Output,
) -> None:
    """Ask for the results of a step, and explain wrong answers.

    The questions go to stderr and the result to stdout. Hints come in steps. An answer that only
    follows from an earlier mistake is not counted again. The exit code is always 0; --json includes
    the score.
    """
    require_one_stdin(answers, config)
    if answers is None and not sys.stdin.isatty():
        raise InputError("quiz needs a terminal, and stdin is none", hint="--answers FILE has the answers")
    from perceptron_cli import quiz as quizzes
    from perceptron_cli import spec
    from perceptron_cli.cli.show import load, show
    from perceptron_cli.trace import View
    from perceptron_cli.trace.header import naming
    from perceptron_cli.trace.step.lines import lines

    loaded = load(config, overrides, {"--lr training.learning_rate": lr})
    view = View(output.decimals, limit=None, names=output.names)
    if loaded.is_neuron:
        from perceptron_cli.trace.neuron.lines import neuron_lines

        told = neuron_lines(loaded)
    else:
        spec.require_trainable(loaded)
        told = lines(loaded, view=view)
    found = quizzes.quiz(
        loaded,
        told,
        level=level,
        order=order,
        seed=seed,
        count=count,
        decimals=output.decimals,
        tries=tries or (3 if answers is None else 1),
    )
    session = _Session(replace(found, naming=naming(loaded, view)), resume)
    if answers is None:
        session.at_the_terminal(output)
    else:
        session.from_file(answers)
    show(quizzes.report(session.quiz, session.state, view), output)


class _Session:
    """A quiz as it goes: the lines so far, the state that they lead to, and the file that keeps them."""

    def __init__(self, quiz: Quiz, file: str | None) -> None:
        from perceptron_cli.quiz import replay, saved_lines
        from perceptron_cli.spec.source import read_file

        self.quiz = quiz
        self.file = file
        self.lines: list[str] = []
        if file is not None and os.path.exists(file):
            self.lines = saved_lines(read_file(file)[0], file, quiz)
        self.state: State = replay(quiz, self.lines)

    def take(self, line: str) -> None:
        """Take a line, and keep it."""
        from perceptron_cli.quiz import reply

        self.state = reply(self.quiz, self.state, line)
        if not self.state.left and self.state.problem is None:
            self.lines.append(line)
        self.keep()

    def keep(self) -> None:
        from perceptron_cli.cli.stream import write_whole
        from perceptron_cli.quiz import saved_text

        if self.file is not None:
            write_whole(self.file, saved_text(self.quiz, self.lines), force=True)

    def from_file(self, source: str) -> None:
        """Take the lines of a file. Raises InputError for one that is no answer, or too many."""
        from perceptron_cli.spec.source import read_file

        text, name, _ = read_file(source, "it has a line an answer; - is stdin")
        for number, line in enumerate(text.rstrip().split("\n") if text.strip() else [], start=1):
            if self.state.is_done(self.quiz):
                message = f"expected answers to {len(self.quiz.questions)} questions, and here are more"
                raise InputError(Problem(message, file=name, line=number))
            self.take(line)
            if self.state.problem is not None:
                raise InputError(Problem(self.state.problem, file=name, line=number))

    def at_the_terminal(self, output: Output) -> None:
        """Ask, until all is answered or the reader leaves."""
        from perceptron_cli.cli.stream import say
        from perceptron_cli.quiz import question

        self.keep()
        say(self._opening(output))
        try:
            while not self.state.is_done(self.quiz):
                for text in question(self.quiz, self.state):
                    say(f"\n{text}" if text[0].isdigit() else text)
                self._ask()
                for text in self.state.said:
                    say(f"  {text}")
        except KeyboardInterrupt:
            if self.file is not None:
                say(f"\nkept: --resume {self.file} goes on from here")
            raise
        say("")

    def _ask(self) -> None:
        sys.stderr.write("> ")
        sys.stderr.flush()
        line = sys.stdin.readline()
        self.take(line.rstrip("\n") if line else "q")

    def _opening(self, output: Output) -> str:
        """Return what is given, and how to answer."""
        from perceptron_cli import quiz as quizzes
        from perceptron_cli.cli.show import layout_of
        from perceptron_cli.document import Document
        from perceptron_cli.render import render

        given = quizzes.given(self.quiz)
        document = Document("quiz", f"{self.quiz.config.name}: a quiz", {}, (KEYS,), given, parts_key="")
        return str(render(document, "plain", layout_of(output))).rstrip("\n")
