"""Checks a whole config, node by node, and makes the records of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import Any

from perceptron_cli.activation import ungrouped
from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.clipping import CLIPPINGS
from perceptron_cli.errors import InputError, Problem
from perceptron_cli.losses import LOSSES, resolve_loss, weights_of
from perceptron_cli.optimizers import OPTIMIZERS
from perceptron_cli.parameters import Parameter
from perceptron_cli.rules import RULES
from perceptron_cli.schedules import SCHEDULES
from perceptron_cli.spec.config import Config, Data, Given, Sample, Training
from perceptron_cli.spec.dataset import DataReader, DataSet
from perceptron_cli.spec.names import read_names
from perceptron_cli.spec.network import MOST_NEURONS, Outline, read_layers
from perceptron_cli.spec.nodes import Node
from perceptron_cli.spec.own import read_entry, read_loss, read_penalty, smoothed
from perceptron_cli.spec.reader import Reader, as_number, told
from perceptron_cli.spec.samples import Samples
from perceptron_cli.words import counted

VERSION = 1
KEYS = ("version", "name", "network", "loss", "sample", "samples", "data", "training", "names", "penalty")
NETWORK_KEYS = ("inputs", "layers")
SAMPLE_KEYS = ("x", "y", "weight")
TRAINING_KEYS = (
    "learning_rate", "epochs", "batch_size", "reduction", "update_biases", "optimizer", "shuffle", "seed",
    "patience", "until_loss", "keep_best", "epoch_loss", "schedule", "clip", "rule", "truncate",
)  # fmt: skip
ELSEWHERE = {
    **dict.fromkeys(NETWORK_KEYS, "network"),
    **dict.fromkeys(TRAINING_KEYS, "training"),
    **dict.fromkeys(SAMPLE_KEYS, "sample"),
}
REDUCTIONS = ("mean", "sum")
EPOCH_LOSSES = ("after", "during")
RATE = Parameter(0.1, 0, open_low=True)
LEAST_LOSS = Parameter(0.01, 0)
MOST_EPOCHS = 100_000_000
MOST_PROBLEMS = 100


def check(root: Node | None, file: str, folder: str, wanted: DataSet) -> Config:
    """Return the config that a tree says, with the samples that are wanted; data stands in `folder`.

    Raises InputError with every problem of it, in the order in which they stand.
    """
    if root is None:
        raise InputError(Problem("the config is empty", file=file, hint=_START))
    reader = Reader(file)
    config = _Check(reader, folder, wanted).config(root)
    if reader.problems or config is None:
        raise InputError(_sorted(reader.problems))
    return config


_START = "'nnstep init my.yaml' writes one to start from"


def _is_table(node: Node) -> bool:
    """Say whether a node is a list of lists of one length."""
    if node.kind != "list" or not node.value or any(one.kind != "list" for one in node.value):
        return False
    return len({len(one.value) for one in node.value}) == 1


def _sorted(problems: list[Problem]) -> list[Problem]:
    ordered = sorted(problems, key=lambda one: (one.line or 0, one.column or 0))
    if len(ordered) <= MOST_PROBLEMS:
        return ordered
    rest = Problem(f"... and {len(ordered) - MOST_PROBLEMS} more problems", file=ordered[0].file)
    return [*ordered[:MOST_PROBLEMS], rest]


class _Check:
    def __init__(self, reader: Reader, folder: str, wanted: DataSet) -> None:
        self.reader = reader
        self.folder = folder
        self.wanted = wanted
        self.smoothing = 0.0

    def config(self, root: Node) -> Config | None:
        found = self.reader.mapping(root, "", KEYS, ELSEWHERE)
        if found is None:
            return None
        self._version(found)
        name = self.reader.text(found["name"], "name") if "name" in found else "network"
        nodes = self._sample_nodes(root, found)
        data = DataReader(self.reader, found["data"], self.folder, self.wanted) if "data" in found else None
        network = self._network(root, found, nodes, data)
        loss = self._loss(root, found, network, nodes)
        training = self._training(found["training"]) if "training" in found else Training()
        if training is not None and training.truncate and network.layers is not None:
            network = self._truncated(found, network, training.truncate)
        samples = [self._sample(node, key, network, loss) for node, key in nodes]
        names = (
            read_names(self.reader, found["names"], network.sizes, network.layers or ())
            if "names" in found
            else {}
        )
        penalty = read_penalty(self.reader, found["penalty"]) if "penalty" in found else None
        if self.reader.problems or network.layers is None or training is None or name is None:
            return None
        loaded: tuple[Sequence[Sample], Data | None] | None = (
            tuple(one for one in samples if one is not None),
            None,
        )
        if data is not None:
            loaded = data.load(network, loss, training.seed)
        if loaded is None:
            return None
        used = smoothed(loaded[0], self.smoothing)
        if loss is not None and any(one.weight is not None for one in loaded[0]):
            loss = f"weighed({loss})"
        return Config(name, network.layers, loss, used, training, loaded[1], names, penalty, self.smoothing)

    def _truncated(self, found: Mapping[str, Node], network: Outline, steps: int) -> Outline:
        """Let no gradient come back over every so many steps of the recurrent layers."""
        layers = network.layers or ()
        if not any("over" in layer.settings for layer in layers):
            node = _get(found["training"], "truncate") or found["training"]
            told = "expected a recurrent layer, got none"
            self.reader.problem(node, "training.truncate", told, "it is for the kinds rnn, lstm and gru")
        cut = tuple(
            replace(layer, settings={**layer.settings, "truncate": steps})
            if "over" in layer.settings
            else layer
            for layer in layers
        )
        return replace(network, layers=cut)

    def _version(self, found: Mapping[str, Node]) -> None:
        if "version" not in found:
            return
        value = as_number(found["version"])
        if value is None or float(value) != VERSION:
            newer = value is not None and value > VERSION
            self.reader.problem(
                found["version"],
                "version",
                f"expected {VERSION}, got {told(found['version'])}",
                "this config is for a newer nnstep" if newer else None,
            )

    # network and loss -------------------------------------------------------------------------

    def _network(
        self,
        root: Node,
        found: Mapping[str, Node],
        nodes: list[tuple[Node, str]],
        data: DataReader | None,
    ) -> Outline:
        if "network" not in found:
            self.reader.problem(root, "network", "expected a network, got none", _START)
            return Outline()
        network = self.reader.mapping(found["network"], "network", NETWORK_KEYS)
        if network is None:
            return Outline()
        inputs, shape = self._inputs(network, nodes)
        if "layers" not in network:
            self.reader.problem(found["network"], "network.layers", "expected a list of layers, got none")
            return Outline()
        if data is not None:
            inputs = inputs or (self._own_inputs(network) if data.is_another else None) or data.inputs()
            known = bool(self.reader.problems)
            return read_layers(self.reader, network["layers"], inputs, told=known, shape=shape)
        inputs = inputs or self._inputs_elsewhere(network, nodes)
        return read_layers(self.reader, network["layers"], inputs, shape=shape)

    def _inputs(
        self, network: Mapping[str, Node], nodes: list[tuple[Node, str]]
    ) -> tuple[int | None, tuple[int, ...]]:
        """Return how many inputs there are, and their shape where they are no list: a picture, time steps."""
        if "inputs" in network and network["inputs"].kind == "list":
            what = "a list of two or three whole numbers: rows and columns, or channels before them"
            node = network["inputs"]
            lengths = [
                self.reader.integer(one, "network.inputs", 1, MOST_NEURONS, what) for one in node.value
            ]
            if len(lengths) not in (2, 3):
                self.reader.expected(node, "network.inputs", what)
                return None, ()
            shape = tuple(one for one in lengths if one is not None)
            return (prod(shape), shape) if len(shape) == len(lengths) else (None, ())
        if "inputs" in network:
            what = f"a whole number from 1 to {MOST_NEURONS}"
            return self.reader.integer(network["inputs"], "network.inputs", 1, MOST_NEURONS, what), ()
        x = next((x for node, _ in nodes if (x := _get(node, "x")) is not None), None)
        if x is None or x.kind != "list" or not any(one.kind == "list" for one in x.value):
            return None, ()
        from perceptron_cli.spec.kinds import shape_of

        shape = shape_of(x) or ()
        if len(shape) not in (2, 3):
            self.reader.expected(x, "x", "rows of numbers, all as long, or channels of rows")
            return None, ()
        return prod(shape), shape

    def _inputs_elsewhere(self, network: Mapping[str, Node], nodes: list[tuple[Node, str]]) -> int | None:
        """Return how many inputs the first sample says there are, where no row of weights speaks against it.

        So a row that is too short is told as such, and not the rows that are right.
        """
        layers = network["layers"]
        x = next((x for node, _ in nodes if (x := _get(node, "x")) is not None), None)
        if x is None or layers.kind != "list" or not layers.value:
            return None
        count = len(x.value) if x.kind == "list" else 1
        counts = self._row_inputs(network)
        return count or None if not counts or count in counts else None

    def _own_inputs(self, network: Mapping[str, Node]) -> int | None:
        """Return how many inputs the first layer's weights have, where all its rows say the same."""
        counts = self._row_inputs(network)
        return counts.pop() if len(counts) == 1 else None

    def _row_inputs(self, network: Mapping[str, Node]) -> set[int]:
        """Return for how many inputs the first layer's rows of weights are."""
        layers = network["layers"]
        first = layers.value[0] if layers.kind == "list" and layers.value else None
        if first is None:
            return set()
        weights, apart = _get(first, "weights"), _get(first, "biases") is not None
        rows = weights.value if weights is not None and weights.kind == "list" else []
        return {len(row.value) - (not apart) for row in rows if row.kind == "list"}

    def _loss(
        self,
        root: Node,
        found: Mapping[str, Node],
        network: Outline,
        nodes: list[tuple[Node, str]],
    ) -> str | None:
        if "loss" not in found:
            wanted = "data" in found and self.wanted.target
            targets = wanted or any(_get(node, "y") is not None for node, _ in nodes)
            if targets and network.activation != "unit_step":  # a perceptron has errors and no loss
                self.reader.problem(
                    root, "loss", "expected a loss, since there is a target, got none",
                    f"known: {', '.join(LOSSES)}",
                )  # fmt: skip
            return None
        name, self.smoothing = read_loss(self.reader, found["loss"], "loss")
        over = _get(found["loss"], "over_time")
        how = None if over is None else self.reader.choice(over, "loss.over_time", REDUCTIONS, "mean or sum")
        if over is not None and network.layers is not None and network.steps is None:
            self.reader.problem(
                over, "loss.over_time", "expected an output for every time step, got one alone"
            )
        output = network.activation
        if name is None or output is None:
            return None
        output = ungrouped(output).partition("(")[0]  # without a temperature
        name, bracket, numbers = name.partition("(")
        loss = resolve_loss(name, output) + bracket + numbers
        if how == "mean" and network.steps is not None and LOSSES[loss].share(2) == 1:
            loss += f"@{network.steps[0]}"  # what is a mean already is one over the steps too
        weights = weights_of(loss)
        classes = 2 if loss.startswith("binary") else network.outputs
        if weights is not None and len(weights[1]) != classes:
            self.reader.problem(
                found["loss"], "loss.class_weights",
                f"expected {counted(classes or 0, 'number')}, one per class, got {len(weights[1])}",
            )  # fmt: skip
            return None
        takes = LOSSES[loss].activations
        if takes is not None and output not in takes:
            self.reader.problem(
                found["loss"],
                "loss",
                f"expected an output between 0 and 1 for {name}, got {output}",
                f"end with {' or '.join(sorted(takes))}, or take a squared error",
            )
            return None
        if output == "softmax" and network.outputs == 1:
            self.reader.problem(
                found["loss"], "network.layers", "expected two neurons or more for softmax, got 1",
                "one probability alone is always 1; take sigmoid",
            )  # fmt: skip
        return loss

    # samples ----------------------------------------------------------------------------------

    def _sample_nodes(self, root: Node, found: Mapping[str, Node]) -> list[tuple[Node, str]]:
        several = [name for name in ("sample", "samples", "data") if name in found]
        if len(several) > 1:
            told = f"expected {' or '.join(several)}, got {'both' if len(several) == 2 else 'all'}"
            self.reader.problem(found[several[1]], several[1], told)
            return []
        if "data" in found:
            return []
        if "sample" in found:
            return [(found["sample"], "sample")]
        if "samples" not in found:
            self.reader.problem(
                root, "sample", "expected a sample, got none", "add 'sample: {x: [2.0], y: 1}'"
            )
            return []
        nodes = self.reader.items(found["samples"], "samples", "a list of samples")
        if nodes == []:
            self.reader.problem(
                found["samples"], "samples", "expected at least one sample, got an empty list"
            )
        return [(node, f"samples[{place}]") for place, node in enumerate(nodes or [])]

    def _sample(self, node: Node, key: str, network: Outline, loss: str | None) -> Sample | None:
        found = self.reader.mapping(node, key, SAMPLE_KEYS)
        if found is None:
            return None
        if "x" not in found:
            self.reader.problem(node, f"{key}.x", "expected a list of inputs, got none")
            return None
        inputs = network.inputs
        if len(network.shape) > 1:
            x = self._shaped(found["x"], f"{key}.x", network.shape)
        elif _is_table(found["x"]):
            rows = found["x"].value
            told_of = f"expected a list of numbers, got {len(rows)} lists of {len(rows[0].value)}"
            shape = f"'inputs: [{len(rows)}, {len(rows[0].value)}]'"
            self.reader.problem(
                found["x"],
                f"{key}.x",
                told_of,
                f"for a sequence or a picture, write {shape} under 'network:'",
            )
            return None
        else:
            x = self._one_or_more(found["x"], f"{key}.x", "a list of numbers")
        if x is not None and inputs is not None and len(x) != inputs:
            wanted = f"expected {counted(inputs, 'number')}, one per input of the network"
            hint = None
            if network.bias_first and len(x) == inputs + 1:
                hint = (
                    f"the rows of layer 1 have {inputs + 1} numbers: one bias, and one weight per input. "
                    "If they have no bias, write the biases apart: 'biases: [...]'"
                )
            self.reader.problem(found["x"], f"{key}.x", f"{wanted}, got {len(x)}", hint)
        if x is not None and network.tokens:
            for place, token in enumerate(x):
                if not (float(token).is_integer() and 0 <= token < network.tokens):
                    told = f"expected tokens from 0 to {network.tokens - 1}, got {token.text}"
                    self.reader.problem(found["x"], f"{key}.x[{place}]", told)
                    return None
        if "y" not in found or network.outputs is None:
            return None if x is None else Sample(x, at=(self.reader.file, node.line, node.column, key))
        label = None
        if network.steps is not None:
            y = self._over_time(found["y"], f"{key}.y", network.steps, network.activation, loss)
        else:
            y, label = self._target(found["y"], f"{key}.y", network.outputs, network.activation, loss)
        weight = None
        if "weight" in found:
            weight = self.reader.number(found["weight"], f"{key}.weight", Parameter(1.0, 0))
        return None if x is None or y is None else Sample(x, y, label, weight)

    def _shaped(self, node: Node, key: str, shape: tuple[int, ...]) -> tuple[Given, ...] | None:
        """Read rows of numbers, or as many numbers in one list, which are read row after row."""
        if node.kind == "list" and len(node.value) == prod(shape) and node.value[0].kind == "scalar":
            return self.reader.numbers(node, key, "a list of numbers")
        what = " x ".join(map(str, shape))
        if node.kind != "list" or len(node.value) != shape[0]:
            got = len(node.value) if node.kind == "list" else told(node)
            self.reader.problem(node, key, f"expected {what} numbers as lists in lists, got {got}")
            return None
        if len(shape) == 1:
            return self.reader.numbers(node, key, "a row of numbers")
        parts = [self._shaped(one, f"{key}[{place}]", shape[1:]) for place, one in enumerate(node.value)]
        found = tuple(value for part in parts if part is not None for value in part)
        return found if len(found) == prod(shape) else None

    def _one_or_more(self, node: Node, key: str, what: str) -> tuple[Given, ...] | None:
        """Read a list of numbers, or a number that stands for a list of one."""
        if node.kind == "scalar":
            value = self.reader.number(node, key)
            return None if value is None else (value,)
        return self.reader.numbers(node, key, what)

    def _over_time(
        self, node: Node, key: str, steps: tuple[int, int], activation: str | None, loss: str | None
    ) -> tuple[Given, ...] | None:
        """Read a target for every time step: a class or a number, or a list; or all numbers in one list."""
        many, size = steps
        scalars = node.kind == "list" and all(one.kind == "scalar" for one in node.value)
        if scalars and len(node.value) == many * size and (size == 1 or len(node.value) != many):
            return self.reader.numbers(node, key, "a list of numbers")
        if node.kind != "list" or len(node.value) != many:
            got = len(node.value) if node.kind == "list" else told(node)
            self.reader.problem(
                node, key, f"expected {counted(many, 'target')}, one per time step, got {got}"
            )
            return None
        found: list[Given] = []
        for place, one in enumerate(node.value):
            y, _ = self._target(one, f"{key}[{place}]", size, activation, loss)
            if y is None:
                return None
            found.extend(y)
        return tuple(found)

    def _target(
        self, node: Node, key: str, count: int, activation: str | None, loss: str | None
    ) -> tuple[tuple[Given, ...] | None, int | None]:
        """Read y: a number, a list of one per output, or a class index for softmax."""
        if node.kind == "scalar" and (activation or "").startswith(("softmax", "log_softmax")) and count > 1:
            label = self.reader.integer(
                node, key, 0, count - 1, f"a class from 0 to {count - 1}, or a list of {count}"
            )
            if label is None:
                return None, None
            return tuple(Given(float(k == label), str(int(k == label))) for k in range(count)), label
        y = self._one_or_more(node, key, "a number or a list of numbers")
        if y is None:
            return None, None
        if len(y) != count:
            told = f"expected {counted(count, 'number')}, one per neuron of the output layer"
            self.reader.problem(node, key, f"{told}, got {len(y)}")
            return None, None
        wanted = LOSSES[loss].target_problem(y) if loss else None
        if wanted is not None:
            got = ", ".join(one.text for one in y)
            self.reader.problem(node, key, f"expected {wanted} for {loss}, got {got}")
            return None, None
        return y, None

    # training ---------------------------------------------------------------------------------

    def _training(self, node: Node) -> Training | None:
        found = self.reader.mapping(node, "training", TRAINING_KEYS)
        if found is None:
            return None
        values: dict[str, object] = {}
        readers: dict[str, Callable[[Node, str], object]] = {
            "learning_rate": lambda one, key: self.reader.number(one, key, RATE),
            "epochs": lambda one, key: self.reader.integer(
                one, key, 1, MOST_EPOCHS, f"a whole number of epochs from 1 to {MOST_EPOCHS:,}"
            ),
            "batch_size": self._batch_size,
            "reduction": lambda one, key: self.reader.choice(one, key, REDUCTIONS, "mean or sum"),
            "update_biases": self.reader.boolean,
            "shuffle": self.reader.boolean,
            "seed": lambda one, key: self.reader.integer(one, key, 0, 2**63 - 1, "a whole number from 0 on"),
            "patience": lambda one, key: self.reader.integer(
                one, key, 1, MOST_EPOCHS, "a whole number of epochs from 1 on"
            ),
            "until_loss": lambda one, key: self.reader.number(one, key, LEAST_LOSS),
            "keep_best": self.reader.boolean,
            "epoch_loss": lambda one, key: self.reader.choice(one, key, EPOCH_LOSSES, "after or during"),
            "rule": lambda one, key: self.reader.choice(one, key, RULES, "a learning rule"),
            "truncate": lambda one, key: self.reader.integer(
                one, key, 1, MOST_EPOCHS, "a whole number of time steps from 1 on"
            ),
        }
        for name, read in readers.items():
            if name in found:
                value = read(found[name], f"training.{name}")
                if value is not None:
                    values[name] = value
        optimizer, options = self._entry(found, "optimizer", OPTIMIZERS, "an optimizer", "gradient_descent")
        schedule, schedule_options = self._entry(found, "schedule", SCHEDULES, "a schedule", "constant")
        clip, clip_options = self._entry(found, "clip", CLIPPINGS, "a clipping", "none")
        return Training(
            **values,  # type: ignore[arg-type]
            optimizer=optimizer,
            options=options,
            schedule=schedule,
            schedule_options=schedule_options,
            clip=clip,
            clip_options=clip_options,
        )

    def _batch_size(self, node: Node, key: str) -> int | None:
        if node.kind == "scalar" and node.value == "all":
            return None
        return self.reader.integer(node, key, 1, 10**9, "'all', or a whole number from 1 on")

    def _entry(
        self, found: Mapping[str, Node], name: str, table: Mapping[str, Any], what: str, plain: str
    ) -> tuple[str, dict[str, float]]:
        """Read an entry of a table, as its name or as a mapping with its numbers; `plain` is the default."""
        key, node = f"training.{name}", found.get(name)
        if node is not None and node.kind == "mapping":
            chosen, options = read_entry(self.reader, node, key, table, what)
            return chosen or plain, options
        chosen = self.reader.choice(node, key, table, what) if node is not None else None
        return chosen or plain, self.reader.parameters({}, key, table[chosen or plain].parameters)


def _get(node: Node, key: str) -> Node | None:
    if node.kind != "mapping":
        return None
    return next((value for name, value in node.value if name.value == key), None)


def require_trainable(config: Config) -> None:
    """Raise InputError where a config can go forward only: no target, no loss, or a unit step."""
    for l, layer in enumerate(config.layers, start=1):
        if not ACTIVATIONS[layer.activation].differentiable:
            raise InputError(
                f"layer {l}: expected an activation with a slope, got {layer.activation}: its derivative "
                "is 0 everywhere and there is none at theta, so gradient descent cannot move a weight",
                hint="take sigmoid; 'nnstep forward' takes unit_step",
            )
    if config.loss is None:
        raise InputError("loss: expected a loss, got none", hint=f"known: {', '.join(LOSSES)}")
    known = isinstance(config.samples, Samples) and config.samples.y is not None
    for number, sample in enumerate(() if known else config.samples, start=1):
        if sample.y is None:
            file, line, column, key = sample.at or (None, None, None, f"samples[{number - 1}]")
            told = f"sample {number} has no target y"
            raise InputError(
                Problem(told, file=file, line=line, column=column, key=f"{key}.y", hint="add 'y: 1' beside x")
            )
