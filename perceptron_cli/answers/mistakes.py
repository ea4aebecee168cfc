"""The mistakes that have a name: each its sentence, and the changed trees that it makes of a line.

A mistake is a changed tree. What it comes to, alone or carried on from other numbers, is the tree's value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping

from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.expr import (
    Call,
    Expr,
    Negative,
    Number,
    Product,
    Quotient,
    Sum,
    Symbol,
    replace,
    symbols,
    total,
)
from perceptron_cli.losses import LOSSES
from perceptron_cli.record import record
from perceptron_cli.spec.config import Config, Layer


@record
class Line:
    """A line of a step as a mistake sees it: the symbol, one of its right trees, the network."""

    config: Config
    symbol: Symbol
    body: Expr

    @property
    def head(self) -> str:
        """The head of its symbol: z, a, dL/dw, ..."""
        return self.symbol.head

    @property
    def layer(self) -> Layer:
        """The number of its layer (from 1), None where it belongs to none."""
        return self.config.layers[(self.symbol.layer or 1) - 1]

    @property
    def activation(self) -> str:
        """The name of its layer's activation."""
        return self.layer.activation

    @property
    def is_output(self) -> bool:
        """Whether it belongs to the output layer."""
        return self.symbol.layer == len(self.config.layers)

    @property
    def is_update(self) -> bool:
        """Whether it gives a weight after the update."""
        return self.head == "w" and self.symbol.prime

    @property
    def is_loss(self) -> bool:
        """A sample's loss, or an output's part of it."""
        return self.head == "L" and not any(one.sample for one in symbols(self.body) if one.head == "L")

    @property
    def outputs(self) -> int:
        """The number of outputs of the network."""
        return self.config.sizes[-1]

    def with_head(self, head: str) -> list[Symbol]:
        """The symbols of its tree that have this head."""
        return [one for one in symbols(self.body) if one.head == head]


@record
class Mistake:
    """A name, what went wrong in one sentence, and `changes`: the trees that it may make of a line."""

    name: str
    sentence: str
    changes: Callable[[Line], Iterator[Expr]]


def put(body: Expr, instead: Mapping[str, Expr]) -> Expr:
    """Return the tree with symbols, by name, put in the place of others."""
    return replace(body, lambda node: instead.get(node.name) if isinstance(node, Symbol) else None)


def _like(symbol: Symbol, head: str | None = None, *indices: int, prime: bool | None = None) -> Symbol:
    """The symbol with another head, other indices, or after the update."""
    return Symbol(
        head or symbol.head,
        symbol.layer,
        indices or symbol.indices,
        symbol.sample,
        symbol.prime if prime is None else prime,
    )


# forward --------------------------------------------------------------------------------------


def _bias_left_out(line: Line) -> Iterator[Expr]:
    if line.head == "z" and isinstance(line.body, Sum):
        yield total(line.body.terms[1:])


def _z_for_a(line: Line) -> Iterator[Expr]:
    """Every a in the line, or one of them; the activation itself not applied."""
    if line.head == "a":
        yield _like(line.symbol, "z")
        return
    found = [one for one in line.with_head("a") if one.layer]
    each = {one.name: _like(one, "z") for one in found}
    if each:
        yield put(line.body, each)
    if len(each) > 1:
        yield from (put(line.body, {name: z}) for name, z in each.items())


def _gate_left_out(line: Line) -> Iterator[Expr]:
    if line.symbol.layer is None or line.activation not in ("relu", "leaky_relu"):
        return
    if line.head == "a":
        yield _like(line.symbol, "z")
    elif line.head == "da/dz":
        yield Number(1)
    elif line.head == "dL/dz":
        yield put(line.body, {one.name: Number(1) for one in line.with_head("da/dz")})


def _softmax_without_exp(line: Line) -> Iterator[Expr]:
    if line.head == "a" and line.activation == "softmax":
        z = [_like(line.symbol, "z", k) for k in range(1, line.layer.neurons + 1)]
        yield _like(line.symbol, "z") / total(z)


# a weight, an activation or a gradient of another place ------------------------------------------


