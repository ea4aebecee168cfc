"""A tiny network's training step as straight code: local variables and `math`, made from the printed trees.

A call of NumPy takes as long as thirty multiplications: a few neurons are faster number by number.
Which updates are made so depends on the network and on how many were made before, on nothing else: a
run, one that was resumed, and a narrated one have the same numbers to the bit. They are not NumPy's to
the bit, since a matrix product adds in another order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.assigned import FUNCTIONS, Line, Script, name
from perceptron_cli.clipping import CLIPPINGS
from perceptron_cli.engine import places
from perceptron_cli.engine.stop import Stop
from perceptron_cli.expr import Call, Expr, Gate, Number, Symbol, symbols, total
from perceptron_cli.losses import LOSSES
from perceptron_cli.optimizers import OPTIMIZERS
from perceptron_cli.spec.config import Config, Layer

NO_VALUE = (ArithmeticError, ValueError)  # what Python raises where NumPy has inf or nan
Steps = Callable[[list[float], Iterable[Any], int, float, Callable[[float], object], Stop], bool]


def steps(
    config: Config, samples: int, rows: Sequence[Sequence[float]], rate: Callable[[int], float]
) -> Steps:
    """Return straight code for batches of so many samples: `steps(numbers, batches, t, eta, note, stop)`.

    `numbers` are the weights, the optimizer's state, the sum of the last batch's losses, and t; all are kept
    up to date. A batch is its samples' x and y. Where `rows` are given, the samples of the whole set, the
    code has their numbers in it: it takes the numbers of the updates for batches, and rate(t) for eta.
    `note` gets each batch's loss before its update: of a whole set as it is reduced, with what large weights
    add; else the sum. It returns whether all updates were made, or those before the wish to stop: not where
    one has no value (ln 0, a quotient by 0), which is for NumPy, with its inf and nan.
    """
    optimizer, training = OPTIMIZERS[config.training.optimizer], config.training
    names = places.data(config, samples)
    given = {**training.options, **training.clip_options}
    for own, row in zip(names, rows, strict=False):
        given |= {symbol.name: value for symbol, value in zip(own, row, strict=True)}
    if training.schedule == "constant":
        given["eta"] = float(training.learning_rate)
    weights = list(places.weights(config))
    changing = [
        name(one) for one in (*weights, *(places.state(w, head) for head in optimizer.state for w in weights))
    ]
    scale = 1 / samples if training.reduction == "mean" else 1.0
    script = Script(given)
    script.write(_lines(config, samples, whole=bool(rows)))
    loss = "L" if not rows or scale == 1 else f"L * {scale!r}"
    loss += " + R" if "R" in script.made else ""
    every, taken = ", ".join([*changing, "L", "made"]), ", ".join(f"{one}={one}" for one in FUNCTIONS)
    batch = ", ".join(f"({', '.join(map(name, own))},)" for own in names)
    lines = [
        *(["t = made + 1"] if not rows else ["eta = rate(t)"] if "eta" not in given else []),
        *(["of_g, of_m = shares(t)"] if optimizer.shares else []),
        *script.lines,
        *(f"{one} = {one}_new" for one in changing if f"{one}_new" in script.made),
    ]
    text = "\n".join(
        [
            f"def steps(numbers, batches, t, eta, note, stop, {taken}):",
            f"    {every} = numbers",
            "    try:",
            f"        for {'t' if rows else batch if samples > 1 else batch[1:-1]} in batches:",
            "            try:",
            *(f"                {line}" for line in lines),
            "            except NO_VALUE: return False",
            "            made = t",
            f"            note({loss})",
            "            if stop.asked: break",
            "        return True",
            "    finally:",
            f"        numbers[:] = {every}",
        ]
    )
    shares = optimizer.shares
    space: dict[str, Any] = {
        "NO_VALUE": NO_VALUE,
        "rate": rate,
        "shares": lambda t: shares(t, training.options).values() if shares else (),
        **{one: getattr(math, one) for one in FUNCTIONS},
    }
    exec(compile(text, "<straight code>", "exec"), space)  # numbers and names of our own trees, no more
    made: Steps = space["steps"]
    return made


# the lines of a step --------------------------------------------------------------------------------


def _lines(config: Config, samples: int, *, whole: bool) -> Iterator[Line]:
    """Yield the assignments of a step, each after those that it takes."""
    training, optimizer = config.training, OPTIMIZERS[config.training.optimizer]
    terms: dict[str, list[Expr]] = {one.name: [] for one in places.weights(config)}
    losses: list[Expr] = []
    for s, data in enumerate(places.data(config, samples), start=1):
        yield from _sample(config, s, data, losses, terms)
    scale = Number(1 / samples if training.reduction == "mean" else 1.0)
    gradients = {one: scale * total(sums) for one, sums in terms.items()}
    if config.penalty is not None:
        big = Number(1 / samples if config.penalty.reduction == "mean" else 1.0)
        l2, l1 = float(config.penalty.l2), float(config.penalty.l1)
        counted = list(places.learnt(config, biases=config.penalty.biases))
        for w in counted:
            sign = Gate(w, 1, 0) - Gate(-w, 1, 0)
            gradients[w.name] = gradients[w.name] + big * (l2 * w + l1 * sign)
        if whole and counted:
            sizes = l2 / 2 * total([w * w for w in counted]) + l1 * total([Call("abs", w) for w in counted])
            yield Symbol("R"), big * sizes
    yield Symbol("L"), LOSSES[config.loss or ""].share(config.sizes[-1]) * total(losses)
    learnt = {w.name for w in places.learnt(config, biases=training.update_biases)}
    clip = CLIPPINGS[training.clip]
    for head, formulas in clip.numbers([gradients[one] for one in terms if one in learnt]).items():
        yield Symbol(head), formulas[0]
    for w in places.weights(config):
        gradient: Expr = gradients[w.name]
        if training.clip != "none":
            gradient = clip.formula(gradient) if w.name in learnt else Number(0)
        if optimizer.general is None:
            told = optimizer.lines(w, gradient, 2, training.options)
        else:
            told = optimizer.general(w, gradient + Symbol("weight_decay") * w)
        for line in told:
            if line.symbol.head != "w":
                yield line.symbol, line.body
            elif (
                w.name in learnt
            ):  # plain descent has no line that could fail on the way: no weight need wait
                yield (line.symbol if optimizer.state else w), line.body


def _sample(
    config: Config, s: int, data: Sequence[Symbol], losses: list[Expr], terms: Mapping[str, list[Expr]]
) -> Iterator[Line]:
    """Yield one sample's passes; add its losses, and its term of each weight's gradient."""
    outs: list[Sequence[Symbol]] = [data[: config.inputs]]
    zs: list[list[Expr]] = [[]]
    for l, layer in enumerate(config.layers, start=1):
        a = [Symbol("a", l, (j,), s) for j in range(1, layer.neurons + 1)]
        z: list[Expr] = [
            total([places.w(l, 0, j), *(places.w(l, i, j) * below for i, below in enumerate(outs[-1], 1))])
            for j in range(1, layer.neurons + 1)
        ]
        if l == len(config.layers):  # the loss is read from these, too
            named = [Symbol("z", l, one.indices, s) for one in a]
            yield from zip(named, z, strict=True)
            z = [*named]
        for j, one in enumerate(a):
            yield one, ACTIVATIONS[layer.activation].formulas(z, j, layer.options)[-1]
        outs.append(a)
        zs.append(z)
    loss, n, output = LOSSES[config.loss or ""], len(a), config.layers[-1].activation
    y, shortcut = data[config.inputs : config.inputs + n], loss.shortcut(output)
    losses += [_stable(loss.formulas(output, z, a, y[k], k)) for k in range(n)]
    da: list[Expr] = [loss.gradient_formulas(one, target, n)[0] for one, target in zip(a, y, strict=True)]
    for l in range(len(config.layers), 0, -1):
        dz, below = [Symbol("dL/dz", l, one.indices, s) for one in outs[l]], outs[l - 1]
        for j, one in enumerate(dz):
            if shortcut is not None:
                yield one, shortcut.formula(a[j], y[j])
            else:
                yield one, _through(config.layers[l - 1], da, zs[l], outs[l], j)
            for i, factor in enumerate((Number(1), *below)):
                terms[places.w(l, i, j + 1).name].append(one * factor)
        da = [total([d * places.w(l, i, k) for k, d in enumerate(dz, 1)]) for i in range(1, 1 + len(below))]
        shortcut = None


def _through(layer: Layer, da: Sequence[Expr], z: Sequence[Expr], a: Sequence[Expr], j: int) -> Expr:
    """dL/dz_j, of a layer's dL/da."""
    entry = ACTIVATIONS[layer.activation]
    after = range(len(z)) if entry.coupled else (j,)
    return total([da[k] * entry.slope_formula(z, a, k, j, layer.options) for k in after])


def _stable(formulas: Sequence[Expr]) -> Expr:
    """Return the formula from z, which has a value where a is rounded to 0 or 1, else the first."""
    from_z = [one for one in formulas if any(symbol.head == "z" for symbol in symbols(one))]
    return from_z[-1] if from_z else formulas[0]
