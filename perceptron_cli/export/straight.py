"""A network as straight code: each printed line one assignment, in order.

The lines are the trees that the narration prints, so every kind of layer, loss and optimizer is here at once.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from perceptron_cli.arrays import Array
from perceptron_cli.engine import forward
from perceptron_cli.errors import InputError
from perceptron_cli.export.example import Example, example_of
from perceptron_cli.export.trees import C, functions, identifier, scalar
from perceptron_cli.expr import Expr, Symbol, symbols
from perceptron_cli.expr import replace as replaced
from perceptron_cli.layers.layer import number
from perceptron_cli.records import record
from perceptron_cli.spec.config import Config, Given
from perceptron_cli.trace.step.document import forward_lines
from perceptron_cli.trace.step.lines import Lines, lines

WIDTH = 100
MOST_LINES = 50_000
Bodies = Mapping[str, Expr]


@record
class Straight:
    """A network's lines by their symbols: of a prediction, of a step, and of the loss after it.

    `given` has the value of every symbol that no line makes but x and y: weights, the optimizer's state and
    settings. `first` are lines of the first update that read otherwise in later ones.
    """

    example: Example
    predicted: Bodies
    step: Bodies
    first: Bodies
    loss: Bodies
    given: Mapping[str, float]
    learnt: tuple[str, ...]  # what a step changes: w[1]_01, m:w[1]_01, running_mean[2]_1
    expected: Mapping[str, float]  # the right numbers after the step, by the names with their prime
    predictions: Array  # of each sample, without dropout; (samples, outputs)

    @property
    def samples(self) -> tuple[int, ...]:
        """The samples' numbers as symbols have them; none where there is one."""
        count = len(self.example.x)
        return tuple(range(1, count + 1)) if count > 1 else ()

    @property
    def counts(self) -> bool:
        """Whether a line depends on how many updates were made."""
        bodies = (*self.step.values(), *self.first.values())
        return bool(self.first) or any(one.name == "t" for body in bodies for one in symbols(body))


def straight(config: Config, target: str) -> Straight:
    """Return a network's lines. Raises InputError for one of which no straight code can be made."""
    if any(one.kind == "dropout" and one.settings.get("mask") is None for one in config.layers):
        raise InputError(
            f"--to {target}: the mask of dropout is drawn anew in each step",
            hint="give the mask: 'mask: [1, 0, 1]'",
        )
    size = sum(layer.size[0] * layer.size[1] for layer in config.layers)
    if size > MOST_LINES:
        raise InputError(
            f"--to {target} writes a line for each number, and this network has {size:,} weights",
            hint="--to pytorch and --to onnx write matrices",
        )
    example = example_of(config)
    chosen = [config.samples[place - 1] for place in example.numbers] or list(config.samples[:1])
    own = replace(
        config, samples=chosen, data=None, training=replace(config.training, batch_size=None, shuffle=False)
    )
    predicted = ({}, {}) if not _is_of_any_sample(config) else _predicted(own)
    predictions = forward(own).a[-1].T
    told: dict[str, float] = {name: value for name, value in predicted[1].items() if not _is_data(name)}
    if example.update is None:
        return Straight(example, predicted[0], {}, {}, {}, told, (), {}, predictions)
    slow = replace(own, training=replace(own.training, learning_rate=Given(1e-12)))  # how lines read, no more
    first, second, third = lines(own, 1), lines(slow, 2), lines(slow, 3)
    made = _bodies(second)
    early = _bodies(first)
    if set(made) - set(early) or _differs(made, _bodies(third)):
        raise InputError(
            f"--to {target} has no {config.training.optimizer}: its lines are others in every step",
            hint="--to pytorch, or --set training.optimizer=gradient_descent",
        )
    before = {name for name, one in second.equations.items() if one.body is None}
    learnt = tuple(name[:-1] for name in made if name.endswith("'") and name[:-1] in before)
    given = {name: 0.0 if name in learnt else second.values[name] or 0.0 for name in before}
    given |= {name: one.value or 0.0 for name, one in first.equations.items() if one.body is None}
    after = {f"{name}'" for name in learnt}
    step = needed(made, ["L", *(f"{name}'" for name in learnt)])
    told |= {name: value for name, value in given.items() if not _is_data(name)}
    loss = {
        name: replaced(body, lambda node: _before(node, after))
        for name, body in needed(made, ["L'"], stop=after).items()
    }
    return Straight(
        example, predicted[0], step, _differs(step, early), loss, told, learnt,
        {name: first.values[name] or 0.0 for name in sorted(after)}, predictions,
    )  # fmt: skip


def _is_of_any_sample(config: Config) -> bool:
    """Whether one sample's lines are those of any other: not with a batch's statistics, nor a token's row."""
    return not config.mixes_samples and all(one.kind != "embedding" for one in config.layers)


