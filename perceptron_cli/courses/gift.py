"""GIFT, which Moodle and others import: a numerical question a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from perceptron_cli.courses.questions import Question, Task, display, inline, number, room
from perceptron_cli.render.text import prose


def gift(tasks: Iterable[Task], category: str) -> str:
    """Return the questions as GIFT."""
    lines = [f"$CATEGORY: $course$/top/{category}", ""]
    for task in tasks:
        for question in task.questions:
            lines += [*_question(task, question), ""]
    return "\n".join(lines)


def _question(task: Task, question: Question) -> Iterator[str]:
    text = "".join(task.given) + f"<p>{escape(question.section)}: what is {inline(question.latex)}?</p>"
    yield f"::{_escaped(f'{task.title}: {question.name}')}::[html]{_escaped(text)}{{#"
    yield f"={number(question.value)}:{room(question.tolerance)}#Right."
    for one in question.wrong:
        told = prose(one.sentence, lambda words: escape(words, quote=False))
        yield f"=%0%{number(one.value)}:{room(one.tolerance)}#{_escaped(told)}"
    yield f"####{_escaped(display(question.working))}"
    yield "}"


def _escaped(text: str) -> str:
    """Put a backslash before what GIFT may take for its own."""
    told = text.replace("\\", "\\\\").replace("\n", " ")
    for sign in "~=#{}:":
        told = told.replace(sign, f"\\{sign}")
    return told
