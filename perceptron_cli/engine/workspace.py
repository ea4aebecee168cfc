"""Everything that a step computes for so many samples: views of one block, and the work that fills them.

A sample is a column; row 0 of `out` is the 1 that the bias is multiplied by. Nothing that a
step computes is overwritten in that step, so afterwards the workspace is its whole trace.
All operands are bound when the workspace is made: a small step costs its NumPy calls and no more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NoReturn

import numpy as np

from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.arrays import Array, Run
from perceptron_cli.engine.network import Network
from perceptron_cli.layers import kind_of
from perceptron_cli.layers.kind import Bound, Memory, Mode
from perceptron_cli.loss import Shortcut
from perceptron_cli.losses import LOSSES


class Workspace:
    """z, a, da/dz, dL/da and dL/dz of every layer, each (n_l, samples); layer l is index l - 1."""

    def __init__(
        self,
        network: Network,
        loss: str | None,
        samples: int,
        gradient: Sequence[Array],
        mode: Mode | None = None,
    ) -> None:
        """`gradient` has a matrix per layer, into which the sum over these samples is written."""
        self.layers = network.layers
        self.loss = LOSSES[loss] if loss else None
        self.gradient = gradient
        self._weights = network.weights
        self._allocate(samples)
        self.mode = mode or Mode()
        self.is_dense = all(layer.is_dense for layer in self.layers)
        self._bound: dict[int, Bound] = {} if self.is_dense else self._bind_kinds(samples)
        self._forward = self._bind_forward()
        self._slopes = self._bind_slopes()
        self._backward = self._bind_backward()
        self._output = self.layers[-1].activation
        self._output_error = self._bind_output_error()
        self.loss_sum = self._bind_loss_sum()

    def _allocate(self, samples: int) -> None:
        sizes = [layer.neurons for layer in self.layers]
        rows = sum(1 + size for size in sizes)
        block = np.zeros((3 * rows + 2 * sum(sizes), samples))
        # `out` and `slope` of all layers lie one after the other: layers that share an
        # activation get their slopes in one call.
        self._out, self._slope, da = block[:rows], block[rows : 2 * rows], block[2 * rows : 3 * rows]
        self._starts = [0]
        for size in sizes:
            self._starts.append(self._starts[-1] + 1 + size)
        self.out = [self._out[start : start + 1 + n] for start, n in zip(self._starts, sizes, strict=False)]
        self.a = [out[1:] for out in self.out]
        self.slope = [
            self._slope[start + 1 : start + 1 + n] for start, n in zip(self._starts, sizes, strict=False)
        ]
        # What reaches the 1 of the bias is computed, too, and not looked at: a product with all of W^T
        # is faster than one with the rows after the first.
        self._whole_da = [da[start : start + 1 + n] for start, n in zip(self._starts, sizes, strict=False)]
        self.da = [whole[1:] for whole in self._whole_da]
        for out in self.out:
            out[0] = 1.0
        rest = block[3 * rows :]
        ends = np.cumsum(sizes).tolist()
        self.z, self.dz = (
            [part[end - n : end] for end, n in zip(ends, sizes, strict=True)] for part in np.split(rest, 2)
        )

    # layers of other kinds ----------------------------------------------------------------------

    def _bind_kinds(self, samples: int) -> dict[int, Bound]:
        """Bind the work of every layer that is not dense, and of the first: it needs x as it lies here."""
        self._x = np.ones((1 + self.layers[0].inputs, samples))
        self._dx = np.zeros_like(self._x)
        outs, wholes, d_wholes = [self._x[1:], *self.a], [self._x, *self.out], [self._dx, *self._whole_da]
        self.inner: list[dict[str, Array]] = [{} for _ in self.layers]
        self.d_inner: list[dict[str, Array]] = [{} for _ in self.layers]
        bound = {}
        for l, layer in enumerate(self.layers):
            kind = kind_of(layer.kind)
            if not kind.has_activation:
                self.z[l], self.dz[l] = self.a[l], self.da[l]
            if l and layer.is_dense:
                continue
            memory = Memory(
                l + 1, layer, self.mode, wholes[l], self.z[l], d_wholes[l], self.dz[l],
                self._weights[l], self.gradient[l], outs,
            )  # fmt: skip
            bound[l] = kind.bind(memory)
            self.inner[l], self.d_inner[l] = memory.inner, memory.d_inner
        return bound

    def _from_residuals(self, l: int) -> list[Run]:
        """Bind what comes back to layer l (0 for the input) past the layers between."""
        reached = self.da[l - 1] if l else self._dx[1:]
        return [
            partial(np.add, reached, self.da[m], reached)
            for m, layer in enumerate(self.layers)
            if layer.settings.get("from") == l
        ]

    @property
    def dx(self) -> Array:
        """The gradient at the inputs, (inputs, samples), after `backward`; dense networks leave it out."""
        return self._dx[1:]

    # the forward pass -------------------------------------------------------------------------

    def _bind_forward(self) -> list[Run]:
        runs: list[Run] = []
        for l, layer in enumerate(self.layers):
            if l in self._bound:
                runs.append(self._bound[l].forward)
            elif l:
                runs.append(partial(self._weights[l].dot, self.out[l - 1], self.z[l]))
            if self.z[l] is not self.a[l]:
                runs.append(ACTIVATIONS[layer.activation].forward(self.z[l], self.a[l], layer.options))
        return runs

    def forward(self, x: Array) -> None:
        """Fill z and a of every layer from x, (samples, 1 + inputs) with a 1 in column 0."""
        if self._bound:
            self._x[:] = x.T
        else:
            self._weights[0].dot(x.T, self.z[0])
        for run in self._forward:
            run()

    def _bind_loss_sum(self) -> Callable[[Array], float]:
        """Bind the loss, added up over the samples, for a y of shape (outputs, samples)."""
        if self.loss is None:
            return _no_loss
        z = self.z[-1]
        total = self.loss.total(self._output, z, self.a[-1]) or (lambda y: float(self.parts(y).sum()))
        share = self.loss.share(len(z))
        return total if share == 1 else lambda y: total(y) * share

    def parts(self, y: Array) -> Array:
        """Return every output's part of every sample's loss, (outputs, samples)."""
        if self.loss is None:
            return _no_loss(y)
        return self.loss.parts(self._output, self.z[-1], self.a[-1], y)

    # the backward pass ------------------------------------------------------------------------

    def _bind_slopes(self) -> list[Run]:
        """Bind da/dz of each run of neighbouring layers with the same activation as one piece of work."""
        runs: list[Run] = []
        first = 0
        for l in range(1, len(self.layers) + 1):
            start, here = self.layers[first], self.layers[l] if l < len(self.layers) else None
            if here and (here.activation, here.options) == (start.activation, start.options):
                continue
            if first < l:
                runs.extend(self._bind_slope(first, l))
            first = l
        return runs

    def _bind_slope(self, first: int, end: int) -> list[Run]:
        layer = self.layers[first]
        entry = ACTIVATIONS[layer.activation]
        if entry.slope_of_z is not None:
            slopes = [l for l in range(first, end) if l < len(self.layers) - 1 or self._shortcut is None]
            return [entry.slope_of_z(self.z[l], self.slope[l], layer.options) for l in slopes]
        if entry.slope is None:
            for l in range(first, end):
                self.slope[l][:] = 1.0
            return []
        if end == len(self.layers) and self._shortcut is not None:
            end -= 1  # the output layer needs no slope
        if end <= first:
            return []
        rows = slice(self._starts[first] + 1, self._starts[end])
        return [entry.slope(self._out[rows], self._slope[rows], layer.options)]

    @property
    def _shortcut(self) -> Shortcut | None:
        return self.loss.shortcut(self.layers[-1].activation) if self.loss else None

    def _bind_backward(self) -> list[Run]:
        runs: list[Run] = []
        for l in range(len(self.layers) - 1, 0, -1):
            if l in self._bound:
                runs.append(self._bound[l].backward)
            else:
                runs.append(partial(self.dz[l].dot, self.out[l - 1].T, self.gradient[l]))
                runs.append(partial(self._weights[l].T.dot, self.dz[l], self._whole_da[l - 1]))
            runs.extend(self._from_residuals(l) if self._bound else ())
            if self.dz[l - 1] is not self.da[l - 1]:
                runs.append(self._bind_dz(l - 1))
        if self._bound:
            runs.append(self._bound[0].backward)
            runs.extend(self._from_residuals(0))
        return runs

    def _bind_dz(self, l: int) -> Run:
        """Bind dL/dz = dL/da * da/dz of one layer."""
        entry = ACTIVATIONS[self.layers[l].activation]
        if entry.backward is not None:
            return entry.backward(self.a[l], self.da[l], self.dz[l])
        return partial(np.multiply, self.da[l], self.slope[l], self.dz[l])

    def _bind_output_error(self) -> Callable[[Array], object]:
        """Bind dL/dz of the output layer, for a y that it is given."""
        if self.loss is None:
            return _no_gradient
        if self._shortcut is not None:
            return self._shortcut.bind(self.a[-1], self.dz[-1])
        gradient, a, da = self.loss.gradient, self.a[-1], self.da[-1]
        finish = _nothing if self.dz[-1] is da else self._bind_dz(len(self.layers) - 1)

        def run(y: Array) -> None:
            da[:] = gradient(a, y)
            finish()

        return run

    def backward(self, x: Array, y: Array) -> None:
        """Fill dL/da, dL/dz and the gradient, after `forward`, with the weights that it used.

        dL/dz is each sample's own; the gradient is their sum, not yet reduced.
        Source: the lecture, steps 1-8; Nielsen (2015), equations BP1-BP4.
        """
        for run in self._slopes:
            run()
        self._output_error(y)
        for run in self._backward:
            run()
        if not self._bound:
            self.dz[0].dot(x, self.gradient[0])

    def long_way(self, y: Array) -> None:
        """Fill what the shortcut went past: dL/da and da/dz of the output layer, to be narrated."""
        if self.loss is None or self._shortcut is None:
            return
        self.da[-1][:] = self.loss.gradient(self.a[-1], y)
        layer = self.layers[-1]
        entry = ACTIVATIONS[layer.activation]
        if entry.slope is not None:
            entry.slope(self.a[-1], self.slope[-1], layer.options)()


class Workspaces(dict[int, Workspace]):
    """A workspace for each number of samples, made when it is first asked for."""

    def __init__(self, network: Network, loss: str | None, gradient: Array, mode: Mode) -> None:
        """`gradient` is one vector, split as the weights are; all workspaces write into it."""
        super().__init__()
        self._make = partial(Workspace, network, loss, gradient=network.split(gradient), mode=mode)

    def __missing__(self, samples: int) -> Workspace:
        self[samples] = made = self._make(samples)
        return made


def _nothing() -> None:
    pass


def _no_loss(y: Array) -> NoReturn:
    raise ValueError("a network without a loss was asked for one")


def _no_gradient(y: Array) -> NoReturn:
    raise ValueError("a network without a loss has no gradient")
