"""What the formats share: text that may be shown, and which sections carry a heading."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from perceptron_cli.document import (
    Bars,
    Document,
    Drawing,
    Equations,
    Formula,
    Grid,
    Part,
    Plot,
    Section,
    Shades,
    Table,
    Tree,
    Words,
)
from perceptron_cli.errors import InputError
from perceptron_cli.expr import Call, Expr, Naming, Sum, Symbol, each, symbols
from perceptron_cli.notation import Notation
from perceptron_cli.render import GRAPHS, PICTURES, RENDERERS

PHASE_HEADINGS = {"forward": "Forward propagation", "gradients": "Backpropagation"}


def clean(text: str) -> str:
    """Make control characters visible: text from a file is shown as text."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)


def ascii_only(text: str) -> str:
    """Write what is no ASCII by its code."""
    return clean(text).encode("ascii", "backslashreplace").decode()


# the symbols that prose names, apart from what is quoted or part of an option
_SYMBOLS = re.compile(
    r"(?<!['.=\w])(?<!--)(?<!\w-)(dL/d(?:y_hat|[A-Za-z])|y_hat|eta|theta)(?![\[A-Za-z=]|_\w+\[|\.\w)"
)
_SIGNS = {"dL/d": "∂L/∂", "y_hat": "ŷ", "theta": "θ", "eta": "η"}


def sign(symbol: str, signs: Mapping[str, str] = _SIGNS) -> str:
    """Return a symbol of prose with the letters of `signs`: ∂L/∂z for dL/dz, ŷ for y_hat."""
    for word, letter in signs.items():
        symbol = symbol.replace(word, letter)
    return symbol


def prose(text: str, write: Callable[[str], str] = clean, sign: Callable[[str], str] = sign) -> str:
    """Write a sentence by `write`, and by `sign` each symbol in it, as the formulas have it."""
    pieces = _SYMBOLS.split(text)
    return "".join(sign(one) if place % 2 else write(one) for place, one in enumerate(pieces))


def is_named(formula: Formula, naming: Naming | None) -> bool:
    """Whether a general formula can be written with the names that a document has.

    Where weights are counted through there is none for w_ij, and such a formula is left out.
    """
    if naming is None:
        return True
    told = (one for body in (formula.symbol, *formula.bodies) for one in symbols(body))
    return all(
        naming(one) is not None
        for one in told
        if any(isinstance(index, str) for index in one.indices) and not one.is_state
    )


def sentence(
    words: str | Words,
    notation: Notation,
    text: Callable[[str], str] = clean,
    formula: Callable[[str], str] = str,
) -> str:
    """Write a sentence: its text by `text`, its formulas by the notation and then by `formula`."""
    pieces = (words,) if isinstance(words, str) else words
    return "".join(text(one) if isinstance(one, str) else formula(_written(one, notation)) for one in pieces)


def _written(one: Expr | Formula, notation: Notation) -> str:
    if isinstance(one, Expr):
        return notation.write(one)
    return notation.equals.join([notation.symbol(one.symbol), *(notation.write(body) for body in one.bodies)])


def grid_table(block: Equations, grid: Grid, head: Callable[[Symbol], str], caption: str) -> Table:
    """Return given numbers as a table of texts: a head a column, a label a row."""
    heads = (one if isinstance(one, str) else head(one) for one in grid.heads)
    width = len(grid.heads)
    rows = (
        (label, *(one.text for one in row), *("" for _ in range(width - len(row))))
        for label, row in zip(grid.labels, block.rows, strict=True)
    )
    return Table(caption, (grid.corner, *heads), tuple(rows), frozenset(range(width + 1)))


def longest(expr: Expr) -> int:
    """Return the number of terms of a tree's longest sum."""
    return max((len(node.parts) for node in each(expr) if isinstance(node, Sum | Call)), default=0)


def parts_first(document: Document) -> bool:
    """Whether the parts are the answer (steps), or stand behind it (narrated epochs)."""
    return document.parts_key == "steps"


