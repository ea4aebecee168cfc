"""Trees as formulas of a spreadsheet, over the cells that hold their symbols."""

from __future__ import annotations

from collections.abc import Mapping

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


def spreadsheet(expr: Expr, cells: Mapping[str, str]) -> str:
    """Return a tree as a formula without its `=`; `cells` has the place of each symbol by its name.

    A spreadsheet takes the minus of -x^2 before the power, so that such a power has brackets here.
    Raises KeyError for a symbol without a cell, TypeError for what has no value.
    """
    return _walk(expr, cells, SUM)


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
