"""Exercises on a learning rule: a neuron, its samples, and its table with blanks.

A neuron will do if its rule moves the weights at least twice and ends within so many epochs; all of it is
decided in exact numbers.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import StringIO

from perceptron_cli import spec
from perceptron_cli.document import Block, Document, Note, Part, Section, Table
from perceptron_cli.errors import InputError
from perceptron_cli.exercises.dice import Dice
from perceptron_cli.neuron import Learnt, Neuron, Row, learn, neuron_of
from perceptron_cli.neuron.neuron import Number
from perceptron_cli.records import record
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.header import document
from perceptron_cli.trace.neuron.given import given_section
from perceptron_cli.trace.neuron.texts import text_of
from perceptron_cli.trace.view import View

# the targets of the points (0, 0), (0, 1), (1, 0), (1, 1)
GATES = {"and": (0, 0, 0, 1), "or": (0, 1, 1, 1), "nand": (1, 1, 1, 0), "xor": (0, 1, 1, 0)}
KINDS = (*GATES, "random")
BIPOLAR = ("fausett", "hebb", "delta")  # rules whose textbooks take -1 and 1
RATES = {"fausett": "1", "hebb": "1"}
EPOCHS = {"delta": 2, "hebb": 1}  # of a rule that does not end by itself
WEIGHTS = tuple(f"{sign}0.{digit}" for sign in ("", "-") for digit in range(1, 6))
COORDINATES = ("-2", "-1.5", "-1", "-0.5", "0.5", "1", "1.5", "2")
POINTS = 4
LEAST_MOVES = 2
MOST_TRIES = 2_000
BLANK = "......"


@record
class NeuronExercise:
    """One student's neuron: its number, the config as YAML and as it is loaded, and the right run."""

    number: int
    text: str
    config: Config
    run: Learnt


def draw_neurons(
    kind: str, rule: str, rate: str | None, most: int, seed: int, count: int
) -> tuple[NeuronExercise, ...]:
    """Return exercises 1 to `count` of a seed, no two alike, that end within `most` epochs.

    XOR, which no neuron learns, is asked for two epochs. Raises InputError where chance finds none.
    """
    found: dict[str, NeuronExercise] = {}
    for number in range(1, count + 1):
        dice = Dice(seed, number)
        for _ in range(MOST_TRIES):
            body = _config(kind, rule, rate, most, dice)
            if body in found:
                continue
            text = f"name: exercise {seed}-{number}\n{body}"
            config = spec.parse(text, f"exercise {number}")
            run = learn(neuron_of(config))
            if _will_do(kind, run):
                found[body] = NeuronExercise(number, text, config, run)
                break
        else:
            raise InputError(
                f"--neuron: found no {kind} that the rule {rule} learns in at most {most} epochs",
                hint="more --epochs, another --lr, or fewer sheets",
            )
    return tuple(found.values())


def _will_do(kind: str, run: Learnt) -> bool:
    moved = sum(row.moved for epoch in run.epochs for row in epoch.rows)
    if moved < LEAST_MOVES:
        return False
    return run.converged or kind == "xor" or run.neuron.rule.name in EPOCHS


def _config(kind: str, rule: str, rate: str | None, most: int, dice: Dice) -> str:
    """Return the config of a neuron but for its name."""
    low = -1 if rule in BIPOLAR else 0
    points, fires = _samples(kind, low, dice)
    weights = ", ".join(dice.several(WEIGHTS, 3))
    epochs = min(2, most) if kind == "xor" else EPOCHS.get(rule, most)
    options = f"activation: unit_step, theta: 0, compare: '>=', outputs: [{low}, 1]"
    told = [
        "network:",
        "  layers:",
        f"    - {{{options}, weights: [[{weights}]]}}",
        "samples:",
        *(
            f"  - {{x: [{', '.join(x)}], y: {1 if one else low}}}"
            for x, one in zip(points, fires, strict=True)
        ),
        f"training: {{rule: {rule}, learning_rate: {rate or RATES.get(rule, '0.1')}, epochs: {epochs}}}",
    ]
    return "\n".join(told) + "\n"


