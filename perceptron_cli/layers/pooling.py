"""Pooling: of each window of a picture, or of time steps, the largest number or the mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perceptron_cli.arrays import Indices
from perceptron_cli.expr import Call, Expr, Gate, Number, Symbol, product, total
from perceptron_cli.layers.keys import Key, Sizes
from perceptron_cli.layers.kind import At, Bound, Kind, Memory, Misfit, Plan
from perceptron_cli.layers.layer import Layer, Shape, count


class _Pooling(Kind):
    """Windows over a picture (channels, rows, columns), or over time steps (steps, channels)."""

    keys: Mapping[str, Key] = {"size": Sizes(), "stride": Sizes("size")}

    def plan(self, settings: Mapping[str, Any], below: Shape, layers: Sequence[Layer]) -> Plan:
        over_time = _is_over_time(below, layers)
        if len(below) < 2:
            raise Misfit(f"expected a picture below it (rows and columns), got a list of {count(below)}")
        axes = 1 if over_time else 2
        lengths = below[:1] if over_time else below[-2:]
        size = self._each(settings["size"], axes)
        stride = size if settings["stride"] == "size" else self._each(settings["stride"], axes)
        if any(one > length for one, length in zip(size, lengths, strict=True)):
            sizes = " x ".join(map(str, lengths))
            raise Misfit(
                f"expected a window that fits into {sizes}, got {' x '.join(map(str, size))}", key="size"
            )
        given = tuple(
            (length - one) // step + 1 for length, one, step in zip(lengths, size, stride, strict=True)
        )
        shape = (*given, below[1]) if over_time else (*below[:-2], *given)
        return Plan(shape, {"size": size, "stride": stride})

    def _each(self, value: int | Sequence[int], axes: int) -> tuple[int, ...]:
        if isinstance(value, int):
            return (value,) * axes
        if len(value) != axes:
            raise Misfit(f"expected one number or {axes}, got {len(value)}", key="size")
        return tuple(value)

    def windows(self, layer: Layer) -> Indices:
        """Return the numbers below that each window has."""
        import numpy as np

        size, stride = layer.settings["size"], layer.settings["stride"]
        whole = np.arange(layer.inputs).reshape(layer.below)
        over_time = len(size) == 1
        given = layer.shape[:1] if over_time else layer.shape[-2:]
        cuts = []
        for offset in np.ndindex(*size):
            cut: tuple[Any, ...] = tuple(
                slice(start, start + step * (length - 1) + 1, step)
                for start, step, length in zip(offset, stride, given, strict=True)
            )
            cuts.append(whole[cut if over_time else (..., *cut)].ravel())
        found: Indices = np.stack(cuts, axis=1)
        return found

    def _seen(self, at: At, n: int) -> list[Symbol]:
        return [at.below(below) for below in at.windows[n]]


class MaxPool(_Pooling):
    """The largest number of each window; its gradient reaches that number alone."""

    summary = "the largest number of each window"
    told = "Each number is the largest of its window."
    told_back = "What comes back reaches the largest number of the window alone: the others did not count."

    def tree(self, layer: Layer, at: At, stage: int, n: int) -> Expr:
        seen = self._seen(at, n)
        return Call("max", *seen) if len(seen) > 1 else seen[0]

    def factor(self, layer: Layer, at: At, stage: int, n: int, by: Symbol) -> Sequence[Expr] | None:
        """1 where the number is the largest, else 0; of equal ones the first counts, as in the libraries."""
        seen = self._seen(at, n)
        if len(seen) == 1:
            return [Number(1)]
        place = [one.name for one in seen].index(by.name)
        before, after = seen[:place], seen[place + 1 :]
        plain = Gate(by - Call("max", *seen), 1, 0, closed=True)
        first: list[Expr] = []
        if before:
            first.append(Gate(by - _largest(before), 1, 0))
        if after:
            first.append(Gate(by - _largest(after), 1, 0, closed=True))
        return [plain, product(first)]

    def bind(self, memory: Memory) -> Bound:
        import numpy as np

        windows = np.ascontiguousarray(self.windows(memory.layer).T)
        below, out, d_below, d_out = memory.below, memory.out, memory.d_below, memory.d_out
        first, *rest = windows
        seen, wins, taken = np.empty_like(out), np.empty(out.shape, bool), np.empty(out.shape, bool)
        part = np.empty_like(out)

        def forward() -> None:
            np.take(below, first, axis=0, out=out)
            for window in rest:
                np.take(below, window, axis=0, out=seen)
                np.maximum(out, seen, out=out)

        def backward() -> None:
            d_below.fill(0.0)
            taken.fill(False)
            for window in windows:  # in one window's place each number below stands once
                np.take(below, window, axis=0, out=seen)
                np.equal(seen, out, wins)
                np.greater(wins, taken, wins)
                np.logical_or(taken, wins, taken)
                np.multiply(d_out, wins, part)
                d_below[window] += part

        return Bound(forward, backward)


class AveragePool(_Pooling):
    """The mean of each window."""

    summary = "the mean of each window"
    is_linear = True
    told = "Each number is the mean of its window."
    told_back = "What comes back is shared out evenly over the window."

    def tree(self, layer: Layer, at: At, stage: int, n: int) -> Expr:
        seen = self._seen(at, n)
        return total(seen) / len(seen) if len(seen) > 1 else seen[0]

    def bind(self, memory: Memory) -> Bound:
        import numpy as np

        windows = np.ascontiguousarray(self.windows(memory.layer).T)
        below, out, d_below, d_out = memory.below, memory.out, memory.d_below, memory.d_out
        seen, few = np.empty_like(out), len(windows)

        def forward() -> None:
            out.fill(0.0)
            for window in windows:
                np.take(below, window, axis=0, out=seen)
                np.add(out, seen, out)
            np.divide(out, few, out)

        def backward() -> None:
            d_below.fill(0.0)
            np.divide(d_out, few, seen)
            for window in windows:
                d_below[window] += seen

        return Bound(forward, backward)


class GlobalAveragePool(AveragePool):
    """The mean of each channel: one window over all of it."""

    summary = "the mean of each channel"
    keys: Mapping[str, Key] = {}
    told = "Each number is the mean of its channel."

    def plan(self, settings: Mapping[str, Any], below: Shape, layers: Sequence[Layer]) -> Plan:
        if len(below) < 2:
            raise Misfit(f"expected channels below it, got a list of {count(below)}")
        over_time = settings.get("over_time", _is_over_time(below, layers))
        shape = below[1:] if over_time else (below[0],) if len(below) == 3 else (1,)
        return Plan(shape, {"over_time": over_time})

    def windows(self, layer: Layer) -> Indices:
        """Return the numbers of each channel."""
        import numpy as np

        whole = np.arange(layer.inputs).reshape(layer.below)
        found: Indices = whole.T if layer.settings["over_time"] else whole.reshape(layer.neurons, -1)
        return found


def _is_over_time(below: Shape, layers: Sequence[Layer]) -> bool:
    """Whether rows are time steps, and no picture's: a layer before has made steps of them."""
    return len(below) == 2 and any(layer.settings.get("steps") for layer in layers)


def _largest(symbols: Sequence[Symbol]) -> Expr:
    return Call("max", *symbols) if len(symbols) > 1 else symbols[0]


ENTRIES = {
    "max_pool": MaxPool(),
    "average_pool": AveragePool(),
    "global_average_pool": GlobalAveragePool(),
}
