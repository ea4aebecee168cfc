"""The symbols of a network, and the general formulas that stand over the tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.document import Formula
from perceptron_cli.expr import Call, Dots, Expr, Symbol, product, total
from perceptron_cli.record import record
from perceptron_cli.spec.config import Layer

MOST_TERMS = 4  # of a general formula, before its middle is left out

Index = int | str


@record
class Names:
    """Symbols that belong to one sample (None where there is but one), before or after the update."""

    sample: int | None = None
    prime: bool = False

    def x(self, i: Index) -> Symbol:
        """An input."""
        return Symbol("x", None, (i,), self.sample)

    def y(self, k: Index) -> Symbol:
        """A target."""
        return Symbol("y", None, (k,), self.sample)

    def w(self, l: int, i: Index, j: Index) -> Symbol:
        """A weight from i to neuron j of layer l; i = 0 is the bias."""
        return Symbol("w", l, (i, j), None, self.prime)

    def z(self, l: int, j: Index) -> Symbol:
        """The weighted sum of a neuron."""
        return Symbol("z", l, (j,), self.sample, self.prime)

    def a(self, l: int, j: Index) -> Symbol:
        """The activation of a neuron; that of layer 0 is the input."""
        return Symbol("a", l, (j,), self.sample, self.prime) if l else self.x(j)

    def loss(self, k: Index | None = None) -> Symbol:
        """The loss, or the part of output k."""
        return Symbol("L", None, () if k is None else (k,), self.sample, self.prime)

    def dL_da(self, l: int, j: Index) -> Symbol:
        """The gradient at a neuron's activation."""
        return Symbol("dL/da", l, (j,), self.sample)

    def da_dz(self, l: int, j: Index, k: Index | None = None) -> Symbol:
        """The slope of a neuron's activation; with k, of a_k by z_j."""
        return Symbol("da/dz", l, (j,) if k is None else (k, j), self.sample)

    def dL_dz(self, l: int, j: Index) -> Symbol:
        """The gradient at a neuron's weighted sum."""
        return Symbol("dL/dz", l, (j,), self.sample)

    def dL_dw(self, l: int, i: Index, j: Index) -> Symbol:
        """A weight's gradient."""
        return Symbol("dL/dw", l, (i, j), self.sample)

    def g(self, l: int, i: Index, j: Index) -> Symbol:
        """The gradient as the optimizer takes it, where it is clipped first."""
        return Symbol("g", l, (i, j))


def affine(names: Names, l: int, j: Index, inputs: Sequence[int]) -> Expr:
    """z_j = w_0j + sum_i w_ij a_i, the bias first."""
    return total([names.w(l, 0, j), *(names.w(l, i, j) * names.a(l - 1, i) for i in inputs)])


def gradient_from_above(names: Names, l: int, i: Index, neurons: Sequence[Index]) -> Expr:
    """dL/da[l]_i = sum_j dL/dz[l+1]_j w[l+1]_ij, over the neurons above."""
    return total([names.dL_dz(l + 1, j) * names.w(l + 1, i, j) for j in neurons])


def weight_gradient(names: Names, l: int, i: Index, j: Index) -> Expr:
    """dL/dw_ij = dL/dz_j a_i, and a_0 = 1 for the bias."""
    return product([names.dL_dz(l, j), names.a(l - 1, i)]) if i != 0 else names.dL_dz(l, j) * 1


def shortened(count: int, term: Callable[[int], Expr]) -> Iterator[Expr]:
    """Yield the terms 1 to count of a general formula, the middle of a long one left out."""
    if count <= MOST_TERMS:
        yield from (term(i) for i in range(1, count + 1))
    else:
        yield from (term(1), term(2), Dots(), term(count))


def affine_formula(l: int, inputs: int) -> Formula:
    """Return the general formula of z_j over a table."""
    names = Names()
    terms = shortened(inputs, lambda i: names.w(l, i, "j") * names.a(l - 1, i))
    return Formula(names.z(l, "j"), (total([names.w(l, 0, "j"), *terms]),))


def activation_formula(l: int, layer: Layer) -> Formula:
    """a_j = f(z_j), with the function's definition where it has one."""
    names, entry = Names(), ACTIVATIONS[layer.activation]
    z = names.z(l, "j")
    if entry.coupled:
        exponentials = shortened(layer.neurons, lambda i: Call("exp", names.z(l, i)))
        return Formula(names.a(l, "j"), (Call("exp", z) / total(list(exponentials)),))
    bodies = [entry.formulas([z], 0, layer.options)[0], entry.definition(z, layer.options)]
    return Formula(names.a(l, "j"), tuple(body for body in bodies if body is not None))


def slope_formula(l: int, layer: Layer) -> tuple[Formula, ...]:
    """da_j/dz_j, and for softmax da_k/dz_j as well."""
    names, entry = Names(), ACTIVATIONS[layer.activation]
    z, a = [names.z(l, "j"), names.z(l, "k")], [names.a(l, "j"), names.a(l, "k")]
    own = entry.slope_formula(z, a, 0, 0, layer.options)
    if not entry.coupled:
        return (Formula(names.da_dz(l, "j"), (own,)),)
    other = entry.slope_formula(z, a, 1, 0, layer.options)
    return (Formula(names.da_dz(l, "j", "j"), (own,)), Formula(names.da_dz(l, "j", "k"), (other,)))


def chain_formula(l: int, layer: Layer) -> Formula:
    """dL/dz_j by the chain rule: the long way."""
    names = Names()
    if not ACTIVATIONS[layer.activation].coupled:
        return Formula(names.dL_dz(l, "j"), (names.dL_da(l, "j") * names.da_dz(l, "j"),))
    terms = shortened(layer.neurons, lambda k: names.dL_da(l, k) * names.da_dz(l, "j", k))
    return Formula(names.dL_dz(l, "j"), (total(list(terms)),))


def gradient_from_above_formula(l: int, neurons: int) -> Formula:
    """Return the general formula of dL/da_i over a table."""
    names = Names()
    terms = shortened(neurons, lambda j: names.dL_dz(l + 1, j) * names.w(l + 1, "i", j))
    return Formula(names.dL_da(l, "i"), (total(list(terms)),))


def weight_gradient_formulas(l: int) -> tuple[Formula, ...]:
    """Return the general formulas of dL/dw, of the bias and of a weight."""
    names = Names()
    return (
        Formula(names.dL_dw(l, 0, "j"), (weight_gradient(names, l, 0, "j"),)),
        Formula(names.dL_dw(l, "i", "j"), (weight_gradient(names, l, "i", "j"),)),
    )
