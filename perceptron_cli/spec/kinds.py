"""Reads a layer of another kind than dense: its keys, as the kind lists them, and its parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.errors import did_you_mean
from perceptron_cli.given import Given, Row
from perceptron_cli.initializers import INITIALIZERS
from perceptron_cli.layers import kind_of
from perceptron_cli.layers.keys import Flag, Grid, Key, Numbers, Real, Sizes, Whole, Word
from perceptron_cli.layers.kind import Block, Kind, Misfit, Plan
from perceptron_cli.layers.layer import Layer, Shape, count
from perceptron_cli.spec.nodes import Node
from perceptron_cli.spec.own import read_activation, read_entry, read_temperature
from perceptron_cli.spec.reader import Reader, listed
from perceptron_cli.words import counted


class KindReader:
    """Reads one layer over the shape `below`; `layers` are those before it."""

    def __init__(
        self, reader: Reader, key: str, number: int, name: str, below: Shape, layers: Sequence[Layer]
    ) -> None:
        self.reader, self.key, self.number, self.name = reader, key, number, name
        self.below, self.layers = below, layers
        self.kind: Kind = kind_of(name)

    @property
    def _over_time(self) -> bool:
        """Whether what is below are time steps, and no picture."""
        steps = self.name == "dense_over_time" or any(layer.settings.get("steps") for layer in self.layers)
        return len(self.below) == 2 and steps

    def _named(self, name: str) -> str:
        return f"{self.key}.{name} (layer {self.number})"

    def read(self, node: Node) -> Layer | None:
        """Return the layer, or None after noting what is wrong."""
        parameters = self.kind.parameters
        options = [one for entry in ACTIVATIONS.values() for one in entry.parameters]
        activated = self.kind.has_activation
        known = ["kind", *self.kind.keys, *parameters]
        known += ["activation", "temperature", *options] if activated else []
        known += ["shared_bias"] if self.name == "dense_shared_bias" else []
        known += ["init", "frozen"] if parameters else []
        found = self.reader.mapping(node, self.key, dict.fromkeys(known))
        if found is None:
            return None
        before = len(self.reader.problems)
        found = self._flat(found)
        settings = {name: self._value(found, name, key) for name, key in self.kind.keys.items()}
        self._from_parameters(found, settings)
        activation, numbers = self._activation(node, found) if activated else ("linear", {})
        missing = [
            name
            for name, key in self.kind.keys.items()
            if settings[name] is None and not isinstance(key, Grid | Numbers)
        ]
        if len(self.reader.problems) > before:
            return None
        if missing:
            self.reader.problem(
                node, self._named(missing[0]), f"expected {missing[0]}, got none", self._hint(missing[0])
            )
            return None
        try:
            plan = self.kind.plan(settings, self.below, self.layers)
        except Misfit as misfit:
            where = found.get(misfit.key or "", node)
            key = self._named(misfit.key) if misfit.key else f"{self.key} (layer {self.number})"
            self.reader.problem(where, key, str(misfit), misfit.hint)
            return None
        if ACTIVATIONS[activation].coupled and len(plan.shape) > 1:
            activation = f"{activation}@{plan.shape[-1]}"  # of each time step apart
        return self._layer(node, found, plan, {**settings, **plan.settings}, activation, numbers)

    def _flat(self, found: Mapping[str, Node]) -> dict[str, Node]:
        """Return the keys with parameters in mappings by their paths: weights.i.w."""
        flat: dict[str, Node] = {}
        for name, node in found.items():
            if self.kind.nested and name in self.kind.parameters and node.kind != "mapping":
                self.reader.expected(node, self._named(name), f"a mapping, {self.kind.nested}")
                continue
            if name in self.kind.parameters and node.kind == "mapping":
                inner = {f"{name}.{key.value}": value for key, value in node.value}
                for path, one in inner.items():
                    if one.kind == "mapping":
                        flat |= {f"{path}.{key.value}": value for key, value in one.value}
                    else:
                        flat[path] = one
            else:
                flat[name] = node
        return flat

    def _hint(self, name: str) -> str:
        return (
            f"add '{name}: 3'"
            if name != "from"
            else "add 'from: 1', the number of the earlier layer; 0 is the input"
        )

    def _layer(
        self,
        node: Node,
        found: Mapping[str, Node],
        plan: Plan,
        settings: dict[str, Any],
        activation: str,
        numbers: dict[str, float],
    ) -> Layer | None:
        before = len(self.reader.problems)
        unknown = [
            name
            for name in found
            if "." in name
            and name not in {block.key for block in plan.blocks}
            and name.partition(".")[0] in self.kind.parameters
        ]
        known = [block.key for block in plan.blocks]
        for name in unknown:
            within = [one.removeprefix(f"{name}.") for one in known if one.startswith(f"{name}.")]
            if within:
                self.reader.expected(found[name], self._named(name), f"a mapping of {listed(within)}")
            else:
                hint = did_you_mean(name, known) or f"known here: {', '.join(known)}"
                self.reader.problem(found[name], self._named(name), "unknown key", hint)
        learnt = max((block.start + block.width for block in plan.blocks if block.learnt), default=0)
        columns = max((block.start + block.width for block in plan.blocks), default=0)
        dims = (plan.blocks[0].dims[0], columns) if plan.blocks else (0, 0)
        still = set(range(learnt, columns))
        if not settings.get("bias", True):
            still.add(0)
            if "biases" in found:
                self.reader.problem(
                    found["biases"], self._named("biases"), "expected no biases beside 'bias: false'"
                )
        if "frozen" in found and self.reader.boolean(found["frozen"], self._named("frozen")):
            still.update(range(columns))
        settings["given"] = tuple(block.key for block in plan.blocks if block.key in found)
        values = {block.key: self._block(found, block) for block in plan.blocks}
        init, options, chosen, weights = self._drawn(node, found, plan, activation, values)
        if len(self.reader.problems) > before:
            return None
        biases = values.get("biases") if weights is None else None
        first = biases[1] if biases is not None and "biases" in found else None
        return Layer(
            activation,
            count(plan.shape),
            count(self.below),
            numbers,
            weights,
            first,
            init,
            options,
            chosen,
            self.name,
            plan.shape,
            self.below,
            settings,
            dims,
            tuple(sorted(still)),
            plan.bias_columns,
        )

    def _drawn(
        self,
        node: Node,
        found: Mapping[str, Node],
        plan: Plan,
        activation: str,
        values: Mapping[str, tuple[Block, Row] | None],
    ) -> tuple[str | None, dict[str, float], bool, tuple[Row, ...] | None]:
        """Return how parameters are drawn that are not given, or the rows of those that are."""
        drawn = [block for block in plan.blocks if block.default is None and block.key not in found]
        if drawn and self.kind.nested and any(block.key in found for block in plan.blocks):
            self.reader.problem(
                node, f"{self.key} (layer {self.number})",
                f"expected {drawn[0].key} beside the other weights, got none",
                "give all weights, or none to have them drawn",
            )  # fmt: skip
        if "init" in found and not drawn:
            self.reader.problem(found["init"], self._named("init"), "expected parameters or init, got both")
        if not drawn:
            if not plan.blocks or any(one is None for one in values.values()):
                return None, {}, False, () if not plan.blocks else None
            rows = plan.blocks[0].dims[0]
            parts = [one for one in values.values() if one is not None]
            first = (Given(0.0, "0"),) * plan.blocks[0].start  # the place of a bias that there is not
            return (
                None,
                {},
                False,
                tuple(
                    (
                        *first,
                        *(
                            number
                            for block, row in parts
                            for number in row[r * block.width : (r + 1) * block.width]
                        ),
                    )
                    for r in range(rows)
                ),
            )
        if "init" not in found:
            name = ACTIVATIONS[activation].init
            return name, {}, True, None
        node, key = found["init"], self._named("init")
        if node.kind == "mapping":
            entry_name, options = read_entry(self.reader, node, key, INITIALIZERS, "an initializer")
            return entry_name, options, False, None
        chosen = self.reader.choice(node, key, INITIALIZERS, "an initializer")
        entry = INITIALIZERS.get(chosen or "")
        return chosen, self.reader.parameters({}, key, entry.parameters) if entry else {}, False, None

    # keys ---------------------------------------------------------------------------------------

    def _value(self, found: Mapping[str, Node], name: str, key: Key) -> Any:
        node = found.get(name)
        if isinstance(key, Whole):
            what = f"a whole number from {key.low} {'on' if key.high == Whole().high else f'to {key.high}'}"
            return (
                key.default
                if node is None
                else self.reader.integer(node, self._named(name), key.low, key.high, what)
            )
        if isinstance(key, Flag):
            return key.default if node is None else self.reader.boolean(node, self._named(name))
        if isinstance(key, Real):
            given = None if node is None else self.reader.number(node, self._named(name), key.allowed)
            return key.allowed.default if given is None else given
        if isinstance(key, Word):
            if node is None:
                return key.default
            return self.reader.choice(node, self._named(name), key.words, f"one of {', '.join(key.words)}")
        if isinstance(key, Numbers):
            return (
                None
                if node is None
                else self.reader.numbers(node, self._named(name), "a list of numbers", "")
            )
        if isinstance(key, Grid):
            if node is None:
                return None
            grid = self._numbers(node, name, self.below)
            return grid
        return key.default if node is None else self._sizes(node, name, key)

    def _sizes(self, node: Node, name: str, key: Sizes) -> Any:
        words = f"{' or '.join(key.words)}, or " if key.words else ""
        what = f"{words}a whole number from {key.low} on, or a list of them"
        if node.kind == "scalar" and node.value in key.words:
            return str(node.value)
        if node.kind == "list" and node.value:
            values = [
                self.reader.integer(one, self._named(name), key.low, 100_000, what) for one in node.value
            ]
            return None if any(one is None for one in values) else tuple(values)
        return self.reader.integer(node, self._named(name), key.low, 100_000, what)

    def _activation(self, node: Node, found: Mapping[str, Node]) -> tuple[str, dict[str, float]]:
        """Read the activation; a layer of this kind is linear where it names none."""
        if "activation" not in found:
            if self.name == "activation":
                known = f"known: {', '.join(ACTIVATIONS)}"
                self.reader.problem(
                    node, self._named("activation"), "expected an activation, got none", known
                )
            return "linear", {}
        name = read_activation(self.reader, found["activation"], self._named("activation"))
        if name is None:
            return "linear", {}
        entry = ACTIVATIONS[name]
        if entry.coupled and len(self.below) > 1 and not self._over_time:
            told = f"expected an activation of single numbers, got {name}"
            self.reader.problem(
                found["activation"], self._named("activation"), told, "put 'kind: flatten' before it"
            )
        for option in found:
            if option in entry.parameters or (option == "temperature" and name == "softmax"):
                continue
            if option == "temperature" or any(option in one.parameters for one in ACTIVATIONS.values()):
                self.reader.problem(found[option], self._named(option), f"{name} takes no {option}")
        options = self.reader.parameters(found, self.key, entry.parameters)
        return read_temperature(self.reader, found, self._named("temperature"), name) or name, options

    # parameters -----------------------------------------------------------------------------------

    def _from_parameters(self, found: Mapping[str, Node], settings: dict[str, Any]) -> None:
        """Take from the parameters that are given what they say: the filters and the size of a kernel."""
        given = [name for name in found if name.partition(".")[0] in self.kind.parameters]
        shapes = {name: shape_of(found[name]) for name in given}
        for name, shape in shapes.items():
            if shape is None:
                self.reader.expected(found[name], self._named(name), "lists of the same length")
                return
        try:
            implied = self.kind.implied({name: one for name, one in shapes.items() if one})
        except Misfit as misfit:
            where = misfit.key if misfit.key and misfit.key in found else next(iter(shapes))
            self.reader.problem(found[where], self._named(where), str(misfit), misfit.hint)
            return
        for name, value in implied.items():
            told = settings[name]
            alike = isinstance(value, tuple) and isinstance(told, int) and value == (told,) * len(value)
            if name in found and told not in (value, None) and not alike:
                got = value if isinstance(value, int) else " x ".join(map(str, value))
                which = next(iter(shapes))
                self.reader.problem(
                    found[which], self._named(which), f"expected {which} for the {name} {told}, got {got}"
                )
            settings[name] = value

    def _block(self, found: Mapping[str, Node], block: Block) -> tuple[Block, Row] | None:
        """Return a block's numbers, row after row."""
        if block.key not in found:
            default = block.default
            if default is None:
                return None
            return block, (Given(default, f"{default:g}"),) * count(block.dims)
        node = found[block.key]
        if len(block.dims) == 1 and node.kind == "scalar":  # one number for all
            value = self.reader.number(node, self._named(block.key))
            return None if value is None else (block, (value,) * block.dims[0])
        dims = block.dims
        shape = shape_of(node)
        if shape is not None and len(shape) < len(dims) and set(dims[: -len(shape)]) == {1}:
            dims = dims[-len(shape) :]
        values = self._numbers(node, block.key, dims)
        return None if values is None else (block, values)

    def _numbers(self, node: Node, name: str, dims: Shape) -> Row | None:
        """Return lists in lists of numbers as one row, after checking their shape."""
        found: list[Given] = []
        fine = self._collect(node, f"{self.key}.{name}", dims, found)
        return tuple(found) if fine else None

    def _collect(self, node: Node, key: str, dims: Shape, found: list[Given]) -> bool:
        which = f" (layer {self.number})"
        if not dims:
            value = self.reader.number(node, key + which)
            if value is not None:
                found.append(value)
            return value is not None
        what = " x ".join(map(str, dims))
        if node.kind != "list":
            self.reader.expected(
                node, key + which, f"a list of {dims[0]}" if len(dims) == 1 else f"lists of {what} numbers"
            )
            return False
        if len(node.value) != dims[0]:
            noun = "number" if len(dims) == 1 else "list"
            self.reader.problem(
                node, key + which, f"expected {counted(dims[0], noun)}, got {len(node.value)}"
            )
            return False
        read = [
            self._collect(one, f"{key}[{place}]", dims[1:], found) for place, one in enumerate(node.value)
        ]
        return all(read)  # after all are read: each that is wrong is told


def shape_of(node: Node) -> Shape | None:
    """Return the shape of lists in lists, None where they are not all as long."""
    if node.kind != "list":
        return () if node.kind == "scalar" else None
    inner = {shape_of(one) for one in node.value}
    if len(inner) != 1 or None in inner:
        return None if node.value else (0,)
    (shape,) = inner
    return (len(node.value), *(shape or ()))
