"""The matrix view where not all layers are dense: what is linear as the matrix that it is.

A convolution is a product with a matrix, in which the kernel stands in every row, one window further; its way
back is the product with the transposed matrix. Layers that no matrix says keep their lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from perceptron_cli.calculus import partial
from perceptron_cli.document import Block, Equations, Matrix, MatrixEquation, Note, Part, Section
from perceptron_cli.expr import Expr, MatMul, Number, Sum, Symbol, Transpose, symbols, total
from perceptron_cli.layers import kind_of
from perceptron_cli.layers.kind import At
from perceptron_cli.spec.config import Config
from perceptron_cli.symbols import Names, Place
from perceptron_cli.trace.ledger import Ledger
from perceptron_cli.trace.names import activated
from perceptron_cli.trace.step.kinds import drawn
from perceptron_cli.trace.view import View

_ROWS = "As a product with a matrix: a row for each number that it gives, a column for each number below."


def with_matrices(part: Part, config: Config, ledger: Ledger, view: View) -> Part:
    """Return the part with the lines of each linear layer as an equation of matrices, forward and back."""
    told = _Products(config, ledger, view)
    return replace(part, sections=tuple(told.section(one) for one in part.sections))


class _Products:
    def __init__(self, config: Config, ledger: Ledger, view: View) -> None:
        self.config, self.ledger, self.view = config, ledger, view
        self._told = False

    def section(self, section: Section) -> Section:
        """Return a section with a product for its lines, where there is one."""
        l, layers = section.layer, self.config.layers
        if l is None:
            return section
        if l and (told := self._of_kind(section, l)) is not None:
            return told
        if section.phase in ("forward", "verification") and l and kind_of(layers[l - 1].kind).is_linear:
            names = Names(section.sample, section.phase == "verification")
            return self._changed(section, self._forward(l, names))
        above = layers[l].kind if l < len(layers) else ""
        reached = section.phase == "gradients" and section.title.endswith(
            f"to layer {l}" if l else "gradients at the inputs"
        )
        skipped = any(one.settings.get("from") == l for one in layers)
        if reached and above and kind_of(above).is_linear and not skipped:
            return self._changed(section, self._back(l, Names(section.sample)))
        return section

    def _of_kind(self, section: Section, l: int) -> Section | None:
        """Return a section with the formulas of matrices that the kind itself has, None where it has none."""
        layer = self.config.layers[l - 1]
        kind = kind_of(layer.kind)
        primed = section.phase == "verification"
        at = At(kind, layer, l, Names(section.sample, primed))
        notes = [one for one in section.blocks if not isinstance(one, Equations)]
        if section.phase in ("forward", "verification"):
            made = list(kind.matrices(layer, at))
        elif section.phase == "gradients":
            back, stages = kind.matrices_back(layer, at), kind.stages(layer)
            made = [
                one
                for stage in stages
                if section.title.endswith(f"gradients of the {stage.title}") and stage.title
                for one in back.get(stage.head, ())
            ]
        else:
            return None
        if not made:
            return None
        return replace(section, blocks=(*notes, *drawn(self.ledger, made)))

    def _changed(self, section: Section, made: Iterator[Block]) -> Section:
        """Return the section with these blocks instead of its last table."""
        *before, last = section.blocks
        if not isinstance(last, Equations):
            return section
        told = section.phase == "forward" and before and not self._told  # before: not over a dense layer
        self._told = self._told or bool(told)
        return replace(section, blocks=(*before, *([Note(_ROWS, "step")] if told else []), *made))

    def _forward(self, l: int, names: Names) -> Iterator[Block]:
        layer = self.config.layers[l - 1]
        kind = kind_of(layer.kind)
        matrix, constants = self._matrix(l, names)
        K, below = Symbol("K", l, (), None, names.prime), self._column(l - 1, names, names.a)
        z = self._column(l, names, names.z if kind.has_activation else names.a)
        body: Expr = MatMul([K, below[0]])
        known = {K.name: matrix, below[0].name: below[1]}
        if any(one is not None for one in constants):
            b = Symbol("b", l, (), None, names.prime)
            known[b.name] = Matrix(tuple((one or Number(0),) for one in constants), (layer.neurons, 1))
            body = Sum([body, b])
        yield self._equation(z, body, known)
        if kind.has_activation and layer.activation != "linear":
            a = self._column(l, names, names.a)
            yield self._equation(a, activated(layer, z[0]), {z[0].name: z[1]})

    def _back(self, l: int, names: Names) -> Iterator[Block]:
        """dL/da = K^T dL/dz."""
        above = self.config.layers[l]
        matrix, _ = self._matrix(l + 1, names)
        K = Symbol("K", l + 1)
        dz = self._column(l + 1, names, names.dL_dz if kind_of(above.kind).has_activation else names.dL_da)
        made = self._column(l, names, names.dL_da)
        yield self._equation(made, MatMul([Transpose(K), dz[0]]), {K.name: matrix, dz[0].name: dz[1]})

    def _matrix(self, l: int, names: Names) -> tuple[Matrix, list[Expr | None]]:
        """Return the matrix of a layer, and what each row adds that is not from below."""
        layer = self.config.layers[l - 1]
        kind = kind_of(layer.kind)
        at = At(kind, layer, l, names)
        shown = [at.below(m) for m in range(self.view.shown(layer.inputs))]
        rows, constants = [], []
        everything = {at.below(m).name for m in range(layer.inputs)}
        for n in range(self.view.shown(layer.neurons)):
            tree = kind.tree(layer, at, len(kind.stages(layer)) - 1, n)
            used = {one.name for one in symbols(tree)}
            rows.append(tuple(partial(tree, one) if one.name in used else Number(0) for one in shown))
            terms = tree.terms if isinstance(tree, Sum) else ()
            own = [one for one in terms if not everything & {symbol.name for symbol in symbols(one)}]
            constants.append(total(own) if own else None)
        return Matrix(tuple(rows), (layer.neurons, layer.inputs)), constants

    def _column(self, l: int, names: Names, make: Callable[[int, Place], Symbol]) -> tuple[Symbol, Matrix]:
        """Return numbers of a layer, its z or a or the gradient there, as a column."""
        whole = self.config.sizes[l]
        cells = [make(l, self.config.place(l, n)) for n in range(1, self.view.shown(whole) + 1)]
        first = cells[0]
        symbol = Symbol(first.head, first.layer, (), first.sample, first.prime)
        return symbol, Matrix(tuple((one,) for one in cells), (whole, 1))

    def _equation(self, made: tuple[Symbol, Matrix], body: Expr, known: dict[str, Matrix]) -> MatrixEquation:
        matrices = {**known, made[0].name: made[1]}
        return MatrixEquation(made[0], body, matrices, self.ledger.texts, self.ledger.values)
