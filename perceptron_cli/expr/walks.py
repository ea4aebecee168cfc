"""What is read from a tree: its symbols, its value, the same tree with something else in it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from perceptron_cli.expr.nodes import (
    Call,
    Derivative,
    Expr,
    Gate,
    MatMul,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Result,
    Sum,
    Symbol,
    Transpose,
)


def symbols(expr: Expr) -> tuple[Symbol, ...]:
    """Return the symbols of a tree in the order in which it is read, each once."""
    found: dict[str, Symbol] = {}

    def visit(node: Expr) -> None:
        if isinstance(node, Symbol):
            found.setdefault(node.name, node)
            return
        for part in node.parts:
            visit(part)

    visit(expr)
    return tuple(found.values())


def replace(expr: Expr, change: Callable[[Expr], Expr | None]) -> Expr:
    """Return the tree with each node that `change` answers for put in its place."""
    changed = change(expr)
    if changed is not None:
        return changed
    match expr:
        case Sum(terms=terms):
            return Sum([replace(term, change) for term in terms])
        case Product(factors=factors):
            return type(expr)([replace(factor, change) for factor in factors])
        case Quotient(top=top, bottom=bottom):
            return Quotient(replace(top, change), replace(bottom, change))
        case Power(base=base, exponent=exponent):
            return Power(replace(base, change), replace(exponent, change))
        case Negative(body=body):
            return Negative(replace(body, change))
        case Result(body=body, text=text):
            return Result(replace(body, change), text)
        case Call(function=function, arguments=arguments):
            return Call(function, *(replace(argument, change) for argument in arguments))
        case Gate(z=z, above=above, below=below, closed=closed):
            return Gate(replace(z, change), above, below, closed)
        case Derivative(body=body, by=by):
            return Derivative(replace(body, change), by)
        case Transpose(body=body):
            return Transpose(replace(body, change))
    return expr


def _sigmoid(z: float) -> float:
    return 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))


FUNCTIONS: Mapping[str, Callable[..., float]] = {
    "exp": math.exp,
    "ln": math.log,
    "sqrt": math.sqrt,
    "tanh": math.tanh,
    "cos": math.cos,
    "sigmoid": _sigmoid,
    "max": max,
    "min": min,
    "abs": abs,
    "erf": math.erf,
    "step": lambda z: 1.0 if z >= 0 else 0.0,
}


# The same, but that a sum of decimals which is at a threshold is at it in binary floats too.
AS_DECIMALS: Mapping[str, Callable[..., float]] = {
    **FUNCTIONS,
    "step": lambda z: 1.0 if z >= -1e-12 else 0.0,
}


def evaluate(
    expr: Expr,
    values: Mapping[str, Any],
    *,
    number: Callable[[Number], Any] = lambda node: node.value,
    functions: Mapping[str, Callable[..., Any]] = FUNCTIONS,
    result: Callable[[Any], Any] = lambda value: value,
) -> Any:
    """Return the value of a tree, given its symbols' values by name.

    Any kind of number will do that adds and multiplies, matrices too: `number` makes one of a constant,
    `functions` work on it, and `result` rounds what a `Result` shows.
    Raises ArithmeticError or ValueError where there is no value, as at ln(0).
    """

    def walk(node: Expr) -> Any:
        match node:
            case Symbol(name=name):
                return values[name]
            case Number():
                return number(node)
            case Sum(terms=terms):
                value = walk(terms[0])
                for term in terms[1:]:
                    value = value + walk(term)
                return value
            case MatMul(factors=factors):
                value = walk(factors[0])
                for factor in factors[1:]:
                    value = value @ walk(factor)
                return value
            case Product(factors=factors):
                value = walk(factors[0])
                for factor in factors[1:]:
                    value = value * walk(factor)
                return value
            case Transpose(body=body):
                return walk(body).T
            case Negative(body=body):
                return -walk(body)
            case Quotient(top=top, bottom=bottom):
                return walk(top) / walk(bottom)
            case Power(base=base, exponent=exponent):
                return walk(base) ** walk(exponent)
            case Call(function=function, arguments=arguments):
                return functions[function](*(walk(argument) for argument in arguments))
            case Gate(z=z, above=above, below=below, closed=closed):
                value = walk(z)
                return number(Number(above if value > 0 or (closed and value == 0) else below))
            case Result(body=body):
                return result(walk(body))
        raise TypeError(f"{type(node).__name__} has no value")

    return walk(expr)


def each(expr: Expr) -> Iterator[Expr]:
    """Yield every node of a tree, a node before what is below it."""
    yield expr
    for part in expr.parts:
        yield from each(part)
