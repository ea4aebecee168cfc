"""The document of `check` for a learning rule's table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from perceptron_cli.answers.mistakes.rule import SENTENCES
from perceptron_cli.answers.neuron import Cell
from perceptron_cli.answers.report import SIGN_OF
from perceptron_cli.answers.verdict import POINTS
from perceptron_cli.document import Document, Note, Section, Table
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.neuron.texts import text_of
from perceptron_cli.words import counted

WORDS = {"right": "right", "follows": "follows from an earlier cell", "unexplained": "WRONG: unexplained"}
MOST_ROWS = 60


def table_report(config: Config, cells: Sequence[Cell], rule: str) -> Document:
    """Tell the score, the first wrong cell with the mistake in it, and every cell that is not right."""
    kinds = Counter(one.kind for one in cells)
    points = sum(POINTS[one.kind] for one in cells)
    first = next((one for one in cells if one.kind in ("mistake", "unexplained")), None)
    told = f"All {len(cells)} cells are right." if len(cells) == kinds["right"] else ""
    told = told if cells else "No cell of the table is filled in."
    notes = [Note(told or f"{points:g} of {len(cells)} points.")]
    sections = [Section("Result", "result", tuple(notes))]
    if first is not None:
        sections.append(Section("The first wrong cell", "result", tuple(map(Note, _explained(first)))))
    shown = [one for one in cells if one.kind != "right"] if len(cells) > MOST_ROWS else list(cells)
    rows = tuple((one.symbol, one.answer.text, text_of(one.value), _verdict(one)) for one in shown)
    signs = tuple(SIGN_OF[one.kind] for one in shown)
    table = Table(
        "", ("cell", "answer", "right", "verdict"), rows, frozenset({1, 2}), len(cells) - len(shown),
        "right cells", signs,
    )  # fmt: skip
    sections.append(Section("Every cell, row by row", "result", (table,)))
    data: dict[str, Any] = {
        "rule": rule,
        "answers": [_data(one) for one in cells],
        "first_wrong": first.symbol if first else None,
        "score": {"points": points, "of": len(cells), "blank": 0},
    }
    title = f"{config.name}: {counted(len(cells), 'cell')} of its table checked"
    return Document("check", title, {}, sections=tuple(sections), parts_key="", data=data)


def _explained(one: Cell) -> list[str]:
    start = f"{one.symbol} = {one.answer.text} (line {one.line}), and {text_of(one.value)} is right."
    if one.mistake is None:
        return [start, "No known mistake gives this number."]
    return [start, f"{one.mistake}: {SENTENCES[one.mistake]}"]


def _verdict(one: Cell) -> str:
    return f"WRONG: {one.mistake}" if one.kind == "mistake" else WORDS[one.kind]


def _data(one: Cell) -> dict[str, Any]:
    told: dict[str, Any] = {
        "symbol": one.symbol,
        "text": one.answer.text,
        "answer": one.answer.value,
        "value": float(one.value),
        "verdict": one.kind,
        "points": POINTS[one.kind],
    }
    return told | ({"mistakes": [one.mistake]} if one.mistake else {})
