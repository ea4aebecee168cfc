"""A function of JAX under observation: its jaxpr is gone through, and each sum of products is a layer's z.

What comes back to a value is the gradient by a zero that is added to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from perceptron_cli.errors import InputError
from perceptron_cli.imports.limits import require_package
from perceptron_cli.recording.sheet import Record


class Found:
    """Where a layer is in a jaxpr: its weights and biases among the parameters, and its values."""

    def __init__(self, z: Any, below: Any, weight: int, *, turned: bool) -> None:
        self.z, self.below, self.weight, self.turned = z, below, weight, turned
        self.bias: int | None = None


def record_step(
    apply: Callable[..., Any], loss: Callable[..., Any], params: Any, x: Any, y: Any, new: Any = None
) -> Record:
    """Return a step of `loss(apply(params, x), y)`; `new` are the parameters after the update, or None.

    Raises InputError where no products with parameters are found.
    """
    jax = require_package("jax", "jax")
    leaves, tree = jax.tree_util.tree_flatten(params)
    x, y = jax.numpy.asarray(x), jax.numpy.asarray(y)

    def of_leaves(own: Any, given: Any) -> Any:
        return apply(jax.tree_util.tree_unflatten(tree, own), given)

    closed = jax.make_jaxpr(of_leaves)(leaves, x)
    layers = _layers(closed.jaxpr, len(leaves))
    if not layers:
        raise InputError("record: expected products of samples with parameters, such as x @ w, found none")
    names = _names(layers, closed.jaxpr.outvars[0])

    def observed(own: Any, added: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
        values: dict[str, Any] = {}
        output = _evaluate(closed, [*own, x], names, added, values)
        return loss(output, y), values

    _, values = observed(leaves, {})
    nothing = {name: jax.numpy.zeros_like(value) for name, value in values.items()}
    gradients = jax.grad(lambda *given: observed(*given)[0], argnums=(0, 1))(leaves, nothing)
    one, two = (loss(of_leaves(leaves, x[place]), y[place]) for place in (_ONE, _TWICE))
    samples = len(x)
    share = samples if abs(two - one) <= abs(two - 2 * one) else 1  # whether the loss is a mean
    arrays: dict[str, Any] = {
        "x": np.asarray(x).reshape(samples, -1),
        "y": _targets(np.asarray(y), values[f"z[{len(layers)}]"].shape[-1]),
        "L": np.asarray(loss(of_leaves(leaves, x), y)),
    }
    for name, value in values.items():
        arrays[name] = np.asarray(value).reshape(samples, -1)
        arrays[f"dL/d{name}"] = np.asarray(gradients[1][name]).reshape(samples, -1) * share
    for l, layer in enumerate(layers, start=1):
        arrays[f"w[{l}]"] = _matrix(layer, leaves)
        arrays[f"dL/dw[{l}]"] = _matrix(layer, gradients[0])
        if new is not None:
            arrays[f"w[{l}]'"] = _matrix(layer, jax.tree_util.tree_leaves(new))
    return Record(arrays)


_ONE, _TWICE = np.array([0]), np.array([0, 0])


def _targets(y: Any, outputs: int) -> Any:
    """Return targets as outputs have them: classes as ones and zeros."""
    if y.dtype.kind in "iu" and y.ndim == 1 and outputs > 1:
        return np.eye(outputs)[y]
    return y.reshape(len(y), -1)


def _matrix(layer: Found, leaves: Sequence[Any]) -> Any:
    """Return a layer's matrix, the bias first."""
    weight = np.asarray(leaves[layer.weight])
    weight = weight if layer.turned else weight.T
    bias = np.zeros(1, weight.dtype) if layer.bias is None else np.asarray(leaves[layer.bias]).reshape(-1)
    return np.column_stack([np.broadcast_to(bias, len(weight)), weight])


def _names(layers: Sequence[Found], output: Any) -> dict[Any, str]:
    """Return the name of each value: a layer's a is what the next one takes, or the output."""
    found = {}
    for l, layer in enumerate(layers, start=1):
        found[layer.z] = f"z[{l}]"
        after = layers[l].below if l < len(layers) else output
        if after is not layer.z:
            found[after] = f"a[{l}]"
    return found


def _layers(jaxpr: Any, params: int) -> list[Found]:
    """Find the products with parameters, and the biases that are added to them."""
    leaf = {var: number for number, var in enumerate(jaxpr.invars[:params])}
    turned: set[Any] = set()
    found: list[Found] = []
    for equation in jaxpr.eqns:
        inputs = [None if hasattr(one, "val") else leaf.get(one) for one in equation.invars]
        name, out = equation.primitive.name, equation.outvars[0]
        if name in ("broadcast_in_dim", "reshape", "convert_element_type") and inputs[0] is not None:
            leaf[out] = inputs[0]
        elif name == "transpose" and inputs[0] is not None:
            leaf[out] = inputs[0]
            turned ^= {out} if equation.invars[0] not in turned else set()
        elif name == "dot_general" and inputs[1] is not None and inputs[0] is None:
            (_, (contracted,)), _ = equation.params["dimension_numbers"]
            other_way = (contracted == 1) != (equation.invars[1] in turned)
            found.append(Found(out, equation.invars[0], inputs[1], turned=other_way))
        elif name == "add" and found and found[-1].bias is None and found[-1].z in equation.invars:
            own = [one for one in inputs if one is not None]
            if own:
                found[-1].z, found[-1].bias = out, own[0]
    return found


def _evaluate(
    closed: Any,
    given: Sequence[Any],
    names: Mapping[Any, str],
    added: Mapping[str, Any],
    values: dict[str, Any],
) -> Any:
    """Go through a jaxpr as JAX would; a value with a name is kept, and what is added to it is added."""
    known: dict[Any, Any] = dict(zip(closed.jaxpr.constvars, closed.consts, strict=True))
    known.update(zip(closed.jaxpr.invars, given, strict=True))
    for equation in closed.jaxpr.eqns:
        inputs = [one.val if hasattr(one, "val") else known[one] for one in equation.invars]
        told = equation.primitive.get_bind_params(equation.params)
        functions, settings = told if isinstance(told, tuple) else ((), told)  # before and since JAX 0.8
        made = equation.primitive.bind(*functions, *inputs, **settings)
        results = made if equation.primitive.multiple_results else [made]
        for var, value in zip(equation.outvars, results, strict=True):
            name = names.get(var)
            if name is not None:
                value = value + added[name] if name in added else value
                values[name] = value
            known[var] = value
    return known[closed.jaxpr.outvars[0]]
