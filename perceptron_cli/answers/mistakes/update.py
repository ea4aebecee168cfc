"""Mistakes of the update."""

from __future__ import annotations

from collections.abc import Iterator

from perceptron_cli.answers.mistakes.line import Line, Mistake, like, put
from perceptron_cli.expr import Expr, Negative, Number, Product, Sum, Symbol, replace, total


def _update_sign(line: Line) -> Iterator[Expr]:
    if line.is_update and isinstance(line.body, Sum) and not line.is_turn:
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
        yield like(line.symbol, prime=False)


def _clipping_left_out(line: Line) -> Iterator[Expr]:
    if line.head == "g":
        yield like(line.symbol, "dL/dw")
    elif line.with_head("g"):
        yield put(line.body, {g.name: like(g, "dL/dw") for g in line.with_head("g")})


def _decay_left_out(line: Line) -> Iterator[Expr]:
    if line.with_head("weight_decay"):
        yield put(line.body, {"weight_decay": Number(0)})


def _rate_twice(line: Line) -> Iterator[Expr]:
    if line.is_update and line.with_head("eta"):
        (eta,) = line.with_head("eta")
        yield put(line.body, {"eta": eta * eta})


def _momentum_sign(line: Line) -> Iterator[Expr]:
    """v = momentum v - g: each term of the running mean with the other sign."""
    if line.head == "v" and line.symbol.prime and line.with_head("momentum") and isinstance(line.body, Sum):
        for place, term in enumerate(line.body.terms):
            other = term.body if isinstance(term, Negative) else -term
            yield total([*line.body.terms[:place], other, *line.body.terms[place + 1 :]])


def _correction_left_out(line: Line) -> Iterator[Expr]:
    """Adam's m and v as they are, in the line of m_hat or in the update."""
    hats = [one for head in ("m_hat", "v_hat") for one in line.with_head(head)]
    bare: dict[str, Expr] = {}
    for one in hats:
        bare[one.name] = Symbol(one.head.removesuffix("_hat"), one.layer, one.indices, one.sample, True)
    if bare:
        yield put(line.body, bare)
        if len(bare) > 1:
            yield from (put(line.body, {name: one}) for name, one in bare.items())
    elif line.head in ("m_hat", "v_hat"):
        yield Symbol(line.head.removesuffix("_hat"), line.symbol.layer, line.symbol.indices, None, True)


UPDATE = (
    Mistake(
        "sign of the update",
        "The gradient was added. The step goes against the gradient: w' = w - eta dL/dw.",
        _update_sign,
    ),
    Mistake(
        "learning rate left out",
        "The learning rate eta is missing. It is multiplied by the gradient.",
        _rate_left_out,
    ),
    Mistake(
        "learning rate twice",
        "The gradient was multiplied by the learning rate eta twice. Once is right.",
        _rate_twice,
    ),
    Mistake(
        "division in the update",
        "One was divided by the other. The update multiplies the gradient by the learning rate eta.",
        _division,
    ),
    Mistake(
        "bias not updated", "The bias is a weight too, so it is updated like the others.", _bias_not_updated
    ),
    Mistake(
        "momentum sign",
        "A term of the momentum has the wrong sign. v = momentum v + g, and the update subtracts eta v.",
        _momentum_sign,
    ),
    Mistake(
        "bias correction left out",
        "Adam's running means were used as they are. They are first divided by 1 - beta^t.",
        _correction_left_out,
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
