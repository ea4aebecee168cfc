"""The matrix view: the numbers that the scalar lines were made of, a layer at once, samples as columns.

Every cell is a symbol of the scalar view and is looked up in the same ledger.
W is a layer's matrix with its biases in column 0, V the same without that column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace as replace_fields

from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.clipping import CLIPPINGS
from perceptron_cli.document import Block, Matrix, MatrixEquation, Note, Part, Section
from perceptron_cli.engine.step import Step
from perceptron_cli.expr import (
    STATE_HEADS,
    Call,
    Expr,
    Hadamard,
    MatMul,
    Number,
    Product,
    Symbol,
    Transpose,
    product,
    replace,
    symbols,
)
from perceptron_cli.losses import LOSSES, unweighed, weights_of
from perceptron_cli.optimizers import OPTIMIZERS
from perceptron_cli.spec.config import Config
from perceptron_cli.symbols import Names
from perceptron_cli.trace.ledger import Ledger
from perceptron_cli.trace.names import activated
from perceptron_cli.trace.step.passes import layer_title
from perceptron_cli.trace.view import View

MATRIX_HEADS = frozenset({"W", "V", "J", "z", "a", "x", "y", "dL/da", "da/dz", "dL/dz", "dL/dW", "dL/dV"})


def in_matrices(part: Part, config: Config, ledger: Ledger, view: View, step: Step | None = None) -> Part:
    """Return the part with its layers told as matrices: what is given, the losses and the notes stay."""
    if not config.is_dense:
        from perceptron_cli.trace.step.kind_matrices import with_matrices

        return with_matrices(part, config, ledger, view)
    numbers = step.numbers if step else range(1, len(config.samples) + 1)
    told = Matrices(config, ledger, view, numbers, step)
    kept = [section for section in part.sections if section.layer is None]
    phases = ("given", "loss", "gradients", "updates", "verification")
    by_phase = {phase: [one for one in kept if one.phase == phase] for phase in phases}
    given, *more = by_phase["given"]
    gradients = [*told.gradients()] if step else []
    loss = config.loss or ""
    if step and (
        loss != unweighed(loss) or weights_of(loss)
    ):  # a weight of a class or of a sample is no matrix
        scalar = [one for one in part.sections if one.title.endswith("output layer gradient")]
        gradients = [*scalar, *gradients[1:]]
    sections = [
        given,
        *told.forward(prime=False),
        *by_phase["loss"],
        *gradients,
        *by_phase["gradients"],
        *(told.updates() if step else ()),
        *by_phase["updates"],
        *(told.forward(prime=True) if step else ()),
        *by_phase["verification"],
        *more,
    ]
    return replace_fields(part, sections=tuple(sections))


def elementwise(expr: Expr) -> Expr:
    """Return a scalar formula for matrices: where two of them are multiplied, element by element."""

    def change(node: Expr) -> Expr | None:
        if not isinstance(node, Product) or isinstance(node, MatMul):
            return None
        factors = [elementwise(factor) for factor in node.factors]
        several = sum(any(_is_matrix(one) for one in symbols(factor)) for factor in factors) > 1
        return Hadamard(factors) if several else Product(factors)

    return replace(expr, change)


def _is_matrix(symbol: Symbol) -> bool:
    return symbol.head in MATRIX_HEADS or symbol.head in STATE_HEADS


class Matrices:
    """Tells the layers of one pass or step as equations of matrices."""

    def __init__(
        self, config: Config, ledger: Ledger, view: View, numbers: Sequence[int], step: Step | None
    ) -> None:
        self.config = config
        self.ledger = ledger
        self.view = view
        self.numbers = numbers
        self.step = step
        self.several = len(numbers) > 1

    # the sections -----------------------------------------------------------------------------

    def forward(self, *, prime: bool) -> Iterator[Section]:
        """Yield a section a layer: z = W [1; a below], and a = f(z)."""
        for l, layer in enumerate(self.config.layers, start=1):
            below = self._a(l - 1, prime)
            z, a = self._z(l, prime), self._a(l, prime)
            W = self._weights(l, "W", prime)
            affine = self._equation(z, MatMul([W[0], Call("stack", below[0])]), W, below)
            title = layer_title(self.config, l)
            if prime:
                title = f"Verification, {title[0].lower()}{title[1:]}"
            phase = "verification" if prime else "forward"
            yield Section(title, phase, (affine, self._equation(a, activated(layer, z[0]), z)), layer=l)

    def gradients(self) -> Iterator[Section]:
        """Yield the steps of backpropagation, output layer first, numbered as in the scalar view."""
        top, number = len(self.config.layers), 1
        yield self._step(number, top, "output layer gradient", self._output_gradient(top))
        for l in range(top, 0, -1):
            number += 1
            yield self._step(number, l, f"layer {l} weight gradients", [self._weight_gradients(l)])
            if l > 1:
                yield self._step(number + 1, l - 1, f"backpropagate to layer {l - 1}", [self._from_above(l)])
                yield self._step(
                    number + 2, l - 1, f"layer {l - 1} neuron gradients", self._neuron_gradients(l - 1)
                )
                number += 2
        if self.view.input_gradients:
            yield self._step(number + 1, 0, "gradients at the inputs", [self._from_above(1)])

    def _step(self, number: int, l: int, title: str, blocks: Iterable[Block]) -> Section:
        return Section(f"Step {number}: {title}", "gradients", tuple(blocks), layer=l)

    def updates(self) -> Iterator[Section]:
        """Yield the updates, output layer first; an optimizer's formula holds element by element."""
        training = self.config.training
        kind = "W" if training.update_biases else "V"
        for l in range(len(self.config.layers), 0, -1):
            w, g = self._weights(l, kind, False), self._gradient(l, kind)
            known = [w, g]
            blocks: list[Block] = []
            if not training.update_biases:
                blocks.append(Note("The biases are not updated (update_biases: false).", "step"))
            if training.clip != "none":
                taken = self._assigned(Symbol("g", l), l, kind)
                body = CLIPPINGS[training.clip].formula(g[0])
                blocks.append(self._equation(taken, elementwise(body), g))
                known.append(g := taken)
            for line in OPTIMIZERS[training.optimizer].lines(w[0], g[0], self.step_number, training.options):
                made = self._assigned(line.symbol, l, kind)
                known.extend(
                    self._assigned(one, l, kind) for one in symbols(line.body) if one.head in STATE_HEADS
                )
                blocks.append(self._equation(made, elementwise(line.body), *known))
                known.append(made)
            name = "output layer" if l == len(self.config.layers) else f"layer {l}"
            yield Section(f"Weight updates, {name}", "updates", tuple(blocks), layer=l)

    @property
    def step_number(self) -> int:
        return self.step.t if self.step else 1

    # backpropagation --------------------------------------------------------------------------

    def _output_gradient(self, top: int) -> Iterator[Block]:
        loss, layer = LOSSES[self.config.loss or ""], self.config.layers[-1]
        a, y = self._a(top, False), self._y()
        shortcut = loss.shortcut(layer.activation)
        formula = loss.gradient_formulas(a[0], y[0], layer.neurons)[0]
        yield self._equation(self._neurons("dL_da", top), elementwise(formula), a, y)
        yield from self._neuron_gradients(top)
        if shortcut is not None:
            yield Note("The shortcut, with the two factors multiplied out:", "step")
            short = elementwise(shortcut.formula(a[0], y[0]))
            yield self._equation(self._neurons("dL_dz", top), short, a, y)

    def _neuron_gradients(self, l: int) -> Iterator[Block]:
        """dL/dz = dL/da (.) da/dz; of softmax, J^T dL/da for each sample, J its Jacobian."""
        layer = self.config.layers[l - 1]
        entry = ACTIVATIONS[layer.activation]
        reached, made = self._neurons("dL_da", l), self._neurons("dL_dz", l)
        if not entry.coupled:
            a, z = self._a(l, False), self._z(l, False)
            slope = self._neurons("da_dz", l)
            formula = entry.slope_formula([z[0]], [a[0]], 0, 0, layer.options)
            yield self._equation(slope, elementwise(formula), a, z)
            yield self._equation(made, Hadamard([reached[0], slope[0]]), reached, slope)
            return
        for number in self.numbers[: self.view.shown(len(self.numbers))]:
            names = Names(number if self.several else None)
            J = Symbol("J", l, (), names.sample), self._jacobian(names, l)
            one, other = (self._of_one(make, l, names) for make in ("dL_da", "dL_dz"))
            yield self._equation(other, MatMul([Transpose(J[0]), one[0]]), J, one)

    def _jacobian(self, names: Names, l: int) -> Matrix:
        """J_kj = da_k/dz_j."""
        n = self.config.sizes[l]
        shown = range(1, self.view.shown(n) + 1)
        return Matrix(tuple(tuple(names.da_dz(l, j, k) for j in shown) for k in shown), (n, n))

    def _weight_gradients(self, l: int) -> Block:
        """dL/dW = dL/dz [1; a]^T, and of a batch's mean so much of it."""
        dz, below, made = self._neurons("dL_dz", l), self._a(l - 1, False), self._gradient(l, "W")
        body: Expr = MatMul([dz[0], Transpose(Call("stack", below[0]))])
        if self.several and self.config.training.reduction == "mean":
            body = product([Number(1) / len(self.numbers), body])
        return self._equation(made, body, dz, below)

    def _from_above(self, l: int) -> Block:
        """dL/da of the layer below l is V^T dL/dz."""
        V, dz, made = self._weights(l, "V", False), self._neurons("dL_dz", l), self._neurons("dL_da", l - 1)
        return self._equation(made, MatMul([Transpose(V[0]), dz[0]]), V, dz)

    # matrices ---------------------------------------------------------------------------------

    def _equation(
        self, made: tuple[Symbol, Matrix], body: Expr, *known: tuple[Symbol, Matrix]
    ) -> MatrixEquation:
        matrices = {symbol.name: matrix for symbol, matrix in (*known, made)}
        return MatrixEquation(made[0], body, matrices, self.ledger.texts, self.ledger.values)

    def _columns(self, prime: bool = False) -> list[Names]:
        shown = self.numbers[: self.view.shown(len(self.numbers))]
        return [Names(number if self.several else None, prime) for number in shown]

    def _grid(self, n: int, cell: Callable[[Names, int], Symbol], prime: bool = False) -> Matrix:
        """Return a row per neuron (or feature) and a column per sample."""
        rows = range(1, self.view.shown(n) + 1)
        columns = self._columns(prime)
        return Matrix(tuple(tuple(cell(names, j) for names in columns) for j in rows), (n, len(self.numbers)))

    def _z(self, l: int, prime: bool) -> tuple[Symbol, Matrix]:
        cells = self._grid(self.config.sizes[l], lambda names, j: names.z(l, j), prime)
        return Symbol("z", l, (), None, prime), cells

    def _a(self, l: int, prime: bool) -> tuple[Symbol, Matrix]:
        """a of a layer, or x."""
        if not l:
            return Symbol("x"), self._grid(self.config.inputs, lambda names, i: names.x(i))
        cells = self._grid(self.config.sizes[l], lambda names, j: names.a(l, j), prime)
        return Symbol("a", l, (), None, prime), cells

    def _y(self) -> tuple[Symbol, Matrix]:
        return Symbol("y"), self._grid(self.config.sizes[-1], lambda names, k: names.y(k))

    def _neurons(self, make: str, l: int) -> tuple[Symbol, Matrix]:
        """dL/da, da/dz or dL/dz of a layer."""
        cells = self._grid(self.config.sizes[l], lambda names, j: getattr(names, make)(l, j))
        return Symbol(make.replace("_", "/"), l), cells

    def _of_one(self, make: str, l: int, names: Names) -> tuple[Symbol, Matrix]:
        """The same of one sample alone."""
        n = self.config.sizes[l]
        cells = tuple((getattr(names, make)(l, j),) for j in range(1, self.view.shown(n) + 1))
        return Symbol(make.replace("_", "/"), l, (), names.sample), Matrix(cells, (n, 1))

    def _rows(self, l: int, kind: str, cell: Callable[[int, int], Symbol]) -> Matrix:
        """Return a row per neuron and a column per input; of W the biases first."""
        n, inputs, start = self.config.sizes[l], self.config.sizes[l - 1], 0 if kind == "W" else 1
        rows, columns = range(1, self.view.shown(n) + 1), range(start, self.view.shown(inputs) + 1)
        return Matrix(tuple(tuple(cell(i, j) for i in columns) for j in rows), (n, inputs + (kind == "W")))

    def _weights(self, l: int, kind: str, prime: bool) -> tuple[Symbol, Matrix]:
        names = Names(prime=prime)
        return Symbol(kind, l, (), None, prime), self._rows(l, kind, lambda i, j: names.w(l, i, j))

    def _gradient(self, l: int, kind: str) -> tuple[Symbol, Matrix]:
        return Symbol(f"dL/d{kind}", l), self._rows(l, kind, lambda i, j: Names().dL_dw(l, i, j))

    def _assigned(self, symbol: Symbol, l: int, kind: str) -> tuple[Symbol, Matrix]:
        """The matrix that an update's line sets or reads: the new weights, or the optimizer's state."""
        if symbol.head == kind:
            return self._weights(l, kind, True)
        cells = self._rows(l, kind, lambda i, j: Symbol(symbol.head, l, (i, j), None, symbol.prime))
        return symbol, cells
