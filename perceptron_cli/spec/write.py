"""A config as text again: every number in full, so that it reads back to the bit."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

from perceptron_cli.activation import temperature, ungrouped
from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.arrays import Array
from perceptron_cli.layers import kind_of
from perceptron_cli.layers.keys import Grid, Numbers
from perceptron_cli.losses import averaged_over, unweighed
from perceptron_cli.optimizers import OPTIMIZERS
from perceptron_cli.regression import PARAMETERS
from perceptron_cli.spec.config import Config, Data, Layer, Sample, Training
from perceptron_cli.spec.source import STDIN, bundled_data

PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.]*( [A-Za-z0-9_.]+)*")
NOT_PLAIN = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}


def written(config: Config, weights: Sequence[Array], folder: str, comment: str) -> str:
    """Return a config with these weights, as YAML; its data set is named as seen from `folder`."""
    return "\n".join([f"# {comment}", *_lines(config, weights, folder), ""])


def _lines(config: Config, weights: Sequence[Array], folder: str) -> Iterator[str]:
    yield f"name: {yaml_text(config.name)}"
    yield "network:"
    shape = config.layers[0].below
    yield f"  inputs: {_value(list(shape)) if len(shape) > 1 else config.inputs}"
    yield "  layers:"
    for layer, matrix in zip(config.layers, weights, strict=True):
        yield from _layer(layer, matrix)
    if config.loss is not None:
        smooths = config.smoothing and config.data is not None
        plain = unweighed(config.loss)
        named = _named(plain)
        if averaged_over(plain):
            inside = named[1:-1] if named.startswith("{") else f"name: {named}"
            named = f"{{{inside}, over_time: mean}}"
        if smooths:
            inside = named[1:-1] if named.startswith("{") else f"name: {named}"
            named = f"{{{inside}, label_smoothing: {config.smoothing!r}}}"
        yield f"loss: {named}"
    if config.penalty is not None:
        told = ", ".join(f"{name}: {_value(value)}" for name, value in vars(config.penalty).items())
        yield f"penalty: {{{told}}}"
    if config.data is not None:
        yield "data:"
        yield from (f"  {key}: {_value(value)}" for key, value in _data(config.data, folder))
    else:
        yield "samples:"
        yield from map(_sample, config.samples)
    if config.names:
        yield "names:"
        yield from (f"  {yaml_text(name)}: {yaml_text(symbol)}" for name, symbol in config.names.items())
    yield "training:"
    yield from (f"  {key}: {_value(value)}" for key, value in _training(config.training))


def _layer(layer: Layer, matrix: Array) -> Iterator[str]:
    if not layer.is_dense:
        yield from _of_kind(layer, matrix)
        return
    yield f"    - activation: {_named(layer.activation)}"
    yield from _temperature(layer)
    for name in ACTIVATIONS[layer.activation].parameters:
        yield f"      {name}: {_value(layer.options[name])}"
    if not layer.has_bias:
        yield "      bias: false"
        matrix = matrix[:, 1:]
    if not layer.columns():
        yield "      frozen: true"
    yield "      weights:"
    yield from (f"        - {_value(row)}" for row in matrix.tolist())


def _temperature(layer: Layer) -> Iterator[str]:
    if temperature(layer.activation) != 1:
        yield f"      temperature: {temperature(layer.activation):g}"


def _named(name: str) -> str:
    """Return an activation's or a loss's name as a config has it, with its number or its formula apart."""
    name = ungrouped(name)
    start, bracket, rest = name.partition("(")
    if not bracket:
        return name
    if start == "softmax":
        return start
    if start == "formula":
        return _value({"formula": rest[:-1]})
    if start.endswith("cross_entropy"):
        return f"{{name: {start}, class_weights: [{rest[:-1]}]}}"
    (key,) = PARAMETERS[start]
    return f"{{name: {start}, {key}: {rest[:-1]}}}"


def _of_kind(layer: Layer, matrix: Array) -> Iterator[str]:
    """Write a layer of another kind: its settings, and its parameters under their keys."""
    kind = kind_of(layer.kind)
    yield f"    - kind: {layer.kind}"
    if kind.has_activation:
        yield f"      activation: {_named(layer.activation)}"
        yield from _temperature(layer)
        for name in ACTIVATIONS[layer.activation].parameters:
            yield f"      {name}: {_value(layer.options[name])}"
    for name, key in kind.keys.items():
        value = layer.settings.get(name)
        if isinstance(key, Numbers):
            if value is not None:
                yield f"      {name}: {_value([float(one) for one in value])}"
        elif isinstance(key, Grid):
            if value is not None:
                shape = layer.below or (layer.inputs,)
                yield f"      {name}: {_value(_nested([float(one) for one in value], shape))}"
        else:
            yield f"      {name}: {_value(list(value) if isinstance(value, tuple) else value)}"
    if layer.size[0] and not layer.columns():
        yield "      frozen: true"
    told: list[str] = []
    for block in kind.blocks(layer):
        if block.is_bias and not layer.has_bias:
            continue
        numbers = matrix[:, block.start : block.start + block.width].ravel().tolist()
        *path, last = block.key.split(".")
        for depth, name in enumerate(path):
            if told[: depth + 1] != path[: depth + 1]:
                yield f"      {'  ' * depth}{name}:"
                told = path[: depth + 1]
        yield f"      {'  ' * len(path)}{last}: {_value(_nested(numbers, block.dims))}"


def _nested(numbers: Sequence[float], dims: Sequence[int]) -> list[Any]:
    """Return numbers as lists in lists of these lengths."""
    if len(dims) < 2:
        return list(numbers)
    size = len(numbers) // dims[0]
    return [_nested(numbers[size * place : size * (place + 1)], dims[1:]) for place in range(dims[0])]


def _sample(sample: Sample) -> str:
    x = ", ".join(one.text for one in sample.x)
    if sample.y is None:
        return f"  - {{x: [{x}]}}"
    y = str(sample.label) if sample.label is not None else f"[{', '.join(one.text for one in sample.y)}]"
    weight = f", weight: {sample.weight.text}" if sample.weight is not None else ""
    return f"  - {{x: [{x}], y: {y}{weight}}}"


def _data(data: Data, folder: str) -> Iterator[tuple[str, Any]]:
    yield "file", _path(data, folder)
    x, y = data.columns
    yield "x", list(x)
    if y:
        yield "y", list(y)
    if data.header is not None:
        yield "header", data.header
    if data.classes:
        yield "classes", list(data.classes)
    if data.normalize != "none":
        constants = {"shift": list(map(float, data.shift)), "scale": list(map(float, data.scale))}
        yield "normalize", {"name": data.normalize, **constants}
    if data.split is not None:
        yield "split", float(data.split)


def _path(data: Data, folder: str) -> str:
    """Return where the data set is, from the folder; stdin and a bundled one by their names."""
    if data.path is None:
        return STDIN
    path = os.path.abspath(data.path)
    if any(os.path.samefile(path, one) for one in bundled_data().values() if os.path.exists(path)):
        return os.path.basename(path)
    try:
        return os.path.relpath(path, folder or ".")
    except ValueError:  # on another drive
        return path


def _training(training: Training) -> Iterator[tuple[str, Any]]:
    """Yield every setting; those that are not in force are left out."""
    for field in fields(training):
        value = getattr(training, field.name)
        if field.name in ("options", "schedule_options", "clip_options"):
            continue
        if field.name == "optimizer":
            options = _optimizer_options(training)
            yield "optimizer", {"name": value, **options} if options else value
        elif field.name == "schedule":
            if value != "constant":
                yield "schedule", {"name": value, **training.schedule_options}
        elif field.name == "clip":
            if value != "none":
                yield "clip", {"name": value, **training.clip_options}
        elif field.name == "batch_size":
            yield "batch_size", "all" if value is None else value
        elif field.name == "rule":
            if value != "perceptron":
                yield "rule", value
        elif value is not None:
            yield field.name, value


def _optimizer_options(training: Training) -> dict[str, float]:
    """Return an optimizer's numbers but those that are 0 where nothing else is said."""
    parameters = OPTIMIZERS[training.optimizer].parameters
    return {name: value for name, value in training.options.items() if value or parameters[name].default}


def _value(value: Any) -> str:
    """Return a value as YAML, on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return getattr(value, "text", "") or repr(float(value))
    if isinstance(value, str):
        return yaml_text(value)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {_value(one)}' for key, one in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return str(value)


def yaml_text(text: str) -> str:
    """Return a text bare where YAML takes it for one, else in quotes."""
    if PLAIN.fullmatch(text) and text.lower() not in NOT_PLAIN:
        return text
    return f'"{"".join(map(_character, text))}"'


def _character(char: str) -> str:
    """Return a character as it stands in quotes; JSON's escapes know none beyond U+FFFF, YAML's do."""
    if char.isprintable():
        return f"\\{char}" if char in '"\\' else char
    return f"\\U{ord(char):08x}"
