"""Lines that are put together from pieces, so that a dash runs on from one to the next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

Point = tuple[float, float]


def joined(strokes: Sequence[Sequence[Point]]) -> list[list[Point]]:
    """Return strokes as the fewest lines: where the end of two meets, they are one."""
    at: dict[Point, list[int]] = defaultdict(list)
    for number, stroke in enumerate(strokes):
        for end in (stroke[0], stroke[-1]):
            at[end].append(number)
    left = set(range(len(strokes)))
    lines: list[list[Point]] = []

    def is_inside(number: int) -> bool:
        return all(len(at[end]) > 1 for end in (strokes[number][0], strokes[number][-1]))

    # an open line is walked from an end of it; what is left then are rings
    for number in sorted(left, key=is_inside):
        if number not in left:
            continue
        left.remove(number)
        line = list(strokes[number])
        if len(at[line[-1]]) == 1:
            line.reverse()
        while (following := next((one for one in at[line[-1]] if one in left), None)) is not None:
            left.remove(following)
            more = list(strokes[following])
            line += more[1:] if more[0] == line[-1] else more[-2::-1]
        lines.append(line)
    return lines
