"""What a step leaves behind: every array that it computed, copied out of the workspace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import cached_property

import numpy as np

from perceptron_cli.arrays import Array
from perceptron_cli.engine.workspace import Workspace
from perceptron_cli.records import record


@record
class Forward:
    """A forward pass: per layer z and a, (n_l, samples), and the loss's parts, (outputs, samples).

    `inner` has a layer's own numbers by head, where it is not dense: mean, variance, mask.

    `losses` has one per sample, nan where that has no target; `loss` is the batch's. All three are
    None where there is no loss at all.
    """

    z: list[Array]
    a: list[Array]
    parts: Array | None = None
    losses: Array | None = None
    loss: float | None = None
    inner: list[Mapping[str, Array]] = field(default_factory=list)
    data_loss: float | None = None  # D, where large weights add R to it
    penalty: float = 0.0  # R
    running: bool = False  # whether normalization took the running statistics


@record
class Step:
    """One training step, as it was computed: update `t` on the samples `numbers` (from 1), at the rate `eta`.

    Per layer: `weights` and `new_weights` (n_l, 1 + n_{l-1}), `dL_dw` the reduced gradient,
    `da`, `slope`, `dz` (n_l, samples): dL/da, da/dz and dL/dz of each sample, unscaled; so x and y.
    `state` and `new_state` hold the optimizer's vectors by name, shaped like the weights.
    `dD_dw` is the data's gradient alone, where large weights are penalized.
    `clipped` is what the optimizer took instead of `dL_dw`, and `clip` the numbers that made it, where
    gradients are clipped; both are empty where they are not.
    """

    t: int
    eta: float
    numbers: tuple[int, ...]
    x: Array
    y: Array
    before: Forward
    after: Forward
    weights: list[Array]
    new_weights: list[Array]
    dL_dw: list[Array]
    da: list[Array]
    slope: list[Array]
    dz: list[Array]
    state: dict[str, list[Array]] = field(default_factory=dict)
    new_state: dict[str, list[Array]] = field(default_factory=dict)
    clipped: list[Array] = field(default_factory=list)
    clip: Mapping[str, float] = field(default_factory=dict)
    dD_dw: list[Array] = field(default_factory=list)
    d_inner: list[Mapping[str, Array]] = field(default_factory=list)
    dx: Array | None = None  # dL/dx where the network is not dense, and the engine has it

    @cached_property
    def dL_dx(self) -> Array:
        """The gradient at the inputs, (inputs, samples), which no update needs: W^T dL/dz of layer 1."""
        if self.dx is not None:
            return self.dx
        gradient: Array = self.weights[0][:, 1:].T @ self.dz[0]
        return gradient


Arrays = dict[str, list[Array]]


def copied(workspace: Workspace, y: Array | None, names: Sequence[str]) -> Arrays:
    """Copy a workspace's arrays by name; with targets also the loss's parts."""
    kept = {name: [array.copy() for array in getattr(workspace, name)] for name in names}
    if not workspace.is_dense:
        for name in ("inner", "d_inner"):
            for l, numbers in enumerate(getattr(workspace, name)):
                kept.update({f"{name} {l} {head}": [array.copy()] for head, array in numbers.items()})
        kept["dx"] = [workspace.dx.copy()]
    return kept if y is None else {**kept, "parts": [workspace.parts(y)]}


def inner(arrays: Arrays, name: str, layers: int) -> list[Mapping[str, Array]]:
    """Return each layer's own numbers by their heads."""
    found: list[dict[str, Array]] = [{} for _ in range(layers)]
    for key, (array,) in ((key, kept) for key, kept in arrays.items() if key.startswith(f"{name} ")):
        _, l, head = key.split()
        found[int(l)][head] = array
    return [*found]


def joined(tiles: Sequence[Arrays]) -> Arrays:
    """Put the tiles' arrays side by side: their columns are samples."""
    return {
        name: [np.concatenate(pieces, axis=1) for pieces in zip(*(tile[name] for tile in tiles), strict=True)]
        for name in tiles[0]
    }


def forward_of(
    arrays: Arrays, share: float, loss: float | None = None, *, penalty: float = 0.0, running: bool = False
) -> Forward:
    """Return a forward pass; `loss` is the batch's of the data, reduced, `share` the losses' factor."""
    own = inner(arrays, "inner", len(arrays["z"]))
    if loss is None:
        return Forward(arrays["z"], arrays["a"], inner=own, running=running)
    (parts,) = arrays["parts"]
    losses = parts.sum(axis=0) * share if parts.shape[1] > 1 else np.array([loss])
    whole = loss + penalty if penalty else loss
    return Forward(arrays["z"], arrays["a"], parts, losses, whole, own, loss, penalty, running)