def headed(part: Part) -> Iterator[tuple[str | None, Section]]:
    """Yield a part's sections, each with the heading of its phase where the phase is new."""
    seen: set[str] = set()
    for section in part.sections:
        heading = None if section.phase in seen else PHASE_HEADINGS.get(section.phase)
        seen.add(section.phase)
        yield heading, section


def plots_of(document: Document) -> list[Plot | Bars | Shades | Drawing]:
    """Return a document's plots, bars and drawings. Raises InputError where it has none."""
    sections = [*document.sections, *(one for part in document.parts for one in part.sections)]
    blocks = [block for section in sections for block in section.blocks]
    plots = [_entitled(document, one) for one in blocks if isinstance(one, Plot | Bars | Shades | Drawing)]
    if not plots:
        raise InputError(
            f"{document.command}: there is nothing to draw here",
            hint=f"it has the formats {', '.join(_formats(document))}",
        )
    return plots


def _formats(document: Document) -> list[str]:
    """Return the formats of a document without plots and drawings; a tree is drawn as a graph."""
    blocks = [block for section in document.sections for block in section.blocks]
    graphs = GRAPHS if any(isinstance(block, Tree) for block in blocks) else set()
    return [name for name in RENDERERS if name not in PICTURES - graphs]


def _entitled(document: Document, block: Plot | Bars | Shades | Drawing) -> Plot | Bars | Shades | Drawing:
    """Give a drawing that stands alone the document's title."""
    return replace(block, title=document.title) if isinstance(block, Drawing) and not block.title else block


def drawing_of(document: Document) -> Drawing:
    """Return a document's first drawing. Raises InputError where it has none."""
    drawings = [block for block in plots_of(document) if isinstance(block, Drawing)]
    if not drawings:
        hint = "nnstep draw draws the network"
        raise InputError(f"{document.command}: there is no network drawn here", hint=hint)
    return drawings[0]


def bar_lines(block: Bars, width: int, *, unicode: bool) -> Iterator[str]:
    """Yield a line a bar: its label, the bar, its number."""
    full, pieces = ("█", "▏▎▍▌▋▊▉") if unicode else ("#", "")
    label = max(len(bar.label) for bar in block.bars)
    number = max(len(bar.text) for bar in block.bars)
    room = max(4, min(50, width - label - number - 6))
    for bar, share in zip(block.bars, block.shares(), strict=True):
        cells = share * room
        whole = int(cells)
        part = int((cells - whole) * 8)
        drawn = full * whole + (pieces[part - 1] if pieces and part else "")
        yield f"  {bar.label:<{label}}  {drawn or '0':<{room}}  {bar.text}".rstrip()
    if block.logarithmic:
        yield "  (the scale is logarithmic)"


def shade_lines(block: Shades, *, unicode: bool) -> Iterator[str]:
    """Yield a line a row: each number, and how large it is as a shade."""
    scale = " ░▒▓█" if unicode else " .:*#"
    label = max(map(len, block.rows))
    width = max(len(one.text) for row in block.cells for one in row)
    width = max(width, *map(len, block.columns))
    yield f"  {'':<{label}}  " + "  ".join(f"{one:>{width}}   " for one in block.columns).rstrip()
    for name, row, levels in zip(block.rows, block.cells, block.levels(), strict=True):
        drawn = (
            f"{one.text:>{width}} {scale[min(int(level * len(scale)), len(scale) - 1)] * 2}"
            for one, level in zip(row, levels, strict=True)
        )
        yield f"  {name:<{label}}  {'  '.join(drawn)}".rstrip()


def sparkline(values: tuple[float, ...], width: int, levels: str) -> str:
    """Draw numbers as a line of characters, the lowest as the first of `levels`."""
    if len(values) > width:
        values = tuple(values[round(place * (len(values) - 1) / (width - 1))] for place in range(width))
    low, high = min(values), max(values)
    if high == low:
        return levels[0] * len(values)
    top = len(levels) - 1
    return "".join(levels[round((value - low) / (high - low) * top)] for value in values)


def end_of_axis(value: float) -> str:
    """Return a number as it stands at the end of an axis: an epoch in full, others to three digits."""
    return f"{value:.0f}" if float(value).is_integer() and abs(value) < 1e9 else f"{value:.3g}"
