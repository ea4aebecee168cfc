"""The activation functions: what the engine computes, the formula a reader sees, and its slope.

NumPy is imported inside the functions that compute, so that the names here cost help and
completion nothing. Each array function binds its operands and returns the work to be done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache

from perceptron_cli.activation import Activation, group_of, temperature, ungrouped
from perceptron_cli.arrays import Array, Options, Run
from perceptron_cli.expr import Call, Dots, Expr, Gate, Number, product, total
from perceptron_cli.parameters import Parameter
from perceptron_cli.smooth import SMOOTH, exponentials, of_formula

# what the engine computes ---------------------------------------------------------------------


def _sigmoid(z: Array, a: Array, options: Options) -> Run:
    from numpy import add, array, exp, negative, reciprocal

    one = array(1.0)

    def run() -> None:  # exp overflows to inf below z = -709, and 1/(1 + inf) is the right 0
        negative(z, a)
        exp(a, a)
        add(a, one, a)
        reciprocal(a, a)

    return run


def _sigmoid_slope(a: Array, slope: Array, options: Options) -> Run:
    from numpy import array, multiply, subtract

    one = array(1.0)

    def run() -> None:
        subtract(one, a, slope)
        multiply(slope, a, slope)

    return run


def _tanh(z: Array, a: Array, options: Options) -> Run:
    from functools import partial

    from numpy import tanh

    return partial(tanh, z, a)


def _tanh_slope(a: Array, slope: Array, options: Options) -> Run:
    from numpy import array, multiply, subtract

    one = array(1.0)

    def run() -> None:
        multiply(a, a, slope)
        subtract(one, slope, slope)

    return run


def _relu(z: Array, a: Array, options: Options) -> Run:
    from functools import partial

    from numpy import array, maximum

    return partial(maximum, z, array(0.0), out=a)


def _relu_slope(a: Array, slope: Array, options: Options) -> Run:
    from functools import partial

    from numpy import array, greater

    return partial(greater, a, array(0.0), slope)  # a > 0 exactly where z > 0


def _leaky_relu(z: Array, a: Array, options: Options) -> Run:
    from numpy import array, maximum, multiply

    leak = array(options["slope"])

    def run() -> None:
        multiply(z, leak, a)
        maximum(a, z, out=a)

    return run


def _leaky_relu_slope(a: Array, slope: Array, options: Options) -> Run:
    from numpy import array, greater, maximum

    leak, zero = array(options["slope"]), array(0.0)

    def run() -> None:
        greater(a, zero, slope)
        maximum(slope, leak, out=slope)

    return run


def _softplus(z: Array, a: Array, options: Options) -> Run:
    from functools import partial

    from numpy import array, logaddexp

    return partial(logaddexp, array(0.0), z, a)


def _softplus_slope(a: Array, slope: Array, options: Options) -> Run:
    from numpy import expm1, negative

    def run() -> None:  # 1 - e^-a is sigmoid(z)
        negative(a, slope)
        expm1(slope, slope)
        negative(slope, slope)

    return run


def _softsign(z: Array, a: Array, options: Options) -> Run:
    from numpy import abs, add, array, divide

    one = array(1.0)

    def run() -> None:
        abs(z, a)
        add(a, one, a)
        divide(z, a, a)

    return run


def _softsign_slope(a: Array, slope: Array, options: Options) -> Run:
    from numpy import abs, array, multiply, subtract

    one = array(1.0)

    def run() -> None:
        abs(a, slope)
        subtract(one, slope, slope)
        multiply(slope, slope, slope)

    return run


def _elu(z: Array, a: Array, options: Options) -> Run:
    from numpy import add, array, empty_like, expm1, maximum, minimum, multiply

    alpha, scale, zero = array(options["alpha"]), array(options.get("scale", 1.0)), array(0.0)
    below = empty_like(z)

    def run() -> None:  # below 0 alone the exponential is taken: above it would overflow
        minimum(z, zero, out=below)
        expm1(below, below)
        multiply(below, alpha, below)
        maximum(z, zero, out=a)
        add(a, below, a)
        multiply(a, scale, a)

    return run


def _elu_slope(a: Array, slope: Array, options: Options) -> Run:
    from numpy import array, copyto, greater

    alpha, scale, zero = array(options["alpha"]), array(options.get("scale", 1.0)), array(0.0)

    def run() -> None:  # alpha*e^z is a + alpha, both times the scale
        copyto(slope, a + alpha * scale)
        copyto(slope, scale, where=greater(a, zero))

    return run


def _linear(z: Array, a: Array, options: Options) -> Run:
    from functools import partial

    from numpy import copyto

    return partial(copyto, a, z)


def _unit_step(z: Array, a: Array, options: Options) -> Run:
    from numpy import add, array, greater, greater_equal, multiply

    fires = greater if options.get("strict") else greater_equal
    theta, low = array(options["theta"]), array(options.get("low", 0.0))

    def run() -> None:
        fires(z, theta, a)
        multiply(a, 1 - low, a)
        add(a, low, a)

    return run


def _softmax(z: Array, a: Array, options: Options) -> Run:
    from numpy import add, divide, empty, exp, maximum, subtract

    column = empty((1, z.shape[1]))

    def run() -> None:  # the largest z is taken off first: e^0 cannot overflow
        maximum.reduce(z, axis=0, out=column, keepdims=True)
        subtract(z, column, a)
        exp(a, a)
        add.reduce(a, axis=0, out=column, keepdims=True)
        divide(a, column, a)

    return run


def _softmax_backward(a: Array, da: Array, dz: Array) -> Run:
    from numpy import add, empty, multiply, subtract

    column = empty((1, a.shape[1]))

    def run() -> None:  # a_j (dL/da_j - sum_k dL/da_k a_k)
        multiply(da, a, dz)
        add.reduce(dz, axis=0, out=column, keepdims=True)
        subtract(da, column, dz)
        multiply(dz, a, dz)

    return run


# what the reader sees -------------------------------------------------------------------------


def _of_its_own_z(formula: Callable[[Expr, Options], Expr]) -> Callable[..., tuple[Expr, ...]]:
    return lambda z, j, options: (formula(z[j], options),)


def _softmax_formulas(z: Sequence[Expr], j: int, options: Options) -> tuple[Expr, ...]:
    largest = Call("max", *z)
    return tuple(
        Call("exp", shifted[j]) / total([Call("exp", one) for one in shifted])
        for shifted in (list(z), [one - largest for one in z])
    )


def _softmax_general(z: Expr, layer: Sequence[Expr]) -> Expr:
    return Call("exp", z) / total(exponentials(layer))


def _softmax_jacobian(a: Array) -> Array:
    from numpy import diag, outer

    found: Array = diag(a) - outer(a, a)
    return found


def _softmax_slope_formula(z: Sequence[Expr], a: Sequence[Expr], k: int, j: int, options: Options) -> Expr:
    return a[k] * (1 - a[k]) if k == j else -product([a[k], a[j]])


def _step_formula(z: Expr, options: Options) -> Expr:
    """1 from theta on; `strict`: above it only; `low`: what it gives else, 0 or -1."""
    theta, low = options["theta"], options.get("low", 0.0)
    above = z - theta if theta else z
    if low:
        return Gate(above, 1, low, not options.get("strict"))
    if options.get("strict"):
        return 1 - Call("step", theta - z if theta else -z)
    return Call("step", above)


def _elu_formula(z: Expr, options: Options) -> Expr:
    """max(0, z) + alpha*(e^min(0, z) - 1), times a scale where there is one."""
    alpha, below = options["alpha"], Call("exp", Call("min", 0, z)) - 1
    body = Call("max", 0, z) + (below if alpha == 1 else alpha * below)
    return body if options.get("scale", 1.0) == 1 else options["scale"] * body


def _elu_slope_formula(z: Expr, options: Options) -> Expr:
    """1 above 0, and alpha*e^z below it."""
    alpha, bent = options["alpha"], Call("exp", Call("min", 0, z))
    slope = bent if alpha == 1 else Gate(z, 1, alpha) * bent
    return slope if options.get("scale", 1.0) == 1 else options["scale"] * slope


# of selu: with these, layers that begin with mean 0 and variance 1 keep them (Klambauer et al., 2017)
SELU = {"alpha": 1.6732632423543772, "scale": 1.0507009873554805}


@lru_cache
def _tempered(by: float) -> Activation:
    """Return softmax of z/T: a high temperature evens the probabilities out. Source: Hinton et al. (2015)."""
    told = Number(by, f"{by:g}" if float(f"{by:g}") == by else None)

    def forward(z: Array, a: Array, options: Options) -> Run:
        from numpy import divide, empty_like

        cooled = empty_like(z)
        finish = _softmax(cooled, a, options)

        def run() -> None:
            divide(z, by, cooled)
            finish()

        return run

    def backward(a: Array, da: Array, dz: Array) -> Run:
        from numpy import divide

        start = _softmax_backward(a, da, dz)

        def run() -> None:
            start()
            divide(dz, by, dz)

        return run

    def slope_formula(z: Sequence[Expr], a: Sequence[Expr], k: int, j: int, options: Options) -> Expr:
        return _softmax_slope_formula(z, a, k, j, options) / told

    def jacobian(a: Array) -> Array:
        return _softmax_jacobian(a) / by

    return replace(
        ACTIVATIONS["softmax"],
        summary=f"softmax of z/{by:g}",
        steepest=0.25 / by,
        forward=forward,
        backward=backward,
        formulas=lambda z, j, options: _softmax_formulas([one / told for one in z], j, options),
        slope_formula=slope_formula,
        jacobian=jacobian,
        general=lambda z, layer: _softmax_general(
            z / told, [one if isinstance(one, Dots) else one / told for one in layer]
        ),
    )


class Activations(dict[str, Activation]):
    """The activations by name; one's own has its formula for a name: `formula(z/(1 + abs(z)))`.

    A softmax with a temperature has it in its name: `softmax(2)`.
    """

    def __missing__(self, name: str) -> Activation:
        if group_of(name):
            from perceptron_cli.grouped import over_steps

            return over_steps(self[ungrouped(name)], group_of(name))
        if temperature(name) != 1:
            return _tempered(temperature(name))
        return of_formula(name)


ACTIVATIONS = Activations()
ACTIVATIONS |= {
    "sigmoid": Activation(
        summary="squashes z into (0, 1): a probability",
        range="between 0 and 1",
        use="the output of a binary classifier: its value reads as a probability",
        weakness="saturates: far from 0 its slope vanishes; nowhere is it above 1/4",
        steepest=0.25,
        saturates=True,
        forward=_sigmoid,
        slope=_sigmoid_slope,
        formulas=_of_its_own_z(lambda z, options: Call("sigmoid", z)),
        slope_formula=lambda z, a, k, j, options: a[j] * (1 - a[j]),
        definition=lambda z, options: 1 / (1 + Call("exp", -z)),
    ),
    "tanh": Activation(
        summary="squashes z into (-1, 1)",
        range="between -1 and 1",
        use="hidden layers: its values are centred on 0",
        saturates=True,
        weakness="saturates: far from 0 its slope vanishes",
        definition=lambda z, options: (Call("exp", z) - Call("exp", -z)) / (Call("exp", z) + Call("exp", -z)),
        forward=_tanh,
        slope=_tanh_slope,
        formulas=_of_its_own_z(lambda z, options: Call("tanh", z)),
        slope_formula=lambda z, a, k, j, options: 1 - a[j] ** 2,
    ),
    "relu": Activation(
        init="he_uniform",
        summary="keeps a positive z and turns the rest into 0",
        range="from 0 up",
        use="hidden layers, and outputs that cannot be negative; cheap, and its slope does not shrink",
        weakness="a dead neuron: where every z is negative, output and slope are 0, and it stops learning",
        forward=_relu,
        slope=_relu_slope,
        formulas=_of_its_own_z(lambda z, options: Call("max", 0, z)),
        slope_formula=lambda z, a, k, j, options: Gate(z[j], 1, 0),
    ),
    "leaky_relu": Activation(
        init="he_uniform",
        summary="keeps a positive z and shrinks a negative one",
        range="all numbers",
        use="like ReLU, where neurons die: a negative z keeps a small slope",
        weakness="its slope for negative z is one more number to choose",
        forward=_leaky_relu,
        slope=_leaky_relu_slope,
        formulas=_of_its_own_z(lambda z, options: Call("max", options["slope"] * z, z)),
        slope_formula=lambda z, a, k, j, options: Gate(z[j], 1, options["slope"]),
        parameters={"slope": Parameter(0.01, 0, 1)},
    ),
    "softplus": Activation(
        init="he_uniform",
        summary="a smooth ReLU: ln(1 + e^z)",
        range="above 0",
        use="outputs that must be positive, such as a variance",
        weakness="its slope vanishes for very negative z, and it is never 0",
        forward=_softplus,
        slope=_softplus_slope,
        formulas=lambda z, j, options: (
            Call("ln", 1 + Call("exp", z[j])),
            Call("max", 0, z[j]) + Call("ln", 1 + Call("exp", -Call("abs", z[j]))),
        ),
        slope_formula=lambda z, a, k, j, options: Call("sigmoid", z[j]),
    ),
    "softsign": Activation(
        summary="squashes z into (-1, 1) without an exponential: z/(1 + |z|)",
        range="between -1 and 1",
        use="like tanh, and far from 0 its slope shrinks more slowly",
        weakness="saturates, though slowly",
        forward=_softsign,
        slope=_softsign_slope,
        formulas=_of_its_own_z(lambda z, options: z / (1 + Call("abs", z))),
        slope_formula=lambda z, a, k, j, options: (1 - Call("abs", a[j])) ** 2,
        saturates=True,
    ),
    "elu": Activation(
        init="he_uniform",
        summary="keeps a positive z and bends a negative one towards -alpha",
        range="above -alpha",
        use="like ReLU, with a mean nearer to 0, and no neuron dies at once",
        weakness="saturates for very negative z, and takes an exponential there",
        forward=_elu,
        slope=_elu_slope,
        formulas=_of_its_own_z(_elu_formula),
        slope_formula=lambda z, a, k, j, options: _elu_slope_formula(z[j], options),
        parameters={"alpha": Parameter(1.0, 0, open_low=True)},
    ),
    "selu": Activation(
        summary="an ELU that keeps mean and variance from layer to layer",
        range="above -1.758",
        use="deep dense networks: the sizes of activations stay as they are",
        weakness="it needs inputs of mean 0 and variance 1, and weights drawn to fit",
        steepest=SELU["alpha"] * SELU["scale"],
        forward=lambda z, a, options: _elu(z, a, SELU),
        slope=lambda a, slope, options: _elu_slope(a, slope, SELU),
        formulas=_of_its_own_z(lambda z, options: _elu_formula(z, SELU)),
        slope_formula=lambda z, a, k, j, options: _elu_slope_formula(z[j], SELU),
    ),
    **SMOOTH,
    "linear": Activation(
        summary="gives z unchanged",
        range="all numbers",
        use="the output of a regression",
        weakness="several linear layers equal one linear layer, so it adds nothing between layers",
        forward=_linear,
        formulas=_of_its_own_z(lambda z, options: z),
        slope_formula=lambda z, a, k, j, options: Number(1),
    ),
    "softmax": Activation(
        summary="turns the z of a layer into probabilities that sum to 1",
        range="between 0 and 1, and 1 in all",
        use="the output of a classifier of several classes",
        steepest=0.25,
        saturates=True,
        weakness="saturates where one z is much larger than the others; each output depends on every z",
        forward=_softmax,
        backward=_softmax_backward,
        formulas=_softmax_formulas,
        slope_formula=_softmax_slope_formula,
        jacobian=_softmax_jacobian,
        general=_softmax_general,
    ),
    "unit_step": Activation(
        summary="1 from theta on, else 0: the perceptron; forward only",
        range="0 or 1",
        use="the perceptron: a decision, yes or no",
        weakness="no gradient: its slope is 0 everywhere, and there is none at theta",
        forward=_unit_step,
        formulas=_of_its_own_z(_step_formula),
        slope_formula=lambda z, a, k, j, options: Number(0),
        parameters={"theta": Parameter(0.0)},
        differentiable=False,
    ),
}
