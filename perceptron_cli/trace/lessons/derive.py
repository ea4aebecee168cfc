"""The document of `derive`: the slides' derivations, in general or with a network's numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from perceptron_cli import engine
from perceptron_cli.calculus import worked_out
from perceptron_cli.derivations import DERIVATIONS, MATRIX, TOPICS, Chain, Place, Topic
from perceptron_cli.document import Block, Derivation, Document, Note, Reasoned, Section, Table
from perceptron_cli.errors import InputError
from perceptron_cli.expr import Expr, Symbol, evaluate, symbols
from perceptron_cli.notation import show
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.lessons.jacobians import jacobian_sections
from perceptron_cli.trace.lookup import Lookup
from perceptron_cli.trace.view import UNDEFINED, View

GENERAL = 1  # the layer of the prediction, where there is no network
CONFIDENT = (0.999, 0.9, 0.5, 0.1, 0.01, 0.001)  # predictions where the label is 1


def derive(topics: Sequence[str], config: Config | None = None, view: View | None = None) -> Document:
    """Tell derivations line by line; with a config each line with the numbers of its first sample.

    Without a topic it lists them. Raises InputError where the config has no place for a topic.
    """
    view = view or View()
    if not topics:
        return _list(config)
    step = _first_step(config) if config else None
    sections: list[Section] = []
    for topic in topics:
        if topic == MATRIX:
            sections.extend(jacobian_sections(config, step, view))
        else:
            sections.extend(_sections(topic, DERIVATIONS[topic], config, step, view))
    title = " and ".join(DERIVATIONS[one].title if one != MATRIX else "Matrix calculus" for one in topics)
    if config:
        title += f", with the numbers of {config.name}"
    outputs = (len(config.layers), config.sizes[-1]) if config else (GENERAL, Place.neurons)
    return Document(
        "derive", title, {}, sections=tuple(sections), parts_key="", data={"topics": list(topics)},
        outputs=outputs,
    )  # fmt: skip


def _list(config: Config | None) -> Document:
    rows = []
    for name in TOPICS:
        topic = DERIVATIONS.get(name)
        if config is None or topic is None or _layer(topic, config) is not None:
            rows.append((name, topic.title if topic else "The Jacobians of a layer, as matrices"))
    table = Table("", ("topic", "what it derives"), tuple(rows))
    told = f" that apply to {config.name}" if config else ""
    section = Section(f"Name one: nnstep derive {rows[0][0]}", "result", (table,))
    data = {"topics": [name for name, _ in rows]}
    return Document("derive", f"Derivations{told}", {}, sections=(section,), parts_key="", data=data)


def _first_step(config: Config) -> engine.Step:
    trainer = engine.Trainer(config)
    with np.errstate(all="ignore"):
        return trainer.record(next(iter(trainer.batches(1))))


def _layer(topic: Topic, config: Config) -> int | None:
    """Return the last layer that a topic applies to."""
    for l in range(len(config.layers), 0, -1):
        if topic.fits(config.layers[l - 1].activation, config.loss):
            return l
        if topic.output:
            return None
    return None


def _place(name: str, topic: Topic, config: Config | None, step: engine.Step | None) -> Place:
    if config is None or step is None:
        if name == "chain-rule":
            return Place(layer=GENERAL + 2, neuron=1)
        return Place(layer=GENERAL if topic.y_hat else None, neuron=1 if "softmax" in name else None)
    l = _layer(topic, config)
    if l is None:
        used = ", ".join(dict.fromkeys(layer.activation for layer in config.layers))
        raise InputError(
            f"derive {name}: {config.name} has no place for it; its layers: {used}, its loss: {config.loss}",
            hint="'nnstep derive --config NAME' lists what applies",
        )
    layer = config.layers[l - 1]
    sample = step.numbers[0] if len(step.numbers) > 1 else None
    return Place(l, sample, 1, layer.neurons, layer.inputs, config.loss, layer.activation, layer.options)


def _sections(
    name: str, topic: Topic, config: Config | None, step: engine.Step | None, view: View
) -> Iterator[Section]:
    at = _place(name, topic, config, step)
    lookup = Lookup.of(config, step) if config and step else None
    for chain in topic.chains(at):
        if _holds(chain, lookup):
            block = _derivation(chain, lookup, view)
            yield Section(chain.title, "result", (block,), layer=at.layer, sample=at.sample)
    notes: list[Block] = [Note(note) for note in topic.notes]
    if name == "shortcut":
        notes.insert(1, _confident(view))
    if topic.source:
        notes.append(Note(f"After {topic.source}.", "step"))
    if notes:
        yield Section("What it says", "result", tuple(notes))


def _holds(chain: Chain, lookup: Lookup | None) -> bool:
    """Whether a chain that is one case of several is the case of this network."""
    if lookup is None:
        return True
    if chain.when is not None:
        return lookup(chain.when[0]) == chain.when[1]
    if chain.sign is not None:
        value = lookup(chain.sign[0]) or 0.0
        return value * chain.sign[1] > 0
    return True


def _derivation(chain: Chain, lookup: Lookup | None, view: View) -> Derivation:
    if lookup is None:
        lines = [Reasoned(body, reason) for body, reason in chain.lines]
        return Derivation(chain.left, tuple(lines), None, chain.where)
    told = []
    numbers: dict[str, str] = {}
    for body, reason in chain.lines:
        value = value_of(body, lookup)
        text = UNDEFINED if value is None else show(value, view.decimals)
        told.append(Reasoned(body, reason, value, text))
        for symbol in symbols(body):
            known = lookup(symbol)
            numbers[symbol.name] = _given(symbol, lookup) or (
                UNDEFINED if known is None else show(known, view.decimals)
            )
    return Derivation(chain.left, tuple(told), numbers, chain.where)


def value_of(body: Expr, lookup: Lookup) -> float | None:
    """Return a line's value with a network's numbers, None where there is none."""
    values = {symbol.name: lookup(symbol) for symbol in symbols(body)}
    try:
        return float(evaluate(worked_out(body), values))
    except (ArithmeticError, ValueError, TypeError):
        return None


def _given(symbol: Symbol, lookup: Lookup) -> str | None:
    """Return a target or a weight as it was written."""
    config, sample = lookup.config, lookup.config.samples[(symbol.sample or 1) - 1]
    index = [int(one) for one in symbol.indices]
    if symbol.head == "y" and sample.y is not None:
        return sample.y[index[0] - 1].text
    if symbol.head == "x":
        return sample.x[index[0] - 1].text
    weights = config.layers[symbol.layer - 1].weights if symbol.head == "w" and symbol.layer else None
    return weights[index[1] - 1][index[0]].text if weights is not None else None


def _confident(view: View) -> Table:
    """A prediction from right to wrong, the label being 1: what each loss makes of it."""
    rows = []
    for a in CONFIDENT:
        slope = a * (1 - a)
        numbers = (a, slope, -1 / a, a - 1, (a - 1) * slope)
        rows.append(tuple(show(number, view.decimals) for number in numbers))
    columns = ("y_hat", "y_hat(1 - y_hat)", "dL/dy_hat", "dL/dz", "dL/dz of 1/2 (y_hat - y)^2")
    return Table("Where y = 1:", columns, tuple(rows), frozenset(range(5)))
