"""The losses: the value and gradient the engine computes, and the formulas a reader sees.

A loss is a sum of parts L_k, one per output (`mean_squared_error` divides it by their number).
The logarithms are taken from z, not from a: ln(sigmoid(-800)) is -800, though a is 0.
A loss owns its shortcuts: with some output activations dL/dz is simpler than its two factors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import exp, isfinite, log1p

from perceptron_cli.activation import group_of, temperature, ungrouped
from perceptron_cli.arrays import Array
from perceptron_cli.expr import Call, Expr, Gate, Number, Result, total
from perceptron_cli.loss import Loss, Shortcut, Total
from perceptron_cli.regression import REGRESSION, of_name

# what the engine computes ---------------------------------------------------------------------


def _log_a(activation: str, z: Array) -> Array:
    """Return ln a, from z."""
    import numpy as np

    if activation == "sigmoid":
        return np.minimum(z, 0.0) - np.log1p(np.exp(-np.abs(z)))
    if activation != "softmax":
        z = z / temperature(activation)
    shape = z.shape
    z = z.reshape(-1, group_of(activation) or len(z), shape[-1])  # steps, numbers of each, samples
    largest = z.max(axis=1, keepdims=True)
    found: Array = z - (largest + np.log(np.exp(z - largest).sum(axis=1, keepdims=True)))
    return found.reshape(shape)


def _log_not_a(activation: str, z: Array, a: Array) -> Array:
    """Return ln(1 - a), from z where it can be."""
    import numpy as np

    return _log_a(activation, -z) if activation == "sigmoid" else np.log1p(-a)


def _binary_parts(activation: str, z: Array, a: Array, y: Array) -> Array:
    import numpy as np

    if activation == "sigmoid":
        return np.maximum(z, 0.0) - z * y + np.log1p(np.exp(-np.abs(z)))
    return -(_weighed(y, _log_a(activation, z)) + _weighed(1 - y, _log_not_a(activation, z, a)))


def _binary_part(z: float, y: float) -> float:
    return (z if z > 0 else 0.0) - z * y + log1p(exp(-abs(z)))


def _binary_total(activation: str, z: Array, a: Array) -> Total | None:
    if activation != "sigmoid":
        return None
    if z.size == 1:
        item = z.item
        return lambda y: _binary_part(item(), y.item())
    flat = z.reshape(-1)
    if z.size <= 8:  # so few numbers are faster one by one than as an array
        return lambda y: sum(map(_binary_part, flat.tolist(), y.ravel().tolist()))
    from numpy import add, array, copysign, empty_like, exp, log1p, maximum, multiply, subtract

    zero, minus, part, rest = array(0.0), array(-1.0), empty_like(z), empty_like(z)
    flat = part.reshape(-1)

    def run(y: Array) -> float:
        maximum(z, zero, out=part)
        multiply(z, y, rest)
        subtract(part, rest, part)
        copysign(z, minus, rest)
        exp(rest, rest)
        log1p(rest, rest)
        add(part, rest, part)
        return float(add.reduce(flat))

    return run


def _categorical_parts(activation: str, z: Array, a: Array, y: Array) -> Array:
    return -_weighed(y, _log_a(activation, z)) + 0.0  # no -0.0 for the classes that vanish


def _categorical_total(activation: str, z: Array, a: Array) -> Total | None:
    if activation != "softmax":
        return None
    from numpy import add, empty_like, exp, log, maximum, multiply, subtract

    part, largest, shifted = empty_like(z), empty_like(z[0]), empty_like(z[0])
    flat = part.reshape(-1)

    def run(y: Array) -> float:
        maximum.reduce(z, 0, None, largest)
        subtract(z, largest, part)
        exp(part, part)
        add.reduce(part, 0, None, shifted)
        log(shifted, shifted)
        add(largest, shifted, largest)
        subtract(largest, z, part)
        multiply(part, y, part)
        value = float(add.reduce(flat))
        # 0*inf: only there a class that y does not ask for would count
        return value if isfinite(value) else float(_categorical_parts(activation, z, a, y).sum())

    return run


def _divergence_parts(activation: str, z: Array, a: Array, y: Array) -> Array:
    import numpy as np

    with np.errstate(divide="ignore", invalid="ignore"):
        own = _weighed(y, np.log(y))
    found: Array = own + _categorical_parts(activation, z, a, y)
    return found


def _weighed(weight: Array, value: Array) -> Array:
    """Return weight*value, and 0 where the weight is 0, whatever the value."""
    import numpy as np

    return np.where(weight == 0, 0.0, weight * value)


def _binary_gradient(a: Array, y: Array) -> Array:
    import numpy as np

    return np.where(y == 0, 0.0, -y / a) + np.where(y == 1, 0.0, (1 - y) / (1 - a))


def _categorical_gradient(a: Array, y: Array) -> Array:
    import numpy as np

    return np.where(y == 0, 0.0, -y / a)


def _error(a: Array, dz: Array) -> Callable[[Array], object]:
    from numpy import subtract

    return lambda y: subtract(a, y, dz)


def _categorical_sigmoid(a: Array, dz: Array) -> Callable[[Array], object]:
    from numpy import multiply, subtract

    def run(y: Array) -> None:
        subtract(a, 1.0, dz)
        multiply(dz, y, dz)

    return run


# what the reader sees -------------------------------------------------------------------------


def _ln(a: Expr) -> Expr:
    return Call("ln", a)


def _binary(a: Expr, y: Expr) -> Expr:
    return -(y * _ln(a) + (1 - y) * _ln(1 - a))


def _binary_formulas(
    activation: str, z: Sequence[Expr], a: Sequence[Expr], y: Expr, k: int
) -> tuple[Expr, ...]:
    plain, one, zero = _binary(a[k], y), -_ln(a[k]), -_ln(1 - a[k])
    if activation != "sigmoid":
        return (plain, one, zero)
    return (plain, Call("max", z[k], 0) - z[k] * y + _ln(1 + Call("exp", -Call("abs", z[k]))))


def _binary_lines(a: Expr, y: Expr, value: float) -> tuple[Expr, ...]:
    if value == 1:
        return (-_ln(a), -Result(_ln(a)))
    if value == 0:
        return (-_ln(Result(1 - a)), -Result(_ln(1 - a)))
    return (-(y * Result(_ln(a)) + Result(1 - y) * Result(_ln(1 - a))),)


def _binary_gradient_formulas(a: Expr, y: Expr, outputs: int) -> tuple[Expr, ...]:
    return (-y / a + (1 - y) / (1 - a), -(1 / a), 1 / (1 - a))


def _categorical_formulas(
    activation: str, z: Sequence[Expr], a: Sequence[Expr], y: Expr, k: int
) -> tuple[Expr, ...]:
    if activation == "sigmoid":
        from_z: Expr = y * (_ln(1 + Call("exp", -Call("abs", z[k]))) - Call("min", z[k], 0))
    else:
        if (by := temperature(activation)) != 1:
            z = [one / Number(by) for one in z]
        own, size = z[k], group_of(activation) or len(z)
        z = z[k - k % size : k - k % size + size]
        largest = Call("max", *z)
        from_z = y * (largest + _ln(total([Call("exp", one - largest) for one in z])) - own)
    return (-(y * _ln(a[k])), Number(0), from_z)


def _divergence_formulas(
    activation: str, z: Sequence[Expr], a: Sequence[Expr], y: Expr, k: int
) -> tuple[Expr, ...]:
    *_, from_z = _categorical_formulas(activation, z, a, y, k)
    return (y * _ln(y / a[k]), Number(0), y * _ln(y) + from_z)


def _categorical_lines(a: Expr, y: Expr, value: float) -> tuple[Expr, ...]:
    if value == 1:
        return (-_ln(a), -Result(_ln(a)))
    return (-(y * Result(_ln(a))),) if value else ()


def _squared_error(summary: str, factor: float = 1.0, *, averaged: bool = False) -> Loss:
    """Return the loss factor*(a - y)^2, its parts added up or, if `averaged`, averaged."""

    def scaled(expr: Expr, by: float) -> Expr:
        return expr if by == 1 else by * expr

    def gradient_formulas(a: Expr, y: Expr, outputs: int) -> tuple[Expr, ...]:
        slope = scaled(a - y, 2 * factor)
        return (slope / outputs if averaged and outputs > 1 else slope,)

    def lines(a: Expr, y: Expr, value: float) -> tuple[Expr, ...]:
        last = () if factor == 1 else (scaled(Result((a - y) ** 2), factor),)
        return (scaled(Result(a - y) ** 2, factor), *last)

    def sum_of_squares(activation: str, z: Array, a: Array) -> Total:
        if a.size == 1:
            item = a.item

            def run_one(y: Array) -> float:
                error = item() - y.item()
                return float(factor * (error * error))

            return run_one
        from numpy import empty_like, subtract

        error = empty_like(a)
        flat = error.reshape(-1)

        def run(y: Array) -> float:
            subtract(a, y, error)
            return factor * float(flat.dot(flat))

        return run

    return Loss(
        summary=summary,
        total=sum_of_squares,
        parts=lambda activation, z, a, y: factor * (a - y) ** 2,
        gradient=lambda a, y: 2 * factor * (a - y) / (len(a) if averaged else 1),
        formulas=lambda activation, z, a, y, k: (scaled((a[k] - y) ** 2, factor),),
        gradient_formulas=gradient_formulas,
        lines=lines,
        general=lambda a, y: scaled((a - y) ** 2, factor),
        share=(lambda outputs: 1 / outputs) if averaged else (lambda outputs: 1.0),
    )


def _absolute_gradient(a: Array, y: Array) -> Array:
    import numpy as np

    signs: Array = np.sign(a - y) / len(a)
    return signs


def _absolute_formulas(a: Expr, y: Expr, outputs: int) -> tuple[Expr, ...]:
    """The error over its size: 1 or -1; at 0, where there is no slope, 0 is taken."""
    sign = (a - y) / Call("abs", a - y)
    return (sign / outputs if outputs > 1 else sign, Number(0))


def _hinge(summary: str, *, squared: bool) -> Loss:
    """Return max(0, 1 - y a), or its square: 0 where a is far enough on the side of the target, -1 or 1."""

    def short(a: Expr, y: Expr) -> Expr:
        gap = Call("max", 0, 1 - y * a)
        return gap**2 if squared else gap

    def parts(activation: str, z: Array, a: Array, y: Array) -> Array:
        import numpy as np

        gap: Array = np.maximum(0.0, 1 - y * a)
        return gap**2 if squared else gap

    def gradient(a: Array, y: Array) -> Array:
        import numpy as np

        gap = 1 - y * a
        slope: Array = -2 * y * np.maximum(0.0, gap) if squared else np.where(gap > 0, -y, 0.0)
        return slope

    def gradient_formulas(a: Expr, y: Expr, outputs: int) -> tuple[Expr, ...]:
        gap = 1 - y * a
        return (-2 * y * Call("max", 0, gap) if squared else -y * Gate(gap, 1, 0),)

    def lines(a: Expr, y: Expr, value: float) -> tuple[Expr, ...]:
        gap = Call("max", 0, Result(1 - y * a))
        return (gap**2 if squared else gap,)

    return Loss(
        summary=summary,
        parts=parts,
        gradient=gradient,
        formulas=lambda activation, z, a, y, k: (short(a[k], y),),
        gradient_formulas=gradient_formulas,
        lines=lines,
        general=short,
        target_problem=_sides,
    )


def _sides(y: Sequence[float]) -> str | None:
    return None if all(abs(one) == 1 for one in y) else "-1 or 1"


def _probabilities(y: Sequence[float]) -> str | None:
    return None if all(0 <= one <= 1 for one in y) else "numbers from 0 to 1"


def _distribution(y: Sequence[float]) -> str | None:
    fine = all(one >= 0 for one in y) and abs(sum(y) - 1) < 1e-9
    return None if fine else "a class index, or probabilities that sum to 1"


_PROBABILITY = frozenset({"sigmoid", "softmax"})
_PREDICTION_MINUS_TARGET = Shortcut(_error, lambda a, y: a - y)


def unweighed(name: str) -> str:
    """Return the loss of which a name, `weighed(huber)`, is multiplied by each sample's weight."""
    return name[len("weighed(") : -1] if name.startswith("weighed(") else name


