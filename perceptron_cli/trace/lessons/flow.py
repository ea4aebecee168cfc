"""The document of `gradients`: how large the gradient is in each layer, and what made it so.

Sizes are Euclidean norms over a layer's neurons and the batch's samples. On its way from layer
l + 1 to layer l the gradient passes the weights, dL/da[l] = V^T dL/dz[l+1], and then the slopes,
dL/dz[l] = dL/da[l] * da/dz[l]: the two factors of a row multiply to what the row shrank by.
Source: Glorot and Bengio (2010), section 4; Pascanu, Mikolov and Bengio (2013), section 2.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from perceptron_cli import engine
from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.arrays import Array
from perceptron_cli.document import Bar, Bars, Block, Document, Note, Plot, Section, Series, Table
from perceptron_cli.errors import NumberError
from perceptron_cli.notation import show
from perceptron_cli.records import record
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.header import document, title_of
from perceptron_cli.trace.lessons.size import size_of
from perceptron_cli.trace.view import View

if TYPE_CHECKING:
    from perceptron_cli.trace.lessons.over_time import OverTime

# A factor per layer: below the first the gradient vanishes, above the second it explodes. Ten layers
# of either are a factor of a thousand.
VANISHING, EXPLODING = 0.5, 2.0
MOST_ROWS = 12  # of the table over epochs


@record
class Flow:
    """A layer's gradient: its sizes, and the factors by which dL/dz differs from the layer above's."""

    layer: int
    activation: str
    dL_dz: float
    dL_dw: float
    weights: float | None  # None in the output layer
    slopes: float | None
    mean_slope: float


def gradients(config: Config, view: View | None = None, epochs: int | None = None) -> Document:
    """Tell the size of each layer's gradient for one step, or over `epochs` of training.

    Raises NumberError where a gradient leaves the finite range.
    """
    view = view or View()
    trainer = engine.Trainer(config)
    picked = _picked(epochs or 1)
    found: list[tuple[int, float, list[Flow]]] = []
    first_step: engine.Step | None = None
    with np.errstate(all="ignore"):
        for epoch in range(1, picked[-1] + 1):
            for place, batch in enumerate(trainer.batches(epoch)):
                if place or epoch not in picked:
                    trainer.step(batch)
                    continue
                step = trainer.record(batch)
                first_step = first_step or step
                found.append((epoch, step.before.loss or 0.0, flows(config, step)))
    first = found[0][2]
    steps = None if config.is_dense else _over_time(config, first_step)
    sections = [_sizes(first, view)]
    if steps:
        from perceptron_cli.trace.lessons.over_time import sections as of_steps

        sections.extend(of_steps(steps, view))
    if epochs is not None:
        sections.append(_over_epochs(found, view))
    sections.append(Section("Verdict", "result", tuple(Note(text) for text in _told(first, found[-1]))))
    data: dict[str, Any] = {"gradients": [asdict(one) for one in first], "factor_per_layer": factor(first)}
    data["verdict"] = verdict(first)
    if steps:
        data["over_time"] = [asdict(one) for one in steps]
    if epochs is not None:
        data["over_epochs"] = [
            {"epoch": epoch, "loss": loss, "dL_dz": [one.dL_dz for one in reversed(layers)]}
            for epoch, loss, layers in found
        ]
    title = f"{title_of(config)}: the gradient, layer by layer"
    return replace(
        document("gradients", config, view, (), trained=True),
        title=title, sections=tuple(sections), parts_key="", data=data,
    )  # fmt: skip


def _over_time(config: Config, step: engine.Step | None) -> list[OverTime]:
    """Return the gradients of each time step; most networks have none."""
    from perceptron_cli.trace.lessons.over_time import over_time

    return [] if step is None else over_time(config, step)


def _picked(epochs: int) -> list[int]:
    return sorted({round(place) for place in np.linspace(1, epochs, min(MOST_ROWS, epochs))})


def flows(config: Config, step: engine.Step) -> list[Flow]:
    """Return each layer's gradient, the output layer first. Raises NumberError where one is not finite."""
    told = []
    for l in range(len(config.layers), 0, -1):
        dz, activation = step.dz[l - 1], config.layers[l - 1].activation
        reached = None if l == len(config.layers) else step.da[l - 1]
        sizes = size_of(dz), size_of(step.dL_dw[l - 1])
        if not all(map(math.isfinite, sizes)):
            hint = "smaller weights keep it in range"
            raise NumberError(f"layer {l}: the gradient left the finite range of float64", hint=hint)
        weights = slopes = None
        if reached is not None:
            weights, slopes = _ratio(reached, step.dz[l]), _ratio(dz, reached)
        entry, slope = ACTIVATIONS[activation], step.slope[l - 1]
        if entry.coupled:
            slope = np.array([np.diag(entry.jacobian(a)) for a in step.before.a[l - 1].T])
        told.append(Flow(l, activation, *sizes, weights, slopes, float(slope.mean())))
    return told


def _ratio(after: Array, before: Array) -> float | None:
    size = size_of(before)
    return size_of(after) / size if size else None


