"""What a grading program takes: Gradescope's results.json, and JUnit's XML, of the verdicts of `check`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from perceptron_cli.answers.mistakes import MISTAKES
from perceptron_cli.notation import show

Data = Mapping[str, Any]
GOOD = ("right", "rounding", "follows")  # verdicts on lines whose working is right
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML


def gradescope(data: Data) -> str:
    """Return one sheet's results.json: a test an answer, with Markdown that says what went wrong.

    A sheet that cannot be read has its "error" told, and the score 0.
    """
    if "error" in data:
        told = f"The answers cannot be read.\n\n```text\n{data['error']}\n```"
        return _dumps({"score": 0, "output": told, "output_format": "md", "tests": []})
    tests = [
        {
            "name": one["symbol"],
            "score": one["points"],
            "max_score": 1,
            "status": "passed" if one["verdict"] in GOOD else "failed",
            "output": explained(one),
            "output_format": "md",
            "visibility": "visible",
        }
        for one in data["answers"]
    ]
    blank = data["score"].get("blank", 0)
    if blank:
        told = f"{blank} of the lines have no answer."
        tests.append(
            {"name": "blank lines", "score": 0, "max_score": blank, "status": "failed", "output": told}
        )
    first = data["first_wrong"]
    output = f"The first wrong line is `{first}`." if first else "Every answer is right."
    return _dumps({"score": data["score"]["points"], "output": output, "output_format": "md", "tests": tests})


def junit(sheets: Sequence[Data]) -> str:
    """Return the sheets as JUnit's XML: a suite a sheet, a case an answer."""
    counted = [(len(one.get("answers", ())) or 1, _failures(one), "error" in one) for one in sheets]
    tests, failures, errors = (sum(column) for column in zip(*counted, strict=True))
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="nnstep check" tests="{tests}" failures="{failures}" errors="{errors}">',
    ]
    for one in sheets:
        lines.extend(_suite(one))
    return "\n".join([*lines, "</testsuites>"]) + "\n"


def _failures(data: Data) -> int:
    return sum(one["verdict"] not in GOOD for one in data.get("answers", ()))


def _suite(data: Data) -> Iterator[str]:
    name, answers = _xml(data.get("file", "answers")), data.get("answers", ())
    errors = int("error" in data)
    counts = f'tests="{len(answers) or 1}" failures="{_failures(data)}" errors="{errors}"'
    yield f'<testsuite name="{name}" {counts}>'
    if errors:
        yield f'<testcase classname="{name}" name="the sheet is read">'
        yield f'<error message="the answers cannot be read">{_xml(data["error"])}</error></testcase>'
    for one in answers:
        yield f'<testcase classname="{name}" name="{_xml(one["symbol"])}">'
        if one["verdict"] not in GOOD:
            message = _xml(", ".join(one.get("mistakes", ())) or one["verdict"])
            yield f'<failure message="{message}" type="{one["verdict"]}">{_xml(explained(one))}</failure>'
        yield "</testcase>"
    yield "</testsuite>"


def explained(one: Data) -> str:
    """Return what is to be said of an answer: what it is, what is right, and each mistake in a sentence."""
    return " ".join(_sentences(one))


def _sentences(one: Data) -> Iterable[str]:
    right = one["value"]
    if one["verdict"] == "right":
        yield f"{one['text']} is right."
        return
    if one["verdict"] == "rounding":
        yield f"{one['text']} is right but for rounding on the way."
        return
    if one["verdict"] == "follows":
        names = ", ".join(one.get("because", ())[:3]) or "an earlier row"
        yield f"Right working from {names}, where something is wrong."
        return
    shown = "undefined" if right is None else show(float(right), 4)
    yield f"{one['text']} is wrong: {shown} is right."
    for name in one.get("mistakes", ()):
        yield f"{name}: {MISTAKES[name].sentence}"
    if one["verdict"] == "truncated":
        yield "The digits after the last one were dropped. Round the number instead."
    if one.get("change"):
        yield f"One change gives this number: {one['change']}"


def _dumps(data: Data) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _xml(text: str) -> str:
    return escape(_FORBIDDEN.sub("\ufffd", text))
