"""What is said of a program's numbers as a whole: gradients left from before, weights turned, float32."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from perceptron_cli.answers.mistakes.line import like
from perceptron_cli.answers.reading import Sheet
from perceptron_cli.answers.verdict import Verdict
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.step.lines import Lines

SINGLE = 5e-7  # float32 has 24 bits, of which a sum of a few numbers loses some
SAID = "These are numbers of float32: they agree to about 7 digits, as far as float32 goes."


def of_a_program(
    config: Config, sheet: Sheet, told: Lines, verdicts: Sequence[Verdict]
) -> tuple[list[Verdict], tuple[str, ...]]:
    """Return the verdicts with what only a program's numbers as a whole explain, and what is to be said."""
    found = [_turned(config, told, one) for one in verdicts]
    left = sheet.left_values(config)
    if left:
        found = [_not_zeroed(one, left) for one in found]
    if sheet.arrays and any(not one.is_right for one in found) and _is_single(found):
        return [one if one.is_right else replace(one, kind="rounding", mistakes=()) for one in found], (SAID,)
    return found, ()


def _not_zeroed(one: Verdict, left: Mapping[str, float]) -> Verdict:
    """The right gradient, and what stood in its place before."""
    before = left.get(one.name.replace("dD/d", "dL/d"))
    if one.value is None or not before or one.kind in ("right", "rounding"):
        return one
    together = (one.expected if one.expected is not None else one.value) + before
    if abs(one.answer.value - together) > max(one.answer.half(4), 1e-9 * max(1.0, abs(together))):
        return one
    return replace(one, kind="mistake", mistakes=("gradients not set to 0",), because=(), made_in=None)


def _turned(config: Config, told: Lines, one: Verdict) -> Verdict:
    """A given weight that is the one of the transposed place."""
    symbol = one.symbol
    if one.kind != "unexplained" or symbol.head != "w" or symbol.prime or len(symbol.indices) != 2:
        return one
    i, j = symbol.indices
    if i == 0 or not config.layers[(symbol.layer or 1) - 1].is_dense:
        return one
    other = told.values.get(like(symbol, None, int(j), int(i)).name)
    if other is None or abs(one.answer.value - other) > one.answer.half(4) * 1.01:
        return one
    return replace(one, kind="mistake", mistakes=("weights transposed",))


def _is_single(verdicts: Sequence[Verdict]) -> bool:
    """Whether every number is right as far as float32 can have it, beside the largest of its kind."""
    largest: dict[tuple[str, int | None], float] = {}
    for one in verdicts:
        key = (one.symbol.head, one.symbol.layer)
        largest[key] = max(largest.get(key, 0.0), abs(one.value or 0.0))
    return all(
        one.value is not None
        and abs(one.answer.value - one.value)
        <= SINGLE * max(abs(one.value), largest[(one.symbol.head, one.symbol.layer)]) + one.answer.half(4)
        for one in verdicts
    )
