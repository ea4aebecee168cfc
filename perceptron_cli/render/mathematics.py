"""Equations as aligned LaTeX lines, for the two formats that print mathematics."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from perceptron_cli.document import (
    Derivation,
    Document,
    Equation,
    Equations,
    MatrixEquation,
    Reasoned,
    Section,
    Tree,
)
from perceptron_cli.expr import Derivative, each
from perceptron_cli.notation import Latex
from perceptron_cli.render.operands import Marked, Operand, marked
from perceptron_cli.render.text import is_named, longest, prose, sign
from perceptron_cli.render.tree import rows_of
from perceptron_cli.words import counted

if TYPE_CHECKING:
    from perceptron_cli.render import Layout

# Characters of LaTeX source that make a line too long for a page, roughly; a command counts as one.
LONGEST = 80

_SIGNS = {"dL/d": r"\partial L/\partial ", "y_hat": r"\hat{y}", "theta": r"\theta", "eta": r"\eta"}


def latex_sign(symbol: str) -> str:
    """Return a symbol of prose as LaTeX mathematics."""
    return f"${sign(symbol, _SIGNS)}$"


def block_lines(document: Document, section: Section, block: Equations, layout: Layout) -> Iterator[str]:
    """Yield a block's lines: its general formulas, then every equation, broken where it is long."""
    notation = Latex(sample=section.sample, outputs=document.outputs, naming=document.naming)
    if not layout.brief:
        for formula in block.formulas:
            if not is_named(formula, document.naming):
                continue
            bodies = (notation.write(body) for body in formula.bodies)
            yield from _broken(notation.symbol(formula.symbol), list(bodies))
    for row in block.rows:
        if all(equation.body is None and equation.hand is None for equation in row):
            given = (f"{notation.symbol(one.symbol)} = {notation.number(one.text)}" for one in row)
            yield "& " + r" \quad ".join(given)
            continue
        for equation in row:
            yield from _broken(
                notation.symbol(equation.symbol), _steps(equation, block, notation, layout), equation
            )
    if block.omitted:
        yield rf"& \text{{... {counted(block.omitted, f'more {block.noun}')}}}"


def aligned(
    document: Document, section: Section, block: Derivation | MatrixEquation, layout: Layout
) -> list[str]:
    """Return the aligned lines of a derivation or of a matrix equation."""
    notation = Latex(sample=section.sample, outputs=document.outputs, naming=document.naming)
    if isinstance(block, Derivation):
        return list(_derivation(block, notation, layout))
    return _matrices(document, section, block, layout)


def displayed(document: Document, layout: Layout) -> str:
    """Return all of a document's mathematics as displays for MathJax, each under its section's title."""
    sections = [*document.sections, *(one for part in document.parts for one in part.sections)]
    found = []
    for section in sections:
        for block in section.blocks:
            if isinstance(block, Equations):
                lines = list(block_lines(document, section, block, layout))
            elif isinstance(block, Tree):
                lines = list(tree_lines(document, section, block, layout))
            elif isinstance(block, Derivation | MatrixEquation):
                lines = aligned(document, section, block, layout)
            else:
                continue
            title = rf"& \textbf{{{_words(section.title)}}}"
            found.append("\\begin{aligned}" + " \\\\ ".join([title, *lines]) + "\\end{aligned}")
    return "\n".join(f"$$\n{one}\n$$" for one in found)


def tree_lines(document: Document, section: Section, tree: Tree, layout: Layout) -> Iterator[str]:
    """Yield a tree's lines, each as far in as its level."""
    notation = Latex(sample=section.sample, outputs=document.outputs, naming=document.naming)
    for row in rows_of(tree):
        start = "& " + r"\quad " * row.level
        if not row.equations:
            yield rf"{start}\text{{... {row.left_out}}}"
            continue
        given = [f"{notation.symbol(one.symbol)} = {notation.number(one.text)}" for one in row.equations]
        if row.equations[0].body is None:
            yield start + r" \quad ".join(given)
            continue
        (equation,) = row.equations
        steps = [] if layout.brief or row.again else _formula_steps(equation, tree, notation, layout)
        end = r"\text{undefined}" if equation.value is None else notation.number(equation.text)
        line = start + notation.symbol(equation.symbol)
        for step in dict.fromkeys([*steps, end]):
            if line.strip("& ") and length(line) + length(step) > LONGEST:
                yield line
                line = start + r"\quad "
            line += f" = {step}"
        yield line + (r"\quad\text{(above)}" if row.again else "")


def _formula_steps(equation: Equation, tree: Tree, notation: Latex, layout: Layout) -> list[str]:
    """Return a line's formula, and the formula with its numbers."""
    if equation.body is None:
        return []
    terms = layout.terms(longest(equation.body))
    return [notation.write(equation.body, numbers, terms=terms) for numbers in (None, tree.numbers)]


