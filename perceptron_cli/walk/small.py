"""The network in a few lines: a neuron a circle, its edges in Braille dots, those of a line drawn through."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from rich.text import Text

from perceptron_cli.render.plot import BITS
from perceptron_cli.walk.strip import ABOUT, FROM, Marks

MOST = 6  # neurons of a layer that are drawn one by one; of more the first FEW, the marked and the last
FEW = 3
GAPS = range(12, 3, -1)  # cells between two layers, the most that there is room for
MOST_EDGES = 200
MARKED_FIRST = 2  # of a wide layer's other neurons

Slots = list[int | None]  # the numbers of the neurons from the top; None stands for what is left out


def small_picture(sizes: Sequence[int], found: Marks, width: int) -> list[Text] | None:
    """Return the lines of the picture, None where `width` is not enough."""
    gap = next((gap for gap in GAPS if (len(sizes) - 1) * (gap + 1) + 3 <= width), None)
    if gap is None:
        return None
    return _Small([_slots(l, count, found) for l, count in enumerate(sizes)], found, gap).lines()


def _slots(l: int, count: int, found: Marks) -> Slots:
    if count <= MOST:
        return [*range(1, count + 1)]
    marked = [j for layer, j in sorted(found.about | found.made_from) if layer == l and FEW < j < count]
    return [*range(1, FEW + 1), None, *marked[:MARKED_FIRST], count]


class _Small:
    def __init__(self, slots: list[Slots], found: Marks, gap: int) -> None:
        self.slots = slots
        self.found = found
        self.gap = gap
        self.rows = max(map(len, slots))
        columns = (len(slots) - 1) * (gap + 1) + 3
        self.bits = [[0] * columns for _ in range(self.rows)]
        self.drawn = [[False] * columns for _ in range(self.rows)]  # a line of what it is about goes through

    def lines(self) -> list[Text]:
        names = ["x", *map(str, range(1, len(self.slots) - 1)), "ŷ"]
        heading = "".join(f"{name:<{self.gap + 1}}" for name in names).rstrip()
        self.edges()
        rows = [[self.dots(row, x) for x in range(len(self.bits[row]))] for row in range(self.rows)]
        for l, slots in enumerate(self.slots):
            for place, number in enumerate(slots):
                rows[math.floor(self.y(l, place))][self.x(l)] = self.circle(l, number)
        return [Text(heading, "dim"), *(Text.assemble(*row) for row in rows)]

    def x(self, l: int) -> int:
        return l * (self.gap + 1)

    def y(self, l: int, place: int) -> float:
        """Return the height of a place: each layer stands in the middle."""
        return place + (self.rows - len(self.slots[l])) // 2

    def circle(self, l: int, number: int | None) -> tuple[str, str]:
        if number is None:
            return "⋮", "dim"
        if (l, number) in self.found.about:
            return "●", ABOUT
        return ("◉", FROM) if (l, number) in self.found.made_from else ("○", "dim")

    def dots(self, row: int, x: int) -> tuple[str, str]:
        bits = self.bits[row][x]
        return (chr(0x2800 + bits) if bits else " "), (FROM if self.drawn[row][x] else "dim")

    def edges(self) -> None:
        """Draw the marked edges whole; between two layers that have none, all of them faintly."""
        known = [*self._known()]
        clear = {layer for layer, _, _ in self.found.edges}
        for one in known if len(known) <= MOST_EDGES else ():
            if one[0] not in clear:
                self.edge(*one, whole=False)
        for one in known:
            if one in self.found.edges:
                self.edge(*one, whole=True)

    def _known(self) -> Iterator[tuple[int, int, int]]:
        for l in range(1, len(self.slots)):
            for j in self.slots[l]:
                for i in self.slots[l - 1]:
                    if i is not None and j is not None:
                        yield l, i, j

    def edge(self, l: int, i: int, j: int, *, whole: bool) -> None:
        """Draw a line in dots, 2 x 4 in a character; one that is not marked has gaps."""
        x0, x1 = 2 * self.x(l - 1) + 3, 2 * self.x(l) - 2
        start, end = (4 * self.y(at, self.slots[at].index(k)) + 1.5 for at, k in ((l - 1, i), (l, j)))
        for x in range(x0, x1 + 1):
            if whole or x % 4 < 1:
                y = math.floor(start + (end - start) * (x - x0) / (x1 - x0) + 0.5)
                self.bits[y // 4][x // 2] |= BITS[x % 2][y % 4]
                self.drawn[y // 4][x // 2] |= whole
