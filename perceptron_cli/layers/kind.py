"""What a kind of layer says of itself: a short list of named numbers, each with the tree that makes it.

The narration, its way back, the questions and the exercises are made from these lines. The arrays
compute the same, and a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from perceptron_cli.arrays import Array, Indices, Run
from perceptron_cli.expr import STATE_HEADS, Expr, Symbol
from perceptron_cli.layers.layer import Layer, Shape, count, number, place
from perceptron_cli.records import record
from perceptron_cli.symbols import Names

if TYPE_CHECKING:
    from perceptron_cli.layers.keys import Key


class Misfit(Exception):
    """A layer does not fit what is below it; `hint` says what would."""

    def __init__(self, message: str, hint: str | None = None, key: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        self.key = key


@record
class Block:
    """Parameters that are written under one key, and columns of the layer's matrix.

    `dims` are the lists in lists of the key, a row of the matrix for each of the first; `head` and the
    place are a parameter's symbol. A bias is w_0j. What has a `default` need not be given.
    """

    key: str
    head: str
    dims: Shape
    start: int
    default: float | None = None
    learnt: bool = True

    @property
    def width(self) -> int:
        """Its columns."""
        return count(self.dims[1:])

    @property
    def is_bias(self) -> bool:
        """Whether it is the bias of each row."""
        return self.start == 0 and self.head == "w"

    def indices(self, row: int, column: int) -> tuple[int, ...]:
        """Return the indices of the parameter in a row and a column of the matrix, both from 0."""
        if self.is_bias:
            return (0, row + 1)
        rest = place(self.dims[1:], column - self.start + 1) if len(self.dims) > 1 else ()
        return (row + 1, *rest)

    def cell(self, indices: Sequence[int]) -> tuple[int, int]:
        """Return the row and column of what has these indices. Raises IndexError where it has none."""
        if self.is_bias != (len(indices) == 2 and indices[0] == 0 and self.head == "w"):
            raise IndexError(indices)
        if self.is_bias:
            return indices[1] - 1, 0
        row, *rest = indices or (0,)
        if row < 1 or len(rest) != len(self.dims) - 1:
            raise IndexError(indices)
        flat = rest[0] if len(rest) == 1 else number(self.dims[1:], tuple(rest)) if rest else 1
        return row - 1, self.start + flat - 1


class FromTo(Block):
    """Weights from i to j, w_ij, a row for each j; the biases w_0j, where `dims` has one length alone."""

    def indices(self, row: int, column: int) -> tuple[int, ...]:
        """Return i and j; i is 0 of a bias."""
        return (0, row + 1) if len(self.dims) == 1 else (column - self.start + 1, row + 1)

    def cell(self, indices: Sequence[int]) -> tuple[int, int]:
        """Return the row and column of a weight or a bias."""
        i, j = indices if len(indices) == 2 else (-1, 0)
        inside = i == 0 if len(self.dims) == 1 else 1 <= i <= self.dims[1]
        if not (inside and 1 <= j <= self.dims[0]):
            raise IndexError(indices)
        return j - 1, self.start + max(i - 1, 0)


@record
class Stage:
    """One of the named numbers that a layer makes, in order; the last is z, or a where there is none.

    One that `is_shared` belongs to all samples of a batch. One that is `given` has no tree.
    `title` says in a table's head what the numbers are. Of numbers of this `shape` it may be a part alone,
    from `start` on, `length` of them: those of one time step. Stages of one `group` are told together.
    """

    head: str
    shape: Shape
    title: str = ""
    is_shared: bool = False
    is_given: bool = False
    start: int = 0
    length: int | None = None
    group: str = ""

    @property
    def count(self) -> int:
        """How many numbers it has."""
        return count(self.shape) if self.length is None else self.length


@record
class Plan:
    """What a layer's keys come to, over a shape: what it gives, its settings in full, its parameters."""

    shape: Shape
    settings: Mapping[str, Any] = field(default_factory=dict)
    blocks: tuple[Block, ...] = ()
    fans: tuple[int, int] = (1, 1)  # inputs and outputs of one neuron, as initializers count them
    bias_columns: tuple[int, ...] = (0,)


