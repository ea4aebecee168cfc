"""The columns that all equations of a page share: symbol, working and result, so that results stand in line.

They are drawn here, a row a line: all widths are known, and Rich's table, which measures every cell
several times, takes twenty times as long.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len
from rich.text import Text

from perceptron_cli.records import record
from perceptron_cli.render.cells import QUIET, Cells

SYMBOL, RESULT = "cyan", "bold green"
UNROUNDED, ON_PAPER, OFF_BY = "unrounded", "on paper", "off by"
NARROWEST = 14  # cells for the working; with less room there are no columns
OFF = 4  # the place of the column that says by how much the result on paper is off
BETWEEN = "  "
ROOMY = 28  # cells for the working of a whole page; with less each block has columns of its own
LONG_NAME = 12  # cells; a longer symbol does not widen the page's column


@record
class Columns:
    """How wide the columns are, in cells; `hand` has two more, for the results on paper."""

    symbol: int
    working: int
    result: int
    hand: tuple[int, int] | None

    def takes(self, lines: Sequence[Cells]) -> bool:
        """Whether equations have room in these columns."""
        return all(
            cell_len(cells.symbol) <= self.symbol
            and cell_len(cells.result) + 2 <= self.result
            and cells.widest(self.working) <= self.working
            for cells in lines
        )

    def rows(self, lines: Sequence[Cells]) -> Iterator[Text]:
        """Yield equations as lines, under heads where there are results on paper."""
        if self.hand is not None:
            yield self._line([("", ""), ("", ""), (UNROUNDED, QUIET), (ON_PAPER, QUIET), (OFF_BY, QUIET)])
        for cells in lines:
            yield from self._row(cells)

    def _row(self, cells: Cells) -> Iterator[Text]:
        """Yield an equation's lines: the result stands beside the last line of its working."""
        pieces = cells.working(self.working)
        last = sum(not note for _, note in pieces) - 1
        for place, (piece, note) in enumerate(pieces):
            symbol = cells.symbol if place == 0 else ""
            ends = place == last
            told = [
                (symbol, SYMBOL),
                (piece, QUIET if note else ""),
                (f"= {cells.result}" if ends else "", RESULT),
            ]
            if self.hand is not None:
                told += [(text if ends else "", "") for text in cells.hand or ("", "")]
            yield self._line(told)

    def _line(self, cells: Sequence[tuple[str, str]]) -> Text:
        line = Text()
        widths = (self.symbol, self.working, self.result, *(self.hand or ()))
        for place, ((text, style), width) in enumerate(zip(cells, widths, strict=True)):
            space = " " * (width - cell_len(text))
            line.append(BETWEEN)
            line.append(space + text if place == OFF else text + space, style)
        return line


def shared_columns(lines: Iterable[Cells], width: int, *, least: int = NARROWEST) -> Columns | None:
    """Return the columns of a page that is so many cells wide, None where it has no equations.

    The working takes what its longest line needs, and at most what the others leave: None where that
    is less than `least` cells and not enough.
    """
    told = list(lines)
    if not told:
        return None
    symbol = max(cell_len(cells.symbol) for cells in told)
    result = max(cell_len(cells.result) for cells in told) + 2
    hand = None
    if any(cells.hand for cells in told):
        paper = max(len(ON_PAPER), *(cell_len(cells.hand[0]) for cells in told if cells.hand))
        result, hand = max(result, len(UNROUNDED)), (paper, len(OFF_BY))
    between = len(BETWEEN) * (5 if hand else 3)
    room = max(0, width - symbol - result - sum(hand or ()) - between)
    if room < min(least, max(cells.widest(10_000) for cells in told)):
        return None
    working = max((cells.widest(room) for cells in told if room), default=0)
    return Columns(symbol, min(room, working), result, hand)