def averaged_over(name: str) -> int:
    """Return how many time steps a loss, `huber@3`, is the mean of; 0 where it is no mean over time."""
    return group_of(name)


def weights_of(name: str) -> tuple[str, tuple[float, ...]] | None:
    """Return the loss and the classes' weights that a name has, `categorical_cross_entropy(1, 2)`."""
    base, bracket, rest = name.partition("(")
    if not bracket or not base.endswith("cross_entropy"):
        return None
    return base, tuple(float(one) for one in rest[:-1].split(","))


class Losses(dict[str, Loss]):
    """The losses by name; one with a number has it in its name, and one's own its formula: `huber(1.5)`."""

    def __missing__(self, name: str) -> Loss:
        if name != unweighed(name):
            from perceptron_cli.weighted import by_sample

            return by_sample(self[unweighed(name)])
        if averaged_over(name):
            from perceptron_cli.weighted import mean_over_time

            return mean_over_time(self[ungrouped(name)], averaged_over(name))
        if (found := weights_of(name)) is not None:
            from perceptron_cli.weighted import weighted

            return weighted(self[found[0]], *found)
        return of_name(name)


LOSSES = Losses()
LOSSES |= {
    "binary_cross_entropy": Loss(
        summary="-(y ln a + (1 - y) ln(1 - a)), summed over the outputs",
        parts=_binary_parts,
        gradient=_binary_gradient,
        formulas=_binary_formulas,
        gradient_formulas=_binary_gradient_formulas,
        lines=_binary_lines,
        general=_binary,
        shortcuts={"sigmoid": _PREDICTION_MINUS_TARGET},
        total=_binary_total,
        activations=_PROBABILITY,
        target_problem=_probabilities,
    ),
    "categorical_cross_entropy": Loss(
        summary="-sum of y ln a over the classes",
        parts=_categorical_parts,
        gradient=_categorical_gradient,
        formulas=_categorical_formulas,
        gradient_formulas=lambda a, y, outputs: (-y / a, Number(0)),
        lines=_categorical_lines,
        general=lambda a, y: -(y * _ln(a)),
        total=_categorical_total,
        shortcuts={
            "softmax": _PREDICTION_MINUS_TARGET,
            "sigmoid": Shortcut(_categorical_sigmoid, lambda a, y: (a - 1) * y),
        },
        activations=_PROBABILITY,
        target_problem=_distribution,
    ),
    "half_squared_error": _squared_error("1/2 sum of (a - y)^2", 0.5),
    "squared_error": _squared_error("sum of (a - y)^2"),
    "mean_squared_error": _squared_error("mean of (a - y)^2 over the outputs", averaged=True),
    "mean_absolute_error": Loss(
        summary="mean of |a - y| over the outputs",
        parts=lambda activation, z, a, y: abs(a - y),
        gradient=_absolute_gradient,
        formulas=lambda activation, z, a, y, k: (Call("abs", a[k] - y),),
        gradient_formulas=_absolute_formulas,
        lines=lambda a, y, value: (Call("abs", Result(a - y)),),
        general=lambda a, y: Call("abs", a - y),
        share=lambda outputs: 1 / outputs,
    ),
    "kl_divergence": Loss(
        summary="sum of y ln(y/a) over the classes",
        parts=_divergence_parts,
        gradient=_categorical_gradient,
        formulas=_divergence_formulas,
        gradient_formulas=lambda a, y, outputs: (-y / a, Number(0)),
        lines=lambda a, y, value: (y * _ln(Result(y / a)),) if value else (),
        general=lambda a, y: y * _ln(y / a),
        shortcuts={"softmax": _PREDICTION_MINUS_TARGET},
        activations=frozenset({"softmax"}),
        target_problem=_distribution,
    ),
    "negative_log_likelihood": Loss(
        summary="-sum of y a over the classes, a being the logarithms of probabilities",
        parts=lambda activation, z, a, y: -_weighed(y, a) + 0.0,
        gradient=lambda a, y: -y + 0.0,
        formulas=lambda activation, z, a, y, k: (-(y * a[k]), Number(0)),
        gradient_formulas=lambda a, y, outputs: (-y,),
        lines=lambda a, y, value: (),
        general=lambda a, y: -(y * a),
        activations=frozenset({"log_softmax"}),
        target_problem=_distribution,
    ),
    **REGRESSION,
    "hinge": _hinge("max(0, 1 - y a), targets -1 and 1", squared=False),
    "squared_hinge": _hinge("max(0, 1 - y a)^2, targets -1 and 1", squared=True),
}

# `cross_entropy` in a config means the one that fits the output activation.
_CROSS_ENTROPY = {"softmax": "categorical_cross_entropy"}


def resolve_loss(name: str, output_activation: str) -> str:
    """Return the loss that a config's name means, for its output activation."""
    if name == "cross_entropy":
        return _CROSS_ENTROPY.get(ungrouped(output_activation), "binary_cross_entropy")
    return name