def _neighbour(line: Line) -> Iterator[Expr]:
    if line.head == "z":
        yield from _other_weights(line, _neurons_of(line))
    elif line.head == "dL/da" and not line.is_output:
        yield from _other_weights(line, _inputs_of(line))
    elif line.head == "dL/dw" and isinstance(line.body, Product):
        yield from _other_factors(line)
    elif line.is_update:
        yield from _other_gradients(line)


def _neurons_of(line: Line) -> Iterator[dict[str, Expr]]:
    """z_j with the weights of neuron k, their bias too or not."""
    weights = line.with_head("w")
    for k in range(1, line.layer.neurons + 1):
        if k != line.symbol.indices[0]:
            yield {w.name: _like(w, None, _first(w), k) for w in weights}
            yield {w.name: _like(w, None, _first(w), k) for w in weights if w.indices[0]}


def _inputs_of(line: Line) -> Iterator[dict[str, Expr]]:
    """dL/da_i with the weights that belong to another input, or to the bias."""
    weights = line.with_head("w")
    for k in range(line.layer.neurons + 1):
        if k != line.symbol.indices[0]:
            yield {w.name: _like(w, None, k, _second(w)) for w in weights}


def _other_weights(line: Line, rows: Iterator[dict[str, Expr]]) -> Iterator[Expr]:
    """The weights of a neighbour, all and one by one; all transposed, and one; two in each other's place."""
    weights = line.with_head("w")
    for row in rows:
        yield put(line.body, row)
        if len(row) > 1:
            yield from (put(line.body, {name: w}) for name, w in row.items())
    inputs, neurons = _shape(line, weights)
    turned: dict[str, Expr] = {
        w.name: _like(w, None, _second(w), _first(w))
        for w in weights
        if 0 < _first(w) <= neurons and _second(w) <= inputs and _first(w) != _second(w)
    }
    if turned:
        yield put(line.body, turned)
        yield from (put(line.body, {name: w}) for name, w in turned.items())
    proper = [w for w in weights if w.indices[0]]
    for place, one in enumerate(proper):
        for other in proper[place + 1 :]:
            yield put(line.body, {one.name: other, other.name: one})


def _shape(line: Line, weights: list[Symbol]) -> tuple[int, int]:
    layer = line.config.layers[(weights[0].layer or 1) - 1]
    return layer.inputs, layer.neurons


def _other_factors(line: Line) -> Iterator[Expr]:
    """dL/dw_ij with another a, another dL/dz, or both transposed."""
    i, j = _first(line.symbol), _second(line.symbol)
    inputs, neurons = line.layer.inputs, line.layer.neurons
    dz, below = line.with_head("dL/dz"), [*line.with_head("a"), *line.with_head("x")]
    if not dz or not below:
        return
    if i <= neurons and j <= inputs and i != j:
        yield put(line.body, {dz[0].name: _like(dz[0], None, i), below[0].name: _like(below[0], None, j)})
    for k in range(1, inputs + 1):
        if k != i:
            yield put(line.body, {below[0].name: _like(below[0], None, k)})
    for k in range(1, neurons + 1):
        if k != j:
            yield put(line.body, {dz[0].name: _like(dz[0], None, k)})


def _other_gradients(line: Line) -> Iterator[Expr]:
    """w_ij' by the gradient, or from the weight, of the transposed place or of one beside it."""
    i, j = _first(line.symbol), _second(line.symbol)
    places = [(i, k) for k in range(1, line.layer.neurons + 1) if k != j]
    places += [(k, j) for k in range(line.layer.inputs + 1) if k != i]
    if 0 < i <= line.layer.neurons and j <= line.layer.inputs and i != j:
        places.insert(0, (j, i))
    for head in ("dL/dw", "g", "w"):
        for symbol in line.with_head(head):
            yield from (put(line.body, {symbol.name: _like(symbol, None, *place)}) for place in places)


def _first(symbol: Symbol) -> int:
    return int(symbol.indices[0])


def _second(symbol: Symbol) -> int:
    return int(symbol.indices[1])


# the loss -------------------------------------------------------------------------------------


