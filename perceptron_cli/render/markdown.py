"""Markdown whose mathematics the common forges draw: LaTeX in ```math fences, tables with pipes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from perceptron_cli.document import (
    Bars,
    Block,
    Derivation,
    Document,
    Drawing,
    Equations,
    Excerpt,
    Figure,
    Grid,
    MatrixEquation,
    Note,
    Plot,
    Section,
    Shades,
    Table,
    Tree,
)
from perceptron_cli.notation import Latex
from perceptron_cli.render.drawing_text import drawing_lines, with_room
from perceptron_cli.render.mathematics import aligned, block_lines, tree_lines
from perceptron_cli.render.plot import text_plot
from perceptron_cli.render.text import (
    bar_lines,
    clean,
    grid_table,
    headed,
    parts_first,
    prose,
    sentence,
    shade_lines,
    sparkline,
)
from perceptron_cli.words import counted

if TYPE_CHECKING:
    from perceptron_cli.render import Layout


def render(document: Document, layout: Layout) -> str:
    """Return a document as Markdown."""
    return "\n".join(_lines(document, layout)).rstrip("\n") + "\n"


def _lines(document: Document, layout: Layout) -> Iterator[str]:
    yield from (f"# {escape(document.title)}", "")
    notation = Latex(outputs=document.outputs, naming=document.naming)
    for line in document.conventions:
        yield f"- {sentence(line, notation, lambda words: prose(words, escape), lambda one: f'$`{one}`$')}"
    yield ""
    kept = with_room(document.sections, 80, unicode=layout.unicode)
    sections = [line for one in kept for line in _section(document, one, layout, "##")]
    if not parts_first(document):
        yield from sections
    for part in document.parts:
        yield from (f"## {escape(part.title)}", "")
        for heading, section in headed(part):
            if heading:
                yield from (f"### {heading}", "")
            yield from _section(document, section, layout, "####")
    if parts_first(document):
        yield from sections
    if document.outcome:
        yield f"**{escape(document.outcome)}**"


def _section(document: Document, section: Section, layout: Layout, marks: str) -> Iterator[str]:
    yield from (f"{marks} {prose(section.title, escape)}", "")
    for block in section.blocks:
        yield from _block(document, section, block, layout)
        yield ""


def _block(document: Document, section: Section, block: Block, layout: Layout) -> Iterator[str]:
    match block:
        case Equations(grid=Grid() as grid):
            notation = Latex(outputs=document.outputs, naming=document.naming)
            caption = sentence(grid.caption, notation, escape, lambda formula: f"$`{formula}`$")
            yield from _grid(
                grid_table(block, grid, lambda one: f"$`{notation.symbol(one)}`$", caption), block
            )
        case Equations():
            yield from ("```math", r"\begin{aligned}")
            yield " \\\\\n".join(block_lines(document, section, block, layout))
            yield from (r"\end{aligned}", "```")
        case Tree():
            yield from ("```math", r"\begin{aligned}")
            yield " \\\\\n".join(tree_lines(document, section, block, layout))
            yield from (r"\end{aligned}", "```")
        case Derivation() | MatrixEquation():
            yield from ("```math", r"\begin{aligned}")
            yield " \\\\\n".join(aligned(document, section, block, layout))
            yield from (r"\end{aligned}", "```")
        case Table():
            yield from _table(block)
        case Note():
            text = prose(block.text, escape)
            yield f"- {text}" if block.kind == "observation" else text
        case Plot():
            yield from _plot(block, layout)
        case Excerpt():
            from perceptron_cli.render.excerpt import excerpt_lines  # measures by Rich

            yield from _drawn("", excerpt_lines(block, 100))
        case Shades():
            yield from _drawn(block.title, shade_lines(block, unicode=layout.unicode))
        case Bars():
            yield from _drawn(block.title, bar_lines(block, 72, unicode=layout.unicode))
        case Drawing():
            yield from _drawn(block.title, drawing_lines(block, 80, unicode=layout.unicode))
        case Figure():
            levels = "▁▂▃▄▅▆▇█" if layout.unicode else "_.-=*#"
            yield f"{escape(block.title)}: `{sparkline(block.values, 60, levels)}` {escape(block.label)}"


def _plot(plot: Plot, layout: Layout) -> Iterator[str]:
    yield from _drawn(plot.title, text_plot(plot, 72, unicode=layout.unicode))


def _drawn(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield from (escape(title), "", "```text") if title else ("```text",)
    yield from map(clean, lines)
    yield "```"


def _grid(table: Table, block: Equations) -> Iterator[str]:
    """Yield given numbers as a table, whose caption and heads are Markdown already."""
    yield from (table.title, "")
    yield from _rows(table, str)
    if block.omitted:
        yield from ("", f"... {counted(block.omitted, f'more {block.noun}')}")


def _table(table: Table) -> Iterator[str]:
    if table.title:
        yield from (f"**{escape(table.title)}**", "")
    yield from _rows(table, escape)
    if table.omitted:
        yield from ("", f"... {counted(table.omitted, f'more {table.noun}')}")


def _rows(table: Table, head: Callable[[str], str]) -> Iterator[str]:
    yield "| " + " | ".join(map(head, table.columns)) + " |"
    aligned = ("---:" if place in table.right else "---" for place in range(len(table.columns)))
    yield "| " + " | ".join(aligned) + " |"
    for row in table.rows:
        yield "| " + " | ".join(map(escape, row)) + " |"


def escape(text: str) -> str:
    """Make a text print as it is, whatever stands in it."""
    return _MARKS.sub(r"\\\g<0>", clean(text))


# What Markdown may take for its own; a colon only where it begins the name of an emoji.
_MARKS = re.compile(r"[\\`*_\[\]<>#|~$&]|:(?=\w+:)")
