"""A step with some of its numbers changed: what is given is put into the config, a result is carried on.

`what_if` is the whole of it without a document: two steps' lines, and the changed one's numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from perceptron_cli.clipping import CLIPPINGS
from perceptron_cli.errors import InputError, Problem
from perceptron_cli.expr import Symbol
from perceptron_cli.losses import LOSSES
from perceptron_cli.optimizers import OPTIMIZERS
from perceptron_cli.parameters import Parameter
from perceptron_cli.records import record
from perceptron_cli.spec.check import RATE
from perceptron_cli.spec.config import Config, Given, Layer
from perceptron_cli.trace.questions.asked import asked_for
from perceptron_cli.trace.questions.lines import lines_for
from perceptron_cli.trace.step.lines import Lines, lines, recorded

T = TypeVar("T")
Losses = tuple[float | None, float | None]  # before the update, and after it


@record
class Outcome:
    """A step as it was, and as it is now; `values` are all its numbers now, `put` those that were set.

    `carried` names the results that were set: their own lines hold no longer.
    """

    was: Lines
    now: Lines
    values: Mapping[str, float | None]
    put: Mapping[str, float]
    carried: frozenset[str]

    @property
    def changed(self) -> dict[str, tuple[float | None, float | None]]:
        """What both steps have and what is not the same, by name in the order of the lines: (was, is now)."""
        old, new = self.was.values, self.values
        both = {name: (old[name], new[name]) for name in old if name in new}
        return {name: pair for name, pair in both.items() if not same(*pair)}

    @property
    def losses(self) -> tuple[Losses, Losses]:
        """The losses before and after the update: as they were, and as they are now."""
        return _losses(self.was.values), _losses(self.values)

    @property
    def helped(self) -> bool | None:
        """Whether the step ends with a smaller loss than it did; None where one has no value."""
        (_, was), (_, now) = self.losses
        return None if was is None or now is None else now < was


def same(old: float | None, new: float | None) -> bool:
    """Whether two numbers differ by no more than another order of adding makes them differ."""
    if old is None or new is None:
        return old is new
    return math.isclose(old, new, rel_tol=1e-12, abs_tol=1e-15)


def what_if(
    config: Config, changes: Mapping[str, float], *, other: Config | None = None, step: int = 1
) -> Outcome:
    """Return what becomes of update `step` with numbers changed, by symbol, and in `other` config.

    Raises InputError for a symbol that the step has not and a value that it cannot have, NumberError
    where a number leaves the finite range.
    """
    was = lines_for(config, step)
    base = other or config
    start = was if base is config else lines_for(base, step)
    put = named(base, start, changes)
    changed, carried = split(base, start, put, step)
    now = start if changed is base else lines_for(changed, step)
    values = now.recalculated(carried) if carried else now.values
    return Outcome(was, now, values, put, frozenset(carried))


def named(config: Config, start: Lines, changes: Mapping[str, float]) -> dict[str, float]:
    """Return the changes by the names that the step has for them. Raises InputError where it has none."""
    found: dict[str, float] = {}
    for text, value in changes.items():
        name = asked_for(config, start, text)
        if name not in start.equations:
            hint = "set x, or a dL/dz of layer 1, instead"
            raise InputError(
                f"{name} is not used anywhere in the step, so changing it changes nothing", hint=hint
            )
        if name in found:
            raise InputError(f"{name} is set twice")
        found[name] = value
    return found


def split(
    config: Config, start: Lines, put: Mapping[str, float], step: int = 1
) -> tuple[Config, dict[str, float]]:
    """Put what a config gives into it, and return the rest: results, and what earlier updates left.

    Raises InputError for a value that the config could not have.
    """
    carried = {}
    for name, value in put.items():
        line = start.equations[name]
        given = _given(config, start, line.symbol, value) if step == 1 and line.body is None else None
        if given is None:
            carried[name] = value
        else:
            config = given
    _check_targets(config, start)
    return config, carried


def sweep(
    config: Config,
    symbol: str,
    values: Sequence[float],
    changes: Mapping[str, float] | None = None,
    step: int = 1,
) -> list[Losses]:
    """Return the losses of update `step` for each value of a number, the other changes made as well.

    None stands for a loss that is not finite.
    """
    start = lines(config, step)
    put = named(config, start, {symbol: values[0]})
    (name,) = put
    others = {one: value for one, value in named(config, start, changes or {}).items() if one != name}
    found = []
    told: tuple[Config, Lines] | None = None
    for value in values:
        changed, carried = split(config, start, {**others, name: value}, step)
        if not carried:
            found.append(losses_of(changed, step))
            continue
        if told is None or told[0] != changed:
            told = changed, lines(changed, step)
        found.append(_losses(told[1].recalculated(carried)))
    return found


def losses_of(config: Config, step: int = 1, changes: Mapping[str, float] | None = None) -> Losses:
    """Return the losses of update `step` with some numbers changed, None for one that is not finite."""
    if changes:
        return what_if(config, changes, step=step).losses[1]
    record = recorded(config, step)
    before, after = (
        loss if loss is not None and math.isfinite(loss) else None
        for loss in (record.before.loss, record.after.loss)
    )
    return before, after


def _losses(values: Mapping[str, float | None]) -> Losses:
    return values["L"], values["L'"]


# what is given, put into a config -----------------------------------------------------------------


def _given(config: Config, start: Lines, symbol: Symbol, value: float) -> Config | None:
    """Return the config with a number in it, None for a number that no config gives."""
    number, training = Given(value), config.training
    if config.is_neuron and symbol.name != "eta":
        return _of_neuron(config, symbol, number)
    if symbol.prime:
        return None
    if symbol.head in ("x", "y"):
        return _with_sample(config, (symbol.sample or start.samples[0]) - 1, symbol, number)
    if symbol.head == "w":
        return _with_weight(config, start, symbol, number)
    if symbol.name == "eta":
        if not RATE.allows(value):
            raise InputError(Problem(f"expected {RATE.expected}, got {value:g}", key="eta"))
        return replace(config, training=replace(training, learning_rate=number))
    if symbol.name in training.options:
        options = _with_option(OPTIMIZERS[training.optimizer].parameters, training.options, symbol, number)
        return replace(config, training=replace(training, options=options))
    if symbol.name in training.clip_options:
        options = _with_option(CLIPPINGS[training.clip].parameters, training.clip_options, symbol, number)
        return replace(config, training=replace(training, clip_options=options))
    return None


def _of_neuron(config: Config, symbol: Symbol, number: Given) -> Config | None:
    """Return the config of a neuron with a number of its table in it, in all its turns."""
    turn, _, letter = symbol.head.partition(":")
    layer, indices = config.layers[0], [int(one) for one in symbol.indices]
    if letter == "theta":
        return replace(config, layers=(replace(layer, options={**layer.options, "theta": number}),))
    j = indices[-1] if layer.neurons > 1 and letter in ("w", "d") else 1
    if letter == "w":
        rows = layer.weights or ()
        row = _with(rows[j - 1], indices[0], number)
        return replace(config, layers=(replace(layer, weights=_with(rows, j - 1, row)),))
    known = [place for place, sample in enumerate(config.samples) if sample.y is not None]
    place = known[(int(turn[1:]) - 1) % len(known)]
    sample = config.samples[place]
    if letter == "x":
        sample = replace(sample, x=_with(sample.x, indices[0] - 1, number))
    else:
        sample = replace(sample, y=_with(sample.y or (), j - 1, number))
    return replace(config, samples=_with(tuple(config.samples), place, sample))


def _with_option(
    table: Mapping[str, Parameter], options: Mapping[str, float], symbol: Symbol, number: Given
) -> dict[str, float]:
    allowed = table[symbol.name]
    if not allowed.allows(number):
        raise InputError(Problem(f"expected {allowed.expected}, got {number:g}", key=symbol.name))
    return {**options, symbol.name: number}


def _with_sample(config: Config, place: int, symbol: Symbol, number: Given) -> Config:
    sample, index = config.samples[place], int(symbol.indices[0]) - 1
    if symbol.head == "x":
        changed = replace(sample, x=_with(sample.x, index, number))
    else:
        changed = replace(sample, y=_with(sample.y or (), index, number), label=None)
    return replace(config, samples=_with(tuple(config.samples), place, changed))


def _with_weight(config: Config, start: Lines, symbol: Symbol, number: Given) -> Config:
    """Return the config with a weight; drawn ones are written down, since one of them is no longer drawn."""
    layers = list(_written(config, start))
    place = (symbol.layer or 1) - 1
    i, j = (int(index) for index in symbol.indices)
    rows = layers[place].weights or ()
    row = _with(rows[j - 1], i, number)
    layers[place] = replace(layers[place], weights=_with(rows, j - 1, row))
    return replace(config, layers=tuple(layers))


def _written(config: Config, start: Lines) -> Iterator[Layer]:
    for layer, told in zip(config.layers, start.part.data["layers"], strict=True):
        if layer.weights is not None:
            yield layer
            continue
        rows = tuple(tuple(Given(float(one)) for one in row) for row in told["weights"])
        yield replace(layer, weights=rows, biases=None, init=None, init_options={})


def _with(items: tuple[T, ...], place: int, item: T) -> tuple[T, ...]:
    return (*items[:place], item, *items[place + 1 :])


def _check_targets(config: Config, start: Lines) -> None:
    """Raise InputError where a target is none that the loss takes (of a neuron: that its step gives)."""
    if config.is_neuron:
        return  # its lines are made anew, and say so
    for number in start.samples:
        y = config.samples[number - 1].y or ()
        wanted = LOSSES[config.loss or ""].target_problem(y)
        if wanted:
            told = ", ".join(f"{one:g}" for one in y)
            raise InputError(Problem(f"expected {wanted}, got {told}", key="y"))
