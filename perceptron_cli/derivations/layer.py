"""The chain rule through one layer: from its z to its weights, its bias and what comes in."""

from __future__ import annotations

from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.derivations.place import Chain, Place
from perceptron_cli.expr import Derivative, Expr, Number, product, total


def chain_rule(at: Place) -> tuple[Chain, ...]:
    """Return the derivation of dL/dw, dL/db and dL/dx of one layer from its dL/dz."""
    z, x = at.z(), at.x(1)
    inputs = range(1, at.inputs + 1)
    affine = total([at.w(0), *(at.w(i) * at.x(i) for i in inputs)])
    coupled = at.activation is not None and ACTIVATIONS[at.activation].coupled
    js = range(1, at.neurons + 1)
    through = [] if coupled else [
        (product([at.dL_da(), at.da_dz(), x]), "a weight changes z, z changes a, and a changes the loss"),
    ]  # fmt: skip
    above = total([at.dL_dz(j) * at.w(1, j) for j in js])
    return (
        Chain(
            "The derivative of the weighted sum by one weight",
            Derivative(z, at.w(1)),
            (
                (Derivative(affine, at.w(1)), "z is a sum, and one of its terms contains this weight"),
                (x, "the derivative of w x by w is x; every other term is a constant"),
            ),
        ),
        Chain(
            "The derivative of the weighted sum by the bias",
            Derivative(z, at.w(0)),
            (
                (Derivative(affine, at.w(0)), "the bias is the weight of x_0 = 1"),
                (Number(1), "and its term is w_0 alone"),
            ),
        ),
        Chain(
            "The loss, by one weight",
            at.dL_dw(1),
            (
                *through,
                (at.dL_dz() * x, "the first factors are dL/dz: known once for all weights of the neuron"),
            ),
            () if coupled else ((at.dL_dz(), at.dL_da() * at.da_dz()),),
        ),
        Chain(
            "The derivative of the loss by an input",
            at.dL_dx(1),
            (
                (
                    total([at.dL_dz(j) * Derivative(at.w(0, j) + _weighed(at, j), at.x(1)) for j in js]),
                    "an input reaches the loss through every neuron of the layer, so the paths are added",
                ),
                (above, "each path passes one weight"),
            ),
        ),
    )


def _weighed(at: Place, j: int) -> Expr:
    return total([at.w(i, j) * at.x(i) for i in range(1, at.inputs + 1)])
