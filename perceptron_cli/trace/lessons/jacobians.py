"""The derivation `matrix`: the Jacobians of a layer, their shapes, and the products that they make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.document import Block, Matrix, MatrixEquation, Note, Section
from perceptron_cli.engine.step import Step
from perceptron_cli.errors import InputError
from perceptron_cli.expr import Call, Derivative, Expr, Hadamard, MatMul, Number, Symbol, Transpose
from perceptron_cli.notation import show
from perceptron_cli.records import record
from perceptron_cli.spec.config import Config
from perceptron_cli.symbols import Names
from perceptron_cli.trace.lookup import Lookup
from perceptron_cli.trace.view import UNDEFINED, View


@record
class _Layer:
    """A layer's letters: `n` neurons, `m` inputs; its numbers where there is a network."""

    l: int
    n: int
    m: int
    names: Names
    coupled: bool
    numbers: Mapping[str, str] | None
    values: Mapping[str, float | None] | None

    def column(self, head: str) -> tuple[str, Matrix]:
        """z, a, dL/dz ... of the layer, (n, 1)."""
        make = getattr(self.names, head.replace("/", "_"))
        return self.symbol(head).name, _column([make(self.l, j) for j in self.js])

    @property
    def js(self) -> range:
        return range(1, self.n + 1)

    @property
    def below(self) -> Symbol:
        head, layer = ("a", self.l - 1) if self.l > 1 else ("x", None)
        return Symbol(head, layer, (), self.names.sample)

    def a_below(self) -> tuple[str, Matrix]:
        return self.below.name, _column([self.names.a(self.l - 1, i) for i in range(1, self.m + 1)])

    def symbol(self, head: str) -> Symbol:
        return Symbol(head, self.l, (), self.names.sample)

    def weights(self, kind: str) -> tuple[str, Matrix]:
        first = 0 if kind == "W" else 1
        rows = [[self.names.w(self.l, i, j) for i in range(first, self.m + 1)] for j in self.js]
        return Symbol(kind, self.l).name, _matrix(rows)

    def equation(self, symbol: Symbol, body: Expr, *matrices: tuple[str, Matrix]) -> MatrixEquation:
        return MatrixEquation(symbol, body, dict(matrices), self.numbers, self.values)


def jacobian_sections(config: Config | None, step: Step | None, view: View) -> Iterator[Section]:
    """Yield the derivation for a layer of 2 neurons with 2 inputs, or for one of a network's.

    Raises InputError where every layer of the network is too wide to be shown.
    """
    at = _of_network(config, step, view) if config and step else _Layer(3, 2, 2, Names(), False, None, None)
    for title, blocks in (
        ("What a Jacobian is", _what(at)),
        ("The weighted sums, by what comes in", _sums(at)),
        ("The activations, by the weighted sums", _activations(at)),
        ("The weighted sums, by the weights", _weights(at)),
    ):
        yield Section(title, "result", tuple(blocks), layer=at.l, sample=at.names.sample)


def _of_network(config: Config, step: Step, view: View) -> _Layer:
    sizes = config.sizes
    widest = {l: max(sizes[l - 1], sizes[l]) for l in range(1, len(sizes))}
    small = [l for l, size in widest.items() if view.shown(size) == size]
    if not small:
        what = f"derive matrix: every layer of {config.name} is too wide to be shown"
        raise InputError(what, hint="--all shows it")
    l = max(small, key=lambda one: (min(sizes[one], 2), one))
    lookup = Lookup.of(config, step)
    names = Names(step.numbers[0] if len(step.numbers) > 1 else None)
    n, m = sizes[l], sizes[l - 1]
    layer = config.layers[l - 1]
    at = _Layer(l, n, m, names, ACTIVATIONS[layer.activation].coupled, None, None)
    values: dict[str, float | None] = {}
    for symbol in _symbols(at):
        values[symbol.name] = lookup(symbol)
    texts = {name: UNDEFINED if one is None else show(one, view.decimals) for name, one in values.items()}
    return _Layer(l, n, m, names, at.coupled, texts, values)


def _symbols(at: _Layer) -> Iterator[Symbol]:
    names, l = at.names, at.l
    yield from (names.a(l - 1, i) for i in range(1, at.m + 1))
    yield from (names.dL_da(l - 1, i) for i in range(1, at.m + 1))
    for j in at.js:
        yield from (names.z(l, j), names.a(l, j), names.dL_da(l, j), names.dL_dz(l, j))
        yield from (names.w(l, i, j) for i in range(at.m + 1))
        yield from (names.dL_dw(l, i, j) for i in range(at.m + 1))
        yield from (names.da_dz(l, j, k) for k in at.js) if at.coupled else (names.da_dz(l, j),)


def _what(at: _Layer) -> Iterator[Block]:
    yield Note(
        "A layer makes several numbers of several. The Jacobian of what it makes by what it is made of has "
        "a row for each number made and a column for each number that went in, and in it each derivative of "
        "one by the other. Chained functions multiply their Jacobians, so shapes must fit: that is the chain "
        "rule."
    )
    yield at.equation(
        at.symbol("z"),
        MatMul([Symbol("W", at.l), Call("stack", at.below)]),
        at.column("z"),
        at.weights("W"),
        at.a_below(),
    )


