"""Differentiates a tree: the rules of the slides, applied without simplifying anything.

A derivation is written by hand, line by line; its first line, d/dz[...], gets its number from here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

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


def partial(expr: Expr, by: Symbol) -> Expr:
    """Return the derivative of a tree by one of its symbols, without the zeros and ones of `differentiate`.

    Raises TypeError where there is no rule.
    """
    if all(symbol.name != by.name for symbol in symbols(expr)):
        return Number(0)
    match expr:
        case Symbol():
            return Number(1)
        case Sum(terms=terms):
            slopes = [slope for term in terms if not _is(slope := partial(term, by), 0)]
            return total(slopes) if slopes else Number(0)
        case Product(factors=factors):
            parts = []
            for place, factor in enumerate(factors):
                slope = partial(factor, by)
                if not _is(slope, 0):
                    parts.append(_times([*factors[:place], slope, *factors[place + 1 :]]))
            return total(parts) if parts else Number(0)
        case Quotient(top=top, bottom=bottom) if all(one.name != by.name for one in symbols(bottom)):
            return partial(top, by) / bottom
        case Quotient(top=top, bottom=bottom) if all(one.name != by.name for one in symbols(top)):
            return -_times([top, partial(bottom, by)]) / bottom**2
        case Quotient(top=top, bottom=bottom):
            gap = _times([partial(top, by), bottom]) - _times([top, partial(bottom, by)])
            return gap / bottom**2
        case Power(base=base, exponent=exponent) if isinstance(exponent, Number):
            less = exponent.value - 1
            power = base if less == 1 else base ** Number(less)
            slope = partial(base, by)
            return slope if less == 0 else _times([exponent, power, slope])
        case Negative(body=body):
            slope = partial(body, by)
            return slope.body if isinstance(slope, Negative) else -slope
        case Result(body=body):
            return partial(body, by)
        case Call(function="max" | "min" as function, arguments=arguments):
            return _of_extreme(function, arguments, by)
        case Call(function=function, arguments=(argument,)) if function in RULES:
            return _times([RULES[function](argument), partial(argument, by)])
        case Gate():
            return Number(0)
    raise TypeError(f"there is no rule to differentiate {type(expr).__name__}")


def _of_extreme(function: str, arguments: Sequence[Expr], by: Symbol) -> Expr:
    """Each argument counts where it is the largest (or smallest); of two equal ones, the first."""
    terms = []
    for place, one in enumerate(arguments):
        slope = partial(one, by)
        if _is(slope, 0):
            continue
        gates: list[Expr] = []
        for other, against in enumerate(arguments):
            if other != place:
                gap = one - against if function == "max" else against - one
                gates.append(Gate(gap, 1, 0, closed=other > place))
        terms.append(_times([*gates, slope]))
    return total(terms) if terms else Number(0)


def _is(expr: Expr, value: float) -> bool:
    return isinstance(expr, Number) and expr.value == value


def _times(factors: Sequence[Expr]) -> Expr:
    """Multiply without the ones; a minus goes in front."""
    kept: list[Expr] = []
    minus = False
    for factor in factors:
        one = factor
        if isinstance(one, Negative):
            minus, one = not minus, one.body
        if _is(one, 1):
            continue
        kept.extend(one.factors if isinstance(one, Product) else (one,))
    whole = product(kept) if kept else Number(1)
    return -whole if minus else whole


RULES: Mapping[str, Callable[[Expr], Expr]] = {
    "exp": lambda u: Call("exp", u),
    "ln": lambda u: 1 / u,
    "sqrt": lambda u: 1 / (2 * Call("sqrt", u)),
    "tanh": lambda u: 1 - Call("tanh", u) ** 2,
    "sigmoid": lambda u: Call("sigmoid", u) * (1 - Call("sigmoid", u)),
    "abs": lambda u: Gate(u, 1, -1),
    "erf": lambda u: 2 * Call("exp", -(u**2)) / Call("sqrt", Number(math.pi)),
}
