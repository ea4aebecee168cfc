"""Slides for pdflatex: a frame for each step, its lines first as symbols, then as numbers and results."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from perceptron_cli.document import Document, Drawing, Equation, Equations, Note, Section, Table
from perceptron_cli.expr import symbols
from perceptron_cli.notation import Latex
from perceptron_cli.render.drawing_svg import placed
from perceptron_cli.render.latex import escape, rows_of_table
from perceptron_cli.render.mathematics import latex_sign, length
from perceptron_cli.render.text import headed, is_named, longest, prose, sentence
from perceptron_cli.render.tikz import STYLE, drawing_tikz

if TYPE_CHECKING:
    from perceptron_cli.render import Layout

START = r"""\documentclass[aspectratio=169, 10pt]{beamer}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\usepackage{amsmath, amssymb, booktabs, graphicx, longtable, tikz}
\setbeamertemplate{navigation symbols}{}
\setbeamertemplate{footline}[frame number]
\newsavebox{\wide}
\newcommand{\fit}[1]{\sbox\wide{$\displaystyle #1$}%
  \ifdim\wd\wide>\linewidth\resizebox{\linewidth}{!}{\usebox\wide}\else\usebox\wide\fi\par\smallskip}
"""
MOST_LINES = 3  # of a frame
LONGEST = 45  # characters of a line that stands in one row


def render(document: Document, layout: Layout) -> str:
    """Return the source of a presentation."""
    return "\n".join(_lines(document, layout)) + "\n"


def _lines(document: Document, layout: Layout) -> Iterator[str]:
    yield from (START, STYLE, rf"\title{{{escape(document.title)}}}", r"\date{}", r"\begin{document}")
    yield r"\begin{frame}\titlepage\end{frame}"
    notation = Latex(outputs=document.outputs, naming=document.naming)
    if document.conventions:
        yield r"\begin{frame}{What is in force}\begin{itemize}"
        for line in document.conventions:
            told = sentence(
                line, notation, lambda words: prose(words, escape, latex_sign), lambda one: f"${one}$"
            )
            yield rf"\item {told}"
        yield r"\end{itemize}\end{frame}"
    sections = [*document.sections, *(one for part in document.parts for one in part.sections)]
    blocks = (block for section in sections for block in section.blocks)
    drawing = next((block for block in blocks if isinstance(block, Drawing)), None)
    for part in document.parts:
        if len(document.parts) > 1:
            yield rf"\begin{{frame}}\centering\Large {escape(part.title)}\end{{frame}}"
        for heading, section in headed(part):
            if heading:
                yield rf"\section{{{heading}}}"
            yield from _section(document, section, layout, drawing)
    for section in document.sections:
        yield from _section(document, section, layout, drawing)
    if document.outcome:
        yield rf"\begin{{frame}}{{The outcome}}{escape(document.outcome)}\end{{frame}}"
    yield r"\end{document}"


def _section(document: Document, section: Section, layout: Layout, drawing: Drawing | None) -> Iterator[str]:
    title = _prose(section.title)
    notation = Latex(sample=section.sample, outputs=document.outputs, naming=document.naming)
    notes = [block.text for block in section.blocks if isinstance(block, Note)]
    told = False
    for block in section.blocks:
        if isinstance(block, Equations) and section.phase != "given":
            general = [] if layout.brief else [
                " = ".join([notation.symbol(one.symbol), *map(notation.write, one.bodies)])
                for one in block.formulas if is_named(one, document.naming)
            ]  # fmt: skip
            rows = [one for row in block.rows for one in row]
            for start in range(0, len(rows), MOST_LINES):
                told = True
                lines = rows[start : start + MOST_LINES]
                yield from _frame(title, general, lines, block, notation, layout, drawing)
        elif isinstance(block, Table):
            told = True
            yield rf"\begin{{frame}}[allowframebreaks]{{{title}}}\footnotesize"
            yield from rows_of_table(block)
            yield r"\end{frame}"
    if section.phase == "given" and drawing is not None and not told:
        yield rf"\begin{{frame}}{{{title}}}\centering\resizebox{_room(drawing)}{{%"
        yield from drawing_tikz(drawing)
        yield r"}\end{frame}"
    if notes and not told and section.phase != "given":
        yield rf"\begin{{frame}}{{{title}}}\begin{{itemize}}"
        yield from (rf"\item {_prose(text)}" for text in notes)
        yield r"\end{itemize}\end{frame}"


def _room(drawing: Drawing) -> str:
    """Return the room of a frame for a drawing: as wide, or as high."""
    picture = placed(drawing)
    return r"{0.9\linewidth}{!}" if picture.width > 1.8 * picture.height else r"{!}{0.75\textheight}"


def _frame(
    title: str, general: list[str], lines: list[Equation], block: Equations, notation: Latex, layout: Layout,
    drawing: Drawing | None,
) -> Iterator[str]:  # fmt: skip
    """Yield a frame: the drawing with what the lines are about marked, and the lines, stage by stage."""
    yield rf"\begin{{frame}}{{{title}}}"
    if drawing is not None:
        yield r"\begin{columns}\begin{column}{0.42\textwidth}"
        yield r"\resizebox{\linewidth}{!}{%"
        yield from drawing_tikz(drawing, _marks(lines), size=14)
        yield r"}\end{column}\begin{column}{0.56\textwidth}"
    yield from (rf"{{\color{{gray}}\fit{{{one}}}}}" for one in general)
    shown = [_stages(one, block, notation, layout) for one in lines]
    yield r"\fit{\begin{aligned}"
    yield " \\\\[4pt]\n".join(
        f"{notation.symbol(one.symbol)} & {_uncovered(steps)}"
        for one, steps in zip(lines, shown, strict=True)
    )
    yield r"\end{aligned}}"
    if drawing is not None:
        yield r"\end{column}\end{columns}"
    yield r"\end{frame}"


def _uncovered(steps: list[str]) -> str:
    """Return a line whose steps come one after the other; where it is long, each in a row of its own."""
    row = r" \\ & " if sum(map(length, steps)) > LONGEST else " "
    return row.join(rf"\uncover<{place}->{{= {step}}}" for place, step in enumerate(steps, start=1))


def _stages(equation: Equation, block: Equations, notation: Latex, layout: Layout) -> list[str]:
    """Return a line's formula, its numbers with the stages of the working, and its result."""
    if equation.body is None:
        return [notation.number(equation.text)]
    result = r"\text{undefined}" if equation.value is None else notation.number(equation.text)
    if layout.brief:
        return [result]
    steps = [notation.write(equation.body, terms=layout.terms(longest(equation.body)))]
    worked = [
        notation.write(one, block.numbers, terms=layout.terms(longest(one)))
        for one in (equation.body, *equation.stages)
    ]
    steps.append(" = ".join(dict.fromkeys(worked)))
    return steps if worked[-1] == result else [*steps, result]


def _prose(text: str) -> str:
    return prose(text, escape, latex_sign)


def _marks(lines: list[Equation]) -> set[str]:
    """Return the neurons and weights that lines are about, by their names on the drawing."""
    found: set[str] = set()
    for line in lines:
        for one in (line.symbol, *(symbols(line.body) if line.body is not None else ())):
            at, indices = f"[{one.layer}]", "".join(map(str, one.indices))
            found.add(one.name.rstrip("'"))
            if one.head.removeprefix("dL/d") in ("z", "a", "w"):
                letter = "w" if one.head.endswith("w") else "a"
                found.add(f"{letter}{at}_{indices}")
            elif one.head == "da/dz":
                found.add(f"a{at}_{indices[:1]}")
    return found