def factor(layers: Sequence[Flow]) -> float | None:
    """The factor per layer from the output's dL/dz to the first layer's: their ratio's root."""
    last, first, between = layers[0].dL_dz, layers[-1].dL_dz, len(layers) - 1
    return float((first / last) ** (1 / between)) if between and last else None


def verdict(layers: Sequence[Flow]) -> str:
    """Return "vanishes", "explodes", "comes through", or "stops" where a layer's gradient is 0."""
    q = factor(layers)
    if q is None:
        return "comes through"
    if q == 0:
        return "stops"
    return "vanishes" if q < VANISHING else "explodes" if q > EXPLODING else "comes through"


# what is told ---------------------------------------------------------------------------------


def _sizes(layers: Sequence[Flow], view: View) -> Section:
    rows = tuple(
        (
            str(one.layer),
            one.activation,
            show(one.dL_dz, view.decimals),
            *("" if part is None else show(part, view.decimals) for part in (one.weights, one.slopes)),
            show(one.mean_slope, view.decimals),
            show(one.dL_dw, view.decimals),
        )
        for one in layers
    )
    columns = ("layer", "activation", "|dL/dz|", "weights x", "slopes x", "mean slope", "|dL/dw|")
    bars = tuple(Bar(f"layer {one.layer}", one.dL_dz, show(one.dL_dz, view.decimals)) for one in layers)
    blocks: tuple[Block, ...] = (
        Note(
            "|dL/dz| of a layer is that of the row above it, times the factor of the weights, times the "
            "factor of the slopes.",
            "step",
        ),
        Table("", columns, rows, frozenset(range(2, 7)) | {0}),
        Bars("|dL/dz|", bars),
    )
    return Section("Layer by layer, output first", "result", blocks)


def _over_epochs(found: Sequence[tuple[int, float, list[Flow]]], view: View) -> Section:
    count = len(found[0][2])
    shown = [*range(1, view.shown(count) + 1)]
    columns = ("epoch", "loss", *(f"layer {l}" for l in shown))
    rows = tuple(
        (
            str(epoch),
            show(loss, view.decimals),
            *(show(layers[count - l].dL_dz, view.decimals) for l in shown),
        )
        for epoch, loss, layers in found
    )
    blocks: list[Block] = [
        Table("|dL/dz| before the epoch's first update", columns, rows, frozenset(range(len(columns))))
    ]
    plot = _plot(found, count)
    if plot is not None:
        blocks.append(plot)
    return Section("Over the epochs", "result", tuple(blocks))


def _plot(found: Sequence[tuple[int, float, list[Flow]]], count: int) -> Plot | None:
    """The sizes of the first, the middle and the last layer, in powers of ten."""
    picked = sorted({1, (count + 1) // 2, count})
    series = []
    for l in picked:
        points = tuple(
            (float(epoch), math.log10(layers[count - l].dL_dz))
            for epoch, _, layers in found
            if layers[count - l].dL_dz > 0
        )
        series.append(Series(f"layer {l}", "line", points))
    heights = [y for one in series for _, y in one.points]
    if len(found) < 2 or not heights:
        return None
    low, high = math.floor(min(heights)), math.ceil(max(heights))
    x = (float(found[0][0]), float(found[-1][0]))
    return Plot("|dL/dz|, as a power of ten", tuple(series), x, (low, max(high, low + 1)), ("epoch", "log10"))


def _told(layers: Sequence[Flow], last: tuple[int, float, list[Flow]]) -> Iterator[str]:
    yield _sentence(layers)
    weights = [one.weights for one in layers if one.weights is not None]
    slopes = [one.slopes for one in layers if one.slopes is not None]
    if weights and slopes and min(*weights, *slopes) > 0:
        parts = (math.prod(part) ** (1 / len(part)) for part in (weights, slopes))
        told = " and ".join(
            f"the {noun} multiply it by {_times(part)} a layer"
            for noun, part in zip(("weights", "slopes"), parts, strict=True)
        )
        yield f"On the way {told}, in the geometric mean."
    if any(one.activation == "sigmoid" for one in layers[1:]):
        yield "A sigmoid's slope is a(1 - a), at most 1/4. Only larger weights could make up for that."
    if last[2] is not layers:
        yield f"In epoch {last[0]}: {_sentence(last[2])}"


def _sentence(layers: Sequence[Flow]) -> str:
    q, deepest = factor(layers), layers[-1]
    if q is None:
        return "The network has one layer of weights, so the gradient passes no layer where it could shrink."
    between = len(layers) - 1
    kind = verdict(layers)
    if kind == "stops":
        where = next(one.layer for one in layers if not one.dL_dz)
        return f"The gradient stops at layer {where}: every slope there is 0, so no layer below it learns."
    told = {
        "vanishes": "The gradient vanishes",
        "explodes": "The gradient explodes",
        "comes through": "The gradient comes through: it neither vanishes nor explodes",
    }[kind]
    ratio = deepest.dL_dz / layers[0].dL_dz
    layers_told = "one layer" if between == 1 else f"{between} layers"
    return f"{told}. Over {layers_told} it is multiplied by {_times(ratio)}, by {_times(q)} a layer."


def _times(value: float) -> str:
    return f"{value:,.0f}" if 1000 <= value < 1e9 else f"{value:.3g}"
