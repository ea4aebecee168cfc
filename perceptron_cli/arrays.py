"""Names for the types that the tables and the engine share; costs nothing at run time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np

Indices: TypeAlias = "np.ndarray[tuple[int, ...], np.dtype[np.intp]]"
Array: TypeAlias = "np.ndarray[tuple[int, ...], np.dtype[np.float64]]"

# A piece of work with its operands already in hand. Binding them once is what makes a small
# step fast: nothing is looked up while it runs.
Run: TypeAlias = Callable[[], object]

Options: TypeAlias = Mapping[str, float]
