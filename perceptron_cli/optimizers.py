"""The optimizers: each written twice, as work on flat vectors and as the lines that a reader sees.

`m` and `v` are the state that an optimizer carries from update to update, a number per weight.
All take the gradient that the batch was reduced to, `dL/dw`, and leave the new weight `w'`.
Where weights decay, `weight_decay*w` is added to that gradient before anything else, as in PyTorch;
AdamW alone takes it off the weight.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from functools import lru_cache
from typing import NamedTuple

from perceptron_cli.arrays import Array, Options
from perceptron_cli.expr import Call, Expr, Number, Result, Symbol
from perceptron_cli.parameters import Parameter
from perceptron_cli.records import record


class Rates(NamedTuple):
    """Numbers that the updates read, as arrays without axes, so that one may change between steps.

    The engine adds the samples' gradients up; `scale` makes the sum what the reduction asks for
    (1 or 1/samples), and `rate` is eta*scale, so that plain descent reduces at no cost.
    """

    eta: Array
    scale: Array
    rate: Array

    def of_reduced(self) -> Rates:
        """Return those of an update whose gradient is reduced already; they follow eta."""
        from numpy import array

        return Rates(self.eta, array(1.0), self.eta)


class Line(NamedTuple):
    """One assignment of an update: a symbol, its tree, and later lines of the working."""

    symbol: Symbol
    body: Expr
    stages: tuple[Expr, ...] = ()


Update = Callable[[int], None]
Bind = Callable[[Array, Array, Sequence[Array], Rates, Options], Update]
Lines = Callable[[Symbol, Expr, int, Options], tuple[Line, ...]]


@record
class Optimizer:
    """One optimizer.

    `bind(theta, gradient, state, rates, options)` returns the work of update number t, in place;
    `gradient` is the sum over the batch. `lines(w, gradient, t, options)` returns the assignments
    that it makes for one weight at update t. `state` names the vectors that it carries. Where lines have
    numbers that are others at each update, `shares(t, options)` has them by name, and `general(w, gradient)`
    the lines with the names.
    """

    summary: str
    bind: Bind
    lines: Lines
    state: tuple[str, ...] = ()
    parameters: dict[str, Parameter] = field(default_factory=dict)
    source: str = ""
    shares: Callable[[int, Options], Mapping[str, float]] | None = None
    general: Callable[[Symbol, Expr], tuple[Line, ...]] | None = None


ETA, T = Symbol("eta"), Symbol("t")


def _state(head: str, w: Symbol) -> Symbol:
    return Symbol(head, w.layer, w.indices, of=w.head)


def _step(w: Symbol, step: Expr) -> Line:
    """The last line of an update: w' = w - step, then with the step worked out."""
    return Line(w.after(), w - step, (w + Result(-step),))


# weights that decay ---------------------------------------------------------------------------


def _decaying(entry: Optimizer) -> Optimizer:
    """Let an optimizer take `weight_decay*w` with the gradient; where that is 0 it stays as it is."""
    lines = entry.lines

    def told(w: Symbol, g: Expr, t: int, options: Options) -> tuple[Line, ...]:
        return lines(w, g + Symbol("weight_decay") * w if options["weight_decay"] else g, t, options)

    parameters = {**entry.parameters, "weight_decay": Parameter(0.0, 0)}
    return replace(entry, bind=_decayed(entry.bind), lines=told, parameters=parameters)


def _decayed(bind: Bind) -> Bind:
    def bound(
        theta: Array, gradient: Array, state: Sequence[Array], rates: Rates, options: Options
    ) -> Update:
        if not options["weight_decay"]:
            return bind(theta, gradient, state, rates, options)
        from numpy import add, array, empty_like, multiply

        g, pull, decay = empty_like(theta), empty_like(theta), array(options["weight_decay"])
        follow = bind(theta, g, state, rates.of_reduced(), options)

        def update(t: int) -> None:
            multiply(gradient, rates.scale, g)
            multiply(theta, decay, pull)
            add(g, pull, g)
            follow(t)

        return update

    return bound


# gradient descent, with and without momentum --------------------------------------------------


