"""A tree as work on arrays: what is printed is what is computed; nothing that somebody wrote is run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from perceptron_cli.arrays import Array
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

if TYPE_CHECKING:
    from types import ModuleType

Values: TypeAlias = Mapping[str, Any]
Compiled: TypeAlias = Callable[[Values], Any]  # an array, or a number where the tree has no symbol


def compiled(tree: Expr) -> Compiled:
    """Return the work that gives a tree's value from arrays by its symbols' names.

    Raises TypeError for a node that has no value.
    """
    import numpy as np

    return _walk(tree, np)


def _walk(node: Expr, np: ModuleType) -> Compiled:
    match node:
        case Symbol(name=name):
            return lambda values: values[name]
        case Number(value=value):
            return lambda values: value
        case Sum(terms=terms):
            return _folded([_walk(one, np) for one in terms], np.add)
        case Product(factors=factors):
            return _folded([_walk(one, np) for one in factors], np.multiply)
        case Negative(body=body):
            inside = _walk(body, np)
            return lambda values: -inside(values)
        case Quotient(top=top, bottom=bottom):
            return _folded([_walk(top, np), _walk(bottom, np)], np.divide)
        case Power(base=base, exponent=exponent):
            return _folded([_walk(base, np), _walk(exponent, np)], np.power)
        case Gate(z=z, above=above, below=below, closed=closed):
            decides, fires = _walk(z, np), np.greater_equal if closed else np.greater
            return lambda values: np.where(fires(decides(values), 0.0), above, below)
        case Result(body=body):
            return _walk(body, np)
        case Call(function=function, arguments=arguments):
            called = _functions(np)[function]
            inside_all = [_walk(one, np) for one in arguments]
            if function in ("max", "min"):
                return _folded(inside_all, called)
            return lambda values: called(*(one(values) for one in inside_all))
    raise TypeError(f"{type(node).__name__} has no value")


def _folded(parts: list[Compiled], join: Callable[[Any, Any], Array]) -> Compiled:
    first, *rest = parts

    def run(values: Values) -> Any:
        found = first(values)
        for part in rest:
            found = join(found, part(values))
        return found

    return run


def _functions(np: ModuleType) -> dict[str, Callable[..., Any]]:
    from math import erf

    def sigmoid(z: Any) -> Any:
        large = np.exp(-np.abs(z))
        return np.where(z >= 0, 1.0, large) / (1.0 + large)

    return {
        "exp": np.exp,
        "ln": np.log,
        "sqrt": np.sqrt,
        "tanh": np.tanh,
        "cos": np.cos,
        "sigmoid": sigmoid,
        "max": np.maximum,
        "min": np.minimum,
        "abs": np.abs,
        "erf": np.vectorize(erf, otypes=[float]),
        "step": lambda z: np.where(z >= 0, 1.0, 0.0),
    }
