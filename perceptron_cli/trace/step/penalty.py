"""What large weights add to the loss, and to each weight's gradient."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from perceptron_cli.document import Equations, Formula, Note, Section
from perceptron_cli.engine.step import Forward, Step
from perceptron_cli.expr import Call, Expr, Number, Symbol, total
from perceptron_cli.layers.cells import parameter
from perceptron_cli.spec.config import Config, Penalty
from perceptron_cli.symbols import Names, data_gradient, gradient
from perceptron_cli.trace.cells import learnt, shown
from perceptron_cli.trace.ledger import Ledger

L2, L1 = Symbol("l2"), Symbol("l1")


def penalty_section(
    config: Config, ledger: Ledger, passed: Forward, samples: int, *, prime: bool = False
) -> Iterator[Section]:
    """Yield R, what the weights add, and L = D + R, where there is a penalty."""
    penalty, names = config.penalty, Names(prime=prime)
    if penalty is None or passed.loss is None:
        return
    weights = [
        parameter(config.layers[l - 1], l, row, column, prime=prime)
        for l, row, column in sorted(learnt(config.layers, biases=penalty.biases))
    ]
    terms: list[Expr] = []
    if penalty.l2:
        terms.append(L2 / 2 * total([w**2 for w in weights]))
    if penalty.l1:
        terms.append(L1 * total([Call("abs", w) for w in weights]))
    body = total(terms)
    share = samples if penalty.reduction == "mean" else 1
    own = ledger.line(names.penalty(), body / share if share > 1 else body, passed.penalty)
    whole = ledger.line(names.loss(), names.data_loss() + names.penalty(), passed.loss)
    title = "Verification, penalty for large weights" if prime else "Penalty for large weights"
    block = Equations(((own,), (whole,)), ledger.texts)
    yield Section(title, "verification" if prime else "loss", (block,))


def pull_sections(config: Config, ledger: Ledger, step: Step) -> Iterator[Section]:
    """Yield each layer's gradient with the pull of the penalty, output layer first."""
    penalty = config.penalty
    if penalty is None:
        return
    share = len(step.numbers) if penalty.reduction == "mean" else 1
    for l in range(len(config.layers), 0, -1):
        layer = config.layers[l - 1]
        cells = shown(layer, ledger.view, layer.columns())
        if not cells:
            continue
        counted = layer.columns(biases=penalty.biases)
        rows = []
        for row, column in cells:
            w = parameter(layer, l, row, column)
            bodies = _pulled(penalty, w, share) if column in counted else [data_gradient(w)]
            rows.append((ledger.line(gradient(w), bodies, float(step.dL_dw[l - 1][row, column])),))
        general = Symbol("w")
        formula = Formula(gradient(general), (_pulled(penalty, general, share)[0],))
        omitted = layer.size[0] * len(layer.columns()) - len(rows)
        note = Note("Each weight that counts is pulled towards 0, by as much as R grows with it.", "step")
        yield Section(
            f"Layer {l} weight gradients with the penalty",
            "gradients",
            (note, Equations(tuple(rows), ledger.texts, (formula,), omitted, noun="weight")),
            layer=l,
        )


def _pulled(penalty: Penalty, w: Symbol, share: int) -> Sequence[Expr]:
    """dL/dw = dD/dw + l2 w + l1 w/|w|; where w is 0 the last has no value, and 0 is taken."""
    square: list[Expr] = [L2 * w] if penalty.l2 else []
    size: list[Expr] = [L1 * w / Call("abs", w)] if penalty.l1 else []
    found = []
    for pull in ([*square, *size], square or [Number(0)]):
        parts = [one / share if share > 1 else one for one in pull]
        found.append(total([data_gradient(w), *parts]))
    return found
