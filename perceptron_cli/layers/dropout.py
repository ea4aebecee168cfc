"""Dropout: in training some numbers are set to 0, and the others grow so that the mean stays.

Source: Srivastava et al. (2014); the scaling while training (inverted dropout) is the libraries'.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perceptron_cli.arrays import Array, Indices
from perceptron_cli.expr import Expr, Number
from perceptron_cli.given import Given
from perceptron_cli.layers.flatten import one_to_one
from perceptron_cli.layers.keys import Flag, Grid, Key, Real
from perceptron_cli.layers.kind import At, Bound, Kind, Memory, Misfit, Plan, Stage
from perceptron_cli.layers.layer import Layer, Shape
from perceptron_cli.parameters import Parameter


class Dropout(Kind):
    """A mask of zeros and ones, drawn anew for every update from the seed, or given."""

    summary = "some numbers are 0 while training"
    keys: Mapping[str, Key] = {
        "rate": Real(Parameter(0.5, 0, 1, open_high=True)),
        "mask": Grid(),
        "verify": Flag(),
    }
    told = (
        "The mask says which numbers stay (1) and which are dropped (0); what stays is divided by 1 - rate."
    )
    told_back = "What was dropped gets no gradient; what stayed gets it divided by 1 - rate."

    def plan(self, settings: Mapping[str, Any], below: Shape, layers: Sequence[Layer]) -> Plan:
        mask = settings.get("mask")
        if mask is not None and any(one not in (0, 1) for one in mask):
            raise Misfit("expected a mask of zeros and ones", key="mask")
        return Plan(below, settings)

    def stages(self, layer: Layer) -> tuple[Stage, ...]:
        shape = layer.shape or (layer.neurons,)
        return (Stage("mask", shape, "mask", is_given=True), Stage("a", shape))

    def windows(self, layer: Layer) -> Indices:
        return one_to_one(layer)

    def tree(self, layer: Layer, at: At, stage: int, n: int) -> Expr:
        if not at.drops:
            return at.below(n)
        mask, _ = self.stages(layer)
        rate = layer.settings["rate"]
        kept = Number(1) - Number(float(rate), rate.text if isinstance(rate, Given) else None)
        return at.inner(mask, n) * at.below(n) / kept

    def bind(self, memory: Memory) -> Bound:
        import numpy as np

        layer, mode = memory.layer, memory.mode
        mask = memory.inner["mask"] = np.ones_like(memory.out)
        scaled = np.ones_like(memory.out)
        rate = float(layer.settings["rate"])
        given = layer.settings.get("mask")
        fixed = None if given is None else np.array(given, dtype=float).reshape(-1, 1)

        def drawn() -> Array:
            rng = np.random.default_rng([mode.seed, 2, mode.update, mode.tile, memory.l])
            return (rng.random(mask.shape) >= rate).astype(float)

        def forward() -> None:
            if mode.drops == "training" or (mode.drops == "verification" and layer.settings["verify"]):
                mask[:] = drawn() if fixed is None else fixed
                np.divide(mask, 1 - rate, scaled)
            else:
                mask.fill(1.0)
                scaled.fill(1.0)
            np.multiply(memory.below, scaled, memory.out)

        def backward() -> None:
            np.multiply(memory.d_out, scaled, memory.d_below)

        return Bound(forward, backward)


ENTRIES = {"dropout": Dropout()}
