"""Expression trees: one tree is a formula, the formula with its numbers, and a value.

Operators build a tree (`w * a + b`), `evaluate` gives its value, `symbols` what it is made
from, and `notation` writes it. Nothing here knows what a network is.

Expr
|-- Number     a constant of the formula itself: the 1 in 1 - a
|-- Symbol     a quantity with a name: z[2]_1
|-- Sum, Product, Quotient, Power, Negative
|-- Call       exp ln sqrt tanh cos sigmoid max min abs step
|-- Gate       one of two values, by the sign of a third: the slope of ReLU
|-- Result     a part that is shown as its number, in a later line of the same working
|-- Dots       the terms that a general formula leaves out
|-- Derivative a tree that is yet to be differentiated
`-- MatMul, Hadamard, Transpose, Correlate, Convolve    where the symbols are matrices
"""

from perceptron_cli.expr.names import Naming, symbol_of
from perceptron_cli.expr.nodes import (
    PAIRS,
    STATE_HEADS,
    Call,
    Convolve,
    Correlate,
    Derivative,
    Dots,
    Expr,
    Gate,
    Hadamard,
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
    ends,
    join_indices,
    joined_indices,
    product,
    total,
    tree,
)
from perceptron_cli.expr.walks import AS_DECIMALS, FUNCTIONS, each, evaluate, replace, symbols

__all__ = [
    "AS_DECIMALS",
    "FUNCTIONS",
    "PAIRS",
    "STATE_HEADS",
    "Call",
    "Convolve",
    "Correlate",
    "Derivative",
    "Dots",
    "Expr",
    "Gate",
    "Hadamard",
    "MatMul",
    "Naming",
    "Negative",
    "Number",
    "Power",
    "Product",
    "Quotient",
    "Result",
    "Sum",
    "Symbol",
    "Transpose",
    "each",
    "ends",
    "evaluate",
    "join_indices",
    "joined_indices",
    "product",
    "replace",
    "symbol_of",
    "symbols",
    "total",
    "tree",
]  # fmt: skip
