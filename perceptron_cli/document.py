"""What every command makes and every format renders: a Document of parts, sections and blocks.

Document
`-- Part            one training step (or all that is shown once), its arrays as `data`
    `-- Section     a title, the phase and the layer it belongs to
        |-- Equations   rows of equations under their general formula: a neuron a row
        |-- Derivation  lines of a proof, each with its reason
        |-- MatrixEquation  the same for a layer at once
        |-- Table       columns and rows of texts
        |-- Note        a sentence
        |-- Figure      a series of numbers to be drawn
        |-- Bars        sizes to be compared
        |-- Shades      a grid of numbers with grey levels
        |-- Drawing     a network: its neurons, and the weights between them
        |-- Tree        a number, and under it the numbers that it came from
        `-- Plot        points and lines in a plane

All text is plain: renderers escape it. Numbers in `data` are unrounded.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any, NamedTuple, TypeAlias, overload

from perceptron_cli.expr import Expr, Naming, Symbol
from perceptron_cli.records import record


@record
class Hand:
    """The same result as on paper, where every number is rounded as shown and carried on."""

    value: float | None
    text: str
    units: int | None  # how many units of the last shown digit lie between it and the unrounded one


@record
class Equation:
    """A symbol, the tree it is computed by, and the result.

    `body` is None for a given number. `stages` are later lines of the same working, with the
    parts that are worked out by then as `Result`s. `value` is None where float64 has none, and
    `note` says why. `alternative` marks a second way to a symbol that has its equation already.
    """

    symbol: Symbol
    body: Expr | None
    value: float | None
    text: str
    stages: tuple[Expr, ...] = ()
    note: str | None = None
    alternative: bool = False
    hand: Hand | None = None


class Run(NamedTuple):
    """Some equations of one form, as columns: what each has in the place of the form's.

    `form` numbers the family's forms. `names` and `texts` have a column for each symbol of the tree, in the
    order in which they are read (a text where it is the same in all), `results` one for each `Result`.
    """

    form: int
    symbols: Sequence[str]
    names: Sequence[str | Sequence[str]]
    texts: Sequence[str | Sequence[str]]
    values: Sequence[float]
    shown: Sequence[str]
    results: Sequence[Sequence[str]] = ()


class Family(Sequence[tuple[Equation, ...]]):
    """Rows of a wide network: each is made where it is asked for, and all can be written as columns."""

    def __init__(
        self,
        count: int,
        make: Callable[[int], tuple[Equation, ...]],
        runs: Callable[[], Iterator[Run | Equation]],
        patterns: Callable[[int], Equation],
    ) -> None:
        """`make(n)` is row n (from 0), `runs` are all rows in their order, `patterns(form)` one of a form."""
        self.runs, self.patterns = runs, patterns
        self._count, self._make = count, make

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> tuple[Equation, ...]: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[tuple[Equation, ...], ...]: ...
    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            return tuple(self._make(one) for one in range(self._count)[place])
        return self._make(range(self._count)[place])


@record
class Formula:
    """A general formula over a table: `symbol = body = body = ...`, with letters for indices."""

    symbol: Symbol
    bodies: tuple[Expr, ...]


# a sentence: text, and the formulas in it, which each format sets in its own way
Words: TypeAlias = tuple[str | Expr | Formula, ...]


@record
class Grid:
    """How given numbers stand as a table: the heads of its columns, and the labels of its rows.

    `caption` stands over it; the first column holds the labels, under the head `corner`.
    """

    caption: Words
    corner: str
    heads: tuple[str | Symbol, ...]
    labels: tuple[str, ...]


@record
class Equations:
    """Rows of equations, a neuron (or a weight) a row; `omitted` counts the rows that are not shown.

    `numbers` holds the shown text of every symbol by name, to put into the trees. Given numbers that
    have a `grid` are shown as that table, where there is room for it.
    """

    rows: Sequence[tuple[Equation, ...]]
    numbers: Mapping[str, str]
    formulas: tuple[Formula, ...] = ()
    omitted: int = 0
    noun: str = "neuron"  # what `omitted` counts
    grid: Grid | None = None


@record
class Reasoned:
    """One line of a derivation: a tree that equals the one before, and why; its value with numbers."""

    body: Expr
    reason: str
    value: float | None = None
    text: str = ""


@record
class Derivation:
    """`left` = line = line ...; `numbers` are the shown texts of a network's symbols, None in general.

    `where` says what letters on the way stand for.
    """

    left: Expr
    lines: tuple[Reasoned, ...]
    numbers: Mapping[str, str] | None = None
    where: tuple[tuple[Symbol, Expr], ...] = ()


@record
class Matrix:
    """Rows of cells, each a tree: a symbol, or a number. Fewer than `shape` says where some are left out."""

    cells: tuple[tuple[Expr, ...], ...]
    shape: tuple[int, int]  # (rows, columns) of the whole


@record
class MatrixEquation:
    """A matrix and the tree of matrices that it is computed by.

    `matrices` has the cells of every matrix symbol by name, the result's too; other symbols are
    numbers, and so is a result that has no cells. `numbers` and `values` hold the cells' shown texts and
    unrounded values by name; where they are None the cells are shown as symbols. `stack(a)` in the tree
    is a with a row of 1 on top.
    """

    symbol: Symbol
    body: Expr
    matrices: Mapping[str, Matrix]
    numbers: Mapping[str, str] | None = None
    values: Mapping[str, float | None] | None = None


@record
class Table:
    """Columns and rows of texts; a column named in `right` is set flush right.

    `signs` says of each row that it is "right", "wrong" or "follows": a screen marks it so.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[int] = frozenset()
    omitted: int = 0
    noun: str = "row"
    signs: tuple[str, ...] = ()


