"""An activation alone, as a layer of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perceptron_cli.arrays import Indices
from perceptron_cli.expr import Expr
from perceptron_cli.layers.flatten import copied, one_to_one
from perceptron_cli.layers.kind import At, Bound, Kind, Memory, Plan
from perceptron_cli.layers.layer import Layer, Shape


class Alone(Kind):
    """z is what is below, and a its activation."""

    summary = "an activation alone"
    has_activation = True
    told = "z is what is below; the activation follows."
    told_back = "What comes back goes to the same number below."

    def plan(self, settings: Mapping[str, Any], below: Shape, layers: Sequence[Layer]) -> Plan:
        return Plan(below)

    def windows(self, layer: Layer) -> Indices:
        return one_to_one(layer)

    def tree(self, layer: Layer, at: At, stage: int, n: int) -> Expr:
        return at.below(n)

    def bind(self, memory: Memory) -> Bound:
        return copied(memory)


ENTRIES = {"activation": Alone()}
