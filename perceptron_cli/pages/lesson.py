"""The page of a lesson: the player, what can be changed, and the whole step below it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from perceptron_cli import web
from perceptron_cli.document import Document, Drawing, Part, Section, Shades
from perceptron_cli.pages.model import network_model, rule_model
from perceptron_cli.render import Layout, as_html
from perceptron_cli.render.as_json import dumps
from perceptron_cli.spec.config import Config, Layer
from perceptron_cli.trace import backprop
from perceptron_cli.trace.neuron.document import perceptron
from perceptron_cli.trace.neuron.lines import neuron_lines
from perceptron_cli.trace.step.drawing import draw
from perceptron_cli.trace.step.lines import lines
from perceptron_cli.trace.view import View

MOST_WEIGHTS = 400  # times the samples, of a page that works its numbers out; a larger one is read
# each after those that it imports from
MODULES = (
    "expr", "numbers", "light", "model", "fill", "scene", "player", "edit", "bounds", "blanks", "plots",
    "train", "lesson",
)  # fmt: skip


def lesson(config: Config, view: View | None = None, *, served: bool = False) -> str:
    """Return the page: of a network's first training step, or of a learning rule's whole table.

    A `served` page looks whether there is a newer one. Raises InputError for a network without a target,
    NumberError where a number leaves the finite range.
    """
    view = view or View()
    weights = sum(map(_weights, config.layers))
    small = weights * max(1, len(config.samples)) <= MOST_WEIGHTS
    view = replace(view, limit=None) if small else view
    data: dict[str, Any] | None = None
    if config.is_neuron:
        told = neuron_lines(config)
        document = _table(config, view, told.part)
        data = rule_model(config, told, view)
    else:
        document = replace(backprop(config, replace(view, input_gradients=False)), sections=())
        data = network_model(config, lines(config, 1, view), view) if small else None
    document = replace(document, command="page")
    layout = Layout(limit=None) if small else Layout()
    body = as_html.body(document, layout, before=_player(config, view, data))
    modules = (*MODULES, "serve") if served else MODULES
    if data is None:
        modules = ("light", "page", *(("serve",) if served else ()))
    script = web.script(*modules)
    return as_html.page(document.title, body, script, styles=web.style("lesson"), served=served)


def _weights(layer: Layer) -> int:
    """Return how many products a layer's lines have: its weights, and of a kernel each in every window."""
    return layer.neurons * (layer.inputs + 1 if layer.is_dense else max(layer.size[1], 2))


def _table(config: Config, view: View, part: Part) -> Document:
    """Return a rule's table as a page has it: the table, then every turn in full."""
    return replace(
        perceptron(config, view), parts=(replace(part, title="Every update"),), parts_key="updates"
    )


def _player(config: Config, view: View, data: dict[str, Any] | None) -> str:
    """Return what stands over the step."""
    picture = "" if config.is_neuron else as_html.pictures(_drawn(config, view))
    if data is None:
        return picture
    plane = web.fragment("plane") if data["plane"] else ""
    more = _training(data) + (plane if picture else "")
    return web.fragment(
        "player",
        scene=picture or plane,
        names="".join(f'<option value="{as_html.text(name)}">' for name in data["formulas"]),
        example=as_html.text(_example(list(data["formulas"]))),
        more=f'<section class="train" aria-label="Training on">{more}</section>' if picture else "",
        data=dumps(data).replace("<", chr(92) + "u003c"),
    )


def _drawn(config: Config, view: View) -> Section:
    """Return the network's drawing, without the numbers that stand under it."""
    section = draw(config, view).sections[0]
    blocks = (
        replace(one, caption="") if isinstance(one, Drawing) else one
        for one in section.blocks
        if isinstance(one, Drawing | Shades)
    )
    return replace(section, blocks=tuple(blocks))


def _example(names: list[str]) -> str:
    """Return a name that somebody may look for: a weight's gradient in the first layer."""
    gradients = [name for name in names if name.startswith("dL/dw[1]")]
    return (gradients[1:2] or names[-1:])[0]


def _training(data: dict[str, Any]) -> str:
    """Return the learning rate and the further updates."""
    rate = web.fragment("rate") if "eta" in data["given"] else ""
    if not data["trains"]:
        return rate + web.fragment("train")
    return f"{rate}<p>This page shows one step and does not train on: {as_html.text(data['trains'])}.</p>"
