"""Recurrent cells: a state that goes from time step to time step, and gates that say what stays of it.

A cell is a few lines, each a weighted sum or a formula of the step's numbers and of the state before it. The
lines that are read, their way back through time, and the work on arrays are all made from them.
Sources: Elman (1990); Hochreiter and Schmidhuber (1997), with the forget gate of Gers et al. (2000); Cho et
al. (2014).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

from perceptron_cli.arrays import Array, Run
from perceptron_cli.expr import Call, Expr, Gate, Number, Symbol, product, replace, symbols, total
from perceptron_cli.layers.keys import Flag, Key, Numbers, Whole, Word
from perceptron_cli.layers.kind import At, Block, Bound, FromTo, Kind, Memory, Misfit, Plan, Shaded, Stage
from perceptron_cli.layers.layer import Layer, Shape
from perceptron_cli.records import record

MOST_UNITS = 4096
BEFORE = "'"  # after a letter: that number of the step before


@record
class Weighted:
    """A gate's weighted sum: b + W x + U state; `parts` says which of the three it has."""

    head: str
    gate: str
    state: str = "h'"
    parts: str = "bwu"


@record
class Formula:
    """A number by a formula of the step's other numbers, and of those of the step before."""

    head: str
    tree: Expr


Line = Weighted | Formula


def _at(letter: str) -> Symbol:
    return Symbol(letter, of="")


def _sigmoid(z: Expr) -> Expr:
    return Call("sigmoid", z)


def _tanh(z: Expr) -> Expr:
    return Call("tanh", z)


ACTIVATIONS: dict[str, Callable[[Expr], Expr]] = {
    "tanh": _tanh,
    "relu": lambda z: Call("max", 0, z),
    "sigmoid": _sigmoid,
    "linear": lambda z: z,
}


KEYS: Mapping[str, Key] = {
    "units": Whole(high=MOST_UNITS),
    "return_sequences": Flag(),
    "initial_state": Numbers(),
    "biases": Word("one", ("one", "two", "none")),
}