def _factor(line: Line) -> Iterator[Expr]:
    """Of a squared error 2 and 1/2; of every loss of several outputs their number."""
    gradient = line.head in ("dL/da", "dL/dz") and line.is_output
    if not (gradient or line.is_loss):
        return
    if "squared" in (line.config.loss or ""):
        yield from (Number(2) * line.body, line.body / 2)
    if line.outputs > 1:
        averaged = LOSSES[line.config.loss or ""].share(line.outputs) != 1
        yield line.outputs * line.body if averaged else line.body / line.outputs
        yield line.body / line.outputs if averaged else line.outputs * line.body


def _logarithm(line: Line) -> Iterator[Expr]:
    if line.head == "L" and any(isinstance(one, Call) and one.function == "ln" for one in _nodes(line.body)):
        yield replace(
            line.body,
            lambda node: node / math.log(10) if isinstance(node, Call) and node.function == "ln" else None,
        )


def _nodes(body: Expr) -> Iterator[Expr]:
    yield body
    for part in body.parts:
        yield from _nodes(part)


# the batch ------------------------------------------------------------------------------------


def _over_samples(line: Line) -> tuple[Expr, ...]:
    """The samples' own terms of a reduced line; nothing for any other."""
    if line.head not in ("L", "dL/dw") or line.symbol.sample is not None:
        return ()
    added = line.body.top if isinstance(line.body, Quotient) else line.body
    terms = added.terms if isinstance(added, Sum) else ()
    return terms if all(isinstance(one, Symbol) and one.sample for one in terms) else ()


def _sum_for_mean(line: Line) -> Iterator[Expr]:
    terms = _over_samples(line)
    if terms:
        yield line.body.top if isinstance(line.body, Quotient) else line.body / len(terms)


def _one_sample(line: Line) -> Iterator[Expr]:
    yield from _over_samples(line)


# backward -------------------------------------------------------------------------------------


def _derivative_left_out(line: Line) -> Iterator[Expr]:
    if line.head == "da/dz" and not ACTIVATIONS[line.activation].coupled:
        yield Number(1)
    elif line.head == "dL/dz" and line.with_head("da/dz"):
        if ACTIVATIONS[line.activation].coupled:
            yield _like(line.symbol, "dL/da")
        else:
            yield put(line.body, {one.name: Number(1) for one in line.with_head("da/dz")})


def _derivative_at_a(line: Line) -> Iterator[Expr]:
    entry = ACTIVATIONS[line.activation]
    if line.head == "da/dz" and not entry.coupled:
        a, options = _like(line.symbol, "a"), line.layer.options
        yield entry.slope_formula([a], [entry.formulas([a], 0, options)[0]], 0, 0, options)


def _gradient_sign(line: Line) -> Iterator[Expr]:
    if line.head in ("dL/da", "dL/dz") and line.is_output:
        yield -line.body


def _updated_weights(line: Line) -> Iterator[Expr]:
    """Not where gradients are clipped by their norm: that takes all of them before any w'."""
    if line.head == "dL/da" and line.with_head("w") and line.config.training.clip != "norm":
        yield put(line.body, {w.name: w.after() for w in line.with_head("w")})


def _sum_cut(line: Line) -> Iterator[Expr]:
    if line.head == "dL/da" and isinstance(line.body, Sum) and line.with_head("w"):
        yield from line.body.terms


def _softmax_diagonal(line: Line) -> Iterator[Expr]:
    if line.head == "dL/dz" and ACTIVATIONS[line.activation].coupled and isinstance(line.body, Sum):
        j = _first(line.symbol)
        yield _like(line.symbol, "dL/da") * _like(line.symbol, "da/dz", j, j)


# the update -----------------------------------------------------------------------------------


def _update_sign(line: Line) -> Iterator[Expr]:
    if line.is_update and isinstance(line.body, Sum):
        first, *rest = line.body.terms
        yield total([first, *(one.body if isinstance(one, Negative) else -one for one in rest)])


def _rate_left_out(line: Line) -> Iterator[Expr]:
    if line.is_update and line.with_head("eta"):
        yield put(line.body, {"eta": Number(1)})


