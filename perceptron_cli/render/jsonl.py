"""JSON Lines: a line for each part, then one for the rest; training streams a line for each epoch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from perceptron_cli.document import Document
from perceptron_cli.render.as_json import dumps, head, part_pieces, section_data

if TYPE_CHECKING:
    from perceptron_cli.render import Layout


def render(document: Document, layout: Layout) -> str:
    """Return a document as lines, each a JSON object with its kind; the last is the result."""
    return "".join(pieces(document, layout))


def pieces(document: Document, layout: Layout) -> Iterator[str]:
    """Yield the same piece by piece."""
    for part in document.parts:
        yield from part_pieces(part, layout.brief, {"kind": "step"})
        yield "\n"
    rest = {"kind": "result", **head(document), **document.data}
    if document.sections:
        rest["sections"] = [section_data(section, layout.brief) for section in document.sections]
    yield dumps(rest) + "\n"


def epoch_line(epoch: int, loss: float, measures: Mapping[str, float]) -> str:
    """Return the line that says an epoch has ended; `measures` has what else is known of it, by name."""
    return dumps({"kind": "epoch", "epoch": epoch, "loss": loss, **measures}) + "\n"
