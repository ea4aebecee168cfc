"""What the commands tell, as functions, whose answers show themselves in a notebook."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields, replace
from html import escape
from pathlib import Path
from typing import Any

from perceptron_cli import exercises, spec, trace
from perceptron_cli.dialects import require_dialect
from perceptron_cli.document import Document, Equation, Equations, Tree
from perceptron_cli.errors import InputError
from perceptron_cli.pages import lesson
from perceptron_cli.render import Layout, as_html, mathematics, render
from perceptron_cli.rules import RULES
from perceptron_cli.spec import Source, load
from perceptron_cli.trace.neuron.document import perceptron as neuron_document
from perceptron_cli.trace.questions import changes
from perceptron_cli.trace.questions.what_if import what_if as changed
from perceptron_cli.trace.questions.why import why as origin
from perceptron_cli.trace.step import drawing
from perceptron_cli.trace.view import View


class Answer(Document):
    """A narration: `numbers` has each number in full by its symbol, `arrays` what NumPy computed, by name.

    In a notebook it shows itself; `render(answer, format)` returns it as text, and `str` as plain text.
    """

    @property
    def numbers(self) -> dict[str, float | None]:
        """Every number that is told, unrounded, by its symbol; None where float64 has none."""
        return {one.symbol.name: one.value for one in self._equations() if not one.alternative}

    @property
    def arrays(self) -> dict[str, Any]:
        """The arrays of the (last) step by the names that the JSON has: z, a, dL_dw, new_weights, ..."""
        return dict(self.parts[-1].data) if self.parts else dict(self.data)

    def _equations(self) -> list[Equation]:
        sections = [*(one for part in self.parts for one in part.sections), *self.sections]
        blocks = [block for section in sections for block in section.blocks]
        found = [one for block in blocks if isinstance(block, Equations) for row in block.rows for one in row]
        return found + [one for block in blocks if isinstance(block, Tree) for one in block.equations]

    def __repr__(self) -> str:
        return f"<nnstep {self.command}: {self.title}{f'. {self.outcome}' if self.outcome else ''}>"

    def __str__(self) -> str:
        text = render(self, "plain")
        return text if isinstance(text, str) else repr(self)

    def _repr_html_(self) -> str:
        return as_html.scoped(self, Layout())

    def _repr_latex_(self) -> str | None:
        return mathematics.displayed(self, Layout()) or None


class Page(str):
    """A page as text; in a notebook it is shown in a frame of its own, where its script may run."""

    __slots__ = ()

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page to a file, and return its path."""
        Path(path).write_text(self, encoding="utf-8")
        return Path(path)

    def __repr__(self) -> str:
        return f"<nnstep page: {len(self) / 1000:.0f} kB>"

    def _repr_html_(self) -> str:
        frame = 'width="100%" height="760" style="border: 0" sandbox="allow-scripts" title="nnstep page"'
        return f'<iframe {frame} srcdoc="{escape(self)}"></iframe>'


def forward(config: Source = "lecture", view: View | None = None, *, names: str | None = None) -> Answer:
    """Tell the forward pass over the samples. Raises NumberError where a number leaves the finite range."""
    return as_answer(trace.forward(load(config), _view(view, names)))


def narrate(
    config: Source = "lecture",
    view: View | None = None,
    *,
    steps: int = 1,
    only: str | None = None,
    names: str | None = None,
) -> Answer:
    """Tell training steps in full: update 1 to `steps`. `only` keeps one phase, such as "gradients".

    Raises NumberError where a number leaves the finite range.
    """
    loaded = load(config)
    spec.require_trainable(loaded)
    return as_answer(trace.backprop(loaded, _view(view, names), steps=steps, only=only))


def why(
    symbol: str,
    config: Source = "lecture",
    view: View | None = None,
    *,
    depth: int | None = None,
    step: int = 1,
    names: str | None = None,
) -> Answer:
    """Tell where a number comes from. Raises InputError where the step has no such number."""
    return as_answer(origin(load(config), symbol, _view(view, names), depth=depth, step=step))


def what_if(
    numbers: Mapping[str, float],
    config: Source = "lecture",
    view: View | None = None,
    *,
    step: int = 1,
    names: str | None = None,
) -> Answer:
    """Tell what becomes of a step with other numbers, by symbol: {"w[1]_11": 0.5, "eta": 1}.

    Raises InputError for a symbol that the step does not have.
    """
    loaded = load(config)
    outcome = changed(loaded, {name: float(value) for name, value in numbers.items()}, step=step)
    return as_answer(changes.narrate(loaded, outcome, {}, _view(view, names)))


def draw(config: Source = "lecture", view: View | None = None, **settings: Any) -> Answer:
    """Draw the network; `shows` is "weights", "update" or "gradients"; `highlight` lists symbols.

    Raises InputError where a symbol to highlight is none of the picture.
    """
    return as_answer(drawing.draw(load(config), view, **settings))


def exercise(
    layers: str = "2,3,1",
    *,
    activation: str = "sigmoid",
    loss: str | None = None,
    count: int = 1,
    seed: int = 0,
    level: str = "everything",
    key: bool = False,
    view: View | None = None,
) -> Answer:
    """Make worksheets, a different network for each student; with `key` they are worked out.

    `layers` has the inputs first. Raises InputError for what is no network, or an unknown level.
    """
    if level not in exercises.LEVELS:
        raise InputError(f"level: expected one of {', '.join(exercises.LEVELS)}, got {level}")
    drawn = exercises.draw(exercises.recipe(layers, activation, loss), seed, count)
    view = view or View(limit=None)
    return as_answer(exercises.sheets(drawn, level, view, seed=seed, key=key))


def perceptron(config: Source = "and", view: View | None = None, *, rule: str | None = None) -> Answer:
    """Tell how a single neuron learns, row by row; `rule` is one of the rules of `nnstep perceptron`.

    Raises InputError for an unknown rule, and for a config without a neuron with a step.
    """
    if rule is not None and rule not in RULES:
        raise InputError(f"rule: expected one of {', '.join(RULES)}, got {rule}")
    put = [("rule", f"training.rule={rule}")] if rule else []
    return as_answer(neuron_document(load(config, put, "perceptron"), view))


def page(config: Source = "lecture", view: View | None = None) -> Page:
    """Return the lesson of a step, or of a rule's table, as a page that a reader plays and changes."""
    loaded = load(config)
    if not loaded.is_neuron:
        spec.require_trainable(loaded)
    return Page(lesson(loaded, view))


def as_answer(document: Document) -> Answer:
    """Return a document as one that shows itself."""
    return Answer(**{one.name: getattr(document, one.name) for one in fields(Document)})


def _view(view: View | None, names: str | None) -> View:
    """Return how numbers are shown, with the names of a dialect."""
    if names is None:
        return view or View()
    require_dialect(names)
    return replace(view or View(), names=names)
