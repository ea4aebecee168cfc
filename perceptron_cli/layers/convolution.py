"""Convolutions over time or over a picture: each filter's kernel slides over what is below.

As in the libraries this is cross-correlation, the kernel as it stands; `flip` turns it round, as
mathematicians do. Source: Goodfellow, Bengio and Courville (2016), section 9.1; Dumoulin and Visin (2016).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from perceptron_cli.arrays import Array, Indices
from perceptron_cli.expr import Convolve, Correlate, Expr, Number, Symbol, total
from perceptron_cli.layers.keys import Flag, Key, Sizes, Whole
from perceptron_cli.layers.kind import At, Block, Bound, Grid, Kind, Memory, Misfit, Pictured, Plan, in_rows
from perceptron_cli.layers.layer import Layer, Shape, count
from perceptron_cli.symbols import gradient

CACHED = 60_000  # numbers in windows side by side: half a megabyte


class Convolution(Kind):
    """A convolution along `axes` axes. Shapes: (channels, rows, columns), or (steps, channels)."""

    has_activation = True
    is_linear = True
    parameters = ("kernel", "biases")
    told = "Each number is a window of what is below, times the kernel element by element, plus the bias."
    told_back = (
        "Each number below is in several windows: what comes back is the sum over them, with the weight that "
        "it had in each. Seen as a whole this is a convolution with the kernel turned round."
    )

    def __init__(self, axes: int) -> None:
        self.axes = axes
        self.summary = f"a kernel slides over {'a picture' if axes == 2 else 'time steps'}"
        self.keys: Mapping[str, Key] = {
            "filters": Whole(),
            "kernel_size": Sizes(),
            "stride": Sizes(1),
            "padding": Sizes("valid", 0, ("valid", "same")),
            "dilation": Sizes(1),
            "flip": Flag(),
            "bias": Flag(default=True),
        }

    # shapes --------------------------------------------------------------------------------------

    def implied(self, shapes: Mapping[str, Shape]) -> Mapping[str, Any]:
        kernel = shapes.get("kernel")
        if kernel is None:
            return {}
        if len(kernel) not in (self.axes, self.axes + 2):
            few = "rows and columns alone" if self.axes == 2 else "one list of numbers"
            axes = "[row][column]" if self.axes == 2 else "[step]"
            raise Misfit(
                f"expected lists of the same length, [filter][channel]{axes}, or {few}", key="kernel"
            )
        filters = kernel[0] if len(kernel) > self.axes else 1
        return {"filters": filters, "kernel_size": kernel[-self.axes :]}

    def plan(self, settings: Mapping[str, Any], below: Shape, layers: Sequence[Layer]) -> Plan:
        channels, lengths = self._input(below)
        kernel, filters = self._each(settings["kernel_size"]), settings["filters"]
        stride, dilation = self._each(settings["stride"]), self._each(settings["dilation"])
        padding = settings["padding"]
        given = []
        for axis, (length, size, step, gap) in enumerate(zip(lengths, kernel, stride, dilation, strict=True)):
            reach = gap * (size - 1) + 1
            before, after = self._padding(padding, axis, length, reach, step)
            if reach > length + before + after:
                raise Misfit(
                    f"expected a kernel that fits into {' x '.join(map(str, lengths))}, "
                    f"got {' x '.join(map(str, kernel))}",
                    "take a smaller kernel, or 'padding: same'",
                    "kernel_size",
                )
            given.append((length + before + after - reach) // step + 1)
        shape = (filters, *given) if self.axes == 2 else (*given, filters)
        full = {**settings, "kernel_size": kernel, "stride": stride, "dilation": dilation}
        full["steps"] = self.axes == 1
        blocks = (
            Block("biases", "w", (filters,), 0, 0.0),
            Block("kernel", "w", (filters, channels, *kernel), 1),
        )
        inside = count(kernel)
        return Plan(shape, full, blocks, (channels * inside, filters * inside))

    def _input(self, below: Shape) -> tuple[int, Shape]:
        """Return the channels and the lengths of what is below."""
        if self.axes == 2 and len(below) in (2, 3):
            return (1, below) if len(below) == 2 else (below[0], below[1:])
        if self.axes == 1 and len(below) in (1, 2):
            return (1, below) if len(below) == 1 else (below[1], below[:1])
        wanted = "a picture below it (rows and columns)" if self.axes == 2 else "time steps below it"
        raise Misfit(f"expected {wanted}, got {_told(below)}", "x of a picture: [[1, 0], [0, 1]]")

    def _each(self, value: int | Sequence[int]) -> tuple[int, ...]:
        return (value,) * self.axes if isinstance(value, int) else tuple(value)

    def _padding(self, padding: Any, axis: int, length: int, reach: int, step: int) -> tuple[int, int]:
        if padding == "valid":
            return 0, 0
        if padding == "same":  # as many as there are steps in the length; the odd zero at the end
            whole = max((-(-length // step) - 1) * step + reach - length, 0)
            return whole // 2, whole - whole // 2
        own = self._each(padding)[axis]
        return own, own

    def paddings(self, layer: Layer) -> list[tuple[int, int]]:
        """Return the zeros before and after each axis."""
        settings = layer.settings
        _, lengths = self._input(layer.below)
        parts = zip(lengths, settings["kernel_size"], settings["stride"], settings["dilation"], strict=True)
        return [
            self._padding(settings["padding"], axis, length, gap * (size - 1) + 1, step)
            for axis, (length, size, step, gap) in enumerate(parts)
        ]

    def _offsets(self, layer: Layer) -> list[tuple[int, ...]]:
        """Where each weight of a kernel's channel looks, along the axes, from the start of a window."""
        kernel, gaps = layer.settings["kernel_size"], layer.settings["dilation"]
        found = [
            tuple(gap * at for gap, at in zip(gaps, one, strict=True)) for one in product(*map(range, kernel))
        ]
        return found[::-1] if layer.settings["flip"] else found

    def _lengths(self, layer: Layer) -> Shape:
        return layer.shape[1:] if self.axes == 2 else layer.shape[:1]

    def windows(self, layer: Layer) -> Indices:
        """Return the numbers below that each window has, in the order of the kernel."""
        import numpy as np

        channels, lengths = self._input(layer.below)
        whole = np.arange(layer.inputs).reshape(
            (channels, *lengths) if self.axes == 2 else (*lengths, channels)
        )
        if self.axes == 1:
            whole = whole.T
        padded = np.pad(whole, [(0, 0), *self.paddings(layer)], constant_values=-1)
        columns = [padded[(slice(None), *cut)] for cut in self._cuts(layer)]
        stacked = np.stack(columns, axis=1)  # channel, offset, places
        places = stacked.reshape(channels * len(columns), -1).T
        filters = layer.settings["filters"]
        repeated = np.tile(places, (filters, 1)) if self.axes == 2 else np.repeat(places, filters, axis=0)
        found: Indices = repeated
        return found

    def _cuts(self, layer: Layer) -> list[tuple[slice, ...]]:
        """Return, for each weight of a channel, the places that it meets in all windows."""
        steps, lengths = layer.settings["stride"], self._lengths(layer)
        return [
            tuple(
                slice(start, start + step * (length - 1) + 1, step)
                for start, step, length in zip(offset, steps, lengths, strict=True)
            )
            for offset in self._offsets(layer)
        ]

    # lines ----------------------------------------------------------------------------------------

    def pictures(self, layer: Layer, at: At) -> Iterator[Pictured]:
        """Yield each filter's numbers as one formula of pictures: those below, and its kernels."""
        if self.axes != 2:
            return
        channels, (rows, columns) = self._input(layer.below)
        biases, kernel = self.blocks(layer)
        wide, size = layer.settings["kernel_size"][1], rows * columns
        sign = Convolve if layer.settings["flip"] else Correlate
        for row in range(layer.settings["filters"]):
            terms: list[Expr] = []
            known: dict[str, Grid] = {}
            for channel in range(channels):
                below = [at.below(channel * size + n) for n in range(size)]
                own = (channel + 1,) if channels > 1 else ()
                seen = Symbol(below[0].head, below[0].layer, own, below[0].sample)
                used, weights = self._kernel(layer, at, row, channel, kernel)
                known |= {seen.name: in_rows(below, columns), used.name: in_rows(weights, wide)}
                terms.append(sign([seen, used]))
            if layer.has_bias:
                terms.append(at.parameter(biases, row))
            given = count(self._lengths(layer))
            made = [at.names.z(at.l, layer.place(row * given + n)) for n in range(1, given + 1)]
            symbol = Symbol("z", at.l, (row + 1,), at.names.sample)
            yield symbol, in_rows(made, layer.shape[-1]), total(terms), known

    def close_up(self, layer: Layer, at: At) -> Iterator[Pictured]:
        """Yield each number as its window beside the kernel; beyond the edge the window has zeros."""
        if self.axes != 2:
            return
        biases, kernel = self.blocks(layer)
        wide = layer.settings["kernel_size"][1]
        inside = count(layer.settings["kernel_size"])
        sign = Convolve if layer.settings["flip"] else Correlate
        for n, seen in enumerate(at.windows):
            row, place = self._filter(layer, n), layer.place(n + 1)
            terms: list[Expr] = []
            known: dict[str, Grid] = {}
            for channel in range(self._input(layer.below)[0]):
                own = seen[channel * inside : (channel + 1) * inside]
                cells: list[Expr] = [at.below(one) if one >= 0 else Number(0) for one in own]
                below = at.below(0)
                indices = (channel + 1, *place[1:]) if len(layer.below) > 2 else place[1:]
                window = Symbol(below.head.upper(), below.layer, indices, below.sample)
                used, weights = self._kernel(layer, at, row, channel, kernel)
                turned = cells[::-1] if layer.settings["flip"] else cells
                known |= {window.name: in_rows(turned, wide), used.name: in_rows(weights, wide)}
                terms.append(sign([window, used]))
            if layer.has_bias:
                terms.append(at.parameter(biases, row))
            yield at.names.z(at.l, place), (), total(terms), known

    def pictures_back(self, layer: Layer, at: At) -> Mapping[str, Sequence[Pictured]]:
        """Where the kernel goes on by one place, and no edge is padded, both ways back are pictures, too."""
        plain = {"stride": (1, 1), "dilation": (1, 1), "flip": False}
        if self.axes != 2 or any(map(any, self.paddings(layer))):
            return {}
        if any(layer.settings[key] != value for key, value in plain.items()):
            return {}
        channels, (rows, columns) = self._input(layer.below)
        _, kernel = self.blocks(layer)
        wide, size = layer.settings["kernel_size"][1], rows * columns
        given, filters = count(self._lengths(layer)), range(layer.settings["filters"])
        slopes: list[tuple[Symbol, Grid]] = []
        for row in filters:
            made = [gradient(at.names.z(at.l, layer.place(row * given + n + 1))) for n in range(given)]
            symbol = Symbol("dL/dz", at.l, (row + 1,), at.names.sample)
            slopes.append((symbol, in_rows(made, layer.shape[-1])))
        of_weights, of_below = [], []
        for channel in range(channels):
            below = [at.below(channel * size + n) for n in range(size)]
            own = (channel + 1,) if channels > 1 else ()
            seen = Symbol(below[0].head, below[0].layer, own, below[0].sample)
            terms: list[Expr] = []
            known: dict[str, Grid] = {}
            for row, (slope, grid) in zip(filters, slopes, strict=True):
                used, weights = self._kernel(layer, at, row, channel, kernel)
                terms.append(Convolve([slope, used]))
                known |= {slope.name: grid, used.name: in_rows(weights, wide)}
                made = [gradient(one, at.names.sample) for one in weights]
                both = {seen.name: in_rows(below, columns), slope.name: grid}
                symbol = Symbol("dL/dw", at.l, used.indices, at.names.sample)
                of_weights.append((symbol, in_rows(made, wide), Correlate([seen, slope]), both))
            symbol, *back = (Symbol("dL/da", at.l - 1, one.indices, one.sample) for one in (seen, *below))
            of_below.append((symbol, in_rows(back, columns), total(terms), known))
        return {"weights": of_weights, "below": of_below}

    def _kernel(
        self, layer: Layer, at: At, row: int, channel: int, block: Block
    ) -> tuple[Symbol, list[Symbol]]:
        """Return the symbol of a filter's kernel over one channel, and its weights."""
        inside = count(layer.settings["kernel_size"])
        weights = [at.parameter(block, row, 1 + channel * inside + n) for n in range(inside)]
        return Symbol("w", at.l, (row + 1, channel + 1)), weights

    def tree(self, layer: Layer, at: At, stage: int, n: int) -> Expr:
        biases, kernel = self.blocks(layer)
        row = self._filter(layer, n)
        seen = at.windows[n]
        terms: list[Expr] = [at.parameter(biases, row)] if layer.has_bias else []
        terms += [
            at.parameter(kernel, row, 1 + column) * at.below(below)
            for column, below in enumerate(seen)
            if below >= 0
        ]
        return total(terms)

    def users(self, layer: Layer, at: At, row: int, column: int) -> Sequence[int]:
        """A kernel's weight is used in every window of its filter, but where it meets the padding."""
        inside = count(self._lengths(layer))
        own = range(row * inside, (row + 1) * inside)
        if self.axes == 1:
            own = range(row, layer.neurons, int(layer.settings["filters"]))
        return [n for n in own if not column or at.windows[n][column - 1] >= 0]

    def _filter(self, layer: Layer, n: int) -> int:
        return n // count(self._lengths(layer)) if self.axes == 2 else n % int(layer.settings["filters"])

    # arrays ---------------------------------------------------------------------------------------

    def bind(self, memory: Memory) -> Bound:
        """Put windows side by side, so that one product of matrices does many of them.

        Those of many samples are more than the processor's cache holds: then a few rows of the picture (or
        time steps) are put there at a time, and on the way back once more.
        """
        import numpy as np

        layer, S = memory.layer, memory.samples
        channels, lengths = self._input(layer.below)
        given, filters = self._lengths(layer), layer.settings["filters"]
        cuts, paddings = self._cuts(layer), self.paddings(layer)
        pads = any(map(any, paddings))
        long = tuple(sum(pair) + length for pair, length in zip(paddings, lengths, strict=True))
        inside = tuple(
            slice(before, before + length) for (before, _), length in zip(paddings, lengths, strict=True)
        )
        # without padding the windows are cut from what is below as it lies there
        padded = np.zeros((channels, *long, S)) if pads else self._view(memory.below, channels, lengths)
        d_padded = np.zeros((channels, *long, S))
        below, d_below = (self._view(one, channels, lengths) for one in (memory.below, memory.d_below))
        straight = self.axes == 2
        out = memory.out.reshape(filters, -1) if straight else np.empty((filters, count(given) * S))
        d_out = memory.d_out.reshape(filters, -1) if straight else np.empty((filters, count(given) * S))
        weights, gradient, kernel = memory.weights, memory.gradient, memory.weights[:, 1:]
        wide, high = count(given[1:]) * S, channels * len(cuts)  # of a row's windows side by side
        rows = max(1, CACHED // (wide * high))
        blocks = [range(start, min(start + rows, given[0])) for start in range(0, given[0], rows)]
        spaces = {
            len(block): (np.ones((1 + high, len(block) * wide)), np.empty((high, len(block) * wide)))
            for block in blocks
        }
        if not layer.has_bias:
            for columns, _ in spaces.values():
                columns[0] = 0.0

        def moves(flat: Array, block: range) -> list[tuple[Array, tuple[slice, ...]]]:
            """Return each weight's numbers in the windows of a block, and where they are cut from."""
            parts, step = (
                flat.reshape(channels, len(cuts), len(block), *given[1:], S),
                layer.settings["stride"][0],
            )
            return [
                (
                    parts[:, place],
                    (
                        slice(None),
                        slice(cut.start + step * block[0], cut.start + step * block[-1] + 1, step),
                        *rest,
                    ),
                )
                for place, (cut, *rest) in enumerate(cuts)
            ]

        work = []
        for block in blocks:
            columns, d_columns = spaces[len(block)]
            own = slice(block[0] * wide, (block[-1] + 1) * wide)
            work.append((own, columns, moves(columns[1:], block), d_columns, moves(d_columns, block)))

        def turned(flat: Array) -> Array:
            return flat.reshape(*given, filters, S).transpose(1, 0, 2).reshape(filters, -1)

        def forward() -> None:
            if pads:
                padded[(slice(None), *inside)] = below
            for own, columns, parts, _, _ in work:
                for part, cut in parts:
                    part[:] = padded[cut]
                out[:, own] = weights.dot(columns)
            if not straight:
                memory.out.reshape(*given, filters, S)[:] = out.reshape(filters, *given, S).transpose(1, 0, 2)

        def backward() -> None:
            if not straight:
                d_out[:] = turned(memory.d_out)
            reaches = memory.reaches_below
            if reaches:
                d_padded.fill(0.0)
            for place, (own, columns, parts, d_columns, d_parts) in enumerate(work):
                if len(work) > 1:
                    for part, cut in parts:
                        part[:] = padded[cut]
                if place:
                    np.add(gradient, d_out[:, own].dot(columns.T), gradient)
                else:
                    d_out[:, own].dot(columns.T, gradient)
                if reaches:
                    kernel.T.dot(d_out[:, own], d_columns)
                    for part, cut in d_parts:
                        d_padded[cut] += part
            if reaches:
                d_below[:] = d_padded[(slice(None), *inside)]

        return Bound(forward, backward)

    def _view(self, flat: Array, channels: int, lengths: Shape) -> Array:
        """Return numbers below as (channels, lengths..., samples), without copying them."""
        if self.axes == 2:
            return flat.reshape(channels, *lengths, -1)
        return flat.reshape(*lengths, channels, -1).transpose(1, 0, 2)


def _told(below: Shape) -> str:
    if len(below) == 1:
        return f"a list of {below[0]}"
    return " x ".join(map(str, below))


ENTRIES = {"conv1d": Convolution(1), "conv2d": Convolution(2)}
