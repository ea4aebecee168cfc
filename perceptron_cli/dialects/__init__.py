"""How books and libraries name the numbers of a network: one entry each.

A dialect says how it writes x, y, z, a, the weights and the loss; gradients and updated weights are
composed from these. A name is read by the same entry, which makes a table from every name that it
writes: what is printed can be read back.
"""

from __future__ import annotations

from collections.abc import Mapping

from perceptron_cli.dialects.books import FAUSETT, HAYKIN, MAZUR, NIELSEN, NNSTEP, NUMBERED
from perceptron_cli.dialects.dialect import Dialect
from perceptron_cli.dialects.libraries import ARRAYS, KERAS, PYTORCH

_ALL = (NNSTEP, MAZUR, NUMBERED, ARRAYS, NIELSEN, FAUSETT, HAYKIN, PYTORCH, KERAS)
DIALECTS: Mapping[str, Dialect] = {one.name: one for one in _ALL}

__all__ = ["DIALECTS", "Dialect"]
