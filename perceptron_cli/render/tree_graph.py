"""The tree of a number as a graph for Graphviz and for Mermaid: every number once, the one asked for on top.

An arrow goes from a number to one that is made from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from perceptron_cli.document import Document, Equation, Tree
from perceptron_cli.notation import Ascii, Notation, Unicode
from perceptron_cli.render.text import clean, longest

if TYPE_CHECKING:
    from perceptron_cli.render import Layout

# What Mermaid may take for its own, by its number: Markdown's marks and HTML's.
_MERMAID = {ord(one): f"#{ord(one)};" for one in "#&<>\"'`*_"}


def tree_of(document: Document) -> Tree | None:
    """Return a document's first tree, None where it has none."""
    sections = [*document.sections, *(one for part in document.parts for one in part.sections)]
    blocks = (block for section in sections for block in section.blocks)
    return next((block for block in blocks if isinstance(block, Tree)), None)


def dot_tree(document: Document, tree: Tree, layout: Layout) -> str:
    """Return the tree as a digraph."""
    return "\n".join(_dot(document, tree, layout)) + "\n"


def mermaid_tree(document: Document, tree: Tree, layout: Layout) -> str:
    """Return the tree as a flowchart."""
    return "\n".join(_mermaid(document, tree, layout)) + "\n"


def _dot(document: Document, tree: Tree, layout: Layout) -> Iterator[str]:
    places = _places(tree)
    yield "digraph why {"
    yield "  rankdir=BT; ranksep=0.4; nodesep=0.25;"
    yield f"  label={_quoted([document.title])}; labelloc=t; fontname=Helvetica;"
    yield '  node [shape=box, style="rounded,filled", fillcolor=white, fontname=Helvetica, fontsize=11];'
    yield "  edge [arrowsize=0.6];"
    for place, equation in enumerate(tree.equations):
        given = ', style=filled, fillcolor="#EEEEEE"' if equation.body is None else ""
        mark = ", penwidth=2.5" if not place else ""
        yield f"  n{place} [label={_quoted(_label(document, equation, layout))}{given}{mark}];"
    for above, below in tree.edges:
        yield f"  n{places[below]} -> n{places[above]};"
    for place, text in _left_out(tree, layout):
        yield f"  more{place} [shape=plaintext, style=solid, label={_quoted([text])}];"
        yield f"  more{place} -> n{place} [style=dashed];"
    yield "}"


def _mermaid(document: Document, tree: Tree, layout: Layout) -> Iterator[str]:
    places = _places(tree)
    yield "flowchart BT"
    for place, equation in enumerate(tree.equations):
        opened, closed = ("[", "]") if equation.body is None else ("(", ")")
        lines = (clean(line).translate(_MERMAID) for line in _label(document, equation, layout))
        yield f'  n{place}{opened}"{"<br/>".join(lines)}"{closed}'
    for above, below in tree.edges:
        yield f"  n{places[below]} --> n{places[above]}"
    for place, text in _left_out(tree, layout):
        yield f'  more{place}["{text}"] -.-> n{place}'
    yield "  style n0 stroke-width:3px"


def _places(tree: Tree) -> dict[str, int]:
    return {equation.symbol.name: place for place, equation in enumerate(tree.equations)}


def _label(document: Document, equation: Equation, layout: Layout) -> list[str]:
    """Return a number's name and value, and its formula."""
    notation: Notation = (Unicode if layout.unicode else Ascii)(
        outputs=document.outputs, naming=document.naming
    )
    lines = [f"{notation.symbol(equation.symbol)} = {equation.text}"]
    if equation.body is None or layout.brief:
        return lines
    return [*lines, notation.write(equation.body, terms=layout.terms(longest(equation.body)))]


def _left_out(tree: Tree, layout: Layout) -> Iterator[tuple[int, str]]:
    """Yield the place of each number under which some are left out, and how many."""
    places = _places(tree)
    for name, count in tree.omitted.items():
        yield places[name], f"{'…' if layout.unicode else '...'} {count} more"


def _quoted(lines: list[str]) -> str:
    written = (clean(line).replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(written) + '"'
