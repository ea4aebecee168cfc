"""A state as lines of text for a screen of some width and height: never wider, never taller."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len
from rich.text import Text

from perceptron_cli.document import Document, Equation, Equations, Note, Section
from perceptron_cli.expr import symbols
from perceptron_cli.notation import Ascii, Notation, Unicode
from perceptron_cli.render import Layout, render
from perceptron_cli.render.cells import QUIET, Cells, cells_of
from perceptron_cli.render.drawing_text import picture_lines
from perceptron_cli.render.table import FORMULA, RESULT, SECTION, SYMBOL
from perceptron_cli.render.text import ascii_only, clean, longest
from perceptron_cli.render.wrap import fill, wrap_formula, wrap_words
from perceptron_cli.walk.machine import State, completions
from perceptron_cli.walk.small import small_picture
from perceptron_cli.walk.strip import ABOUT, Marks, marks, names_of, strip
from perceptron_cli.walk.tour import Stop, Tour

SMALLEST = (20, 6)  # below, nothing can be read
MARKED = r"(?<!\w)\[-?\d[^\]]*\]"  # a number of a drawing
MOST_SAID = 2  # lines of a message
CHANGED = "bold yellow"
BAR = "reverse"
MOST_LISTED = 12  # names in a line of them

HINTS = {
    "line": (
        "space reveals", "n next", "p back", "w why", "e change", "j jump", "m matrices", "s section",
        "l layer", "? help", "q quit",
    ),
    "help": ("any key goes back",),
    "why": ("up/down choose", "enter asks on", "left back", "j goes there", "w all of it", "q closes"),
    "origins": ("up/down scroll", "left back", "q closes"),
    "matrix": ("n next", "p back", "m closes", "up/down scroll"),
    "jump": ("tab completes", "enter goes there", "esc closes"),
    "edit": ("tab completes", "enter sets", "esc closes"),
}  # fmt: skip

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


@dataclass(frozen=True)
class Frame:
    """The lines of a screen, and the first line of the body that is shown."""

    lines: tuple[Text, ...]
    top: int


@dataclass(frozen=True)
class _Body:
    lines: list[Text]
    focus: int = -1  # the line that is to be seen; -1 the last, 0 the beginning


def frame(tour: Tour, state: State, width: int, height: int, layout: Layout) -> Frame:
    """Draw a state on `height` lines of `width` cells; `layout` says Unicode, and how many terms."""
    if width < SMALLEST[0] or height < SMALLEST[1]:
        small = Text(f"{SMALLEST[0]}x{SMALLEST[1]} at least"[: max(width, 0)])
        return Frame((small,)[: max(height, 0)], 0)
    return _Screen(tour, state, width, height, replace(layout, width=width)).frame()


class _Screen:
    def __init__(self, tour: Tour, state: State, width: int, height: int, layout: Layout) -> None:
        self.tour = tour
        self.state = state
        self.width = width
        self.height = height
        self.layout = layout
        self.stop: Stop = tour.stops[state.place]
        self.numbers = tour.numbers(state.changes)

    def frame(self) -> Frame:
        above, body, foot = self.above(), self.body(), self.foot()
        spare = self.height - len(above) - len(foot) - self.needed(body)
        picture, drawn = self.pictures(spare)
        room = self.height - len(above) - len(picture) - len(drawn) - len(foot)
        top = self.top(body, room)
        shown = body.lines[top : top + room]
        shown += [Text()] * (room - len(shown))
        foot[-1] = self.with_more(foot[-1], top > 0, top + room < len(body.lines))
        lines = (*above, *picture, *shown, *drawn, *foot)
        return Frame(tuple(self.fitted(line) for line in lines), top)

    def needed(self, body: _Body) -> int:
        """Return the lines that the body takes at most, so that the pictures stay when more is revealed."""
        if self.state.mode == "line" and self.stop.block is not None and self.stop.equation is not None:
            return len(self.line(self.stop.block, self.stop.equation, self.stop.reveals).lines)
        return len(body.lines)

    def pictures(self, spare: int) -> tuple[list[Text], list[Text]]:
        """Return the small picture over the body and the large one below it, as so many lines allow."""
        if self.height < 10:
            return [], []
        found, sizes = self.marks(), self.tour.config.sizes
        space = [Text()] if self.height >= 12 else []
        line = [strip(sizes, found, self.width, unicode=self.layout.unicode), *space]
        spare -= len(line)
        large = self.large(found) if found.about and spare > 0 else []
        if large and len(large) <= spare:
            return line, large
        small = small_picture(sizes, found, self.width) if self.layout.unicode else None
        return ([*small, *space], []) if small and len(small) <= spare + 1 else (line, [])

    def large(self, found: Marks) -> list[Text]:
        """The network with its numbers; nothing where the screen is too narrow for it."""
        drawing = self.tour.drawing(self.state.place, self.state.changes, names_of(found))
        lines = picture_lines(drawing, self.width - 2, unicode=self.layout.unicode)
        drawn = [Text(f" {line}") for line in lines or ()]
        for line in drawn:
            line.highlight_regex(MARKED, ABOUT)
        return [Text(), *drawn] if drawn else []

    def top(self, body: _Body, room: int) -> int:
        """Return the first line to show: where the reader scrolled, or so that the focus is seen."""
        last = max(0, len(body.lines) - room)
        if not self.state.follow:
            return min(self.state.scroll, last)
        focus = body.focus if body.focus >= 0 else len(body.lines) - 1
        return min(last, max(0, focus - room + 1))

    def fitted(self, line: Text) -> Text:
        if not self.layout.unicode and not line.plain.isascii():
            line = Text(ascii_only(line.plain), line.style)
        if line.cell_len > self.width:
            line = line.copy()
            line.truncate(self.width)
        return line

    def words(self, text: str, style: str = "", indent: str = "") -> Iterator[Text]:
        for piece in wrap_words(clean(text), self.width - len(indent)):
            yield Text(indent + piece, style)

    # around ---------------------------------------------------------------------------------------

    def above(self) -> list[Text]:
        """The title, where we are, and what is changed."""
        count = f"{self.state.place + 1}/{len(self.tour.stops)}"
        lines = [self.bar(count)]
        title, what = clean(self.stop.section.title), self.where()
        if cell_len(title) + cell_len(what) <= self.width or self.height < 10:
            lines.append(Text.assemble((title, SECTION), (what, QUIET)))
        else:
            lines.extend([Text(title, SECTION), Text(what, QUIET)])
        return [*lines, *(self.changed() if self.state.changes else ())]

    def bar(self, right: str) -> Text:
        """The title at the left, as much of it as there is room for, and the place at the right."""
        room = self.width - len(right) - 4
        whole, short = map(clean, self.tour.titles)
        left = Text(whole if cell_len(whole) <= room else short)
        left.truncate(room, pad=True)
        return Text(f" {left.plain}  {right} ", BAR)

    def where(self) -> str:
        """Say which neuron or weight a line is about."""
        if self.stop.equation is None:
            return ""
        found, symbol = marks(self.stop.equation.symbol, (), 0), self.stop.equation.symbol
        own = [edge for edge in found.edges if edge == (symbol.layer, *symbol.indices)]
        if own:
            layer, i, j = own[0]
            what = (
                f"the bias of neuron {j}"
                if not i
                else f"{'input' if layer == 1 else 'neuron'} {i} to neuron {j}"
            )
        elif symbol.layer is not None and symbol.indices:
            size = self.tour.config.sizes[symbol.layer]
            what = f"neuron {symbol.indices[-1]} of {size}"
        else:
            return ""
        sample = f", sample {symbol.sample}" if symbol.sample and self.stop.section.sample is None else ""
        return f"  {what}{sample}"

    def marks(self) -> Marks:
        """What the line is about, or the one that is asked for."""
        name = self.state.trail[-1] if self.state.trail else self.stop.name
        symbol = self.tour.symbol(name) if name else None
        if symbol is None:
            return Marks()
        line = self.stop.equation if not self.state.trail else self.tour.line(symbol.name)
        uses = symbols(line.body) if line is not None and line.body is not None else ()
        return marks(symbol, uses, len(self.tour.config.layers))

    def changed(self) -> list[Text]:
        """The changed numbers, the last first, and what they do to the loss."""
        old, new = self.tour.original.texts, self.numbers.texts
        changes = [f"{name} = {text} (was {old[name]})" for name, _, text in reversed(self.state.changes)]
        losses = [f"{name} {old[name]} -> {new[name]}" for name in ("L", "L'") if old[name] != new[name]]
        lines = [f"what if {fill(changes, self.width - 8, '', ', ')[0]}"]
        lines.append(f"        {', '.join(losses) or 'the loss stays as it is'}")
        return [Text(line, CHANGED) for line in lines]

    def foot(self) -> list[Text]:
        """A message, what is being typed, or the keys."""
        space = self.width - 3  # the marks for more stand at the right
        prompts = {"jump": "jump to: ", "edit": "change (symbol=number): "}
        if self.state.message:
            return [Text(line, CHANGED) for line in wrap_words(clean(self.state.message), space)[:MOST_SAID]]
        if self.state.mode in prompts:
            prompt, typed = prompts[self.state.mode], clean(self.state.text)
            kept = typed[-max(4, space - len(prompt) - 1) :]
            return [Text(f"{prompt}{kept}{'▏' if self.layout.unicode else '_'}", "bold")]
        hints = list(HINTS[self.state.mode])
        while len(hints) > 2 and len("  ".join(hints)) > space:
            del hints[-3]  # the last two say how to get help, and out
        return [Text("  ".join(hints), QUIET)]

    def with_more(self, line: Text, above: bool, below: bool) -> Text:
        """Say at the end of a line whether there is more to scroll to."""
        up, down = ("▲", "▼") if self.layout.unicode else ("^", "v")
        line.truncate(self.width - 3, pad=True)
        return line.append(f" {up if above else ' '}{down if below else ' '}", CHANGED)

    # the body -------------------------------------------------------------------------------------

    def body(self) -> _Body:
        match self.state.mode:
            case "help":
                return _Body(list(self.help()), 0)
            case "why":
                return self.why()
            case "origins":
                sections = self.tour.origins(self.state.trail[-1], self.state.changes)
                return _Body([line for one in sections for line in self.section(one, title=True)], 0)
            case "matrix":
                sections = self.tour.matrices(self.state.place, self.state.changes)
                if sections:
                    return _Body([line for one in sections for line in self.section(one, title=True)], 0)
            case "jump" | "edit":
                return self.listed()
        if self.stop.equation is None or self.stop.block is None:
            page = self.tour.page(self.state.place, self.state.changes)
            return _Body(list(self.section(page, title=False)), 0)
        return self.line(self.stop.block, self.stop.equation, self.state.stage)

    def help(self) -> Iterator[Text]:
        for line in HELP.split("\n"):
            keys, text = line[:15], line[15:]
            for place, piece in enumerate(wrap_words(text, max(10, self.width - 15))):
                yield Text.assemble((" " * 15 if place else keys, SYMBOL), piece)

    def section(self, section: Section, *, title: bool) -> Iterator[Text]:
        """A section as the terminal's format has it."""
        document = Document("walk", "", {}, sections=(section,), outputs=self.tour.outputs)
        layout = replace(self.layout, color=True, boxes=False, brief=False)
        lines = str(render(document, "table", layout)).rstrip("\n").split("\n")
        yield from (Text.from_ansi(line) for line in (lines if title else lines[1:]))

    def notation(self, section: Section | None = None) -> Notation:
        style = Unicode if self.layout.unicode else Ascii
        layer, sample = (section.layer, section.sample) if section else (None, None)
        return style(layer=layer, sample=sample, outputs=self.tour.outputs)

    # a line ---------------------------------------------------------------------------------------

    def line(self, block: Equations, equation: Equation, stage: int) -> _Body:
        """An equation, so far as it is revealed; once it is, what it is made from and goes into."""
        notation = self.notation(self.stop.section)
        told = self.tour.told(equation, self.state.changes)
        lines = [line for note in self.notes(block) for line in self.words(note, QUIET)]
        whole = stage >= self.stop.reveals
        lines.extend(self.working(told, notation, None if whole else stage))
        focus = len(lines) - 1
        if not whole:
            return _Body(lines, focus)
        for heading, names in (
            ("made from", self.tour.uses(equation.symbol.name) if not equation.alternative else ()),
            ("goes into", self.tour.used_by.get(equation.symbol.name, ())),
        ):
            if names:
                lines.extend([Text(), *self.named(heading, names, notation)])
        lines.extend(self.general(block, equation, notation))
        return _Body(lines, focus)

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
        before = self.tour.original.values[name]
        return "" if before == equation.value else f"   (was {self.tour.original.texts[name]})"

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
        symbol = self.tour.symbol(name)
        return notation.symbol(symbol) if symbol else name

    def general(self, block: Equations, equation: Equation, notation: Notation) -> Iterator[Text]:
        """The general formula that the line is a case of, where it says more."""
        for formula in block.formulas:
            if formula.symbol.head == equation.symbol.head and len(formula.bodies) > 1:
                sides = [notation.symbol(formula.symbol), *map(notation.write, formula.bodies)]
                yield Text()
                for place, piece in enumerate(wrap_formula(" = ".join(sides), self.width - 4)):
                    yield Text(("    " if place else "  ") + piece, QUIET)

    # why ------------------------------------------------------------------------------------------

    def why(self) -> _Body:
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
            lines.append(Text("It is given: there is nothing behind it.", QUIET))
            return _Body(lines, 0)
        lines.extend([Text(), Text("made from", QUIET)])
        focus = 0
        for place, use in enumerate(uses):
            chosen = place == self.state.choice
            focus = len(lines) if chosen else focus
            lines.extend(self.reason(use, notation, chosen))
        return _Body(lines, focus)

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

    def listed(self) -> _Body:
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
        return _Body(lines, max(0, self.state.choice))