def _sums(at: _Layer) -> Iterator[Block]:
    names, l = at.names, at.l
    rows = [[Derivative(names.z(l, j), names.a(l - 1, i)) for i in range(1, at.m + 1)] for j in at.js]
    jacobian = Symbol("dz/da", l, (), names.sample)
    yield Note(
        "dz_j/da_i is w_ij, what a_i is multiplied by: the Jacobian is V, which is W without its biases.",
        "step",
    )
    yield at.equation(jacobian, Symbol("V", l), (jacobian.name, _matrix(rows)), at.weights("V"))
    yield Note(
        "dL/dz as a row, times the Jacobian, is dL/da of the layer below as a row. As a column both sides "
        "are transposed:",
        "step",
    )
    reached = Symbol("dL/da", l - 1, (), names.sample)
    cells = _column([names.dL_da(l - 1, i) for i in range(1, at.m + 1)])
    body = MatMul([Transpose(Symbol("V", l)), at.symbol("dL/dz")])
    yield at.equation(reached, body, (reached.name, cells), at.weights("V"), at.column("dL/dz"))


def _activations(at: _Layer) -> Iterator[Block]:
    names, l = at.names, at.l
    jacobian = Symbol("J", l, (), names.sample)
    rows = [[_slope(at, j, k) for j in at.js] for k in at.js]
    matrix = jacobian.name, _matrix(rows)
    full = [[Derivative(names.a(l, k), names.z(l, j)) for j in at.js] for k in at.js]
    left = Symbol("da/dz", l, (), names.sample)
    if at.coupled:
        yield Note("Every softmax neuron depends on every z of its layer, so the Jacobian is full:", "step")
    else:
        yield Note("a_j depends on its own z_j alone, so the Jacobian is 0 off its diagonal:", "step")
    yield at.equation(left, jacobian, (left.name, _matrix(full)), matrix)
    made, reached = at.symbol("dL/dz"), at.symbol("dL/da")
    body = MatMul([Transpose(jacobian), reached])
    yield at.equation(made, body, at.column("dL/dz"), matrix, at.column("dL/da"))
    if not at.coupled:
        yield Note(
            "To multiply by a diagonal matrix is to multiply element by element, the Hadamard product:",
            "step",
        )
        slopes = left.name, _column([names.da_dz(l, j) for j in at.js])
        yield at.equation(made, Hadamard([reached, left]), at.column("dL/dz"), at.column("dL/da"), slopes)


def _slope(at: _Layer, j: int, k: int) -> Expr:
    if at.coupled:
        return at.names.da_dz(at.l, j, k)
    return at.names.da_dz(at.l, j) if j == k else Number(0)


def _weights(at: _Layer) -> Iterator[Block]:
    names, l = at.names, at.l
    below: list[Expr] = [Number(1), *(names.a(l - 1, i) for i in range(1, at.m + 1))]
    nothing: list[Expr] = [Number(0)] * len(below)
    rows = [[one for k in at.js for one in (below if k == j else nothing)] for j in at.js]
    yield Note(
        "z_j depends on the weights of its own neuron alone, row j of W: dz_j/dw_ij is a_i, and 1 for the "
        f"bias. With all {at.n * (1 + at.m)} weights in a row, neuron after neuron, the Jacobian of z is "
        "mostly 0, and dL/dz as a row times it is the gradient, in a row too:",
        "step",
    )
    jacobian, gradient = Symbol("dz/dw", l, (), names.sample), Symbol("dL/dw", l, (), names.sample)
    cells = [[names.dL_dw(l, i, j) for j in at.js for i in range(at.m + 1)]]
    body = MatMul([Transpose(at.symbol("dL/dz")), jacobian])
    yield at.equation(
        gradient, body, (gradient.name, _matrix(cells)), at.column("dL/dz"), (jacobian.name, _matrix(rows))
    )
    yield Note(
        "Each of its numbers is one dL/dz_j times one a_i. Laid out like W, a row per neuron, they are the "
        "outer product: no Jacobian need be written down.",
        "step",
    )
    whole = Symbol("dL/dW", l, (), names.sample)
    laid_out = [[names.dL_dw(l, i, j) for i in range(at.m + 1)] for j in at.js]
    outer = MatMul([at.symbol("dL/dz"), Transpose(Call("stack", at.below))])
    yield at.equation(whole, outer, (whole.name, _matrix(laid_out)), at.column("dL/dz"), at.a_below())


def _column(cells: list[Symbol]) -> Matrix:
    return Matrix(tuple((cell,) for cell in cells), (len(cells), 1))


def _matrix(rows: Sequence[Sequence[Expr]]) -> Matrix:
    return Matrix(tuple(tuple(row) for row in rows), (len(rows), len(rows[0])))