def _gradient_descent(
    theta: Array, gradient: Array, state: Sequence[Array], rates: Rates, options: Options
) -> Update:
    from numpy import empty_like, multiply, subtract

    step, rate = empty_like(theta), rates.rate

    def update(t: int) -> None:
        multiply(gradient, rate, step)
        subtract(theta, step, theta)

    return update


def _momentum(nesterov: bool) -> Bind:
    def bind(theta: Array, gradient: Array, state: Sequence[Array], rates: Rates, options: Options) -> Update:
        from numpy import add, array, empty_like, multiply, subtract

        (v,) = state
        g, step = empty_like(theta), empty_like(theta)
        momentum, rest = array(options["momentum"]), array(1 - options["dampening"])

        def update(t: int) -> None:
            multiply(gradient, rates.scale, g)
            if t == 1:
                v[:] = g
            else:
                multiply(v, momentum, v)
                multiply(g, rest, step)
                add(v, step, v)
            if nesterov:
                multiply(v, momentum, step)
                add(g, step, g)
                multiply(g, rates.eta, step)
            else:
                multiply(v, rates.eta, step)
            subtract(theta, step, theta)

        return update

    return bind


def _momentum_lines(nesterov: bool) -> Lines:
    def lines(w: Symbol, g: Expr, t: int, options: Options) -> tuple[Line, ...]:
        v, momentum = _state("v", w), Symbol("momentum")
        gain = (1 - Symbol("dampening")) * g if options["dampening"] else g
        new = Line(v.after(), g if t == 1 else momentum * v + gain)
        step = ETA * (g + momentum * v.after()) if nesterov else ETA * v.after()
        return (new, _step(w, step))

    return lines


# steps scaled by the size of past gradients ---------------------------------------------------


def _scaled_by_root(decaying: bool) -> Bind:
    def bind(theta: Array, gradient: Array, state: Sequence[Array], rates: Rates, options: Options) -> Update:
        from numpy import add, array, divide, empty_like, multiply, sqrt, subtract

        (v,) = state
        g, step = empty_like(theta), empty_like(theta)
        epsilon = array(options["epsilon"])
        decay = array(options["decay"]) if decaying else None
        rest = array(1 - options["decay"]) if decaying else None

        def update(t: int) -> None:
            multiply(gradient, rates.scale, g)
            multiply(g, g, step)
            if decay is not None and rest is not None:
                multiply(v, decay, v)
                multiply(step, rest, step)
            add(v, step, v)
            sqrt(v, step)
            add(step, epsilon, step)
            multiply(g, rates.eta, g)
            divide(g, step, step)
            subtract(theta, step, theta)

        return update

    return bind


def _root_lines(decaying: bool) -> Lines:
    def lines(w: Symbol, g: Expr, t: int, options: Options) -> tuple[Line, ...]:
        v, decay = _state("v", w), Symbol("decay")
        new = decay * v + (1 - decay) * g**2 if decaying else v + g**2
        return (
            Line(v.after(), new),
            _step(w, ETA * g / (Call("sqrt", v.after()) + Symbol("epsilon"))),
        )

    return lines


# Adam -----------------------------------------------------------------------------------------


def _adam(decoupled: bool) -> Bind:
    def bind(theta: Array, gradient: Array, state: Sequence[Array], rates: Rates, options: Options) -> Update:
        from numpy import add, array, divide, empty_like, multiply, sqrt, subtract

        m, v = state
        g, step, root = empty_like(theta), empty_like(theta), empty_like(theta)
        beta1, beta2, weight_decay = options["beta1"], options["beta2"], options["weight_decay"]
        keep1, rest1, keep2, rest2 = array(beta1), array(1 - beta1), array(beta2), array(1 - beta2)
        epsilon, decay = array(options["epsilon"]), array(weight_decay)

        def update(t: int) -> None:
            multiply(gradient, rates.scale, g)
            multiply(m, keep1, m)
            multiply(g, rest1, step)
            add(m, step, m)
            multiply(v, keep2, v)
            multiply(g, g, step)
            multiply(step, rest2, step)
            add(v, step, v)
            divide(v, 1 - beta2**t, root)
            sqrt(root, root)
            add(root, epsilon, root)
            divide(m, 1 - beta1**t, step)
            multiply(step, rates.eta, step)
            divide(step, root, step)
            if decoupled and weight_decay:
                multiply(theta, rates.eta * decay, root)
                add(step, root, step)
            subtract(theta, step, theta)

        return update

    return bind


