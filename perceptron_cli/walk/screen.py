"""A state as lines of text for a screen of some width and height: never wider, never taller."""

from __future__ import annotations

from dataclasses import replace

from rich.cells import cell_len
from rich.text import Text

from perceptron_cli.expr import symbols
from perceptron_cli.records import record
from perceptron_cli.render import Layout
from perceptron_cli.render.cells import QUIET
from perceptron_cli.render.drawing_text import picture_lines
from perceptron_cli.render.plot import text_plot
from perceptron_cli.render.table import SECTION
from perceptron_cli.render.text import ascii_only, clean
from perceptron_cli.render.wrap import fill, wrap_words
from perceptron_cli.walk.body import CHANGED, Bodies, Body
from perceptron_cli.walk.machine import State
from perceptron_cli.walk.small import small_picture
from perceptron_cli.walk.strip import ABOUT, Marks, marks, names_of, strip
from perceptron_cli.walk.tour import Stop, Tour

SMALLEST = (20, 6)  # below, nothing can be read
MARKED = r"(?<!\w)\[-?\d[^\]]*\]"  # a number of a drawing
MOST_SAID = 2  # lines of a message
BAR = "reverse"

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


@record
class Frame:
    """The lines of a screen, and the first line of the body that is shown."""

    lines: tuple[Text, ...]
    top: int


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
        self.bodies = Bodies(tour, state, self.layout)

    def frame(self) -> Frame:
        above, body, foot = self.above(), self.bodies.body(), self.foot()
        spare = self.height - len(above) - len(foot) - self.needed(body)
        picture, drawn = self.pictures(spare)
        room = self.height - len(above) - len(picture) - len(drawn) - len(foot)
        top = self.top(body, room)
        shown = body.lines[top : top + room]
        shown += [Text()] * (room - len(shown))
        foot[-1] = self.with_more(foot[-1], top > 0, top + room < len(body.lines))
        lines = (*above, *picture, *shown, *drawn, *foot)
        return Frame(tuple(self.fitted(line) for line in lines), top)

    def needed(self, body: Body) -> int:
        """Return the lines that the body takes at most, so that the pictures stay when more is revealed."""
        if self.state.mode == "line" and self.stop.block is not None and self.stop.equation is not None:
            return len(self.bodies.line(self.stop.block, self.stop.equation, self.stop.reveals).lines)
        return len(body.lines)

    def pictures(self, spare: int) -> tuple[list[Text], list[Text]]:
        """Return the small picture over the body and the large one below it, as so many lines allow."""
        if self.height < 10:
            return [], []
        found, sizes = self.marks(), self.tour.config.sizes
        space = [Text()] if self.height >= 12 else []
        line = [strip(sizes, found, self.width, unicode=self.layout.unicode), *space]
        spare -= len(line)
        large = self.plotted() if spare > 0 else []
        if not large and found.about and spare > 0 and self.tour.is_network:
            large = self.large(found)
        if large and len(large) <= spare:
            return line, large
        small = small_picture(sizes, found, self.width) if self.layout.unicode else None
        return ([*small, *space], []) if small and len(small) <= spare + 1 else (line, [])

    def plotted(self) -> list[Text]:
        """The plane of a neuron, where the stop has one."""
        plot = self.tour.plot(self.state.place, self.state.changes)
        if plot is None:
            return []
        return [Text(f" {line}") for line in text_plot(plot, self.width - 2, unicode=self.layout.unicode)]

    def large(self, found: Marks) -> list[Text]:
        """The network with its numbers; nothing where the screen is too narrow for it."""
        drawing = self.tour.drawing(self.state.place, self.state.changes, names_of(found))
        lines = picture_lines(drawing, self.width - 2, unicode=self.layout.unicode)
        drawn = [Text(f" {line}") for line in lines or ()]
        for line in drawn:
            line.highlight_regex(MARKED, ABOUT)
        return [Text(), *drawn] if drawn else []

    def top(self, body: Body, room: int) -> int:
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
        old = self.tour.original.texts
        changes = [f"{name} = {text} (was {old[name]})" for name, _, text in reversed(self.state.changes)]
        lines = [f"what if {fill(changes, self.width - 8, '', ', ')[0]}"]
        lines.append(f"        {self.tour.followed(self.state.changes)}")
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
