"""Mistakes in a learning rule's table: the net input, the step, the error, the new weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from perceptron_cli.answers.mistakes.line import Line, Mistake, put
from perceptron_cli.expr import Call, Expr, Negative, Number, Sum, Symbol, replace, total
from perceptron_cli.rules import RULES


def _kind(line: Line) -> str:
    """Return what a line of a turn is: net, y, e, w or theta; nothing for a training step's."""
    return line.head.rpartition(":")[2] if line.is_turn else ""


def _own(line: Line, letter: str) -> Symbol:
    """Return another number of the same turn (and of the same neuron, where there are several)."""
    turn = line.head.partition(":")[0]
    several = line.config.layers[0].neurons > 1
    return Symbol(f"{turn}:{letter}", None, line.symbol.indices[-1:] if several else ())


def _error_sign(line: Line) -> Iterator[Expr]:
    """y - d for d - y, and in the update the step with the other sign."""
    if _kind(line) == "e":
        yield -line.body
    elif line.is_turn and line.symbol.prime and line.config.training.rule != "hebb":
        yield from _turned(line)


def _target_sign(line: Line) -> Iterator[Expr]:
    if line.is_turn and line.symbol.prime and line.config.training.rule == "hebb":
        yield from _turned(line)


def _turned(line: Line) -> Iterator[Expr]:
    if isinstance(line.body, Sum):
        start, *rest = line.body.terms
        yield total([start, *(one.body if isinstance(one, Negative) else -one for one in rest)])


def _net_in_error(line: Line) -> Iterator[Expr]:
    if _kind(line) == "e" and RULES[line.config.training.rule].stops != "settled":
        yield _own(line, "d") - _own(line, "net")


def _output_in_error(line: Line) -> Iterator[Expr]:
    if _kind(line) == "e" and RULES[line.config.training.rule].stops == "settled":
        yield _own(line, "d") - _own(line, "y")


def _moved_without_error(line: Line) -> Iterator[Expr]:
    """eta d x added, whatever the error is."""
    if not line.is_update or not line.is_turn or line.config.training.rule in ("hebb", "delta"):
        return
    e, i = _own(line, "e").name, line.symbol.indices[0]
    if line.with_head(_own(line, "e").head):
        yield put(line.body, {e: _own(line, "d")})
    elif not isinstance(line.body, Sum):
        turn = line.head.partition(":")[0]
        step = Symbol("eta") * _own(line, "d")
        yield line.body + (step * Symbol(f"{turn}:x", None, (i,)) if i else step)


def _input_left_out(line: Line) -> Iterator[Expr]:
    """The step added to a weight without its input."""
    turn = line.head.partition(":")[0]
    inputs = line.with_head(f"{turn}:x") if line.is_turn and line.is_update else []
    if inputs:
        yield put(line.body, {one.name: Number(1) for one in inputs})


def _old_weights(line: Line) -> Iterator[Expr]:
    """The weights that the row before began with."""
    turn = int(line.head.partition(":")[0][1:]) if line.is_turn and line.head.startswith("t") else 1
    if _kind(line) == "net" and turn > 1:
        weights = line.with_head(f"t{turn}:w")
        yield put(line.body, {w.name: Symbol(f"t{turn - 1}:w", None, w.indices) for w in weights})


def _threshold_not_learnt(line: Line) -> Iterator[Expr]:
    if _kind(line) == "theta" and line.symbol.prime and isinstance(line.body, Sum):
        yield line.body.terms[0]


def _at_threshold(line: Line) -> Iterator[Expr]:
    """step(z - theta), 1 from theta on, and 1 - step(theta - z), 1 above it, in each other's place."""
    if _kind(line) != "y":
        return

    def other(node: Expr) -> Expr | None:
        if isinstance(node, Call) and node.function == "step":
            return 1 - Call("step", -node.arguments[0])
        return None

    yield replace(line.body, other)


RULE = (
    Mistake(
        "sign of the error",
        "The error is the desired output minus the output, not the other way round.",
        _error_sign,
    ),
    Mistake(
        "net for the output",
        "The error was made with the net input. This rule takes the output of the step.",
        _net_in_error,
    ),
    Mistake(
        "output for the net",
        "The error was made with the output. The delta rule takes the net input.",
        _output_in_error,
    ),
    Mistake(
        "update without an error",
        "The weights moved though the output was right. The rule moves them only after an error.",
        _moved_without_error,
    ),
    Mistake(
        "input left out",
        "The step was added without the input. Each weight moves by the step times its own input.",
        _input_left_out,
    ),
    Mistake(
        "sign of the target",
        "The target has the wrong sign: Hebb's rule adds eta x t.",
        _target_sign,
    ),
    Mistake(
        "old weights",
        "The weights of the row before were used. Each row begins with the weights that the last one left.",
        _old_weights,
    ),
    Mistake(
        "threshold not learnt",
        "The threshold was left as it is. Here it is learnt: theta' = theta - eta e.",
        _threshold_not_learnt,
    ),
    Mistake(
        "step at the threshold",
        "At the threshold itself the step gives the other value: it is > here, or >=.",
        _at_threshold,
    ),
)

# of a table's cells, where the words of a training step would not do
SENTENCES: Mapping[str, str] = {one.name: one.sentence for one in RULE} | {
    "samples in another order": ("Another sample stands here. They are taken in the order of the config."),
    "learning rate left out": "The learning rate eta is missing. It multiplies the error and the input.",
    "bias not updated": "The bias is a weight too: its input is 1, and it moves by eta times the error.",
}