def _adam_lines(decoupled: bool) -> Lines:
    def lines(w: Symbol, g: Expr, t: int, options: Options) -> tuple[Line, ...]:
        beta1, beta2, decay = Symbol("beta1"), Symbol("beta2"), Symbol("weight_decay")
        m, v = _state("m", w), _state("v", w)
        m_hat, v_hat = _state("m_hat", w), _state("v_hat", w)
        step = ETA * m_hat / (Call("sqrt", v_hat) + Symbol("epsilon"))
        if decoupled and options["weight_decay"]:
            step = step + ETA * decay * w
        return (
            Line(m.after(), beta1 * m + (1 - beta1) * g),
            Line(v.after(), beta2 * v + (1 - beta2) * g**2),
            Line(m_hat, m.after() / (1 - beta1**T)),
            Line(v_hat, v.after() / (1 - beta2**T)),
            _step(w, step),
        )

    return lines


# variants -------------------------------------------------------------------------------------


def _amsgrad(theta: Array, gradient: Array, state: Sequence[Array], rates: Rates, options: Options) -> Update:
    import numpy as np

    m, v, v_max = state
    beta1, beta2, epsilon = options["beta1"], options["beta2"], options["epsilon"]

    def update(t: int) -> None:
        g = gradient * rates.scale
        m[:] = beta1 * m + (1 - beta1) * g
        v[:] = beta2 * v + (1 - beta2) * g * g
        np.maximum(v_max, v, out=v_max)
        root = np.sqrt(v_max / (1 - beta2**t)) + epsilon
        theta[:] = theta - rates.eta * (m / (1 - beta1**t)) / root

    return update


def _amsgrad_lines(w: Symbol, g: Expr, t: int, options: Options) -> tuple[Line, ...]:
    beta1, beta2 = Symbol("beta1"), Symbol("beta2")
    m, v, v_max, m_hat = (_state(head, w) for head in ("m", "v", "v_max", "m_hat"))
    root = Call("sqrt", v_max.after() / (1 - beta2**T)) + Symbol("epsilon")
    return (
        Line(m.after(), beta1 * m + (1 - beta1) * g),
        Line(v.after(), beta2 * v + (1 - beta2) * g**2),
        Line(v_max.after(), Call("max", v_max, v.after())),
        Line(m_hat, m.after() / (1 - beta1**T)),
        _step(w, ETA * m_hat / root),
    )


def _adam_hat(
    theta: Array, gradient: Array, state: Sequence[Array], rates: Rates, options: Options
) -> Update:
    import numpy as np

    m, v = state
    beta1, beta2, epsilon = options["beta1"], options["beta2"], options["epsilon"]

    def update(t: int) -> None:
        g = gradient * rates.scale
        m[:] = beta1 * m + (1 - beta1) * g
        v[:] = beta2 * v + (1 - beta2) * g * g
        eta = rates.eta * np.sqrt(1 - beta2**t) / (1 - beta1**t)
        theta[:] = theta - eta * m / (np.sqrt(v) + epsilon)

    return update


def _adam_hat_lines(w: Symbol, g: Expr, t: int, options: Options) -> tuple[Line, ...]:
    beta1, beta2 = Symbol("beta1"), Symbol("beta2")
    m, v = _state("m", w), _state("v", w)
    eta = ETA * Call("sqrt", 1 - beta2**T) / (1 - beta1**T)
    return (
        Line(m.after(), beta1 * m + (1 - beta1) * g),
        Line(v.after(), beta2 * v + (1 - beta2) * g**2),
        _step(w, eta * m.after() / (Call("sqrt", v.after()) + Symbol("epsilon"))),
    )


def _adamax(theta: Array, gradient: Array, state: Sequence[Array], rates: Rates, options: Options) -> Update:
    import numpy as np

    m, n = state
    beta1, beta2, epsilon = options["beta1"], options["beta2"], options["epsilon"]

    def update(t: int) -> None:
        g = gradient * rates.scale
        m[:] = beta1 * m + (1 - beta1) * g
        np.maximum(beta2 * n, np.abs(g) + epsilon, out=n)
        theta[:] = theta - rates.eta / (1 - beta1**t) * m / n

    return update


