"""Numbers as a book has them: a matrix pasted, `w1 = 0.15, w2 = 0.20`, one bias for all neurons."""

from __future__ import annotations

import re
from collections.abc import Sequence

from perceptron_cli.answers.numerals import answer

_NAMED = re.compile(r"([A-Za-z_\[\]]+?)_?(\d+)\s*[=:]\s*([^\s,;]+)")
_PARTS = re.compile(r"[\s,;\[\](){}&|]+")
Texts = tuple[str, ...]


class Misfit(ValueError):
    """An answer that does not fit; the message says what is expected, in a sentence."""


def numbers(text: str) -> Texts:
    """Return the numbers of a text as they were written. Raises Misfit for what is no number."""
    named = _NAMED.findall(text)
    if named:
        places = [int(place) for _, place, _ in named]
        if places != sorted(set(places)):
            raise Misfit("The names are not in order: write w1, w2, w3, ... one after the other.")
        return tuple(_number(one) for _, _, one in named)
    return tuple(_number(one) for one in _PARTS.split(text) if one and one != "\\\\")


def _number(text: str) -> str:
    found = answer(text)
    if found is None:
        raise Misfit(f"'{text[:30]}' is no number. Numbers have a decimal point: 0.15.")
    return f"{found.value!r}" if "/" in text or "," in text else text.strip()


def rows_of(text: str) -> list[Texts] | None:
    """Return a matrix's rows, parted by brackets, semicolons or lines; None where they are not parted."""
    bracketed = re.findall(r"\[([^\[\]]+)\]", text)
    parts = bracketed if len(bracketed) > 1 else [one for one in re.split(r"[;\n]|\\\\", text) if one.strip()]
    if len(parts) < 2 or _NAMED.search(text):
        return None
    rows = [numbers(part) for part in parts]
    if len({len(row) for row in rows}) != 1:
        raise Misfit(f"The rows have different lengths: {', '.join(str(len(row)) for row in rows)}.")
    return rows


def matrix(flat: Sequence[str], neurons: int, width: int) -> tuple[Texts, ...]:
    """Return numbers neuron by neuron as rows."""
    return tuple(tuple(flat[width * j : width * (j + 1)]) for j in range(neurons))
