"""GELU, SiLU, the hard sigmoid and the logarithm of softmax, differentiated."""

from __future__ import annotations

from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.calculus import partial
from perceptron_cli.derivations.place import Chain, Place
from perceptron_cli.expr import Call, Derivative, Expr, Symbol, total


def silu(at: Place) -> tuple[Chain, ...]:
    """Return the derivation of SiLU's slope."""
    z = at.z()
    s = Call("sigmoid", z)
    lines = (
        (Derivative(z * s, z), "z times its own sigmoid"),
        (
            s + z * (s * (1 - s)),
            "the product rule; the sigmoid has the derivative sigmoid(z)(1 - sigmoid(z))",
        ),
        (s + z * s * (1 - s), "so it depends on z, and not on a alone"),
    )
    return (Chain("The derivative of SiLU", at.da_dz(), lines),)


def gelu(at: Place) -> tuple[Chain, ...]:
    """Return the derivations of GELU's slope, exact and by its approximation."""
    names = [at.activation] if at.activation in ("gelu", "gelu_tanh") else ["gelu", "gelu_tanh"]
    return tuple(_gelu(at, name) for name in names)


def _gelu(at: Place, name: str) -> Chain:
    z, entry = at.z(), ACTIVATIONS[name]
    tree = entry.formulas([z], 0, {})[0]
    reason = "half of z, times 1 and the error function" if name == "gelu" else "tanh for the error function"
    lines = (
        (Derivative(tree, z), reason),
        (partial(tree, z), "the product rule, and the rule of the inner function"),
        (entry.slope_formula([z], [at.a()], 0, 0, {}), "the numbers put together"),
    )
    return Chain(f"The derivative of {'GELU' if name == 'gelu' else 'its approximation'}", at.da_dz(), lines)


def hard_sigmoid(at: Place) -> tuple[Chain, ...]:
    """Return the derivation of the hard sigmoid's slope."""
    z = at.z()
    slope = ACTIVATIONS["hard_sigmoid"].slope_formula([z], [at.a()], 0, 0, {})
    told = "1/6 where the line rises, from -3 to 3; beyond it the function is constant, 0 or 1"
    return (Chain("The derivative of the hard sigmoid", at.da_dz(), ((slope, told),)),)


def log_softmax(at: Place) -> tuple[Chain, ...]:
    """Return the derivation of da_k/dz_j: 1 - e^a_j of the neuron's own, -e^a_j of the others."""
    j = at.neuron or 1
    zs = [at.z(i) for i in range(1, at.neurons + 1)]
    z, a = at.z(j), at.a(j)
    added = total([Call("exp", one) for one in zs])
    k = next(i for i in range(1, at.neurons + 2) if i != j)
    where: tuple[tuple[Symbol, Expr], ...] = ((a, z - Call("ln", added)),)
    own = Chain(
        "A neuron's own output",
        at.da_dz(j, j),
        (
            (Derivative(z - Call("ln", added), z), "a is z less the logarithm of the sum"),
            (1 - Call("exp", z) / added, "the logarithm's rule"),
            (1 - Call("exp", a), "the fraction is the probability, e^a"),
        ),
        where,
    )
    if at.neurons < 2:
        return (own,)
    other = Chain(
        "Another output",
        at.da_dz(j, k),
        (
            (Derivative(at.z(k) - Call("ln", added), z), "z is in the sum alone"),
            (-(Call("exp", z) / added), "the logarithm's rule"),
            (-Call("exp", a), "the fraction is the probability, e^a"),
        ),
        where,
    )
    return own, other