def _before(node: Expr, after: Iterable[str]) -> Expr | None:
    """A weight after the step is a weight of the next pass."""
    if isinstance(node, Symbol) and node.name in after:
        return Symbol(node.head, node.layer, node.indices, node.sample, False, node.of)
    return None


def _predicted(config: Config) -> tuple[dict[str, Expr], dict[str, float]]:
    """Return the lines of one sample's prediction, and the values of what is given."""
    told = forward_lines(replace(config, samples=config.samples[:1]))
    bodies = {one.symbol.name: one.body for one in told if one.body is not None}
    given = {one.symbol.name: one.value or 0.0 for one in told if one.body is None}
    wanted = [f"a[{len(config.layers)}]"]
    targets = [name for name in bodies if name.rpartition("_")[0] in wanted or name in wanted]
    return needed(bodies, targets), given


def _is_data(name: str) -> bool:
    """Whether a given symbol is a sample's x or y."""
    return name.rpartition(":")[2].partition("_")[0] in ("x", "y")


def _bodies(told: Lines) -> dict[str, Expr]:
    return {name: one.body for name, one in told.equations.items() if one.body is not None}


def _differs(bodies: Bodies, others: Bodies) -> dict[str, Expr]:
    """Return the lines of `others` that do not read as those of the same symbol."""
    return {
        name: others[name]
        for name, body in bodies.items()
        if name in others and scalar(body, C) != scalar(others[name], C)
    }


def needed(bodies: Bodies, targets: Iterable[str], stop: Iterable[str] = ()) -> dict[str, Expr]:
    """Return the lines that targets are made from, each after those that it takes; `stop` is given."""
    given, wanted = frozenset(stop), set[str]()
    open_ = list(targets)
    while open_:
        name = open_.pop()
        if name in bodies and name not in wanted and name not in given:
            wanted.add(name)
            open_ += [one.name for one in symbols(bodies[name])]
    found: dict[str, Expr] = {}
    for first in bodies:
        waiting = [(first, False)] if first in wanted else []
        while waiting:
            name, ready = waiting.pop()
            if ready:
                found[name] = bodies[name]
            elif name in wanted and name not in found:
                waiting.append((name, True))
                waiting += [(one.name, False) for one in reversed(symbols(bodies[name]))]
    return found


# text ---------------------------------------------------------------------------------------------------


def assignments(
    bodies: Bodies, language: dict[str, str], form: str, first: Bodies | None = None, choose: str = ""
) -> Iterator[str]:
    """Yield each line as an assignment; `form` has {name} and {value}.

    `choose` has {first} and {later}, for a line that reads otherwise in the first step.
    """
    for name, body in bodies.items():
        value = scalar(body, language)
        if first and name in first:
            value = choose.format(first=scalar(first[name], language), later=value)
        yield form.format(name=identifier(name), value=value)


def wrapped(text: Iterable[str], indent: str, *, brackets: bool = False) -> str:
    """Return assignments as lines of bearable length; where a language wants it, long ones in brackets."""
    found = []
    for line in text:
        if len(indent) + len(line) > WIDTH and brackets:
            name, _, value = line.partition(" = ")
            line = f"{name} = ({value})"
        found.append(
            textwrap.fill(
                line, WIDTH, initial_indent=indent, subsequent_indent=f"{indent}    ",
                break_long_words=False, break_on_hyphens=False,
            )
        )  # fmt: skip
    return "\n".join(found)


def data_lines(told: Straight, bodies: Sequence[Bodies], form: str) -> list[str]:
    """Return an assignment for each x and y; `form` has {name}, {letter}, {sample} and {place}."""
    used = {one.name: one for group in bodies for body in group.values() for one in symbols(body)}
    config = told.example.config
    rows = {sample: row for row, sample in enumerate(told.samples)}
    found = []
    for name, symbol in used.items():
        if symbol.head not in ("x", "y") or symbol.layer is not None:
            continue
        shape = config.layers[0].below if symbol.head == "x" else config.layers[-1].shape
        place = number(shape, tuple(int(one) for one in symbol.indices)) - 1
        found.append(
            form.format(
                name=identifier(name), letter=symbol.head, sample=rows.get(symbol.sample or 0, 0), place=place
            )
        )
    return sorted(found)


def helpers(told: Straight) -> set[str]:
    """Return the functions that the lines use."""
    return functions(*told.predicted.values(), *told.step.values(), *told.first.values(), *told.loss.values())


def outputs(told: Straight) -> list[str]:
    """Return the identifiers of a prediction, in their order."""
    last = f"a[{len(told.example.config.layers)}]"
    return [identifier(name) for name in told.predicted if name.startswith(last)]
