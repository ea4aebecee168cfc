"""Mistakes in recurrent layers and in attention."""

from __future__ import annotations

from collections.abc import Iterator

from perceptron_cli.answers.mistakes.line import Line, Mistake, put
from perceptron_cli.expr import Call, Expr, Number, Quotient, Sum, Symbol, replace, symbols
from perceptron_cli.layers.layer import Layer

RECURRENT = ("rnn", "lstm", "gru")


def _of(line: Line, *kinds: str) -> Layer | None:
    layer = line.layer if line.symbol.layer else None
    return layer if layer is not None and layer.kind in kinds else None


def _state_left_out(line: Line) -> Iterator[Expr]:
    """A weighted sum without the state before."""
    if _of(line, *RECURRENT) is None or line.head.startswith("dL") or not isinstance(line.body, Sum):
        return
    kept = [term for term in line.body.terms if not any(one.head.startswith("u") for one in symbols(term))]
    if kept and len(kept) < len(line.body.terms):
        yield Sum(kept) if len(kept) > 1 else kept[0]
    if line.head == "c":  # without what the cell keeps
        yield from line.body.terms[1:]


def _gates_mixed_up(line: Line) -> Iterator[Expr]:
    """The weights of another gate."""
    layer = _of(line, "lstm", "gru")
    if layer is None or not line.head.startswith("z_"):
        return
    gate, gates = line.head[2:], "ifgo" if layer.kind == "lstm" else "zrn"
    for other in gates.replace(gate, ""):
        instead = {
            one.name: Symbol(f"{one.head[0]}_{other}", one.layer, one.indices, None, one.prime)
            for one in symbols(line.body)
            if one.head in (f"w_{gate}", f"u_{gate}")
        }
        if layer.kind == "lstm" or "n" not in (gate, other):
            yield put(line.body, {**instead})


def _tanh_of_cell_forgotten(line: Line) -> Iterator[Expr]:
    if line.head in ("h", "dL/do", "dL/dc") and _of(line, "lstm") is not None:
        yield replace(
            line.body,
            lambda node: node.arguments[0] if isinstance(node, Call) and node.function == "tanh" else None,
        )


def _one_step_alone(line: Line) -> Iterator[Expr]:
    """A weight's gradient from one time step."""
    shared = line.head.startswith(("dL/dw", "dL/du")) and _of(
        line, *RECURRENT, "dense_over_time", "attention"
    )
    if shared and isinstance(line.body, Sum):
        yield from line.body.terms


def _later_steps_left_out(line: Line) -> Iterator[Expr]:
    """What comes back to a state from its own step alone."""
    if line.head in ("dL/dh", "dL/dc") and _of(line, *RECURRENT) and isinstance(line.body, Sum):
        own = [one for one in line.body.terms if any(s.head in ("dL/da", "dL/dh") for s in symbols(one))]
        for term in own:
            if len(line.body.terms) > len(own) or len(own) > 1:
                yield term


def _scale_left_out(line: Line) -> Iterator[Expr]:
    if line.head == "s" and _of(line, "attention") is not None and isinstance(line.body, Quotient):
        yield line.body.top


def _exp_of(line: Line, *indices: int) -> Expr:
    return Call("exp", Symbol("s", line.symbol.layer, indices, line.symbol.sample, line.symbol.prime))


def _place(line: Line) -> tuple[tuple[int, ...], int, int, int]:
    """Return the head's index, if any, the query, the key, and the number of steps."""
    *head, i, j = (int(one) for one in line.symbol.indices)
    return tuple(head), i, j, line.layer.shape[0]


def _mask_after_softmax(line: Line) -> Iterator[Expr]:
    """Softmax of all scores, the unseen set to 0 afterwards: the row does not add up to 1."""
    layer = _of(line, "attention")
    if line.head != "alpha" or layer is None or isinstance(line.body, Number):
        return
    head, i, j, steps = _place(line)
    if len(symbols(line.body)) < steps:
        yield Quotient(
            _exp_of(line, *head, i, j), Sum([_exp_of(line, *head, i, other) for other in range(1, steps + 1)])
        )


def _wrong_axis(line: Line) -> Iterator[Expr]:
    """Softmax over the queries for softmax over the keys."""
    if line.head == "alpha" and _of(line, "attention") is not None and not isinstance(line.body, Number):
        head, i, j, steps = _place(line)
        column = [_exp_of(line, *head, other, j) for other in range(1, steps + 1)]
        yield Quotient(_exp_of(line, *head, i, j), Sum(column) if len(column) > 1 else column[0])


STEPS = (
    Mistake(
        "state before left out",
        "The state of the step before was left out. A recurrent layer adds U h of the step before to W x.",
        _state_left_out,
    ),
    Mistake(
        "gates mixed up",
        "The weights of another gate were taken. nnstep's order is i, f, g, o and z, r, n; libraries differ.",
        _gates_mixed_up,
    ),
    Mistake(
        "tanh of the cell left out",
        "The cell was taken as it is. The state is o tanh(c): tanh brings the cell between -1 and 1.",
        _tanh_of_cell_forgotten,
    ),
    Mistake(
        "one time step alone",
        "The gradient of one time step was taken. The weight is used in every step, and its gradient is the "
        "sum over them.",
        _one_step_alone,
    ),
    Mistake(
        "later steps left out",
        "What the state does in later steps was left out. It reaches the loss through its own step and "
        "through the next one.",
        _later_steps_left_out,
    ),
    Mistake(
        "scores not scaled",
        "The dot product was not divided by the root of the length of a key.",
        _scale_left_out,
    ),
    Mistake(
        "mask after softmax",
        "The unseen keys were taken out after softmax, so that the weights of the row do not add up to 1. "
        "They must be taken out before it.",
        _mask_after_softmax,
    ),
    Mistake(
        "softmax over the wrong axis",
        "Softmax was taken over the queries. Each query spreads a weight of 1 over its keys.",
        _wrong_axis,
    ),
)