@record
class Note:
    """A sentence; `kind` is "convention", "observation", "warning", "hint" or "step"."""

    text: str
    kind: str = "observation"


@record
class Figure:
    """Numbers to be drawn as a falling or rising line; `kind` is "sparkline"."""

    title: str
    kind: str
    values: tuple[float, ...]
    label: str = ""  # what a reader sees beside it: 0.2563 -> 0.0871


@record
class Shade:
    """One number of a grid, as it is shown, and its symbol's name."""

    value: float
    text: str
    name: str = ""


@record
class Shades:
    """A grid of numbers, each on a grey: the larger, the darker. `rows` and `columns` name them."""

    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[Shade, ...], ...]

    def levels(self) -> list[list[float]]:
        """Return how dark each number is, from 0 for the smallest to 1 for the largest."""
        values = [one.value for row in self.cells for one in row]
        low, high = min(values), max(values)
        width = high - low
        return [[(one.value - low) / width if width else 0.0 for one in row] for row in self.cells]


@record
class Bar:
    """One bar: what it is called, its size (0 or more), and the size as it is shown."""

    label: str
    value: float  # 0 or more
    text: str  # as it is shown


@record
class Bars:
    """Sizes beside each other, a bar each; drawn on a logarithmic scale where they differ by much."""

    title: str
    bars: tuple[Bar, ...]

    @property
    def logarithmic(self) -> bool:
        """Whether the longest bar is more than 20 times the shortest."""
        known = [bar.value for bar in self.bars if bar.value > 0]
        return bool(known) and max(known) > 20 * min(known)

    def shares(self) -> tuple[float, ...]:
        """How much of the longest bar each is; on the logarithmic scale a tenth is left for the shortest."""
        known = [bar.value for bar in self.bars if bar.value > 0]
        if not known:
            return (0.0,) * len(self.bars)
        if not self.logarithmic:
            return tuple(bar.value / max(known) for bar in self.bars)
        low, span = math.log(min(known)), math.log(max(known) / min(known))
        return tuple(
            0.1 + 0.9 * (math.log(bar.value) - low) / span if bar.value > 0 else 0.0 for bar in self.bars
        )


@record
class Series:
    """Points of a plot, (x, y) each; `style` is "line", or the mark "dot", "ring" or "cross".

    Of "pieces", too, lines are drawn: from the first point to the second, from the third to the fourth, ...
    """

    name: str
    style: str
    points: tuple[tuple[float, float], ...]

    @property
    def is_drawn(self) -> bool:
        """Whether lines are drawn between points, and no marks at them."""
        return self.style in ("line", "pieces")

    def strokes(self) -> tuple[tuple[tuple[float, float], ...], ...]:
        """Return the points of each line that is drawn through."""
        if self.style == "line":
            return (self.points,)
        return tuple(zip(self.points[::2], self.points[1::2], strict=True)) if self.is_drawn else ()


@record
class Plot:
    """Series in one plane, which spans `x` and `y` (from, to)."""

    title: str
    series: tuple[Series, ...]
    x: tuple[float, float]
    y: tuple[float, float]
    labels: tuple[str, str] = ("x", "y")


@record
class Quantity:
    """A number of a drawing, unrounded and as it is shown."""

    value: float | None
    text: str


@record
class Neuron:
    """A circle: an input or a neuron's activation, before an update and (where one is told) after it.

    `at` is its place in its layer, from 1, where the symbol's first index does not say it.
    """

    symbol: Symbol
    number: Quantity
    new: Quantity | None = None
    at: int = 0

    @property
    def place(self) -> int:
        """Its place in its layer, from 1."""
        return self.at or int(self.symbol.indices[0])


