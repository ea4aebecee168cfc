"""Losses that are made from one tree of the prediction a and the target y; so is one of somebody's own.

The array work is compiled from the tree, and the gradient derived where none is written by hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from perceptron_cli.arrays import Array
from perceptron_cli.expr import Call, Expr, Number, Symbol, replace
from perceptron_cli.loss import Loss
from perceptron_cli.parameters import Parameter

A, Y = Symbol("a"), Symbol("y")

Tree = Callable[[Expr, Expr], Expr]


def of_tree(
    summary: str, tree: Tree, slope: Tree | None = None, *, averaged: bool = False, short: Tree | None = None
) -> Loss:
    """Return the loss of which a tree is one output's part; `short` is how the blackboard writes it."""
    gradient_of = slope or (lambda a, y: _put(_derivative(tree(A, Y)), a, y))

    def parts(activation: str, z: Array, a: Array, y: Array) -> Array:
        from numpy import broadcast_to

        from perceptron_cli.compiled import compiled

        return broadcast_to(compiled(tree(A, Y))({"a": a, "y": y}), a.shape)

    def gradient(a: Array, y: Array) -> Array:
        from numpy import broadcast_to

        from perceptron_cli.compiled import compiled

        found = compiled(gradient_of(A, Y))({"a": a, "y": y}) / (len(a) if averaged else 1)
        return broadcast_to(found, a.shape)

    def gradient_formulas(a: Expr, y: Expr, outputs: int) -> tuple[Expr, ...]:
        body = gradient_of(a, y)
        return (body / outputs if averaged and outputs > 1 else body,)

    return Loss(
        summary=summary,
        parts=parts,
        gradient=gradient,
        formulas=lambda activation, z, a, y, k: (
            *((short(a[k], y),) if short else ()),
            tree(a[k], y),
        ),
        gradient_formulas=gradient_formulas,
        lines=lambda a, y, value: (),
        general=short or tree,
        tree=tree,
        slope_tree=gradient_of,
        share=(lambda outputs: 1 / outputs) if averaged else (lambda outputs: 1.0),
    )


def _derivative(tree: Expr) -> Expr:
    from perceptron_cli.calculus import partial  # most losses need none

    return partial(tree, A)


def _put(tree: Expr, a: Expr, y: Expr) -> Expr:
    known = {"a": a, "y": y}
    return replace(tree, lambda node: known.get(node.name) if isinstance(node, Symbol) else None)


def _huber(delta: float) -> Loss:
    """m(|e| - m/2) with m = min(|e|, delta): half a square near 0, a line beyond."""
    limit = Number(delta)

    def tree(a: Expr, y: Expr) -> Expr:
        size = Call("abs", a - y)
        near = Call("min", size, limit)
        return near * (size - near / 2)

    return of_tree(
        f"mean of m(|a - y| - m/2) over the outputs, m = min(|a - y|, {delta:g})",
        tree,
        lambda a, y: Call("max", -limit, Call("min", limit, a - y)),
        averaged=True,
    )


def _log_cosh() -> Loss:
    def tree(a: Expr, y: Expr) -> Expr:
        size = Call("abs", a - y)
        return size + Call("ln", 1 + Call("exp", -2 * size)) - Call("ln", Number(2))

    def short(a: Expr, y: Expr) -> Expr:
        return Call("ln", (Call("exp", a - y) + Call("exp", y - a)) / 2)

    return of_tree(
        "mean of ln cosh(a - y) over the outputs",
        tree,
        lambda a, y: Call("tanh", a - y),
        averaged=True,
        short=short,
    )


REGRESSION: dict[str, Loss] = {"huber": _huber(1.0), "log_cosh": _log_cosh()}
PARAMETERS: dict[str, dict[str, Parameter]] = {"huber": {"delta": Parameter(1.0, 0, open_low=True)}}


@lru_cache
def of_name(name: str) -> Loss:
    """Return a loss with a number, `huber(1.5)`, or of one's own, `formula((a - y)^4)`.

    Raises KeyError for any other name.
    """
    if (found := re.fullmatch(r"huber\((.+)\)", name)) is not None:
        return _huber(float(found[1]))
    if (found := re.fullmatch(r"formula\((.*)\)", name)) is not None:
        from perceptron_cli.expr.own import parse_own

        tree = parse_own(found[1], ("a", "y"))
        return of_tree(f"of one's own: {found[1]}", lambda a, y: _put(tree, a, y))
    raise KeyError(name)
