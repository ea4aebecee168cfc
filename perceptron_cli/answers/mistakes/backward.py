"""Mistakes of the backward pass."""

from __future__ import annotations

from collections.abc import Iterator

from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.answers.mistakes.line import Line, Mistake, first, like, put
from perceptron_cli.expr import Expr, Number, Sum, Symbol
from perceptron_cli.losses import LOSSES


def _derivative_left_out(line: Line) -> Iterator[Expr]:
    if line.head == "da/dz" and not ACTIVATIONS[line.activation].coupled:
        yield Number(1)
    elif line.head == "dL/dz" and line.with_head("da/dz"):
        if ACTIVATIONS[line.activation].coupled:
            yield like(line.symbol, "dL/da")
        else:
            yield put(line.body, {one.name: Number(1) for one in line.with_head("da/dz")})


def _derivative_at_a(line: Line) -> Iterator[Expr]:
    entry = ACTIVATIONS[line.activation]
    if line.head == "da/dz" and not entry.coupled:
        a, options = like(line.symbol, "a"), line.layer.options
        yield entry.slope_formula([a], [entry.formulas([a], 0, options)[0]], 0, 0, options)


def _gradient_sign(line: Line) -> Iterator[Expr]:
    if line.head in ("dL/da", "dL/dz") and line.is_output:
        yield -line.body


def _updated_weights(line: Line) -> Iterator[Expr]:
    """Not where gradients are clipped by their norm: that takes all of them before any w'."""
    if line.head == "dL/da" and line.with_head("w") and line.config.training.clip != "norm":
        yield put(line.body, {w.name: w.after() for w in line.with_head("w")})


def _sum_cut(line: Line) -> Iterator[Expr]:
    if line.head == "dL/da" and isinstance(line.body, Sum) and line.with_head("w"):
        yield from line.body.terms


def _softmax_diagonal(line: Line) -> Iterator[Expr]:
    if line.head == "dL/dz" and ACTIVATIONS[line.activation].coupled and isinstance(line.body, Sum):
        j = first(line.symbol)
        yield like(line.symbol, "dL/da") * like(line.symbol, "da/dz", j, j)


def _tanh_slope(line: Line) -> Iterator[Expr]:
    if line.head == "da/dz" and line.activation == "tanh":
        yield 1 - like(line.symbol, "a")


def _target_in_slope(line: Line) -> Iterator[Expr]:
    """y(1 - y) for a(1 - a), of an output neuron."""
    if line.head == "da/dz" and line.is_output and line.activation == "sigmoid":
        y = Symbol("y", None, line.symbol.indices, line.symbol.sample)
        yield y * (1 - y)


def _slope_twice(line: Line) -> Iterator[Expr]:
    """The slope on top of the shortcut, which holds it already, or twice on the way back."""
    if line.head != "dL/dz" or ACTIVATIONS[line.activation].coupled:
        return
    slopes = line.with_head("da/dz")
    if slopes:
        yield line.body * slopes[0]
    elif line.is_output and LOSSES[line.config.loss or ""].shortcut(line.activation):
        yield line.body * like(line.symbol, "da/dz")


def _bias_gradient_times_input(line: Line) -> Iterator[Expr]:
    if line.head != "dL/dw" or first(line.symbol) or not line.with_head("dL/dz"):
        return
    (dz,) = line.with_head("dL/dz")[:1]
    below = (line.symbol.layer or 1) - 1
    for i in range(1, line.layer.inputs + 1):
        yield dz * (Symbol("a", below, (i,), dz.sample) if below else Symbol("x", None, (i,), dz.sample))


def _gradient_not_brought_back(line: Line) -> Iterator[Expr]:
    if line.head == "dL/da" and line.with_head("w"):
        yield put(line.body, {one.name: Number(1) for one in line.with_head("dL/dz")})


BACKWARD = (
    Mistake(
        "derivative left out",
        "On the way from a to z the gradient is multiplied by the activation's derivative da/dz.",
        _derivative_left_out,
        "nnstep derive chain-rule",
    ),
    Mistake(
        "derivative at a",
        "The activation was applied once more, to a. The activation's derivative belongs at z.",
        _derivative_at_a,
        "nnstep activations",
    ),
    Mistake(
        "tanh slope",
        "1 - a was taken as the derivative of tanh. It is 1 - a^2.",
        _tanh_slope,
        "nnstep derive tanh",
    ),
    Mistake(
        "y for a in the slope",
        "y(1 - y) was taken as the derivative of the sigmoid. It is a(1 - a), of the prediction, not the "
        "target.",
        _target_in_slope,
        "nnstep derive sigmoid",
    ),
    Mistake(
        "slope twice",
        "The derivative da/dz was multiplied in twice. The shortcut a - y of cross-entropy holds it already.",
        _slope_twice,
        "nnstep derive shortcut",
    ),
    Mistake(
        "sign of the loss gradient",
        "The gradient of the loss has the wrong sign: it is prediction minus target, not target minus "
        "prediction.",
        _gradient_sign,
        "nnstep derive cross-entropy",
    ),
    Mistake(
        "updated weights",
        "The gradient went back through the updated weights w'. All gradients use the weights from before.",
        _updated_weights,
    ),
    Mistake(
        "sum cut to one",
        "Only one neuron of the next layer was counted. A neuron's gradient is a sum over all of them.",
        _sum_cut,
        "nnstep derive chain-rule",
    ),
    Mistake(
        "gradient not brought back",
        "The weights were added up without the gradients of the next layer. Each weight is multiplied by the "
        "gradient dL/dz of the neuron that it leads to.",
        _gradient_not_brought_back,
        "nnstep derive chain-rule",
    ),
    Mistake(
        "bias gradient times input",
        "The gradient of the bias was multiplied by an input. The bias has the input 1, so its gradient is "
        "dL/dz.",
        _bias_gradient_times_input,
        of_dense=True,
    ),
    Mistake(
        "softmax by its diagonal",
        "Only the diagonal of the derivative was used. Each output of softmax depends on every z, so the "
        "derivative is a sum over all outputs.",
        _softmax_diagonal,
        "nnstep derive softmax",
    ),
)
