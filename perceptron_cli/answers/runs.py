"""A recorded run, JSON Lines with a step a line: each step checked, and the chain between them.

Each step is worked out from the weights that the sheet itself has for it, on its own x and y, so that a
mistake in one does not spoil the next. The optimizer's state is carried on from the recorded steps before.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from perceptron_cli import spec
from perceptron_cli.answers.archives import MOST_NUMBERS, decimal
from perceptron_cli.answers.entries import MARK, Array, Cell, Entry
from perceptron_cli.answers.grading import Grader
from perceptron_cli.answers.reading import Sheet, sheet_of
from perceptron_cli.answers.report import Marked, class_report, report, row_of
from perceptron_cli.document import Document, Note, Section
from perceptron_cli.engine import Trainer
from perceptron_cli.errors import InputError, Problem
from perceptron_cli.records import record
from perceptron_cli.spec.config import Config, Given, Sample
from perceptron_cli.trace.header import title_of
from perceptron_cli.trace.step.lines import lines_of
from perceptron_cli.trace.view import View
from perceptron_cli.words import counted

SUFFIX = ".jsonl"
DIGITS = 13
SAME = 1e-9  # of weights that a step leaves and the next one finds


@record
class StepChecked:
    """A step of a run with its verdicts, or what breaks the chain before it."""

    number: int
    marked: Marked
    broken: str = ""

    @property
    def is_right(self) -> bool:
        """Whether all its numbers are right, and it begins where the step before it ended."""
        return not self.broken and self.marked.is_right


def read_run(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each line's number in the file and its arrays. Raises InputError for what is no recorded step."""
    file = str(path)
    with path.open(encoding="utf-8") as stream:
        for number, text in enumerate(stream, start=1):
            if not text.strip():
                continue
            try:
                found = json.loads(text)
                arrays = {name: np.asarray(one, dtype=np.float64) for name, one in found.items()}
            except (ValueError, AttributeError, TypeError, RecursionError) as error:
                message = f"expected a recorded step, numbers and arrays by name: {error}"
                raise InputError(Problem(message[:200], file=file, line=number)) from None
            if sum(one.size for one in arrays.values()) > MOST_NUMBERS:
                raise InputError(
                    Problem(f"expected at most {MOST_NUMBERS:,} numbers", file=file, line=number)
                )
            if any(one.ndim > 2 or not one.size for one in arrays.values()) or "L" not in arrays:
                message = "expected a recorded step: numbers, vectors and matrices by name, and L"
                raise InputError(Problem(message, file=file, line=number))
            yield number, arrays


def check_run(path: Path, config: str | None, grader: Grader) -> Iterator[StepChecked]:
    """Yield the verdicts of each step, in order. Raises InputError for what cannot be read."""
    loaded = grader.loaded or spec.load(config or "lecture", grader.changes)
    spec.require_trainable(loaded)
    carried = Trainer(loaded).snapshot()
    left: list[Any] = []
    count = 0
    for count, (place, arrays) in enumerate(read_run(path), start=1):
        own = _on_its_samples(loaded, arrays, str(path), place)
        trainer = Trainer(own)
        trainer.restore(carried)
        before = [view.copy() for view in trainer.network.weights]
        broken = _chain(count, left or before, arrays, first=not left)
        for l, view in enumerate(trainer.network.weights, start=1):
            _take(view, arrays.get(f"w[{l}]"), str(path), place, f"w[{l}]")
        start = trainer.snapshot()
        step = trainer.record(next(iter(trainer.batches(1))))
        told = lines_of(own, step, View(input_gradients=True))
        yield StepChecked(count, grader.marked_against(_sheet(path, place, arrays), own, told), broken)
        own_gradient = [arrays.get(f"dL/dw[{l}]", one) for l, one in enumerate(step.dL_dw, start=1)]
        if all(one.shape == other.shape for one, other in zip(own_gradient, step.dL_dw, strict=True)):
            trainer.restore(start)  # the optimizer goes on from the gradient that it was given
            trainer.take(own_gradient, len(own.samples))
        carried = trainer.snapshot()
        left = [arrays.get(f"w[{l}]'", view) for l, view in enumerate(trainer.network.weights, start=1)]
    if not count:
        raise InputError(Problem("expected recorded steps, got none", file=str(path)))


