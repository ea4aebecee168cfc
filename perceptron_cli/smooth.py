"""Activations that are made from one tree: the array work is compiled from it, and the slope derived.

So is one of somebody's own, `activation: {formula: "z/(1 + abs(z))"}`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import pi, sqrt
from typing import Any

from perceptron_cli.activation import Activation
from perceptron_cli.arrays import Array, Options, Run
from perceptron_cli.expr import Call, Dots, Expr, Number, Symbol, replace, total

Tree = Callable[[Expr, Options], Expr]

Z = Symbol("z")


def of_tree(tree: Tree, slope: Tree | None = None, **about: Any) -> Activation:
    """Return the activation that a tree of z is, and the options; its slope, if not given, is derived."""

    def forward(z: Array, a: Array, options: Options) -> Run:
        from numpy import copyto

        from perceptron_cli.compiled import compiled

        work, values = compiled(tree(Z, options)), {"z": z}
        return lambda: copyto(a, work(values))

    def slope_of_z(a: Array, slope: Array, options: Options) -> Run:
        from numpy import copyto

        from perceptron_cli.compiled import compiled

        work, values = compiled(derived(options)), {"z": a}
        return lambda: copyto(slope, work(values))

    def derived(options: Options) -> Expr:
        return _derivative(tree(Z, options)) if slope is None else slope(Z, options)

    def slope_formula(z: Sequence[Expr], a: Sequence[Expr], k: int, j: int, options: Options) -> Expr:
        return _put(derived(options), z[j])

    return Activation(
        forward=forward,
        slope_of_z=slope_of_z,
        formulas=lambda z, j, options: (tree(z[j], options),),
        slope_formula=slope_formula,
        tree=tree,
        slope_tree=slope or (lambda z, options: _put(_derivative(tree(Z, options)), z)),
        **about,
    )


def _derivative(tree: Expr) -> Expr:
    from perceptron_cli.calculus import partial  # most networks need none

    return partial(tree, Z)


def _put(tree: Expr, z: Expr) -> Expr:
    return replace(tree, lambda node: z if isinstance(node, Symbol) and node.name == "z" else None)


def _silu_slope(z: Expr, options: Options) -> Expr:
    s = Call("sigmoid", z)
    return s + z * s * (1 - s)


def _gelu(z: Expr, options: Options) -> Expr:
    """z times the probability that a normal number is below z."""
    return Number(0.5, "0.5") * z * (1 + Call("erf", z / Call("sqrt", Number(2))))


def _gelu_slope(z: Expr, options: Options) -> Expr:
    below = Number(0.5, "0.5") * (1 + Call("erf", z / Call("sqrt", Number(2))))
    return below + z * Call("exp", -(z**2) / 2) / Call("sqrt", Number(2 * pi))


ROOT = sqrt(2 / pi)


def _gelu_tanh(z: Expr, options: Options) -> Expr:
    return Number(0.5, "0.5") * z * (1 + Call("tanh", _inside(z)))


def _inside(z: Expr) -> Expr:
    return Number(ROOT) * (z + Number(0.044715, "0.044715") * z**3)


def _gelu_tanh_slope(z: Expr, options: Options) -> Expr:
    bent = Call("tanh", _inside(z))
    inner = Number(ROOT) * (1 + 3 * Number(0.044715, "0.044715") * z**2)
    return Number(0.5, "0.5") * (1 + bent) + Number(0.5, "0.5") * z * (1 - bent**2) * inner


def _log_softmax(z: Array, a: Array, options: Options) -> Run:
    from numpy import add, exp, log, maximum, subtract

    def run() -> None:
        largest = maximum.reduce(z, axis=0)
        subtract(z, largest + log(add.reduce(exp(z - largest), axis=0)), a)

    return run


def _log_softmax_backward(a: Array, da: Array, dz: Array) -> Run:
    from numpy import add, exp, subtract

    def run() -> None:  # dL/da_j - e^a_j sum_k dL/da_k
        subtract(da, exp(a) * add.reduce(da, axis=0), dz)

    return run


def _log_softmax_formulas(z: Sequence[Expr], j: int, options: Options) -> tuple[Expr, ...]:
    largest = Call("max", *z) if len(z) > 1 else z[0]
    plain = z[j] - Call("ln", total([Call("exp", one) for one in z]))
    safe = z[j] - largest - Call("ln", total([Call("exp", one - largest) for one in z]))
    return plain, safe


def exponentials(layer: Sequence[Expr]) -> list[Expr]:
    """Return e to each z of a layer, of which some may be dots."""
    return [one if isinstance(one, Dots) else Call("exp", one) for one in layer]


def _log_softmax_jacobian(a: Array) -> Array:
    from numpy import exp, eye

    found: Array = eye(len(a)) - exp(a)
    return found


def _log_softmax_slope(z: Sequence[Expr], a: Sequence[Expr], k: int, j: int, options: Options) -> Expr:
    return 1 - Call("exp", a[j]) if k == j else -Call("exp", a[j])


SMOOTH: dict[str, Activation] = {
    "gelu": of_tree(
        _gelu,
        _gelu_slope,
        init="he_uniform",
        summary="z times the probability that a standard normal number is below z",
        range="from -0.17 up",
        use="hidden layers of transformers: a ReLU with a smooth bend",
        weakness="costly, and not monotonic: below -0.75 it rises again towards 0",
        steepest=1.13,
    ),
    "gelu_tanh": of_tree(
        _gelu_tanh,
        _gelu_tanh_slope,
        init="he_uniform",
        summary="GELU by its approximation with tanh",
        range="from -0.17 up",
        use="where a library has GELU with approximate='tanh'",
        weakness="nearly the same as GELU, but not in the fourth decimal",
        steepest=1.13,
    ),
    "silu": of_tree(
        lambda z, options: z * Call("sigmoid", z),
        _silu_slope,
        init="he_uniform",
        summary="z times its own sigmoid (also called swish)",
        range="from -0.28 up",
        use="hidden layers: a ReLU with a smooth bend",
        weakness="not monotonic: below -1.28 it rises again towards 0",
        steepest=1.1,
    ),
    "hard_sigmoid": of_tree(
        lambda z, options: Call("max", 0, Call("min", 6, z + 3)) / 6,
        summary="a sigmoid of three straight pieces",
        range="from 0 to 1",
        use="gates on small devices: it needs no exponential",
        weakness="its slope is exactly 0 beyond -3 and 3, and nothing is learnt there",
        steepest=1 / 6,
        saturates=True,
    ),
    "log_softmax": Activation(
        summary="the logarithm of softmax",
        range="below 0",
        use="the output of a classifier, with negative_log_likelihood as its loss",
        weakness="its values are logarithms; exp gives the probabilities back",
        forward=_log_softmax,
        backward=_log_softmax_backward,
        formulas=_log_softmax_formulas,
        slope_formula=_log_softmax_slope,
        jacobian=_log_softmax_jacobian,
        general=lambda z, layer: z - Call("ln", total(exponentials(layer))),
    ),
}


@lru_cache
def of_formula(name: str) -> Activation:
    """Return the activation of somebody's own formula. Raises KeyError for a name that is none."""
    text = own_formula(name)
    if text is None:
        raise KeyError(name)
    from perceptron_cli.expr.own import parse_own

    tree = parse_own(text, ("z",))
    return of_tree(
        lambda z, options: _put(tree, z),
        summary=f"of one's own: {text}",
    )


def own_formula(name: str) -> str | None:
    """Return the formula in a name `formula(...)`, None where it is no such name."""
    return name[len("formula(") : -1] if name.startswith("formula(") and name.endswith(")") else None