def _adamax_lines(w: Symbol, g: Expr, t: int, options: Options) -> tuple[Line, ...]:
    beta1, beta2 = Symbol("beta1"), Symbol("beta2")
    m, n = _state("m", w), _state("n", w)
    return (
        Line(m.after(), beta1 * m + (1 - beta1) * g),
        Line(n.after(), Call("max", beta2 * n, Call("abs", g) + Symbol("epsilon"))),
        _step(w, ETA / (1 - beta1**T) * m.after() / n.after()),
    )


@lru_cache(2)
def _momentum_made(psi: float, beta1: float) -> list[float]:
    """The products of Nadam's mu_1 to mu_t, by t, as far as they were asked for."""
    return [1.0]


def _nadam_shares(t: int, options: Options) -> dict[str, float]:
    """The shares of the gradient and of its running mean in a step of Nadam."""
    psi, beta1 = options["momentum_decay"], options["beta1"]

    def mu(at: int) -> float:
        return float(beta1 * (1 - 0.5 * 0.96 ** (at * psi)))

    made = _momentum_made(float(psi), float(beta1))
    while len(made) <= t:
        made.append(made[-1] * mu(len(made)))
    return {"of_g": (1 - mu(t)) / (1 - made[t]), "of_m": mu(t + 1) / (1 - made[t] * mu(t + 1))}


def _nadam(theta: Array, gradient: Array, state: Sequence[Array], rates: Rates, options: Options) -> Update:
    import numpy as np

    m, v = state
    beta1, beta2, epsilon = options["beta1"], options["beta2"], options["epsilon"]

    def update(t: int) -> None:
        g = gradient * rates.scale
        m[:] = beta1 * m + (1 - beta1) * g
        v[:] = beta2 * v + (1 - beta2) * g * g
        of_g, of_m = _nadam_shares(t, options).values()
        theta[:] = theta - rates.eta * (of_g * g + of_m * m) / (np.sqrt(v / (1 - beta2**t)) + epsilon)

    return update


def _nadam_lines(w: Symbol, g: Expr, t: int, options: Options) -> tuple[Line, ...]:
    return _nadam_told(w, g, *map(Number, _nadam_shares(t, options).values()))


def _nadam_told(w: Symbol, g: Expr, of_g: Expr, of_m: Expr) -> tuple[Line, ...]:
    beta1, beta2 = Symbol("beta1"), Symbol("beta2")
    m, v, v_hat = (_state(head, w) for head in ("m", "v", "v_hat"))
    step = ETA * (of_g * g + of_m * m.after()) / (Call("sqrt", v_hat) + Symbol("epsilon"))
    return (
        Line(m.after(), beta1 * m + (1 - beta1) * g),
        Line(v.after(), beta2 * v + (1 - beta2) * g**2),
        Line(v_hat, v.after() / (1 - beta2**T)),
        _step(w, step),
    )


def _adadelta(
    theta: Array, gradient: Array, state: Sequence[Array], rates: Rates, options: Options
) -> Update:
    import numpy as np

    v, n = state
    decay, epsilon = options["decay"], options["epsilon"]

    def update(t: int) -> None:
        g = gradient * rates.scale
        v[:] = decay * v + (1 - decay) * g * g
        step = np.sqrt(n + epsilon) / np.sqrt(v + epsilon) * g
        n[:] = decay * n + (1 - decay) * step * step
        theta[:] = theta - rates.eta * step

    return update


def _adadelta_lines(w: Symbol, g: Expr, t: int, options: Options) -> tuple[Line, ...]:
    decay, epsilon = Symbol("decay"), Symbol("epsilon")
    v, n = _state("v", w), _state("n", w)
    share = Call("sqrt", n + epsilon) / Call("sqrt", v.after() + epsilon)
    return (
        Line(v.after(), decay * v + (1 - decay) * g**2),
        Line(n.after(), decay * n + (1 - decay) * (share * g) ** 2),
        _step(w, ETA * share * g),
    )


_EPSILON = {"epsilon": Parameter(1e-8, 0, open_low=True)}
_MOMENTUM = {"momentum": Parameter(0.9, 0, 1, open_high=True), "dampening": Parameter(0.0, 0, 1)}
_BETAS = {
    "beta1": Parameter(0.9, 0, 1, open_high=True),
    "beta2": Parameter(0.999, 0, 1, open_high=True),
    **_EPSILON,
}

