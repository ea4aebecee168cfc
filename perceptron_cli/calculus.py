"""Differentiates a tree: the rules of the slides, applied without simplifying anything.

A derivation is written by hand, line by line; its first line, d/dz[...], gets its number from here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from perceptron_cli.expr import (
    Call,
    Derivative,
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
    product,
    replace,
    symbols,
    total,
)


def differentiate(expr: Expr, by: Symbol) -> Expr:
    """Return the derivative of a tree by one of its symbols.

    Raises TypeError where there is no rule, as for an exponent that is no constant.
    """
    if all(symbol.name != by.name for symbol in symbols(expr)):
        return Number(0)
    match expr:
        case Symbol():
            return Number(1)
        case Sum(terms=terms):
            return total([differentiate(term, by) for term in terms])
        case Product(factors=factors):
            return total(
                [
                    product([differentiate(factor, by), *factors[:place], *factors[place + 1 :]])
                    for place, factor in enumerate(factors)
                ]
            )
        case Quotient(top=top, bottom=bottom):
            return (differentiate(top, by) * bottom - top * differentiate(bottom, by)) / bottom**2
        case Power(base=base, exponent=exponent) if not symbols(exponent):
            return exponent * base ** (exponent - 1) * differentiate(base, by)
        case Negative(body=body):
            return -differentiate(body, by)
        case Result(body=body):
            return differentiate(body, by)
        case Call(function="max", arguments=(first, second)):
            second_leads = Gate(second - first, 1, 0)
            return second_leads * differentiate(second, by) + (1 - second_leads) * differentiate(first, by)
        case Call(function=function, arguments=(argument,)) if function in RULES:
            return RULES[function](argument) * differentiate(argument, by)
        case Gate():
            return Number(0)
    raise TypeError(f"there is no rule to differentiate {type(expr).__name__}")


def worked_out(expr: Expr) -> Expr:
    """Return a tree with every `Derivative` in it taken."""

    def take(node: Expr) -> Expr | None:
        return differentiate(worked_out(node.body), node.by) if isinstance(node, Derivative) else None

    return replace(expr, take)


RULES: Mapping[str, Callable[[Expr], Expr]] = {
    "exp": lambda u: Call("exp", u),
    "ln": lambda u: 1 / u,
    "sqrt": lambda u: 1 / (2 * Call("sqrt", u)),
    "tanh": lambda u: 1 - Call("tanh", u) ** 2,
    "sigmoid": lambda u: Call("sigmoid", u) * (1 - Call("sigmoid", u)),
    "abs": lambda u: Gate(u, 1, -1),
}
