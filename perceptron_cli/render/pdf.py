"""A document's plots and drawings as a PDF, drawn by Matplotlib: the extra `plot`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perceptron_cli.document import Document
from perceptron_cli.render.png import saved
from perceptron_cli.render.text import clean

if TYPE_CHECKING:
    from perceptron_cli.render import Layout


def render(document: Document, layout: Layout) -> bytes:
    """Return the document's plots and drawings on one page.

    Raises InputError where it has none, or Matplotlib is not installed.
    """
    return saved(document, "pdf", {"Title": clean(document.title), "CreationDate": None})
