"""What stands in the middle of the screen: an equation, a page, a list; as long as it is, at most as wide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rich.cells import cell_len
from rich.text import Text

from perceptron_cli.document import Document, Equation, Equations, Note, Section
from perceptron_cli.notation import Ascii, Notation, Unicode
from perceptron_cli.records import record
from perceptron_cli.render import Layout, render
from perceptron_cli.render.cells import QUIET, Cells, cells_of
from perceptron_cli.render.columns import RESULT, SYMBOL
from perceptron_cli.render.table import FORMULA
from perceptron_cli.render.text import clean, is_named, longest
from perceptron_cli.render.wrap import fill, wrap_formula, wrap_words
from perceptron_cli.walk.machine import State, completions
from perceptron_cli.walk.tour import Stop, Tour

CHANGED = "bold yellow"
MOST_LISTED = 12  # names in a line of them

HELP = """\
space, enter   reveal: symbols, numbers put in, each step, result; then the next line
backspace      take the last reveal back
n, right       the next line, whole
p, left        the line before
s, S           the next section, the one before
l, L           the next layer, the one before
g, G           the beginning, the summary at the end
j, /           jump to a symbol: z[1]_2, dL/dw[1]_11; tab completes, w11 is enough for w[1]_11
w              why: what the number is made from; enter asks on, left comes back, j goes there;
               w again: all of it, and of a gradient the paths from the loss
