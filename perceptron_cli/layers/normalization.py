"""Normalization: numbers less their mean, over their deviation, then scaled and moved as is learnt.

Sources: Ioffe and Szegedy (2015), algorithm 1, and page 4 for the way back; Ba, Kiros and Hinton (2016).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perceptron_cli.arrays import Array
from perceptron_cli.expr import Call, Expr, Number, Symbol, total
from perceptron_cli.given import Given
from perceptron_cli.layers.keys import Key, Real
from perceptron_cli.layers.kind import At, Block, Bound, Kind, Memory, Plan, Stage
from perceptron_cli.layers.layer import Layer, Shape, count
from perceptron_cli.parameters import Parameter

EPSILON = Real(Parameter(1e-5, 0, open_low=True))
MU, VAR, X_HAT, A = range(4)


class _Normalization(Kind):
    """Groups of numbers, each with a mean and a variance, and features that gamma and beta scale."""

    is_shared = False
    parameters: Sequence[str] = ("gamma", "beta")
    told_back = (
        "A number below reaches the loss in three ways: through its own normalised value, through the mean "
        "and through the variance."
    )

    def groups(self, layer: Layer) -> list[list[int]]:
        """Return the numbers below (from 0) that share a mean and a variance."""
        raise NotImplementedError

    def features(self, layer: Layer) -> list[int]:
        """Return, for each number, the row of its gamma and beta."""
        raise NotImplementedError

    def _group_shape(self, below: Shape) -> Shape:
        raise NotImplementedError

    def _blocks(self, rows: int) -> tuple[Block, ...]:
        return Block("beta", "beta", (rows,), 0, 0.0), Block("gamma", "gamma", (rows,), 1, 1.0)

    # lines ----------------------------------------------------------------------------------------

    def stages(self, layer: Layer) -> tuple[Stage, ...]:
        groups, shape = self._group_shape(layer.below), layer.shape or (layer.neurons,)
        return (
            Stage("mu", groups, "mean", self.is_shared),
            Stage("var", groups, "variance", self.is_shared),
            Stage("x_hat", shape, "normalised value"),
            Stage("a", shape),
        )

    def _group_of(self, layer: Layer) -> dict[int, int]:
        return {n: group for group, members in enumerate(self.groups(layer)) for n in members}

    def tree(self, layer: Layer, at: At, stage: int, n: int) -> Expr:
        stages = self.stages(layer)
        if stage == A:
            beta, gamma = self.blocks(layer)[:2]
            row = self.features(layer)[n]
            return at.parameter(gamma, row) * at.inner(stages[X_HAT], n) + at.parameter(beta, row)
        if stage == X_HAT:
            mean, variance = self._statistics(layer, at, self._group_of(layer)[n])
            return (at.below(n) - mean) / Call("sqrt", variance + self._epsilon(layer))
        seen = self._seen(layer, at, n)
        if stage == MU:
            return total(seen) / len(seen)
        mean = at.inner(stages[MU], n)
        return total([(one - mean) ** 2 for one in seen]) / len(seen)

    def _statistics(self, layer: Layer, at: At, group: int) -> tuple[Symbol, Symbol]:
        stages = self.stages(layer)
        return at.inner(stages[MU], group), at.inner(stages[VAR], group)

    def _seen(self, layer: Layer, at: At, group: int) -> list[Symbol]:
        names = at.batch if self.is_shared else (at.names,)
        return [at.below(n, one) for one in names for n in self.groups(layer)[group]]

    def factor(self, layer: Layer, at: At, stage: int, n: int, by: Symbol) -> Expr | None:
        """Return the slopes as the papers write them."""
        stages = self.stages(layer)
        if stage == X_HAT:
            mean, variance = self._statistics(layer, at, self._group_of(layer)[n])
            root = variance + self._epsilon(layer)
            if by.head == "mu":
                return -(1 / Call("sqrt", root))
            if by.head == "var":
                return -((at.below(n) - mean) / (2 * root ** Number(1.5)))
            return 1 / Call("sqrt", root)
        if stage == VAR:
            seen, mean = self._seen(layer, at, n), at.inner(stages[MU], n)
            if by.head == "mu":
                return -2 * total([one - mean for one in seen]) / len(seen)
            return 2 * (by - mean) / len(seen)
        return 1 / Number(len(self._seen(layer, at, n))) if stage == MU else None

    def _epsilon(self, layer: Layer) -> Number:
        epsilon = layer.settings["epsilon"]
        return Number(float(epsilon), epsilon.text or None if isinstance(epsilon, Given) else None)

    # arrays ---------------------------------------------------------------------------------------

    def _grouped(self, layer: Layer, flat: Array) -> Array:
        """Return numbers as (groups, members), the samples among the members where they are shared."""
        raise NotImplementedError

    def _ungrouped(self, layer: Layer, grouped: Array, samples: int) -> Array:
        raise NotImplementedError

    def bind(self, memory: Memory) -> Bound:
        """Fill mean, variance and normalised value, and their gradients, as the lines do."""
        import numpy as np

        layer, mode, S = memory.layer, memory.mode, memory.samples
        groups = count(self._group_shape(layer.below))
        wide = 1 if self.is_shared else S
        inner, d_inner = memory.inner, memory.d_inner
        for numbers in (inner, d_inner):
            numbers["mu"], numbers["var"] = np.zeros((groups, wide)), np.zeros((groups, wide))
            numbers["x_hat"] = np.zeros_like(memory.out)
        epsilon = float(layer.settings["epsilon"])
        rows = np.array(self.features(layer))
        weights, gradient = memory.weights, memory.gradient
        keeps = weights.shape[1] > 2
        mu, var, x_hat = inner["mu"], inner["var"], inner["x_hat"]

        def forward() -> None:
            x = self._grouped(layer, memory.below)
            axis = 1
            if mode.running and keeps:
                mu[:, 0], var[:, 0] = weights[:, 2], weights[:, 3]
            else:
                mean = x.mean(axis=axis)
                mu[:] = mean.reshape(mu.shape)
                var[:] = ((x - mean.reshape(self._beside(groups, S))) ** 2).mean(axis=axis).reshape(var.shape)
            root = np.sqrt(var + epsilon)
            beside = self._beside(groups, S)
            x_hat[:] = self._ungrouped(layer, (x - mu.reshape(beside)) / root.reshape(beside), S)
            np.multiply(weights[rows, 1][:, None], x_hat, memory.out)
            np.add(memory.out, weights[rows, 0][:, None], memory.out)

        def backward() -> None:
            beside = self._beside(groups, S)
            d_x_hat = d_inner["x_hat"]
            np.multiply(memory.d_out, weights[rows, 1][:, None], d_x_hat)
            gradient.fill(0.0)
            np.add.at(gradient[:, 0], rows, memory.d_out.sum(axis=1))
            np.add.at(gradient[:, 1], rows, (memory.d_out * x_hat).sum(axis=1))
            x, d = self._grouped(layer, memory.below), self._grouped(layer, d_x_hat)
            few = x.shape[1]
            root = np.sqrt(var + epsilon).reshape(beside)
            centred = x - mu.reshape(beside)
            d_var = (d * -centred / (2 * root**3)).sum(axis=1)
            d_inner["var"][:] = d_var.reshape(var.shape)
            d_mu = (-d / root).sum(axis=1) - d_var * 2 * centred.sum(axis=1) / few
            d_inner["mu"][:] = d_mu.reshape(mu.shape)
            reached = d / root + d_var.reshape(beside) * 2 * centred / few + d_mu.reshape(beside) / few
            memory.d_below[:] = self._ungrouped(layer, reached, S)

        return Bound(forward, backward)

    def _beside(self, groups: int, samples: int) -> tuple[int, ...]:
        return (groups, 1) if self.is_shared else (groups, 1, samples)


class BatchNorm(_Normalization):
    """Over the samples of a batch: a feature, or of a picture a channel, has one mean and one variance."""

    summary = "each feature normalised over the batch"
    is_shared = True
    parameters = ("gamma", "beta", "running_mean", "running_var")
    keys: Mapping[str, Key] = {"epsilon": EPSILON, "momentum": Real(Parameter(0.1, 0, 1))}
    told = (
        "The mean and the variance are those of the batch. "
        "gamma and beta then scale and move the normalised value."
    )

    def plan(self, settings: Mapping[str, Any], below: Shape, layers: Sequence[Layer]) -> Plan:
        rows = below[0] if len(below) == 3 else below[-1]
        running = (
            Block("running_mean", "running_mean", (rows,), 2, 0.0, learnt=False),
            Block("running_var", "running_var", (rows,), 3, 1.0, learnt=False),
        )
        return Plan(below, settings, (*self._blocks(rows), *running))

    def _group_shape(self, below: Shape) -> Shape:
        return (below[0],) if len(below) == 3 else below[-1:]

    def groups(self, layer: Layer) -> list[list[int]]:
        found: list[list[int]] = [[] for _ in range(layer.size[0])]
        for n, row in enumerate(self.features(layer)):
            found[row].append(n)
        return found

    def features(self, layer: Layer) -> list[int]:
        rows = layer.size[0]
        inside = layer.inputs // rows
        return [n // inside if len(layer.below) == 3 else n % rows for n in range(layer.inputs)]

    def _statistics(self, layer: Layer, at: At, group: int) -> tuple[Symbol, Symbol]:
        if not at.running:
            return super()._statistics(layer, at, group)
        mean, variance = self.blocks(layer)[2:]
        return at.parameter(mean, group), at.parameter(variance, group)

    def _grouped(self, layer: Layer, flat: Array) -> Array:
        if len(layer.below) == 3:
            return flat.reshape(layer.below[0], -1)
        rows = layer.below[-1]
        return flat.reshape(-1, rows, flat.shape[1]).transpose(1, 0, 2).reshape(rows, -1)

    def _ungrouped(self, layer: Layer, grouped: Array, samples: int) -> Array:
        if len(layer.below) == 3:
            return grouped.reshape(layer.inputs, samples)
        rows = layer.below[-1]
        return grouped.reshape(rows, -1, samples).transpose(1, 0, 2).reshape(layer.inputs, samples)

    @staticmethod
    def follow(layer: Layer, weights: Array, inner: Mapping[str, Array], samples: int) -> None:
        """Let the running statistics follow a batch; the variance that they keep is that of n - 1."""
        momentum, rows = float(layer.settings["momentum"]), layer.size[0]
        few = layer.inputs // rows * samples
        unbiased = inner["var"][:, 0] * few / max(few - 1, 1)
        weights[:, 2] += momentum * (inner["mu"][:, 0] - weights[:, 2])
        weights[:, 3] += momentum * (unbiased - weights[:, 3])


class LayerNorm(_Normalization):
    """Over the numbers of one sample: of all, or of each time step its own."""

    summary = "the numbers of one sample normalised"
    keys: Mapping[str, Key] = {"epsilon": EPSILON}
    told = (
        "The mean and the variance are those of the numbers below, of one sample. "
        "gamma and beta then scale and move the normalised value."
    )

    def plan(self, settings: Mapping[str, Any], below: Shape, layers: Sequence[Layer]) -> Plan:
        rows = below[-1] if len(below) == 2 else count(below)
        return Plan(below, settings, self._blocks(rows))

    def _group_shape(self, below: Shape) -> Shape:
        return below[:1] if len(below) == 2 else ()

    def groups(self, layer: Layer) -> list[list[int]]:
        rows = layer.size[0]
        return [list(range(start, start + rows)) for start in range(0, layer.inputs, rows)]

    def features(self, layer: Layer) -> list[int]:
        return [n % layer.size[0] for n in range(layer.inputs)]

    def _grouped(self, layer: Layer, flat: Array) -> Array:
        return flat.reshape(-1, layer.size[0], flat.shape[1])

    def _ungrouped(self, layer: Layer, grouped: Array, samples: int) -> Array:
        return grouped.reshape(layer.inputs, samples)


ENTRIES = {"batch_norm": BatchNorm(), "layer_norm": LayerNorm()}
