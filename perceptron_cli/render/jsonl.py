"""JSON Lines: a line for each part, then one for the rest; training streams a line for each epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from perceptron_cli.document import Document
from perceptron_cli.render.as_json import dumps, head, part_data, section_data

if TYPE_CHECKING:
    from perceptron_cli.render import Layout


def render(document: Document, layout: Layout) -> str:
    """Return a document as lines, each a JSON object with its kind; the last is the result."""
    lines = [{"kind": "step", **part_data(part, layout.brief)} for part in document.parts]
    rest = {"kind": "result", **head(document), **document.data}
    if document.sections:
        rest["sections"] = [section_data(section, layout.brief) for section in document.sections]
    return "".join(dumps(line) + "\n" for line in (*lines, rest))


def epoch_line(epoch: int, loss: float, measures: Mapping[str, float]) -> str:
    """Return the line that says an epoch has ended; `measures` has what else is known of it, by name."""
    return dumps({"kind": "epoch", "epoch": epoch, "loss": loss, **measures}) + "\n"
