"""A wide network's equations as JSON, column by column: a form is written once, and filled in for each."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import repeat
from operator import itemgetter
from typing import Any, cast

from perceptron_cli.document import Equation, Equations, Family, Run
from perceptron_cli.expr import Expr, Result, Symbol, replace, symbols
from perceptron_cli.notation import MACHINE, Notation

Column = Sequence[str] | Iterator[str]
MARK = re.compile("\0([nr])(\\d+)\0")


def written(block: Equations, write: Callable[[Equation, Equations], str]) -> Iterator[str]:
    """Yield each equation of a block as an object, by `write` or, those of a run in one piece, as columns."""
    if not isinstance(block.rows, Family):
        for row in block.rows:
            yield from (write(one, block) for one in row)
        return
    forms: dict[int, Form] = {}
    for run in block.rows.runs():
        if isinstance(run, Equation):
            yield write(run, block)
            continue
        if run.form not in forms:
            forms[run.form] = Form(block.rows.patterns(run.form))
        yield forms[run.form].filled(run)


class Form:
    """What the equations of a form have in common, as a template of JSON."""

    def __init__(self, pattern: Equation) -> None:
        self._slots: list[tuple[str, int]] = []
        self._places: itemgetter[Any] | None = None
        text = ['{"symbol": "%s"']
        self._slots.append(("symbol", 0))
        if pattern.symbol.sample is not None:
            text.append(f', "sample": {pattern.symbol.sample}')
        self._used: tuple[Symbol, ...] = ()
        if pattern.body is not None:
            self._used = symbols(pattern.body)
            text.append(f', "formula": "{self._marked(pattern.body, "name")}"')
            text.append(f', "substitution": "{self._substituted(pattern.body)}"')
        text.append(', "value": %s, "text": "%s"')
        self._slots += [("value", 0), ("shown", 0)]
        if pattern.stages:
            told = [f'"{self._substituted(stage)}"' for stage in _numbered(pattern.stages)]
            text.append(f', "stages": [{", ".join(told)}]')
        if pattern.body is not None:
            text.append(', "uses": [' + ", ".join('"%s"' for _ in self._used) + "]")
            self._slots += [("name", place) for place in range(len(self._used))]
        self._template = "".join(text) + "}"

    def filled(self, run: Run) -> str:
        """Return the equations of a run, with commas between."""
        if len(run.symbols) == 1 and not run.results and all(isinstance(one, str) for one in run.texts):
            return self._template % self._of_one(run)
        columns: dict[tuple[str, int], Column] = {}
        for slot in self._slots:
            if slot not in columns:
                columns[slot] = self._column(run, *slot)
        return ", ".join(map(self._template.__mod__, zip(*(columns[slot] for slot in self._slots))))  # noqa: B905

    def _of_one(self, run: Run) -> tuple[str, ...]:
        """Return what stands in the places of one equation of many terms."""
        if self._places is None:
            many = len(self._used)
            start = {
                "symbol": 0,
                "value": 1,
                "shown": 2,
                "name": 3,
                "text": 3 + many,
                "bracketed": 3 + 2 * many,
            }
            self._places = itemgetter(*(start[kind] + place for kind, place in self._slots))
        texts = cast("Sequence[str]", run.texts)
        known = [
            run.symbols[0],
            repr(run.values[0]),
            run.shown[0],
            *run.names,
            *texts,
            *map(_bracketed, texts),
        ]
        return cast("tuple[str, ...]", self._places(known))

    def _column(self, run: Run, kind: str, place: int) -> Column:
        if kind == "symbol":
            return run.symbols
        if kind == "value":
            return list(map(repr, run.values))
        if kind == "shown":
            return run.shown
        if kind == "name":
            return _column(run.names[place])
        if kind == "text":
            return _column(run.texts[place])
        if kind == "bracketed":
            told = run.texts[place]
            return repeat(_bracketed(told)) if isinstance(told, str) else list(map(_bracketed, told))
        if kind == "first":
            return run.results[place]
        return [f" - {one[1:]}" if one[0] == "-" else f" + {one}" for one in run.results[place]]

    # templates ----------------------------------------------------------------------------------

    def _marked(self, tree: Expr, kind: str) -> str:
        return self._template_of(_Marked(self._used).write(tree), kind)

    def _template_of(self, text: str, kind: str) -> str:
        """Return marked text with a place for each mark, of one kind of slot."""
        pieces = MARK.split(text)
        self._slots += [(kind, int(place)) for place in pieces[2::3]]
        return "%s".join(map(_escaped, pieces[::3]))

    def _substituted(self, tree: Expr) -> str:
        """Return a tree with places for numbers; a negative one has brackets, or makes a plus a minus."""
        marks = {one.name: f"\0n{place}\0" for place, one in enumerate(self._used)}
        plain = MARK.split(MACHINE.write(tree, marks))
        negative = MARK.split(
            MACHINE.write(_negated(tree), {name: f"-{mark}" for name, mark in marks.items()})
        )
        told, closes = [_escaped(plain[0])], ""
        for at in range(1, len(plain), 3):
            kind, place, after = plain[at], int(plain[at + 1]), plain[at + 2]
            before = negative[at - 1].removeprefix(closes)
            closes = ""
            if kind == "n":
                bracketed = before == f"{plain[at - 1]}(-"
                self._slots.append(("bracketed" if bracketed else "text", place))
                closes = ")" if bracketed else ""
            elif before == plain[at - 1] + "-":
                self._slots.append(("first", place))
            else:  # + 3 or - 3
                told[-1] = told[-1].removesuffix(" + ")
                self._slots.append(("signed", place))
            told += ["%s", _escaped(after)]
        return "".join(told)


def _numbered(stages: Sequence[Expr]) -> list[Expr]:
    """Return later lines of a working with a mark in the place of each part that is worked out."""
    count = -1

    def mark(node: Expr) -> Expr | None:
        nonlocal count
        if not isinstance(node, Result):
            return None
        count += 1
        return Result(node.body, f"\0r{count}\0")

    return [replace(stage, mark) for stage in stages]


def _negated(tree: Expr) -> Expr:
    return replace(
        tree, lambda node: Result(node.body, f"-{node.text}") if isinstance(node, Result) else None
    )


class _Marked(Notation):
    """Writes a mark for each symbol."""

    def __init__(self, used: Sequence[Symbol]) -> None:
        super().__init__()
        self._places = {one.name: place for place, one in enumerate(used)}

    def symbol(self, symbol: Symbol) -> str:
        return f"\0n{self._places[symbol.name]}\0"


def _column(told: str | Sequence[str]) -> Column:
    return repeat(told) if isinstance(told, str) else told


def _bracketed(text: str) -> str:
    return f"({text})" if text[0] == "-" else text


def _escaped(text: str) -> str:
    return json.dumps(text)[1:-1].replace("%", "%%")