class Mode:
    """What differs between passes: whether numbers are dropped, and whose statistics are taken.

    `drops` is `training`, `verification` or empty. `running` says that the running statistics are taken and
    not the batch's own. `reaches_inputs` says that the gradients at the inputs are wanted, which are told
    and which no update needs.
    """

    def __init__(self, seed: int = 0) -> None:
        self.reaches_inputs = True
        self.drops = ""
        self.running = False
        self.seed = seed
        self.update = 0
        self.tile = 0


class Memory:
    """The arrays of one layer in one workspace; a column per sample.

    `below` and `out` are what it takes and gives, `d_below` and `d_out` the gradients there. The first
    row of `below_whole` and `d_whole` belongs to the 1 of the bias. `inner` holds the numbers between by
    their heads, `d_inner` their gradients. `outs` are the outputs of all layers, the input first.
    """

    def __init__(
        self,
        l: int,
        layer: Layer,
        mode: Mode,
        below_whole: Array,
        out: Array,
        d_whole: Array,
        d_out: Array,
        weights: Array,
        gradient: Array,
        outs: Sequence[Array],
    ) -> None:
        self.l, self.layer, self.mode = l, layer, mode
        self.below_whole, self.d_whole = below_whole, d_whole
        self.below, self.d_below = below_whole[1:], d_whole[1:]
        self.out, self.d_out = out, d_out
        self.weights, self.gradient = weights, gradient
        self.outs = outs
        self.inner: dict[str, Array] = {}
        self.d_inner: dict[str, Array] = {}

    @property
    def reaches_below(self) -> bool:
        """Whether somebody reads the gradient at what is below."""
        return self.l > 1 or self.mode.reaches_inputs

    @property
    def samples(self) -> int:
        """The number of columns."""
        return self.out.shape[1]


class Bound:
    """A layer's work with its arrays in hand."""

    def __init__(self, forward: Run, backward: Run) -> None:
        self.forward, self.backward = forward, backward


class At:
    """The symbols that a layer's lines are made from, for one sample, before or after the update."""

    def __init__(
        self,
        kind: Kind,
        layer: Layer,
        l: int,
        names: Names,
        batch: Sequence[Names] = (),
        *,
        drops: bool = False,
        running: bool = False,
        x: Sequence[float] = (),
    ) -> None:
        """`batch` has the names of all samples, `x` this one's inputs; the mode is the pass's."""
        self.x = x
        self.kind, self.layer, self.l, self.names = kind, layer, l, names
        self.batch = batch or (names,)
        self.drops = drops
        self.running = running

    @cached_property
    def windows(self) -> list[list[int]]:
        """The numbers below (from 0) that each number is made from, -1 for none."""
        found = self.kind.windows(self.layer)
        return [] if found is None else cast("list[list[int]]", found.tolist())

    def below(self, n: int, names: Names | None = None) -> Symbol:
        """Number n (from 0) of the layer below."""
        return (names or self.names).a(self.l - 1, place(self.layer.below, n + 1))

    def earlier(self, l: int, n: int) -> Symbol:
        """Number n of an earlier layer of the same shape; that of layer 0 is the input."""
        return self.names.a(l, place(self.layer.below, n + 1))

    def inner(self, stage: Stage, n: int) -> Symbol:
        """Number n of one of the layer's own stages."""
        indices = place(stage.shape, stage.start + n + 1) if stage.shape else ()
        sample = None if stage.is_shared else self.names.sample
        of = "" if stage.head in STATE_HEADS else "w"
        return Symbol(stage.head, self.l, indices, sample, self.names.prime, of)

    def parameter(self, block: Block, row: int, column: int = -1) -> Symbol:
        """A parameter by its row and column in the layer's matrix; a block of one column by its row."""
        column = block.start if column < 0 else column
        return Symbol(block.head, self.l, block.indices(row, column), None, self.names.prime)


Grid = tuple[tuple[Expr, ...], ...]
# a picture, its cells, the formula of pictures that makes it, and their cells by name
Pictured = tuple[Symbol, Grid, Expr, Mapping[str, Grid]]


