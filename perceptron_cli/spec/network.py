"""Checks a config's network: its layers, and that each one's shape fits the layer below."""

from __future__ import annotations

from collections.abc import Mapping

from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.initializers import INITIALIZERS
from perceptron_cli.layers import KINDS, kind_of
from perceptron_cli.layers.layer import Shape
from perceptron_cli.records import record
from perceptron_cli.spec.config import Layer, Row
from perceptron_cli.spec.nodes import Node
from perceptron_cli.spec.own import read_activation, read_entry, read_temperature
from perceptron_cli.spec.reader import Reader
from perceptron_cli.words import counted

LAYER_KEYS = (
    "kind", "activation", "neurons", "weights", "kernel", "biases", "bias", "shared_bias", "layout", "init",
    "frozen",
)  # fmt: skip
LAYOUTS = ("rows", "columns")  # of `weights`: a row per neuron, or a column per neuron, as for x @ W
# What only unit_step takes: books differ in whether theta itself fires, and in what it gives else.
COMPARES = {">=": 0.0, ">": 1.0}
STEP_KEYS = ("compare", "outputs", "theta_input")
MOST_NEURONS = 100_000
MOST_LAYERS = 1_000


@record
class Outline:
    """What is known of a network, for the checks that follow, though a layer of it may be wrong."""

    layers: tuple[Layer, ...] | None = None
    inputs: int | None = None
    outputs: int | None = None
    activation: str | None = None  # of the output layer
    bias_first: bool = False  # whether the rows of layer 1 are written with their bias in front
    shape: Shape = ()  # of the inputs

    @property
    def steps(self) -> tuple[int, int] | None:
        """The time steps of the output, and the numbers of each; None where it is one list."""
        shape = self.layers[-1].shape if self.layers else ()
        return (shape[0], shape[1]) if len(shape) == 2 else None

    @property
    def tokens(self) -> int:
        """How many tokens there are, where the inputs are tokens; else 0."""
        first = self.layers[0] if self.layers else None
        return first.size[0] if first is not None and kind_of(first.kind).takes_tokens else 0

    @property
    def sizes(self) -> tuple[int, ...] | None:
        """The inputs and the neurons of each layer, None where a layer is wrong."""
        if self.layers is None:
            return None
        return (self.layers[0].inputs, *(layer.neurons for layer in self.layers))


def read_layers(
    reader: Reader, node: Node, inputs: int | None, *, told: bool = False, shape: Shape = ()
) -> Outline:
    """Read the layers; `inputs` is what the config or its samples say, None where neither does.

    `told` says that it is known already why they do not. After a layer that is wrong, the next ones
    are checked against what it says it has. `shape` is that of the inputs, where they are no list.
    """
    nodes = reader.items(node, "network.layers", "a list of layers")
    if nodes is None:
        return Outline()
    if not 1 <= len(nodes) <= MOST_LAYERS:
        reader.problem(node, "network.layers", f"expected 1 to {MOST_LAYERS} layers, got {len(nodes)}")
        return Outline()
    layers: list[Layer] = []
    below, below_shape, bias_first = inputs, shape, False
    activation: str | None = None
    for place, one in enumerate(nodes):
        key = f"network.layers[{place}]"
        kind = _kind(reader, one, key)
        if kind is None:
            return Outline(None, inputs, None, None, bias_first, shape)
        if kind != "dense":
            layer = _of_kind(reader, one, key, kind, below, below_shape, layers)
            if layer is None:
                return Outline(None, inputs, None, None, bias_first, shape)
            below, below_shape, activation = layer.neurons, layer.shape, layer.activation
        else:
            if len(below_shape) > 1:
                told_shape = " x ".join(map(str, below_shape))
                reader.problem(
                    one, f"{key} (layer {place + 1})",
                    f"expected a list of numbers below a dense layer, got {told_shape}",
                    "put '- kind: flatten' before it, or take 'kind: dense_over_time'"
                    if any(layer.settings.get("steps") for layer in layers)
                    else "put '- kind: flatten' before it",
                )  # fmt: skip
                return Outline(None, inputs, None, None, bias_first, shape)
            check = _LayerReader(reader, key, place + 1, below, told)
            layer = check.read(one)
            below, below_shape, activation = check.neurons, (), check.activation
            if place == 0:
                inputs, bias_first = check.below, check.bias_first
        if layer is not None:
            layers.append(layer)
    steps = len(below_shape) == 2 and any(layer.settings.get("steps") for layer in layers)
    if len(below_shape) > 1 and not steps:
        told_shape = " x ".join(map(str, below_shape))
        reader.problem(
            nodes[-1], f"network.layers[{len(nodes) - 1}] (layer {len(nodes)})",
            f"expected a list of numbers as the output, got {told_shape}",
            "end with '- kind: flatten', or with a dense layer after it",
        )  # fmt: skip
    whole = tuple(layers) if len(layers) == len(nodes) else None
    return Outline(whole, inputs, below, activation, bias_first, shape)


