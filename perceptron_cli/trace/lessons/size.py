"""How large an array is."""

from __future__ import annotations

import math

import numpy as np

from perceptron_cli.arrays import Array


def size_of(array: Array) -> float:
    """The Euclidean norm, safe from overflow; 0 of nothing, where a layer has no parameters."""
    if not array.size:
        return 0.0
    largest = float(np.abs(array).max())
    return largest * float(np.linalg.norm(array / largest)) if 0 < largest < math.inf else largest
