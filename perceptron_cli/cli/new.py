"""`nnstep new`: a config from questions, one at a time."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from perceptron_cli.cli.options import Output, shared
from perceptron_cli.errors import InputError, Problem

if TYPE_CHECKING:
    from perceptron_cli.interview import Interview, Question


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: nnstep new homework.yaml")(new)


@shared("force", "ascii", "quiet")
def new(
    file: Annotated[
        str, typer.Argument(metavar="[FILE]", help="The config to write, or - for stdout.")
    ] = "network.yaml",
    answers: Annotated[
        str | None,
        typer.Option(
            "--answers",
            metavar="FILE",
            help="Read the answers from a file, one a line, without a terminal.",
            show_default=False,
        ),
    ] = None,
    *,
    output: Output,
) -> None:
    """Make a config by answering questions.

    Weights are taken as a book has them: a pasted matrix, or w1 = 0.15, w2 = 0.20. An empty line takes
    the default in brackets, 'back' returns to the question before. The network is drawn as it grows.
    """
    from perceptron_cli.cli.stream import put, require_writable, say, write_whole
    from perceptron_cli.interview import config_text

    if file != "-":
        require_writable(file, force=output.force)
    if answers is None and not sys.stdin.isatty():
        raise InputError("new needs a terminal, and stdin is none", hint="--answers FILE has the answers")
    done = _at_the_terminal(output) if answers is None else _from_file(answers)
    text = config_text(done.found)
    if file == "-":
        put(text)
        return
    write_whole(file, text, force=output.force)
    if not output.quiet:
        say(f"wrote {file}; next: nnstep backprop {file}")


def _from_file(source: str) -> Interview:
    """Take the answers of a file, one a line. Raises InputError for one that does not fit, or is missing."""
    from perceptron_cli.interview import Interview
    from perceptron_cli.interview.numbers import Misfit
    from perceptron_cli.spec.source import read_file

    text, name, _ = read_file(source, "it has one answer on each line; - is stdin")
    interview, number = Interview(), 0
    for number, line in enumerate(text.splitlines(), start=1):
        question = interview.question
        if line.lstrip().startswith("#"):
            continue
        if question is None:
            raise InputError(Problem("expected no more answers, got another", file=name, line=number))
        try:
            interview = interview.answered(line)
        except Misfit as misfit:
            raise InputError(Problem(str(misfit), file=name, line=number, hint=question.text)) from None
    while (question := interview.question) is not None:
        if question.default is None:
            message = "expected one more answer, got none"
            raise InputError(Problem(message, file=name, line=number, hint=question.text))
        interview = interview.answered("")
    return interview


def _at_the_terminal(output: Output) -> Interview:
    """Ask until all is known."""
    from perceptron_cli.cli.stream import say
    from perceptron_cli.interview import BACK, Interview
    from perceptron_cli.interview.numbers import Misfit

    say("A network in a minute. An empty line takes the [default]; 'back' goes one question back.")
    interview = Interview()
    while (question := interview.question) is not None:
        text = _read(question)
        if text.strip().lower() in BACK:
            interview = interview.back()
            continue
        try:
            interview = interview.answered(text)
        except Misfit as misfit:
            say(f"  {misfit}")
            continue
        if question.key.startswith(("weights", "layout", "biases")):
            for line in _drawn(interview, output):
                say(line)
    return interview


def _read(question: Question) -> str:
    """Read an answer; numbers may be pasted over several lines until there are enough."""
    from perceptron_cli.cli.stream import say
    from perceptron_cli.interview.numbers import Misfit, numbers

    default = f" [{question.default}]" if question.default else f" (for example {question.example})"
    say(f"\n{question.text}{default}")
    lines = [_line()]
    while question.lines and lines[-1].strip():
        try:
            count = len(numbers("\n".join(lines)))
        except Misfit:
            break
        if count >= question.lines or count == 0:
            break
        lines.append(_line())
    return "\n".join(lines)


def _line() -> str:
    """Read a line. Raises KeyboardInterrupt where there are no more."""
    sys.stderr.write("> ")
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise KeyboardInterrupt
    return line.rstrip("\n")


def _drawn(interview: Interview, output: Output) -> Iterator[str]:
    """Draw the layers that are known."""
    from perceptron_cli import spec
    from perceptron_cli.cli.stream import screen_width
    from perceptron_cli.document import Drawing
    from perceptron_cli.errors import NnstepError
    from perceptron_cli.interview import config_text
    from perceptron_cli.render.drawing_text import picture_lines
    from perceptron_cli.trace.step.drawing import draw

    try:
        document = draw(spec.parse(config_text(interview.found)))
    except NnstepError:
        return
    blocks = (block for section in document.sections for block in section.blocks)
    for drawing in (block for block in blocks if isinstance(block, Drawing)):
        yield ""
        yield from picture_lines(drawing, screen_width(), unicode=not output.ascii) or ()
