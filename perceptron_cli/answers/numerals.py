"""A number as somebody wrote it, and how precisely."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable

from perceptron_cli.records import record

# the minus signs that people and typesetters write, as one
_SIGNS = str.maketrans({"\u2212": "-", "\u2013": "-"})
_NUMBER = re.compile(r"[-+]?(\d+\.?(?P<decimals>\d*)|\.(?P<bare>\d+))(?:[eE](?P<exponent>[-+]?\d{1,3}))?")
# a decimal comma; with three digits behind it, it may be a thousand's, unless a 0 stands before it
_DECIMAL_COMMA = re.compile(r"^([-+]?(?:0*|\d+(?!,\d{3}$))),(\d+(?:[eE][-+]?\d{1,3})?)$")
_FRACTION = re.compile(r"(?P<top>[-+]?\d+)\s*/\s*(?P<bottom>\d+)")

USUAL = 4  # decimals, where no answer shows any


@record
class Answer:
    """A number, the text that it was written as, and the decimals that it shows.

    `decimals` is below 0 for 2e3, and None where the number is exact: a fraction, or a whole number,
    which shows nothing of how it was rounded.
    """

    value: float
    text: str
    decimals: int | None

    def half(self, usual: int) -> float:
        """Half a unit of the last digit; an exact number is held to the `usual` decimals of its sheet."""
        if self.decimals is None:
            return 0.0 if "/" in self.text else 0.5 * 10.0**-usual
        return 0.5 * 10.0**-self.decimals

    def negated(self) -> Answer:
        """Return the same number with the other sign."""
        text = self.text.lstrip("+-\u2212\u2013") if self.value < 0 else f"-{self.text.lstrip('+')}"
        return Answer(-self.value, text, self.decimals)


def answer(text: str) -> Answer | None:
    """Return the number that a text says, None where it says none: 0.2563, -2.14e-2, 1/3, 2."""
    plain = _DECIMAL_COMMA.sub(r"\1.\2", text.strip().translate(_SIGNS))
    fraction = _FRACTION.fullmatch(plain)
    if fraction:
        bottom = int(fraction["bottom"])
        return Answer(int(fraction["top"]) / bottom, text.strip(), None) if bottom else None
    found = _NUMBER.fullmatch(plain)
    if found is None:
        return None
    value = float(plain)
    if not math.isfinite(value):
        return None
    shown = found["decimals"] or found["bare"] or ""
    if not shown and not found["exponent"]:
        return Answer(value, text.strip(), None)
    return Answer(value, text.strip(), len(shown) - int(found["exponent"] or 0))


def usual_decimals(answers: Iterable[Answer]) -> int:
    """Return the decimals that most of the answers show; of two as common, the more."""
    counts = Counter(one.decimals for one in answers if one.decimals is not None and one.decimals >= 0)
    return max(counts, key=lambda decimals: (counts[decimals], decimals), default=USUAL)
