"""A quiz that goes on later: the lines that were typed, in a JSON file of their own."""

from __future__ import annotations

import json
from collections.abc import Sequence

from perceptron_cli.errors import InputError, Problem
from perceptron_cli.quiz.machine import Quiz

MOST_LINES = 100_000


def saved_text(quiz: Quiz, lines: Sequence[str]) -> str:
    """Return the file's text."""
    return json.dumps({"nnstep": "quiz", "quiz": quiz.digest, "lines": list(lines)}, indent=1) + "\n"


def saved_lines(text: str, file: str, quiz: Quiz) -> list[str]:
    """Return the lines of a file. Raises InputError where it is none, or another quiz's."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict) or data.get("nnstep") != "quiz" or not _are_lines(data.get("lines")):
        raise InputError(Problem("expected a quiz that was saved, and this is none", file=file))
    if data.get("quiz") != quiz.digest:
        raise InputError(
            Problem(
                "this is another quiz: its config or its options differ",
                file=file,
                hint="give the same config and options, or another file",
            )
        )
    return list(data["lines"])


def _are_lines(found: object) -> bool:
    return isinstance(found, list) and len(found) <= MOST_LINES and all(isinstance(one, str) for one in found)
