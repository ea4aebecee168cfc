"""A workbook that calculates: every number is a formula over the cells of its line; the extra `xlsx`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perceptron_cli.document import Document
from perceptron_cli.render.workbook import Workbook

if TYPE_CHECKING:
    from perceptron_cli.render import Layout

TITLES = {
    "given": "Given",
    "forward": "Forward",
    "loss": "Forward",
    "gradients": "Gradients",
    "updates": "Updates",
    "verification": "Verification",
}


def render(document: Document, layout: Layout) -> bytes:
    """Return a document's equations as a workbook, a sheet for each phase of each step.

    Raises InputError where it has none, or XlsxWriter is not installed.
    """
    book = Workbook(document.title)
    for part in document.parts:
        step = f" {part.step}" if len(document.parts) > 1 else ""
        for section in part.sections:
            book.section(f"{TITLES.get(section.phase, 'Lines')}{step}", section)
        book.flush()
    for section in document.sections:
        book.section(TITLES.get(section.phase, "Lines"), section)
    return book.content(document.command)
