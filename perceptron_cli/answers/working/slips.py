"""Slips of arithmetic: two sides of a sign of equality that cannot be the same number.

A written number stands for every number that rounds to it, but for those that are known exactly: given
ones, whole ones, and what an exact working comes to. Two sides differ where no such numbers make them alike.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from perceptron_cli.answers.interval import FUNCTIONS, Interval
from perceptron_cli.answers.numerals import answer
from perceptron_cli.answers.working.chains import Chain, Part
from perceptron_cli.expr import Call, Expr, Negative, Number, Sum, each, evaluate, replace
from perceptron_cli.notation import MACHINE, show
from perceptron_cli.records import record

USUAL = 4  # decimals that a whole number is held to
MOST_WRONG = 20  # of a page, that are told


@record
class Slip:
    """A number that is not what stands before the sign of equality.

    `of` is the arithmetic, `value` what it comes to, `written` what was written instead, from `column` to
    `end` of a line.
    """

    of: str
    value: float
    written: str
    line: int
    column: int
    end: int

    @property
    def sentence(self) -> str:
        """What is wrong, in one sentence."""
        decimals = max(2, _decimals(self.written))
        return f"{self.of} is {show(self.value, decimals)}, not {self.written}."


def slips_of(chains: Sequence[Chain], known: Iterable[float | None]) -> dict[int, Slip]:
    """Return the first slip of each equation that has one, by the equation's place.

    `known` are the network's numbers: one that is written as it is needs no rounding.
    """
    exact = Exact(known)
    found: dict[int, Slip] = {}
    for place, chain in enumerate(chains):
        for one, other in zip(chain.parts, chain.parts[1:], strict=False):
            slip = next(_between(one, other, exact), None)
            if slip is not None:
                found.setdefault(place, slip)
            exact.learn(one, other)
        if len(found) >= MOST_WRONG:
            break
    return found


class Exact:
    """The numbers that are known to their last digit."""

    def __init__(self, known: Iterable[float | None]) -> None:
        self.known = {round(abs(one), 12) for one in known if one is not None}

    def has(self, number: Number) -> bool:
        """Whether a written number needs no rounding: nobody rounds to one decimal."""
        return _decimals(number.text or "") < 2 or round(abs(number.value), 12) in self.known

    def interval(self, number: Number) -> Interval:
        """Return what a written number may stand for."""
        half = 0.0 if self.has(number) else 0.5 * 10.0 ** -_decimals(number.text or "")
        return Interval(number.value - half, number.value + half, 0.0)

    def learn(self, one: Part, other: Part) -> None:
        """Take over the numbers of a part that are exactly what parts of the one before it come to."""
        certain = {
            round(abs(value), 12)
            for node in each(one.tree)
            if all(self.has(number) for number in each(node) if isinstance(number, Number))
            for value in (_value(node),)
            if math.isfinite(value)
        }
        numbers = (node.value for node in each(other.tree) if isinstance(node, Number))
        self.known.update(certain.intersection(round(abs(value), 12) for value in numbers))


def _shorter(part: Part) -> set[float]:
    """Return the numbers of a part that have fewer decimals than its others: they are as they were given."""
    numbers = [node for node in each(part.tree) if isinstance(node, Number)]
    most = max((_decimals(one.text or "") for one in numbers), default=0)
    return {round(abs(one.value), 12) for one in numbers if _decimals(one.text or "") < most}


def _between(one: Part, other: Part, exact: Exact) -> Iterator[Slip]:
    """Yield the slips between two parts: term by term where both are sums of as many, else as a whole."""
    exact_here = Exact(())
    exact_here.known = exact.known | _shorter(one) | _shorter(other)
    exact_here.learn(one, other)
    pairs = [(one.tree, other.tree)]
    sums = [tree.terms for tree in (one.tree, other.tree) if isinstance(tree, Sum)]
    if len(sums) == 2 and len(sums[0]) == len(sums[1]):
        pairs = list(zip(*sums, strict=True))
    place = 0
    wrong: list[Slip] = []
    for left, right in pairs:
        begin, end = _span(other, right, place)
        place = end
        if not _alike(left, right, exact_here):
            wrong.append(_slip(left, right, other, begin, end))
    whole = len(pairs) == 1 or not _alike(one.tree, other.tree, exact_here)
    if wrong and whole:  # terms in another order come to the same
        yield wrong[0]


def _slip(left: Expr, right: Expr, part: Part, begin: int, end: int) -> Slip:
    if isinstance(left, Negative) and isinstance(right, Negative):
        left = left.body
    written = part.text[begin:end].strip()
    return Slip(MACHINE.write(left), _value(left), written, part.line, part.column + begin, part.column + end)


def _span(part: Part, node: Expr, start: int) -> tuple[int, int]:
    """Return where a number stands in a part's text, the whole part where the node is more than one."""
    bare = node.body if isinstance(node, Negative) else node
    if isinstance(bare, Number) and bare.text and bare is not part.tree:
        place = part.text.find(bare.text, start)
        if place >= 0:
            return place, place + len(bare.text)
    return 0, len(part.text)


def _alike(one: Expr, other: Expr, exact: Exact) -> bool:
    """Whether two trees may be the same number."""
    readings = [(one, other)]
    if any(isinstance(node, Call) and node.function == "ln" for node in each(one)):
        readings.append((_to_base_10(one), other))
    return any(_overlap(*reading, exact) for reading in readings)


def _overlap(one: Expr, other: Expr, exact: Exact) -> bool:
    try:
        left, right = (
            evaluate(node, {}, number=exact.interval, functions=FUNCTIONS) for node in (one, other)
        )
    except (ArithmeticError, ValueError, TypeError):
        return True  # what has no value is no slip of arithmetic
    slack = 1e-9 * max(abs(left.low), abs(right.high), 1e-6) + _cut(other)
    return bool(left.low <= right.high + slack and right.low <= left.high + slack)


def _cut(node: Expr) -> float:
    """Return what may be missing of a number alone whose digits were cut off, not rounded."""
    bare = node.body if isinstance(node, Negative) else node
    if not isinstance(bare, Number):
        return 0.0
    number = answer(bare.text or "")
    return 0.0 if number is None else number.half(USUAL) * 1.02


def _to_base_10(node: Expr) -> Expr:
    """Read log as the logarithm to base 10."""

    def change(one: Expr) -> Expr | None:
        return one / math.log(10) if isinstance(one, Call) and one.function == "ln" else None

    return replace(node, change)


def _value(node: Expr) -> float:
    try:
        return float(evaluate(node, {}))
    except (ArithmeticError, ValueError, TypeError):
        return math.nan


def _decimals(text: str) -> int:
    return len(text.partition("e")[0].partition(".")[2])