def _derivation(derivation: Derivation, notation: Latex, layout: Layout) -> Iterator[str]:
    """Yield a derivation's lines, each with its reason in words."""
    left = notation.write(derivation.left)
    for line in derivation.lines:
        terms = layout.terms(longest(line.body))
        yield rf"{left} &= {notation.write(line.body, terms=terms)} && \text{{{_words(line.reason)}}}"
        if derivation.numbers is not None and not layout.brief:
            yield f"&= {_with_numbers(derivation, line, notation, terms)}"
        left = ""
    for symbol, body in derivation.where:
        yield rf"& \text{{where }} {notation.write(symbol)} = {notation.write(body)}"


def _with_numbers(derivation: Derivation, line: Reasoned, notation: Latex, terms: int | None) -> str:
    value = r"\text{undefined}" if line.value is None else notation.number(line.text)
    if any(isinstance(node, Derivative) for node in each(line.body)):
        return value
    told = notation.write(line.body, derivation.numbers, terms=terms)
    return value if told == value else f"{told} = {value}"


def _words(text: str) -> str:
    """Return a sentence for the inside of a \\text."""
    return prose(text, _escaped, latex_sign)


def _escaped(text: str) -> str:
    return re.sub(r"([#$%&_{}])", r"\\\1", text).replace("^", r"\textasciicircum{}")


def _matrices(document: Document, section: Section, equation: MatrixEquation, layout: Layout) -> list[str]:
    """Return a matrix equation as two aligned lines: names over their shapes, then the numbers."""
    found = marked(equation, Latex, sample=section.sample, outputs=document.outputs, naming=document.naming)
    made = found.operands[0]
    if layout.brief:
        return [f"{_shaped(made)} &= {_numbers(made)}"]
    return [_line(found, _shaped), _line(found, _numbers)]


def _line(found: Marked, tell: Callable[[Operand], str]) -> str:
    return found.put([tell(operand) for operand in found.operands]).replace(" = ", " &= ", 1)


def _shaped(operand: Operand) -> str:
    if operand.shape is None:
        return operand.name
    return rf"\underset{{{operand.shape[0]} \times {operand.shape[1]}}}{{{operand.name}}}"


def _numbers(operand: Operand) -> str:
    if operand.shape is None:
        return operand.cells[0][0]
    more_rows, more_columns = operand.dots
    rows = [[*row, r"\cdots"] if more_columns else list(row) for row in operand.cells]
    if more_rows:
        rows.append([r"\vdots"] * len(rows[0]))
    inside = r" \\ ".join(" & ".join(row) for row in rows)
    return rf"\left[\begin{{array}}{{{'r' * len(rows[0])}}} {inside} \end{{array}}\right]"


def _steps(equation: Equation, block: Equations, notation: Latex, layout: Layout) -> list[str]:
    steps: list[str] = []
    if equation.body is not None and not layout.brief:
        for expr in (equation.body, *equation.stages):
            steps.append(notation.write(expr, block.numbers, terms=layout.terms(longest(expr))))
    undefined = equation.value is None
    steps.append(r"\text{undefined}" if undefined else notation.number(equation.text))
    if equation.hand is not None:
        value = r"\text{undefined}" if equation.hand.value is None else notation.number(equation.hand.text)
        steps[-1] += rf"\quad \text{{on paper }} {value}"
    if equation.symbol.head == "improvement_percent" and not undefined:
        steps[-1] += r"\,\%"
    return [step for place, step in enumerate(steps) if place == 0 or step != steps[place - 1]]


def _broken(symbol: str, steps: list[str], equation: Equation | None = None) -> Iterator[str]:
    """Yield `symbol &= step = step`, a new line where one grows too long."""
    line = f"{symbol} &"
    fresh = True
    for step in steps:
        if not fresh and length(line) + length(step) > LONGEST:
            yield line
            line, fresh = "&", True
        pieces = _pieces(step)
        line += f"= {pieces[0]}" if fresh else f" = {pieces[0]}"
        fresh = False
        for piece in pieces[1:]:
            if length(line) + length(piece) > LONGEST:
                yield line
                line = r"&\qquad "
            line += piece
    if equation is not None and equation.alternative:
        line += r"\quad\text{(the long way)}"
    yield line
    if equation is not None and equation.note:
        yield rf"&\quad\text{{({equation.note})}}"


def length(latex: str) -> int:
    """Return about how wide a piece of LaTeX is: a command as one character, braces as none."""
    return len(re.sub(r"[{}^_\s]", "", re.sub(r"\\[a-zA-Z]+", "#", latex)))


def _pieces(latex: str) -> list[str]:
    """Split a sum at the + and - that stand outside of all brackets."""
    pieces, depth, start, place = [], 0, 0, 0
    while place < len(latex):
        if latex[place] == "{" or latex.startswith(r"\left(", place):
            depth += 1
        elif latex[place] == "}" or latex.startswith(r"\right)", place):
            depth -= 1
        elif depth == 0 and latex.startswith((" + ", " - "), place):
            pieces.append(latex[start:place])
            start = place
        place += 1
    return [*pieces, latex[start:]]
