"""The losses, differentiated by the prediction."""

from __future__ import annotations

from perceptron_cli.derivations.place import Chain, Place
from perceptron_cli.expr import Call, Derivative, Negative, Number, evaluate, product
from perceptron_cli.losses import LOSSES

SQUARED = ("half_squared_error", "squared_error", "mean_squared_error")


def cross_entropy(at: Place) -> tuple[Chain, ...]:
    """Return the derivation of dL/da for binary cross-entropy."""
    a, y = at.a(), at.y()
    ln_a, ln_not_a = Call("ln", a), Call("ln", 1 - a)
    one = 1 / a
    other = 1 / (1 - a)
    general = -y / a + (1 - y) / (1 - a)
    return (
        Chain(
            "The derivative of cross-entropy",
            at.dL_da(),
            (
                (
                    Derivative(-(y * ln_a + (1 - y) * ln_not_a), a),
                    "the loss, differentiated by the prediction",
                ),
                (Derivative(-(y * ln_a) - (1 - y) * ln_not_a, a), "the minus sign moved into the bracket"),
                (
                    -product([y, one, Number(1)]) - product([1 - y, other, Negative(Number(1))]),
                    "ln u has the derivative 1/u times that of u, 1 for y_hat, -1 for 1 - y_hat",
                ),
                (general, "the signs put together"),
            ),
        ),
        Chain("When y = 1", at.dL_da(), ((-(1 / a), "the second term vanishes"),), when=(y, 1.0)),
        Chain("When y = 0", at.dL_da(), ((1 / (1 - a), "the first term vanishes"),), when=(y, 0.0)),
    )


def squared_error(at: Place) -> tuple[Chain, ...]:
    """Return the derivation of dL/da for a squared error."""
    return tuple(_one_squared_error(at, name) for name in ([at.loss] if at.loss else SQUARED))


def _one_squared_error(at: Place, name: str) -> Chain:
    """L = c (a - y)^2, and of the mean 1/n of it: dL/da = 2c (a - y)."""
    a, y, loss = at.a(), at.y(), LOSSES[name]
    part = loss.general(a, y)
    share = at.neurons if loss.share(at.neurons) != 1 else 1
    factor = evaluate(part, {a.name: 1.0, y.name: 0.0})
    scale = [] if factor == 1 else [Number(factor)]
    inner = product([*scale, Number(2), a - y, Number(1)])
    whole = part / share if share > 1 else part
    reason = "the square gives 2 times its base, times 1, the derivative of the base"
    if share > 1:
        reason += f"; the mean over {share} outputs divides by {share}"
    first = f"{loss.summary}, of which one output's part depends on its prediction"
    lines = (
        (Derivative(whole, a), first),
        (inner / share if share > 1 else inner, reason),
        (loss.gradient_formulas(a, y, share)[0], "the numbers multiplied"),
    )
    return Chain(f"The derivative of {name.replace('_', ' ')}", at.dL_da(), lines)
