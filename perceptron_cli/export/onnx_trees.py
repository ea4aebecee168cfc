"""A formula as nodes of an ONNX graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import pi, sqrt

from perceptron_cli.errors import InputError
from perceptron_cli.export.onnx_graph import Graph
from perceptron_cli.expr import Call, Expr, Negative, Number, Power, Product, Quotient, Sum, Symbol

CALLS = {
    "exp": "Exp", "ln": "Log", "sqrt": "Sqrt", "tanh": "Tanh", "sigmoid": "Sigmoid", "abs": "Abs",
    "max": "Max", "min": "Min", "cos": "Cos",
}  # fmt: skip


def of_tree(graph: Graph, tree: Expr, values: Mapping[str, str]) -> str | float:
    """Add the nodes of a tree and return their output's name; a number stays one."""
    match tree:
        case Symbol(name=name):
            return values[name]
        case Number(value=value):
            return value
        case Negative(body=body):
            return graph.node("Neg", of_tree(graph, body, values))
        case Sum(terms=terms):
            return _folded(graph, "Add", terms, values)
        case Product(factors=factors):
            return _folded(graph, "Mul", factors, values)
        case Quotient(top=top, bottom=bottom):
            return _folded(graph, "Div", (top, bottom), values)
        case Power(base=base, exponent=exponent):
            return _folded(graph, "Pow", (base, exponent), values)
        case Call(function=function, arguments=arguments):
            if function in ("max", "min"):
                return _folded(graph, CALLS[function], arguments, values)
            if function == "erf":
                return _erf(graph, of_tree(graph, arguments[0], values))
            return graph.node(CALLS[function], *(of_tree(graph, one, values) for one in arguments))
    raise InputError(f"--to onnx knows no {type(tree).__name__} in a formula")


TERMS = 120  # of the series of erf, which then has all digits up to 6


def _erf(graph: Graph, z: str | float) -> str:
    """2/sqrt(pi) z e^-z^2 (1 + 2z^2/3 (1 + 2z^2/5 (...))): onnxruntime has no Erf in float64."""
    x = graph.node("Max", graph.node("Min", z, 6.0), -6.0)
    square = graph.node("Mul", x, x)
    twice = graph.node("Mul", square, 2.0)
    added = graph.node("Add", graph.node("Mul", twice, 0.0), 1.0)
    for place in range(2 * TERMS + 1, 1, -2):
        added = graph.node("Add", graph.node("Mul", graph.node("Div", twice, float(place)), added), 1.0)
    bell = graph.node("Mul", graph.node("Exp", graph.node("Neg", square)), 2 / sqrt(pi))
    return graph.node("Mul", graph.node("Mul", x, bell), added)


def _folded(graph: Graph, operator: str, parts: Sequence[Expr], values: Mapping[str, str]) -> str:
    first, *rest = (of_tree(graph, one, values) for one in parts)
    for one in rest:
        first = graph.node(operator, first, one)
    return first if isinstance(first, str) else graph.constant(first)
