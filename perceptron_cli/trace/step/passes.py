"""The forward pass and the loss, told neuron by neuron; the verification tells them again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.document import Equation, Equations, Formula, Run, Section
from perceptron_cli.engine.step import Forward
from perceptron_cli.expr import Expr, Number, Symbol, total
from perceptron_cli.layers.dense import affine, affine_formula
from perceptron_cli.losses import LOSSES
from perceptron_cli.spec.config import Config
from perceptron_cli.symbols import Names
from perceptron_cli.trace.ledger import Ledger
from perceptron_cli.trace.names import activation_formula
from perceptron_cli.trace.step.wide import Rows, Sums, rows_of

if TYPE_CHECKING:
    from perceptron_cli.trace.derived import Derived


def sample_title(title: str, names: Names) -> str:
    """Put the sample in front of a title, where there are several."""
    return title if names.sample is None else f"Sample {names.sample}: {title[0].lower()}{title[1:]}"


def layer_title(config: Config, l: int) -> str:
    """Return a layer's title, which says its kind, and whether it is the output."""
    layer = config.layers[l - 1]
    told = [] if layer.is_dense else [layer.kind]
    told += ["output"] if l == len(config.layers) else []
    return f"Layer {l} ({', '.join(told)})" if told else f"Layer {l}"


def pass_lines(
    config: Config, passed: Forward, batch: Sequence[Names], *, training: bool = False, number: int = 1
) -> Derived:
    """Return the lines of a pass over a batch, which drops numbers where it trains.

    `number` is that of a sample alone.
    """
    from perceptron_cli.trace.derived import Derived

    return Derived(config, batch, drops=training, running=passed.running, number=number)


def forward_section(
    config: Config,
    ledger: Ledger,
    names: Names,
    passed: Forward,
    column: int,
    l: int,
    derived: Derived | None,
) -> Section:
    """Tell one layer's numbers of one sample; `derived` has the lines where a layer is not dense."""
    phase = "verification" if names.prime else "forward"
    layer = config.layers[l - 1]
    title = layer_title(config, l)
    title = sample_title(f"Verification, {title[0].lower()}{title[1:]}" if names.prime else title, names)
    if derived is not None and not layer.is_dense:
        from perceptron_cli.trace.step.kinds import forward_blocks

        blocks = tuple(forward_blocks(config, ledger, names, passed, column, l, derived))
        return Section(title, phase, blocks, layer=l, sample=names.sample)
    z, a = passed.z[l - 1][:, column], passed.a[l - 1][:, column]
    shown = range(1, ledger.view.shown(layer.neurons) + 1)
    inputs, neurons = range(1, layer.inputs + 1), range(1, layer.neurons + 1)
    zs = [names.z(l, j) for j in neurons]
    entry = ACTIVATIONS[layer.activation]
    bias = layer.has_bias

    def summed(j: int) -> Equation:
        return ledger.line(names.z(l, j), affine(names, l, j, inputs, bias=bias), z[j - 1])

    def activated(j: int) -> Equation:
        return ledger.line(names.a(l, j), entry.formulas(zs, j - 1, layer.options), a[j - 1])

    def runs() -> Iterator[Run | Equation]:
        sums = Sums(ledger, names, l, bias)
        for j in shown:
            yield sums.run(zs[j - 1], z[j - 1])
            yield activated(j)

    if entry.coupled:  # all sums first: each activation is made from every one
        told = tuple(zip([*map(summed, shown)], [*map(activated, shown)], strict=True))
        rows: Rows = told
    else:
        terms = len(shown) * layer.inputs
        rows = rows_of(ledger, lambda n: (summed(n + 1), activated(n + 1)), len(shown), terms, runs, [z, a])
    formulas = (affine_formula(l, layer.inputs, bias=bias), activation_formula(l, layer))
    omitted = layer.neurons - len(shown)
    block = Equations(rows, ledger.texts, () if names.prime else formulas, omitted)
    return Section(title, phase, (block,), layer=l, sample=names.sample)


