"""A page: one file that loads nothing, its formulas as MathML, its tables and drawings as they are.

Every number carries the name of its symbol, by which a script lights up what it was made from.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape as _escape
from typing import TYPE_CHECKING

from perceptron_cli import web
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
    Part,
    Plot,
    Section,
    Shades,
    Table,
    Tree,
)
from perceptron_cli.notation.mathml import MathML
from perceptron_cli.render import svg
from perceptron_cli.render.drawing_svg import STYLE as NETWORK
from perceptron_cli.render.drawing_svg import drawing_svg, size_of
from perceptron_cli.render.html_lines import HtmlLines, math
from perceptron_cli.render.tables import SIGNS
from perceptron_cli.render.text import clean, headed, parts_first, prose, sentence, sparkline
from perceptron_cli.words import counted

if TYPE_CHECKING:
    from perceptron_cli.render import Layout

CONTENTS = 4  # sections from which on a page has a table of contents


def render(document: Document, layout: Layout) -> str:
    """Return a document as a page of its own."""
    return page(document.title, body(document, layout), web.script("light", "page"))


def page(title: str, body: str, script: str, *, styles: str = "", served: bool = False) -> str:
    """Return a whole page, which forbids everything from outside and every script but its own.

    A `served` one may ask its own server, and nothing else, whether it is still the newest.
    """
    style = f"{stylesheet()}\n{styles}".strip()
    own = "; connect-src 'self'" if served else ""
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{web.policy(style, script)}{own}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="generator" content="nnstep">',
            f"<title>{text(title)}</title>",
            f"<style>{style}</style>",
            "</head>",
            '<body class="nnstep">',
            body,
            '<aside class="told" hidden aria-live="polite" aria-label="the line that is lit"></aside>',
            f'<script type="module">{script}</script>',
            "</body>",
            "</html>",
            "",
        ]
    )


def scoped(document: Document, layout: Layout) -> str:
    """Return a document for a place in somebody else's page: a notebook."""
    return f'<div class="nnstep"><style>{stylesheet()}</style>\n{body(document, layout, ids=False)}\n</div>'


def stylesheet() -> str:
    """Return the style of all that `body` writes, which touches nothing else of a page."""
    pictures = f"{svg.STYLE}{NETWORK}{svg.GREYS}".replace("@media (", "@media screen and (")  # paper is white
    return f"{web.style('page')}\n.nnstep svg.picture {{{pictures}}}"


def body(document: Document, layout: Layout, *, ids: bool = True, before: str = "") -> str:
    """Return a document's headings, formulas and tables; `before` stands over all but the headings."""
    return "\n".join(_Body(document, layout, ids).lines(before))


def pictures(section: Section) -> str:
    """Return a section's drawings, whose numbers are named by their symbols, so that a script fills them."""
    drawn = (block for block in section.blocks if isinstance(block, Drawing | Shades))
    return "\n".join(
        line for block in drawn for line in _picture(block, block.title or section.title, "", named=True)
    )


def text(words: str) -> str:
    """Write text as text, whatever stands in it."""
    return _escape(clean(words))


