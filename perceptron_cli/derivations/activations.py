"""The activations, differentiated by z."""

from __future__ import annotations

from perceptron_cli.activations import ACTIVATIONS, SELU
from perceptron_cli.derivations.place import Chain, Place
from perceptron_cli.expr import Call, Derivative, Expr, Gate, Number, Power, product, total


def sigmoid(at: Place) -> tuple[Chain, ...]:
    """Return the derivation of sigma'(z) = a(1 - a), by the quotient rule."""
    z, a = at.z(), at.a()
    e, sigma = Call("exp", -z), Call("sigmoid", z)
    return (
        Chain(
            "The derivative of the sigmoid",
            at.da_dz(),
            (
                (Derivative(Power(1 + e, Number(-1)), z), "sigmoid(z) = 1/(1 + e^-z), written as a power"),
                (
                    -product([Power(1 + e, Number(-2)), -e]),
                    "the power rule, times the derivative of the inside",
                ),
                (e / (1 + e) ** 2, "two minus signs make a plus"),
                (product([1 / (1 + e), e / (1 + e)]), "the fraction split into two"),
                (sigma * (1 - 1 / (1 + e)), "e^-z/(1 + e^-z) is 1 - 1/(1 + e^-z)"),
                (sigma * (1 - sigma), "both are the sigmoid again"),
                (a * (1 - a), "a is known from the forward pass, so e^-z need not be computed again"),
            ),
            ((a, sigma),),
        ),
    )


def tanh(at: Place) -> tuple[Chain, ...]:
    """Return the derivation of tanh'(z) = 1 - a^2."""
    z, a = at.z(), at.a()
    up, down = Call("exp", z), Call("exp", -z)
    plus, minus = up + down, up - down
    return (
        Chain(
            "The derivative of tanh",
            at.da_dz(),
            (
                (Derivative(minus / plus, z), "tanh(z) by its definition"),
                (
                    (plus * plus - minus * minus) / plus**2,
                    "the quotient rule; e^z - e^-z has the derivative e^z + e^-z, and the other way round",
                ),
                (1 - (minus / plus) ** 2, "the fraction taken apart"),
                (1 - Call("tanh", z) ** 2, "tanh again"),
                (1 - a**2, "a is known from the forward pass"),
            ),
            ((a, Call("tanh", z)),),
        ),
    )


def relu(at: Place) -> tuple[Chain, ...]:
    """Return the derivation of ReLU's slope: 1 above 0, else 0."""
    leaky = at.activation == "leaky_relu"
    slope = at.options.get("slope", ACTIVATIONS["leaky_relu"].parameters["slope"].default)
    z = at.z()
    positive = Chain(
        "Where z > 0",
        at.da_dz(),
        ((Derivative(z, z), "the larger of the two is z itself"), (Number(1), "z grows as z")),
        sign=(z, 1),
    )
    negative = Chain(
        "Where z < 0",
        at.da_dz(),
        ((Derivative(Number(0), z), "the larger of 0 and z is 0"), (Number(0), "a constant does not change")),
        sign=(z, -1),
    )
    leaking = Chain(
        "Where z < 0, of leaky ReLU",
        at.da_dz(),
        (
            (Derivative(slope * z, z), f"the larger of {slope:g} z and z, where z is below 0"),
            (Number(slope), "a line's derivative is its slope"),
        ),
        sign=(z, -1),
    )
    gate = Gate(z, 1, slope if leaky else 0)
    together = Chain("Together", at.da_dz(), ((gate, "at z = 0 there is no derivative; 0 is taken"),))
    if leaky:
        return (positive, leaking, together)
    return (positive, negative, together) if at.activation else (positive, negative, together, leaking)


def softplus(at: Place) -> tuple[Chain, ...]:
    """Return the derivation of softplus' slope, which is the sigmoid."""
    z = at.z()
    e = Call("exp", z)
    return (
        Chain(
            "The derivative of softplus",
            at.da_dz(),
            (
                (Derivative(Call("ln", 1 + e), z), "softplus by its definition"),
                (e / (1 + e), "the logarithm's rule, times the derivative of the inside"),
                (1 / (1 + Call("exp", -z)), "top and bottom divided by e^z"),
                (Call("sigmoid", z), "this is the sigmoid"),
            ),
        ),
    )