def loss_section(config: Config, ledger: Ledger, names: Names, passed: Forward, column: int) -> Section:
    """Tell one sample's loss: each output's part, then their sum."""
    if config.loss is None or passed.parts is None or passed.losses is None:
        raise ValueError("a loss is told where there is a target")
    outputs = config.sizes[-1]
    parts, whole = passed.parts[:, column], float(passed.losses[column])
    shown = _shown_outputs(config, ledger, names, outputs)
    rows: list[tuple[Equation, ...]]
    if outputs == 1:
        rows = [(_part(config, ledger, names, 1, whole, whole_loss(config, names)),)]
    else:
        rows = [
            (_part(config, ledger, names, k, float(parts[k - 1]), names.loss(_place(config, k))),)
            for k in shown
        ]
        rows.append((_sum_of_parts(config, ledger, names, whole),))
    block = Equations(
        tuple(rows),
        ledger.texts,
        () if names.prime else _loss_formulas(config),
        outputs - len(shown),
        noun="output",
    )
    title = "Verification, new loss" if names.prime else "Loss"
    phase = "verification" if names.prime else "loss"
    return Section(sample_title(title, names), phase, (block,), sample=names.sample)


def _place(config: Config, k: int) -> tuple[int, ...]:
    """Return the indices of output k: over time, those of its step and its place in it."""
    return config.place(len(config.layers), k)


def _shown_outputs(config: Config, ledger: Ledger, names: Names, outputs: int) -> list[int]:
    """Return the outputs that are told: the first, and of many classes the right one."""
    first = ledger.view.shown(outputs)
    rest = range(first + 1, outputs + 1)
    targets = [k for k in rest if first < outputs and ledger.engine[names.y(_place(config, k)).name]]
    return [*range(1, first + 1), *(targets if len(targets) <= ledger.view.few else [])]


def _part(config: Config, ledger: Ledger, names: Names, k: int, value: float, symbol: Symbol) -> Equation:
    """One output's part of the loss; y does not change with the update."""
    loss, output = LOSSES[config.loss or ""], len(config.layers)
    neurons = range(1, config.sizes[-1] + 1)
    y = names.y(_place(config, k))
    zs, outs = ([make(output, _place(config, j)) for j in neurons] for make in (names.z, names.a))
    target = ledger.values[y.name] or 0.0
    formulas = loss.formulas(config.layers[-1].activation, zs, outs, y, k - 1)
    return ledger.line(symbol, formulas, value, loss.lines(outs[k - 1], y, target))


def _sum_of_parts(config: Config, ledger: Ledger, names: Names, value: float) -> Equation:
    outputs = config.sizes[-1]
    parts: Expr = total([names.loss(_place(config, k)) for k in range(1, outputs + 1)])
    over = round(1 / LOSSES[config.loss or ""].share(outputs))
    return ledger.line(whole_loss(config, names), parts / over if over != 1 else parts, value)


def _loss_formulas(config: Config) -> tuple[Formula, ...]:
    names, output, outputs = Names(), len(config.layers), config.sizes[-1]
    loss = LOSSES[config.loss or ""]
    if outputs == 1:
        return (Formula(whole_loss(config, names), (loss.general(names.a(output, 1), names.y(1)),)),)
    return (Formula(names.loss("k"), (loss.general(names.a(output, "k"), names.y("k")),)),)


def batch_loss(ledger: Ledger, config: Config, samples: Sequence[int], value: float, prime: bool) -> Equation:
    """The loss over several samples: their mean, or their sum."""
    losses: Expr = total([Names(s, prime).loss() for s in samples])
    body = losses / len(samples) if config.training.reduction == "mean" else losses
    return ledger.line(whole_loss(config, Names(None, prime)), body, value)


def whole_loss(config: Config, names: Names) -> Symbol:
    """L, or a sample's; of the data alone, D, where large weights add R to it."""
    return names.data_loss() if config.penalty and names.sample is None else names.loss()


def improvement_lines(ledger: Ledger, before: float, after: float) -> tuple[Equation, Equation]:
    """What the update gained: L - L', and that in percent of L."""
    L, new = Names().loss(), Names(prime=True).loss()
    gain = before - after
    share = 100 * gain / before if before else float("nan")
    return (
        ledger.line(Symbol("improvement"), L - new, gain),
        ledger.line(
            Symbol("improvement_percent"),
            Number(100) * (L - new) / L,
            share,
            missing="there is no loss to improve on",
            percentage=True,
        ),
    )
