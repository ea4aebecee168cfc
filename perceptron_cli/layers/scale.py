"""Scale: every number times one factor, which is not learnt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perceptron_cli.arrays import Indices
from perceptron_cli.expr import Expr, Number
from perceptron_cli.layers.flatten import one_to_one
from perceptron_cli.layers.keys import Key, Real
from perceptron_cli.layers.kind import At, Bound, Kind, Memory, Plan
from perceptron_cli.layers.layer import Layer, Shape
from perceptron_cli.parameters import Parameter


class Scale(Kind):
    """A fixed factor."""

    summary = "every number times a fixed factor"
    keys: Mapping[str, Key] = {"factor": Real(Parameter(1.0))}
    is_linear = True
    told = "Each number below, times the factor."
    told_back = "What comes back is multiplied by the factor."

    def plan(self, settings: Mapping[str, Any], below: Shape, layers: Sequence[Layer]) -> Plan:
        return Plan(below, settings)

    def windows(self, layer: Layer) -> Indices:
        return one_to_one(layer)

    def tree(self, layer: Layer, at: At, stage: int, n: int) -> Expr:
        return Number(float(layer.settings["factor"])) * at.below(n)

    def bind(self, memory: Memory) -> Bound:
        from functools import partial

        from numpy import multiply

        factor = float(memory.layer.settings["factor"])
        return Bound(
            partial(multiply, memory.below, factor, memory.out),
            partial(multiply, memory.d_out, factor, memory.d_below),
        )


ENTRIES = {"scale": Scale()}