e              change a number and see what follows: w[1]_11=0.5, eta=1; the old one stands beside it
r              set every number back
m              the section as matrices
up, down       scroll; page keys scroll by five lines
q              quit; Ctrl-C too"""


@record
class Body:
    """Lines, and the one of them that is to be seen: -1 the last, 0 the beginning."""

    lines: list[Text]
    focus: int = -1


class Bodies:
    """The body of a state for a layout's width, by the state's mode."""

    def __init__(self, tour: Tour, state: State, layout: Layout) -> None:
        self.tour = tour
        self.state = state
        self.layout = layout
        self.width = layout.width
        self.stop: Stop = tour.stops[state.place]
        self.numbers = tour.numbers(state.changes)

    def body(self) -> Body:
        """Return what stands in the middle of the screen in a state."""
        match self.state.mode:
            case "help":
                return Body(list(self.help()), 0)
            case "why":
                return self.why()
            case "origins":
                sections = self.tour.origins(self.state.trail[-1], self.state.changes)
                return Body([line for one in sections for line in self.section(one, title=True)], 0)
            case "matrix":
                sections = self.tour.matrices(self.state.place, self.state.changes)
                if sections:
                    return Body([line for one in sections for line in self.section(one, title=True)], 0)
            case "jump" | "edit":
                return self.listed()
        if self.stop.equation is None or self.stop.block is None:
            page = self.tour.page(self.state.place, self.state.changes)
            return Body(list(self.section(page, title=False)), 0)
        return self.line(self.stop.block, self.stop.equation, self.state.stage)

    def words(self, text: str, style: str = "", indent: str = "") -> Iterator[Text]:
        for piece in wrap_words(clean(text), self.width - len(indent)):
            yield Text(indent + piece, style)

    def help(self) -> Iterator[Text]:
        """Return the page of keys."""
        for line in HELP.split("\n"):
            keys, text = line[:15], line[15:]
            for place, piece in enumerate(wrap_words(text, max(10, self.width - 15))):
                yield Text.assemble((" " * 15 if place else keys, SYMBOL), piece)

    def section(self, section: Section, *, title: bool) -> Iterator[Text]:
        """A section as the terminal's format has it."""
        document = Document(
            "walk", "", {}, sections=(section,), outputs=self.tour.outputs, naming=self.tour.naming
        )
        layout = replace(self.layout, color=True, boxes=False, brief=False)
        lines = str(render(document, "table", layout)).rstrip("\n").split("\n")
        yield from (Text.from_ansi(line) for line in (lines if title else lines[1:]))

    def notation(self, section: Section | None = None) -> Notation:
        style = Unicode if self.layout.unicode else Ascii
        layer, sample = (section.layer, section.sample) if section else (None, None)
        return style(layer=layer, sample=sample, outputs=self.tour.outputs, naming=self.tour.naming)

    # a line ---------------------------------------------------------------------------------------

    def line(self, block: Equations, equation: Equation, stage: int) -> Body:
        """An equation, so far as it is revealed; once it is, what it is made from and goes into."""
        notation = self.notation(self.stop.section)
        told = self.tour.told(equation, self.state.changes)
        lines = [line for note in self.notes(block) for line in self.words(note, QUIET)]
        whole = stage >= self.stop.reveals
        lines.extend(self.working(told, notation, None if whole else stage))
        focus = len(lines) - 1
        if not whole:
            return Body(lines, focus)
        for heading, names in (
            ("made from", self.tour.uses(equation.symbol.name) if not equation.alternative else ()),
            ("goes into", self.tour.used_by.get(equation.symbol.name, ())),
        ):
            if names:
                lines.extend([Text(), *self.named(heading, names, notation)])
        lines.extend(self.general(block, equation, notation))
        return Body(lines, focus)

    def notes(self, block: Equations) -> Iterator[str]:
        """The notes that stand right above a line's block."""
        blocks = self.stop.section.blocks
        before = blocks[blocks.index(block) - 1] if blocks.index(block) else None
        if isinstance(before, Note):
            yield before.text

    def cells(self, equation: Equation, notation: Notation) -> tuple[str, Cells]:
        """Return a line's formula in symbols, and its cells with the numbers put in."""
        block = Equations(((equation,),), self.numbers.texts)
        assert equation.body is not None
        formula = notation.write(equation.body, terms=self.layout.terms(longest(equation.body)))
        return formula, cells_of(equation, block, notation, self.layout)

    def working(self, equation: Equation, notation: Notation, shown: int | None = None) -> Iterator[Text]:
        """A line in symbols, so many steps of its working below, or all of them and the result."""
        formula, cells = self.cells(equation, notation)
        indent = min(cell_len(cells.symbol) + 1, self.width // 4)
        for place, piece in enumerate(wrap_formula(f"{cells.symbol} = {formula}", self.width - indent)):
            yield Text((" " * indent if place else "") + piece, FORMULA)
        steps = [step for step in cells.steps if step != formula]
        for step in steps[:shown]:
            for piece in wrap_formula(f"= {step}", self.width - indent):
                yield Text(" " * indent + piece)
        if shown is None:
            result = Text(" " * indent).append(f"= {cells.result}", RESULT)
            yield result.append(self.was(equation), CHANGED)
            for note in cells.notes:
                yield from self.words(f"({note})", QUIET, " " * indent)

    def was(self, equation: Equation) -> str:
        """What a changed number was before."""
        if not self.state.changes or equation.alternative:
            return ""
        name = equation.symbol.name
        before = self.tour.original.texts[name]
        return "" if before == equation.text else f"   (was {before})"

    def named(self, heading: str, names: Sequence[str], notation: Notation) -> Iterator[Text]:
        """Symbols with their numbers, as many beside each other as there is room for."""
        pieces = [
            f"{self.symbol(name, notation)} = {self.numbers.texts[name]}" for name in names[:MOST_LISTED]
        ]
        if len(names) > MOST_LISTED:
            dots = "…" if self.layout.unicode else "..."
            pieces.append(f"{dots} {len(names) - MOST_LISTED} more")
        yield Text(heading, QUIET)
        for line in fill(pieces, self.width - 2, "", "   "):
            yield Text(f"  {line}")

    def symbol(self, name: str, notation: Notation) -> str:
        """Write a symbol in the notation of the screen."""
        symbol = self.tour.symbol(name)
        return notation.symbol(symbol) if symbol else name

    def general(self, block: Equations, equation: Equation, notation: Notation) -> Iterator[Text]:
        """The general formula that the line is a case of, where it says more."""
        for formula in block.formulas:
            if not is_named(formula, self.tour.naming):
                continue
            if formula.symbol.head == equation.symbol.head and len(formula.bodies) > 1:
                sides = [notation.symbol(formula.symbol), *map(notation.write, formula.bodies)]
                yield Text()
                for place, piece in enumerate(wrap_formula(" = ".join(sides), self.width - 4)):
                    yield Text(("    " if place else "  ") + piece, QUIET)

    # why ------------------------------------------------------------------------------------------

    def why(self) -> Body:
        """A number, and what it is made from, to go on asking."""
        notation, name = self.notation(), self.state.trail[-1]
        arrow = " ← " if self.layout.unicode else " <- "
        trail = [self.symbol(one, notation) for one in self.state.trail]
        lines = [
            Text(("" if not place else "  ") + piece, QUIET)
            for place, piece in enumerate(fill(trail, self.width - 6, "", arrow))
        ]
        lines.extend([Text(), *self.worked(name, notation)])
        uses = self.tour.uses(name)
        if not uses:
            lines.append(Text("It is given, so it comes from nothing else.", QUIET))
            return Body(lines, 0)
        lines.extend([Text(), Text("made from", QUIET)])
        focus = 0
        for place, use in enumerate(uses):
            chosen = place == self.state.choice
            focus = len(lines) if chosen else focus
            lines.extend(self.reason(use, notation, chosen))
        return Body(lines, focus)

    def worked(self, name: str, notation: Notation) -> Iterator[Text]:
        line = self.tour.line(name)
        if line is None:
            yield Text(f"{self.symbol(name, notation)} = {self.numbers.texts[name]}", RESULT)
            return
        yield from self.working(self.tour.told(line, self.state.changes), notation)

    def reason(self, name: str, notation: Notation, chosen: bool) -> Iterator[Text]:
        """A number that another is made from, on a line: its formula where it has one."""
        line, text = self.tour.line(name), self.numbers.texts[name]
        sides = [self.symbol(name, notation), text]
        if line is not None:
            sides.insert(1, self.cells(self.tour.told(line, self.state.changes), notation)[0])
        written = " = ".join(sides) + ("" if line is not None else "   given")
        for place, piece in enumerate(wrap_formula(written, self.width - 6)):
            mark = "> " if chosen and not place else "  "
            yield Text(mark + ("    " if place else "") + piece, "bold" if chosen else "")

    # typing ---------------------------------------------------------------------------------------

    def listed(self) -> Body:
        """The symbols that what is typed may become, with their numbers."""
        notation = self.notation()
        found = completions(self.tour, self.state)
        lines = [Text("No symbol begins so.", QUIET)] if not found and "=" not in self.state.text else []
        widest = max(map(len, found), default=0)
        for place, name in enumerate(found):
            chosen = place == self.state.choice
            line = Text(f"{'>' if chosen else ' '} {name:<{widest}}", "bold" if chosen else SYMBOL)
            drawn = self.symbol(name, notation)
            line.append(f"  {drawn if drawn != name else ''} = {self.numbers.texts[name]}", "")
            lines.append(line)
        typed, equals, _ = self.state.text.partition("=")
        name = typed.strip()
        if equals and name in self.tour.places:
            lines.append(
                Text(f"{name} = {self.numbers.texts[name]}, and was {self.tour.original.texts[name]}")
            )
        return Body(lines, max(0, self.state.choice))
