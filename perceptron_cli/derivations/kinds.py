"""The way back through a convolution and through normalization, and what a penalty does to a weight."""

from __future__ import annotations

from perceptron_cli.derivations.place import Chain, Place
from perceptron_cli.expr import Call, Derivative, Expr, Number, Symbol, total

INPUTS, KERNEL = 4, 2  # of the convolution that stands for all
VALUES = 3  # of the batch


def convolution(at: Place) -> tuple[Chain, ...]:
    """Return the gradients of a kernel and of what is below, for a kernel of two over four inputs."""
    x = [Symbol("x", None, (i,)) for i in range(1, INPUTS + 1)]
    w = [Symbol("w", None, (k,)) for k in range(1, KERNEL + 1)]
    windows = INPUTS - KERNEL + 1
    b = Symbol("b")
    z = [total([b, *(w[k] * x[t + k] for k in range(KERNEL))]) for t in range(windows)]
    dz = [Symbol("dL/dz", None, (t + 1,)) for t in range(windows)]
    of_w = Chain(
        "The gradient of a kernel's weight",
        Symbol("dL/dw", None, (1,)),
        (
            (
                total([d * Derivative(one, w[0]) for d, one in zip(dz, z, strict=True)]),
                "the weight is used in every window: each adds its part",
            ),
            (total([d * x[t] for t, d in enumerate(dz)]), "in window t it is multiplied by x_t"),
        ),
    )
    of_x = Chain(
        "The gradient of a number below",
        Symbol("dL/dx", None, (2,)),
        (
            (
                total([d * Derivative(one, x[1]) for d, one in zip(dz[:2], z, strict=False)]),
                "x_2 is in the first window and in the second",
            ),
            (dz[0] * w[1] + dz[1] * w[0], "there it meets w_2, here w_1: the kernel, turned round"),
        ),
    )
    of_b = Chain(
        "The gradient of the bias",
        Symbol("dL/db"),
        (
            (total([d * Derivative(one, b) for d, one in zip(dz, z, strict=True)]), "it is in every window"),
            (total(dz), "each derivative is 1"),
        ),
    )
    return of_w, of_x, of_b


def batch_norm(at: Place) -> tuple[Chain, ...]:
    """Return dL/dx of a normalised value: three ways, and the short form that they come to."""
    few = range(1, VALUES + 1)
    x = [Symbol("x", None, (i,)) for i in few]
    d = [Symbol("dL/dx_hat", None, (i,)) for i in few]
    hats = [Symbol("x_hat", None, (i,)) for i in few]
    mu, var, epsilon = Symbol("mu"), Symbol("var"), Symbol("epsilon")
    d_mu, d_var = Symbol("dL/dmu"), Symbol("dL/dvar")
    root = Call("sqrt", var + epsilon)
    m = Number(VALUES)
    shifted = [one - mu for one in x]
    where: tuple[tuple[Symbol, Expr], ...] = (
        (d_var, -total([one * gap for one, gap in zip(d, shifted, strict=True)]) / (2 * root**3)),
        (d_mu, -total(d) / root),
        *((hat, gap / root) for hat, gap in zip(hats, shifted, strict=True)),
        (var, total([gap**2 for gap in shifted]) / m),
        (mu, total(x) / m),
    )
    added = total([one * hat for one, hat in zip(d, hats, strict=True)])
    return (
        Chain(
            "The gradient of a number of the batch",
            Symbol("dL/dx", None, (1,)),
            (
                (
                    d[0] / root + d_var * (2 * (x[0] - mu) / m) + d_mu * (1 / m),
                    "three ways: through its own normalised value, the variance and the mean",
                ),
                (
                    (m * d[0] - total(d) - hats[0] * added) / (m * root),
                    "put together: the mean of the gradients, and their part along x_hat, are taken off",
                ),
            ),
            where,
        ),
    )


def l2(at: Place) -> tuple[Chain, ...]:
    """Return what a penalty on squares does to the gradient and to the update."""
    w, factor, rate = Symbol("w"), Symbol("l2"), Symbol("eta")
    slope = Symbol("dD/dw")
    return (
        Chain(
            "The gradient of the penalty",
            Symbol("dR/dw"),
            (
                (
                    Derivative(factor / 2 * w**2, w),
                    "of the sum of squares only this weight's own depends on it",
                ),
                (factor * w, "the 2 of the square cancels the 2 below"),
            ),
        ),
        Chain(
            "The update",
            w.after(),
            (
                (w - rate * (slope + factor * w), "the gradient of the data, and that of the penalty"),
                (
                    (1 - rate * factor) * w - rate * slope,
                    "so each step first shrinks the weight: weight decay",
                ),
            ),
        ),
    )
