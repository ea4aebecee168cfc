"""Whole numbers by chance, the same on every machine: the Mersenne Twister's bits and nothing else."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """The throws that belong to a seed and a number."""

    def __init__(self, seed: int, number: int) -> None:
        self._bits = random.Random(seed << 32 | number).getrandbits

    def below(self, count: int) -> int:
        """Return one of 0 to count - 1, all as likely."""
        size = count.bit_length()
        while (thrown := self._bits(size)) >= count:
            pass
        return thrown

    def pick(self, things: Sequence[T]) -> T:
        """Return one of some things."""
        return things[self.below(len(things))]

    def several(self, things: Sequence[T], count: int) -> list[T]:
        """Return `count` of some things, none of them twice while there are others."""
        left: list[T] = []
        found = []
        for _ in range(count):
            left = left or list(things)
            found.append(left.pop(self.below(len(left))))
        return found
