"""A loss and the output activation that it goes with: dL/dz is y_hat - y."""

from __future__ import annotations

from perceptron_cli.derivations.place import Chain, Place
from perceptron_cli.expr import product, total


def shortcut(at: Place) -> tuple[Chain, ...]:
    """Return the derivation of dL/dz = y_hat - y for sigmoid with binary cross-entropy."""
    a, y = at.a(), at.y()
    slope = -y / a + (1 - y) / (1 - a)
    return (
        Chain(
            "dL/dz = y_hat - y",
            at.dL_dz(),
            (
                (
                    at.dL_da() * at.da_dz(),
                    "the chain rule: z changes the prediction, and the prediction changes the loss",
                ),
                (product([slope, a, 1 - a]), "the derivatives of cross-entropy and of the sigmoid put in"),
                (-product([y, 1 - a]) + (1 - y) * a, "multiplied out: y_hat and 1 - y_hat cancel"),
                (total([-y, y * a, a, -(y * a)]), "the brackets opened"),
                (a - y, "y y_hat goes out"),
            ),
            ((at.dL_da(), slope), (at.da_dz(), a * (1 - a))),
        ),
    )


def softmax_cross_entropy(at: Place) -> tuple[Chain, ...]:
    """Return the derivation of dL/dz = y_hat - y for softmax with cross-entropy."""
    j, ks = at.neuron or 1, range(1, at.neurons + 1)
    a, y = at.a(j), at.y(j)
    slopes = {k: a * (1 - a) if k == j else -product([at.a(k), a]) for k in ks}
    losses = {k: -(at.y(k) / at.a(k)) for k in ks}
    cancelled = [-product([y, 1 - a]) if k == j else at.y(k) * a for k in ks]
    rest = total([at.y(k) for k in ks])
    last = at.neurons if j != at.neurons else at.neurons - 1
    others = total([at.y(k) for k in ks if k != last])
    where = (
        *((at.dL_da(k), losses[k]) for k in ks),
        *((at.da_dz(j, k), slopes[k]) for k in ks),
        (at.y(last), 1 - others),
    )
    return (
        Chain(
            "dL/dz = y_hat - y, for every class",
            at.dL_dz(j),
            (
                (
                    total([at.dL_da(k) * at.da_dz(j, k) for k in ks]),
                    "the chain rule: one z changes every prediction, so the paths are added",
                ),
                (total([product([losses[k], slopes[k]]) for k in ks]), "both derivatives put in"),
                (total(cancelled), "each prediction cancels its own denominator"),
                (-y + a * rest, "y y_hat joins the others"),
                (a - y, "the targets sum to 1"),
            ),
            where,
        ),
    )
