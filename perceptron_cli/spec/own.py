"""Entries of tables as a config names them: a name, a name with numbers, or one's own formula."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.expr import Symbol
from perceptron_cli.losses import LOSSES
from perceptron_cli.parameters import Parameter
from perceptron_cli.regression import PARAMETERS
from perceptron_cli.spec.config import Given, Penalty, Sample
from perceptron_cli.spec.nodes import Node
from perceptron_cli.spec.reader import Reader, join, told
from perceptron_cli.spec.samples import Samples

SMOOTHING = Parameter(0.0, 0, 1, open_high=True)
TEMPERATURE = Parameter(1.0, 0, open_low=True)
FACTOR = Parameter(0.0, 0)


def read_activation(reader: Reader, node: Node, key: str) -> str | None:
    """Return an activation's name; that of one's own is its formula."""
    if node.kind == "mapping":
        return _formula(reader, node, key, ("z",), "an activation")
    return reader.choice(node, key, ACTIVATIONS, "an activation")


def read_temperature(
    reader: Reader, found: Mapping[str, Node], key: str, activation: str | None
) -> str | None:
    """Return an activation's name, with the temperature of a softmax that has one."""
    if activation != "softmax" or "temperature" not in found:
        return activation
    value = reader.number(found["temperature"], key, TEMPERATURE)
    return activation if value is None or float(value) == 1 else named_with(activation, [value])


def read_loss(reader: Reader, node: Node, key: str) -> tuple[str | None, float]:
    """Return a loss's name, with its number or formula in it, and how much the targets are smoothed."""
    names = [*LOSSES, "cross_entropy"]
    if node.kind != "mapping":
        return reader.choice(node, key, names, "a loss"), 0.0
    found = {name.value: value for name, value in node.value}
    if "formula" in found:
        return _formula(reader, node, key, ("a", "y"), "a loss"), 0.0
    if "name" not in found:
        hint = "{name: huber, delta: 1.5}, or {formula: '(a - y)^4'}"
        reader.problem(node, key, "expected a loss's name or a formula, got neither", hint)
        return None, 0.0
    name = reader.choice(found["name"], f"{key}.name", names, "a loss")
    if name is None:
        return None, 0.0
    own = dict(PARAMETERS.get(name, {}))
    weighs = name.endswith("cross_entropy")
    if "entropy" in name:
        own["label_smoothing"] = SMOOTHING
    known = reader.mapping(node, key, ["name", "over_time", *own, *(["class_weights"] if weighs else [])])
    if known and "class_weights" in known:
        name = _weighted(reader, known["class_weights"], f"{key}.class_weights", name) or name
    numbers = reader.parameters(known or {}, key, own)
    smoothing = numbers.pop("label_smoothing", 0.0)
    return named_with(name, list(numbers.values())), smoothing


def named_with(name: str, numbers: Sequence[float]) -> str:
    """Return a loss's name with its numbers in it."""
    told = [f"{float(one):g}" if one == float(f"{one:g}") else repr(float(one)) for one in numbers]
    return f"{name}({', '.join(told)})" if told else name


def _weighted(reader: Reader, node: Node, key: str, name: str) -> str | None:
    values = reader.numbers(node, key, "a list of numbers, one per class", "")
    if values is None:
        return None
    if not values or any(one < 0 for one in values):
        reader.expected(node, key, "a list of numbers from 0 on, one per class")
        return None
    return named_with(name, values)


def read_penalty(reader: Reader, node: Node) -> Penalty | None:
    """Return what is added to the loss for large weights."""
    found = reader.mapping(node, "penalty", ["l2", "l1", "biases", "reduction"])
    if found is None:
        return None
    l2, l1 = (
        reader.number(found[name], f"penalty.{name}", FACTOR) if name in found else Given(0.0, "0")
        for name in ("l2", "l1")
    )
    biases = reader.boolean(found["biases"], "penalty.biases") if "biases" in found else False
    reduction: str | None = "sum"
    if "reduction" in found:
        reduction = reader.choice(found["reduction"], "penalty.reduction", ("sum", "mean"), "sum or mean")
    if l2 is None or l1 is None or biases is None or reduction is None:
        return None
    if not l2 and not l1:
        hint = "'penalty: {l2: 0.01}', or leave it out"
        reader.problem(node, "penalty", "expected l2 or l1 above 0, got neither", hint)
        return None
    return Penalty(l2, l1, biases, reduction)


def smoothed(samples: Sequence[Sample], by: float) -> Sequence[Sample]:
    """Return samples whose targets are moved so far towards an even distribution over the classes."""
    if not by:
        return samples
    if isinstance(samples, Samples):
        return samples.smoothed(by)
    return tuple(
        one
        if one.y is None
        else replace(one, y=tuple(_smoothed(y, by, len(one.y)) for y in one.y), label=None)
        for one in samples
    )


def _smoothed(y: float, by: float, outputs: int) -> Given:
    value = y + by * (1 / max(outputs, 2) - y)
    return Given(value, f"{value:.10g}" if float(f"{value:.10g}") == value else repr(value))


def _formula(reader: Reader, node: Node, key: str, names: Sequence[str], what: str) -> str | None:
    """Return `formula(...)` after reading it, and after taking its derivative."""
    from perceptron_cli.calculus import partial
    from perceptron_cli.expr.own import parse_own
    from perceptron_cli.expr.parse import Unread

    path, bracket, which = key.partition(" (")
    inside = f"{path}.formula{bracket}{which}"
    found = reader.mapping(node, key, ["formula"])
    if found is None:
        return None
    if "formula" not in found:
        reader.problem(
            node, key, f"expected {what}'s formula, got none", f"add 'formula: {_EXAMPLES[names[0]]}'"
        )
        return None
    text = reader.text(found["formula"], inside)
    if text is None:
        return None
    try:
        tree = parse_own(text, names)
        partial(tree, Symbol(names[0]))
    except Unread as problem:
        reader.problem(found["formula"], inside, f"expected a formula of {' and '.join(names)}: {problem}")
        return None
    except TypeError:
        told = "expected a formula that can be differentiated: an exponent must be a number"
        reader.problem(found["formula"], inside, told, "exp(z) is e to the z")
        return None
    if len(text) > 200:
        reader.problem(found["formula"], inside, "expected at most 200 characters")
        return None
    return f"formula({text})"


_EXAMPLES = {"z": "z/(1 + abs(z))", "a": "(a - y)^4"}


def read_entry(
    reader: Reader, node: Node, key: str, table: Mapping[str, Any], what: str
) -> tuple[str | None, dict[str, float]]:
    """Read an entry of a table with its numbers: {name: adam, beta1: 0.9}."""
    names = dict((node.value and ((name.value, value) for name, value in node.value)) or ())
    if "name" not in names:
        reader.problem(node, key, f"expected {what}'s name, got {told(node)}", f"known: {', '.join(table)}")
        return None, {}
    name = reader.choice(names["name"], join(key, "name"), table, what)
    if name is None:
        return None, {}
    parameters = table[name].parameters
    found = reader.mapping(node, key, ["name", *parameters])
    return name, reader.parameters(found or {}, key, parameters)