class Recurrent(Kind):
    """A cell over time steps; below it are (steps, features), or a list of steps with one feature each."""

    parameters: Sequence[str] = ("weights",)
    nested = "{w: a row per unit, u: a row per unit, b: the biases}"
    states: Sequence[str] = ("h",)  # what goes on to the next step
    carried = ("h", "", "the state h, and the weights u by which it goes on")
    told_back = (
        "What a step was given reaches the loss through its own state, and by that through every later step."
    )

    def cell(self, settings: Mapping[str, Any]) -> tuple[Line, ...]:
        """Return a step's lines in order, with one bias for each gate; the last one gives h."""
        raise NotImplementedError

    def lines(self, layer: Layer | Mapping[str, Any]) -> tuple[Line, ...]:
        """Return a step's lines in order, with as many biases as the layer has."""
        settings = layer.settings if isinstance(layer, Layer) else layer
        return _with_biases(self.cell(settings), settings["biases"])

    # shapes and parameters --------------------------------------------------------------------------

    def implied(self, shapes: Mapping[str, Shape]) -> Mapping[str, Any]:
        """The units are the rows of the weights."""
        rows = {shape[0] for name, shape in shapes.items() if shape and name.startswith("weights.")}
        if len(rows) > 1:
            raise Misfit("expected as many rows in every matrix, one per unit", key="weights")
        return {"units": rows.pop()} if rows else {}

    def plan(self, settings: Mapping[str, Any], below: Shape, layers: Sequence[Layer]) -> Plan:
        """A number per unit, of every step or of the last; a column per weight of each gate."""
        if len(below) > 2:
            told = f"expected time steps below it, got {' x '.join(map(str, below))}"
            raise Misfit(told, "x of three steps with two features: [[1, 0], [0, 1], [1, 1]]")
        steps, units = below[0], settings["units"]
        features = below[1] if len(below) == 2 else 1
        for key in self.initial:
            given = settings.get(key)
            if given is not None and len(given) != units:
                raise Misfit(f"expected {units} numbers, one per unit, got {len(given)}", key=key)
        whole = settings["return_sequences"]
        full = {**settings, "steps": whole, "over": steps, "features": features}
        blocks: list[Block] = []
        biases, column = [], 0
        for line in self.lines(settings):
            if not isinstance(line, Weighted):
                continue
            below_, dot = _heads(line.gate)
            where = f"weights.{line.gate}." if line.gate else "weights."
            for part in line.parts:
                if part in "bc":
                    head = below_ if part == "b" else dot
                    blocks.append(FromTo(where + part, head, (units,), column, 0.0))
                    biases.append(column)
                    column += 1
                else:
                    size, head = (features, below_) if part == "w" else (units, dot)
                    blocks.append(FromTo(where + part, head, (units, size), column))
                    column += size
        shape = (steps, units) if whole else (units,)
        return Plan(shape, full, tuple(blocks), (features + units, units), tuple(biases))

    @property
    def initial(self) -> dict[str, str]:
        """The keys of the states before the first step."""
        return {"initial_state": "h", **({"initial_cell": "c"} if "c" in self.states else {})}

    # lines --------------------------------------------------------------------------------------------

    def stages(self, layer: Layer) -> tuple[Stage, ...]:
        """The lines of each time step, in order."""
        steps, units = layer.settings["over"], layer.settings["units"]
        heads = [line.head for line in self.lines(layer.settings)]
        made = [
            Stage(head, (steps, units), "state", False, False, (t - 1) * units, units, f"time step {t}")
            for t in range(1, steps + 1)
            for head in heads
        ]
        return (*made, Stage("a", layer.shape or (layer.neurons,)))

    def shades(self, layer: Layer, at: At) -> Iterator[Shaded]:
        """The states and the gates, a row a unit and a column a time step."""
        steps, units = layer.settings["over"], layer.settings["units"]
        gates = [line.head for line in self.lines(layer.settings) if isinstance(line, Formula)]
        for letter in dict.fromkeys([*self.states, *gates]):
            stage = Stage(letter, (steps, units))
            cells = [[at.inner(stage, t * units + j) for t in range(steps)] for j in range(units)]
            rows = [f"unit {j}" for j in range(1, units + 1)]
            yield (
                f"Layer {at.l}: {letter}, step by step",
                rows,
                [f"step {t}" for t in range(1, steps + 1)],
                cells,
            )

    def _inner(self, layer: Layer, at: At, head: str, t: int, j: int) -> Expr:
        """Number j (from 0) of a letter at time step t; before the first step it is given."""
        own, units = head.removesuffix(BEFORE), layer.settings["units"]
        t -= head.endswith(BEFORE)
        if t:
            return at.inner(Stage(own, (layer.settings["over"], units)), (t - 1) * units + j)
        key = next(key for key, state in self.initial.items() if state == own)
        given = layer.settings.get(key)
        return Number(0) if given is None else Number(float(given[j]), given[j].text or None)

    def tree(self, layer: Layer, at: At, stage: int, n: int) -> Expr:
        """A line of one unit at one step."""
        lines, units = self.lines(layer.settings), layer.settings["units"]
        if stage == layer.settings["over"] * len(
            lines
        ):  # what the layer gives: h of all steps, or of the last
            first = 0 if layer.settings["steps"] else (layer.settings["over"] - 1) * units
            return at.inner(Stage("h", (layer.settings["over"], units)), first + n)
        t, place = divmod(stage, len(lines))
        return self._of_line(layer, at, lines[place], t + 1, n)

    def _of_line(self, layer: Layer, at: At, line: Line, t: int, j: int) -> Expr:
        if isinstance(line, Formula):
            return replace(
                line.tree,
                lambda node: self._inner(layer, at, node.head, t, j) if isinstance(node, Symbol) else None,
            )
        features, units = layer.settings["features"], layer.settings["units"]
        blocks = {block.key.rpartition(".")[2]: block for block in self._of_gate(layer, line.gate)}
        terms: list[Expr] = []
        for part in line.parts:
            block = blocks[part]
            if part in "bc":
                terms.append(at.parameter(block, j))
            elif part == "w":
                below = [at.below((t - 1) * features + i) for i in range(features)]
                terms += [at.parameter(block, j, block.start + i) * x for i, x in enumerate(below)]
            else:
                states = [self._inner(layer, at, line.state, t, i) for i in range(units)]
                terms += [at.parameter(block, j, block.start + i) * h for i, h in enumerate(states)]
        return total(terms)

    def _of_gate(self, layer: Layer, gate: str) -> list[Block]:
        start = f"weights.{gate}." if gate else "weights."
        return [block for block in self.blocks(layer) if block.key.rpartition(".")[0] + "." == start]

    def factor(self, layer: Layer, at: At, stage: int, n: int, by: Symbol) -> Expr | None:
        """Where a line is sigmoid or tanh of a sum: a(1 - a) or 1 - a^2, times the slope of the sum."""
        lines = self.lines(layer.settings)
        if stage == layer.settings["over"] * len(lines):
            return None
        t, place = divmod(stage, len(lines))
        line = lines[place]
        cut = layer.settings.get("truncate")
        before = by.head in self.states and by.indices[:1] == (t,)  # t counts from 0 here: the step before
        if cut and t and t % cut == 0 and before:
            return Number(0)  # nothing comes back over the end of a piece
        if not isinstance(line, Formula) or not isinstance(line.tree, Call):
            return None
        from perceptron_cli.calculus import partial as derivative

        tree = self._of_line(layer, at, line, t + 1, n)
        own = self._inner(layer, at, line.head, t + 1, n)
        assert isinstance(tree, Call)

        inside = tree.arguments[-1]
        slope: Expr
        match tree.function:
            case "sigmoid":
                slope = own * (1 - own)
            case "tanh":
                slope = 1 - own**2
            case _:
                slope = Gate(inside, 1, 0)
        rest = derivative(inside, by)
        if isinstance(rest, Number) and rest.value == 1:
            return slope
        return product([slope, rest])

    # arrays -------------------------------------------------------------------------------------------

    def bind(self, memory: Memory) -> Bound:
        """Go through the steps, and back from the last to the first."""
        import numpy as np

        layer, S = memory.layer, memory.samples
        settings = layer.settings
        T, units, F = settings["over"], settings["units"], settings["features"]
        lines = self.lines(settings)
        x, d_x = memory.below.reshape(T, F, S), memory.d_below.reshape(T, F, S)
        for line in lines:
            for kept in (memory.inner, memory.d_inner):
                kept[line.head] = np.zeros((T * units, S))
        inner = {head: one.reshape(T, units, S) for head, one in memory.inner.items()}
        d_inner = {head: one.reshape(T, units, S) for head, one in memory.d_inner.items()}
        first = {
            state: np.repeat(np.array(settings.get(key) or [0.0] * units, dtype=float)[:, None], S, axis=1)
            for key, state in self.initial.items()
        }
        nowhere = {state: np.zeros((units, S)) for state in first}
        works = [_work(line) if isinstance(line, Formula) else None for line in lines]
        columns = {
            line.head: {
                block.key.rpartition(".")[2]: slice(block.start, block.start + block.width)
                for block in self._of_gate(layer, line.gate)
            }
            for line in lines
            if isinstance(line, Weighted)
        }
        weights, gradient = memory.weights, memory.gradient

        def seen(name: str, t: int) -> Array:
            own = name.removesuffix(BEFORE)
            t -= name.endswith(BEFORE)
            return inner[own][t] if t >= 0 else first[own]

        cut = settings.get("truncate") or T

        def reached(name: str, t: int) -> Array:
            own = name.removesuffix(BEFORE)
            before = name.endswith(BEFORE)
            found: Array = nowhere[own] if before and t % cut == 0 else d_inner[own][t - before]
            return found

        parts = {line.head: line.parts for line in lines if isinstance(line, Weighted)}
        states = {
            line.head: np.empty((T, units, S))
            for line in lines
            if isinstance(line, Weighted) and "u" in line.parts
        }
        product = np.empty((units, S))

        def weighed(head: str, part: str) -> Array:
            return weights[:, columns[head][part]]

        # The numbers of a step lie where they are, so that what is done with them is bound once.
        onward: list[Run] = []
        back: list[Run] = []
        for t in range(T):
            for line, work in zip(lines, works, strict=True):
                out, d_out = inner[line.head][t], d_inner[line.head][t]
                if work is not None:
                    values = {name: seen(name, t) for name in (*work.names, line.head)}
                    onward.append(partial(_fill, out, work.value, values))
                    slopes = [(reached(name, t), slope) for name, slope in work.slopes.items()]
                    back += [partial(_add_slope, to, d_out, slope, values) for to, slope in reversed(slopes)]
                elif isinstance(line, Weighted) and "u" in line.parts:
                    u, state = weighed(line.head, "u"), seen(line.state, t)
                    onward.append(partial(_add_product, out, u, state, product))
                    back.append(partial(_add_product, reached(line.state, t), u.T, d_out, product))
        back.reverse()

        def forward() -> None:
            for head, own in parts.items():  # all that no state goes into, of all steps at once
                inner[head].fill(0.0)
                for part in own.replace("u", ""):
                    used = weighed(head, part)
                    np.add(inner[head], used if part in "bc" else used @ x, inner[head])
            for run in onward:
                run()
            memory.out[:] = memory.inner["h"] if settings["steps"] else inner["h"][-1]

        def backward() -> None:
            gradient.fill(0.0)
            d_x.fill(0.0)
            for one in memory.d_inner.values():
                one.fill(0.0)
            if settings["steps"]:
                memory.d_inner["h"][:] = memory.d_out
            else:
                d_inner["h"][-1] = memory.d_out
            for run in back:
                run()
            for line in reversed(lines):
                if not isinstance(line, Weighted):
                    continue
                slopes = d_inner[line.head]
                for part in line.parts:
                    into = gradient[:, columns[line.head][part]]
                    if part in "bc":
                        _add_all(into, slopes.sum(axis=2, keepdims=True))
                        continue
                    if part == "w" and memory.reaches_below:
                        np.add(d_x, weighed(line.head, "w").T @ slopes, d_x)
                    elif part == "u":
                        for t in range(T):
                            states[line.head][t] = seen(line.state, t)
                    source = x if part == "w" else states[line.head]
                    _add_all(into, slopes @ source.transpose(0, 2, 1))

        return Bound(forward, backward)


