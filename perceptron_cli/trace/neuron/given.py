"""What a learning rule begins with: the samples, the first weights, the rate, the step."""

from __future__ import annotations

from collections.abc import Iterator

from perceptron_cli.document import Note, Section, Table
from perceptron_cli.neuron import Neuron, neuron_of
from perceptron_cli.rules import RULES
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.neuron.texts import text_of


def given_section(config: Config) -> Section:
    """Tell what is given: a table of the samples with a target, then the weights and the rule."""
    neurons = [neuron_of(config, place=place) for place in range(config.layers[0].neurons)]
    first = neurons[0]
    several = len(neurons) > 1
    targets = [f"d_{k}" for k in range(1, len(neurons) + 1)] if several else ["d"]
    columns = ("sample", *(f"x_{i}" for i in range(1, len(first.points[0]) + 1)), *targets)
    rows = tuple(
        (str(place + 1), *map(text_of, x), *(text_of(one.desired[place]) for one in neurons))
        for place, x in enumerate(first.points)
    )
    table = Table("", columns, rows, frozenset(range(1, len(columns))))
    return Section("Given", "given", (table, *map(Note, _notes(config, neurons))))


def _notes(config: Config, neurons: list[Neuron]) -> Iterator[str]:
    for k, neuron in enumerate(neurons, start=1):
        index = str(k) if len(neurons) > 1 else ""
        names = [f"w_{i}{index} = {text_of(w)}" for i, w in enumerate(neuron.weights) if i or neuron.has_bias]
        learnt = ", which is learnt" if neuron.theta_input is not None else ""
        yield f"{', '.join(names)}, theta = {text_of(neuron.theta)}{learnt}"
    first = neurons[0]
    rule = RULES[config.training.rule]
    yield f"Rule {rule.name}: {rule.formula}, with eta = {text_of(first.rate)}."
    yield step_told(first)


def step_told(neuron: Neuron) -> str:
    """Say what the step gives, and where."""
    theta, sign = text_of(neuron.theta), ">" if neuron.strict else ">="
    if neuron.rule.band:
        band = f"is from -{theta} to {theta}" if neuron.theta else "is 0"
        return f"Step: 1 where the net input > {theta}, 0 where it {band}, -1 below."
    at = "0 (theta is in it)" if neuron.theta_input is not None else f"theta = {theta}"
    return f"Step: {text_of(neuron.high)} where the net input {sign} {at}, else {text_of(neuron.low)}."
