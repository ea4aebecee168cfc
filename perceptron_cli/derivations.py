"""The derivations of the slides, and those that the other entries of the tables need, line by line.

A derivation is a chain of trees, each equal to the one before, with the reason of the step. The
letters belong to a `Place`: no indices in general, those of a neuron where a network is given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field

from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.arrays import Options
from perceptron_cli.expr import (
    Call,
    Derivative,
    Expr,
    Gate,
    Negative,
    Number,
    Power,
    Symbol,
    evaluate,
    product,
    total,
)
from perceptron_cli.losses import LOSSES
from perceptron_cli.record import record

SQUARED = ("half_squared_error", "squared_error", "mean_squared_error")
Index = int | str


@record
class Place:
    """Where a derivation's letters stand: a layer of `neurons` neurons with `inputs` below it."""

    layer: int | None = None
    sample: int | None = None
    neuron: int | None = None  # None: one stands for all, without an index
    neurons: int = 3
    inputs: int = 2
    loss: str | None = None  # None: every loss of the topic
    activation: str | None = None
    options: Options = field(default_factory=dict)

    def _symbol(self, head: str, index: Index | None) -> Symbol:
        index = self.neuron if index is None else index
        layer = self.layer if head != "y" else None
        return Symbol(head, layer, () if index is None else (index,), self.sample)

    def z(self, j: Index | None = None) -> Symbol:
        return self._symbol("z", j)

    def a(self, j: Index | None = None) -> Symbol:
        return self._symbol("a", j)

    def y(self, k: Index | None = None) -> Symbol:
        return self._symbol("y", k)

    def dL_da(self, j: Index | None = None) -> Symbol:
        return self._symbol("dL/da", j)

    def dL_dz(self, j: Index | None = None) -> Symbol:
        return self._symbol("dL/dz", j)

    def da_dz(self, j: Index | None = None, k: Index | None = None) -> Symbol:
        """da_j/dz_j, or da_k/dz_j where neurons are coupled."""
        if k is None:
            return self._symbol("da/dz", j)
        return Symbol("da/dz", self.layer, (k, j or 1), self.sample)

    def x(self, i: Index) -> Symbol:
        """What comes into the layer: a of the layer below, or the input."""
        if self.layer is None or self.layer == 1:
            return Symbol("x", None, (i,), self.sample)
        return Symbol("a", self.layer - 1, (i,), self.sample)

    def w(self, i: Index, j: Index | None = None) -> Symbol:
        j = self.neuron if j is None else j
        return Symbol("w", self.layer, (i,) if j is None else (i, j))

    def dL_dw(self, i: Index) -> Symbol:
        return Symbol("dL/dw", self.layer, (i,) if self.neuron is None else (i, self.neuron), self.sample)

    def dL_dx(self, i: Index) -> Symbol:
        return Symbol("dL/da", None if self.layer is None else self.layer - 1, (i,), self.sample)


@record
class Chain:
    """`left` = the first line = the next ...; `where` says what letters on the way stand for."""

    title: str
    left: Expr
    lines: tuple[tuple[Expr, str], ...]
    where: tuple[tuple[Symbol, Expr], ...] = ()
    when: tuple[Symbol, float] | None = None  # the chain holds for this value of a symbol alone
    sign: tuple[Symbol, int] | None = None  # or for a symbol above (1) or below (-1) 0


@record
class Topic:
    """A derivation; `fits(activation, loss)` says whether a layer takes it, `output` the last one alone."""

    title: str
    chains: Callable[[Place], tuple[Chain, ...]]
    fits: Callable[[str, str | None], bool] = lambda activation, loss: True
    output: bool = False
    y_hat: bool = False  # the activation is the prediction
    notes: tuple[str, ...] = ()
    source: str = ""


# the loss -------------------------------------------------------------------------------------


def _cross_entropy(at: Place) -> tuple[Chain, ...]:
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
                (Derivative(-(y * ln_a) - (1 - y) * ln_not_a, a), "the minus sign taken into the bracket"),
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


def _squared_error(at: Place) -> tuple[Chain, ...]:
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


# activations ----------------------------------------------------------------------------------


def _sigmoid(at: Place) -> tuple[Chain, ...]:
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
                (product([1 / (1 + e), e / (1 + e)]), "one fraction taken apart into two"),
                (sigma * (1 - 1 / (1 + e)), "e^-z/(1 + e^-z) is 1 - 1/(1 + e^-z)"),
                (sigma * (1 - sigma), "both are the sigmoid again"),
                (a * (1 - a), "a is known from the forward pass: no e^-z is worked out again"),
            ),
            ((a, sigma),),
        ),
    )


def _tanh(at: Place) -> tuple[Chain, ...]:
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


def _relu(at: Place) -> tuple[Chain, ...]:
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


def _softmax(at: Place) -> tuple[Chain, ...]:
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
                    "one fraction taken apart into two",
                ),
                (at.a(j) * (1 - at.a(j)), "both are activations again: as of the sigmoid"),
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
                (-product([other / everything, own / everything]), "one fraction taken apart into two"),
                (
                    -product([at.a(k), at.a(j)]),
                    "activations again: a softmax neuron takes from its neighbours",
                ),
            ),
            where,
        ),
    )


# a loss with an output ------------------------------------------------------------------------