@record
class Edge:
    """A weight w[l]_ij, from neuron i of the layer below to neuron j of layer l; i = 0 is the bias.

    `at` is its column, i and j, where the symbol does not say them.
    """

    symbol: Symbol
    number: Quantity
    new: Quantity | None = None
    gradient: Quantity | None = None
    at: tuple[int, int, int] | None = None

    @property
    def column(self) -> int:
        """The column that it leads to, from 0."""
        return self.at[0] if self.at else self.symbol.layer or 0

    @property
    def ends(self) -> tuple[int, int]:
        """Its neurons, from 1; 0 is the bias."""
        if self.at:
            return self.at[1:]
        i, j = (int(one) for one in self.symbol.indices)
        return i, j


@record
class Column:
    """A layer of `count` neurons, those of them that are shown; the input has no activation.

    `heading` stands over it where it is no layer: a time step.
    """

    activation: str
    count: int
    neurons: tuple[Neuron, ...]
    heading: str = ""


@record
class Drawing:
    """A network as circles and edges; `shows` is what stands on an edge, one of SHOWS.

    `highlight` names the neurons and the weights that are marked. An `optional` drawing is left out
    where it has no room.
    """

    title: str
    columns: tuple[Column, ...]
    edges: tuple[Edge, ...]
    shows: str = "weights"
    highlight: frozenset[str] = frozenset()
    caption: str = ""
    optional: bool = False
    naming: Naming | None = None


SHOWS = ("weights", "update", "gradients")


@record
class Origin:
    """A number of a tree, `level` steps below its root.

    `again` says that it stands further up with all that it is made from. `omitted` counts the
    numbers that it is made from and that are not shown.
    """

    equation: Equation
    level: int
    again: bool = False
    omitted: int = 0


@record
class Tree:
    """Where a number comes from: each number is followed by those that it is made from, a level down.

    `numbers` holds the shown text of every symbol by name.
    """

    origins: tuple[Origin, ...]
    numbers: Mapping[str, str]

    @property
    def equations(self) -> tuple[Equation, ...]:
        """Every number of the tree once."""
        return tuple({one.equation.symbol.name: one.equation for one in self.origins}.values())

    @property
    def omitted(self) -> dict[str, int]:
        """How many of the numbers that one is made from stand nowhere under it, by name."""
        found = {one.equation.symbol.name: one.omitted for one in self.origins if not one.again}
        return {name: count for name, count in found.items() if count}

    @property
    def edges(self) -> tuple[tuple[str, str], ...]:
        """Pairs of names, each once: a number, and one that it is made from."""
        above: list[str] = []
        found: dict[tuple[str, str], None] = {}
        for one in self.origins:
            name = one.equation.symbol.name
            del above[one.level :]
            if above:
                found[above[-1], name] = None
            above.append(name)
        return tuple(found)


@record
class Excerpt:
    """A line of somebody's file with a piece of it marked, from column `start` up to `end` (from 1)."""

    line: str
    start: int
    end: int


Block: TypeAlias = (
    Equations
    | Derivation
    | MatrixEquation
    | Table
    | Note
    | Figure
    | Bars
    | Shades
    | Drawing
    | Tree
    | Plot
    | Excerpt
)


@record
class Section:
    """A titled piece of a part.

    `phase` is "given", "forward", "loss", "gradients", "updates", "verification" or "result".
    `layer` and `sample` are set where the whole section belongs to one, and its symbols leave
    them out.
    """

    title: str
    phase: str
    blocks: tuple[Block, ...]
    layer: int | None = None
    sample: int | None = None


@record
class Part:
    """A training step: its number, its sections, and the arrays behind them."""

    step: int
    title: str
    sections: tuple[Section, ...]
    data: Mapping[str, Any] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)  # stands right after "step" in JSON


@record
class Document:
    """A command's whole answer.

    `about` stands first in the JSON (network, learning_rate), then `data`, then the parts under
    `parts_key` ("" where there are none). `conventions` is the header that says what is in
    force. `outputs` is (output layer, its neurons), for the symbol y_hat. `outcome` is the last
    sentence of a page, which stands out; JSON has its numbers elsewhere.
    """

    command: str
    title: str
    about: Mapping[str, Any]
    conventions: tuple[str | Words, ...] = ()
    sections: tuple[Section, ...] = ()
    parts: tuple[Part, ...] = ()
    parts_key: str = "steps"
    data: Mapping[str, Any] = field(default_factory=dict)
    outputs: tuple[int, int] | None = None
    outcome: str = ""
    paged: bool = False  # whether each part begins a page of its own, on paper
    naming: Naming | None = None  # the names of another book, for all symbols that it has one for
