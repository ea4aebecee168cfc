"""A formula of somebody's own - `z/(1 + abs(z))` - as a tree; its names are those that are allowed."""

from __future__ import annotations

from collections.abc import Sequence

from perceptron_cli.expr.nodes import Expr
from perceptron_cli.expr.parse import Grammar, Unread, parse
from perceptron_cli.expr.walks import symbols

OWN = {name: name for name in ("exp", "ln", "sqrt", "tanh", "sigmoid", "abs", "max", "min", "erf", "relu")}
OWN["log"] = "ln"


def parse_own(text: str, names: Sequence[str]) -> Expr:
    """Return the tree of a formula over these names. Raises Unread where it is none."""
    tree = parse(text, Grammar(OWN, names=True))
    for symbol in symbols(tree):
        if symbol.name not in names:
            known = " or ".join(names)
            raise Unread(f"unknown name '{symbol.name}': a formula here has {known}, and {', '.join(OWN)}")
    return tree