def run_report(steps: Sequence[StepChecked], view: View, *, whole: bool) -> Document:
    """Tell a run: whether every step is right, the first one that is not, and a row for each."""
    rows = [row_of(f"step {one.number}", one.marked, whole=whole) for one in steps]
    wrong = next((one for one in steps if not one.is_right), None)
    told = class_report(rows)
    count = counted(len(steps), "step")
    if wrong is None:
        notes = [Note(f"{count}: every number is right, and each step begins where the one before it ended.")]
        own: tuple[Section, ...] = ()
    else:
        notes = [Note(f"Step {wrong.number} is the first that is wrong.")]
        notes += [Note(one.broken, "warning") for one in steps if one.broken][:3]
        sections = report(wrong.marked, view).sections
        own = tuple(replace(one, title=f"Step {wrong.number}: {one.title}") for one in sections[:2])
    said = [Note(text, "convention") for text in dict.fromkeys(n for one in steps for n in one.marked.notes)]
    table = replace(told.sections[0], title="The steps")
    first = Section("Result", "result", (*notes, *said))
    data = {**told.data, "broken": [one.number for one in steps if one.broken]}
    title = f"{title_of(steps[0].marked.config)}: {count} checked"
    return replace(told, title=title, sections=(first, *own, table, *told.sections[1:]), data=data)


def _on_its_samples(config: Config, arrays: dict[str, Any], file: str, line: int) -> Config:
    """Return the config with the samples of a step, which are one batch."""
    samples: Sequence[Sample] = config.samples
    if "x" in arrays and "y" in arrays:
        x, y = np.atleast_2d(arrays["x"]), np.atleast_2d(arrays["y"])
        if len(x) != len(y) or x.shape[1] != config.inputs or y.shape[1] != config.sizes[-1]:
            message = (
                f"expected x and y with {config.inputs} and {config.sizes[-1]} numbers a sample, "
                f"got {x.shape[0]} by {x.shape[1]} and {y.shape[0]} by {y.shape[1]}"
            )
            raise InputError(Problem(message, file=file, line=line, key="x"))
        samples = [
            Sample(tuple(map(Given, one)), tuple(map(Given, other)))
            for one, other in zip(x.tolist(), y.tolist(), strict=True)
        ]
    training = replace(config.training, batch_size=None, shuffle=False)
    return replace(config, samples=samples, training=training, data=None)


def _take(view: Any, array: Any, file: str, line: int, key: str) -> None:
    if array is None:
        return
    if array.shape != view.shape:
        shapes = [" by ".join(map(str, one.shape)) for one in (view, array)]
        raise InputError(
            Problem(f"expected {shapes[0]} weights, got {shapes[1]}", file=file, line=line, key=key)
        )
    view[:] = array


def _chain(step: int, left: Sequence[Any], arrays: dict[str, Any], *, first: bool) -> str:
    """Return what is wrong where a step does not begin with the weights that the one before it left."""
    for l, expected in enumerate(left, start=1):
        found = arrays.get(f"w[{l}]")
        if found is None or found.shape != expected.shape:
            continue
        apart = np.abs(found - expected)
        if apart.size and apart.max() > SAME * max(1.0, float(np.abs(expected).max())):
            j, i = (int(one) for one in np.unravel_index(apart.argmax(), apart.shape))
            whose = "the config has" if first else f"step {step - 1} left"
            return (
                f"Step {step} does not begin with the weights that {whose}: in layer {l}, row {j + 1}, "
                f"column {i + 1}, it has {found[j, i]:.6g} for {expected[j, i]:.6g}."
            )
    return ""


def _sheet(path: Path, line: int, arrays: dict[str, Any]) -> Sheet:
    """Return a step's line as a sheet."""
    found: list[Entry | Array] = [Entry(MARK, "1", line, 1)]
    for name, array in arrays.items():
        largest = float(np.abs(array).max())
        if array.ndim == 0:
            if name != MARK:
                found.append(Entry(name, decimal(array, largest, DIGITS), line, 1))
            continue
        rows = tuple(
            tuple(Cell(decimal(one, largest, DIGITS), line, 1) for one in row) for row in np.atleast_2d(array)
        )
        found.append(Array(name, rows, line, 1))
    return sheet_of(str(path), str(path.parent), iter(found))