def _add_all(to: Array, steps: Array) -> None:
    """Add what every step gives, the last step first."""
    for one in steps[::-1]:
        to += one


def _fill(out: Array, value: Callable[[Mapping[str, Array]], Any], values: Mapping[str, Array]) -> None:
    out[:] = value(values)


def _add_slope(
    to: Array, d_out: Array, slope: Callable[[Mapping[str, Array]], Any], values: Mapping[str, Array]
) -> None:
    to += d_out * slope(values)


def _add_product(to: Array, weights: Array, numbers: Array, product: Array) -> None:
    weights.dot(numbers, product)
    to += product


class _Work:
    """A formula as work on arrays, with its slope by each of its symbols."""

    def __init__(self, line: Formula) -> None:
        from perceptron_cli.calculus import partial as derivative
        from perceptron_cli.compiled import compiled

        tree = line.tree
        used = {one.name: one for one in symbols(tree)}
        self.names = list(used)
        self.value = compiled(tree)
        slopes = {name: replace(derivative(tree, one), self._of_result(line)) for name, one in used.items()}
        self.slopes = {name: compiled(slope) for name, slope in slopes.items()}

    @staticmethod
    def _of_result(line: Formula) -> Callable[[Expr], Expr | None]:
        """Take the result for what gave it: the slope of sigmoid(z) is made from sigmoid(z)."""
        match line.tree:
            case Call(function=own, arguments=(Symbol(name=name),)):
                pass
            case _:
                return lambda node: None

        def change(node: Expr) -> Expr | None:
            match node:
                case Call(function=function, arguments=(Symbol(name=other),)) if (function, other) == (
                    own,
                    name,
                ):
                    return _at(line.head)
            return None

        return change


