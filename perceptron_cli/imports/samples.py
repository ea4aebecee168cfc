"""Samples from a library's arrays, as a config has them."""

from __future__ import annotations

from typing import Any

import numpy as np

from perceptron_cli.errors import InputError
from perceptron_cli.imports.stack import Stack, shortest


def set_samples(stack: Stack, x: Any, y: Any, *, turned: bool = False) -> None:
    """Take samples: x (samples, ...), y (samples, ...), or (samples) with class indices or one number each.

    `turned` says that x is (samples, channels, steps). Raises InputError where their numbers differ.
    """
    x, y = plain(x), None if y is None else plain(y)
    if turned:
        x = x.swapaxes(1, 2)
    if y is not None and len(x) != len(y):
        raise InputError(f"expected a y for each x, got {len(x)} and {len(y)}")
    ys = [None] * len(x) if y is None else _listed(y.reshape(len(y), *y.shape[1:]))
    stack.samples = [
        {"x": one, **({} if other is None else {"y": other})}
        for one, other in zip(_listed(x), ys, strict=True)
    ]


def plain(array: Any) -> Any:
    """Return an array of NumPy's, from a tensor too."""
    if hasattr(array, "detach"):
        array = array.detach().cpu().numpy()
    return np.asarray(array)


def _listed(array: Any) -> list[Any]:
    """Return numbers as lists; whole numbers (classes, tokens) stay whole."""
    found: list[Any] = (array if array.dtype.kind in "iub" else shortest(array)).tolist()
    return found
