"""Layers of other kinds than dense, told from their lines: forward, and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.document import Block, Equation, Equations, Matrix, MatrixEquation, Note
from perceptron_cli.engine.step import Forward, Step
from perceptron_cli.expr import Expr, Result, Sum, Symbol
from perceptron_cli.layers.cells import parameter
from perceptron_cli.layers.kind import Grid, Pictured, Stage
from perceptron_cli.spec.config import Config
from perceptron_cli.symbols import Names, data_gradient, gradient
from perceptron_cli.trace.cells import shown
from perceptron_cli.trace.derived import Derived, LayerLines
from perceptron_cli.trace.ledger import Ledger


def forward_blocks(
    config: Config,
    ledger: Ledger,
    names: Names,
    passed: Forward,
    column: int,
    l: int,
    derived: Derived,
) -> Iterator[Block]:
    """Yield a layer's own numbers, stage by stage, and then what it gives, with its activation."""
    layer = config.layers[l - 1]
    lines = derived.layer(l, names)
    if not names.prime and names.sample in (None, derived.batch[0].sample):
        yield Note(lines.kind.says(layer), "step")
    if not names.prime and ledger.view.form != "matrix":
        yield from _pictures(ledger, lines)
    told = ""
    for place, stage in lines.told_stages():
        if stage.is_shared and names.sample not in (None, derived.batch[0].sample):
            continue
        whole = stage.count
        if stage.group and stage.group != told:
            yield Note(f"{stage.group[0].upper()}{stage.group[1:]}", "step")
        told = stage.group
        numbers = passed.inner[l - 1][stage.head][stage.start :, 0 if stage.is_shared else column]
        rows = []
        for n in range(ledger.view.shown(whole)):
            symbol = lines.at.inner(stage, n)
            if stage.is_given:
                rows.append((ledger.given(symbol, float(numbers[n]), f"{numbers[n]:g}"),))
            else:
                rows.append(
                    (ledger.line(symbol, lines.tree(place, n), numbers[n], _worked(lines.tree(place, n))),)
                )
        yield Equations(tuple(rows), ledger.texts, (), whole - len(rows), noun="number")
    last = len(lines.stages) - 1
    numbers, outs = passed.z[l - 1][:, column], passed.a[l - 1][:, column]
    entry = ACTIVATIONS[layer.activation]
    made: list[tuple[Equation, ...]] = []
    zs = [names.z(l, layer.place(n + 1)) for n in range(layer.neurons)] if entry.coupled else []
    few = ledger.view.shown(layer.neurons)
    trees = [(lines.symbol(last, n), lines.tree(last, n)) for n in range(few)]
    sums = [
        ledger.line(symbol, tree, numbers[n], _worked(tree)) for n, (symbol, tree) in enumerate(trees)
    ]  # all of them first: softmax is made from all
    for n, one in enumerate(sums):
        row = [one]
        if lines.kind.has_activation:
            a = names.a(l, layer.place(n + 1))
            formulas = entry.formulas(zs or [one.symbol], n if zs else 0, layer.options)
            row.append(ledger.line(a, formulas, outs[n]))
        made.append(tuple(row))
    yield Equations(tuple(made), ledger.texts, (), layer.neurons - len(made), noun="number")


def _pictures(ledger: Ledger, lines: LayerLines) -> Iterator[Block]:
    """Yield a layer's formulas of whole pictures, and each of its numbers with what it sees."""
    few = ledger.view.shown
    whole = list(lines.kind.pictures(lines.layer, lines.at))
    yield from drawn(ledger, whole[: few(len(whole))])
    close_up = lines.kind.close_up(lines.layer, lines.at)
    yield from drawn(ledger, list(islice(close_up, few(lines.layer.neurons))))


def drawn(ledger: Ledger, pictured: Sequence[Pictured]) -> Iterator[MatrixEquation]:
    """Yield formulas of pictures or of matrices; of large ones a corner."""
    few = ledger.view.shown

    def corner(grid: Grid) -> Matrix:
        cells = tuple(row[: few(len(row))] for row in grid[: few(len(grid))])
        return Matrix(cells, (len(grid), len(grid[0])))

    for symbol, grid, body, known in pictured:
        grids = {**known, symbol.name: grid} if grid else known
        matrices = {name: corner(one) for name, one in grids.items()}
        yield MatrixEquation(symbol, body, matrices, ledger.texts, ledger.values)


