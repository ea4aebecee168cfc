"""How x is put on one scale before training: x' = (x - shift)/scale, fitted on the training part alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from perceptron_cli.arrays import Array
from perceptron_cli.errors import InputError, Problem
from perceptron_cli.records import record


@record
class Normalizer:
    """`fit(x)` returns the shift and the scale of every column of x, (rows, columns).

    Either is not finite where the numbers are too large for it.
    """

    summary: str
    fit: Callable[[Array], tuple[Array, Array]]


def _none(x: Array) -> tuple[Array, Array]:
    from numpy import ones, zeros

    return zeros(x.shape[1]), ones(x.shape[1])


def _standard(x: Array) -> tuple[Array, Array]:
    return _of_what_varies(x, x.mean(axis=0), x.std(axis=0))


def _minmax(x: Array) -> tuple[Array, Array]:
    low = x.min(axis=0)
    return _of_what_varies(x, low, x.max(axis=0) - low)


def _of_what_varies(x: Array, shift: Array, scale: Array) -> tuple[Array, Array]:
    """Let a column that is the same everywhere become 0; the mean of many 0.1 is not quite 0.1."""
    from numpy import where

    low = x.min(axis=0)
    same = low == x.max(axis=0)
    return where(same, low, shift), where(same | (scale == 0), 1.0, scale)


NORMALIZERS: dict[str, Normalizer] = {
    "none": Normalizer("x as it is", _none),
    "standard": Normalizer("the mean becomes 0 and the standard deviation 1", _standard),
    "minmax": Normalizer("the least value becomes 0 and the largest 1", _minmax),
}


def fitted(name: str, x: Array, columns: Sequence[str], file: str) -> tuple[Array, Array]:
    """Return the constants for x. Raises InputError for a column whose numbers are too large for them."""
    from numpy import errstate, isfinite

    with errstate(all="ignore"):
        shift, scale = NORMALIZERS[name].fit(x)
    fine = isfinite(shift) & isfinite(scale)
    told = f"expected numbers that '{name}' can normalize, got one as large as"
    problems = [
        Problem(f"{told} {abs(x[:, place]).max():.3g}", file=file, key=column)
        for place, column in enumerate(columns)
        if not fine[place]
    ]
    if problems:
        raise InputError(problems)
    return shift, scale


def given(row: Sequence[float]) -> Array:
    """Return constants that were fitted before."""
    from numpy import array, float64

    return array(row, dtype=float64)
