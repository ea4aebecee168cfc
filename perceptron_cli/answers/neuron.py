"""A learning rule's table as somebody filled it in: which cell is the first wrong one, and why.

Each cell is judged by the numbers that stand before it on the sheet: what only follows from a wrong one is
right working.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from perceptron_cli.answers.numerals import Answer, answer
from perceptron_cli.answers.tables import delimiter_of, rows_of
from perceptron_cli.errors import InputError, Problem
from perceptron_cli.neuron import Neuron, Row
from perceptron_cli.neuron.rule import learn, turn
from perceptron_cli.records import record

HEADS = {
    "d": ("d", "t", "target", "desired", "yd", "desiredoutput"),
    "net": ("net", "netinput", "z", "v", "yin", "s", "sum"),
    "y": ("y", "output", "o", "out", "actual", "actualoutput"),
    "e": ("e", "error", "err", "delta"),
    "epoch": ("epoch", "epochs", "iteration"),
}


@record
class Filled:
    """A row of a sheet: its line, and its cells by what they are: x_1, d, net, y, e, w_1 and w_1'."""

    line: int
    cells: Mapping[str, Answer]


@record
class Cell:
    """A cell that was judged: `kind` is "right", "follows", "mistake" or "unexplained"."""

    symbol: str
    answer: Answer
    value: Fraction
    kind: str
    mistake: str | None = None
    line: int = 0


def read_filled(text: str, file: str) -> list[Filled]:
    """Return the rows of a table in CSV. Raises InputError where its head names no columns that are known."""
    rows = rows_of(text, delimiter_of(text))
    if not rows:
        raise InputError(Problem("expected a table with a head, got none", file=file))
    heads = [_head(one) for one in rows[0][1]]
    heads = _twice(heads)
    known = [one for one in heads if one is not None]
    if not {"net", "y", "e"} & set(known) and not any(one.startswith("w_") for one in known):
        hint = "epoch, x1, x2, target, net, output, error, w1, w2, b"
        message = "expected a head that names the columns"
        raise InputError(Problem(message, file=file, line=rows[0][0], hint=hint))
    found = []
    for line, cells in rows[1:]:
        told: dict[str, Answer] = {}
        for name, cell in zip(heads, cells, strict=False):
            number = answer(cell.rstrip("*")) if name is not None and name != "epoch" else None
            if name is not None and number is not None:
                told[name] = number
        found.append(Filled(line, told))
    return found


def _head(text: str) -> str | None:
    plain = re.sub(r"[\s_]", "", text.strip().lower()).replace("′", "'")
    prime = "'" if re.search(r"'|new|\+|after", plain) else ""
    plain = re.sub(r"'|\(?new\)?|\+|after", "", plain)
    for name, words in HEADS.items():
        if plain in words:
            return name
    if plain in ("b", "bias", "w0"):
        return f"w_0{prime}"
    if plain in ("theta", "threshold", "θ"):
        return f"theta{prime}"
    found = re.fullmatch(r"([xw])(\d+)", plain)
    return f"{found[1]}_{found[2]}{prime if found[1] == 'w' else ''}" if found else None


def _twice(heads: Sequence[str | None]) -> list[str | None]:
    """Of weights that stand twice the second ones are the new ones; those that stand once are new."""
    weights = [one for one in heads if one is not None and one.startswith(("w_", "theta"))]
    if any(one.endswith("'") for one in weights):
        return list(heads)
    seen: set[str] = set()
    found: list[str | None] = []
    for one in heads:
        again = one in seen or (one in weights and weights.count(one) == 1)
        found.append(f"{one}'" if one in weights and again else one)
        seen.add(one or "")
    return found


def judged(neuron: Neuron, filled: Sequence[Filled]) -> list[Cell]:
    """Return the verdict of every answered cell, row by row."""
    true = [row for epoch in learn(replace(neuron, epochs=10_000)).epochs for row in epoch.rows]
    found: list[Cell] = []
    weights, theta = neuron.weights, neuron.theta
    before = weights
    for number, row in enumerate(filled, start=1):
        right = true[number - 1] if number <= len(true) else None
        judge = _Row(neuron, row, number, weights, theta, before, right)
        found += judge.cells()
        before = judge.weights
        weights, theta = judge.left()
    return found


