"""The size of the gradient in each time step of a recurrent layer: whether it lasts back to the first one."""

from __future__ import annotations

import math
from collections.abc import Iterator

from perceptron_cli import engine
from perceptron_cli.document import Bar, Bars, Block, Note, Section, Table
from perceptron_cli.layers import kind_of
from perceptron_cli.notation import show
from perceptron_cli.records import record
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.lessons.size import size_of
from perceptron_cli.trace.view import View

VANISHING, EXPLODING = 0.05, 20.0  # from the last step to the first


@record
class OverTime:
    """A recurrent layer's gradients: of each state by its letter, the first step's first."""

    layer: int
    kind: str
    sizes: dict[str, list[float]]


def over_time(config: Config, step: engine.Step) -> list[OverTime]:
    """Return the sizes of dL/dh, and of an LSTM's dL/dc, at every time step of each recurrent layer."""
    found = []
    for l, layer in enumerate(config.layers, start=1):
        states = getattr(kind_of(layer.kind), "states", ())
        steps = layer.settings.get("over")
        if not states or not steps or steps < 2:
            continue
        sizes = {}
        for letter in states:
            whole = step.d_inner[l - 1][letter]
            parts = whole.reshape(steps, -1, whole.shape[1])
            sizes[letter] = [size_of(part) for part in parts]
        found.append(OverTime(l, layer.kind, sizes))
    return found


def factor(sizes: list[float]) -> float | None:
    """Return the factor per step from the last step's gradient to the first's: their ratio's root."""
    return float((sizes[0] / sizes[-1]) ** (1 / (len(sizes) - 1))) if sizes[-1] else None


def sections(layers: list[OverTime], view: View) -> Iterator[Section]:
    """Yield a section a recurrent layer: the last step first, as the gradient goes."""
    for one in layers:
        steps = len(next(iter(one.sizes.values())))
        shown = range(steps, steps - view.shown(steps), -1)
        heads = [head for letter in one.sizes for head in (f"|dL/d{letter}|", "x")]
        rows = []
        for t in shown:
            cells = [str(t)]
            for sizes in one.sizes.values():
                later = sizes[t] if t < steps else 0.0
                ratio = show(sizes[t - 1] / later, view.decimals) if later else ""
                cells += [show(sizes[t - 1], view.decimals), ratio]
            rows.append(tuple(cells))
        omitted = steps - len(rows)
        table = Table(
            "", ("step", *heads), tuple(rows), frozenset(range(1 + len(heads))), omitted, "time step"
        )
        blocks: list[Block] = [table]
        for letter, sizes in one.sizes.items():
            bars = tuple(Bar(f"step {t}", sizes[t - 1], show(sizes[t - 1], view.decimals)) for t in shown)
            blocks.append(Bars(f"|dL/d{letter}|", bars))
        blocks += [Note(_sentence(letter, sizes)) for letter, sizes in one.sizes.items()]
        yield Section(f"Layer {one.layer} ({one.kind}), step by step, last first", "result", tuple(blocks))


def _sentence(letter: str, sizes: list[float]) -> str:
    q = factor(sizes)
    if q is None:
        return f"Nothing comes back to {letter} of the last step."
    if q == 0:
        return f"The gradient of {letter} does not reach the first step."
    whole = sizes[0] / sizes[-1]
    how = "vanishes" if whole < VANISHING else "explodes" if whole > EXPLODING else "comes through"
    over = "one step" if len(sizes) == 2 else f"{len(sizes) - 1} steps"
    told = f"{whole:.3g}" if math.isfinite(whole) else "more than a float holds"
    return f"The gradient of {letter} {how}: over {over} it is multiplied by {told}, by {q:.3g} a step."
