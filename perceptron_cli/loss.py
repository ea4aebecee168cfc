"""What a loss is: the value and gradient the engine computes, and the formulas a reader sees."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from types import MappingProxyType

from perceptron_cli.activation import ungrouped
from perceptron_cli.arrays import Array
from perceptron_cli.expr import Expr
from perceptron_cli.records import record

Total = Callable[[Array], float]


@record
class Shortcut:
    """dL/dz of the output layer in one go.

    `bind(a, dz)` returns the work that fills `dz` for a y that it is given; `formula(a, y)` says it.
    """

    bind: Callable[[Array, Array], Callable[[Array], object]]
    formula: Callable[[Expr, Expr], Expr]


@record
class Loss:
    """One loss; arrays have shape (outputs, samples).

    `parts(activation, z, a, y)` gives every L_k, `gradient(a, y)` every dL/da_k, inf or nan where
    it has no value. `share(outputs)` is the factor between the sum of the parts and the loss.
    `total(activation, z, a)` returns a faster way to the sum of the parts than adding up `parts`, for
    a y that it is given; None where there is none.
    `formulas` are the trees of L_k (the blackboard's first), `lines` the later lines of its
    working, `gradient_formulas` the trees of dL/da_k. `activations` are the output activations
    that it takes, all where None; `tree` and `slope_tree` are L_k and its slope by a, of (a, y), where
    the loss is made from them; `target_problem(y)` says what a bad target should have been.
    """

    summary: str
    parts: Callable[[str, Array, Array, Array], Array]
    gradient: Callable[[Array, Array], Array]
    formulas: Callable[[str, Sequence[Expr], Sequence[Expr], Expr, int], tuple[Expr, ...]]
    gradient_formulas: Callable[[Expr, Expr, int], tuple[Expr, ...]]
    lines: Callable[[Expr, Expr, float], tuple[Expr, ...]]
    general: Callable[[Expr, Expr], Expr]
    share: Callable[[int], float] = lambda outputs: 1.0
    shortcuts: Mapping[str, Shortcut] = field(default_factory=lambda: MappingProxyType({}))
    total: Callable[[str, Array, Array], Total | None] = lambda activation, z, a: None
    activations: frozenset[str] | None = None
    tree: Callable[[Expr, Expr], Expr] | None = None
    slope_tree: Callable[[Expr, Expr], Expr] | None = None
    target_problem: Callable[[Sequence[float]], str | None] = lambda y: None

    def shortcut(self, activation: str) -> Shortcut | None:
        """Return dL/dz in one go for an output activation, if there is a way."""
        return self.shortcuts.get(ungrouped(activation))
