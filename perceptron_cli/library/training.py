"""`perceptron_cli.train`: a run that shows its curves in a notebook."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from perceptron_cli import engine
from perceptron_cli.engine import Run
from perceptron_cli.spec import Source, load


class Trained(Run):
    """A training run, which shows its curves in a notebook."""

    def __repr__(self) -> str:
        first, last = self.first_loss, self.loss
        return f"<nnstep train: {self.config.name}, {self.epochs} epochs, loss {first:.6g} -> {last:.6g}>"

    def _repr_html_(self) -> str:
        from perceptron_cli.document import Document, Section
        from perceptron_cli.render import Layout, as_html
        from perceptron_cli.trace.run.plots import pictures

        section = Section("Curves", "result", tuple(pictures(self)))
        told = Document("train", repr(self).strip("<>"), {}, sections=(section,), parts_key="")
        return as_html.scoped(told, Layout())


def train(config: Source = "lecture", **settings: Any) -> Trained:
    """Train for the epochs that the config says; `settings` are those of `engine.train`.

    The run has `loss`, `weights` (a matrix a layer, a row a neuron, the bias first) and `prediction`.
    Raises NumberError where a number leaves the finite range.
    """
    run = engine.train(load(config), **settings)
    return Trained(**{one.name: getattr(run, one.name) for one in fields(Run)})
