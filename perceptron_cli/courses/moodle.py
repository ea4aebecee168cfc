"""Moodle XML: a cloze question a network, or a numerical question a line.

The syntax of cloze is that of Moodle's question/type/multianswer, the elements those of question/format/xml.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator
from html import escape
from itertools import groupby

from perceptron_cli.courses.questions import Question, Task, display, inline, number, room
from perceptron_cli.render.text import prose

OTHER = "Not right. Look at the formula, and at the numbers that it takes."


def moodle(tasks: Iterable[Task], category: str, *, single: bool = False) -> str:
    """Return an import file: every task in one category, from which a quiz may pick at random."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<quiz>", *_category(category)]
    for task in tasks:
        if single:
            lines += _category(f"{category}/{task.title}")
            for question in task.questions:
                lines += _numerical(task, question)
        else:
            lines += _cloze(task)
    return "\n".join([*lines, "</quiz>"]) + "\n"


def _category(path: str) -> list[str]:
    told = escape(f"$course$/top/{path}", quote=False)
    return ['<question type="category">', f"<category><text>{told}</text></category>", "</question>"]


def _cloze(task: Task) -> Iterator[str]:
    body = [*_shown(task)]
    for section, questions in groupby(task.questions, key=lambda one: one.section):
        body.append(f"<h4>{_html(section)}</h4>")
        body += [f"<p>{inline(one.latex)} = {_field(one)}</p>" for one in questions]
    feedback = [display([line for one in task.questions for line in one.working])]
    yield '<question type="cloze">'
    yield from _common(task.title, body, feedback, task)
    yield "</question>"


def _numerical(task: Task, question: Question) -> Iterator[str]:
    body = [*_shown(task), f"<p>{_html(question.section)}: what is {inline(question.latex)}?</p>"]
    yield '<question type="numerical">'
    yield from _common(f"{task.title}: {question.name}", body, [display(question.working)], task)
    yield from _answer("100", number(question.value), room(question.tolerance), "Right.")
    for one in question.wrong:
        yield from _answer("0", number(one.value), room(one.tolerance), one.sentence)
    yield from _answer("0", "*", "0", OTHER)
    yield "<unitgradingtype>0</unitgradingtype><unitpenalty>0</unitpenalty><showunits>3</showunits>"
    yield "</question>"


def _shown(task: Task) -> Iterator[str]:
    if task.drawing:
        yield '<p><img src="@@PLUGINFILE@@/network.svg" alt="the network"></p>'
    yield from task.given


def _common(name: str, body: Iterable[str], feedback: Iterable[str], task: Task) -> Iterator[str]:
    yield f"<name><text>{escape(name, quote=False)}</text></name>"
    yield f'<questiontext format="html"><text>{_data(body)}</text>'
    if task.drawing:
        picture = b64encode(task.drawing.encode()).decode()
        yield f'<file name="network.svg" path="/" encoding="base64">{picture}</file>'
    yield "</questiontext>"
    yield f'<generalfeedback format="html"><text>{_data(feedback)}</text></generalfeedback>'
    yield "<penalty>0.3333333</penalty><hidden>0</hidden><idnumber></idnumber>"


def _answer(fraction: str, text: str, tolerance: str, feedback: str) -> Iterator[str]:
    yield f'<answer fraction="{fraction}" format="moodle_auto_format"><text>{text}</text>'
    yield f"<tolerance>{tolerance}</tolerance>"
    yield f'<feedback format="html"><text>{_data([_html(feedback)])}</text></feedback></answer>'


def _field(question: Question) -> str:
    """Return a line's field: its right number, and those of mistakes with what they say."""
    fields = [f"={number(question.value)}:{room(question.tolerance)}#Right."]
    fields += [
        f"%0%{number(one.value)}:{room(one.tolerance)}#{_cloze_text(one.sentence)}" for one in question.wrong
    ]
    return f"{{1:NUMERICAL:{'~'.join([*fields, f'%0%*#{_cloze_text(OTHER)}'])}}}"


def _cloze_text(text: str) -> str:
    """Return a text for the inside of a field, where three characters mean something."""
    told = _html(text).replace("\\", "\\\\")
    for sign in "~}#":
        told = told.replace(sign, f"\\{sign}")
    return told


def _html(text: str) -> str:
    return prose(text, lambda words: escape(words, quote=False))


def _data(lines: Iterable[str]) -> str:
    inside = "\n".join(lines).replace("]]>", "]]]]><![CDATA[>")
    return f"<![CDATA[{inside}]]>"
