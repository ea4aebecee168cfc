"""The dense layer: every neuron adds up all that is below, each number times a weight of its own.

Its lines are the lecture's, and so is the way back. Source: the lecture, steps 1 to 8; Nielsen (2015).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perceptron_cli.document import Formula
from perceptron_cli.expr import Expr, product, total
from perceptron_cli.layers.kind import At, Block, Bound, FromTo, Kind, Memory, Misfit, Plan
from perceptron_cli.layers.layer import Layer, Shape, count
from perceptron_cli.symbols import Index, Names, shortened


class Dense(Kind):
    """z_j = w_0j + sum_i w_ij a_i."""

    summary = "every neuron takes every number below"
    has_activation = True
    is_linear = True

    def plan(self, settings: Mapping[str, Any], below: Shape, layers: Sequence[Layer]) -> Plan:
        """Its keys are older than the others', and are read by hand: it has a shape, and no more."""
        if len(below) > 1:
            told = f"expected a list of numbers below a dense layer, got {' x '.join(map(str, below))}"
            raise Misfit(told, "put 'kind: flatten' between them")
        return Plan((settings["neurons"],), fans=(count(below), settings["neurons"]))

    def blocks(self, layer: Layer) -> tuple[Block, ...]:
        return (DENSE_BIASES, DENSE_WEIGHTS)

    def tree(self, layer: Layer, at: At, stage: int, n: int) -> Expr:
        return affine(at.names, at.l, n + 1, range(1, layer.inputs + 1), bias=layer.has_bias)

    def bind(self, memory: Memory) -> Bound:
        """A product with all of W^T is faster than one with the rows after the first."""
        from functools import partial

        gradient = partial(memory.d_out.dot, memory.below_whole.T, memory.gradient)
        reached = partial(memory.weights.T.dot, memory.d_out, memory.d_whole)

        def backward() -> None:
            gradient()
            reached()

        return Bound(partial(memory.weights.dot, memory.below_whole, memory.out), backward)


DENSE_BIASES = FromTo("biases", "w", (1,), 0)
DENSE_WEIGHTS = FromTo("weights", "w", (1, 1), 1)


def affine(names: Names, l: int, j: Index, inputs: Sequence[int], *, bias: bool = True) -> Expr:
    """z_j = w_0j + sum_i w_ij a_i, the bias first."""
    weighed = (names.w(l, i, j) * names.a(l - 1, i) for i in inputs)
    return total([names.w(l, 0, j), *weighed] if bias else list(weighed))


def gradient_from_above(names: Names, l: int, i: Index, neurons: Sequence[Index]) -> Expr:
    """dL/da[l]_i = sum_j dL/dz[l+1]_j w[l+1]_ij, over the neurons above."""
    return total([names.dL_dz(l + 1, j) * names.w(l + 1, i, j) for j in neurons])


def weight_gradient(names: Names, l: int, i: Index, j: Index) -> Expr:
    """dL/dw_ij = dL/dz_j a_i, and a_0 = 1 for the bias."""
    return product([names.dL_dz(l, j), names.a(l - 1, i)]) if i != 0 else names.dL_dz(l, j) * 1


def affine_formula(l: int, inputs: int, *, bias: bool = True) -> Formula:
    """Return the general formula of z_j over a table."""
    names = Names()
    terms = shortened(inputs, lambda i: names.w(l, i, "j") * names.a(l - 1, i))
    return Formula(names.z(l, "j"), (total([names.w(l, 0, "j"), *terms] if bias else list(terms)),))


def gradient_from_above_formula(l: int, neurons: int) -> Formula:
    """Return the general formula of dL/da_i over a table."""
    names = Names()
    terms = shortened(neurons, lambda j: names.dL_dz(l + 1, j) * names.w(l + 1, "i", j))
    return Formula(names.dL_da(l, "i"), (total(list(terms)),))


def weight_gradient_formulas(l: int, *, bias: bool = True) -> tuple[Formula, ...]:
    """Return the general formulas of dL/dw, of the bias and of a weight."""
    names = Names()
    of_bias = Formula(names.dL_dw(l, 0, "j"), (weight_gradient(names, l, 0, "j"),))
    of_weight = Formula(names.dL_dw(l, "i", "j"), (weight_gradient(names, l, "i", "j"),))
    return (of_bias, of_weight) if bias else (of_weight,)


ENTRIES = {"dense": Dense()}
