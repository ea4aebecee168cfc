"""Mistakes of the forward pass: weighted sums and activations."""

from __future__ import annotations

from collections.abc import Iterator

from perceptron_cli.answers.mistakes.line import Line, Mistake, first, like, put
from perceptron_cli.expr import Call, Expr, Number, Power, Sum, Symbol, symbols, total


def _bias_left_out(line: Line) -> Iterator[Expr]:
    if line.head == "z" and isinstance(line.body, Sum):
        yield total(line.body.terms[1:])


def _z_for_a(line: Line) -> Iterator[Expr]:
    """Every a in the line, or one of them; the activation itself not applied."""
    if line.head == "a":
        yield like(line.symbol, "z")
        return
    found = [one for one in line.with_head("a") if one.layer]
    each = {one.name: like(one, "z") for one in found}
    if each:
        yield put(line.body, each)
    if len(each) > 1:
        yield from (put(line.body, {name: z}) for name, z in each.items())


def _gate_left_out(line: Line) -> Iterator[Expr]:
    if line.symbol.layer is None or line.activation not in ("relu", "leaky_relu"):
        return
    if line.head == "a":
        yield like(line.symbol, "z")
    elif line.head == "da/dz":
        yield Number(1)
    elif line.head == "dL/dz":
        yield put(line.body, {one.name: Number(1) for one in line.with_head("da/dz")})


def _softmax_without_exp(line: Line) -> Iterator[Expr]:
    if line.head == "a" and line.activation == "softmax":
        z = [like(line.symbol, "z", k) for k in range(1, line.layer.neurons + 1)]
        yield like(line.symbol, "z") / total(z)


def _term_left_out(line: Line) -> Iterator[Expr]:
    """A product of a weighted sum, or of what comes back; the bias has a mistake of its own."""
    if line.head not in ("z", "dL/da") or not isinstance(line.body, Sum):
        return
    terms = line.body.terms
    kept = range(1 if line.head == "z" else 0, len(terms))
    if len(terms) > 2 or line.head == "z":
        yield from (total([*terms[:place], *terms[place + 1 :]]) for place in kept)


def _bias_times_input(line: Line) -> Iterator[Expr]:
    if line.head == "z" and isinstance(line.body, Sum):
        bias, *rest = line.body.terms
        inputs = [one for one in line.with_head("x") + line.with_head("a") if one.layer != line.symbol.layer]
        yield from (total([bias * one, *rest]) for one in inputs)


def _sigmoid_of_minus_z(line: Line) -> Iterator[Expr]:
    if line.head == "a" and line.activation == "sigmoid":
        yield Call("sigmoid", -like(line.symbol, "z"))


def _softmax_to_base_10(line: Line) -> Iterator[Expr]:
    if line.head == "a" and line.activation == "softmax":
        powers = [Power(Number(10), like(line.symbol, "z", k)) for k in range(1, line.layer.neurons + 1)]
        yield powers[first(line.symbol) - 1] / total(powers)


def _stale(line: Line) -> Iterator[Expr]:
    """In the second forward pass: every number after the update by the one before it, or one kind of them."""
    if line.head not in ("z", "a", "L") or not line.symbol.prime:
        return
    primed = [one for one in symbols(line.body) if one.prime]
    after = {one.name: Symbol(one.head, one.layer, one.indices, one.sample) for one in primed}
    heads = {one.head for one in after.values()}
    for head in sorted(heads) if len(heads) > 1 else []:
        yield put(line.body, {name: one for name, one in after.items() if one.head == head})
    if len(heads) == 1 and len(after) > 1:
        yield from (put(line.body, {name: one}) for name, one in after.items())
    if after:
        yield put(line.body, dict(after))


FORWARD = (
    Mistake("bias left out", "The bias w_0 is missing from the weighted sum.", _bias_left_out),
    Mistake(
        "bias times input",
        "The bias was multiplied by an input. It is added to the sum as it is: its own input is 1.",
        _bias_times_input,
    ),
    Mistake(
        "term left out",
        "One product is missing from the sum. Every input, or every neuron of the next layer, gives a term.",
        _term_left_out,
        again=False,
    ),
    Mistake("z for a", "The sum z was taken where the activation a = f(z) belongs.", _z_for_a),
    Mistake(
        "sigmoid of -z",
        "The sigmoid was computed at -z. It is 1/(1 + e^-z): the exponent of e is -z, and z itself goes in.",
        _sigmoid_of_minus_z,
        "nnstep activations sigmoid",
    ),
    Mistake(
        "ReLU gate left out",
        "Where z is not positive, ReLU gives 0 and no gradient passes through it.",
        _gate_left_out,
        "nnstep activations relu",
    ),
    Mistake(
        "softmax without exp",
        "The z themselves were divided. Softmax divides e^z by the sum of all e^z.",
        _softmax_without_exp,
        "nnstep activations softmax",
    ),
    Mistake(
        "softmax to base 10",
        "Powers of 10 were taken. Softmax takes powers of e: e^z divided by the sum of all e^z.",
        _softmax_to_base_10,
        "nnstep activations softmax",
    ),
    Mistake(
        "old number in the second pass",
        "A number from before the update was used. The second forward pass uses the new weights and the "
        "activations that they give.",
        _stale,
    ),
)
