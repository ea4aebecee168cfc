"""A number that an entry of a table takes: its default and the range that it must lie in."""

import math
from typing import NamedTuple


class Parameter(NamedTuple):
    """A named number of an activation, an optimizer or an initializer."""

    default: float
    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False  # low itself is not allowed
    open_high: bool = False

    def allows(self, value: float) -> bool:
        """Say whether a finite value lies in the range."""
        above = value > self.low if self.open_low else value >= self.low
        below = value < self.high if self.open_high else value <= self.high
        return math.isfinite(value) and above and below

    @property
    def expected(self) -> str:
        """What must stand here, in words: `a number from 0 to below 1`."""
        words = "a number"
        if self.low > -math.inf:
            words += f" above {self.low:g}" if self.open_low else f" from {self.low:g}"
        if self.high < math.inf:
            upto = "below " if self.open_high else "up to " if self.open_low else ""
            words += (
                f"{' and' if self.open_low else ' to'} {upto}{self.high:g}"
                if self.low > -math.inf
                else f" {'below' if self.open_high else 'up to'} {self.high:g}"
            )
        return words
