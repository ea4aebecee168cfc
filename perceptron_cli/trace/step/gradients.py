"""Backpropagation in the lecture's numbered steps: eight for three layers, three for each further one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.arrays import Array
from perceptron_cli.document import Block, Equation, Equations, Family, Formula, Note, Run, Section
from perceptron_cli.engine.step import Step
from perceptron_cli.expr import Expr, Product, Result, Sum, Symbol, total
from perceptron_cli.layers import kind_of
from perceptron_cli.layers.cells import parameter
from perceptron_cli.layers.dense import (
    gradient_from_above,
    gradient_from_above_formula,
    weight_gradient,
    weight_gradient_formulas,
)
from perceptron_cli.losses import LOSSES
from perceptron_cli.spec.config import Config, Layer
from perceptron_cli.symbols import Names, data_gradient, gradient
from perceptron_cli.trace.cells import shown
from perceptron_cli.trace.ledger import Ledger
from perceptron_cli.trace.names import chain_formula, slope_formula
from perceptron_cli.trace.step.passes import sample_title
from perceptron_cli.trace.step.wide import Make, Rows, gradient_runs, matrix_runs, reaching_runs, rows_of

if TYPE_CHECKING:
    from perceptron_cli.trace.derived import Derived
    from perceptron_cli.trace.step.kinds import Backward

Cells: TypeAlias = list[tuple[int, int]]
NO_SLOPE = "no value: the prediction rounds to the wrong label, and 1/0 is not a number"


class Gradients:
    """Tells the gradients of one sample; `column` is its place in the step's arrays."""

    def __init__(
        self,
        config: Config,
        ledger: Ledger,
        names: Names,
        step: Step,
        column: int,
        derived: Derived | None = None,
        numbers: Iterator[int] | None = None,
    ) -> None:
        """`derived` has the lines of the whole batch, and `numbers` counts the steps, where samples mix."""
        self.config = config
        self.ledger = ledger
        self.names = names
        self.step = step
        self.column = column
        self.numbers = numbers or count(1)
        self._kinds = None if config.is_dense else _backward(config, ledger, names, step, column, derived)

    def sections(self) -> Iterator[Section]:
        """Yield the steps, output layer first."""
        for l in range(len(self.config.layers), -1, -1):
            for piece in self.pieces(l):
                yield from self.told(l, piece)

    def pieces(self, l: int) -> list[str]:
        """Return the steps of one layer by name, in order; of layer 0 the gradients at the inputs."""
        if not l:
            return ["inputs"] if self.ledger.view.input_gradients else []
        layer = self.config.layers[l - 1]
        first = ["output"] if l == len(self.config.layers) else ["reaching"]
        neurons = ["neurons"] if first == ["reaching"] and _is_activated(layer) else []
        own = [] if layer.is_dense or self._kinds is None else self._kinds.stages(l)
        return [*first, *neurons, *own, *(["weights"] if layer.columns() else [])]

    def told(self, l: int, piece: str) -> Iterator[Section]:
        """Yield the section of one step; nothing for what another sample tells for all."""
        if piece == "inputs":
            yield self._section(0, "gradients at the inputs", self._from_above(0))
        elif piece == "output":
            yield self._section(l, "output layer gradient", self._output_blocks())
        elif piece == "reaching":
            yield self._section(l, f"backpropagate to layer {l}", self._from_above(l))
        elif piece == "neurons":
            yield self._section(l, f"layer {l} neuron gradients", [self._neuron_gradients(l)])
        elif piece == "weights":
            blocks: list[Block]
            if self._kinds is None or self.config.layers[l - 1].is_dense:
                blocks = [self._weight_gradients(l)]
            else:
                blocks = [*self._kinds.pictures(l, "weights"), self._kinds.parameters(l)]
            yield self._section(l, f"layer {l} weight gradients", blocks)
        elif self._kinds is not None:
            for title, tables, is_shared in self._kinds.of_group(l, piece):
                yield self._section(l, title, tables, is_shared=is_shared)

    def _section(self, l: int, title: str, blocks: Sequence[Block], *, is_shared: bool = False) -> Section:
        names = Names() if is_shared else self.names
        return Section(
            sample_title(f"Step {next(self.numbers)}: {title}", names),
            "gradients",
            tuple(blocks),
            layer=l,
            sample=names.sample,
        )

    def _shown(self, l: int) -> range:
        return range(1, self.ledger.view.shown(self.config.sizes[l]) + 1)

    def _block(self, rows: Rows, formulas: tuple[Formula, ...], l: int) -> Equations:
        omitted = self.config.sizes[l] - len(self._shown(l))
        return Equations(
            rows if isinstance(rows, Family) else tuple(rows), self.ledger.texts, formulas, omitted
        )

    # step 1: the output layer -----------------------------------------------------------------

    def _output_blocks(self) -> list[Block]:
        """dL/da, da/dz and dL/dz; where there is a shortcut, dL/dz both ways."""
        top = len(self.config.layers)
        layer, names = self.config.layers[-1], self.names
        loss = LOSSES[self.config.loss or ""]
        shortcut = loss.shortcut(layer.activation)
        blocks: list[Block] = [self._loss_gradients(top)]
        if not _is_activated(layer):
            return blocks
        chain: list[tuple[Equation, ...]]
        if ACTIVATIONS[layer.activation].coupled:
            blocks.append(self._jacobian(top))
            chain = [(self._chain(top, j, shortcut is not None),) for j in self._shown(top)]
        else:
            chain = [
                (self._slope(top, j), self._chain(top, j, shortcut is not None)) for j in self._shown(top)
            ]
        formulas = () if ACTIVATIONS[layer.activation].coupled else slope_formula(top, layer)
        blocks.append(self._block(chain, (*formulas, chain_formula(top, layer)), top))
        if shortcut is None:
            return blocks
        dz = self.step.dz[-1][:, self.column]
        short = [
            (self.ledger.line(names.dL_dz(top, at), shortcut.formula(names.a(top, at), names.y(at)), one),)
            for at, one in ((layer.place(j), dz[j - 1]) for j in self._shown(top))
        ]
        general = Names()
        formula = Formula(general.dL_dz(top, "j"), (shortcut.formula(general.a(top, "j"), general.y("j")),))
        return [
            *blocks,
            Note("The shortcut, with the two factors multiplied out:", "step"),
            self._block(short, (formula,), top),
        ]

    def _loss_gradients(self, top: int) -> Equations:
        loss, names, outputs = LOSSES[self.config.loss or ""], self.names, self.config.sizes[-1]
        da = self.step.da[-1][:, self.column]
        rows = [
            (
                self.ledger.line(
                    names.dL_da(top, at),
                    loss.gradient_formulas(names.a(top, at), names.y(at), outputs),
                    da[k - 1],
                    missing=NO_SLOPE,
                ),
            )
            for k, at in ((k, self.config.place(top, k)) for k in self._shown(top))
        ]
        k = Names()
        general = loss.gradient_formulas(k.a(top, "k"), k.y("k"), outputs)[0]
        return self._block(rows, (Formula(k.dL_da(top, "k"), (general,)),), top)

    # a layer's neurons ------------------------------------------------------------------------

    def _from_above(self, l: int) -> list[Block]:
        """dL/da of a layer: what reaches each neuron from the lines above that use it."""
        layer = self.config.layers[l]
        if self._kinds is not None:
            passed = any(one.settings.get("from") == l for one in self.config.layers)
            if passed or not layer.is_dense:
                notes = [kind_of(layer.kind).told_back] if not layer.is_dense else []
                pictures = [] if passed else self._kinds.pictures(l + 1, "below")
                return [*(Note(note, "step") for note in notes), *pictures, self._kinds.reaching(l)]
        return [self._from_neurons_above(l)]

    def _from_neurons_above(self, l: int) -> Equations:
        """dL/da of a layer below a dense one."""
        above = range(1, self.config.sizes[l + 1] + 1)
        da = (self.step.da[l - 1] if l else self.step.dL_dx)[:, self.column]
        ledger, names, shown = self.ledger, self.names, self._shown(l)
        made = [names.dL_da(l, self.config.place(l, i)) for i in shown]

        def make(n: int) -> tuple[Equation, ...]:
            body = gradient_from_above(names, l, n + 1, above)
            stages = (Sum([Result(term) for term in body.terms]),) if isinstance(body, Sum) else ()
            return (ledger.line(made[n], body, da[n], stages),)

        def runs() -> Iterator[Run]:
            weights, dz = ledger.layer(l + 1), self.step.dz[l][:, self.column]
            return reaching_runs(ledger, names, l + 1, weights, dz, made, da)

        rows = rows_of(ledger, make, len(shown), len(shown) * len(above), runs, [da])
        return self._block(rows, (gradient_from_above_formula(l, len(above)),), l)

    def _neuron_gradients(self, l: int) -> Equations:
        """dL/dz of a layer: what reached the neuron, times the slope of its activation."""
        layer = self.config.layers[l - 1]
        if ACTIVATIONS[layer.activation].coupled:
            rows: list[tuple[Equation, ...]] = [
                *self._jacobian(l).rows,
                *((self._chain(l, j),) for j in self._shown(l)),
            ]
        else:
            rows = [(self._slope(l, j), self._chain(l, j)) for j in self._shown(l)]
        return self._block(rows, (*slope_formula(l, layer), chain_formula(l, layer)), l)

    def _slope(self, l: int, j: int) -> Equation:
        layer, names = self.config.layers[l - 1], self.names
        place = layer.place(j)
        z, a = names.z(l, place), names.a(l, place)
        body = ACTIVATIONS[layer.activation].slope_formula([z], [a], 0, 0, layer.options)
        stages: tuple[Expr, ...] = ()
        if (
            isinstance(body, Product) and len(body.factors) == 2
        ):  # a(1 - a): the bracket worked out, as on the slides
            stages = (Product([body.factors[0], Result(body.factors[1])]),)
        return self.ledger.line(
            names.da_dz(l, place), body, self.step.slope[l - 1][j - 1, self.column], stages
        )

    def _chain(self, l: int, j: int, alternative: bool = False) -> Equation:
        """dL/dz_j = dL/da_j da_j/dz_j; for softmax, the sum over the a_k that z_j moves."""
        names, layer = self.names, self.config.layers[l - 1]
        value = self.step.dz[l - 1][j - 1, self.column]
        if ACTIVATIONS[layer.activation].coupled:
            terms = [
                names.dL_da(l, layer.place(k)) * self._jacobian_of(l, k, j) for k in self._coupled_with(l, j)
            ]
            body = total(terms)
            stages = (Sum([Result(term) for term in terms]),) if len(terms) > 1 else ()
        else:
            place = layer.place(j)
            body, stages = names.dL_da(l, place) * names.da_dz(l, place), ()
        made = names.dL_dz(l, layer.place(j))
        if alternative:
            return self.ledger.alternative(made, body, stages, NO_SLOPE)
        return self.ledger.line(made, body, value, stages)

    def _jacobian(self, l: int) -> Equations:
        """da_k/dz_j of a softmax layer, a row per pair."""
        layer, names, shown = self.config.layers[l - 1], self.names, self._shown(l)
        z, a = ([make(l, layer.place(n + 1)) for n in range(layer.neurons)] for make in (names.z, names.a))
        values = ACTIVATIONS[layer.activation].jacobian(self.step.before.a[l - 1][:, self.column]).tolist()
        rows, pairs = [], 0
        for j in range(1, layer.neurons + 1):
            together = self._coupled_with(l, j)
            pairs += len(together)
            for k in together if j in shown else ():
                if k not in shown:
                    continue
                body = ACTIVATIONS[layer.activation].slope_formula(z, a, k - 1, j - 1, layer.options)
                rows.append((self.ledger.line(self._jacobian_of(l, k, j), body, values[k - 1][j - 1]),))
        omitted = pairs - len(rows)
        return Equations(tuple(rows), self.ledger.texts, slope_formula(l, layer), omitted, noun="slope")

    def _coupled_with(self, l: int, j: int) -> range:
        """Return the neurons whose activations depend on z of neuron j: of its own time step, or all."""
        layer = self.config.layers[l - 1]
        size = ACTIVATIONS[layer.activation].group or layer.neurons
        start = j - (j - 1) % size
        return range(start, start + size)

    def _jacobian_of(self, l: int, k: int, j: int) -> Symbol:
        """da_k/dz_j; over time their step comes first."""
        layer = self.config.layers[l - 1]
        place = layer.place(j)
        return self.names.da_dz(l, place if len(place) > 1 else j, layer.place(k)[-1])

    # a layer's weights ------------------------------------------------------------------------

    def _weight_gradients(self, l: int) -> Equations:
        """dL/dw of a layer, a row per weight: dL/dz times what came in through the weight."""
        layer, names, ledger, column = self.config.layers[l - 1], self.names, self.ledger, self.column
        dz = self.step.dz[l - 1][:, column]
        below = (self.step.x if l == 1 else self.step.before.a[l - 2])[:, column]
        columns = [i for i in range(ledger.view.shown(layer.inputs) + 1) if i not in layer.still]
        cells = [(j, i) for j in self._shown(l) for i in columns]
        if names.sample is None:
            array, a_weight = reduced(self.step)[l - 1], names.dL_dw(l, 1, 1)
            a_weight = data_gradient(names.w(l, 1, 1)) if self.step.dD_dw else a_weight
        else:
            array, a_weight = np.outer(dz, [1.0, *below]), names.dL_dw(l, 1, 1)

        def make(n: int) -> tuple[Equation, ...]:
            j, i = cells[n]
            made = names.dL_dw(l, i, j)
            if names.sample is None and self.step.dD_dw:
                made = data_gradient(names.w(l, i, j))
            return (ledger.line(made, weight_gradient(names, l, i, j), array[j - 1, i]),)

        def runs() -> Iterator[Run]:
            return gradient_runs(ledger, names, l, a_weight, array, columns)

        forms = [0, 1] if columns[0] == 0 else [0, 0]
        rows = rows_of(ledger, make, len(cells), len(cells), runs, [array], forms)
        omitted = layer.neurons * len(layer.columns()) - len(rows)
        formulas = weight_gradient_formulas(l, bias=0 not in layer.still)
        if self.step.dD_dw and names.sample is None:
            formulas = tuple(replace(one, symbol=_of_data(one.symbol)) for one in formulas)
        return Equations(rows, self.ledger.texts, formulas, omitted, noun="weight")


