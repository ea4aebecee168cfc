"""The document of `activations`: each function's formula, slope, use and weakness, a table and a curve."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from perceptron_cli import engine
from perceptron_cli.activation import Activation
from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.arrays import Array, Options
from perceptron_cli.document import Block, Document, Equations, Formula, Note, Plot, Section, Series, Table
from perceptron_cli.expr import Expr, Symbol
from perceptron_cli.notation import MACHINE, show
from perceptron_cli.spec.config import Config, Given
from perceptron_cli.trace.view import UNDEFINED, View

POINTS = tuple(Given(float(z), str(z)) for z in (-5, -2, -1, 0, 1, 2, 5))
SATURATED = 0.1  # of the steepest slope; a neuron below it hardly learns
CURVE = 201  # points of a drawn line


def activations(
    names: Sequence[str] = (),
    at: Sequence[Given] = (),
    config: Config | None = None,
    view: View | None = None,
) -> Document:
    """Tell activation functions: all, the named ones, or those that a config's network uses.

    `at` are the z of the tables. With a config its neurons' z stand on the curves, and a section
    says which neurons are saturated or dead.
    """
    view, at = view or View(), tuple(at) or POINTS
    neurons = _neurons(config) if config else []
    chosen = list(names) or list(dict.fromkeys(one.activation for one in neurons)) or list(ACTIVATIONS)
    sections = [_where(neurons, view)] if config else []
    data = []
    for name in chosen:
        entry = ACTIVATIONS[name]
        options = next(
            (one.options for one in neurons if one.activation == name),
            {key: parameter.default for key, parameter in entry.parameters.items()},
        )
        marks = [(one.z, one.a) for one in neurons if one.activation == name]
        sections.append(_section(name, entry, options, at, marks, view))
        data.append(_data(name, entry, options, at))
    title = "Activation functions" + (f" of {config.name}" if config else "")
    return Document(
        "activations", title, {}, sections=tuple(sections), parts_key="", data={"activations": data}
    )


# numbers --------------------------------------------------------------------------------------


def values(name: str, options: Options, z: Array) -> tuple[Array, Array]:
    """Return f(z) and f'(z) as the engine computes them; for softmax z is the layer, and f' is da_j/dz_j."""
    entry = ACTIVATIONS[name]
    column = z.reshape(-1, 1).astype(np.float64)
    a, slope = np.empty_like(column), np.ones_like(column)
    with np.errstate(all="ignore"):
        entry.forward(column, a, options)()
        if entry.coupled:
            slope = np.diag(entry.jacobian(a.ravel())).reshape(-1, 1)
        elif entry.slope is not None:
            entry.slope(a, slope, options)()
        elif entry.slope_of_z is not None:
            entry.slope_of_z(column, slope, options)()
        elif not entry.differentiable:
            slope = np.where(column == options["theta"], np.nan, 0.0)
    return a.ravel(), slope.ravel()


class _Neuron:
    """A neuron of the config's network, for one sample."""

    def __init__(self, activation: str, options: Options, symbol: Symbol, z: float, a: float, slope: float):
        self.activation = activation
        self.options = options
        self.symbol = symbol
        self.z = z
        self.a = a
        self.slope = slope

    @property
    def state(self) -> str:
        """What is wrong with it, if anything."""
        entry = ACTIVATIONS[self.activation]
        if not entry.differentiable:
            return "no slope"
        if self.slope == 0:
            return "dead for this sample"
        return "saturated" if entry.saturates and self.slope < SATURATED * entry.steepest else ""


def _neurons(config: Config) -> list[_Neuron]:
    passed = engine.forward(config)
    several = len(config.samples) > 1
    found = []
    for l, layer in enumerate(config.layers, start=1):
        for column in range(len(config.samples)):
            z = passed.z[l - 1][:, column]
            a, slope = values(layer.activation, layer.options, z)
            for j in range(layer.neurons):
                symbol = Symbol("z", l, (j + 1,), column + 1 if several else None)
                found.append(
                    _Neuron(
                        layer.activation,
                        layer.options,
                        symbol,
                        float(z[j]),
                        float(a[j]),
                        float(slope[j]),
                    )
                )
    return found


# what is told ---------------------------------------------------------------------------------


