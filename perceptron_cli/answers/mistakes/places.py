"""A weight, an activation or a gradient of another place."""

from __future__ import annotations

from collections.abc import Iterator

from perceptron_cli.answers.mistakes.line import Line, Mistake, first, like, put, second
from perceptron_cli.expr import Expr, Product, Symbol


def _neighbour(line: Line) -> Iterator[Expr]:
    if line.head == "z":
        yield from _other_weights(line, _neurons_of(line))
    elif line.head == "dL/da" and not line.is_output:
        yield from _other_weights(line, _inputs_of(line))
    elif line.head == "dL/dw" and isinstance(line.body, Product):
        yield from _other_factors(line)
    elif line.is_update and not line.is_turn:
        yield from _other_gradients(line)


def _neurons_of(line: Line) -> Iterator[dict[str, Expr]]:
    """z_j with the weights of neuron k, their bias too or not."""
    weights = line.with_head("w")
    for k in range(1, line.layer.neurons + 1):
        if k != line.symbol.indices[0]:
            yield {w.name: like(w, None, first(w), k) for w in weights}
            yield {w.name: like(w, None, first(w), k) for w in weights if w.indices[0]}


def _inputs_of(line: Line) -> Iterator[dict[str, Expr]]:
    """dL/da_i with the weights that belong to another input, or to the bias."""
    weights = line.with_head("w")
    for k in range(line.layer.neurons + 1):
        if k != line.symbol.indices[0]:
            yield {w.name: like(w, None, k, second(w)) for w in weights}


def _other_weights(line: Line, rows: Iterator[dict[str, Expr]]) -> Iterator[Expr]:
    """The weights of a neighbour, all and one by one; all transposed, and one; two in each other's place."""
    weights = line.with_head("w")
    for row in rows:
        yield put(line.body, row)
        if len(row) > 1:
            yield from (put(line.body, {name: w}) for name, w in row.items())
    inputs, neurons = _shape(line, weights)
    turned: dict[str, Expr] = {
        w.name: like(w, None, second(w), first(w))
        for w in weights
        if 0 < first(w) <= neurons and second(w) <= inputs and first(w) != second(w)
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
    i, j = first(line.symbol), second(line.symbol)
    inputs, neurons = line.layer.inputs, line.layer.neurons
    dz, below = line.with_head("dL/dz"), [*line.with_head("a"), *line.with_head("x")]
    if not dz or not below:
        return
    if i <= neurons and j <= inputs and i != j:
        yield put(line.body, {dz[0].name: like(dz[0], None, i), below[0].name: like(below[0], None, j)})
    for k in range(1, inputs + 1):
        if k != i:
            yield put(line.body, {below[0].name: like(below[0], None, k)})
    for k in range(1, neurons + 1):
        if k != j:
            yield put(line.body, {dz[0].name: like(dz[0], None, k)})


def _other_gradients(line: Line) -> Iterator[Expr]:
    """w_ij' by the gradient, or from the weight, of the transposed place or of one beside it."""
    i, j = first(line.symbol), second(line.symbol)
    places = [(i, k) for k in range(1, line.layer.neurons + 1) if k != j]
    places += [(k, j) for k in range(line.layer.inputs + 1) if k != i]
    if 0 < i <= line.layer.neurons and j <= line.layer.inputs and i != j:
        places.insert(0, (j, i))
    for head in ("dL/dw", "g", "w"):
        for symbol in line.with_head(head):
            yield from (put(line.body, {symbol.name: like(symbol, None, *place)}) for place in places)


def _input_for_activation(line: Line) -> Iterator[Expr]:
    """dL/dw of a later layer by an input of the network."""
    if line.head != "dL/dw" or (line.symbol.layer or 1) < 2 or not isinstance(line.body, Product):
        return
    for a in line.with_head("a"):
        for i in range(1, line.config.inputs + 1):
            yield put(line.body, {a.name: Symbol("x", None, (i,), a.sample)})


PLACES = (
    Mistake(
        "wrong index",
        "A neighbour's weight, activation or gradient was taken, or two indices were swapped: in w_ij the "
        "input i comes first, then the neuron j.",
        _neighbour,
        of_dense=True,
    ),
    Mistake(
        "input for activation",
        "The gradient was multiplied by an input x of the network. In a later layer the activation of the "
        "layer before belongs there: dL/dw_ij = dL/dz_j a_i.",
        _input_for_activation,
        of_dense=True,
    ),
)