def _shortcut(at: Place) -> tuple[Chain, ...]:
    a, y = at.a(), at.y()
    slope = -y / a + (1 - y) / (1 - a)
    return (
        Chain(
            "dL/dz = y_hat - y",
            at.dL_dz(),
            (
                (at.dL_da() * at.da_dz(), "the chain rule: z moves the prediction, the prediction the loss"),
                (product([slope, a, 1 - a]), "the derivatives of cross-entropy and of the sigmoid put in"),
                (-product([y, 1 - a]) + (1 - y) * a, "multiplied out: y_hat and 1 - y_hat cancel"),
                (total([-y, y * a, a, -(y * a)]), "the brackets opened"),
                (a - y, "y y_hat goes out"),
            ),
            ((at.dL_da(), slope), (at.da_dz(), a * (1 - a))),
        ),
    )


def _softmax_cross_entropy(at: Place) -> tuple[Chain, ...]:
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
                    "the chain rule: one z moves every prediction, so the paths add up",
                ),
                (total([product([losses[k], slopes[k]]) for k in ks]), "both derivatives put in"),
                (total(cancelled), "each prediction cancels its own denominator"),
                (-y + a * rest, "y y_hat joins the others"),
                (a - y, "the targets sum to 1"),
            ),
            where,
        ),
    )


# one layer ------------------------------------------------------------------------------------


def _chain_rule(at: Place) -> tuple[Chain, ...]:
    z, x = at.z(), at.x(1)
    inputs = range(1, at.inputs + 1)
    affine = total([at.w(0), *(at.w(i) * at.x(i) for i in inputs)])
    coupled = at.activation is not None and ACTIVATIONS[at.activation].coupled
    js = range(1, at.neurons + 1)
    through = [] if coupled else [
        (product([at.dL_da(), at.da_dz(), x]), "what a weight moves: z, by it a, by it the loss"),
    ]  # fmt: skip
    above = total([at.dL_dz(j) * at.w(1, j) for j in js])
    return (
        Chain(
            "The weighted sum, by one weight",
            Derivative(z, at.w(1)),
            (
                (Derivative(affine, at.w(1)), "z is a sum, and one of its terms has this weight"),
                (x, "the derivative of w x by w is x; every other term is a constant"),
            ),
        ),
        Chain(
            "The weighted sum, by the bias",
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
            "The loss, by what comes in",
            at.dL_dx(1),
            (
                (
                    total([at.dL_dz(j) * Derivative(at.w(0, j) + _weighed(at, j), at.x(1)) for j in js]),
                    "what comes in reaches the loss through every neuron of the layer: the paths add up",
                ),
                (above, "each path passes one weight"),
            ),
        ),
    )


def _weighed(at: Place, j: int) -> Expr:
    return total([at.w(i, j) * at.x(i) for i in range(1, at.inputs + 1)])


def _is(*names: str) -> Callable[[str, str | None], bool]:
    return lambda activation, loss: activation in names


def _has_loss(*losses: str) -> Callable[[str, str | None], bool]:
    return lambda activation, loss: loss in losses


WELL_BEHAVED = (
    'The slide calls this well-behaved because y_hat(1 - y_hat), near 0, "prevents huge weight updates when '
    'confident but wrong". It is the other way round: with cross-entropy that factor cancels, and dL/dz is '
    "near 1 in size exactly there. The update is large, as it should be, and bounded: never above 1 times "
    "what came in. A squared error keeps the factor, and hardly learns from a confident mistake.",
    'The slide says "positive gradient decreases weights". dL/dw = (y_hat - y) a: so it is where the '
    "incoming a is positive; where a is negative the weight grows.",
)

DERIVATIONS: dict[str, Topic] = {
    "cross-entropy": Topic(
        "Cross-entropy",
        _cross_entropy,
        _has_loss("binary_cross_entropy"),
        output=True,
        y_hat=True,
        notes=(
            "Where y = 1 the derivative is negative: the update pushes the prediction up; where y = 0, down.",
        ),
        source='the slide "Cross-Entropy Loss and Its Derivative"',
    ),
    "sigmoid": Topic(
        "The sigmoid",
        _sigmoid,
        _is("sigmoid"),
        notes=("a(1 - a) is largest at a = 1/2, where it is 1/4: every sigmoid layer shrinks a gradient.",),
        source='the slide "Sigmoid Activation Function and Its Derivative"',
    ),
    "chain-rule": Topic(
        "The chain rule through one layer",
        _chain_rule,
        notes=(
            "The slide writes gamma where it means the true label, y.",
            "What the slide cancels, y_hat(1 - y_hat), is the output layer's; hidden layers keep a(1 - a).",
        ),
        source='the slide "Chain Rule in Backpropagation"',
    ),
    "shortcut": Topic(
        "The shortcut: sigmoid with cross-entropy",
        _shortcut,
        lambda activation, loss: (activation, loss) == ("sigmoid", "binary_cross_entropy"),
        output=True,
        y_hat=True,
        notes=WELL_BEHAVED,
        source='the slide "These Derivatives Are Well-Behaved"',
    ),
    "tanh": Topic("Hyperbolic tangent", _tanh, _is("tanh")),
    "relu": Topic("ReLU and leaky ReLU", _relu, _is("relu", "leaky_relu")),
    "softmax": Topic("Softmax", _softmax, _is("softmax")),
    "softmax-cross-entropy": Topic(
        "Softmax with cross-entropy",
        _softmax_cross_entropy,
        lambda activation, loss: (activation, loss) == ("softmax", "categorical_cross_entropy"),
        output=True,
        y_hat=True,
    ),
    "squared-error": Topic(
        "Squared error",
        _squared_error,
        _has_loss(*SQUARED),
        output=True,
        y_hat=True,
        notes=("Nothing cancels here: dL/dz is this times the slope of the output's activation.",),
    ),
}
MATRIX = "matrix"  # told as matrices, in trace
TOPICS = (*DERIVATIONS, MATRIX)
