"""Each student's own files of an exercise: written by as many processes as there are cores."""

from __future__ import annotations

from typing import Any

from perceptron_cli import exercises
from perceptron_cli.exercises import Exercise, Recipe
from perceptron_cli.records import record
from perceptron_cli.render import Layout, render
from perceptron_cli.trace import View


@record
class Paper:
    """How sheets are written: the format and its ending, the level, the seed, the digits of a number."""

    recipe: Recipe
    chosen: str
    ending: str
    layout: Layout
    view: View
    level: str
    seed: int
    formulas: bool
    digits: int
    decimals: int


_paper: Paper | None = None  # of this process


def prepare(paper: Paper) -> None:
    """Take what all sheets of this process are written by."""
    global _paper
    _paper = paper


def student(given: tuple[int, str]) -> dict[str, str | bytes]:
    """Return the files of one exercise, by its number and its config's text."""
    assert _paper is not None
    number, text = given
    return files_of(_paper, exercises.read(number, text))


def files_of(paper: Paper, one: Exercise) -> dict[str, str | bytes]:
    """Return the sheet, the key, and the YAML of each."""
    files: dict[str, str | bytes] = {}
    for folder, key in (("sheets", False), ("keys", True)):
        name = f"{folder}/exercise-{one.number:0{paper.digits}}"
        told: Any = exercises.sheets(
            [one], paper.level, paper.view, seed=paper.seed, key=key, formulas=paper.formulas
        )
        files[f"{name}{paper.ending}"] = render(told, paper.chosen, paper.layout)
        files[f"{name}.yaml"] = exercises.answers_text(one, paper.level, paper.decimals, key=key)
        if key:
            files[f"{name}-config.yaml"] = one.text
    return files