_PLAIN: dict[str, Optimizer] = {
    "gradient_descent": Optimizer(
        "each weight moves against its gradient",
        _gradient_descent,
        lambda w, g, t, options: (_step(w, ETA * g),),
        source="Cauchy (1847); the lecture",
    ),
    "momentum": Optimizer(
        "a running sum of gradients, v, is the step",
        _momentum(nesterov=False),
        _momentum_lines(nesterov=False),
        ("v",),
        _MOMENTUM,
        "Polyak (1964), in PyTorch's form: v = momentum v + (1 - dampening) g, and v = g at first",
    ),
    "nesterov": Optimizer(
        "momentum that looks one step ahead",
        _momentum(nesterov=True),
        _momentum_lines(nesterov=True),
        ("v",),
        _MOMENTUM,
        "Nesterov (1983); Sutskever et al. (2013), in PyTorch's form",
    ),
    "rmsprop": Optimizer(
        "the step divided by the root of a running mean of squared gradients",
        _scaled_by_root(decaying=True),
        _root_lines(decaying=True),
        ("v",),
        {"decay": Parameter(0.99, 0, 1, open_high=True), **_EPSILON},
        "Tieleman and Hinton (2012), lecture 6.5",
    ),
    "adagrad": Optimizer(
        "the step divided by the root of the sum of squared gradients",
        _scaled_by_root(decaying=False),
        _root_lines(decaying=False),
        ("v",),
        _EPSILON,
        "Duchi, Hazan and Singer (2011)",
    ),
    "adam": Optimizer(
        "running means of the gradient and of its square, both corrected for their start",
        _adam(decoupled=False),
        _adam_lines(decoupled=False),
        ("m", "v"),
        _BETAS,
        "Kingma and Ba (2015), algorithm 1",
    ),
    "adam_hat": Optimizer(
        "Adam with epsilon beside the root of v itself, as Keras and scikit-learn have it",
        _adam_hat,
        _adam_hat_lines,
        ("m", "v"),
        {**_BETAS, "epsilon": Parameter(1e-7, 0, open_low=True)},
        "Kingma and Ba (2015), end of section 2: alpha_t, and epsilon hat",
    ),
    "amsgrad": Optimizer(
        "Adam that never forgets its largest v",
        _amsgrad,
        _amsgrad_lines,
        ("m", "v", "v_max"),
        _BETAS,
        "Reddi, Kale and Kumar (2018), in PyTorch's form",
    ),
    "adamax": Optimizer(
        "Adam with the largest recent gradient, n, for the root of the mean square",
        _adamax,
        _adamax_lines,
        ("m", "n"),
        _BETAS,
        "Kingma and Ba (2015), section 7.1, in PyTorch's form",
    ),
    "nadam": Optimizer(
        "Adam that looks one step ahead, as Nesterov's momentum does",
        _nadam,
        _nadam_lines,
        ("m", "v"),
        {**_BETAS, "momentum_decay": Parameter(0.004, 0)},
        "Dozat (2016), in PyTorch's form",
        _nadam_shares,
        lambda w, g: _nadam_told(w, g, Symbol("of_g"), Symbol("of_m")),
    ),
    "adadelta": Optimizer(
        "the step scaled by the ratio of the roots of past squared steps (n) and squared gradients (v)",
        _adadelta,
        _adadelta_lines,
        ("v", "n"),
        {"decay": Parameter(0.9, 0, 1, open_high=True), "epsilon": Parameter(1e-6, 0, open_low=True)},
        "Zeiler (2012), algorithm 1",
    ),
}

OPTIMIZERS: dict[str, Optimizer] = {
    **{name: _decaying(entry) for name, entry in _PLAIN.items()},
    "adamw": Optimizer(
        "Adam with the weights' decay apart from the gradient",
        _adam(decoupled=True),
        _adam_lines(decoupled=True),
        ("m", "v"),
        {**_BETAS, "weight_decay": Parameter(0.01, 0)},
        "Loshchilov and Hutter (2019), algorithm 2",
    ),
}
