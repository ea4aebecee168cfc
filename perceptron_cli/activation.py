"""What an activation function is: what the engine computes, the formula a reader sees, and its slope."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field
from functools import lru_cache
from typing import Protocol

from perceptron_cli.arrays import Array, Options, Run
from perceptron_cli.expr import Expr
from perceptron_cli.parameters import Parameter
from perceptron_cli.records import record


class BindForward(Protocol):
    """Bind the work that fills `a` from `z`, both of shape (neurons, samples)."""

    def __call__(self, z: Array, a: Array, options: Options) -> Run: ...


class BindSlope(Protocol):
    """Bind the work that fills `slope` with da/dz from `a` (or from z); any shape, all the same."""

    def __call__(self, a: Array, slope: Array, options: Options) -> Run: ...


class BindBackward(Protocol):
    """Bind the work that fills `dz` with sum_k dL/da_k da_k/dz_j, where neurons are coupled."""

    def __call__(self, a: Array, da: Array, dz: Array) -> Run: ...


@record
class Activation:
    """One activation function.

    `formulas` gives the trees of a_j from all z of the layer: the blackboard's first, then one
    that holds where that has no value. `slope_formula` gives da_k/dz_j; k = j but for softmax.
    `definition` is what a general formula adds: sigma(z) = 1/(1 + e^-z).
    `tree` and `slope_tree` say the function and its slope of z where both are made from them: what is written
    for other libraries is made from them too.
    `general(z, layer)` is a_j from its own z and all of the layer's, some of them dots, where neurons are
    coupled; `jacobian(a)` has da_k/dz_j of one sample in row k, where neurons are coupled.
    `slope_of_z` stands for `slope` where a alone does not say it.
    Without either the slope is 1 (linear) or there is none; `backward` stands for all where
    a neuron's activation depends on its neighbours' z.
    """

    summary: str
    forward: BindForward
    formulas: Callable[[Sequence[Expr], int, Options], tuple[Expr, ...]]
    slope_formula: Callable[[Sequence[Expr], Sequence[Expr], int, int, Options], Expr]
    definition: Callable[[Expr, Options], Expr | None] = lambda z, options: None
    slope: BindSlope | None = None
    slope_of_z: BindSlope | None = None
    backward: BindBackward | None = None
    jacobian: Callable[[Array], Array] = lambda a: a
    general: Callable[[Expr, Sequence[Expr]], Expr] = lambda z, layer: z
    tree: Callable[[Expr, Options], Expr] | None = None
    slope_tree: Callable[[Expr, Options], Expr] | None = None
    parameters: dict[str, Parameter] = field(default_factory=dict)
    differentiable: bool = True
    range: str = ""
    use: str = ""
    weakness: str = ""
    init: str = "xavier_uniform"  # the initializer that fits it
    group: int = 0  # over time: how many numbers are coupled with each other; 0 for all
    steepest: float = 1.0  # the largest slope there is; where it saturates, far below it
    saturates: bool = False

    @property
    def coupled(self) -> bool:
        """Whether a neuron's activation depends on the whole layer's z."""
        return self.backward is not None


@lru_cache
def temperature(name: str) -> float:
    """Return the number that a softmax's z are divided by; 1 for any other activation."""
    return float(name[len("softmax(") : name.index(")")]) if name.startswith("softmax(") else 1.0


def ungrouped(name: str) -> str:
    """Return the activation that a name, `softmax@3`, has for every three numbers of a layer over time."""
    return name.partition("@")[0]


def group_of(name: str) -> int:
    """Return how many numbers a time step has, where an activation takes each step for itself; else 0."""
    return int(name.partition("@")[2] or 0)
