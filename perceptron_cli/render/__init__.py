"""One file a format; every format renders any Document. A format is imported when it is used."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from perceptron_cli.records import record

if TYPE_CHECKING:
    from perceptron_cli.document import Document

RENDERERS = {
    "table": "perceptron_cli.render.table",
    "plain": "perceptron_cli.render.plain",
    "json": "perceptron_cli.render.as_json",
    "jsonl": "perceptron_cli.render.jsonl",
    "csv": "perceptron_cli.render.as_csv",
    "markdown": "perceptron_cli.render.markdown",
    "latex": "perceptron_cli.render.latex",
    "beamer": "perceptron_cli.render.beamer",
    "html": "perceptron_cli.render.as_html",
    "svg": "perceptron_cli.render.svg",
    "png": "perceptron_cli.render.png",
    "pdf": "perceptron_cli.render.pdf",
    "dot": "perceptron_cli.render.dot",
    "mermaid": "perceptron_cli.render.mermaid",
    "xlsx": "perceptron_cli.render.xlsx",
}
TABLES = {"csv"}  # of the answer's first table alone
PICTURES = {"svg", "png", "pdf", "dot", "mermaid"}  # of the plots and drawings alone
SHEETS = {"xlsx"}  # of the lines alone, with live formulas
BINARY = {"png", "pdf", "xlsx"}  # they are files, and nothing for a screen
PIECEWISE = {"json", "jsonl"}
DATA = {"json", "jsonl", "csv"}  # for programs: symbols keep the names of the contract
GRAPHS = {"dot", "mermaid"}  # of a network or a tree


@record
class Layout:
    """What a page or screen can show: its width in cells, colour, Unicode, lines around tables.

    `brief` leaves the working out. A sum of more than `limit` terms shows the first `few` and
    counts the rest; None shows all.
    """

    width: int = 80
    color: bool = False
    unicode: bool = True
    boxes: bool = False
    brief: bool = False
    limit: int | None = 8
    few: int = 3

    def terms(self, count: int) -> int | None:
        """Return how many of so many terms are shown, None for all of them."""
        return None if self.limit is None or count <= self.limit else self.few


def render(document: Document, format: str = "plain", layout: Layout | None = None) -> str | bytes:
    """Return a document in a format of `RENDERERS`: text that ends with a line end; of png and pdf, bytes.

    Raises KeyError for an unknown format, InputError where a picture has nothing to draw.
    """
    layout = layout or Layout()
    if document.naming is not None and format not in DATA:
        from perceptron_cli.notation import Ascii, Unicode
        from perceptron_cli.render.naming import with_names

        style = Unicode if layout.unicode and format != "latex" else Ascii
        document = with_names(document, style(naming=document.naming))
    text: str | bytes = import_module(RENDERERS[format]).render(document, layout)
    return text


def pieces(document: Document, format: str, layout: Layout) -> str | bytes | Iterator[str]:
    """Return a document as `render` does; JSON piece by piece, since a wide network's is large."""
    if format not in PIECEWISE:
        return render(document, format, layout)
    found: Iterator[str] = import_module(RENDERERS[format]).pieces(document, layout)
    return found


class _Callable(ModuleType):
    """`from perceptron_cli import render` finds this folder once it is imported, and the function before."""

    def __call__(self, *arguments: Any, **named: Any) -> str | bytes:
        return render(*arguments, **named)


sys.modules[__name__].__class__ = _Callable
