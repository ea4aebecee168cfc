"""Exercises as worksheets: a step's narration with its results left blank, or, as the key, in full."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from perceptron_cli.document import Document, Equation, Equations, Part, Section
from perceptron_cli.exercises.draw import Exercise
from perceptron_cli.exercises.levels import asked, sections_of
from perceptron_cli.notation import show
from perceptron_cli.trace.header import document
from perceptron_cli.trace.step.lines import lines
from perceptron_cli.trace.view import View

BLANK = "........"  # what every format prints as it is
IN_A_ROW = 4  # blanks


def sheets(
    exercises: Sequence[Exercise], level: str, view: View, *, seed: int, key: bool, formulas: bool = False
) -> Document:
    """Return exercises as one document, a page each; with `key` worked out."""
    told = document("exercise", exercises[0].config, view, (), trained=True)
    what = "Exercises, with the key" if key else "Exercises"
    sizes = "-".join(map(str, exercises[0].config.sizes))
    return replace(
        told,
        title=f"{what}: a {sizes} network",
        about={"seed": seed, "level": level, "key": key},
        conventions=(*told.conventions[:-1], _rounding(view, key), f"Seed {seed}, level {level}."),
        parts=tuple(_page(one, level, view, key=key, formulas=formulas) for one in exercises),
        parts_key="",
        paged=True,
        data={"exercises": [_data(one, level, key=key) for one in exercises]},
    )


def _rounding(view: View, key: bool) -> str:
    if key:
        return f"Numbers are unrounded, and shown to {view.decimals} decimals: a sheet rounds on the way."
    return f"Round every result to {view.decimals} decimals, a small one to three significant digits."


def _page(exercise: Exercise, level: str, view: View, *, key: bool, formulas: bool) -> Part:
    told = lines(exercise.config, view=view).part if key else exercise.lines.part
    given = [section for section in told.sections if section.phase == "given"]
    work = sections_of(told, level) if key else _blanks(exercise, level, formulas)
    title = f"Exercise {exercise.number}"
    return Part(exercise.number, f"{title}: the key" if key else f"{title}. Name:", (*given, *work))


def _blanks(exercise: Exercise, level: str, formulas: bool) -> Iterator[Section]:
    """Yield a step's sections with a blank for every result that is asked; the working is left out."""
    names = {one.symbol.name for one in asked(exercise.lines, level)}
    for section in sections_of(exercise.lines.part, level):
        blocks = []
        for block in section.blocks:
            rows = _blank_rows(block, names) if isinstance(block, Equations) else ()
            if isinstance(block, Equations) and rows:
                blocks.append(Equations(rows, {}, block.formulas if formulas else ()))
        if blocks:
            yield replace(section, blocks=tuple(blocks))


def _blank_rows(block: Equations, names: Collection[str]) -> tuple[tuple[Equation, ...], ...]:
    """Return a block's questions as blanks, those of a neuron beside each other."""
    symbols = [
        one.symbol for row in block.rows for one in row if one.symbol.name in names and not one.alternative
    ]
    rows = []
    for _, group in groupby(symbols, key=lambda one: one.indices[-1:]):
        blanks = [Equation(symbol, None, None, BLANK) for symbol in group]
        rows += [tuple(blanks[start : start + IN_A_ROW]) for start in range(0, len(blanks), IN_A_ROW)]
    return tuple(rows)


def _data(exercise: Exercise, level: str, *, key: bool) -> dict[str, Any]:
    questions = asked(exercise.lines, level)
    data: dict[str, Any] = {
        "exercise": exercise.number,
        "config": exercise.text,
        "asked": [one.symbol.name for one in questions],
    }
    return {**data, "answers": {one.symbol.name: one.value for one in questions}} if key else data


def answers_text(exercise: Exercise, level: str, decimals: int = 4, *, key: bool) -> str:
    """Return the file of answers that `nnstep check` takes: the config, and blanks; with `key` filled in."""
    inside = "".join(f"  {line}\n" for line in exercise.text.splitlines())
    blanks = "".join(
        f"  {one.symbol.name}:{f' {show(one.value or 0.0, decimals)}' if key else ''}\n"
        for one in asked(exercise.lines, level)
    )
    return f"config:\n{inside}answers:\n{blanks}"
