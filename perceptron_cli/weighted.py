"""Losses with weights: of classes, in cross-entropy, or of samples, in any loss; and means over time steps.

L_k = -c_k y_k ln a_k; with one sigmoid output -(c_1 y ln a + c_0 (1 - y) ln(1 - a)), the classes 0 and 1.
A batch's mean is over the samples, as in Keras; PyTorch's divides by the sum of the weights.
Source: King and Zeng (2001), section 4.2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from perceptron_cli.arrays import Array
from perceptron_cli.expr import Call, Expr, Number, Symbol, total
from perceptron_cli.loss import Loss, Shortcut

CATEGORICAL, BINARY = "categorical_cross_entropy", "binary_cross_entropy"


def weighted(base: Loss, name: str, weights: Sequence[float]) -> Loss:
    """Return a cross-entropy whose classes have these weights."""
    return _binary(base, weights) if name == BINARY else _categorical(base, weights)


def _categorical(base: Loss, weights: Sequence[float]) -> Loss:
    def of(a: Expr) -> Expr:
        """The weight of a's class: c_k where that is still any class."""
        index = a.indices[-1] if isinstance(a, Symbol) and a.indices else "k"
        return _number(weights[index - 1]) if isinstance(index, int) else Symbol("c", None, (index,))

    def column(array: Array) -> Array:
        from numpy import array as made

        found: Array = made(weights).reshape(-1, 1) * array
        return found

    return Loss(
        summary="-sum of c y ln a over the classes, c being each class's weight",
        parts=lambda activation, z, a, y: column(base.parts(activation, z, a, y)),
        gradient=lambda a, y: column(base.gradient(a, y)),
        formulas=lambda activation, z, a, y, k: tuple(
            one if isinstance(one, Number) else _number(weights[k]) * one
            for one in base.formulas(activation, z, a, y, k)
        ),
        gradient_formulas=lambda a, y, outputs: (of(a) * (-y) / a, Number(0)),
        lines=lambda a, y, value: (),
        general=lambda a, y: -(of(a) * y * Call("ln", a)),
        activations=base.activations,
        target_problem=base.target_problem,
    )


def _binary(base: Loss, weights: Sequence[float]) -> Loss:
    zero, one = map(_number, weights)

    def whole(a: Expr, y: Expr) -> Expr:
        return -(one * y * Call("ln", a) + zero * (1 - y) * Call("ln", 1 - a))

    def from_z(z: Expr, y: Expr) -> Expr:
        bend = Call("ln", 1 + Call("exp", -Call("abs", z)))
        return one * y * (Call("max", -z, 0) + bend) + zero * (1 - y) * (Call("max", z, 0) + bend)

    def parts(activation: str, z: Array, a: Array, y: Array) -> Array:
        from numpy import ones_like, where, zeros_like

        if_one = base.parts(activation, z, a, ones_like(y))
        if_zero = base.parts(activation, z, a, zeros_like(y))
        found: Array = where(y == 0, 0.0, weights[1] * y * if_one)
        return found + where(y == 1, 0.0, weights[0] * (1 - y) * if_zero)

    def gradient(a: Array, y: Array) -> Array:
        from numpy import where

        found: Array = where(y == 0, 0.0, -weights[1] * y / a)
        return found + where(y == 1, 0.0, weights[0] * (1 - y) / (1 - a))

    return Loss(
        summary="-(c_1 y ln a + c_0 (1 - y) ln(1 - a)), summed over the outputs",
        parts=parts,
        gradient=gradient,
        formulas=lambda activation, z, a, y, k: (
            whole(a[k], y),
            *((from_z(z[k], y),) if activation == "sigmoid" else ()),
            -(one * Call("ln", a[k])),
            -(zero * Call("ln", 1 - a[k])),
        ),
        gradient_formulas=lambda a, y, outputs: (
            total([-(one * y / a), zero * (1 - y) / (1 - a)]),
            -(one / a),
            zero / (1 - a),
        ),
        lines=lambda a, y, value: (),
        general=whole,
        activations=base.activations,
        target_problem=base.target_problem,
    )


def _number(value: float) -> Number:
    return Number(value, f"{value:g}" if float(f"{value:g}") == value else None)


def by_sample(base: Loss) -> Loss:
    """Return a loss that is multiplied by each sample's weight, c, which stands in the last row of y."""

    def of(y: Expr) -> Symbol:
        return Symbol("c", None, (), y.sample if isinstance(y, Symbol) else None)

    def times(body: Expr, y: Expr) -> Expr:
        return body if isinstance(body, Number) and not body.value else of(y) * body

    def shortcut(one: Shortcut) -> Shortcut:
        def bind(a: Array, dz: Array) -> Callable[[Array], object]:
            from numpy import multiply

            plain = one.bind(a, dz)

            def run(y: Array) -> None:
                plain(y[:-1])
                multiply(dz, y[-1], dz)

            return run

        return Shortcut(bind, lambda a, y: of(y) * one.formula(a, y))

    return Loss(
        summary=base.summary,
        parts=lambda activation, z, a, y: base.parts(activation, z, a, y[:-1]) * y[-1],
        gradient=lambda a, y: base.gradient(a, y[:-1]) * y[-1],
        formulas=lambda activation, z, a, y, k: tuple(
            times(one, y) for one in base.formulas(activation, z, a, y, k)
        ),
        gradient_formulas=lambda a, y, outputs: tuple(
            times(one, y) for one in base.gradient_formulas(a, y, outputs)
        ),
        lines=lambda a, y, value: (),
        general=lambda a, y: times(base.general(a, y), y),
        share=base.share,
        shortcuts={name: shortcut(one) for name, one in base.shortcuts.items()},
        activations=base.activations,
        target_problem=base.target_problem,
    )


def mean_over_time(base: Loss, steps: int) -> Loss:
    """Return a loss that is divided by the number of time steps."""

    def shortcut(one: Shortcut) -> Shortcut:
        def bind(a: Array, dz: Array) -> Callable[[Array], object]:
            from numpy import divide

            plain = one.bind(a, dz)

            def run(y: Array) -> None:
                plain(y)
                divide(dz, steps, dz)

            return run

        return Shortcut(bind, lambda a, y: one.formula(a, y) / steps)

    return replace(
        base,
        gradient=lambda a, y: base.gradient(a, y) / steps,
        gradient_formulas=lambda a, y, outputs: tuple(
            one if isinstance(one, Number) and not one.value else one / steps
            for one in base.gradient_formulas(a, y, outputs)
        ),
        share=lambda outputs: base.share(outputs) / steps,
        shortcuts={name: shortcut(one) for name, one in base.shortcuts.items()},
        tree=None,
        slope_tree=None,
    )
