"""A complete LaTeX document for pdflatex, with packages that every installation has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
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
from perceptron_cli.render.mathematics import aligned, block_lines, latex_sign, tree_lines
from perceptron_cli.render.plot import text_plot
from perceptron_cli.render.text import (
    ascii_only,
    bar_lines,
    clean,
    grid_table,
    headed,
    parts_first,
    prose,
    sentence,
    shade_lines,
)
from perceptron_cli.words import counted

if TYPE_CHECKING:
    from perceptron_cli.render import Layout

START = r"""\documentclass[11pt]{article}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\usepackage[a4paper, margin=2cm]{geometry}
\usepackage{amsmath, amssymb, booktabs, graphicx, longtable}
\setlength{\parindent}{0pt}
% a line that is still too wide for the page is set smaller
\newsavebox{\wide}
\newcommand{\fit}[1]{\sbox\wide{$\displaystyle #1$}%
  \ifdim\wd\wide>\linewidth\resizebox{\linewidth}{!}{\usebox\wide}\else\usebox\wide\fi\par\smallskip}
"""

MOST_LINES = 10  # of one aligned block, which a page break cannot divide


def render(document: Document, layout: Layout) -> str:
    """Return a document that `pdflatex` takes."""
    return "\n".join(_lines(document, layout)) + "\n"


def _lines(document: Document, layout: Layout) -> Iterator[str]:
    yield from (START, r"\begin{document}", rf"\section*{{{escape(document.title)}}}")
    notation = Latex(outputs=document.outputs, naming=document.naming)
    for line in document.conventions:
        yield rf"{sentence(line, notation, _prose, lambda one: f'${one}$')}\par"
    kept = with_room(document.sections, 80, unicode=False)
    sections = [line for one in kept for line in _section(document, one, layout)]
    if not parts_first(document):
        yield from sections
    for place, part in enumerate(document.parts):
        if document.paged and place:
            yield r"\clearpage"
        if len(document.parts) > 1 or not parts_first(document):
            yield rf"\section*{{{escape(part.title)}}}"
        for heading, section in headed(part):
            if heading:
                yield rf"\subsection*{{{heading}}}"
            yield from _section(document, section, layout)
    if parts_first(document):
        yield from sections
    if document.outcome:
        yield rf"\par\medskip\fbox{{\textbf{{{escape(document.outcome)}}}}}"
    yield r"\end{document}"


def _section(document: Document, section: Section, layout: Layout) -> Iterator[str]:
    yield rf"\subsubsection*{{{_prose(section.title)}}}"
    for block in section.blocks:
        yield from _block(document, section, block, layout)


def _block(document: Document, section: Section, block: Block, layout: Layout) -> Iterator[str]:
    match block:
        case Equations(grid=Grid() as grid):
            notation = Latex(outputs=document.outputs, naming=document.naming)
            caption = sentence(grid.caption, notation, escape, lambda formula: f"${formula}$")
            table = grid_table(block, grid, lambda one: f"${notation.symbol(one)}$", caption)
            yield from _grid(table, block)
        case Equations():
            yield from _chunks(block_lines(document, section, block, layout))
        case Tree():
            yield from _chunks(tree_lines(document, section, block, layout))
        case Derivation() | MatrixEquation():
            inside = " \\\\\n".join(aligned(document, section, block, layout))
            yield rf"\fit{{\begin{{aligned}}{chr(10)}{inside}{chr(10)}\end{{aligned}}}}"
        case Table():
            yield from _table(block)
        case Note():
            yield rf"{_prose(block.text)}\par"
        case Plot():
            yield from _drawn(block.title, text_plot(block, 72, unicode=False))
        case Excerpt():
            from perceptron_cli.render.excerpt import excerpt_lines  # measures by Rich

            yield from _drawn("", excerpt_lines(block, 80))
        case Shades():
            yield from _drawn(block.title, shade_lines(block, unicode=False))
        case Bars():
            yield from _drawn(block.title, bar_lines(block, 72, unicode=False))
        case Drawing():
            yield from _drawn(block.title, drawing_lines(block, 80, unicode=False))
        case Figure():
            yield rf"{escape(block.title)}: {escape(block.label)}\par"


def _chunks(lines: Iterator[str]) -> Iterator[str]:
    """Yield aligned blocks of so many lines."""
    while chunk := list(islice(lines, MOST_LINES)):
        inside = " \\\\\n".join(chunk)
        yield rf"\fit{{\begin{{aligned}}{chr(10)}{inside}{chr(10)}\end{{aligned}}}}"


def _drawn(title: str, lines: Iterable[str]) -> Iterator[str]:
    if title:
        yield rf"{escape(title)}\par"
    yield r"\begin{verbatim}"
    yield from map(ascii_only, lines)
    yield r"\end{verbatim}"


def _grid(table: Table, block: Equations) -> Iterator[str]:
    """Yield given numbers as a table, whose caption and heads are LaTeX already."""
    yield rf"{table.title}\par"
    yield from _rows(table, str)
    if block.omitted:
        yield rf"\ldots\ {counted(block.omitted, f'more {escape(block.noun)}')}\par"


def _table(table: Table) -> Iterator[str]:
    if table.title:
        yield rf"\textbf{{{escape(table.title)}}}\par"
    yield from rows_of_table(table)
    if table.omitted:
        yield rf"\ldots\ {counted(table.omitted, f'more {escape(table.noun)}')}\par"


def rows_of_table(table: Table) -> Iterator[str]:
    """Yield a table whose cells are plain text."""
    return _rows(table, escape)


def _rows(table: Table, head: Callable[[str], str]) -> Iterator[str]:
    columns = "".join("r" if place in table.right else "l" for place in range(len(table.columns)))
    yield rf"\begin{{longtable}}[l]{{{columns}}}"
    yield r"\toprule"
    yield " & ".join(map(head, table.columns)) + r" \\"
    yield r"\midrule \endhead"
    for row in table.rows:
        yield " & ".join(map(escape, row)) + r" \\"
    yield r"\bottomrule"
    yield r"\end{longtable}"


_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}",
    "-": "-{}",
}


def _prose(text: str) -> str:
    return prose(text, escape, latex_sign)


def escape(text: str) -> str:
    """Make a text print as it is; a character that the fonts lack is shown by its number."""
    return "".join(_ESCAPES.get(one) or _known(one) for one in clean(text))


def _known(character: str) -> str:
    return character if character < "\x7f" or "\xc0" <= character <= "\xff" else f"[U+{ord(character):04X}]"
