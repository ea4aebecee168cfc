"""One small change of a line that gives an answer, where no mistake with a name does.

One operand is exchanged for another number that the student had, one term dropped or doubled, one sign
turned, or a product made a quotient. The more such changes there are, and the fewer digits an answer has,
the sooner one fits by chance: then nothing is said.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

from perceptron_cli.expr import Expr, Negative, Product, Quotient, Sum, Symbol, replace, symbols, total
from perceptron_cli.notation import MACHINE
from perceptron_cli.records import record

MOST = 2_000  # changes of a line
CHANCE = 0.05  # that one of them fits though it is not what was done


@record
class Change:
    """A changed tree and what was changed, in a sentence."""

    body: Expr
    sentence: str


def one_change(
    body: Expr,
    names: Sequence[str],
    symbol_of: Callable[[str], Symbol],
    value_of: Callable[[Expr], float],
    answer: float,
    half: float,
) -> Change | None:
    """Return the one change that gives an answer; None where none does, several do, or chance may.

    `names` are the numbers that a student had at hand.
    """
    tried = [(one, value_of(one.body)) for one in islice(_changes(body, names, symbol_of), MOST)]
    tried = [(one, value) for one, value in tried if math.isfinite(value)]
    fitting = [one for one, value in tried if abs(value - answer) <= half * (1 + 1e-9)]
    if not fitting or _by_chance([value for _, value in tried], answer, half) > CHANCE:
        return None
    values = {round(value_of(one.body) / max(half, 1e-300)) for one in fitting}
    return fitting[0] if len(fitting) <= 2 and len(values) <= 2 else None


def _by_chance(values: Sequence[float], answer: float, half: float) -> float:
    """Return how many of the values a random answer near this one would be expected to hit."""
    around = max(200 * half, 0.25 * abs(answer))
    near = sum(abs(value - answer) <= around for value in values)
    return near * half / around


def _changes(body: Expr, names: Sequence[str], symbol_of: Callable[[str], Symbol]) -> Iterator[Change]:
    yield from _of_sums(body)
    yield from _turned(body)
    for used in symbols(body):
        for name in names:
            if name != used.name:
                other = symbol_of(name)
                sentence = f"{name} was taken in place of {used.name}."
                yield Change(_put(body, used.name, other), sentence)


def _put(body: Expr, name: str, other: Expr) -> Expr:
    return replace(body, lambda node: other if isinstance(node, Symbol) and node.name == name else None)


def _of_sums(body: Expr) -> Iterator[Change]:
    """A term dropped, doubled, or with the other sign."""
    if not isinstance(body, Sum):
        return
    for place, term in enumerate(body.terms):
        told = _told(term)
        rest = [*body.terms[:place], *body.terms[place + 1 :]]
        if rest:
            yield Change(total(rest), f"The term {told} is missing.")
        yield Change(total([*body.terms, term]), f"The term {told} was added twice.")
        turned = term.body if isinstance(term, Negative) else Negative(term)
        terms = [*body.terms[:place], turned, *body.terms[place + 1 :]]
        yield Change(total(terms), f"The term {told} has the wrong sign.")


def _turned(body: Expr) -> Iterator[Change]:
    """A multiplication made a division, and the other way round; a sign in front of a factor."""
    found: list[Expr] = []

    def look(node: Expr) -> Expr | None:
        if isinstance(node, Product | Quotient):
            found.append(node)
        return None

    replace(body, look)
    for node in found:
        for instead, sentence in _instead(node):
            yield Change(_exchanged(body, node, instead), sentence)


def _exchanged(body: Expr, node: Expr, instead: Expr) -> Expr:
    return replace(body, lambda one: instead if one is node else None)


def _instead(node: Expr) -> Iterator[tuple[Expr, str]]:
    if isinstance(node, Quotient):
        one, other = node.top, node.bottom
        yield Product([one, other]), f"{_told(one)} was multiplied by {_told(other)}, not divided."
    elif isinstance(node, Product) and len(node.factors) == 2:
        one, other = node.factors
        yield Quotient(one, other), f"{_told(one)} was divided by {_told(other)}, not multiplied."
        yield Quotient(other, one), f"{_told(other)} was divided by {_told(one)}, not multiplied."
        yield one + other, f"{_told(one)} and {_told(other)} were added, not multiplied."


def _told(node: Expr) -> str:
    return MACHINE.write(node.body if isinstance(node, Negative) else node)


def at_hand(values: Mapping[str, float], before: Sequence[str]) -> list[str]:
    """Return the numbers that a student had before a line, each value once."""
    found: dict[float, str] = {}
    for name in before:
        value = values.get(name, math.nan)
        if math.isfinite(value):
            found.setdefault(value, name)
    return list(found.values())