def in_rows(cells: Sequence[Expr], width: int) -> Grid:
    """Return cells as rows of `width` each."""
    return tuple(tuple(cells[start : start + width]) for start in range(0, len(cells), width))


# a title, the names of the rows and of the columns, and the numbers
Shaded = tuple[str, Sequence[str], Sequence[str], Sequence[Sequence[Symbol]]]


class Kind:
    """One kind of layer."""

    summary = ""
    keys: Mapping[str, Key] = {}
    has_activation = False
    is_linear = False  # whether it is a product with a matrix, plus what each number adds
    parameters: Sequence[str] = ()  # keys under which parameters are given
    takes_tokens = False  # whether what is below are tokens, counted from 0
    nested = ""  # how these are written, where they are mappings: {i: {w: ..., u: ...}}
    told = ""  # one sentence over the layer's lines
    told_back = ""  # one sentence over the gradients of what is below
    # what goes on from step to step: its letter, the gate that keeps it (none: the weights u), in words
    carried: tuple[str, str, str] | None = None

    def says(self, layer: Layer) -> str:
        """Return the sentence over a layer's lines."""
        return self.told

    # from the config ---------------------------------------------------------------------------

    def implied(self, shapes: Mapping[str, Shape]) -> Mapping[str, Any]:
        """Return the settings that the shapes of given parameters say. Raises Misfit for a wrong shape."""
        return {}

    def plan(self, settings: Mapping[str, Any], below: Shape, layers: Sequence[Layer]) -> Plan:
        """Return what the layer comes to over a shape. Raises Misfit where it does not fit."""
        raise NotImplementedError

    def blocks(self, layer: Layer) -> tuple[Block, ...]:
        """Return the parameters of a layer that is read."""
        return self.plan(layer.settings, layer.below, ()).blocks if layer.size[0] else ()

    # the lines ----------------------------------------------------------------------------------

    def stages(self, layer: Layer) -> tuple[Stage, ...]:
        """Return the named numbers in order; one alone, z or a, unless the kind says more."""
        return (Stage("z" if self.has_activation else "a", layer.shape or (layer.neurons,)),)

    def pictures(self, layer: Layer, at: At) -> Iterator[Pictured]:
        """Yield what a layer of pictures makes, as formulas of whole pictures."""
        yield from ()

    def close_up(self, layer: Layer, at: At) -> Iterator[Pictured]:
        """Yield each number that the layer makes as a formula of what it sees; the number has no cells."""
        yield from ()

    def pictures_back(self, layer: Layer, at: At) -> Mapping[str, Sequence[Pictured]]:
        """Return the gradients of "weights" and of what is "below" as formulas of pictures."""
        return {}

    def shades(self, layer: Layer, at: At) -> Iterator[Shaded]:
        """Yield grids of a layer's numbers that are seen at a glance: title, rows, columns, cells."""
        yield from ()

    def matrices(self, layer: Layer, at: At) -> Iterator[Pictured]:
        """Yield a layer's work as formulas of matrices, where it is told so."""
        yield from ()

    def matrices_back(self, layer: Layer, at: At) -> Mapping[str, Sequence[Pictured]]:
        """Return the same of the way back, by the heads of the numbers whose gradients they are."""
        return {}

    def tree(self, layer: Layer, at: At, stage: int, n: int) -> Expr:
        """Return the tree of number n (from 0) of a stage."""
        raise NotImplementedError

    def factor(self, layer: Layer, at: At, stage: int, n: int, by: Symbol) -> Expr | Sequence[Expr] | None:
        """Return the textbook's form of dr/dq, where r is number n of a stage and q is `by`."""
        return None

    def windows(self, layer: Layer) -> Indices | None:
        """Return which numbers below each number that it gives is made from: (given, most), -1 for none.

        None where that is to be read from the trees.
        """
        return None

    def users(self, layer: Layer, at: At, row: int, column: int) -> Sequence[int] | None:
        """Return which of the last stage's numbers a parameter is used for; None where the trees say it."""
        return None

    # the arrays ---------------------------------------------------------------------------------

    def bind(self, memory: Memory) -> Bound:
        """Bind the work that fills `out` from `below`, and `gradient` and `d_below` from `d_out`."""
        raise NotImplementedError