@lru_cache
def _work(line: Formula) -> _Work:
    return _Work(line)


@lru_cache
def _with_biases(lines: tuple[Line, ...], biases: str) -> tuple[Line, ...]:
    """Return a cell's lines with one bias a gate, with PyTorch's two (b + W x + c + U h), or with none."""
    if biases == "one":
        return lines
    parts = {"bwu": "bwcu"} if biases == "two" else {"bwu": "wu", "bw": "w", "cu": "u"}
    return tuple(
        Weighted(line.head, line.gate, line.state, parts.get(line.parts, line.parts))
        if isinstance(line, Weighted)
        else line
        for line in lines
    )


def _heads(gate: str) -> tuple[str, str]:
    """Return the letters of a gate's weights from the input and from the state."""
    return (f"w_{gate}", f"u_{gate}") if gate else ("w", "u")


class RNN(Recurrent):
    """h_t = f(W x_t + U h_{t-1} + b)."""

    summary = "a state that each time step is added to (Elman)"
    keys: Mapping[str, Key] = {**KEYS, "activation": Word("tanh", tuple(ACTIVATIONS))}
    told = "The state of each step is made from its input and from the state before it."

    def cell(self, settings: Mapping[str, Any]) -> tuple[Line, ...]:
        return _rnn(settings["activation"])


