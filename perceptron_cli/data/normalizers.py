"""How x is put on one scale before training: x' = (x - shift)/scale, fitted on the training part alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from perceptron_cli.arrays import Array
from perceptron_cli.record import record


@record
class Normalizer:
    """`fit(x)` returns the shift and the scale of every column of x, (rows, columns)."""

    summary: str
    fit: Callable[[Array], tuple[Array, Array]]


def _none(x: Array) -> tuple[Array, Array]:
    from numpy import ones, zeros

    return zeros(x.shape[1]), ones(x.shape[1])


def _standard(x: Array) -> tuple[Array, Array]:
    return x.mean(axis=0), _not_zero(x.std(axis=0))


def _minmax(x: Array) -> tuple[Array, Array]:
    low = x.min(axis=0)
    return low, _not_zero(x.max(axis=0) - low)


def _not_zero(scale: Array) -> Array:
    """Let a column that is the same everywhere become 0, and not nothing."""
    from numpy import where

    found: Array = where(scale == 0, 1.0, scale)
    return found


NORMALIZERS: dict[str, Normalizer] = {
    "none": Normalizer("x as it is", _none),
    "standard": Normalizer("the mean becomes 0 and the standard deviation 1", _standard),
    "minmax": Normalizer("the least value becomes 0 and the largest 1", _minmax),
}


def given(row: Sequence[float]) -> Array:
    """Return constants that were fitted before."""
    from numpy import array, float64

    return array(row, dtype=float64)
