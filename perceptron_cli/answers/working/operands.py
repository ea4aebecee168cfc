"""An operand that does not belong: a number in somebody's working that the right line does not use."""

from __future__ import annotations

from collections.abc import Mapping

from perceptron_cli.answers.numerals import answer
from perceptron_cli.answers.working.chains import Chain
from perceptron_cli.expr import Number, Symbol, each, symbols
from perceptron_cli.trace.step.lines import Lines

USUAL = 4


def foreign_operand(chain: Chain, name: str, lines: Lines, written: Mapping[str, float]) -> str | None:
    """Say which operand does not belong in a line, and what does; None where that is not one for one.

    `written` are the numbers that the sheet has for symbols: they may stand in place of the right ones.
    """
    body = lines.equations[name].body
    first = next((part for part in chain.parts if part.number is None), None)
    if body is None or first is None:
        return None
    wanted = list(symbols(body))
    missing = list(wanted)
    strange: list[Number] = []
    constants = {abs(node.value) for node in each(body) if isinstance(node, Number)}
    for number in (node for node in each(first.tree) if isinstance(node, Number)):
        fits = next((one for one in missing if _may_be(number, one, lines, written)), None)
        known = number.value in constants or any(_may_be(number, one, lines, written) for one in wanted)
        if fits is not None:
            missing.remove(fits)
        elif not known:
            strange.append(number)
    if len(strange) != 1 or len(missing) != 1:
        return None
    (belongs,) = missing
    found = _named(strange[0], belongs, lines, written)
    if found is None:
        return None
    right = lines.numbers[belongs.name]
    return f"{strange[0].text} is {found}; here {belongs.name} = {right} belongs."


def _may_be(number: Number, symbol: Symbol, lines: Lines, written: Mapping[str, float]) -> bool:
    """Whether a written number may be a symbol's: the right one, or the one that the sheet has for it."""
    half = _half(number, symbol, lines)
    values = (lines.values.get(symbol.name), written.get(symbol.name))
    return any(value is not None and abs(abs(value) - abs(number.value)) <= half for value in values)


def _half(number: Number, symbol: Symbol, lines: Lines) -> float:
    equation = lines.equations.get(symbol.name)
    if equation is None or equation.body is None:
        return 1e-12  # a given number is written as it is
    read = answer(number.text or "")
    return read.half(USUAL) * 1.01 if read is not None else 1e-12


def _named(number: Number, belongs: Symbol, lines: Lines, written: Mapping[str, float]) -> str | None:
    """Return the number of the network that stands there instead, one of the same kind first."""
    names = [name for name, one in lines.equations.items() if not one.symbol.prime and name != "eta"]
    names.sort(key=lambda name: lines.equations[name].symbol.head != belongs.head)
    fitting = (name for name in names if _may_be(number, lines.equations[name].symbol, lines, written))
    return next(fitting, None)