def _where(neurons: list[_Neuron], view: View) -> Section:
    shown = neurons[: None if view.limit is None else 4 * view.limit]
    rows = tuple(
        (
            one.symbol.name,
            one.activation,
            show(one.z, view.decimals),
            show(one.a, view.decimals),
            UNDEFINED if np.isnan(one.slope) else show(one.slope, view.decimals),
            one.state,
        )
        for one in shown
    )
    columns = ("neuron", "activation", "z", "a", "slope", "")
    table = Table("", columns, rows, frozenset({2, 3, 4}), len(neurons) - len(shown), "neuron")
    bad = [one for one in neurons if one.state]
    verdict = f"{len(bad)} of {len(neurons)} are saturated, dead, or have no slope." if bad else ""
    return Section(
        "Where this network's z fall",
        "result",
        (table, Note(verdict or "No neuron is saturated or dead: every slope is usable.")),
    )


def _formulas(entry: Activation, options: Options) -> tuple[Formula, ...]:
    if entry.coupled:
        z = [Symbol("z", None, (i,)) for i in ("j", 1, 2, "n")]
        a = [Symbol("a", None, (i,)) for i in ("j", "k")]
        body = entry.general(z[0], z[1:])
        slopes = [entry.slope_formula(z, a, k, 0, options) for k in (0, 1)]
        return (
            Formula(a[0], (body,)),
            Formula(Symbol("da/dz", None, ("j", "j")), (slopes[0],)),
            Formula(Symbol("da/dz", None, ("k", "j")), (slopes[1],)),
        )
    z0, a0 = Symbol("z"), Symbol("a")
    bodies: list[Expr | None] = [entry.formulas([z0], 0, options)[0], entry.definition(z0, options)]
    return (
        Formula(a0, tuple(body for body in bodies if body is not None)),
        Formula(Symbol("da/dz"), (entry.slope_formula([z0], [a0], 0, 0, options),)),
    )


def _section(
    name: str,
    entry: Activation,
    options: Options,
    at: Sequence[Given],
    marks: list[tuple[float, float]],
    view: View,
) -> Section:
    a, slope = values(name, options, np.array(at, dtype=np.float64))
    rows = tuple(
        (
            z.text,
            show(float(one), view.decimals),
            UNDEFINED if np.isnan(other) else show(float(other), view.decimals),
        )
        for z, one, other in zip(at, a, slope, strict=True)
    )
    told = [f"Range: {entry.range}.", f"Used for {entry.use}.", f"Weakness: {entry.weakness}."]
    blocks: list[Block] = [
        Equations((), {}, _formulas(entry, options)),
        *(Note(text) for text in told),
        Table("", ("z", "f(z)", "f'(z)"), rows, frozenset({0, 1, 2})),
        _plot(name, entry, options, at, marks),
    ]
    return Section(f"{name}: {entry.summary}", "result", tuple(blocks))


def _plot(
    name: str, entry: Activation, options: Options, at: Sequence[Given], marks: list[tuple[float, float]]
) -> Plot:
    far = [abs(z) for z in (*at, *(z for z, _ in marks)) if abs(z) <= 50]
    edge = max(5.0, *far) if far else 5.0
    z = np.linspace(-edge, edge, CURVE)
    if entry.coupled:  # one z against two zeros: the others stay where they are
        pairs = [values(name, options, np.array([one, 0.0, 0.0])) for one in z]
        a, slope = (np.array([pair[part][0] for pair in pairs]) for part in (0, 1))
    else:
        a, slope = values(name, options, z)
    series = [
        Series("f(z, 0, 0)" if entry.coupled else "f(z)", "line", _points(z, a)),
        Series("f'(z)", "line", _points(z, np.nan_to_num(slope))),
    ]
    if marks:
        series.append(Series("the neurons of this network", "dot", tuple(marks)))
    low, high = float(min(a.min(), 0)), float(max(a.max(), 1))
    room = 0.05 * (high - low)
    return Plot(name, tuple(series), (-edge, edge), (low - room, high + room), ("z", "f"))


def _points(x: Array, y: Array) -> tuple[tuple[float, float], ...]:
    return tuple(zip(x.tolist(), y.tolist(), strict=True))


def _data(name: str, entry: Activation, options: Options, at: Sequence[Given]) -> dict[str, Any]:
    a, slope = values(name, options, np.array(at, dtype=np.float64))
    first, second, *_ = _formulas(entry, options)
    return {
        "name": name,
        "formula": MACHINE.write(first.bodies[0]),
        "derivative": MACHINE.write(second.bodies[0]),
        "range": entry.range,
        "use": entry.use,
        "weakness": entry.weakness,
        "parameters": dict(options),
        "points": list(_rows(at, a, slope)),
    }


def _rows(at: Sequence[Given], a: Array, slope: Array) -> Iterator[dict[str, float | None]]:
    for z, one, other in zip(at, a.tolist(), slope.tolist(), strict=True):
        yield {"z": float(z), "value": one, "derivative": None if np.isnan(other) else other}
