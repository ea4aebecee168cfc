"""The documents of `forward` and `backprop`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from perceptron_cli import engine
from perceptron_cli.document import Document, Equation, Equations, Part, Section
from perceptron_cli.engine.network import Network
from perceptron_cli.notation import show
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.header import document, loss_outcome
from perceptron_cli.trace.ledger import Ledger
from perceptron_cli.trace.lookup import Lookup
from perceptron_cli.trace.shorten import fitted, whole
from perceptron_cli.trace.step.drawing import drawing
from perceptron_cli.trace.step.part import forward_part, step_part
from perceptron_cli.trace.view import View

if TYPE_CHECKING:
    from decimal import Decimal


def forward(config: Config, view: View | None = None) -> Document:
    """Tell the forward pass over a config's samples.

    Raises NumberError where a number leaves the finite range.
    """
    view = view or View()
    passed, weights = engine.forward(config), Network(config).weights
    lookup = Lookup(config, range(1, len(config.samples) + 1), passed, weights)
    ledger = Ledger(whole(view), lookup)
    part = forward_part(config, ledger, passed, weights)
    part = fitted(part, config, view)
    if view.form == "matrix":
        from perceptron_cli.trace.step.matrices import in_matrices

        part = in_matrices(part, config, ledger, view)
    drawn = (_picture(config, ledger, "weights"),) if config.is_dense else ()
    told = document("forward", config, view, (part,), trained=False)
    return replace(told, sections=drawn, outcome=_predicted(config, passed, view))


def forward_lines(config: Config) -> list[Equation]:
    """Return every line of the forward pass, and what is given, in order."""
    passed, weights = engine.forward(config), Network(config).weights
    ledger = Ledger(
        View(limit=None, form="scalar"), Lookup(config, range(1, len(config.samples) + 1), passed, weights)
    )
    part = forward_part(config, ledger, passed, weights)
    blocks = (block for section in part.sections for block in section.blocks)
    rows = [row for block in blocks if isinstance(block, Equations) for row in block.rows]
    return [one for row in rows for one in row if not one.alternative]


def backprop(
    config: Config, view: View | None = None, *, steps: int = 1, only: str | None = None
) -> Document:
    """Tell training steps in full: update 1 to `steps` of what `train` would do.

    `only` keeps the sections of one phase, and what is given.
    Raises NumberError where a number leaves the finite range.
    """
    view = view or View()
    parts = []
    trainer = engine.trainer_of(config, steps)
    sections: tuple[Section, ...] = ()
    carried: Mapping[str, Decimal] = {}
    before = after = ""
    with np.errstate(all="ignore"):
        for record in _records(trainer, steps):
            part, ledger = told(config, record, view, carried)
            before, after = before or ledger.texts["L"], ledger.texts["L'"]
            carried = ledger.carried()
            parts.append(_only(part, only))
            if only is None and record.t == steps and config.is_dense:
                sections = (_picture(config, ledger, "update"),)
    outcome = loss_outcome(
        (parts[0].data["loss"], before),
        (parts[-1].data["new_loss"], after),
        "one step" if steps == 1 else f"{steps} steps",
    )
    whole_told = document("backprop", config, view, tuple(parts), trained=True)
    return replace(whole_told, sections=sections, outcome=outcome)


def _predicted(config: Config, passed: engine.Forward, view: View) -> str:
    """Say the prediction of one sample, and the loss, in one sentence."""
    loss = "" if passed.loss is None else f"loss {show(passed.loss, view.decimals)}"
    if len(config.samples) > 1:
        return loss.capitalize()
    count = config.sizes[-1]
    outputs = passed.a[-1][: view.shown(count), 0]
    numbers = ", ".join(show(float(one), view.decimals) for one in outputs) + ", ..." * (len(outputs) < count)
    prediction = f"Prediction {numbers if count == 1 else f'({numbers})'}"
    return f"{prediction}, {loss}" if loss else prediction


def _picture(config: Config, ledger: Ledger, shows: str) -> Section:
    """Return the network as a picture, which is left out where it has no room."""
    drawn = drawing(config, ledger, shows)
    return Section(drawn.title, "result", (replace(drawn, title="", optional=True),))


def told(
    config: Config, record: engine.Step, view: View, carried: Mapping[str, Decimal] | None = None
) -> tuple[Part, Ledger]:
    """Tell a recorded step; returns it and its numbers."""
    ledger = Ledger(whole(view), Lookup.of(config, record), carried)
    part = fitted(step_part(config, ledger, record), config, view)
    if view.form == "matrix":
        from perceptron_cli.trace.step.matrices import in_matrices

        part = in_matrices(part, config, ledger, view, record)
    return part, ledger


def _records(trainer: engine.Trainer, steps: int) -> Iterator[engine.Step]:
    """Yield the first `steps` updates of a training run."""
    epoch = 0
    while trainer.t < steps:
        epoch += 1
        for batch in trainer.batches(epoch):
            yield trainer.record(batch)
            if trainer.t == steps:
                return


def _only(part: Part, phase: str | None) -> Part:
    if phase is None:
        return part
    kept = tuple(section for section in part.sections if section.phase in (phase, "given"))
    return replace(part, sections=kept)