def _samples(kind: str, low: int, dice: Dice) -> tuple[list[tuple[str, str]], Sequence[bool]]:
    """Return four points as they are written, and which of them the neuron is to fire at."""
    if kind in GATES:
        points = [(str(a), str(b)) for a in (low, 1) for b in (low, 1)]
        return points, [bool(one) for one in GATES[kind]]
    while True:
        points = [(dice.pick(COORDINATES), dice.pick(COORDINATES)) for _ in range(POINTS)]
        a, b = float(dice.pick(WEIGHTS)), float(dice.pick(WEIGHTS))
        fires = [a * float(x) + b * float(y) > 0 for x, y in points]
        if len(set(points)) == POINTS and len(set(fires)) == 2:
            return points, fires


# the sheets -----------------------------------------------------------------------------------


def neuron_sheets(exercises: Sequence[NeuronExercise], view: View, *, seed: int, key: bool) -> Document:
    """Return exercises as one document, a page each; with `key` the tables are filled in."""
    first = exercises[0]
    what = "Exercises, with the key" if key else "Exercises"
    rows = [{"exercise": one.number, "config": one.text, "epochs": len(one.run.epochs)} for one in exercises]
    return replace(
        document("exercise", first.config, view, (), trained=True),
        title=f"{what}: a neuron, rule {first.config.training.rule}",
        about={"seed": seed, "level": "everything", "key": key},
        parts=tuple(_page(one, key=key) for one in exercises),
        parts_key="",
        paged=True,
        data={"exercises": rows},
    )


def _page(exercise: NeuronExercise, *, key: bool) -> Part:
    title = f"Exercise {exercise.number}"
    blocks: list[Block] = [Note(_task(exercise), "step"), _table(exercise.run, key=key)]
    if key:
        weights = ", ".join(text_of(one) for one in exercise.run.weights)
        blocks.append(Note(f"The weights at the end are {weights}."))
    sections = (given_section(exercise.config), Section("The table", "result", tuple(blocks)))
    return Part(exercise.number, f"{title}: the key" if key else f"{title}. Name:", sections)


def _task(exercise: NeuronExercise) -> str:
    count = len(exercise.run.epochs)
    epochs = f"{count} epoch{'s' if count > 1 else ''}"
    if exercise.run.converged and exercise.run.neuron.rule.name not in EPOCHS:
        return f"Fill in the table, row by row. The rule ends after {epochs}."
    return f"Fill in the table for {epochs}, row by row."


def _table(run: Learnt, *, key: bool) -> Table:
    rows = []
    for epoch in run.epochs:
        for place, row in enumerate(epoch.rows):
            results = [text_of(one) if key else BLANK for one in _results(row)]
            given = map(text_of, (*row.x, row.desired))
            rows.append((str(epoch.number) if not place else "", *given, *results))
    columns = _columns(run.neuron)
    return Table("", columns, tuple(rows), frozenset(range(1, len(columns))))


def _columns(neuron: Neuron) -> tuple[str, ...]:
    inputs = range(1, len(neuron.points[0]) + 1)
    weights = (f"w_{i}'" for i in (0, *inputs))
    return ("epoch", *(f"x_{i}" for i in inputs), "desired", "net", "output", "error", *weights)


def _results(row: Row) -> Iterator[Number]:
    yield from (row.net, row.output, row.error, *row.new_weights)


def table_text(exercise: NeuronExercise, *, key: bool) -> str:
    """Return the table as CSV for `nnstep check`, with empty cells, or filled in with `key`."""
    file = StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([one.replace("_", "") for one in _columns(exercise.run.neuron)])
    for epoch in exercise.run.epochs:
        for row in epoch.rows:
            results = [text_of(one) if key else "" for one in _results(row)]
            writer.writerow([str(epoch.number), *map(text_of, (*row.x, row.desired)), *results])
    return file.getvalue()