def _kind(reader: Reader, node: Node, key: str) -> str | None:
    """Return what kind of layer stands at a node; dense where it does not say."""
    pairs = node.value if node.kind == "mapping" else []
    given = {name.value: value for name, value in pairs}
    kind = (
        reader.choice(given["kind"], f"{key}.kind", KINDS, "a kind of layer") if "kind" in given else "dense"
    )
    if (
        kind == "dense"
        and "shared_bias" in given
        and reader.boolean(given["shared_bias"], f"{key}.shared_bias")
    ):
        return "dense_shared_bias"
    return kind


def _of_kind(
    reader: Reader, node: Node, key: str, kind: str, below: int | None, shape: Shape, layers: list[Layer]
) -> Layer | None:
    if below is None:
        reader.problem(
            node,
            key,
            "the number of inputs is not known",
            "add 'inputs: 4' or 'inputs: [8, 8]' to the network",
        )
        return None
    from perceptron_cli.spec.kinds import KindReader  # most networks are dense

    return KindReader(reader, key, len(layers) + 1, kind, shape or (below,), layers).read(node)


class _LayerReader:
    """Reads one layer; `neurons` is then the number of its neurons, None where it does not say."""

    def __init__(self, reader: Reader, key: str, number: int, below: int | None, told: bool) -> None:
        self.reader = reader
        self.told = told
        self.key = key
        self.number = number
        self.below = below
        self.neurons: int | None = None
        self.activation: str | None = None
        self.bias_first = False

    @property
    def source(self) -> str:
        """What the layer's inputs come from."""
        return "input" if self.number == 1 else f"neuron of layer {self.number - 1}"

    def _which(self, neuron: int | None = None) -> str:
        return f" (layer {self.number})" if neuron is None else f" (layer {self.number}, neuron {neuron + 1})"

    def _named(self, name: str) -> str:
        return f"{self.key}.{name}{self._which()}"

    def read(self, node: Node) -> Layer | None:
        known = [
            *LAYER_KEYS,
            *STEP_KEYS,
            "temperature",
            *(name for entry in ACTIVATIONS.values() for name in entry.parameters),
        ]
        found = self.reader.mapping(node, self.key, known)
        if found is None:
            return None
        before = len(self.reader.problems)
        self.activation = activation = self._activation(node, found)
        options = self._options(found, activation)
        activation = read_temperature(self.reader, found, self._named("temperature"), activation)
        self.activation = activation
        still = self._still(found)
        if 0 in still and "biases" not in found:  # a row has no bias in front
            line, column = node.line, node.column
            found = {**found, "biases": Node("scalar", "0", line, column, file=node.file)}
        found = self._by_rows(found)
        self._count_neurons(found)
        weights = biases = None
        init: str | None = None
        init_options: dict[str, float] = {}
        if "weights" in found:
            weights = self._weights(found)
            self.bias_first = "biases" not in found
            if "init" in found:
                self.reader.problem(found["init"], self._named("init"), "expected weights or init, got both")
        elif "init" in found or "neurons" in found:
            init, init_options = self._init(found["init"]) if "init" in found else self._fitting(activation)
            biases = self._biases(found)
            if self.neurons is None and "neurons" not in found:
                self.reader.problem(
                    node, self.key, "expected the number of neurons, got none", "add 'neurons: 3'"
                )
        else:
            self.reader.problem(
                node,
                f"{self.key} (layer {self.number})",
                "expected weights, or the number of neurons, got neither",
                "add 'weights: [[...], ...]', or 'neurons: 3' to have the weights drawn",
            )
        if len(self.reader.problems) > before or activation is None or self.neurons is None:
            return None
        if self.below is None:
            if self.told:
                return None
            self.reader.problem(
                node, self.key, "the number of inputs is not known", "add 'inputs: 2' to the network"
            )
            return None
        chosen = weights is None and "init" not in found
        columns = range(1 + self.below) if -1 in still else still
        return Layer(
            activation,
            self.neurons,
            self.below,
            options,
            weights,
            biases,
            init,
            init_options,
            chosen,
            still=tuple(columns),
            settings={"bias": False} if 0 in still else {},
        )

    def _still(self, found: Mapping[str, Node]) -> tuple[int, ...]:
        """Return the columns that are not learnt: 0 without a bias; -1 stands for all of a frozen layer."""
        still = []
        if "bias" in found and self.reader.boolean(found["bias"], self._named("bias")) is False:
            still.append(0)
            if "biases" in found:
                told = "expected no biases beside 'bias: false', got some"
                self.reader.problem(found["biases"], self._named("biases"), told)
        if "frozen" in found and self.reader.boolean(found["frozen"], self._named("frozen")):
            still.append(-1)
        return tuple(still)

    def _activation(self, node: Node, found: Mapping[str, Node]) -> str | None:
        if "activation" not in found:
            self.reader.problem(
                node, f"{self.key} (layer {self.number})", "expected an activation, got none",
                f"known: {', '.join(ACTIVATIONS)}",
            )  # fmt: skip
            return None
        return read_activation(self.reader, found["activation"], self._named("activation"))

    def _options(self, found: Mapping[str, Node], activation: str | None) -> dict[str, float]:
        if activation is None:
            return {}
        own = ACTIVATIONS[activation].parameters
        more = {"unit_step": STEP_KEYS, "softmax": ("temperature",)}.get(activation, ())
        taken = (*LAYER_KEYS, *own, *more)
        for name in found:
            if name not in taken:
                takers = [other for other, entry in ACTIVATIONS.items() if name in entry.parameters]
                takers = takers or ["softmax" if name == "temperature" else "unit_step"]
                self.reader.problem(
                    found[name], self._named(name), f"{activation} takes no {name}",
                    f"{' and '.join(takers)} does",
                )  # fmt: skip
        options = self.reader.parameters(found, self.key, own)
        return options | self._step(found) if activation == "unit_step" else options

    def _step(self, found: Mapping[str, Node]) -> dict[str, float]:
        """Read how a unit step compares, and its two outputs."""
        compare: str | None = ">="
        if "compare" in found:
            compare = self.reader.choice(found["compare"], self._named("compare"), COMPARES, "'>=' or '>'")
        outputs: tuple[float, ...] | None = (0.0, 1.0)
        if "outputs" in found:
            outputs = self.reader.numbers(found["outputs"], f"{self.key}.outputs", "[0, 1] or [-1, 1]")
            if outputs is not None and outputs not in ((0.0, 1.0), (-1.0, 1.0)):
                self.reader.expected(found["outputs"], self._named("outputs"), "[0, 1] or [-1, 1]")
        told = {"strict": COMPARES.get(compare or "", 0.0), "low": outputs[0] if outputs else 0.0}
        if "theta_input" in found:
            fixed = self.reader.number(found["theta_input"], self._named("theta_input"))
            if fixed is not None and fixed not in (-1.0, 1.0):
                self.reader.expected(found["theta_input"], self._named("theta_input"), "-1 or 1")
            told["theta_input"] = float(fixed or -1.0)
        return told

    # shapes -----------------------------------------------------------------------------------

    def _by_rows(self, found: dict[str, Node]) -> dict[str, Node]:
        """Return the layer's keys with the weights turned to a row per neuron, where they are columns."""
        if "kernel" in found:
            return self._by_rows(self._of_kernel(found))
        if "layout" not in found:
            return found
        layout = self.reader.choice(found["layout"], self._named("layout"), LAYOUTS, "'rows' or 'columns'")
        weights = found.get("weights")
        if weights is None:
            told = "expected weights beside it, got none"
            self.reader.problem(found["layout"], self._named("layout"), told)
        if layout != "columns" or weights is None or weights.kind != "list" or not weights.value:
            return found
        width = len(weights.value[0].value) if weights.value[0].kind == "list" else 0
        for place, row in enumerate(weights.value):
            if row.kind != "list" or not width or len(row.value) != width:
                key = f"{self.key}.weights[{place}]{self._which()}"
                self.reader.expected(row, key, f"a row of {width or 'some'} numbers, one per neuron")
                return {name: node for name, node in found.items() if name != "weights"} | {
                    "neurons": Node("scalar", str(max(width, 1)), row.line, row.column, file=row.file)
                }
        columns = zip(*(row.value for row in weights.value), strict=True)
        turned = [
            Node("list", list(column), column[0].line, column[0].column, file=column[0].file)
            for column in columns
        ]
        whole = Node("list", turned, weights.line, weights.column, file=weights.file)
        return {**found, "weights": whole}

    def _of_kernel(self, found: dict[str, Node]) -> dict[str, Node]:
        """Return the keys with Keras' kernel as weights by columns; its biases always stand apart."""
        kernel = found["kernel"]
        for other in ("weights", "layout"):
            if other in found:
                told = f"expected a kernel or {other}, got both"
                self.reader.problem(found[other], self._named(other), told)
        if "biases" not in found:
            hint = "a kernel holds no biases: 'biases: [0.1, 0.2]', or one number for all neurons"
            self.reader.problem(kernel, self._named("kernel"), "expected biases beside it, got none", hint)
        columns = Node("scalar", "columns", kernel.line, kernel.column, file=kernel.file)
        rest = {name: node for name, node in found.items() if name not in ("kernel", "weights")}
        return {**rest, "weights": kernel, "layout": columns}

    def _count_neurons(self, found: Mapping[str, Node]) -> None:
        """Take the number of neurons from `neurons`, else from the rows of `weights` or `biases`."""
        if "neurons" in found:
            self.neurons = self.reader.integer(
                found["neurons"],
                self._named("neurons"),
                1,
                MOST_NEURONS,
                f"a whole number from 1 to {MOST_NEURONS}",
            )
            return
        for name in ("weights", "biases"):
            if name in found and found[name].kind == "list" and found[name].value:
                self.neurons = len(found[name].value)
                return

    def _biases(self, found: Mapping[str, Node]) -> Row | None:
        if "biases" not in found:
            return None
        if found["biases"].kind == "scalar":  # one number for every neuron
            value = self.reader.number(found["biases"], self._named("biases"))
            return None if value is None or self.neurons is None else (value,) * self.neurons
        values = self.reader.numbers(found["biases"], f"{self.key}.biases", "a list of biases", self._which())
        if values is not None and self.neurons is not None and len(values) != self.neurons:
            self.reader.problem(
                found["biases"],
                self._named("biases"),
                f"expected {counted(self.neurons, 'number')}, one per neuron of this layer, "
                f"got {len(values)}",
            )
            return None
        return values

    def _weights(self, found: Mapping[str, Node]) -> tuple[Row, ...] | None:
        """Return rows with the bias first, whichever way they were written."""
        biases = self._biases(found)
        apart = "biases" in found
        node = found["weights"]
        rows = self.reader.items(node, self._named("weights"), "a list of rows, one per neuron")
        if rows is None:
            return None
        if not rows or (self.neurons is not None and len(rows) != self.neurons):
            wanted = counted(self.neurons, "row") if self.neurons and rows else "a row"
            self.reader.problem(
                node, self._named("weights"), f"expected {wanted}, one per neuron, got {len(rows)}"
            )
        read = [self._row(row, place, apart) for place, row in enumerate(rows)]
        if any(row is None for row in read) or (apart and biases is None):
            return None
        whole = tuple(row for row in read if row is not None)
        if biases is not None and len(biases) == len(whole):
            return tuple((bias, *row) for bias, row in zip(biases, whole, strict=True))
        return whole

    def _row(self, node: Node, place: int, apart: bool) -> Row | None:
        path, which = f"{self.key}.weights[{place}]", self._which(place)
        key = path + which
        if node.kind != "list":
            self.reader.expected(node, key, "a row of numbers", "write a row per neuron: [[0.1, 0.2], ...]")
            return None
        count = len(node.value)
        if self.below is None:
            self.below = count - (0 if apart else 1)
        wanted = self.below + (0 if apart else 1)
        values = self.reader.numbers(node, path, "a row of numbers", which)
        if count != wanted or self.below < 1:
            per = f"one per {self.source}" if apart else f"one bias and one per {self.source}"
            also = "expected" if self.below >= 1 else "expected at least"
            self.reader.problem(
                node, key, f"{also} {counted(max(wanted, 1 if apart else 2), 'number')}, {per}, got {count}",
                self._row_hint(count, wanted, apart),
            )  # fmt: skip
            return None
        return values

    def _row_hint(self, count: int, wanted: int, apart: bool) -> str | None:
        if apart and count == wanted + 1:
            return "the biases stand apart here: leave the first number out"
        if not apart and count == wanted - 1:
            return "a row starts with the bias; or write the biases apart, as 'biases: [...]'"
        return None

    def _fitting(self, activation: str | None) -> tuple[str | None, dict[str, float]]:
        """Return the initializer that fits the activation, where the config names none."""
        return (None, {}) if activation is None else (ACTIVATIONS[activation].init, {})

    def _init(self, node: Node) -> tuple[str | None, dict[str, float]]:
        """Read `init: name`, or `init: {name: uniform, low: -1, high: 1}`."""
        key = self._named("init")
        if node.kind != "mapping":
            name = self.reader.choice(node, key, INITIALIZERS, "an initializer")
            entry = INITIALIZERS.get(name or "")
            return name, self.reader.parameters({}, key, entry.parameters) if entry else {}
        return read_entry(self.reader, node, key, INITIALIZERS, "an initializer")
