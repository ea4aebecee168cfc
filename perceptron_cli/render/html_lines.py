"""Lines of a page: a symbol, its formula, its numbers, the result; each piece may begin a new row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING

from perceptron_cli.document import (
    Derivation,
    Document,
    Equation,
    Equations,
    Formula,
    Grid,
    MatrixEquation,
    Section,
    Tree,
)
from perceptron_cli.expr import Derivative, Expr, Result, Sum, each
from perceptron_cli.notation import MACHINE
from perceptron_cli.notation.mathml import MathML, operator
from perceptron_cli.render.operands import Operand, marked
from perceptron_cli.render.text import clean, is_named, longest, prose, sentence
from perceptron_cli.render.tree import Row, rows_of
from perceptron_cli.words import counted

if TYPE_CHECKING:
    from perceptron_cli.render import Layout

_TAG = re.compile("<[^>]*>")
UNDEFINED = "<mtext>undefined</mtext>"


def math(inside: str) -> str:
    """Return a formula that stands in a row of text."""
    return f"<math>{inside}</math>"


class HtmlLines:
    """Writes what has formulas; `ids` are given to lines on a page of their own, for links."""

    def __init__(self, document: Document, layout: Layout, ids: bool) -> None:
        self.document, self.layout, self.ids = document, layout, ids
        self.known: set[str] = set()

    def notation(self, section: Section, values: Mapping[str, float | None] | None = None) -> MathML:
        """Return how the formulas of a section are written."""
        outputs, naming = self.document.outputs, self.document.naming
        return MathML(sample=section.sample, outputs=outputs, naming=naming, values=values)

    # lines of a step ------------------------------------------------------------------------------

    def equations(self, section: Section, block: Equations, scope: str) -> Iterator[str]:
        """Yield a block's general formulas, and its lines."""
        notation = self.notation(section)
        if not self.layout.brief:
            for formula in block.formulas:
                if is_named(formula, self.document.naming):
                    yield f'<p class="general" tabindex="0">{_formula(formula, notation)}</p>'
        for row in block.rows:
            if all(equation.body is None and equation.hand is None for equation in row):
                yield f'<p class="given">{" ".join(self.given(one, notation, scope) for one in row)}</p>'
            else:
                for equation in row:
                    yield self.line(equation, block.numbers, notation, scope)
        if block.omitted:
            yield f"<p>… {counted(block.omitted, f'more {escape(block.noun)}')}</p>"

    def given(self, equation: Equation, notation: MathML, scope: str = "") -> str:
        """Write a number that is given."""
        name = equation.symbol.name
        number = shown(equation, notation)
        return (
            f'<span class="line"{self.id(scope + name)} data-symbol="{escape(name)}" tabindex="0">'
            f"{math(notation.symbol(equation.symbol) + operator('=') + number)}</span>"
        )

    def line(self, equation: Equation, numbers: Mapping[str, str], notation: MathML, scope: str = "") -> str:
        """Write a line: its symbol, and a step for the formula, for its numbers, and for the result."""
        name, steps = equation.symbol.name, self.steps(equation, numbers, notation)
        body = f' data-formula="{escape(MACHINE.write(equation.body))}"' if equation.body is not None else ""
        end = ""
        if equation.hand is not None:
            hand = equation.hand
            number = UNDEFINED if hand.value is None else notation.number(hand.text)
            end += f' <span class="hand">on paper {math(number)}</span>'
        if equation.alternative:
            end += ' <span class="remark">(the long way)</span>'
        if equation.note:
            end += f' <span class="remark">({prose(equation.note, lambda one: escape(clean(one)))})</span>'
        return (
            f'<div class="line"{"" if equation.alternative else self.id(scope + name)} '
            f'data-symbol="{escape(name)}"{body} tabindex="0">'
            f"{math(notation.symbol(equation.symbol))}<div>{' '.join(steps)}{end}</div></div>"
        )

    def steps(self, equation: Equation, numbers: Mapping[str, str], notation: MathML) -> list[str]:
        """Return the steps of a line, each with its sign of equality."""
        found: list[tuple[str, str]] = []
        if equation.body is not None and not self.layout.brief:
            terms = self.layout.terms(longest(equation.body))
            found.append(('"step formula"', _pieces(notation.pieces(equation.body, terms=terms))))
            for expr in (equation.body, *equation.stages):
                told = _pieces(notation.pieces(expr, numbers, terms=self.layout.terms(longest(expr))))
                kind = '"step numbers"' if expr is equation.body else '"step stage"'
                found.append((f"{kind} data-sum" if _is_sum_of_results(expr) else kind, told))
        result = shown(equation, notation)
        if equation.symbol.head == "improvement_percent" and equation.value is not None:
            result += "<mo>%</mo>"
        found.append(('"step result"', _pieces([result])))
        seen = [_TAG.sub("", told) for _, told in found]
        kept = [one for place, one in enumerate(found) if seen[place] not in seen[place + 1 : place + 2]]
        return [f"<span class={kind}>{told}</span>" for kind, told in kept]

    def id(self, name: str) -> str:
        """Return the attribute by which a link finds a line: the first of its name."""
        if not self.ids or name in self.known:
            return ""
        self.known.add(name)
        return f' id="{escape(name)}"'

    def grid(self, section: Section, block: Equations, grid: Grid, scope: str) -> Iterator[str]:
        """Yield given numbers as a table."""
        notation = self.notation(section)
        caption = sentence(grid.caption, notation, lambda words: escape(clean(words)), math)
        yield '<div class="scroll" tabindex="0" role="region" aria-label="given numbers"><table>'
        yield f"<caption>{caption}</caption><thead><tr><th scope=col>{escape(clean(grid.corner))}</th>"
        for head in grid.heads:
            told = escape(clean(head)) if isinstance(head, str) else math(notation.symbol(head))
            yield f"<th scope=col>{told}</th>"
        yield "</tr></thead><tbody>"
        for label, row in zip(grid.labels, block.rows, strict=True):
            cells = "".join(
                f'<td class="line r"{self.id(scope + one.symbol.name)} '
                f'data-symbol="{escape(one.symbol.name)}" tabindex="0">'
                f"{math(shown(one, notation))}</td>"
                for one in row
            )
            yield f"<tr><th scope=row>{escape(clean(label))}</th>{cells}</tr>"
        yield "</tbody></table></div>"
        if block.omitted:
            yield f"<p>… {counted(block.omitted, f'more {escape(block.noun)}')}</p>"

    # trees ------------------------------------------------------------------------------------------

    def tree(self, section: Section, tree: Tree) -> Iterator[str]:
        """Yield a tree as lists that fold."""
        notation = self.notation(section)
        rows = rows_of(tree)
        yield '<div class="tree"><ul>'
        open_folds: list[bool] = []  # of the rows that the next one may stand under: whether it folds
        for place, row in enumerate(rows):
            while len(open_folds) > row.level:
                yield "</ul></details></li>" if open_folds.pop() else "</li>"
            told = self.row(row, tree, notation)
            folds = place + 1 < len(rows) and rows[place + 1].level > row.level
            yield f"<li><details open><summary>{told}</summary><ul>" if folds else f"<li>{told}"
            open_folds.append(folds)
        for folds in reversed(open_folds):
            yield "</ul></details></li>" if folds else "</li>"
        yield "</ul></div>"

    def row(self, row: Row, tree: Tree, notation: MathML) -> str:
        """Write a row of a tree."""
        if not row.equations:
            return f"… {row.left_out}"
        if row.equations[0].body is None:
            return " ".join(self.given(one, notation) for one in row.equations)
        (equation,) = row.equations
        if row.again:
            return f'{self.given(equation, notation)} <span class="remark">(above)</span>'
        return self.line(equation, tree.numbers, notation)

    # derivations and matrices -----------------------------------------------------------------------

    def derivation(self, section: Section, derivation: Derivation) -> Iterator[str]:
        """Yield a proof as a table: the left side, the lines, and why each follows."""
        notation = self.notation(section)
        left = math(notation.write(derivation.left))
        yield '<div class="scroll" tabindex="0" role="region" aria-label="derivation">'
        yield '<table class="derivation"><tbody>'
        for line in derivation.lines:
            told = _equal(notation.write(line.body, terms=self.layout.terms(longest(line.body))))
            reason = prose(line.reason, lambda words: escape(clean(words)))
            yield f"<tr><td>{left}</td><td>{told}</td><td>{reason}</td></tr>"
            if derivation.numbers is not None and not self.layout.brief:
                numbers = self.with_numbers(derivation, line.body, line.value, line.text, notation)
                yield f"<tr><td></td><td>{numbers}</td><td></td></tr>"
            left = ""
        yield "</tbody></table></div>"
        for symbol, where in derivation.where:
            told = notation.write(symbol) + operator("=") + notation.write(where)
            yield f"<p>where {math(told)}</p>"

    def with_numbers(
        self, derivation: Derivation, body: Expr, value: float | None, text: str, notation: MathML
    ) -> str:
        """Write a line of a proof with the network's numbers."""
        result = UNDEFINED if value is None else notation.number(text)
        if any(isinstance(node, Derivative) for node in each(body)):
            return _equal(result)
        told = notation.write(body, derivation.numbers, terms=self.layout.terms(longest(body)))
        return _equal(result) if told == result else _equal(told) + _equal(result)

    def matrices(self, section: Section, equation: MatrixEquation) -> Iterator[str]:
        """Yield a matrix equation: its names over their shapes, then the numbers."""
        settings = {
            "sample": section.sample,
            "outputs": self.document.outputs,
            "naming": self.document.naming,
            "values": equation.values,
        }
        found = marked(equation, MathML, **settings)
        yield '<div class="scroll matrices" tabindex="0" role="region" aria-label="matrices">'
        rows = (_shaped, _matrix) if not self.layout.brief else (_matrix,)
        for tell in rows:
            left, _, right = found.put([tell(one) for one in found.operands]).partition(" = ")
            yield f'<div><math display="block">{left}{operator("=")}{right}</math></div>'
        yield "</div>"


