"""A residual connection: what is below, plus what an earlier layer gave.

Source: He et al. (2016), Deep residual learning for image recognition, equation 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perceptron_cli.expr import Expr
from perceptron_cli.layers.flatten import copied
from perceptron_cli.layers.keys import Key, Whole
from perceptron_cli.layers.kind import At, Bound, Kind, Memory, Misfit, Plan
from perceptron_cli.layers.layer import Layer, Shape


class Residual(Kind):
    """The sum of the layer below and of the earlier layer `from`, 0 for the input."""

    summary = "what is below, plus an earlier layer"
    keys: Mapping[str, Key] = {"from": Whole(0)}
    told = "Each number below, plus the same number of the earlier layer."
    told_back = (
        "What comes back goes both ways unchanged: to the layer below, and past it to the earlier one."
    )

    def plan(self, settings: Mapping[str, Any], below: Shape, layers: Sequence[Layer]) -> Plan:
        l = settings["from"]
        if layers and l >= len(layers) + 1:
            raise Misfit(f"expected an earlier layer, 0 to {len(layers)}, got {l}", key="from")
        if layers:
            earlier = layers[l - 1].shape or (layers[l - 1].neurons,) if l else layers[0].below
            earlier = earlier or (layers[0].inputs,)
            if earlier != below:
                told = (
                    f"expected a layer of the shape of the one below ({_told(below)}), got {_told(earlier)}"
                )
                raise Misfit(told, "a sum needs two of the same shape", "from")
        return Plan(below, settings)

    def tree(self, layer: Layer, at: At, stage: int, n: int) -> Expr:
        return at.below(n) + at.earlier(layer.settings["from"], n)

    def bind(self, memory: Memory) -> Bound:
        """The way back to the earlier layer is the engine's: it adds up what reaches a layer."""
        from functools import partial

        from numpy import add

        earlier = memory.outs[memory.layer.settings["from"]]
        return Bound(partial(add, memory.below, earlier, memory.out), copied(memory).backward)


def _told(shape: Shape) -> str:
    return " x ".join(map(str, shape))


ENTRIES = {"residual": Residual()}
