"""Mistakes that are made with a library: each call is right in itself, and it is the wrong one."""

from __future__ import annotations

from collections.abc import Iterator

from perceptron_cli.activation import ungrouped
from perceptron_cli.answers.mistakes.line import Line, Mistake, put
from perceptron_cli.expr import Call, Expr, Number, Symbol, product, total


def _none(line: Line) -> Iterator[Expr]:
    """No tree: these are found by more than the line itself has."""
    yield from ()


def _again(line: Line, sample: int | None) -> list[tuple[Expr, Expr]]:
    """Return a and the output activation of a, for each output of a sample; nothing for other activations."""
    last = len(line.config.layers)
    a: list[Expr] = [Symbol("a", last, (k,), sample) for k in range(1, line.outputs + 1)]
    match ungrouped(line.config.layers[-1].activation):
        case "softmax":
            powers: list[Expr] = [Call("exp", one) for one in a]
            return [(one, power / total(powers)) for one, power in zip(a, powers, strict=True)]
        case "sigmoid":
            return [(one, Call("sigmoid", one)) for one in a]
    return []


def _twice(line: Line) -> Iterator[Expr]:
    """The output activation within the loss, on what has it already: its loss and what comes back."""
    cross = (line.config.loss or "").endswith("cross_entropy")
    if not cross or len(line.config.layers[-1].shape) > 1:
        return
    if line.head == "L" and not line.symbol.prime:
        samples = {one.sample for one in line.with_head("L")} or {line.symbol.sample}
        losses = {sample: _loss_twice(line, sample) for sample in samples}
        if not all(losses.values()):
            return
        if line.symbol.indices or not line.with_head("L"):
            outputs = [int(line.symbol.indices[0])] if line.symbol.indices else range(1, line.outputs + 1)
            yield total([losses[line.symbol.sample][k - 1] for k in outputs])
        elif line.symbol.sample is not None or samples == {None}:
            yield total(losses[line.symbol.sample])
        else:
            whole = {one.name: total(losses[one.sample]) for one in line.with_head("L")}
            yield put(line.body, whole)
    elif line.head in ("dL/dz", "dL/da") and line.is_output:
        yield from _back_twice(line)


def _loss_twice(line: Line, sample: int | None) -> list[Expr]:
    """Return the parts L_k of a sample's loss, with the activation once more."""
    found: list[Expr] = []
    binary = (line.config.loss or "").startswith("binary")
    for k, (_, again) in enumerate(_again(line, sample), start=1):
        y = Symbol("y", None, (k,), sample)
        part: Expr = y * Call("ln", again)
        if binary:
            part = part + (1 - y) * Call("ln", 1 - again)
        found.append(-part)
    return found


def _back_twice(line: Line) -> Iterator[Expr]:
    pairs = _again(line, line.symbol.sample)
    if not pairs:
        return
    j = int(line.symbol.indices[0]) - 1
    back = [
        again - Symbol("y", None, (k,), line.symbol.sample) for k, (_, again) in enumerate(pairs, start=1)
    ]
    if line.head == "dL/da":
        yield back[j]
        return
    a = pairs[j][0]
    if ungrouped(line.config.layers[-1].activation) == "sigmoid":
        yield product([back[j], a, 1 - a])
        return
    mean = total([one * error for (one, _), error in zip(pairs, back, strict=True)])
    yield a * (back[j] - mean)


def _decay_on_biases(line: Line) -> Iterator[Expr]:
    """The optimizer's decay takes every parameter, where the config's penalty leaves the biases out."""
    penalty = line.config.penalty
    if penalty is None or penalty.biases or not line.is_update or line.symbol.indices[0] != 0:
        return
    w = Symbol("w", line.symbol.layer, line.symbol.indices)
    share = Number(len(line.config.samples)) if penalty.reduction == "mean" else Number(1)
    for gradient in line.with_head("dL/dw"):
        yield put(line.body, {gradient.name: gradient + Symbol("l2") / share * w})


def _evaluating(line: Line) -> Iterator[Expr]:
    """Batch normalization with the running statistics, and dropout that drops nothing."""
    for head in ("a", "x") if line.head == "a" else ("dL/da",):
        if line.with_head("mask"):
            yield from line.with_head(head)
    if line.head != "x_hat" or line.layer.kind != "batch_norm":
        return
    instead: dict[str, Expr] = {}
    for head, own in (("mu", "running_mean"), ("var", "running_var")):
        for one in line.with_head(head):
            instead[one.name] = Symbol(own, one.layer, one.indices)
    if instead:
        yield put(line.body, instead)


LIBRARY = (
    Mistake(
        "softmax or sigmoid twice",
        "The loss applies the output's softmax or sigmoid itself, and was given numbers that have it "
        "already. CrossEntropyLoss and BCEWithLogitsLoss take z.",
        _twice,
    ),
    Mistake(
        "gradients not set to 0",
        "The gradient of the step before is still in it. A library adds each gradient to what is there: "
        "optimizer.zero_grad() belongs before the next one.",
        _none,
    ),
    Mistake(
        "weight decay on biases",
        "The biases were pulled towards 0 as well. The penalty of the config leaves them out, and an "
        "optimizer's weight_decay takes every parameter: put the biases in a group of their own without it.",
        _decay_on_biases,
    ),
    Mistake(
        "evaluation mode",
        "The step was made as in evaluation mode: nothing was dropped, or the running mean and variance were "
        "taken for those of the batch. model.train() belongs before it.",
        _evaluating,
    ),
    Mistake(
        "weights transposed",
        "The weights stand the other way round: w_ij of the sheet is w_ji of the config. A library has a row "
        "per neuron (PyTorch) or a column per neuron (Keras).",
        _none,
    ),
)
