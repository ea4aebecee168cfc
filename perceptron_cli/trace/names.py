"""The general formulas of activations and their slopes, which stand over the tables."""

from __future__ import annotations

from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.document import Formula
from perceptron_cli.expr import Call, Expr, Symbol, total
from perceptron_cli.spec.config import Layer
from perceptron_cli.symbols import Names, shortened


def activation_formula(l: int, layer: Layer) -> Formula:
    """a_j = f(z_j), with the function's definition where it has one."""
    names, entry = Names(), ACTIVATIONS[layer.activation]
    z = names.z(l, "j")
    if entry.coupled:
        zs = list(shortened(entry.group or layer.neurons, lambda i: names.z(l, i)))
        return Formula(names.a(l, "j"), (entry.general(z, zs),))
    bodies = [entry.formulas([z], 0, layer.options)[0], entry.definition(z, layer.options)]
    return Formula(names.a(l, "j"), tuple(body for body in bodies if body is not None))


def activated(layer: Layer, z: Symbol) -> Expr:
    """Return a = f(z) of a layer at once."""
    entry = ACTIVATIONS[layer.activation]
    if entry.coupled:
        return Call(layer.activation, z)
    return entry.formulas([z], 0, layer.options)[0]


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
    coupled = ACTIVATIONS[layer.activation].group or layer.neurons
    terms = shortened(coupled, lambda k: names.dL_da(l, k) * names.da_dz(l, "j", k))
    return Formula(names.dL_dz(l, "j"), (total(list(terms)),))