@lru_cache
def _rnn(activation: str) -> tuple[Line, ...]:
    return Weighted("z", ""), Formula("h", ACTIVATIONS[activation](_at("z")))


def _gate(letter: str, state: str = "h'") -> tuple[Line, Line]:
    return Weighted(f"z_{letter}", letter, state), Formula(letter, _sigmoid(_at(f"z_{letter}")))


class LSTM(Recurrent):
    """c_t = f c_{t-1} + i g and h_t = o tanh(c_t)."""

    summary = "a cell that gates write to, keep and read (long short-term memory)"
    keys: Mapping[str, Key] = {**KEYS, "initial_cell": Numbers()}
    nested = "{i: {w: ..., u: ..., b: ...}, f: ..., g: ..., o: ...}"
    states = ("h", "c")
    carried = ("c", "f", "the cell c, and the forget gates by which it goes on")
    told = (
        "The gates i, f and o are between 0 and 1: how much is written, kept and read. "
        "g is what would be written, c the cell, h the state."
    )
    _LINES: tuple[Line, ...] = (
        *_gate("i"),
        *_gate("f"),
        Weighted("z_g", "g"),
        Formula("g", _tanh(_at("z_g"))),
        *_gate("o"),
        Formula("c", _at("f") * _at("c'") + _at("i") * _at("g")),
        Formula("h", _at("o") * _tanh(_at("c"))),
    )

    def cell(self, settings: Mapping[str, Any]) -> tuple[Line, ...]:
        return self._LINES


class GRU(Recurrent):
    """h_t = (1 - z) n + z h_{t-1}; the reset gate r acts before the weights of the state, or after them."""

    summary = "a state that one gate renews and another one resets (gated recurrent unit)"
    keys: Mapping[str, Key] = {**KEYS, "reset_after": Flag()}
    nested = "{z: {w: ..., u: ..., b: ...}, r: ..., n: ...}"
    carried = ("h", "z", "the state h, and the gates z by which it goes on")
    told = (
        "The gates z and r are between 0 and 1: z says how much of the old state stays, r how much of it the "
        "new state n sees."
    )

    def says(self, layer: Layer) -> str:
        """Say in which order the reset gate and the weights of the state act."""
        if layer.settings["reset_after"]:
            return f"{self.told} r acts after the weights of the state, as in PyTorch and Keras."
        return f"{self.told} r acts before the weights of the state, as in the paper of Cho et al."

    _END: tuple[Line, ...] = (Formula("h", (1 - _at("z")) * _at("n") + _at("z") * _at("h'")),)
    _PAPER: tuple[Line, ...] = (
        *_gate("z"),
        *_gate("r"),
        Formula("s", _at("r") * _at("h'")),
        Weighted("z_n", "n", "s"),
        Formula("n", _tanh(_at("z_n"))),
        *_END,
    )
    _AFTER: tuple[Line, ...] = (
        *_gate("z"),
        *_gate("r"),
        Weighted("s", "n", "h'", "cu"),
        Weighted("z_n", "n", "h'", "bw"),
        Formula("n", _tanh(_at("z_n") + _at("r") * _at("s"))),
        *_END,
    )

    def cell(self, settings: Mapping[str, Any]) -> tuple[Line, ...]:
        return self._AFTER if settings["reset_after"] else self._PAPER


ENTRIES = {"rnn": RNN(), "lstm": LSTM(), "gru": GRU()}