class _Body:
    def __init__(self, document: Document, layout: Layout, ids: bool) -> None:
        self.document, self.layout = document, layout
        self.lines_of = HtmlLines(document, layout, ids)
        self.clips = 0

    def lines(self, before: str) -> Iterator[str]:
        document = self.document
        yield f"<header><h1>{text(document.title)}</h1>"
        if document.conventions:
            notation = MathML(outputs=document.outputs, naming=document.naming)
            yield '<ul class="conventions">'
            for line in document.conventions:
                yield f"<li>{sentence(line, notation, lambda words: prose(words, text), math)}</li>"
            yield "</ul>"
        yield "</header>"
        yield "<main>"
        yield before
        first = list(document.parts) if parts_first(document) else []
        loose = [line for section in document.sections for line in self.section(section, "", 2)]
        if not first:
            yield from loose
        for part in document.parts:
            several = len(document.parts) > 1 or not first
            yield from self.part(part, several)
        if first:
            yield from loose
        if document.outcome:
            yield f'<p class="outcome"><strong>{text(document.outcome)}</strong></p>'
        yield "</main>"

    def part(self, part: Part, several: bool) -> Iterator[str]:
        scope = f"{part.step}:" if several else ""
        level = 2 + several
        yield f'<article data-step="{part.step}">'
        if several:
            yield f"<h2>{text(part.title)}</h2>"
        under: set[str] = set()
        for heading, section in headed(part):
            if heading:
                yield f"<h{level}>{text(heading)}</h{level}>"
                under.add(section.phase)
            yield from self.section(section, scope, level + (section.phase in under))
        yield "</article>"

    def section(self, section: Section, scope: str, level: int) -> Iterator[str]:
        yield f'<section data-phase="{section.phase}">'
        yield f"<h{level}>{prose(section.title, text)}</h{level}>"
        for block in section.blocks:
            yield from self.block(section, block, scope)
        yield "</section>"

    def block(self, section: Section, block: Block, scope: str) -> Iterator[str]:
        match block:
            case Equations(grid=Grid() as grid):
                yield from self.lines_of.grid(section, block, grid, scope)
            case Equations():
                yield from self.lines_of.equations(section, block, scope)
            case Tree():
                yield from self.lines_of.tree(section, block)
            case Derivation():
                yield from self.lines_of.derivation(section, block)
            case MatrixEquation():
                yield from self.lines_of.matrices(section, block)
            case Table():
                yield from _table(block)
            case Note():
                yield f'<p class="note {block.kind}">{prose(block.text, text)}</p>'
            case Figure():
                line = sparkline(block.values, 60, "▁▂▃▄▅▆▇█")
                yield f'<p>{text(block.title)}: <span class="spark" aria-hidden="true">{line}</span> '
                yield f"{text(block.label)}</p>"
            case Plot() | Bars() | Shades() | Drawing():
                self.clips += 1
                title = block.title or self.document.title
                yield from _picture(block, title, f"clip{self.clips}")
            case Excerpt():
                start, end = block.start - 1, block.end - 1
                pieces = (block.line[:start], block.line[start:end], block.line[end:])
                before, marked, after = map(text, pieces)
                yield f"<pre>{before}<mark>{marked}</mark>{after}</pre>"


def _picture(
    block: Plot | Bars | Shades | Drawing, title: str, clip: str, *, named: bool = False
) -> Iterator[str]:
    """Yield an SVG as large as its place allows."""
    match block:
        case Drawing():
            (width, height), inside = size_of(block), drawing_svg(block, named=named)
        case Plot():
            width, height, inside = svg.WIDTH, svg.height_of(block), svg.plot_svg(block, clip)
        case Shades():
            width, height, inside = (
                svg.width_of(block),
                svg.height_of(block),
                svg.shades_svg(block, named=named),
            )
        case Bars():
            width, height, inside = svg.WIDTH, svg.height_of(block), svg.bars_svg(block)
    yield f'<figure><svg class="picture" viewBox="0 0 {width:g} {height:g}" width="{width:g}" role="img">'
    yield f"<title>{text(title)}</title>"
    yield from inside
    yield "</svg></figure>"


def _table(table: Table) -> Iterator[str]:
    yield '<div class="scroll" tabindex="0" role="region" aria-label="table"><table>'
    if table.title:
        yield f"<caption>{text(table.title)}</caption>"
    heads = [*([""] if table.signs else []), *table.columns]
    yield f"<thead><tr>{''.join(f'<th scope=col>{text(one)}</th>' for one in heads)}</tr></thead><tbody>"
    for place, row in enumerate(table.rows):
        sign = table.signs[place] if table.signs else ""
        first = f'<td class="sign">{SIGNS.get(sign, "")}</td>' if table.signs else ""
        cells = "".join(
            f"<td{' class=r' if n in table.right else ''}>{prose(cell, text)}</td>"
            for n, cell in enumerate(row)
        )
        yield f"<tr{f' class={sign}' if sign else ''}>{first}{cells}</tr>"
    yield "</tbody></table></div>"
    if table.omitted:
        yield f"<p>… {counted(table.omitted, f'more {table.noun}')}</p>"