def _division(line: Line) -> Iterator[Expr]:
    """eta/g and g/eta for eta*g."""
    for upside_down in (False, True):

        def divided(node: Expr, turned: bool = upside_down) -> Expr | None:
            if not isinstance(node, Product) or len(node.factors) != 2:
                return None
            eta, g = node.factors
            if not isinstance(eta, Symbol) or eta.name != "eta":
                return None
            return g / eta if turned else eta / g

        if line.is_update and line.with_head("eta"):
            yield replace(line.body, divided)


def _bias_not_updated(line: Line) -> Iterator[Expr]:
    if line.is_update and line.symbol.indices[0] == 0 and isinstance(line.body, Sum):
        yield _like(line.symbol, prime=False)


def _clipping_left_out(line: Line) -> Iterator[Expr]:
    if line.head == "g":
        yield _like(line.symbol, "dL/dw")
    elif line.with_head("g"):
        yield put(line.body, {g.name: _like(g, "dL/dw") for g in line.with_head("g")})


def _decay_left_out(line: Line) -> Iterator[Expr]:
    if line.with_head("weight_decay"):
        yield put(line.body, {"weight_decay": Number(0)})


_ALL = (
    Mistake("bias left out", "The bias w_0 is missing from the weighted sum.", _bias_left_out),
    Mistake(
        "wrong index",
        "A neighbour's weight, activation or gradient was taken, or two indices were swapped: in w_ij the "
        "input i comes first, then the neuron j.",
        _neighbour,
    ),
    Mistake("z for a", "The sum z was taken where the activation a = f(z) belongs.", _z_for_a),
    Mistake(
        "derivative left out",
        "On the way from a to z the gradient is multiplied by the activation's derivative da/dz.",
        _derivative_left_out,
    ),
    Mistake(
        "derivative at a",
        "The activation's derivative belongs at z; here the activation was applied once more, to a.",
        _derivative_at_a,
    ),
    Mistake(
        "ReLU gate left out",
        "Where z is not positive, ReLU gives 0 and no gradient passes through it.",
        _gate_left_out,
    ),
    Mistake(
        "sign of the loss gradient",
        "The gradient of the loss has the wrong sign: it is prediction minus target, not target minus "
        "prediction.",
        _gradient_sign,
    ),
    Mistake(
        "sign of the update",
        "The step goes against the gradient: w' = w - eta dL/dw, not plus.",
        _update_sign,
    ),
    Mistake("learning rate left out", "The gradient is multiplied by the learning rate eta.", _rate_left_out),
    Mistake(
        "updated weights",
        "The gradient went back through the updated weights w'; all gradients use the weights from before.",
        _updated_weights,
    ),
    Mistake(
        "sum cut to one",
        "A neuron's gradient is a sum over all neurons of the next layer; here only one of them counts.",
        _sum_cut,
    ),
    Mistake(
        "factor of the loss",
        "The loss has another constant factor here: 1/2, 2 or 1/n. The header of 'nnstep backprop' shows "
        "which.",
        _factor,
    ),
    Mistake(
        "sum for mean",
        "Over a batch the sum and the mean were mixed up (the config's reduction says which).",
        _sum_for_mean,
    ),
    Mistake("one sample for the batch", "One sample's number stands where the batch's belongs.", _one_sample),
    Mistake("logarithm to base 10", "The loss takes the natural logarithm ln, not log10.", _logarithm),
    Mistake(
        "softmax without exp",
        "Softmax divides e^z by the sum of all e^z; here the z themselves were divided.",
        _softmax_without_exp,
    ),
    Mistake(
        "softmax by its diagonal",
        "Each output of softmax depends on every z: the derivative is a sum over all outputs, not the "
        "diagonal alone.",
        _softmax_diagonal,
    ),
    Mistake(
        "division in the update",
        "The update multiplies the gradient by eta; here one was divided by the other.",
        _division,
    ),
    Mistake(
        "bias not updated", "The bias is a weight too, so it is updated like the others.", _bias_not_updated
    ),
    Mistake(
        "clipping left out",
        "The unclipped gradient was used. The update uses the clipped gradient g.",
        _clipping_left_out,
    ),
    Mistake(
        "weight decay left out",
        "The weight decay, weight_decay times w, is missing from the update.",
        _decay_left_out,
    ),
)

MISTAKES: dict[str, Mistake] = {one.name: one for one in _ALL}