def shown(equation: Equation, notation: MathML) -> str:
    """Return a line's result, marked with its symbol's name and its value in full."""
    if equation.value is None:
        return UNDEFINED
    name = equation.symbol.name
    notation.values = {name: equation.value}
    number = notation.shown(name, equation.text)
    notation.values = {}
    return number


def _is_sum_of_results(expr: Expr) -> bool:
    """Whether it is a sum that was worked out term by term: its result keeps the terms' decimals."""
    return isinstance(expr, Sum) and all(isinstance(term, Result) for term in expr.terms)


def _formula(formula: Formula, notation: MathML) -> str:
    return " ".join(
        [math(notation.symbol(formula.symbol)), *(_pieces(notation.pieces(one)) for one in formula.bodies)]
    )


def _pieces(pieces: list[str]) -> str:
    first, *rest = pieces
    return "".join([_equal(first), *(f"<wbr>{math(one)}" for one in rest)])


def _equal(inside: str) -> str:
    return math(operator("=") + inside)


def _shaped(operand: Operand) -> str:
    if operand.shape is None:
        return operand.name
    return f"<munder><mrow>{operand.name}</mrow><mtext>{operand.shape[0]}×{operand.shape[1]}</mtext></munder>"


def _matrix(operand: Operand) -> str:
    if operand.shape is None:
        return operand.cells[0][0]
    more_rows, more_columns = operand.dots
    rows = [[*row, "<mo>⋯</mo>"] if more_columns else list(row) for row in operand.cells]
    if more_rows:
        rows.append(["<mo>⋮</mo>"] * len(rows[0]))
    inside = "".join(f"<mtr>{''.join(f'<mtd>{cell}</mtd>' for cell in row)}</mtr>" for row in rows)
    return f"<mrow><mo>[</mo><mtable>{inside}</mtable><mo>]</mo></mrow>"
