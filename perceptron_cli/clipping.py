"""Gradient clipping, before the optimizer: as work on a vector, and as the lines that a reader sees.

The gradient is the one that the batch was reduced to, of every number that learns, biases too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field

from perceptron_cli.arrays import Array, Options
from perceptron_cli.expr import Call, Dots, Expr, Number, Symbol, total
from perceptron_cli.parameters import Parameter
from perceptron_cli.records import record

Clip = Callable[[], Mapping[str, float]]


@record
class Clipping:
    """One way to clip.

    `bind(gradient, options)` returns the work on a gradient, in place, which returns the values of
    `numbers`. `formula(g)` is a clipped gradient by what it was, `numbers(gradients)` what that needs
    beside the config's numbers, by name, in order; of several formulas the first that has a value.
    `kept` and `cut` say what became of the gradient.
    """

    summary: str
    bind: Callable[[Array, Options], Clip]
    formula: Callable[[Expr], Expr]
    numbers: Callable[[Sequence[Expr]], Mapping[str, tuple[Expr, ...]]] = lambda gradients: {}
    kept: str = ""
    cut: str = ""
    parameters: dict[str, Parameter] = field(default_factory=dict)
    source: str = ""


SCALE = Number(10) ** 200  # a number above 1e154 has no square, its share of this one has
LIMIT, NORM, CLIP = Symbol("limit"), Symbol("norm"), Symbol("clip")


def _by_norm(gradient: Array, options: Options) -> Clip:
    from numpy import multiply

    limit = float(options["limit"])

    def clip() -> Mapping[str, float]:
        norm = math.sqrt(gradient.dot(gradient))
        if norm == math.inf:
            norm = _safe_norm(gradient)
        factor = limit / max(limit, norm)
        if factor != 1:
            multiply(gradient, factor, gradient)
        return {"norm": norm, "clip": factor}

    return clip


def _safe_norm(gradient: Array) -> float:
    """The norm of numbers whose squares leave the finite range."""
    largest = float(abs(gradient).max())
    shares = gradient / largest
    return largest * math.sqrt(shares.dot(shares))


def _norms(gradients: Sequence[Expr]) -> tuple[Expr, Expr]:
    """The norm's formula, and one for numbers whose squares leave the finite range."""

    def root(scale: Expr | None = None) -> Expr:
        squares = [
            one if isinstance(one, Dots) else (one / scale if scale else one) ** 2 for one in gradients
        ]
        return Call("sqrt", total(squares))

    return root(), SCALE * root(SCALE)


def _by_value(gradient: Array, options: Options) -> Clip:
    from numpy import array, maximum, minimum

    high, low = array(options["limit"]), array(-options["limit"])

    def clip() -> Mapping[str, float]:
        minimum(gradient, high, out=gradient)
        maximum(gradient, low, out=gradient)
        return {}

    return clip


_LIMIT = {"limit": Parameter(1.0, 0, open_low=True)}

CLIPPINGS: dict[str, Clipping] = {
    "none": Clipping("as it is", lambda gradient, options: dict, lambda g: g),
    "norm": Clipping(
        "scaled down where its norm is above the limit",
        _by_norm,
        lambda g: CLIP * g,
        lambda gradients: {
            "norm": _norms(gradients),
            "clip": (LIMIT / Call("max", LIMIT, NORM),),
        },
        "The norm is not above the limit: the gradient stays as it is.",
        "The norm is above the limit: the gradient keeps its direction, and its norm becomes the limit.",
        _LIMIT,
        "Pascanu, Mikolov and Bengio (2013), algorithm 1; TensorFlow's clip_by_global_norm",
    ),
    "value": Clipping(
        "each number limited to the range from -limit to limit",
        _by_value,
        lambda g: Call("max", -LIMIT, Call("min", LIMIT, g)),
        kept="No number of the gradient is beyond the limit, so the gradient stays as it is.",
        cut="Numbers beyond the limit become the limit, so the direction of the gradient changes.",
        parameters=_LIMIT,
        source="PyTorch's clip_grad_value_",
    ),
}
