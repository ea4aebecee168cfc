"""A line of somebody's file, with a piece of it marked below."""

from __future__ import annotations

from rich.cells import cell_len

from perceptron_cli.document import Excerpt
from perceptron_cli.render.text import clean


def excerpt_lines(block: Excerpt, width: int) -> list[str]:
    """Return a line of a file, or as much of it as has room, and the marks below its piece."""
    line = clean(block.line)
    first = max(0, min(block.start - 1, max(block.end - width, 0)))
    shown = line[first : first + width]
    room = cell_len(line[first : block.start - 1])
    marks = max(1, cell_len(line[block.start - 1 : block.end - 1]))
    return [shown, " " * room + "^" * min(marks, max(1, width - room))]
