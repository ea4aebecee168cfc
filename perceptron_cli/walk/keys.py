"""What a terminal sends for a key, by the key's name; a letter is its own name."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

ESCAPE = "\x1b"
NAMES = {
    "\r": "enter", "\n": "enter", "\t": "tab", "\x7f": "backspace", "\x08": "backspace", "\x15": "clear",
    "\x03": "interrupt", "\x0c": "redraw", " ": "space",
}  # fmt: skip
SEQUENCES = {
    "A": "up", "B": "down", "C": "right", "D": "left", "H": "home", "F": "end", "Z": "backtab",
    "1~": "home", "4~": "end", "5~": "pageup", "6~": "pagedown", "7~": "home", "8~": "end",
}  # fmt: skip
_SEQUENCE = re.compile(r"\x1b[\[O]([0-9;]*[A-Za-z~])")


class Keys:
    """Turns what arrives into keys; a character that arrives in two pieces is kept until it is whole."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, data: bytes) -> list[str]:
        """Return the keys of what has arrived, in order; what no key sends is left out."""
        return list(_keys(self._decoder.decode(data)))


def _keys(text: str) -> Iterator[str]:
    place = 0
    while place < len(text):
        found = _SEQUENCE.match(text, place)
        if found:
            if found[1] in SEQUENCES:
                yield SEQUENCES[found[1]]
            place = found.end()
            continue
        one = text[place]
        place += 1
        if one == ESCAPE:
            yield "escape"
        elif one in NAMES:
            yield NAMES[one]
        elif one.isprintable():
            yield one