class _Row:
    """The judging of one row, by what stands before each of its cells."""

    def __init__(
        self,
        neuron: Neuron,
        row: Filled,
        number: int,
        weights: tuple[Fraction, ...],
        theta: Fraction,
        before: tuple[Fraction, ...],
        right: Row | None,
    ) -> None:
        self.neuron, self.row, self.number, self.right = neuron, row, number, right
        self.before = before
        self.weights = tuple(self._number(f"w_{i}", w) for i, w in enumerate(weights))
        self.theta = self._number("theta", theta)
        place = (number - 1) % len(neuron.points)
        self.x = tuple(self._number(f"x_{i}", one) for i, one in enumerate(neuron.points[place], start=1))
        self.moved_order = self.x != neuron.points[place]
        known = neuron.points.index(self.x) if self.x in neuron.points else place
        own = neuron.desired[known]
        self.d = self._number("d", own)
        self.turn = turn(neuron, self.weights, self.theta, self.x, self.d)

    def _number(self, name: str, usual: Fraction) -> Fraction:
        """Return what the sheet has for a number, exactly where it is what belongs there."""
        given = self.row.cells.get(name)
        if given is None or abs(given.value - float(usual)) <= given.half(6) * 1.01:
            return usual
        return Fraction(str(given.text)) if re.fullmatch(r"[-+]?\d*\.?\d+", given.text) else usual

    def cells(self) -> Iterator[Cell]:
        """Yield the verdicts of the row's cells."""
        if self.moved_order:
            yield self._cell("x_1", self.x[0], None, {"samples in another order": self.x[0]}, order=True)
        net, other = self.turn.net, turn(self.neuron, self.before, self.theta, self.x, self.d).net
        yield from self._answered("net", net, self._truth("net"), {"old weights": other})
        net = self._number("net", net)
        y = self._output(net)
        flipped = self.neuron.low if y == self.neuron.high else self.neuron.high
        named = {"step at the threshold": flipped} if net == self._at else {}
        yield from self._answered("y", y, self._truth("output"), named)
        y = self._number("y", y)
        error = self.neuron.rule.error(self.d, net, y)
        other_error = "net for the output" if self.neuron.rule.stops != "settled" else "output for the net"
        instead = self.d - net if self.neuron.rule.stops != "settled" else self.d - y
        named = {"sign of the error": -error, other_error: instead}
        yield from self._answered("e", error, self._truth("error"), named)
        error = self._number("e", error)
        step = self._step(net, y, error)
        inputs = (Fraction(1), *self.x)
        for i, w in enumerate(self.weights):
            still = i == 0 and not self.neuron.learn_bias
            new = w if still else w + step * inputs[i]
            truth = None if self.right is None else self.right.new_weights[i]
            named = self._weight_mistakes(i, w, step, inputs[i])
            yield from self._answered(f"w_{i}'", new, truth, named)
        if self.neuron.theta_input is not None:
            new = self.theta + step * self.neuron.theta_input
            truth = self._truth("new_theta")
            yield from self._answered("theta'", new, truth, {"threshold not learnt": self.theta})

    def _truth(self, name: str) -> Fraction | None:
        """Return what a cell of the right table holds, None where that has ended before."""
        return None if self.right is None else Fraction(getattr(self.right, name))

    @property
    def _at(self) -> Fraction:
        return Fraction(0) if self.neuron.theta_input is not None else self.theta

    def _output(self, net: Fraction) -> Fraction:
        found: Fraction = self.neuron.output(net, self.theta)
        return found

    def _step(self, net: Fraction, y: Fraction, error: Fraction) -> Fraction:
        """Return what the inputs are multiplied by, with the error that the sheet has."""
        rule = self.neuron.rule
        if rule.name in ("fausett", "hebb"):
            return Fraction(rule.factor(self.neuron.rate, self.d, net, y))
        step: Fraction = self.neuron.rate * error
        return step

    def _weight_mistakes(self, i: int, w: Fraction, step: Fraction, x: Fraction) -> dict[str, Fraction]:
        rate = self.neuron.rate
        named = {"learning rate left out": w + step / rate * x}
        if self.neuron.rule.name == "hebb":
            named["sign of the target"] = w - step * x
        else:
            named["sign of the error"] = w - step * x
        if i:
            named["input left out"] = w + step
        if step == 0:
            named["update without an error"] = w + rate * self.d * x
        if i == 0 and self.neuron.learn_bias:
            named["bias not updated"] = w
        return named

    def _answered(
        self, name: str, expected: Fraction, truth: Fraction | None, named: Mapping[str, Fraction]
    ) -> Iterator[Cell]:
        if name in self.row.cells:
            yield self._cell(name, expected, truth, named)

    def _cell(
        self,
        name: str,
        expected: Fraction,
        truth: Fraction | None,
        named: Mapping[str, Fraction],
        *,
        order: bool = False,
    ) -> Cell:
        given = self.row.cells[name]
        symbol = f"t{self.number}:{name}"
        value = expected if truth is None else truth
        if not order and truth is not None and self._is(given, truth) and self._is(given, expected):
            return Cell(symbol, given, value, "right", None, self.row.line)
        if not order and self._is(given, expected):
            kind = "right" if truth is None else "follows"
            return Cell(symbol, given, value, kind, None, self.row.line)
        mistake = next((one for one, number in named.items() if self._is(given, number)), None)
        return Cell(symbol, given, value, "mistake" if mistake else "unexplained", mistake, self.row.line)

    def _is(self, given: Answer, number: Fraction) -> bool:
        return abs(given.value - float(number)) <= given.half(6) * 1.01 + 1e-12

    def left(self) -> tuple[tuple[Fraction, ...], Fraction]:
        """Return the weights and the threshold that the row leaves, as the sheet has them."""
        net = self._number("net", self.turn.net)
        y = self._number("y", self._output(net))
        error = self._number("e", self.neuron.rule.error(self.d, net, y))
        step, inputs = self._step(net, y, error), (Fraction(1), *self.x)
        new = []
        for i, w in enumerate(self.weights):
            moved = w if i == 0 and not self.neuron.learn_bias else w + step * inputs[i]
            new.append(self._number(f"w_{i}'", moved))
        theta = self.theta
        if self.neuron.theta_input is not None:
            theta = self._number("theta'", theta + step * self.neuron.theta_input)
        return tuple(new), theta