def _of_data(symbol: Symbol) -> Symbol:
    return Symbol("dD/dw", symbol.layer, symbol.indices)


def _is_activated(layer: Layer) -> bool:
    return layer.is_dense or kind_of(layer.kind).has_activation


def _backward(
    config: Config, ledger: Ledger, names: Names, step: Step, column: int, derived: Derived | None
) -> Backward:
    from perceptron_cli.trace.derived import Derived
    from perceptron_cli.trace.step.kinds import Backward

    return Backward(
        ledger, names, step, column, derived or Derived(config, (names,), number=step.numbers[column])
    )


def reduced(step: Step) -> Sequence[Array]:
    """The gradient of the data, reduced over the batch: without a penalty that of L itself."""
    return step.dD_dw or step.dL_dw


def reduced_sections(config: Config, ledger: Ledger, step: Step) -> Iterator[Section]:
    """Tell what a batch's gradients are reduced to: their mean, or their sum, output layer first."""
    mean = config.training.reduction == "mean"
    for l in range(len(config.layers), 0, -1):
        layer = config.layers[l - 1]
        cells = shown(layer, ledger.view, layer.columns())

        def make(n: int, l: int = l, layer: Layer = layer, cells: Cells = cells) -> tuple[Equation, ...]:
            row, column = cells[n]
            w = parameter(layer, l, row, column)
            samples: Expr = total([gradient(w, s) for s in step.numbers])
            body = samples / len(step.numbers) if mean else samples
            made = data_gradient(w) if step.dD_dw else gradient(w)
            return (ledger.line(made, body, reduced(step)[l - 1][row, column]),)

        def array_of(symbol: Symbol, l: int = l) -> Array:
            if symbol.sample is None:
                return reduced(step)[l - 1]
            column = step.numbers.index(symbol.sample)
            below = (step.x if l == 1 else step.before.a[l - 2])[:, column]
            return np.outer(step.dz[l - 1][:, column], [1.0, *below])

        def runs(
            make: Make = make, array_of: Callable[[Symbol], Array] = array_of, l: int = l
        ) -> Iterator[Run]:
            return matrix_runs(ledger, make(0)[0], array_of, config.layers[l - 1].columns())

        terms = len(cells) * len(step.numbers) if layer.is_dense else 0
        rows = rows_of(ledger, make, len(cells), terms, runs, [reduced(step)[l - 1]])
        if not rows:
            continue
        omitted = layer.size[0] * len(layer.columns()) - len(rows)
        word = "mean" if mean else "sum"
        yield Section(
            f"Layer {l} weight gradients, {word} over the samples",
            "gradients",
            (Equations(rows, ledger.texts, (), omitted, noun="weight"),),
            layer=l,
        )
