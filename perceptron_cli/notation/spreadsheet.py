"""Trees as formulas of a spreadsheet, over the cells that hold their symbols."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from perceptron_cli.expr import (
    Call,
    Expr,
    Gate,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Result,
    Sum,
    Symbol,
)
from perceptron_cli.notation.base import plain

SUM, PRODUCT, POWER, ATOM = range(4)
FUNCTIONS = {
    "exp": "EXP({})",
    "ln": "LN({})",
    "sqrt": "SQRT({})",
    "tanh": "TANH({})",
    "cos": "COS({})",
    "abs": "ABS({})",
    "erf": "ERF({})",
    "max": "MAX({})",
    "min": "MIN({})",
    # a sum of decimals that is at a threshold is at it in binary floats, too
    "step": "IF({}>=-1E-12,1,0)",
    "sigmoid": "IF({0}>=0,1/(1+EXP(-({0}))),EXP({0})/(1+EXP({0})))",
}


LONGEST = 8_192  # characters that Excel takes in a formula


def spreadsheet(expr: Expr, cells: Mapping[str, str]) -> str:
    """Return a tree as a formula without its `=`; `cells` has the place of each symbol by its name.

    A spreadsheet takes the minus of -x^2 before the power, so that such a power has brackets here. A sum of
    hundreds of products over cells below each other is their SUMPRODUCT, where it is longer than Excel takes.
    Raises KeyError for a symbol without a cell, TypeError for what has no value.
    """
    text = _walk(expr, cells, SUM)
    if len(text) >= LONGEST and isinstance(expr, Sum):
        text = "+".join(_shortened(expr.terms, cells))
    return text


def _shortened(terms: Sequence[Expr], cells: Mapping[str, str]) -> Iterator[str]:
    """Yield terms, those products together whose factors stand in cells below each other."""
    runs: list[list[tuple[Expr, list[_Cell]]]] = []
    for term in terms:
        own = [_cell(cells[one.name]) for one in _factors(term)]
        before = runs[-1][-1][1] if runs else []
        follows = bool(own) and [one.below for one in before] == own
        if follows:
            runs[-1].append((term, own))
        else:
            runs.append([(term, own)])
    for run in runs:
        if len(run) == 1:
            yield _walk(run[0][0], cells, PRODUCT)
        else:
            ends = zip(run[0][1], run[-1][1], strict=True)
            yield f"SUMPRODUCT({','.join(f'{first.text}:{last.column}{last.row}' for first, last in ends)})"


def _factors(term: Expr) -> tuple[Symbol, ...]:
    """Return the factors of a product of symbols; none where it is something else."""
    factors = term.factors if isinstance(term, Product) else (term,)
    found = tuple(one for one in factors if isinstance(one, Symbol))
    return found if len(found) == len(factors) else ()


class _Cell(NamedTuple):
    sheet: str
    column: str
    row: int

    @property
    def text(self) -> str:
        return f"{self.sheet}{self.column}{self.row}"

    @property
    def below(self) -> _Cell:
        return _Cell(self.sheet, self.column, self.row + 1)


def _cell(text: str) -> _Cell:
    sheet, mark, place = text.rpartition("!")
    column = place.rstrip("0123456789")
    return _Cell(sheet + mark, column, int(place[len(column) :]))


def _walk(node: Expr, cells: Mapping[str, str], need: int) -> str:
    level, text = _written(node, cells)
    return f"({text})" if level < need else text


def _written(node: Expr, cells: Mapping[str, str]) -> tuple[int, str]:
    match node:
        case Symbol(name=name):
            return ATOM, cells[name]
        case Number(value=value):
            return (ATOM if value >= 0 else SUM), plain(value)
        case Result(body=body):
            return _written(body, cells)
        case Gate():
            return _written(node.as_arithmetic(), cells)
        case Sum(terms=terms):
            text = _walk(terms[0], cells, PRODUCT if not isinstance(terms[0], Negative) else SUM)
            for term in terms[1:]:
                minus = isinstance(term, Negative)
                body = term.body if isinstance(term, Negative) else term
                text += ("-" if minus else "+") + _walk(body, cells, PRODUCT)
            return SUM, text
        case Product(factors=factors):
            return PRODUCT, "*".join(
                _walk(one, cells, POWER if place else PRODUCT) for place, one in enumerate(factors)
            )
        case Quotient(top=top, bottom=bottom):
            return PRODUCT, f"{_walk(top, cells, PRODUCT)}/{_walk(bottom, cells, POWER)}"
        case Power(base=base, exponent=exponent):
            return POWER, f"{_walk(base, cells, ATOM)}^{_walk(exponent, cells, ATOM)}"
        case Negative(body=body):
            return SUM, f"-{_walk(body, cells, ATOM)}"
        case Call(function=function, arguments=arguments):
            inside = ",".join(_walk(one, cells, SUM) for one in arguments)
            return ATOM, FUNCTIONS[function].format(inside)
    raise TypeError(f"{type(node).__name__} cannot stand in a spreadsheet")


def column(number: int) -> str:
    """Return a column's letters: A for 0, AA for 26."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
