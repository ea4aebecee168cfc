"""The terminal's tables without colour and lines: what a pipe gets."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from perceptron_cli.document import Document
from perceptron_cli.render import table

if TYPE_CHECKING:
    from perceptron_cli.render import Layout


def render(document: Document, layout: Layout) -> str:
    """Return a document as plain text."""
    return table.render(document, replace(layout, color=False, boxes=False))
