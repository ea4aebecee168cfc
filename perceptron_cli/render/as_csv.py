"""The first table of a document as CSV."""

from __future__ import annotations

import csv
import io

from perceptron_cli.document import Document, Table
from perceptron_cli.render import Layout


def render(document: Document, layout: Layout) -> str:
    """Return the document's first table, its columns' names first; an empty line where there is none."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    sections = [*document.sections, *(section for part in document.parts for section in part.sections)]
    tables = (block for section in sections for block in section.blocks if isinstance(block, Table))
    table = next(tables, Table("", (), ()))
    writer.writerow(table.columns)
    writer.writerows(table.rows)
    return text.getvalue()