def _worked(tree: Expr) -> tuple[Expr, ...]:
    """Return the later line of a sum: each of its products worked out."""
    if not isinstance(tree, Sum) or all(not term.parts for term in tree.terms):
        return ()
    return (Sum([Result(term) if term.parts else term for term in tree.terms]),)


class Backward:
    """Tells the gradients of one layer's own numbers and parameters, for one sample."""

    def __init__(self, ledger: Ledger, names: Names, step: Step, column: int, derived: Derived) -> None:
        self.ledger, self.names, self.step, self.column = ledger, names, step, column
        self.derived = derived

    def stages(self, l: int) -> list[str]:
        """Return the groups of a layer's own numbers that have a gradient, the last first."""
        told = self.derived.layer(l, self.names).told_stages()
        groups = [stage.group or stage.head for _, stage in told if not stage.is_given]
        return list(dict.fromkeys(groups[::-1]))

    def of_group(self, l: int, group: str) -> Iterator[tuple[str, list[Equations], bool]]:
        """Yield a title, the tables of these numbers' gradients, and whether the samples share them."""
        lines: LayerLines = self.derived.layer(l, self.names)
        stages = [
            (place, stage)
            for place, stage in lines.told_stages()
            if (stage.group or stage.head) == group and not stage.is_given
        ]
        first = stages[0][1]
        if first.is_shared and self.names.sample not in (None, self.derived.batch[0].sample):
            return
        tables = [self._of_stage(lines, place, stage) for place, stage in stages[::-1]]
        yield f"layer {l} gradients of {first.group or f'the {first.title}'}", tables, first.is_shared

    def _of_stage(self, lines: LayerLines, place: int, stage: Stage) -> Equations:
        l, whole = lines.l, stage.count
        values = self.step.d_inner[l - 1][stage.head][stage.start :, 0 if stage.is_shared else self.column]
        rows = []
        for n in range(self.ledger.view.shown(whole)):
            bodies = self.derived.of_stage(l, place, n, self.names)
            symbol = gradient(lines.at.inner(stage, n))
            rows.append((self.ledger.line(symbol, bodies, float(values[n]), _terms(bodies[0])),))
        return Equations(tuple(rows), self.ledger.texts, (), whole - len(rows), noun="number")

    def pictures(self, l: int, of: str) -> Iterator[Block]:
        """Yield a layer's way back as formulas of pictures, where the gradients in them are told."""
        if self.ledger.view.form == "matrix":
            return
        lines: LayerLines = self.derived.layer(l, self.names)
        made = lines.kind.pictures_back(lines.layer, lines.at).get(of, ())
        cells = (cell for *_, known in made for grid in known.values() for row in grid for cell in row)
        if all(cell.name in self.ledger.values for cell in cells if isinstance(cell, Symbol)):
            yield from drawn(self.ledger, made[: self.ledger.view.shown(len(made))])

    def parameters(self, l: int) -> Equations:
        """Tell a sample's gradient of each parameter: the sum over its uses."""
        layer = self.derived.config.layers[l - 1]
        columns = [column for column in range(layer.size[1]) if column not in layer.still]
        rows = []
        cells = shown(layer, self.ledger.view, columns)
        for row, column in cells:
            bodies = self.derived.of_parameter(l, row, column, self.names)
            w = parameter(layer, l, row, column)
            symbol, value = gradient(w, self.names.sample), self.ledger.value_of(bodies[-1])
            if self.names.sample is None:
                value = float((self.step.dD_dw or self.step.dL_dw)[l - 1][row, column])
                symbol = data_gradient(w) if self.step.dD_dw else symbol
            rows.append((self.ledger.line(symbol, bodies, value, _terms(bodies[0])),))
        omitted = layer.size[0] * len(columns) - len(rows)
        return Equations(tuple(rows), self.ledger.texts, (), omitted, noun="weight")

    def reaching(self, l: int) -> Equations:
        """Tell dL/da of a layer, or of the input: what comes back from every line that uses it."""
        config = self.derived.config
        values = (self.step.da[l - 1] if l else self.step.dL_dx)[:, self.column]
        rows = []
        for n in range(self.ledger.view.shown(config.sizes[l])):
            bodies = self.derived.reaching(l, n, self.names)
            symbol = self.names.dL_da(l, config.place(l, n + 1))
            rows.append((self.ledger.line(symbol, bodies, float(values[n]), _terms(bodies[0])),))
        return Equations(tuple(rows), self.ledger.texts, (), config.sizes[l] - len(rows), noun="number")


def _terms(body: Expr) -> tuple[Expr, ...]:
    return (Sum([Result(term) for term in body.terms]),) if isinstance(body, Sum) else ()