def softsign(at: Place) -> tuple[Chain, ...]:
    """Return the derivation of softsign's slope, (1 - |a|)^2."""
    z, a = at.z(), at.a()
    size = Call("abs", z)
    positive, negative = (
        Chain(
            f"Where z {sign} 0",
            at.da_dz(),
            (
                (Derivative(z / (1 + signed), z), f"there |z| is {word}"),
                ((1 + signed - z * slope) / (1 + signed) ** 2, "the quotient rule"),
                (1 / (1 + signed) ** 2, "the z above the bar cancel"),
            ),
            sign=(z, side),
        )
        for sign, signed, word, slope, side in ((">", z, "z", 1, 1), ("<", -z, "-z", Number(-1), -1))
    )
    together = Chain(
        "Together",
        at.da_dz(),
        (
            (1 / (1 + size) ** 2, "on both sides the same"),
            ((1 - Call("abs", a)) ** 2, "1 - |a| is 1/(1 + |z|), and a is known from the forward pass"),
        ),
        ((a, z / (1 + size)),),
    )
    return (positive, negative, together)


def elu(at: Place) -> tuple[Chain, ...]:
    """Return the derivation of the slope of ELU, and of SELU, which is a multiple of it."""
    numbers = SELU if at.activation == "selu" else {"alpha": 1.0, **at.options}
    alpha, scale = numbers["alpha"], numbers.get("scale", 1.0)
    z = at.z()
    e = Call("exp", z)

    def scaled(expr: Expr) -> Expr:
        return expr if scale == 1 else scale * expr

    bent = e if alpha == 1 else alpha * e
    above = Chain(
        "Where z > 0",
        at.da_dz(),
        ((Derivative(scaled(z), z), "there it is z itself"), (Number(scale), "z grows as z")),
        sign=(z, 1),
    )
    below = Chain(
        "Where z < 0",
        at.da_dz(),
        (
            (Derivative(scaled(e - 1 if alpha == 1 else alpha * (e - 1)), z), "there it bends"),
            (scaled(bent), "the exponential is its own derivative, and a constant does not change"),
        ),
        sign=(z, -1),
    )
    entry = ACTIVATIONS["selu" if scale != 1 else "elu"]
    slope = entry.slope_formula([z], [at.a()], 0, 0, {"alpha": alpha})
    return (above, below, Chain("Together", at.da_dz(), ((slope, "e^0 is 1, so that above 0 it is 1"),)))


def softmax(at: Place) -> tuple[Chain, ...]:
    """Return the derivation of softmax's Jacobian, a_k(1 - a_k) and -a_k a_j."""
    j = at.neuron or 1
    k = 2 if j == 1 else 1
    exps = [Call("exp", at.z(i)) for i in range(1, at.neurons + 1)]
    everything = total(list(exps))
    own, other = exps[j - 1], exps[k - 1]
    where = tuple((at.a(i), exps[i - 1] / everything) for i in (j, k))
    return (
        Chain(
            "A neuron's own z",
            at.da_dz(j, j),
            (
                (Derivative(own / everything, at.z(j)), "softmax by its definition"),
                (
                    (own * everything - own * own) / everything**2,
                    "the quotient rule; in the sum of all only one term depends on this z",
                ),
                (
                    product([own / everything, (everything - own) / everything]),
                    "the fraction split into two",
                ),
                (at.a(j) * (1 - at.a(j)), "both are activations again, as for the sigmoid"),
            ),
            where,
        ),
        Chain(
            "The z of another neuron",
            at.da_dz(j, k),
            (
                (Derivative(other / everything, at.z(j)), "softmax by its definition"),
                (
                    (0 * everything - other * own) / everything**2,
                    "the quotient rule; the top does not depend on this z",
                ),
                (-product([other / everything, own / everything]), "the fraction split into two"),
                (
                    -product([at.a(k), at.a(j)]),
                    "both are activations again",
                ),
            ),
            where,
        ),
    )
