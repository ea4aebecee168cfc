"""How a quiz went: the score, what to practise, and every question with its answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from perceptron_cli.answers import MISTAKES
from perceptron_cli.document import Block, Document, Note, Section, Table
from perceptron_cli.quiz.machine import Outcome, Quiz, State
from perceptron_cli.trace.header import document, title_of
from perceptron_cli.trace.view import View

# what a symbol's head asks for, and the command that shows how it is done
TOPICS = {
    "z": ("weighted sums", "nnstep forward"),
    "a": ("activation functions", "nnstep activations"),
    "L": ("the loss", "nnstep forward"),
    "dL/da": ("gradients from the layer above", "nnstep backprop --only gradients"),
    "da/dz": ("slopes of the activations", "nnstep activations"),
    "dL/dz": ("the chain rule at a neuron", "nnstep derive"),
    "dL/dw": ("weight gradients", "nnstep backprop --only gradients"),
    "net": ("net inputs", "nnstep why"),
    "y": ("the step", "nnstep perceptron"),
    "e": ("the error of a turn", "nnstep perceptron"),
    **dict.fromkeys(("norm", "clip", "g"), ("gradient clipping", "nnstep backprop --only gradients")),
}
TURNS = ("new weights", "nnstep perceptron")  # of a learning rule
UPDATES = ("updates", "nnstep backprop --only updates")  # w', and the optimizer's numbers
WORDS = {
    "right": "right",
    "rounding": "right but for rounding",
    "truncated": "cut off instead of rounded",
    "unexplained": "wrong",
    "coarse": "too few decimals",
    "skipped": "left out",
    "shown": "left out, the result was shown",
}


def report(quiz: Quiz, state: State, view: View) -> Document:
    """Return the quiz as a document, finished or not."""
    points, most = sum(one.points for one in state.outcomes), len(quiz.questions)
    left = most - len(state.outcomes)
    score = f"{points:g} of {most} points." + (f" {left} not asked yet." if left else "")
    practise = list(_practise(state))
    blocks: list[Block] = [Note(score)]
    if practise:
        blocks.append(Note("To practise, the most expensive mistakes first:", "step"))
        blocks.extend(Note(f"{told}: {cost:g} lost. {hint}") for told, cost, hint in practise)
    sections = [Section("Result", "result", tuple(blocks))]
    if state.outcomes:
        sections.append(Section("Every question", "result", (_table(quiz, state),)))
    return replace(
        document("quiz", quiz.config, view, (), trained=True),
        title=f"{title_of(quiz.config)}: a quiz",
        sections=tuple(sections),
        parts_key="",
        data={
            "score": {"points": points, "of": most},
            "questions": [_data(quiz, one) for one in state.outcomes],
            "practise": [told for told, _, _ in practise],
        },
    )


def _practise(state: State) -> Iterator[tuple[str, float, str]]:
    """Yield what points were lost for, the most first: what, how many, and what helps."""
    lost: dict[tuple[str, str], float] = {}
    for one in state.outcomes:
        if one.points < 1:
            topic = _topic(one)
            lost[topic] = lost.get(topic, 0.0) + 1 - one.points
    for (what, command), cost in sorted(lost.items(), key=lambda item: -item[1]):
        yield what, cost, f"See '{command}'."
    for name in dict.fromkeys(name for one in state.outcomes for name in one.mistakes):
        costs = [1 - one.points for one in state.outcomes if name in one.mistakes]
        yield name, sum(costs), MISTAKES[name].sentence


def _topic(outcome: Outcome) -> tuple[str, str]:
    if re.match(r"t\d+:.*'$", outcome.symbol):
        return TURNS
    head = outcome.symbol.rpartition(":")[2].partition("[")[0].partition("_")[0]
    return UPDATES if outcome.symbol.endswith("'") or head not in TOPICS else TOPICS[head]


def _table(quiz: Quiz, state: State) -> Table:
    rows = tuple(
        (
            one.symbol,
            one.answer.text if one.answer else "",
            quiz.lines.equations[one.symbol].text,
            str(one.hints),
            f"{one.points:g}",
            _words(one),
        )
        for one in state.outcomes
    )
    columns = ("symbol", "answer", "right", "hints", "points", "verdict")
    return Table("", columns, rows, frozenset({1, 2, 3, 4}))


def _words(outcome: Outcome) -> str:
    if outcome.kind == "follows":
        return f"follows from {', '.join(outcome.because[:3])}"
    if outcome.kind == "mistake":
        return f"WRONG: {' or '.join(outcome.mistakes)}"
    return WORDS[outcome.kind]


def _data(quiz: Quiz, one: Outcome) -> dict[str, Any]:
    return {
        "symbol": one.symbol,
        "answer": one.answer.value if one.answer else None,
        "value": quiz.lines.values[one.symbol],
        "verdict": one.kind,
        "mistakes": list(one.mistakes),
        "because": list(one.because),
        "hints": one.hints,
        "tries": one.tries,
        "points": one.points,
    }
