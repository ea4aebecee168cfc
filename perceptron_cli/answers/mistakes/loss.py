"""Mistakes of the loss, and of a batch."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from perceptron_cli.answers.mistakes.line import Line, Mistake, first
from perceptron_cli.expr import Call, Expr, Negative, Number, Quotient, Sum, Symbol, each, replace, total
from perceptron_cli.losses import LOSSES


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


def _logarithm(base: float) -> Callable[[Line], Iterator[Expr]]:
    """A logarithm to another base than e."""

    def changes(line: Line) -> Iterator[Expr]:
        if line.head == "L" and any(_is_ln(one) for one in each(line.body)):
            yield replace(line.body, lambda node: node / math.log(base) if _is_ln(node) else None)

    return changes


def _is_ln(node: Expr) -> bool:
    return isinstance(node, Call) and node.function == "ln"


def _minus_forgotten(line: Line) -> Iterator[Expr]:
    """Of a cross-entropy, as a whole or as it is left where the target is 0 or 1."""
    if line.is_loss and any(_is_ln(one) for one in each(line.body)):
        yield line.body.body if isinstance(line.body, Negative) else -line.body


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


def _wrong_axis(line: Line) -> Iterator[Expr]:
    """A bias's gradient summed over the neurons of one sample, for the samples of one neuron."""
    terms = _over_samples(line)
    if line.head != "dL/dw" or len(terms) < 2 or first(line.symbol):
        return
    layer, neurons = line.symbol.layer, range(1, line.layer.neurons + 1)
    samples = [one.sample for one in terms if isinstance(one, Symbol)]
    for sample in samples if len(neurons) > 1 else []:
        added = total([Symbol("dL/dz", layer, (k,), sample) for k in neurons])
        yield added / len(terms) if isinstance(line.body, Quotient) else added


LOSS = (
    Mistake(
        "factor of the loss",
        "The loss has another constant factor here: 1/2, 2 or 1/n. The header of 'nnstep backprop' shows "
        "which.",
        _factor,
    ),
    Mistake(
        "logarithm to base 10",
        "The logarithm to base 10 was taken. The loss takes the natural logarithm ln.",
        _logarithm(10),
        "nnstep derive cross-entropy",
    ),
    Mistake(
        "logarithm to base 2",
        "The logarithm to base 2 was taken. The loss takes the natural logarithm ln.",
        _logarithm(2),
        "nnstep derive cross-entropy",
    ),
    Mistake(
        "minus of the loss",
        "The minus in front of the cross-entropy is missing. Logarithms of probabilities are negative, and "
        "that minus makes the loss positive.",
        _minus_forgotten,
        "nnstep derive cross-entropy",
    ),
    Mistake(
        "sum for mean",
        "Over a batch the sum and the mean were mixed up. The config's reduction says which one it is.",
        _sum_for_mean,
    ),
    Mistake("one sample for the batch", "One sample's number stands where the batch's belongs.", _one_sample),
    Mistake(
        "sum over the wrong axis",
        "The gradient of a bias was added up over the neurons. It is added up over the samples, for each "
        "neuron by itself.",
        _wrong_axis,
        of_dense=True,
    ),
)
