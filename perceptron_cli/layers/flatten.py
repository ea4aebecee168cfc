"""Flatten: the numbers of a picture as one list, in order: channel, row, column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perceptron_cli.arrays import Indices
from perceptron_cli.expr import Expr
from perceptron_cli.layers.kind import At, Bound, Kind, Memory, Plan
from perceptron_cli.layers.layer import Layer, Shape, count


class Flatten(Kind):
    """The same numbers as a list."""

    summary = "the numbers of a picture as one list"
    told = "The numbers in one list: channel by channel, row by row."
    told_back = "What comes back goes to the same number."

    def plan(self, settings: Mapping[str, Any], below: Shape, layers: Sequence[Layer]) -> Plan:
        return Plan((count(below),))

    def windows(self, layer: Layer) -> Indices:
        return one_to_one(layer)

    def tree(self, layer: Layer, at: At, stage: int, n: int) -> Expr:
        return at.below(n)

    def bind(self, memory: Memory) -> Bound:
        return copied(memory)


def one_to_one(layer: Layer) -> Indices:
    """Return the windows of a layer whose numbers are each made from the one below."""
    import numpy as np

    found: Indices = np.arange(layer.inputs).reshape(-1, 1)
    return found


def copied(memory: Memory) -> Bound:
    """Bind the work of a layer that gives what it takes."""
    from functools import partial

    from numpy import copyto

    return Bound(partial(copyto, memory.out, memory.below), partial(copyto, memory.d_below, memory.d_out))


ENTRIES = {"flatten": Flatten()}
